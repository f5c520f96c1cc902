from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "sublet.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.billing.fences import FENCES
        from sublet.foundation.journal.fences import register

        register(*FENCES)
