"""Addresses below an account of the client portal: team."""

from __future__ import annotations

from sublet.portals.shared.access_pages import access_patterns
from sublet.portals.shared.asking import why_patterns
from sublet.portals.shared.company_log_in import company_log_in_patterns
from sublet.portals.shared.directory import directory_patterns
from sublet.portals.shared.log_in_rules import log_in_rule_patterns
from sublet.portals.shared.team import team_patterns
from sublet.portals.shared.visit_pages import visit_patterns
from sublet.portals.shared.visit_rules import visit_rule_patterns

urlpatterns = [
    *company_log_in_patterns(
        name="client-log-in-rules-company",
        rules="client-log-in-rules",
        team="client-team",
        route="team/log-in/company/",
        portal=("client", "direct"),
    ),
    *log_in_rule_patterns(
        name="client-log-in-rules", team="client-team", route="team/log-in/", portal=("client", "direct")
    ),
    *directory_patterns(
        name="client-directory", team="client-team", route="team/directory/", portal=("client", "direct")
    ),
    *access_patterns(name="client-access", route="access/", read="team:view", write="team:manage", portal="client"),
    *team_patterns(name="client-team", route="team/", section="team", portal=("client", "direct")),
    # First: its word stands where the reference of a visit could.
    *visit_rule_patterns(name="client-visit-rules", route="visits/notice/", portal="client"),
    *why_patterns(name="client", portal=("client", "direct")),
    *visit_patterns(name="client-visits", route="visits/", section="journal", portal="client"),
]
