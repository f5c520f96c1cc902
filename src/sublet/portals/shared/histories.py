"""Journal entries as a timeline shows them, in every portal."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils import timezone

from sublet.foundation.journal.queries import EntryRow
from sublet.portals.shared.components import Day, Entry, by_day

#: How an entry is drawn, by what its event's name begins with; the first that fits: start, icon, tone.
_SIGNS: tuple[tuple[str, str, str], ...] = (
    ("account.suspended", "player-pause", "warning"),
    ("account.resumed", "player-play", ""),
    ("account.closed", "ban", "warning"),
    ("account.ended", "ban", "danger"),
    ("account.reopened", "arrow-back-up", ""),
    ("account.activated", "circle-check", "success"),
    ("account.converted", "building-store", "success"),
    ("account.", "pencil", ""),
    ("client.created", "plus", "success"),
    ("client.", "tag", ""),
    ("clients.", "download", ""),
    ("reseller.", "plus", "success"),
    ("direct_account.", "plus", "success"),
    ("vendor.", "plus", "success"),
    ("demonstration.", "eye", ""),
    ("prospect.", "eye", ""),
    ("impersonation.", "login", ""),
    ("collaborator.", "user", ""),
    ("invitation.", "mail", ""),
    ("ownership.", "user-check", ""),
    ("person.", "user", ""),
    ("password.", "lock", ""),
    ("manifest.", "puzzle", ""),
    ("section.", "list-check", ""),
    ("job.", "refresh", ""),
    ("schedule.", "clock", ""),
    ("mail.", "mail", ""),
    ("api_key.", "key", ""),
    ("brand.", "palette", ""),
    ("host.", "world", ""),
    ("import.", "file-spreadsheet", ""),
    ("view.", "list", ""),
)


def sign_of(event: str) -> tuple[str, str]:
    """Icon and tone of an event."""
    for start, icon, tone in _SIGNS:
        if event.startswith(start):
            return icon, tone
    return "point", ""


def days_of(
    rows: Iterable[EntryRow],
    *,
    account_name: Callable[[EntryRow], str] | None = None,
    url: Callable[[EntryRow], str] | None = None,
) -> tuple[Day, ...]:
    """The entries by day in the active time zone.

    `account_name` says which account an entry is about, where a list holds several; `url` leads to its page.
    """
    entries = []
    for row in rows:
        icon, tone = sign_of(row.event)
        entries.append(
            Entry(
                at=row.at,
                sentence=row.sentence,
                who=account_name(row) if account_name is not None else "",
                icon=icon,
                detail=row.reason,
                url=url(row) if url is not None else "",
                tone=tone,
            )
        )
    return by_day(entries, timezone.get_current_timezone_name())
