from __future__ import annotations

from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "sublet.pricing"
    label = "pricing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import sublet.pricing.worded_mails  # noqa: F401  # makes the kinds of mail known
        from sublet.messaging.kinds import declare
        from sublet.pricing.mails import MAILS

        declare(MAILS)
