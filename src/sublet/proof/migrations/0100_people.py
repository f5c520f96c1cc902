from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("proof", "0001_tables")]

    operations = [
        migrations.AddField(model_name="scan", name="people", field=models.JSONField(default=list)),
        migrations.AddField(model_name="scanfinding", name="sections", field=models.JSONField(default=list)),
    ]
