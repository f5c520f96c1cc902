"""Addresses below an account of the reseller portal: its team, its clients' teams, visits, sections of all clients."""

from __future__ import annotations

from typing import Any

from django.urls import path

from sublet.portals.reseller import views_impersonation, views_sections, views_services, views_teams
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.shared.access_pages import access_patterns
from sublet.portals.shared.asking import why_patterns
from sublet.portals.shared.company_log_in import company_log_in_patterns
from sublet.portals.shared.directory import directory_patterns
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.log_in_rules import log_in_rule_patterns
from sublet.portals.shared.portion_pages import portion_patterns
from sublet.portals.shared.team import team_patterns
from sublet.portals.shared.visit_pages import visit_patterns
from sublet.portals.shared.visit_rules import visit_rule_patterns


def _team_frame(request: SubletRequest, ref: str) -> dict[str, Any]:
    return client_frame(request, ref, "team") | {"base": "reseller/client_base.html"}


def _access_frame(request: SubletRequest, ref: str) -> dict[str, Any]:
    return client_frame(request, ref, "access") | {"base": "reseller/client_base.html"}


def _use_frame(request: SubletRequest, ref: str) -> dict[str, Any]:
    return client_frame(request, ref, "use") | {"base": "reseller/client_base.html"}


def _visits_frame(request: SubletRequest, ref: str) -> dict[str, Any]:
    return client_frame(request, ref, "visits") | {"base": "reseller/client_base.html"}


urlpatterns = [
    *company_log_in_patterns(
        name="reseller-log-in-rules-company",
        rules="reseller-log-in-rules",
        team="reseller-team",
        route="team/log-in/company/",
        portal="reseller",
    ),
    *log_in_rule_patterns(name="reseller-log-in-rules", team="reseller-team", route="team/log-in/", portal="reseller"),
    *directory_patterns(name="reseller-directory", team="reseller-team", route="team/directory/", portal="reseller"),
    path("team/named/", views_teams.listing, name="reseller-staff-teams"),
    path("team/named/new/", views_teams.make, name="reseller-staff-team-new"),
    path("team/named/<str:team>/", views_teams.change, name="reseller-staff-team"),
    path("team/named/<str:team>/remove/", views_teams.remove, name="reseller-staff-team-remove"),
    *team_patterns(name="reseller-team", route="team/", section="team", portal="reseller"),
    *team_patterns(
        name="reseller-client-team",
        route="clients/<str:ref>/team/",
        section="clients",
        portal="reseller",
        frame=_team_frame,
    ),
    *access_patterns(
        name="reseller-client-access",
        route="clients/<str:ref>/access/",
        read="clients:view",
        write="clients:manage",
        portal="reseller",
        frame=_access_frame,
    ),
    *portion_patterns(
        name="reseller-client-portions",
        use="reseller-client-use",
        route="clients/<str:ref>/use/<str:meter>/people/",
        read="clients:view",
        write="clients:manage",
        portal="reseller",
        frame=_use_frame,
    ),
    *visit_patterns(
        name="reseller-client-visits",
        route="clients/<str:ref>/visits/",
        section="clients",
        portal="reseller",
        frame=_visits_frame,
    ),
    *visit_rule_patterns(name="reseller-visit-rules", route="settings/visits/", portal="reseller"),
    path("clients/<str:ref>/impersonate/", views_impersonation.begin, name="reseller-impersonate"),
    *why_patterns(name="reseller", portal="reseller"),
    path("services/", views_services.listing, name="reseller-services"),
    path("services/<str:section>/", views_services.service, name="reseller-service"),
    path("sections/", views_sections.sections, name="reseller-sections"),
    path("sections/clients/", views_sections.find_clients, name="reseller-section-clients"),
    path("sections/taken/<str:withdrawal>/", views_sections.withdrawal, name="reseller-withdrawal"),
    path("sections/taken/<str:withdrawal>/return/", views_sections.give_back, name="reseller-withdrawal-return"),
    path("sections/<str:section>/take-away/", views_sections.withdraw, name="reseller-section-withdraw"),
]
