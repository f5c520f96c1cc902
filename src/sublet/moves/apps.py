from __future__ import annotations

from django.apps import AppConfig


class MovesConfig(AppConfig):
    name = "sublet.moves"
    label = "moves"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import sublet.moves.worded_mails  # noqa: F401  # makes the kinds of mail known
        from sublet.billing.queries.former import register_former_names
        from sublet.messaging.kinds import declare
        from sublet.moves.mails import MAILS
        from sublet.moves.queries.former import former_names

        declare(MAILS)
        register_former_names(former_names)
