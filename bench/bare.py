"""The floor of P11 and the peer of P1: Django with nothing but one view, which asks the database one thing."""

from __future__ import annotations

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

if not settings.configured:
    settings.configure(
        SECRET_KEY="x" * 60,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BARE_DATABASE"]}},
    )
    django.setup()


def one(_request: HttpRequest) -> HttpResponse:
    """One row by its key."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM account WHERE id = 1")
        name = cursor.fetchone()[0]
    return HttpResponse(name, headers={"Content-Length": str(len(name.encode()))})


urlpatterns = [path("", one)]
application = get_wsgi_application()
