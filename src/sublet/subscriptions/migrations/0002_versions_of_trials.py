"""A trial that runs already keeps what it opened at its start, as its row has it."""

from __future__ import annotations

from typing import Any

from django.db import migrations

BATCH = 1000


def keep(apps: Any, schema_editor: Any) -> None:
    """In batches; what was written since is left alone."""
    alias = schema_editor.connection.alias
    trials = apps.get_model("subscriptions", "Trial").unscoped.using(alias).exclude(opens="").order_by("id")
    sources = apps.get_model("entitlements", "EntitlementSource").unscoped.using(alias)
    last = 0
    while batch := list(trials.filter(id__gt=last)[:BATCH]):
        last = batch[-1].id
        of = {trial.account_id: trial for trial in batch}
        rows = list(sources.filter(kind="trial", opens="", account_id__in=of))
        for row in rows:
            row.opens, row.opens_version = of[row.account_id].opens, of[row.account_id].opens_version
        sources.bulk_update(rows, ["opens", "opens_version"])


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial"), ("entitlements", "0003_terms_of_trials")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop, elidable=True)]
