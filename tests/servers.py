"""Small real servers for tests: HTTP that notes what it was asked, and DNS that changes its mind."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.message
import dns.rrset


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpServer:
    """What it was asked, and how it answers: `answer` gets the request's handler and may write anything."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None
    status: int = 200
    body: bytes = b"fine"
    headers: dict[str, str] = field(default_factory=dict)
    peers: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@contextmanager
def http_server(*, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[HttpServer]:
    """A server on a free port, in threads, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            noted.asked.append(Asked(self.command, self.path, dict(self.headers), body))
            noted.peers.append(self.connection.getsockname()[0])
            try:
                if noted.answer is not None:
                    noted.answer(self)
                    return
                self.send_response(noted.status)
                for name, value in noted.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(noted.body)))
                self.end_headers()
                self.wfile.write(noted.body)
            except OSError:
                self.close_connection = True  # the client has had enough

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that hangs up during the handshake is what some tests are about

    server = Server((host, 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    noted = HttpServer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield noted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class DnsServer:
    port: int
    asked: list[str] = field(default_factory=list)


@contextmanager
def dns_server(answers: Callable[[str, int], list[str]]) -> Iterator[DnsServer]:
    """A name server on 127.0.0.1: `answers(name, count)` are the IPv4 addresses for the count-th question of that name."""
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(("127.0.0.1", 0))
    noted = DnsServer(wire.getsockname()[1])

    def serve() -> None:
        while True:
            data, peer = wire.recvfrom(4096)
            if not data:
                return
            question = dns.message.from_wire(data)
            reply = dns.message.make_response(question)
            asked = question.question[0]
            if asked.rdtype == dns.rdatatype.A:
                name = asked.name.to_text().rstrip(".")
                noted.asked.append(name)
                found = answers(name, noted.asked.count(name))
                if found:
                    reply.answer.append(dns.rrset.from_text(asked.name, 0, "IN", "A", *found))
            wire.sendto(reply.to_wire(), peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield noted
    finally:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", noted.port))
        thread.join()
        wire.close()
