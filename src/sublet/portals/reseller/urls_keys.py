"""Addresses below an account of the reseller portal: API keys."""

from __future__ import annotations

from sublet.portals.shared.keys import key_patterns

urlpatterns = key_patterns(name="reseller-keys", route="keys/", portal="reseller")
