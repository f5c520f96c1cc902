from __future__ import annotations

from django.apps import AppConfig


class ProbeConfig(AppConfig):
    name = "tests.foundation.jobs_probe"
    label = "jobs_probe"
