"""What comes into the world together with a client, whichever way it is opened: told by the apps above at start.

A client without its grant would be closed to its reseller, so this happens in the transaction of the birth, not in a job
behind it; and for a whole batch of an import at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sublet.foundation.actor import Actor

#: Given the ids of new clients, that of their reseller, the instant, and who opened them.
AtBirth = Callable[[Sequence[int], int, datetime, Actor], None]

_at_birth: list[AtBirth] = []


def register_at_birth(do: AtBirth) -> None:
    """Told once by an app above accounts, which cannot be imported here."""
    if do not in _at_birth:
        _at_birth.append(do)


def clients_were_born(client_ids: Sequence[int], *, reseller_id: int, actor: Actor, at: datetime) -> None:
    """Give new clients what comes with them, in the caller's transaction."""
    for do in _at_birth:
        do(client_ids, reseller_id, at, actor)
