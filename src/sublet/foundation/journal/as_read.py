"""An entry as somebody may read it. One place for all that shows or looks through entries: pages, files, the API and search.

What is hidden here is found by no search and no filter, since those ask here too; webhooks, which are written before anybody
reads, take `figures_are_kept`, `vendor_is_hidden` and `without_words` from here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from sublet.core.peopledata import Way
from sublet.core.readers import FIGURES, for_the_client, without_figures, without_notes
from sublet.core.rights import CLIENT, VENDOR
from sublet.foundation.actor import JOB, SCHEDULE, Actor
from sublet.foundation.journal.contacts import hide_contacts
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.pseudonyms import hide_names

#: Whether an account lets the vendor read its own figures.
Shares = Callable[[int], bool]


def _nobody(_account_id: int) -> bool:
    """Closed until somebody says who shares."""
    return False


_shares: Shares = _nobody


def register_sharing(shares: Shares) -> None:
    """Told once by an app when the apps are ready: which reseller lets the vendor read its figures. Foundation cannot ask it."""
    global _shares
    _shares = shares


def sharing() -> Shares:
    """The same answers, each asked once: for whoever reads many entries at one go."""
    return cache(_shares)


def as_read(
    entry: JournalEntry, reader: Actor, way: Way | None = None, *, shares: Shares | None = None
) -> JournalEntry | None:
    """The entry (read by `with_pseudonyms`) as the reader is shown it, in the active language; None: nothing of it is for it.

    A client gets what `core.readers` gives it, and its own account's notes nobody but the vendor; the vendor no figure that its
    reseller keeps to itself. `shares` is `sharing()`, made once for many entries. Changes the row in memory, which nobody saves.
    """
    if figures_are_kept(entry, reader.account_kind, reader.account_id, shares=shares):
        entry.data = without_figures(entry.data)
    if reader.account_kind == CLIENT:
        kept = for_the_client(entry.event, entry.data, entry.reason)
        if kept is None:
            return None
        entry.data, entry.reason = kept
    elif reader.account_kind != VENDOR and entry.account_id == reader.account_id:
        entry.data = without_notes(entry.event, entry.data)
    entry = _without_the_vendor(entry) if vendor_is_hidden(entry, reader.account_kind) else hide_names(entry)
    return hide_contacts(entry, reader, way)


def figures_are_kept(entry: JournalEntry, kind: str, account_id: int, *, shares: Shares | None = None) -> bool:
    """Whether the entry holds figures that its reseller, the account above at that time, keeps from a reader of that account and
    kind: from the vendor, unless they are of its own direct account or the reseller shares them now."""
    changes = entry.data.get("changes")
    if kind != VENDOR or not isinstance(changes, Mapping) or not changes.keys() & FIGURES:
        return False
    owner = entry.parent_id or entry.account_id
    return owner != account_id and not (shares or _shares)(owner)


def vendor_is_hidden(entry: JournalEntry, kind: str) -> bool:
    """Whether a reader of that kind is not told who acted: a client knows its own people and its reseller's; whoever else has
    acted for it is of those whose software it is, which it need not learn (C02). A job in such a person's name is no better."""
    known = {entry.account_id, entry.parent_id}
    by_itself = entry.via == JOB and entry.actor_name == SCHEDULE
    return kind == CLIENT and entry.actor_account_id not in known and not by_itself


def names_in_sight(reader: Actor) -> Q:
    """The entries of which `vendor_is_hidden` is not true: only those are found by who acted."""
    if reader.account_kind != CLIENT:
        return Q()
    known = Q(actor_account_id=F("account_id")) | Q(actor_account_id=F("parent_id"))
    return known | Q(via=JOB, actor_name=SCHEDULE)


def _without_the_vendor(entry: JournalEntry) -> JournalEntry:
    platform = _("The platform")
    names = (entry.actor_name, entry.impersonator_name, entry.actor_account_name)
    entry.data = without_words(entry.data, names, platform)
    entry.reason = without_words(entry.reason, names, platform)
    entry.actor_name, entry.actor_account_name, entry.impersonator_name, entry.host = platform, "", "", ""
    return entry


def without_words(value: Any, names: Iterable[str], instead: str) -> Any:
    """Data, at any depth, with `instead` in place of each of the names, where they stand as words of their own."""
    kept = sorted(filter(None, names), key=len, reverse=True)
    if not kept:
        return value
    return _replaced(value, re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, kept))})(?!\w)"), instead)


def _replaced(value: Any, names: re.Pattern[str], instead: str) -> Any:
    if isinstance(value, str):
        return names.sub(lambda _found: instead, value)
    if isinstance(value, Mapping):
        return {key: _replaced(each, names, instead) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, names, instead) for each in value]
    return value
