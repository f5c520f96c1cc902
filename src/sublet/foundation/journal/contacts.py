"""What the journal tells of people: their addresses and numbers, hidden from whoever may not have them that way.

The entry stays as it is, names of those who acted stay as well: a history that does not say who is none. But whoever has
no name is called by the address, and so is anybody in a reason or in what a mail server answered. Of one's own team that is
no secret, wherever it acted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from sublet.core.peopledata import HIDDEN, Way, without_addresses
from sublet.foundation.actor import Actor
from sublet.foundation.journal.models import JournalEntry

#: Fields of events, at any depth, that hold somebody's name, address or number beside an account.
FIELDS = frozenset({"contact_name", "email", "old_email", "new_email", "to_email", "to", "phone", "mobile"})


def hides(actor: Actor, account_id: int, way: Way | None = None) -> bool:
    """Whether entries of that account are shown to the actor without them; `way` None: in a list."""
    if way is None:
        return not actor.lists_people_of(account_id)
    own = account_id == actor.account_id and actor.impersonator is None
    return not (own or actor.gets_people(way))


def without_contacts(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an event with `HIDDEN` in place of what is in `FIELDS`, and of each address; what is empty stays empty."""
    return {key: _hidden(value) if key in FIELDS else _within(value) for key, value in data.items()}


def _within(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_contacts(value)
    if isinstance(value, list):
        return [_within(each) for each in value]
    return without_addresses(value) if isinstance(value, str) else value


def _hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _hidden(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each) for each in value]
    return HIDDEN if value and isinstance(value, str) else value


def hide_contacts(entry: JournalEntry, actor: Actor, way: Way | None = None) -> JournalEntry:
    """The entry as that actor may read it. Like `hide_names`, it changes the row in memory, which nobody saves."""
    if hides(actor, entry.account_id, way):
        entry.data = without_contacts(entry.data)
        entry.reason = without_addresses(entry.reason)
        for name in ("actor_name", "impersonator_name"):
            if not _colleague(entry, actor, name):
                setattr(entry, name, without_addresses(getattr(entry, name)))
    return entry


def _colleague(entry: JournalEntry, actor: Actor, name: str) -> bool:
    """Whether that name in the entry is of the reader's own team, whose people it knows: somebody who acted in the reader's
    account, or who visited from there (only the account above a client visits it)."""
    if actor.impersonator is not None:
        return False
    if name == "actor_name":
        return entry.actor_account_id == actor.account_id
    return entry.parent_id == actor.account_id and bool(entry.impersonator_name)


def named_in_sight(actor: Actor, field: str, way: Way | None = None) -> Q:
    """The entries whose `field`, a name, is shown to the actor as it stands: only by that name they are found."""
    own = Q(account_id__in=())
    if actor.impersonator is None:
        colleague = "actor_account_id" if field == "actor_name" else "parent_id"
        own = Q(account_id=actor.account_id) | Q(**{colleague: actor.account_id})
    listed = actor.lists_people if way is None else actor.gets_people(way)
    return Q() if listed else own | ~Q(**{f"{field}__contains": "@"})
