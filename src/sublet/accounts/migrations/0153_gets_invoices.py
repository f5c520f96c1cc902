"""Whether an account has ever got an invoice, beside it, for menus."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0152_settings_complete")]

    operations = [
        migrations.AddField("account", "gets_invoices", models.BooleanField(db_default=False, default=False)),
    ]
