"""A directory may name people of domains that are the account's own without a mail to each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0151_company_log_in_down")]

    operations = [migrations.AddField("directory", "without_mail", models.BooleanField(default=False))]
