"""Sign-ons of the scan that looks for the vendor's words."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signon", "0120_company_part")]

    operations = [
        migrations.AddField("signon", "is_look", models.BooleanField(default=False)),
    ]
