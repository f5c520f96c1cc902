from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "sublet.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import sublet.people.worded_mails  # noqa: F401  # makes the kinds of mail known
        from sublet.accounts.operations.newborns import register_at_birth
        from sublet.messaging.kinds import declare
        from sublet.people.mails import MAILS
        from sublet.people.operations.newborns import grant_at_birth

        register_at_birth(grant_at_birth)
        declare(MAILS)
