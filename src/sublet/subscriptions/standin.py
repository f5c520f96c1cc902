"""Stand-in for `entitlements` until it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sublet.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class SourceFacts:
    kind: str
    key: str
    version: int
    starts_at: datetime
    ends_at: datetime | None = None
    count: int = 1


def replace_sources(*, account_id: int, sources: Sequence[SourceFacts], actor: Actor, at: datetime) -> None:
    pass
