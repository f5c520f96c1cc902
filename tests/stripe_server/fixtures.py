"""`stripe_server`: one process for a session of tests, with nothing in it at the beginning of each test."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0


@dataclass
class StripeServer:
    """A running server. `control(command, …)` as in control.py."""

    url: str
    process: subprocess.Popen[bytes]

    def control(self, command: str, **given: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/_control/{command}", json=given, timeout=60)
        if answer.status_code != 200:
            raise AssertionError(f"{command}: {answer.text}")
        found: dict[str, Any] = answer.json()
        return found

    def client(
        self, key: str = "sk_test_sublet", *, account: str | None = None, retries: int = 0, timeout: float = 20
    ) -> stripe.StripeClient:
        """The official SDK, speaking to this server."""
        return stripe.StripeClient(
            key, stripe_account=account, max_network_retries=retries,
            base_addresses={"api": self.url, "connect": self.url},
            http_client=stripe.RequestsClient(timeout=timeout),
        )  # fmt: skip

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start() -> StripeServer:
    """Starts one on a free port, and waits until it answers."""
    with tempfile.TemporaryDirectory(prefix="stripe-server-") as folder:
        ready = Path(folder) / "ready"
        process = subprocess.Popen(
            [sys.executable, "-m", "stripe_server", "--port", "0", "--ready", str(ready), "--control"],
            env=os.environ | {"PYTHONPATH": str(ROOT / "examples" / "processor")}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        waited_until = time.monotonic() + START_SECONDS
        while not (ready.exists() and ready.read_text()):
            if process.poll() is not None or time.monotonic() > waited_until:
                process.kill()
                raise RuntimeError("the local Stripe has not started")
            time.sleep(0.05)
        return StripeServer(ready.read_text(), process)


@pytest.fixture(scope="session")
def stripe_process() -> Iterator[StripeServer]:
    server = start()
    yield server
    server.stop()


@pytest.fixture
def stripe_server(stripe_process: StripeServer) -> StripeServer:
    """The process of the session, as new."""
    stripe_process.control("reset")
    return stripe_process


@dataclass
class Heard:
    """A request that a receiver got."""

    path: str
    body: bytes
    signature: str

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """A webhook receiver on the loopback. `answers`: the statuses of the next answers; then 200."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: queue.SimpleQueue[int] = field(default_factory=queue.SimpleQueue)

    @property
    def types(self) -> list[str]:
        return [one.event["type"] for one in self.heard]


@pytest.fixture
def webhook_receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.heard.append(Heard(self.path, body, self.headers["Stripe-Signature"]))
            try:
                status = receiver.answers.get_nowait()
            except queue.Empty:
                status = 200
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()
