from __future__ import annotations

from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    name = "sublet.entitlements"
    label = "entitlements"
    default_auto_field = "django.db.models.BigAutoField"
