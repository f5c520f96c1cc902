"""The product as a server runs it: `granian --interface wsgi --workers 1 bookings.serving:application`.

One process with threads: SQLite is beside it, and so are the worker and Sublet's client. It may be killed at any moment (`counting`).
"""

from __future__ import annotations

import atexit

from flask import Flask

from bookings import clock, settings, sublet
from bookings.database import Database
from bookings.settings import Settings
from bookings.web.app import BELOW, Parts, create_app
from bookings.worker import Worker
from sublet_client import OpenIdConnect


def assemble(given: Settings) -> Parts:
    """Everything the pages work with; the worker is yet to be started."""
    database = Database(given.database)
    database.migrate()
    client = sublet.connect(given).start()
    oidc = OpenIdConnect(
        given.client_id,
        given.client_secret,
        callback=f"{given.scheme}://{{host}}{BELOW}/callback",
        trusted=client.is_issuer,
        connect_to=given.sublet,
        timeout=given.patience,
    )
    parts = Parts(given, database, sublet.SubletPlatform(client), oidc, clock.now)
    parts.worker = Worker(database, parts.platform, given)
    atexit.register(client.close)
    atexit.register(parts.worker.stop)
    return parts


def serve(parts: Parts) -> Flask:
    """The pages, and then the worker: its first mails have links only once the pages say what addresses are."""
    made = create_app(parts)
    if parts.worker is not None:
        parts.worker.start()
    return made


application = serve(assemble(settings.read()))
