"""Secrets of a webhook from before the last two, which sign until their own ends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0188_looks_asked_for")]

    operations = [
        migrations.AddField("webhookendpoint", "older_secrets", models.JSONField(null=True)),
    ]
