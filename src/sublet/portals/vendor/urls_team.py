"""Addresses below an account of the vendor portal: team."""

from __future__ import annotations

from sublet.portals.shared.team import team_patterns

urlpatterns = team_patterns(name="vendor-team", route="team/", section="team", portal="vendor")
