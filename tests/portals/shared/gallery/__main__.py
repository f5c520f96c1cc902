"""Serve the gallery on 127.0.0.1 for the eye: ``python -m tests.portals.shared.gallery [port]``."""

from __future__ import annotations

import sys
from wsgiref.simple_server import make_server

import django
from django.conf import settings

from tests.portals.shared.gallery import config


def main() -> None:
    """Serve until interrupted."""
    settings.configure(
        **config.SETTINGS,
        SECRET_KEY="for the eye only",
        DEBUG=True,
        USE_TZ=True,
        STATIC_URL="/static/",
        LANGUAGES=[(code, code) for code in ("en", "it", "sq", "nl", "fr", "pt")],
        INSTALLED_APPS=["django.contrib.messages", "django.contrib.staticfiles", "sublet.portals.shared"],
    )
    django.setup()
    from django.contrib.staticfiles.handlers import StaticFilesHandler  # needs the settings above
    from django.core.wsgi import get_wsgi_application  # as above

    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8123
    with make_server("127.0.0.1", port, StaticFilesHandler(get_wsgi_application())) as server:
        print(f"http://127.0.0.1:{port}/")
        server.serve_forever()


main()
