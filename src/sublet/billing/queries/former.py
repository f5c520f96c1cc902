"""How clients are called that have left: told by the app that keeps it, which stands above and cannot be imported here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sublet.accounts.models import Account
from sublet.foundation.scope import platform_scope

#: Given a reseller's number and references of clients, the name under which it knew each that has left it.
FormerNames = Callable[[int, Sequence[str]], Mapping[str, str]]

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
