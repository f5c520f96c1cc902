from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "sublet.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import sublet.people.worded_mails  # noqa: F401  # makes the kinds of mail known
        from sublet.accounts.operations.leavers import register_at_leaving
        from sublet.accounts.operations.newborns import register_at_birth
        from sublet.messaging.kinds import declare
        from sublet.messaging.webhook_makers import register_exports
        from sublet.people.mails import MAILS
        from sublet.people.operations.leaving import revoke_at_leaving
        from sublet.people.operations.newborns import grant_at_birth
        from sublet.people.queries.webhook_makers import exports_people

        register_at_birth(grant_at_birth)
        register_at_leaving(revoke_at_leaving)
        register_exports(exports_people)
        declare(MAILS)
