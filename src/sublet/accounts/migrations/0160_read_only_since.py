"""Since when a reseller can only read and pay."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0153_gets_invoices")]

    operations = [
        migrations.AddField("account", "read_only_since", models.DateTimeField(null=True)),
    ]
