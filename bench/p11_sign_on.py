"""P11: what the host product asks for each of its requests, and what a flood of guesses does to everybody else.

`forward` and `userinfo` are requests per second of a real server (two processes) against a bare Django view with one
statement on the same kind of server, in turns; `times` is how many of the bare ones fit into one of ours. `flood`: 200
wrong passwords a second from one network address, by a process of its own, while somebody works in the client list; the
page's 95th percentile with the flood over that without it. Goal: 1.2. How many of the guesses were sent, and how they were
answered, stands beside it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.installation import installed

PORT, BARE_PORT = 8391, 8392
HOST = "carl.localhost"
THREADS, SECONDS, ROUNDS = 4, 2.0, 3
GUESSES = 200
PAGES = 120
GOAL = 1.2


def main() -> Iterator[str]:
    """One line for each figure."""
    with installed() as kind:
        told = _furnish()
        with _serving("sublet.config.wsgi:application", PORT, {}), _bare(kind):
            session = _log_in(HOST, "cleo")
            token = _token(session, told)
            yield from _rates(kind, session, token, told)
            yield from _flood(kind, told["rosa"])


def _furnish() -> dict[str, str]:
    from sublet.foundation.scope import platform_scope
    from sublet.people.models import Section
    from sublet.signon import operations
    from tests.people import AT, make_world

    with platform_scope("a benchmark fills its own database"):
        world = make_world()
        Section.objects.update(address="https://{host}/app/{account}/nowhere")
        Section.objects.filter(key="content").update(address="https://{host}/app/{account}/content")
        made = operations.register_application(
            name="Planner", redirect_addresses=[_callback()], actor=world.actor("vera"), at=AT
        )
    from django.db import connections

    connections.close_all()
    return {"client": made.ref, "secret": made.secret, "account": world.carl.ref, "rosa": world.rosa.ref}


def _callback() -> str:
    return f"http://{HOST}:{BARE_PORT}/app/callback"


@contextmanager
def _serving(application: str, port: int, more: Mapping[str, str]) -> Iterator[None]:
    settings = {"SUBLET_SCHEME": "http", "SUBLET_PUBLIC_PORT": str(port), "SUBLET_TRUSTED_PROXIES": "127.0.0.1"}
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers",
        "2", "--blocking-threads", "4", "--workers-kill-timeout", "10", "--no-ws", "--log-level", "warning", application,
    ]  # fmt: skip
    server = subprocess.Popen(command, env={**os.environ, **settings, **more}, start_new_session=True)
    try:
        give_up = time.monotonic() + 60
        while True:
            with suppress(OSError):
                HTTPConnection("127.0.0.1", port, timeout=5).connect()
                break
            assert time.monotonic() < give_up, "the server does not answer"
            time.sleep(0.1)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


@contextmanager
def _bare(kind: str) -> Iterator[None]:
    """The bare server reads the same database where it is a file, else one of its own."""
    if kind == "sqlite":
        file = os.environ["SUBLET_DATABASE_URL"].removeprefix("sqlite:///")
    else:
        import sqlite3

        file = os.path.join(os.environ["SUBLET_VAR"], "bare.sqlite3")
        with sqlite3.connect(file) as made:
            made.executescript(
                "CREATE TABLE account (id integer PRIMARY KEY, name text); INSERT INTO account VALUES (1, 'x')"
            )
    with _serving("bench.bare:application", BARE_PORT, {"BARE_DATABASE": file}):
        yield


def _ask(
    port: int, path: str, headers: Mapping[str, str], *, method: str = "GET", body: str | None = None
) -> tuple[int, list[tuple[str, str]], str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def _cookies(found: list[tuple[str, str]]) -> dict[str, str]:
    pairs = [value.partition(";")[0].partition("=") for name, value in found if name.lower() == "set-cookie"]
    return {name: value for name, _equals, value in pairs}


def _log_in(host: str, person: str) -> str:
    """The Cookie header of somebody who has just logged in on that host."""
    from tests.factories import PASSWORD

    named = f"{host}:{PORT}"
    _status, found, page = _ask(PORT, "/login/", {"Host": named})
    jar = _cookies(found)
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', page)[0]
    form = urlencode({"csrfmiddlewaretoken": token, "email": f"{person}@example.test", "password": PASSWORD})
    headers = {
        "Host": named, "Origin": f"http://{named}", "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={value}" for name, value in jar.items()),
    }  # fmt: skip
    status, found, _page = _ask(PORT, "/login/", headers, method="POST", body=form)
    assert status == 302, status
    jar |= _cookies(found)
    return "; ".join(f"{name}={value}" for name, value in jar.items())


def _token(session: str, told: Mapping[str, str]) -> str:
    """An access token, got as a relying party gets it."""
    import base64
    import hashlib

    verifier = "v" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    named = f"{HOST}:{PORT}"
    _status, _found, document = _ask(PORT, "/.well-known/openid-configuration", {"Host": named})
    published = json.loads(document)
    query = urlencode(
        {
            "response_type": "code", "client_id": told["client"], "redirect_uri": _callback(), "scope": "openid profile",
            "state": "s", "nonce": "n", "code_challenge": challenge, "code_challenge_method": "S256",
        }
    )  # fmt: skip
    path = urlsplit(published["authorization_endpoint"]).path
    headers = {"Host": named, "Cookie": session, "Accept": "text/html"}
    status, found, page = _ask(PORT, f"{path}?{query}", headers)
    sent = dict(found)
    back = (
        sent.get("location")
        or sent.get("Location")
        or sent.get("refresh", sent.get("Refresh", "")).partition("url=")[2]
    )
    assert "code=" in back, (status, found, page[:500])
    code = parse_qs(urlsplit(back).query)["code"][0]
    secret = base64.b64encode(f"{told['client']}:{told['secret']}".encode()).decode()
    form = urlencode(
        {"grant_type": "authorization_code", "code": code, "redirect_uri": _callback(), "code_verifier": verifier}
    )
    headers = {"Host": named, "Authorization": f"Basic {secret}", "Content-Type": "application/x-www-form-urlencoded"}
    _status, _found, answer = _ask(PORT, urlsplit(published["token_endpoint"]).path, headers, method="POST", body=form)
    told_path = urlsplit(published["userinfo_endpoint"]).path
    return json.dumps({"path": told_path, "token": json.loads(answer)["access_token"]})


def _rate(port: int, path: str, headers: Mapping[str, str]) -> float:
    """Answers per second that are 200, over kept connections."""
    counts = [0] * THREADS
    ends = time.monotonic() + SECONDS

    def work(number: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < ends:
            connection.request("GET", path, headers=dict(headers))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            counts[number] += 1
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began)


def _rates(kind: str, session: str, token: str, told: Mapping[str, str]) -> Iterator[str]:
    named = f"{HOST}:{PORT}"
    known = json.loads(token)
    asked = {
        "forward": (PORT, "/auth/forward", {
            "Host": named, "Cookie": session, "X-Forwarded-Uri": f"/app/{told['account']}/content", "Accept": "text/html",
        }),
        "userinfo": (PORT, known["path"], {"Host": named, "Authorization": f"Bearer {known['token']}"}),
        "bare": (BARE_PORT, "/", {"Host": "bare.localhost"}),
    }  # fmt: skip
    found: dict[str, list[float]] = {name: [] for name in asked}
    for name, (port, path, headers) in asked.items():
        _rate(port, path, headers)  # warm
        del name
    for _ in range(ROUNDS):
        for name, (port, path, headers) in asked.items():
            found[name].append(_rate(port, path, headers))
    median = {name: statistics.median(each) for name, each in found.items()}
    for name in ("forward", "userinfo"):
        yield (
            f"P11.{kind}.{name} per_second={median[name]:.0f} bare_per_second={median['bare']:.0f}"
            f" times={median['bare'] / median[name]:.2f}"
        )


def _flood(kind: str, reseller: str) -> Iterator[str]:
    host = "rosa.localhost"
    session = _log_in(host, "rosa")
    headers = {"Host": f"{host}:{PORT}", "Cookie": session, "Accept": "text/html"}
    path = f"/reseller/{reseller}/clients/"
    calm = _pages(path, headers)
    flood = subprocess.Popen(
        [sys.executable, "-m", "bench.p11_sign_on", "flood"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert flood.stdout is not None
    assert flood.stdin is not None
    flood.stdout.readline()  # it has been told to wait, and goes on
    stormy = _pages(path, headers)
    flood.stdin.close()
    told = json.loads(flood.stdout.readline())
    flood.wait(30)
    again = _pages(path, headers)
    before = min(_p95(calm), _p95(again))
    yield (
        f"P11.{kind}.flood p95_ratio={_p95(stormy) / before:.2f} goal={GOAL}"
        f" median_ratio={statistics.median(stormy) / statistics.median(calm):.2f} p95_ms={_p95(stormy) * 1e3:.1f}"
        f" calm_p95_ms={before * 1e3:.1f} guesses_per_second={told['rate']:.0f} answers={told['answers']}"
    )


def _pages(path: str, headers: Mapping[str, str]) -> list[float]:
    """Seconds of each page, one after another, with a breath between them."""
    seconds = []
    connection = HTTPConnection("127.0.0.1", PORT, timeout=30)
    for _ in range(PAGES):
        began = time.perf_counter()
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
        seconds.append(time.perf_counter() - began)
        assert answer.status == 200, answer.status
        time.sleep(0.03)
    connection.close()
    return seconds


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[18]


class Raw:
    """A kept connection of which only the status of each answer is read."""

    def __init__(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", PORT), timeout=30)
        self._left = b""

    def status_of(self, asked: bytes) -> int:
        """Send, and wait for the whole answer. Raises OSError where the connection is gone."""
        self._socket.sendall(asked)
        head, found, rest = self._left.partition(b"\r\n\r\n")
        while not found:
            head, found, rest = (head + self._more()).partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        size = int(length[1]) if length else 0
        if length is None:  # in parts, and no answer comes before it was asked for: it ends with an empty part
            while not rest.endswith(b"0\r\n\r\n"):
                rest += self._more()
            size = len(rest)
        while len(rest) < size:
            rest += self._more()
        self._left = rest[size:]
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> bytes:
        got = self._socket.recv(65536)
        if not got:
            raise ConnectionResetError
        return got


def flood() -> None:
    """Wrong passwords, evenly spread, until the input ends; says how many, and how they were answered."""
    os.nice(
        19
    )  # it stands for machines elsewhere: what it takes of this one's processors is no part of what is measured
    over = threading.Event()
    answers: Counter[int] = Counter()
    named = "rosa.localhost:" + str(PORT)
    _status, found, page = _ask(PORT, "/login/", {"Host": named})
    jar = _cookies(found)
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', page)[0]
    form = urlencode({"csrfmiddlewaretoken": token, "email": "nobody@example.test", "password": "wrong"})
    # The same bytes each time, over sockets of our own: a client library takes more of the processors than our answer does.
    asked = (
        f"POST /login/ HTTP/1.1\r\nHost: {named}\r\nOrigin: http://{named}\r\nX-Forwarded-For: 203.0.113.9\r\n"
        f"Cookie: {'; '.join(f'{name}={value}' for name, value in jar.items())}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n{form}"
    ).encode()

    def work(number: int) -> None:
        connection = Raw()
        due = time.monotonic() + number / GUESSES
        while not over.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            due += THREADS / GUESSES
            try:
                answers[connection.status_of(asked)] += 1
            except OSError:
                connection = Raw()  # the server ends kept connections now and then; the next request opens another
        connection.close()

    first = Raw()
    for _ in range(150):
        first.status_of(asked)
    first.close()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    print("going on", flush=True)
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    rate = sum(answers.values()) / (time.monotonic() - began)
    said = ",".join(f"{status}:{count}" for status, count in sorted(answers.items()))
    print(json.dumps({"rate": rate, "answers": said}), flush=True)


if __name__ == "__main__":
    flood()
