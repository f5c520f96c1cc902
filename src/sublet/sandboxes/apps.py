from __future__ import annotations

from django.apps import AppConfig


class SandboxesConfig(AppConfig):
    name = "sublet.sandboxes"
    label = "sandboxes"
    default_auto_field = "django.db.models.BigAutoField"
