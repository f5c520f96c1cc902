"""The entry of the hot application: see `portals.hot`."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sublet.config.settings")
django.setup()

from sublet.portals.hot.app import Hot  # noqa: E402  models can be imported only once Django is ready

application = Hot()
