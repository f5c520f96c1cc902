from __future__ import annotations

from django.apps import AppConfig

from sublet.foundation.actor import JOB, SCHEDULE


class AccountsConfig(AppConfig):
    name = "sublet.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.accounts.queries import installation_actor, parent_of  # the registry of models must be ready
        from sublet.foundation.jobs.schedules import register_platform_actor
        from sublet.foundation.scope import register_tree

        register_tree(parent_of)
        register_platform_actor(lambda: installation_actor(name=SCHEDULE, via=JOB))
