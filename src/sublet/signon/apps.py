from __future__ import annotations

from django.apps import AppConfig


class SignOnConfig(AppConfig):
    name = "sublet.signon"
    label = "signon"
    default_auto_field = "django.db.models.BigAutoField"
