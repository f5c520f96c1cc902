"""A person's log-ins that can still be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from sublet.core.agents import describe
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import LogIn

MOST = 50


@dataclass(frozen=True, slots=True)
class LogInRow:
    """One log-in as its owner reads it. `browser` and `system` are empty where they do not say."""

    ref: str
    host: str
    browser: str
    system: str
    address: str
    created_at: datetime
    last_used_at: datetime


def log_ins_of(user_id: int, *, at: datetime) -> list[LogInRow]:
    """The newest first; those that were ended, or whose browser session ran out, are left out. One statement."""
    running = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=at)
    rows = LogIn.objects.filter(user_id=user_id, ended_at__isnull=True)
    found = []
    for row in rows.filter(Exists(running)).order_by("-last_used_at")[:MOST]:
        browser, system = describe(row.agent)
        found.append(
            LogInRow(
                ref=row.ref,
                host=row.host,
                browser=browser,
                system=system,
                address=row.address,
                created_at=row.created_at,
                last_used_at=row.last_used_at,
            )
        )
    return found


def session_key_of(log_in_ref: str) -> str:
    """The browser session of a log-in that was not ended, or empty. One statement."""
    if not looks_like_ref(log_in_ref, "log"):
        return ""
    rows = LogIn.objects.filter(ref=log_in_ref, ended_at__isnull=True)
    return rows.values_list("session_key", flat=True).first() or ""
