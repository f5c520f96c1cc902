from __future__ import annotations

from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "sublet.pricing"
    label = "pricing"
    default_auto_field = "django.db.models.BigAutoField"
