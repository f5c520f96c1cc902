"""Since when a person's password is one that a link in the mailbox has set."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0120_log_in_codes")]

    operations = [migrations.AddField("user", "password_by_mail_at", models.DateTimeField(null=True))]
