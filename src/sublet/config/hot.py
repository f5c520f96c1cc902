"""The entry of the hot application: see `portals.hot`."""

from __future__ import annotations

import os

from sublet.foundation.loading import load

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sublet.config.settings")
load()

from sublet.portals.hot.app import Hot  # noqa: E402  models can be imported only once Django is ready

application = Hot()
