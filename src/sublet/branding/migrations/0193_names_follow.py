"""Domains that the vendor has proved after they had waited for a month were not looked at any more; and names below a wildcard
that fails now fail with it."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.models import F, Q


def follow(apps: Any, schema_editor: Any) -> None:
    """Each step can be run again."""
    rows = apps.get_model("branding", "Domain").unscoped.using(schema_editor.connection.alias)
    unseen = rows.filter(state="proved", proof__in=("vendor", "dns"), next_check_at=None)
    unseen.exclude(host__endswith=f".{settings.HOST_SUFFIX}").update(next_check_at=F("proved_at"))
    for wildcard in rows.filter(state="proved", host__startswith="*.", failing_since__isnull=False):
        code = "above-lost" if wildcard.lost_since is not None else "above-elsewhere"
        below = rows.filter(Q(account_id=wildcard.account_id) | Q(account__parent_id=wildcard.account_id))
        one_label = rf"^[^.]+{re.escape(wildcard.host[1:])}$"  # what lies deeper has a wildcard of its own
        below.filter(state="proved", proof="wildcard", host__regex=one_label).update(
            serving=False,
            failing_since=wildcard.failing_since,
            lost_since=wildcard.lost_since,
            findings=[{"code": code, "level": "bad", "values": {"name": wildcard.host}}],
        )


class Migration(migrations.Migration):
    dependencies = [("branding", "0192_many_brands")]

    operations = [migrations.RunPython(follow, migrations.RunPython.noop, elidable=True)]
