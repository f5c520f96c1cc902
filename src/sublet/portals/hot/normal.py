"""The ordinary API in this process: what it answers is what the web server beside it would."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

from sublet.portals.hot.asked import Answer, Asked

#: Of what Python's WSGI calls apart.
_PLAIN = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
#: Said anew by whoever sends the answer.
_SERVERS = frozenset({"content-length", "connection", "date", "server", "transfer-encoding"})


class Normal:
    """Django's handler, asked without a server between. In a thread: it waits for the database."""

    def __init__(self) -> None:
        self._handler = WSGIHandler()

    def answer(self, asked: Asked) -> Answer:
        """What the ordinary application says."""
        told: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], *_fault: object) -> Any:
            told["status"], told["headers"] = int(status.split()[0]), headers

        parts = self._handler(_environ(asked), start)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        kept = [(name, value) for name, value in told["headers"] if name.lower() not in _SERVERS]
        return Answer(told["status"], kept, body)


def _environ(asked: Asked) -> dict[str, Any]:
    name, _, port = asked.header("host").partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        # As WSGI wants it: the bytes of the path as if they were Latin-1.
        "PATH_INFO": asked.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": asked.query,
        "SERVER_NAME": name or "localhost",
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": asked.peer,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": asked.scheme,
        "wsgi.input": BytesIO(asked.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for header, value in asked.headers.items():
        if "_" in header:  # would be told as another header, which a proxy has set
            continue
        key = _PLAIN.get(header, "HTTP_" + header.upper().replace("-", "_"))
        environ[key] = value
    environ["CONTENT_LENGTH"] = str(len(asked.body))
    return environ
