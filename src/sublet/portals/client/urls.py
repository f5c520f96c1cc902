"""Addresses below ``/client/<account>/``, for clients and direct accounts; one module more for each topic."""

from __future__ import annotations

from django.urls import path

from sublet.portals.client import (
    urls_billing,
    urls_brand,
    urls_keys,
    urls_moves,
    urls_team,
    urls_wordings,
    views,
    views_handover,
    views_plan,
    views_use,
)
from sublet.portals.shared.portion_pages import portion_patterns

urlpatterns = [
    path("", views.home, name="client-home"),
    path("information/", views.information, name="client-information"),
    path("hand-over/", views_handover.sheet, name="client-hand-over"),
    path("plan/", views_plan.plan, name="client-plan"),
    path("plan/trial/", views_plan.start_trial, name="client-trial-start"),
    path("use/", views_use.use, name="client-use"),
    path("use/<str:meter>/limit/", views_use.limit, name="client-use-limit"),
    path("use/<str:meter>/limit/lift/", views_use.lift, name="client-use-lift"),
    *portion_patterns(
        name="client-portions",
        use="client-use",
        route="use/<str:meter>/people/",
        read="usage:view",
        write="usage:manage",
        portal=("client", "direct"),
    ),
    path("history/", views.history, name="client-history"),
    path("close/", views.close, name="client-close"),
    path("closed/", views.closed, name="client-closed"),
    path("give-back/", views.give_back, name="client-give-back"),
    *urls_billing.urlpatterns,
    *urls_team.urlpatterns,
    *urls_brand.urlpatterns,
    *urls_wordings.urlpatterns,
    *urls_keys.urlpatterns,
    *urls_moves.urlpatterns,
]
