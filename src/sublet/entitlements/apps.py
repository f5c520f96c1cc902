from __future__ import annotations

from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    name = "sublet.entitlements"
    label = "entitlements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.entitlements.operations.following import follow_accounts  # models can be imported only now
        from sublet.entitlements.operations.using import CHECK
        from sublet.foundation.journal.operations import register_listener
        from sublet.metering.operations import register_follower

        register_listener(follow_accounts)
        register_follower(CHECK)
