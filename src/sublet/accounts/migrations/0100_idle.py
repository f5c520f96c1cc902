from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables")]

    operations = [
        migrations.AddField(
            "account",
            "idle",
            models.JSONField(default=list, db_default=models.Value([], output_field=models.JSONField())),
        ),
    ]
