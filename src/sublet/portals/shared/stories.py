"""The journal as resellers and clients read it: what was changed from what to what, and what only the reseller reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.core.readers import FIELDS_ONLY_ABOVE, FOR_CLIENTS, REASONS_FOR_ALL
from sublet.foundation.journal.queries import EntryRow
from sublet.portals.shared.components import Day, Entry, by_day
from sublet.portals.shared.histories import sign_of
from sublet.portals.shared.locales import write_date
from sublet.portals.shared.shell import Text

#: The fields of an account in words.
FIELD_LABELS: Mapping[str, Text] = {
    "name": gettext_lazy("Name"),
    "contact_name": gettext_lazy("Contact"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Telephone"),
    "mobile": gettext_lazy("Mobile"),
    "website": gettext_lazy("Website"),
    "street": gettext_lazy("Street"),
    "postal_code": gettext_lazy("Postal code"),
    "city": gettext_lazy("City"),
    "country": gettext_lazy("Country"),
    "language": gettext_lazy("Language"),
    "timezone": gettext_lazy("Time zone"),
    "currency": gettext_lazy("Currency"),
    "external_id": gettext_lazy("Your own number"),
    "notes": gettext_lazy("Notes"),
    "tags": gettext_lazy("Tags"),
    "responsible": gettext_lazy("Responsible person"),
}


def _shortened(value: str) -> str:
    return value if len(value) <= 80 else value[:79] + "…"


def _changes(row: EntryRow, hidden: frozenset[str]) -> list[str]:
    changes = row.data.get("changes")
    if not isinstance(changes, Mapping):
        return []
    told = []
    for field, values in changes.items():
        if field in hidden or not isinstance(values, list) or len(values) != 2:
            continue
        if any(isinstance(value, Mapping) for value in values):
            continue  # how it is kept: the sentence has named it
        before, after = (_shortened(str(value)) for value in values)
        words = {"field": FIELD_LABELS.get(field, field), "before": before, "after": after}
        if before and after:
            told.append(_("%(field)s: %(before)s → %(after)s") % words)
        elif after:
            told.append(_("%(field)s: %(after)s") % words)
        else:
            told.append(_("%(field)s removed: %(before)s") % words)
    return told


def _about_grant(row: EntryRow) -> list[str]:
    """To which team access is, and from which day on, where the entry says so (those of old say neither)."""
    told = []
    if row.data.get("team"):
        told.append(_("Team: %(team)s") % {"team": _shortened(str(row.data["team"]))})
    starts = parse_datetime(str(row.data.get("starts") or ""))
    if starts is not None and starts > row.at:
        told.append(_("Begins on %(day)s") % {"day": write_date(starts)})
    return told


def _about_team(row: EntryRow) -> list[str]:
    if row.event != "staff_team.changed":
        return []
    told = []
    before = row.data.get("name_before")
    if before and before != row.data.get("name"):
        told.append(_("%(field)s: %(before)s → %(after)s") % {
            "field": FIELD_LABELS["name"], "before": before, "after": row.data.get("name"),
        })  # fmt: skip
    for key, words in (("joined", _("Joined: %(people)s")), ("left", _("Left: %(people)s"))):
        people = row.data.get(key)
        if people:
            told.append(words % {"people": _shortened(", ".join(str(each) for each in people))})
    return told


def days_of(
    rows: Iterable[EntryRow], *, from_above: bool, names: Mapping[int, tuple[str, str]] | None = None
) -> tuple[Day, ...]:
    """The entries by day, in the time zone now active.

    `from_above`: for whoever stands above the account and reads its own notes, tags and reasons; else those are left
    out. `names` tells of several accounts which entry is about which: id → name, address of its page.
    """
    hidden = frozenset() if from_above else FIELDS_ONLY_ABOVE
    entries = []
    for row in rows:
        if not from_above and row.event not in FOR_CLIENTS:
            continue
        told = _changes(row, hidden)
        changes = row.data.get("changes")
        if not from_above and isinstance(changes, Mapping) and changes and hidden.issuperset(changes):
            continue  # only what is kept above was changed
        if row.reason and (from_above or row.event.startswith(REASONS_FOR_ALL)):
            told.append(_("Reason: %(reason)s") % {"reason": row.reason})
        told += _about_grant(row) if row.event.startswith("grant.") else _about_team(row)
        if row.quoted and row.data.get("place"):
            told.append(_("Place in the product: %(place)s") % {"place": row.data["place"]})
        icon, tone = sign_of(row.event)
        name, url = (names or {}).get(row.account_id, ("", ""))
        entries.append(
            Entry(
                at=row.at,
                sentence=row.sentence,
                who=name,
                icon=icon,
                detail=" · ".join(told),
                url=url,
                tone=tone,
                quoted=row.quoted,
            )
        )
    return by_day(entries, timezone.get_current_timezone_name())
