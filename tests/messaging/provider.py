"""Plays a provider of mail over HTTP: keeps what it is sent, answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Provider:
    """`answers` are (status, body) in order; then 200 in Postmark's words, or in Resend's. ``(0, …)`` hangs up without an answer."""

    port: int = 0
    answers: list[tuple[int, Any]] = field(default_factory=list)
    heard: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def provider() -> Iterator[Provider]:
    """Within: a provider on 127.0.0.1."""
    kept = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            kept.heard.append((self.path, dict(self.headers), body))
            told: dict[str, str | int] = {"id": "m-1"}
            if "To" in body:
                to = body["To"].rpartition("<")[2].strip(">")
                told = {"To": to, "SubmittedAt": "x", "MessageID": "m-1", "ErrorCode": 0, "Message": "OK"}
            status, answer = kept.answers.pop(0) if kept.answers else (200, told)
            if not status:
                self.close_connection = True
                return
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
