"""Addresses below an account of the vendor portal: API keys and webhooks."""

from __future__ import annotations

from sublet.portals.shared.keys import key_patterns
from sublet.portals.shared.webhooks import webhook_patterns

urlpatterns = [
    *key_patterns(name="vendor-keys", route="keys/", portal="vendor"),
    *webhook_patterns(name="vendor-webhooks", route="webhooks/", portal="vendor"),
]
