"""Mails that one job sends together, mails that are sent once more, and why a mail server fails."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0185_mails_of_a_provider")]

    operations = [
        migrations.AddField("outboxmail", "batch", models.UUIDField(null=True)),
        migrations.AddField("outboxmail", "copies", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("mailserver", "why", models.CharField(blank=True, default="", max_length=12)),
    ]
