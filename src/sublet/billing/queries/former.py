"""How clients are called that have left: told by the app that keeps it, which stands above and cannot be imported here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sublet.accounts.models import Account
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.scope import platform_scope
from sublet.foundation.unscoped import past_scope

#: Given a reseller's number and references of clients, the name under which it knew each that has left it.
FormerNames = Callable[[int, Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Party:
    """Who is on an invoice or pays, as its reader knows it; `timezone` says when a day begins there. `left`: it was the reader's
    client and is not any more."""

    ref: str
    name: str
    timezone: str
    left: bool = False


_tellers: list[FormerNames] = []


def register_former_names(tell: FormerNames) -> None:
    """Told once at start."""
    if tell not in _tellers:
        _tellers.append(tell)


def former_names(reseller: int, clients: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Of clients that are the reseller's no longer the reference, and the name of the time when they left. Nothing newer."""
    ids = sorted(clients)
    found: dict[int, tuple[str, str]] = {}
    with platform_scope("the references of clients that have left; their names are what their reseller kept"):
        for start in range(0, len(ids), 5000):
            rows = Account.objects.filter(id__in=ids[start : start + 5000])
            refs = dict(rows.values_list("id", "ref"))
            names: dict[str, str] = {}
            for tell in _tellers:
                names |= tell(reseller, list(refs.values()))
            found |= {number: (ref, names.get(ref, "")) for number, ref in refs.items()}
    return found


def parties_told(actor: Actor, ids: Iterable[int]) -> dict[int, Party]:
    """How those accounts, who are on what the actor may see, are called. One statement, and those of `told_as`."""
    with past_scope("who is on an invoice is told with it"):
        rows = list(Account.unscoped.filter(id__in=set(ids)))  # unscoped: as above
    return told_as(actor, rows)


def told_as(actor: Actor, accounts: Collection[Account]) -> dict[int, Party]:
    """The same of accounts that were read: of a reseller's clients that have left it the name of the time when they left, nothing
    newer. Two statements where some have left, else none."""
    found = {row.id: Party(row.ref, row.name, row.timezone) for row in accounts}
    if actor.account_kind != RESELLER:
        return found
    own = actor.account_id
    left = [row.id for row in accounts if row.kind != VENDOR and own not in (row.id, row.parent_id)]
    if left:
        then = former_names(own, left)
        found |= {
            number: Party(ref, name or "–", found[number].timezone, left=True) for number, (ref, name) in then.items()
        }
    return found
