from __future__ import annotations

from django.apps import AppConfig


class ClientSettingsConfig(AppConfig):
    name = "sublet.clientsettings"
    label = "clientsettings"
    default_auto_field = "django.db.models.BigAutoField"
