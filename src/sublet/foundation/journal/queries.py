"""Reading the journal: always newest first, by key set, never by offset."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from sublet.core.peopledata import Way
from sublet.core.readers import FOR_CLIENTS
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor, name_shown
from sublet.foundation.errors import NotFound
from sublet.foundation.journal import search
from sublet.foundation.journal.as_read import as_read, names_in_sight, sharing
from sublet.foundation.journal.contacts import named_in_sight
from sublet.foundation.journal.events import EVENTS, UNKNOWN_SENTENCE
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.pseudonyms import with_pseudonyms
from sublet.foundation.keyset import goes_back, newest_first
from sublet.foundation.refs import first_id_of

#: How many entries a page looks at when something narrows it that no index knows.
WINDOW = 50_000


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One line of a history, in words of the language that was active when it was read."""

    id: str
    account_id: int
    at: datetime
    event: str
    sentence: str
    reason: str
    actor_name: str
    actor_account_name: str
    impersonator_name: str
    impersonation_ref: str
    via: str
    host: str
    request_id: str
    data: Mapping[str, Any]
    quoted: str = ""  # a part of the sentence: words of somebody else, which pages keep apart from ours


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of a history; `next_cursor` is empty on the last one, `previous_cursor` on the first."""

    rows: Sequence[EntryRow]
    next_cursor: str
    previous_cursor: str = ""


class _Shown(dict[str, Any]):
    """Placeholders for a sentence: a field that an older event did not have shows as a dash, not as a fault."""

    def __missing__(self, key: str) -> str:
        return "–"


def sentence_of(entry: JournalEntry) -> str:
    """The entry as a sentence in the active language; "Rosa for Carl" while impersonating."""
    cls = EVENTS.get(entry.event)
    template = str(cls.SENTENCE if cls else UNKNOWN_SENTENCE)
    actor = name_shown(entry.actor_name, entry.via)
    if entry.impersonator_name and entry.impersonator_name != actor:
        actor = _("%(impersonator)s for %(person)s") % {"impersonator": entry.impersonator_name, "person": actor}
    words = {field: _in_words(entry.data.get(field), known) for field, known in cls.WORDS.items()} if cls else {}
    words |= cls.words(entry.data) if cls else {}
    return template % _Shown({**entry.data, **words, "actor": actor})


def _in_words(codes: object, known: Mapping[str, str | Promise]) -> str:
    """Codes with commas between, each as it is called; an unknown one as it is. In a sentence a name begins small."""
    told = [str(known.get(code, code)) for code in str(codes or "–").split(", ")]
    return ", ".join(f"{word[:1].lower()}{word[1:]}" for word in told)


def _rows(entries: Iterable[JournalEntry], reader: Actor, way: Way | None = None) -> list[EntryRow]:
    """The entries as the reader may read them (`as_read`), without those of which nothing is for it."""
    shares = sharing()
    read = (as_read(entry, reader, way, shares=shares) for entry in entries)
    return [_row(shown) for shown in read if shown is not None]


def _row(entry: JournalEntry) -> EntryRow:
    """What `as_read` gave, in words."""
    return EntryRow(
        id=str(entry.id),
        account_id=entry.account_id,
        at=entry.at,
        event=entry.event,
        sentence=sentence_of(entry),
        reason=entry.reason,
        actor_name=entry.actor_name,
        actor_account_name=entry.actor_account_name,
        impersonator_name=entry.impersonator_name,
        impersonation_ref=entry.impersonation_ref,
        via=entry.via,
        host=entry.host,
        request_id=entry.request_id,
        data=entry.data,
        quoted=_quoted(entry),
    )


def _quoted(entry: JournalEntry) -> str:
    cls = EVENTS.get(entry.event)
    return str(entry.data.get(cls.QUOTED, "")) if cls is not None and cls.QUOTED else ""


def entry_for_vendor(reader: Actor, entry_id: str) -> EntryRow:
    """One entry of the installation's journal. For the vendor: the caller has checked ``journal:view``. Raises NotFound."""
    try:
        wanted = uuid.UUID(entry_id)
    except ValueError:
        raise NotFound from None
    found = JournalEntry.unscoped.filter(id=wanted)  # unscoped: the vendor reads the whole journal
    rows = _rows(with_pseudonyms(found)[:1], reader)
    if not rows:
        raise NotFound
    return rows[0]


def entries_of_visits(
    reader: Actor, *, account_id: int, refs: Sequence[str], since: datetime, until: datetime, size: int
) -> Sequence[EntryRow]:
    """What was written into an account's journal in those visits, newest first, at most `size` entries.

    Reads only what lies between the two instants of that account. The caller has been let read the visits.
    """
    entries = JournalEntry.unscoped.filter(  # unscoped: narrowed by the account, which the caller has checked
        account_id=account_id,
        id__gte=first_id_of(since),
        id__lt=first_id_of(until + timedelta(milliseconds=1)),
        impersonation_ref__in=list(refs),
    )
    return _rows(with_pseudonyms(entries).order_by("-id")[:size], reader)


def history(
    actor: Actor,
    *,
    account_id: int | None = None,
    below: bool = False,
    event: str = "",
    events: Sequence[str] = (),
    person: str = "",
    via: str = "",
    in_visits: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    words: str = "",
    cursor: str = "",
    size: int = 50,
    way: Way | None = None,
) -> EntryPage:
    """A page of the journal, newest first. `way` in which it leaves, None: as a list (`contacts.hides`).

    `account_id` confines it to one account, whose place within the actor's scope the caller has checked; of a client, its reseller
    reads what happened while it was its own. Without it: a
    vendor sees everything; others their own account and, with `below`, the accounts under it. An unknown `cursor` is
    read as the first page. `event` may end in a dot to mean all that begin with it. `via` is ``web``, ``api``, ``job`` or
    ``cli``; `since` is included, `until` is not. `events` are beginnings of names, any of which fits. `in_visits`: only
    what was done in visits, or (False) only what was not. `for_client` leaves out what is kept above a client.

    `words` are beginnings of words of what an entry tells, whatever case and accents: read from the newest entry on, at
    most `search.SCANNED` for a page; what no index narrows (`person`, `via`, `in_visits`, kinds of event) looks at most
    at `WINDOW` entries for a page. So a page may be short (or empty) and still have a next one.
    """
    entries = JournalEntry.unscoped.all()  # unscoped: narrowed here by plain account ids, which the journal keeps
    if account_id is not None:
        entries = entries.filter(account_id=account_id)
        if actor.account_kind == "reseller" and account_id != actor.account_id:
            # What happened to a client while it was somebody else's is not for the one that it is with now.
            entries = entries.filter(parent_id=actor.account_id)
        elif actor.impersonator is not None and actor.account_kind == CLIENT:
            # A visit to a client reads what the visitor reads at home: it would open the time before by the client's own door.
            entries = entries.filter(parent_id=actor.impersonator.account_id)
    elif actor.account_kind != "vendor":
        entries = entries.filter(parent_id=actor.account_id) if below else entries.filter(account_id=actor.account_id)
        if below and actor.reach is not None:
            entries = entries.filter(account_id__in=actor.reach)
    # By id as well: ids are in the order of time and of the index, so nothing outside is read.
    if since is not None:
        entries = entries.filter(at__gte=since, id__gte=first_id_of(since))
    if until is not None:
        entries = entries.filter(at__lt=until, id__lt=first_id_of(until + timedelta(milliseconds=1)))
    read = entries
    if event.endswith("."):
        entries = entries.filter(event__startswith=event)
    elif event:
        entries = entries.filter(event=event)
    if events:
        entries = entries.filter(any_of(Q(event__startswith=start) for start in events))
    if actor.account_kind == CLIENT:
        entries = entries.filter(event__in=list(FOR_CLIENTS))
    if in_visits is not None:
        entries = entries.exclude(impersonation_ref="") if in_visits else entries.filter(impersonation_ref="")
    entries = with_pseudonyms(entries)
    if person:
        # By the name that is shown: a name that was taken out of sight finds nothing.
        named = Q(actor_alias__isnull=True, actor_name__icontains=person) & named_in_sight(actor, "actor_name", way)
        named |= Q(actor_alias__icontains=person)
        visitor = Q(visitor_alias__isnull=True, impersonator_name__icontains=person)
        visitor &= named_in_sight(actor, "impersonator_name", way)
        named = (named | visitor | Q(visitor_alias__icontains=person)) & names_in_sight(actor)
        if person.casefold() in _("The platform").casefold():
            named |= ~names_in_sight(actor)
        entries = entries.filter(named)
    if via:
        entries = entries.filter(via=via)
    terms = search.terms_of(words)
    narrows = bool(person or via or events or event.endswith(".") or in_visits is not None)
    edge = _edge(read, cursor) if narrows else ""
    if edge:
        entries = entries.filter(id__gte=uuid.UUID(edge))
    if terms:
        hits, older = search.find(entries, terms, actor, cursor=cursor, size=size, way=way)
        return EntryPage(rows=[_row(hit) for hit in hits], next_cursor=older or edge)
    found, newer, older = newest_first(entries, cursor=cursor, size=size)
    return EntryPage(rows=_rows(found, actor, way), next_cursor=older or edge, previous_cursor=newer)


def _edge(entries: QuerySet[JournalEntry], cursor: str) -> str:
    """The last entry at which a page that no index narrows looks; empty when there are not so many.

    `entries` are those of the account (or of everybody) as an index orders them. Going back is not bounded: it only goes
    over what a page has looked at before.
    """
    if goes_back(cursor):
        return ""
    try:
        place = uuid.UUID(cursor) if cursor else None
    except ValueError:
        place = None
    rows = entries.filter(id__lt=place) if place is not None else entries
    found = rows.order_by("-id").values_list("id", flat=True)[WINDOW - 1 : WINDOW]
    return next((str(each) for each in found), "")


def any_of(conditions: Iterable[Q]) -> Q:
    """What fits one of the conditions."""
    return reduce(or_, conditions)
