from __future__ import annotations

from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "sublet.proof"
    label = "proof"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.accounts.operations.leavers import register_at_leaving
        from sublet.messaging.kinds import declare
        from sublet.proof.leaving import forget_at_leaving
        from sublet.proof.mails import MAILS

        declare(MAILS)
        register_at_leaving(forget_at_leaving)
