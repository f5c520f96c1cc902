from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0100_idle")]

    operations = [
        migrations.AddField(
            "account",
            "currencies_before",
            models.JSONField(default=list, db_default=models.Value([], output_field=models.JSONField())),
        ),
    ]
