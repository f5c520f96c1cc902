"""Whether a client's settings are complete, beside each account, for lists."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0151_placed_at")]

    operations = [
        migrations.AddField("account", "settings_complete", models.BooleanField(db_default=False, default=False)),
        migrations.AddIndex(
            "account",
            models.Index(fields=["parent", "settings_complete", "sort_name", "id"], name="clients_by_settings"),
        ),
    ]
