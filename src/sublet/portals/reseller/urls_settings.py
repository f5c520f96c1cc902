"""Addresses about client settings and their templates."""

from __future__ import annotations

from django.urls import path

from sublet.portals.reseller import views_settings as settings
from sublet.portals.reseller import views_templates as templates

urlpatterns = [
    # First: their words stand where a client's reference could.
    path("clients/options/", settings.many, name="reseller-clients-options"),
    path("clients/options/changes/", settings.changes, name="reseller-clients-options-changes"),
    path("clients/options/undo/", settings.undo_many, name="reseller-clients-options-undo"),
    path("clients/options/template/", templates.apply_to_many, name="reseller-clients-template"),
    path("clients/<str:ref>/options/", settings.one, name="reseller-client-options"),
    path("clients/<str:ref>/options/undo/", settings.undo, name="reseller-client-options-undo"),
    path("clients/<str:ref>/options/template/", templates.apply_to_one, name="reseller-client-template"),
    path("clients/<str:ref>/options/template/leave/", templates.leave, name="reseller-client-template-leave"),
    path("templates/", templates.listing, name="reseller-templates"),
    path("templates/new/", templates.new, name="reseller-template-new"),
    path("templates/<str:ref>/", templates.template, name="reseller-template"),
    path("templates/<str:ref>/edit/", templates.edit, name="reseller-template-edit"),
    path("templates/<str:ref>/remove/", templates.remove, name="reseller-template-remove"),
    path("templates/<str:ref>/push/", templates.push, name="reseller-template-push"),
]
