"""`python -m bookings`: serve the product; `python -m bookings migrate`: bring its database up to date."""

from __future__ import annotations

import logging
import os
import sys

from bookings import settings
from bookings.database import Database
from bookings.settings import WrongSetting


def main() -> int:
    """The exit code: 2 with one sentence for a wrong setting; the server takes the place of this process."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        given = settings.read()
    except WrongSetting as fault:
        print(f"bookings: {fault}", file=sys.stderr)
        return 2
    version = Database(given.database).migrate()
    if sys.argv[1:] == ["migrate"]:
        print(f"The database is at version {version}.")
        return 0
    host, _, port = given.bind.rpartition(":")
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", port, "--workers", "1",
        "--blocking-threads", "8", "--no-ws", "--log-level", "warning", "--workers-kill-timeout", "10", "bookings.serving:application",
    ]  # fmt: skip
    return os.execv(sys.executable, command)  # noqa: S606  no shell: a literal list of arguments


if __name__ == "__main__":
    sys.exit(main())
