"""Addresses below an account of the client portal: API keys."""

from __future__ import annotations

from sublet.portals.shared.keys import key_patterns

urlpatterns = key_patterns(name="client-keys", route="keys/", portal=("client", "direct"))
