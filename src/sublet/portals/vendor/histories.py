"""Journal entries as a timeline shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from sublet.accounts.queries import AccountName
from sublet.foundation.journal.queries import EntryRow
from sublet.portals.shared.components import Day, Entry, by_day
from sublet.portals.shared.http import SubletRequest
from sublet.portals.vendor.nav import here

#: How an entry is drawn, by what its event's name begins with; the first that fits.
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
    ("reseller.", "plus", "success"),
    ("direct_account.", "plus", "success"),
    ("vendor.", "plus", "success"),
    ("demonstration.", "eye", ""),
    ("prospect.", "eye", ""),
    ("impersonation.", "login", ""),
    ("collaborator.", "user", ""),
    ("invitation.", "mail", ""),
    ("directory.", "users", ""),
    ("ownership.", "user-check", ""),
    ("person.", "user", ""),
    ("password.", "lock", ""),
    ("manifest.", "puzzle", ""),
    ("product.", "pencil", ""),
    ("section.", "list-check", ""),
    ("job.", "refresh", ""),
    ("schedule.", "clock", ""),
    ("mail.", "mail", ""),
    ("api_key.", "key", ""),
    ("brand.", "palette", ""),
    ("host.failing", "alert-triangle", "warning"),
    ("host.told", "alert-triangle", "warning"),
    ("host.lost", "ban", "danger"),
    ("host.serving", "circle-check", "success"),
    ("wording.", "mail", ""),
    ("vendor_word.", "eye-off", ""),
    ("host.", "world", ""),
    ("import.", "file-spreadsheet", ""),
    ("view.", "list", ""),
)


def via_words(via: str) -> str:
    """How it was done: ``web`` → in the browser."""
    return {
        "web": _("In the browser"),
        "api": _("By the API"),
        "job": _("By a job"),
        "cli": _("On the command line"),
        "scim": _("By a company’s directory"),
    }.get(via, via)


def sign_of(event: str) -> tuple[str, str]:
    """Icon and tone of an event."""
    for start, icon, tone in _SIGNS:
        if event.startswith(start):
            return icon, tone
    return "point", ""


def days_of(request: SubletRequest, rows: Iterable[EntryRow], names: Mapping[int, AccountName]) -> tuple[Day, ...]:
    """The entries by day, each with the account from which it was done, and the way to all that it holds."""
    entries = []
    for row in rows:
        icon, tone = sign_of(row.event)
        account = names.get(row.account_id)
        entries.append(
            Entry(
                at=row.at,
                sentence=row.sentence,
                who=row.actor_account_name or (account.name if account is not None else ""),
                icon=icon,
                detail=row.reason,
                url=here(request, "vendor-journal-entry", entry=row.id) if request.actor.may("journal:view") else "",
                tone=tone,
                quoted=row.quoted,
            )
        )
    return by_day(entries, timezone.get_current_timezone_name())
