from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sandboxes", "0001_initial")]

    operations = [
        migrations.AddField("sandbox", "uses", models.JSONField(db_default=[], default=list)),
    ]
