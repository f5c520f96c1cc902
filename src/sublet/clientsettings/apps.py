from __future__ import annotations

from django.apps import AppConfig


class ClientSettingsConfig(AppConfig):
    name = "sublet.clientsettings"
    label = "clientsettings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.accounts.operations.leavers import register_at_leaving
        from sublet.clientsettings.operations.leaving import carry_terms_at_leaving  # models can be imported only now

        register_at_leaving(carry_terms_at_leaving)
