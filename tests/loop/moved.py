"""A process whose clock is moved: ``python -m tests.loop.moved web PORT``, ``worker``, ``bookings PORT``, with MOVED_SECONDS.

Everything in the process sees the moved clock, also what we did not write, and so does whoever reads the Date of its answers.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import Any

import time_machine

from sublet.foundation.clock import now


def serve(application: Any, port: int) -> None:
    """Until the process is ended."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Not at all."""

    make_server("127.0.0.1", port, application, threaded=True, request_handler=Quiet).serve_forever()


def main(what: str, port: int) -> None:
    """Be that process."""
    moved = float(os.environ.get("MOVED_SECONDS", "0"))
    if moved:
        time_machine.travel(now() + timedelta(seconds=moved), tick=True).start()
    if what == "web":
        from sublet.config.wsgi import application

        serve(application, port)
    elif what == "bookings":
        from bookings.serving import application as product

        serve(product, port)
    else:
        from sublet.portals.cli.main import main as sublet

        sys.argv = ["sublet", "worker"]
        sys.exit(sublet())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
