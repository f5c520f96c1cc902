"""The name of the account when its move was asked for: whoever it has left hears no newer one. Empty for older moves."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moves", "0001_moves")]

    operations = [
        migrations.AddField(
            model_name="move",
            name="account_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
    ]
