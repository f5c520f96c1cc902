"""Secrets of a webhook from before the last two, which sign until their own ends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0185_mails_of_a_provider")]

    operations = [
        migrations.AddField("webhookendpoint", "older_secrets", models.JSONField(null=True)),
    ]
