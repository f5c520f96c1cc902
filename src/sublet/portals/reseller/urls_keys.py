"""Addresses below an account of the reseller portal: API keys and webhooks."""

from __future__ import annotations

from sublet.portals.shared.keys import key_patterns
from sublet.portals.shared.webhooks import webhook_patterns

urlpatterns = [
    *key_patterns(name="reseller-keys", route="keys/", portal="reseller"),
    *webhook_patterns(name="reseller-webhooks", route="webhooks/", portal="reseller"),
]
