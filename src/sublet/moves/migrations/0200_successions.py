from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def who_came_after(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Merges that were done before it was kept who comes after whoever went."""
    merged = apps.get_model("moves", "Move").unscoped.filter(kind="merge", state="done", target__isnull=False)
    successions = apps.get_model("billing", "Succession").unscoped
    for gone, stays, since in merged.order_by("id").values_list("account_id", "target_id", "ended_at"):
        successions.get_or_create(account_id=gone, defaults={"successor_id": stays, "since": since})


class Migration(migrations.Migration):
    dependencies = [("billing", "0111_successions"), ("moves", "0004_adoptions")]

    operations = [migrations.RunPython(who_came_after, migrations.RunPython.noop, elidable=True)]
