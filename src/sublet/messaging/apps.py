from __future__ import annotations

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "sublet.messaging"
    label = "messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.accounts.operations.leavers import register_at_leaving
        from sublet.foundation.journal.operations import register_listener
        from sublet.messaging.kinds import MailKind, declare
        from sublet.messaging.leaving import end_at_leaving
        from sublet.messaging.webhook_spread import spread  # the registry of models must be ready

        register_listener(spread)
        register_at_leaving(end_at_leaving)
        # Asked for by its reader, on the page.
        declare({"sender-test": MailKind(for_safety=True, examples=({"person": "Ada Adams"},))})
