"""`python -m bookings`: serve the product; `python -m bookings migrate`: bring its database up to date."""

from __future__ import annotations

import logging
import signal
import sys

from werkzeug.serving import WSGIRequestHandler, make_server

from bookings import clock, settings, sublet
from bookings.database import Database
from bookings.settings import Settings, WrongSetting
from bookings.web.app import BELOW, Parts, create_app
from bookings.worker import Worker
from sublet_client import OpenIdConnect


class _Quiet(WSGIRequestHandler):
    """Keeps connections open, and does not write a line for each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Not at all."""


def serve(given: Settings) -> None:
    """Until SIGTERM or Ctrl-C. One process with threads: SQLite is beside it, and so are the worker and Sublet's client."""
    database = Database(given.database)
    database.migrate()
    client = sublet.connect(given).start()
    platform = sublet.SubletPlatform(client)
    oidc = OpenIdConnect(
        given.client_id, given.client_secret, callback=f"{given.scheme}://{{host}}{BELOW}/callback", trusted=client.is_issuer,
        scopes=("openid", "profile", "email"), connect_to=given.sublet,
    )  # fmt: skip
    parts = Parts(given, database, platform, oidc, clock.now)
    parts.worker = Worker(database, platform, given)
    app = create_app(parts)
    host, _, port = given.bind.rpartition(":")
    server = make_server(host, int(port), app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]  # of socketserver: an open connection does not hold up the end

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    parts.worker.start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        parts.worker.stop()
        client.close()
        database.close()


def main() -> int:
    """The exit code: 2 with one sentence for a wrong setting."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        given = settings.read()
    except WrongSetting as fault:
        print(f"bookings: {fault}", file=sys.stderr)
        return 2
    if sys.argv[1:] == ["migrate"]:
        print(f"The database is at version {Database(given.database).migrate()}.")
        return 0
    serve(given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
