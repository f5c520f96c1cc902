"""Who answers for a webhook, and whether that one may still take people's data away: told by the app above, which knows people.

A webhook sends for as long as nobody stops it. What its maker may not export any more, it must not hear through it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sublet.foundation.actor import Actor
from sublet.messaging.models import WebhookEndpoint

#: Given the account, a person's id or None, a key's reference or nothing, and the instant.
Exports = Callable[[int, int | None, str, datetime], bool]

_exports: list[Exports] = []


def register_exports(ask: Exports) -> None:
    """Told once by an app above messaging, which cannot be imported here."""
    _exports[:] = [ask]


def answer_for(row: WebhookEndpoint, actor: Actor) -> None:
    """From now on it is the actor's: what it tells of people is what the actor may export. Not stored yet."""
    row.answers_user_id, row.answers_key = actor.user_id, actor.key_ref


def withholds(row: WebhookEndpoint, *, at: datetime) -> bool:
    """Whether it must not tell of people below any more what it was made to tell.

    Nobody answers for one that was set up before that was kept: who may export stands behind it once it is saved.
    """
    if not row.tells_people:
        return False
    return not all(ask(row.account_id, row.answers_user_id, row.answers_key, at) for ask in _exports)
