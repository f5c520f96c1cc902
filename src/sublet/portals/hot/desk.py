"""What those who answer have at hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.portals.api import limits
from sublet.portals.hot.asked import Answer, Asked
from sublet.portals.hot.group import Group
from sublet.portals.hot.reading import Reader

#: Status, headers besides the usual ones, body.
Told: TypeAlias = tuple[int, Sequence[tuple[str, str]], bytes]


class Beyond(Exception):
    """So much is asked that nothing more is taken for `seconds`: of the account, or of the key."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def admit(actor: Actor, wanted: Mapping[str, int]) -> None:
    """Count a request, so much of it about each of those accounts. Raises Beyond.

    First the share of the accounts: what one sends beyond its own must not use up the pace of the product's key, which is
    everybody's.
    """
    if actor.account_kind == VENDOR and wanted:
        seconds = limits.HOT_TENANT.take_together(wanted)
        if seconds:
            raise Beyond(seconds)
    seconds = limits.HOT.take(limits.pays(actor))
    if seconds:
        raise Beyond(seconds)


@dataclass(frozen=True, slots=True)
class Desk:
    """`group` writes, `reader` looks whether answers are still so, `in_thread` does what else reads the database, `ask` puts
    the request to the ordinary API."""

    group: Group
    reader: Reader
    in_thread: Callable[[Callable[[], Any]], Awaitable[Any]]
    ask: Callable[[Asked], Awaitable[Answer]]
