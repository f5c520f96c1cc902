from __future__ import annotations

from django.apps import AppConfig


class SignOnConfig(AppConfig):
    name = "sublet.signon"
    label = "signon"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.accounts.operations.leavers import register_at_leaving
        from sublet.signon.operations.endings import end_at_leaving  # the registry of models must be ready

        register_at_leaving(end_at_leaving)
