"""Addresses below an account of the vendor portal: API keys."""

from __future__ import annotations

from sublet.portals.shared.keys import key_patterns

urlpatterns = key_patterns(name="vendor-keys", route="keys/", portal="vendor")
