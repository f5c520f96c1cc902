"""Which jobs follow which event: the one table, read by the journal.

An app that needs something to happen in an app above it records an event; the line here says what follows.
"""

from __future__ import annotations

from sublet.foundation.journal.operations import Wiring

WIRING: Wiring = {}
