from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import F


def as_charged(apps: Any, schema_editor: Any) -> None:
    """Until the month is reckoned again; of months that are over only where both sides' months begin together it is exact."""
    rows = apps.get_model("billing", "ClientMonth").unscoped.using(schema_editor.connection.alias)
    rows.update(owed=F("charged"))


class Migration(migrations.Migration):
    dependencies = [("billing", "0090_metrics")]

    operations = [
        migrations.AddField("clientmonth", "owed", models.BigIntegerField(default=0)),
        migrations.RunPython(as_charged, migrations.RunPython.noop),
    ]
