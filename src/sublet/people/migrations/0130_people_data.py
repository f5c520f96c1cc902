"""Whoever saw the accounts below its own could list their people and take them away in files: it still can."""

from __future__ import annotations

from typing import Any

from django.db import migrations

BATCH = 1000
BELOW = {"reseller": "clients", "vendor": "accounts"}


def keep(apps: Any, schema_editor: Any) -> None:
    """For places, invitations and keys; in batches, and those that have it already are left alone."""
    alias = schema_editor.connection.alias
    for name in ("Collaborator", "Invitation", "ApiKey"):
        model = apps.get_model("people", name)
        rows = model.unscoped.using(alias).filter(account__kind__in=BELOW).order_by("id")
        last = 0
        while batch := list(rows.filter(id__gt=last).select_related("account")[:BATCH]):
            last = batch[-1].id
            changed = [
                row
                for row in batch
                if row.rights_words.get(BELOW[row.account.kind]) and row.rights_words.get("people") != "manage"
            ]
            for row in changed:
                row.rights_words["people"] = "manage"
            model.unscoped.using(alias).bulk_update(changed, ["rights_words"])


class Migration(migrations.Migration):
    dependencies = [("people", "0121_password_by_mail")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop, elidable=False)]
