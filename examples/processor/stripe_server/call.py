"""One request, as the endpoints see it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stripe_server.errors import Json
from stripe_server.world import Key, World

if TYPE_CHECKING:
    from stripe_server.vault import Localstripe


@dataclass
class Progress:
    """Shared by the parts of a call: whether an endpoint has begun."""

    begun: bool = False


@dataclass
class Call:
    """`account`: whose things these are (that of `Stripe-Account`, or the key's own)."""

    world: World
    backing: Localstripe
    account: str
    key: Key
    method: str
    path: str
    params: Json
    args: dict[str, str] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)

    @property
    def now(self) -> int:
        return self.world.clock.seconds()

    def begin(self) -> None:
        """From here on the answer is kept for the Idempotency-Key, whatever it is."""
        self.progress.begun = True

    def with_(self, **changes: Any) -> Call:
        return replace(self, **changes)
