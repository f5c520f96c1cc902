"""The entry of the web server: pages and API."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from sublet.foundation.loading import load

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sublet.config.settings")
load()
application = get_wsgi_application()
