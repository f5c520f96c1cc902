"""Each client that is there already gets the grant that comes with new ones: without it, its reseller would be locked out."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef

from sublet.foundation.refs import new_ref

BATCH = 1000


def give(apps: Any, schema_editor: Any) -> None:
    """In batches, each of what has no grant yet, so that a run that was stopped can be run again."""
    account, grant = apps.get_model("accounts", "Account"), apps.get_model("people", "Grant")
    alias = schema_editor.connection.alias
    lacking = (
        account.unscoped.using(alias)
        .filter(kind="client", parent__isnull=False)
        .exclude(
            Exists(grant.unscoped.using(alias).filter(account_id=OuterRef("id"), reseller_id=OuterRef("parent_id")))
        )
        .order_by("id")
        .values_list("id", "parent_id", "created_at", named=True)
    )
    while rows := list(lacking[:BATCH]):
        grant.unscoped.using(alias).bulk_create(
            grant(
                account_id=row.id,
                reseller_id=row.parent_id,
                ref=new_ref("gra"),
                state="active",
                everywhere="manage",
                starts_at=row.created_at,
                asked_at=row.created_at,
                decided_at=row.created_at,
            )
            for row in rows
        )


class Migration(migrations.Migration):
    dependencies = [("people", "0010_grants")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop, elidable=False)]
