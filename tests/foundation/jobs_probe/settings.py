"""The foundation and the probe alone: what a worker process of these tests runs with, on the product's own database."""

from __future__ import annotations

from sublet.config.settings import DATABASES, SECRET_KEY, TASKS

__all__ = ["DATABASES", "SECRET_KEY", "TASKS"]

INSTALLED_APPS = ["sublet.foundation", "tests.foundation.jobs_probe"]
USE_TZ = True
ROOT_URLCONF = __name__
SUBLET_WIRING = f"{__name__}.WIRING"
WIRING: dict[str, list[object]] = {}
urlpatterns: list[object] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"out": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["out"], "level": "INFO"},
}
