from __future__ import annotations

from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "sublet.proof"
    label = "proof"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import sublet.proof.worded_mails  # noqa: F401  # makes the kinds of mail known
        from sublet.messaging.kinds import declare
        from sublet.proof.mails import MAILS

        declare(MAILS)
