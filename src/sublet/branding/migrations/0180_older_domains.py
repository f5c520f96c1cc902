"""Domains from before they were checked: a waiting one gets its token and a first check, a proved one what it rests on."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.models import F

BATCH = 1000


def complete(apps: Any, schema_editor: Any) -> None:
    """Each step takes only what lacks something, so that a run that was stopped can be run again."""
    rows = apps.get_model("branding", "Domain").unscoped.using(schema_editor.connection.alias)
    waiting = rows.filter(state="pending", token="").order_by("id")
    while found := list(waiting[:BATCH]):
        for row in found:
            row.token = secrets.token_urlsafe(24)
            row.next_check_at = row.next_check_at or row.created_at
        rows.bulk_update(found, ["token", "next_check_at"])
    rows.filter(state="pending", next_check_at=None, checked_at=None).update(next_check_at=F("created_at"))
    proved = rows.filter(state="proved", proof="")
    proved.filter(host__endswith=f".{settings.HOST_SUFFIX}").update(proof="neutral", serving=True)
    proved.update(proof="vendor")  # until then only the vendor's word proved a name of one's own


class Migration(migrations.Migration):
    dependencies = [("branding", "0170_domain_checks")]

    operations = [migrations.RunPython(complete, migrations.RunPython.noop, elidable=True)]
