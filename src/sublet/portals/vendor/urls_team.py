"""Addresses below an account of the vendor portal: team, what is closed and why."""

from __future__ import annotations

from sublet.portals.shared.asking import why_patterns
from sublet.portals.shared.company_log_in import company_log_in_patterns
from sublet.portals.shared.directory import directory_patterns
from sublet.portals.shared.log_in_rules import log_in_rule_patterns
from sublet.portals.shared.team import team_patterns
from sublet.portals.shared.visit_rules import visit_rule_patterns

urlpatterns = [
    *company_log_in_patterns(
        name="vendor-log-in-rules-company",
        rules="vendor-log-in-rules",
        team="vendor-team",
        route="team/log-in/company/",
        portal="vendor",
    ),
    *log_in_rule_patterns(name="vendor-log-in-rules", team="vendor-team", route="team/log-in/", portal="vendor"),
    *directory_patterns(name="vendor-directory", team="vendor-team", route="team/directory/", portal="vendor"),
    *team_patterns(name="vendor-team", route="team/", section="team", portal="vendor"),
    *visit_rule_patterns(name="vendor-visit-rules", route="settings/visits/", portal="vendor"),
    *why_patterns(name="vendor", portal="vendor"),
]
