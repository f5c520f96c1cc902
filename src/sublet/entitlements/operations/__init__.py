"""Writing what accounts may do."""

from __future__ import annotations

from sublet.entitlements.operations.overrides import CannotSetLimit, remove_override, set_override, store_override
from sublet.entitlements.operations.services import (
    AS_DECLARED,
    UNCHANGED,
    CannotSetService,
    Unchanged,
    set_service,
    store_service,
)
from sublet.entitlements.operations.sources import SourceFacts, replace_sources
from sublet.entitlements.operations.stream import announce, announce_everybody

__all__ = [
    "AS_DECLARED",
    "UNCHANGED",
    "CannotSetLimit",
    "CannotSetService",
    "SourceFacts",
    "Unchanged",
    "announce",
    "announce_everybody",
    "remove_override",
    "replace_sources",
    "set_override",
    "set_service",
    "store_override",
    "store_service",
]
