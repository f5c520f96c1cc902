"""Addresses below ``/reseller/<account>/``: those of this module, and one module more for each topic."""

from __future__ import annotations

from django.urls import path

from sublet.portals.reseller import (
    urls_brand,
    urls_imports,
    urls_keys,
    urls_money,
    urls_plans,
    urls_settings,
    urls_team,
    urls_wordings,
    views_bulk,
    views_client,
    views_handover,
    views_list,
    views_moves,
    views_own,
    views_plans,
    views_saved,
    views_signals,
    views_states,
    views_use,
)
from sublet.portals.shared.issuer_pages import issuer_patterns

urlpatterns = [
    path("", views_list.home, name="reseller-home"),
    # First: their words stand where a client's reference could.
    *urls_imports.urlpatterns,
    path("clients/", views_list.clients, name="reseller-clients"),
    path("clients/new/", views_client.new, name="reseller-client-new"),
    path("clients/columns/", views_saved.columns, name="reseller-columns"),
    path("clients/views/", views_saved.views, name="reseller-views"),
    path("clients/views/save/", views_saved.save, name="reseller-view-save"),
    path("clients/views/<str:view>/rename/", views_saved.rename, name="reseller-view-rename"),
    path("clients/views/<str:view>/share/", views_saved.share, name="reseller-view-share"),
    path("clients/views/<str:view>/delete/", views_saved.delete, name="reseller-view-delete"),
    path("clients/change/<str:action>/", views_bulk.change, name="reseller-clients-change"),
    path("clients/changes/<str:job>/", views_bulk.progress, name="reseller-clients-changes"),
    *issuer_patterns(name="reseller-issuer", route="invoicing/", portal="reseller"),
    *urls_team.urlpatterns,
    *urls_brand.urlpatterns,
    *urls_wordings.urlpatterns,
    *urls_keys.urlpatterns,
    *urls_money.urlpatterns,
    *urls_plans.urlpatterns,
    *urls_settings.urlpatterns,
    *views_moves.urlpatterns,
    path("clients/<str:ref>/", views_client.overview, name="reseller-client"),
    path("clients/<str:ref>/settings/", views_client.settings, name="reseller-client-settings"),
    path("clients/<str:ref>/use/", views_use.use, name="reseller-client-use"),
    path("clients/<str:ref>/use/<str:meter>/limit/", views_use.limit, name="reseller-client-limit"),
    path(
        "clients/<str:ref>/use/<str:meter>/limit/remove/", views_use.remove_limit, name="reseller-client-limit-remove"
    ),
    path("clients/<str:ref>/use/<str:meter>/more/", views_use.more, name="reseller-client-more"),
    path("clients/<str:ref>/given/<str:top_up>/take-back/", views_use.take_back, name="reseller-client-take-back"),
    path("clients/<str:ref>/signals/", views_signals.signals, name="reseller-client-signals"),
    path("clients/<str:ref>/history/", views_client.history, name="reseller-client-history"),
    path("clients/<str:ref>/hand-over/", views_handover.sheet, name="reseller-client-hand-over"),
    path("clients/<str:ref>/enter/", views_states.enter, name="reseller-client-enter"),
    path("clients/<str:ref>/suspend/", views_states.suspend, name="reseller-client-suspend"),
    path("clients/<str:ref>/resume/", views_states.resume, name="reseller-client-resume"),
    path("clients/<str:ref>/close/", views_states.close, name="reseller-client-close"),
    path("clients/<str:ref>/take-back/", views_states.reopen, name="reseller-client-reopen"),
    path("clients/<str:ref>/demonstration/", views_states.demonstration, name="reseller-client-demonstration"),
    path("clients/<str:ref>/turn-into-client/", views_states.win, name="reseller-client-win"),
    path("clients/<str:ref>/ownership/", views_states.ownership, name="reseller-client-ownership"),
    path("plans/", views_plans.plans, name="reseller-plans"),
    path("own/", views_own.own, name="reseller-own"),
    path("settings/", views_own.settings, name="reseller-settings"),
    path("settings/support/", views_own.support, name="reseller-support"),
    path("history/", views_own.story, name="reseller-story"),
]
