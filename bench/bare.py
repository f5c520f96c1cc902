"""The floor of P11 and the peer of P1: Django with nothing but one view, which asks the database one thing."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def _database(told: str) -> dict[str, Any]:
    """A file of SQLite, or the address of a PostgreSQL. Connections as Django has them, unless they are to stay open."""
    kept = None if os.environ.get("BARE_KEPT") else 0
    if not told.startswith("postgres"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": told, "CONN_MAX_AGE": kept}
    parts = urlsplit(told)
    asked = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": asked.get("host") or parts.hostname or "",
        "PORT": asked.get("port") or str(parts.port or ""),
        "CONN_MAX_AGE": kept,
    }


if not settings.configured:
    settings.configure(
        SECRET_KEY="x" * 60,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": _database(os.environ["BARE_DATABASE"])},
    )
    django.setup()


def one(_request: HttpRequest) -> HttpResponse:
    """One row by its key."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(os.environ.get("BARE_QUESTION", "SELECT name FROM account WHERE id = 1"))
        name = cursor.fetchone()[0]
    return HttpResponse(name, headers={"Content-Length": str(len(name.encode()))})


urlpatterns = [path("", one)]
application = get_wsgi_application()
