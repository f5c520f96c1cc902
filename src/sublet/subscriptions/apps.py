from __future__ import annotations

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "sublet.subscriptions"
    label = "subscriptions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import sublet.subscriptions.worded_mails  # noqa: F401  # makes the kinds of mail known
        from sublet.messaging.kinds import declare
        from sublet.subscriptions.mails import MAILS

        declare(MAILS)
