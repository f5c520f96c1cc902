"""Addresses of moves: a client goes to another reseller or leaves, a direct account joins one."""

from __future__ import annotations

from sublet.portals.shared.moves_pages import moves_patterns

urlpatterns = moves_patterns(
    name="client-moves", route="moves/", read="settings:view", write="settings:manage", portal=("client", "direct")
)
