from __future__ import annotations

from django.apps import AppConfig


class BrandingConfig(AppConfig):
    name = "sublet.branding"
    label = "branding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.accounts.operations.leavers import register_at_leaving
        from sublet.accounts.operations.newborns import register_at_birth
        from sublet.branding.operations.client_names import name_at_birth
        from sublet.branding.operations.leaving import release_at_leaving

        register_at_birth(name_at_birth)
        register_at_leaving(release_at_leaving)
