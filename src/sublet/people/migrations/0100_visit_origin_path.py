from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_tables")]

    operations = [
        migrations.AddField(
            model_name="impersonation",
            name="origin_path",
            field=models.CharField(blank=True, db_default="", default="", max_length=2000),
        ),
    ]
