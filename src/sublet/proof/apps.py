from __future__ import annotations

from django.apps import AppConfig


class ProofConfig(AppConfig):
    name = "sublet.proof"
    label = "proof"
    default_auto_field = "django.db.models.BigAutoField"
