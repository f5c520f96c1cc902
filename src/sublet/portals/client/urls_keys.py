"""Addresses below an account of the client portal: API keys and webhooks."""

from __future__ import annotations

from sublet.portals.shared.keys import key_patterns
from sublet.portals.shared.webhooks import webhook_patterns

urlpatterns = [
    *key_patterns(name="client-keys", route="keys/", portal=("client", "direct")),
    *webhook_patterns(name="client-webhooks", route="webhooks/", portal=("client", "direct")),
]
