"""What accounts may do now, how far, and why."""

from __future__ import annotations

from sublet.entitlements.queries.answers import entitlements_of, known_accounts, known_by_ref, what_held
from sublet.entitlements.queries.facts import Known, Place

__all__ = ["Known", "Place", "entitlements_of", "known_accounts", "known_by_ref", "what_held"]
