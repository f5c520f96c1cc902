"""Addresses below an account of the reseller portal: team."""

from __future__ import annotations

from sublet.portals.shared.team import team_patterns
from sublet.portals.shared.visit_pages import visit_patterns

urlpatterns = [
    *team_patterns(name="reseller-team", route="team/", section="team", portal="reseller"),
    *team_patterns(
        name="reseller-client-team", route="clients/<str:ref>/team/", section="clients", portal="reseller", below=True
    ),
    *visit_patterns(
        name="reseller-client-visits", route="clients/<str:ref>/visits/", section="clients", portal="reseller", below=True
    ),
]
