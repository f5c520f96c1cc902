from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "sublet.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.accounts.queries import parent_of  # models cannot be imported before the registry is ready
        from sublet.foundation.scope import register_tree

        register_tree(parent_of)
