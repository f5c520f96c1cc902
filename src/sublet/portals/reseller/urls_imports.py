"""Addresses below an account of the reseller portal: lists that come in and that leave."""

from __future__ import annotations

from django.urls import path

from sublet.portals.reseller import views_export, views_imports, views_signal_imports

urlpatterns = [
    path("clients/export/", views_export.export, name="reseller-clients-export"),
    path("imports/", views_imports.imports, name="reseller-imports"),
    path("imports/new/", views_imports.imports, name="reseller-import-new"),
    path("imports/sample/", views_imports.sample, name="reseller-import-sample"),
    path("imports/<str:ref>/", views_imports.one, name="reseller-import"),
    path("imports/<str:ref>/progress/", views_imports.progress, name="reseller-import-progress"),
    path("imports/<str:ref>/discard/", views_imports.discard, name="reseller-import-discard"),
    path("imports/<str:ref>/resume/", views_imports.resume, name="reseller-import-resume"),
    path("imports/<str:ref>/undo/", views_imports.undo, name="reseller-import-undo"),
    path("imports/<str:ref>/left/", views_imports.left, name="reseller-import-left"),
    path("signals/", views_signal_imports.imports, name="reseller-signal-imports"),
    path("signals/sample/", views_signal_imports.sample, name="reseller-signal-sample"),
    path("signals/<str:ref>/", views_signal_imports.one, name="reseller-signal-import"),
    path("signals/<str:ref>/progress/", views_signal_imports.progress, name="reseller-signal-import-progress"),
    path("signals/<str:ref>/discard/", views_signal_imports.discard, name="reseller-signal-import-discard"),
]
