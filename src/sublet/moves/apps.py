from __future__ import annotations

from django.apps import AppConfig


class MovesConfig(AppConfig):
    name = "sublet.moves"
    label = "moves"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.messaging.kinds import declare
        from sublet.moves.mails import MAILS

        declare(MAILS)
