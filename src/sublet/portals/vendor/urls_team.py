"""Addresses below an account of the vendor portal: team, what is closed and why."""

from __future__ import annotations

from sublet.portals.shared.asking import why_patterns
from sublet.portals.shared.team import team_patterns
from sublet.portals.shared.visit_rules import visit_rule_patterns

urlpatterns = [
    *team_patterns(name="vendor-team", route="team/", section="team", portal="vendor"),
    *visit_rule_patterns(name="vendor-visit-rules", route="settings/visits/", portal="vendor"),
    *why_patterns(name="vendor", portal="vendor"),
]
