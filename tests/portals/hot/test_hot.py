"""The hot application beside the web server, both as `sublet serve` starts them: the same answers, many times faster."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from sublet.demo.ports import free_port
from sublet.foundation.clock import now
from tests.installation import Installation, alive, installed
from tests.zygote import Forked

pytestmark = pytest.mark.slow
PLACE = "/api/v1/usage-events"


@dataclass
class Said:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def plain(self) -> tuple[int, dict[str, str], bytes]:
        """Without what differs between two answers to the same request."""
        told = dict(self.headers)
        for name in ("date", "x-request-id", "content-length", "server", "connection", "transfer-encoding"):
            told.pop(name, None)
        body = self.body
        if told.get("content-type") == "application/problem+json":
            body = json.dumps({**json.loads(body), "request_id": ""}).encode()
        return self.status, told, body


@dataclass
class Served:
    there: Installation
    process: Forked
    web: int
    hot: int
    keys: dict[str, str]
    carl: str
    elan: str

    def ask(
        self, port: int, body: Any, *, key: str = "vera", path: str = PLACE, method: str = "POST", **headers: str
    ) -> Said:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Host": "vendor.localhost", "Content-Type": "application/json", "Accept-Language": "en"}
        if key:
            sent["Authorization"] = f"Bearer {self.keys.get(key, key)}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            # What is refused by its size is answered before all of it is there; the rest then finds nobody to take it.
            with contextlib.suppress(BrokenPipeError):
                connection.request(method, path, raw, {name: value for name, value in sent.items() if value})
            told = connection.getresponse()
            return Said(told.status, {name.lower(): value for name, value in told.getheaders()}, told.read())
        finally:
            connection.close()

    def event(self, number: object, **changes: Any) -> dict[str, Any]:
        facts = {
            "id": str(number),
            "source": "app",
            "time": now().isoformat(),
            "account": self.carl,
            "meter": "sent",
        }
        return {name: value for name, value in {**facts, **changes}.items() if value is not ...}

    def count(self) -> int:
        return int(self.there.ask("SELECT count(*) FROM usage_event")[0][0])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    web, hot = free_port(), free_port()
    settings = {
        "SUBLET_BIND": f"127.0.0.1:{web}",
        "SUBLET_HOT_BIND": f"127.0.0.1:{hot}",
        "SUBLET_PUBLIC_PORT": str(web),
        "SUBLET_WEB_WORKERS": "1",
    }
    with installed(tmp_path_factory.mktemp("hot"), "hot", **settings) as there:
        told = json.loads(there.run("tests.portals.hot.furnish"))
        process = there.start("sublet.portals.cli.main", "serve")
        found = Served(there, process, web, hot, told["keys"], told["carl"], told["elan"])

        def up() -> bool:
            try:
                return all(found.ask(port, b"", path="/healthz", method="GET").status == 200 for port in (web, hot))
            except OSError:
                return False

        there.until(up)
        yield found


def test_the_same_event_counts_once_on_either_address(served: Served) -> None:
    before = served.count()
    first = served.ask(served.hot, {"events": [served.event("a")]})
    assert (first.status, first.body) == (202, b'{"accepted":1,"duplicates":0}')
    again = [served.ask(port, {"events": [served.event("a")]}) for port in (served.hot, served.web, served.hot)]
    assert [(each.status, each.body) for each in again] == [(202, b'{"accepted":0,"duplicates":1}')] * 3
    assert served.count() == before + 1


def test_a_good_answer_is_the_same_to_the_last_header(served: Served) -> None:
    asked = {"events": [served.event("same")]}
    served.ask(served.hot, asked)
    told = [served.ask(port, asked) for port in (served.hot, served.hot, served.web)]
    assert told[0].plain == told[1].plain == told[2].plain
    ids = [each.headers["x-request-id"] for each in told]
    assert len(set(ids)) == 3
    assert served.ask(served.hot, asked, X_Request_Id="mine-1234567").headers["x-request-id"] == "mine-1234567"


@pytest.mark.parametrize("language", ["en", "it", "fr"])
@pytest.mark.parametrize(
    "case",
    [
        "no key", "wrong key", "revoked", "other host", "unknown host", "not allowed", "other kind", "no json", "empty", "unknown field",
        "unknown meter", "unknown account", "too old", "bad time", "text quantity", "zero byte", "surrogate", "deep", "media",
        "too large", "method", "question", "nothing there", "idempotency",
    ],
)  # fmt: skip
def test_every_no_is_the_same_on_either_address(served: Served, case: str, language: str) -> None:
    good = {"events": [served.event("never")]}
    cases: dict[str, dict[str, Any]] = {
        "no key": {"key": ""},
        "wrong key": {"key": "sk_nonsense"},
        "revoked": {"key": "sk_gone"},
        "other host": {"Host": "rosa.localhost"},
        "unknown host": {"Host": "nobody.example"},
        "not allowed": {"key": "looks"},
        "other kind": {"key": "dora"},
        "no json": {"body": b"{"},
        "empty": {"body": {"events": []}},
        "unknown field": {"body": {"events": [served.event("never", colour="red")]}},
        "unknown meter": {"body": {"events": [served.event("never", meter="nothing")]}},
        "unknown account": {"body": {"events": [served.event("never", account="acc_22222222222222")]}},
        "too old": {"body": {"events": [served.event("never", time="2020-01-01T00:00:00Z")]}},
        "bad time": {"body": {"events": [served.event("never", time="yesterday")]}},
        "text quantity": {"body": {"events": [served.event("never", quantity="2")]}},
        "zero byte": {"body": {"events": [served.event("ne\x00ver")]}},
        "surrogate": {"body": b'{"events": [{"id": "\\ud800"}]}'},
        "deep": {"body": b"[" * 100_000},
        "media": {"Content_Type": "text/plain"},
        "too large": {"body": b" " * (1024 * 1024 + 1)},
        "method": {"method": "DELETE"},
        "question": {"path": PLACE + "?x=1"},
        "nothing there": {"path": "/api/v1/nothing-there"},
        "idempotency": {"Idempotency_Key": "no spaces in it"},
    }
    before = served.count()
    facts: dict[str, Any] = {"body": good, "Accept_Language": language} | cases[case]
    body = facts.pop("body")
    told = [served.ask(port, body, **facts) for port in (served.hot, served.web)]
    assert told[0].plain == told[1].plain
    assert 400 <= told[0].status < 500
    assert served.count() == before


def test_pages_are_not_served_there(served: Served) -> None:
    for path in ("/", "/login/", "/static/ui/base.css", "/apis/"):
        assert served.ask(served.hot, b"", path=path, method="GET").status == 404


def test_what_is_not_hot_is_answered_all_the_same(served: Served) -> None:
    told = [
        served.ask(port, b"", path="/api/v1/account", method="GET", key="dora") for port in (served.hot, served.web)
    ]
    assert told[0].status == 200
    assert told[0].plain == told[1].plain
    cloud = {"specversion": "1.0", "id": "cloud", "source": "app", "type": "sent", "subject": served.carl}
    said = served.ask(served.hot, cloud, Content_Type="application/cloudevents+json")
    assert (said.status, said.body) == (202, b'{"accepted":1,"duplicates":0}')


def test_what_an_account_may_do_is_the_same_on_either_address(served: Served) -> None:
    path = f"/api/v1/entitlements/{served.carl}"

    def told(port: int, **headers: str) -> tuple[int, dict[str, str], dict[str, Any]]:
        status, found, body = served.ask(port, b"", path=path, method="GET", **headers).plain
        return status, found, {**json.loads(body), "at": ""} if body else {}

    told(served.hot)  # by the ordinary API, which says what headers there are
    first, second, web = told(served.hot), told(served.hot), told(served.web)
    assert first == second == web
    assert first[0] == 200
    for language in ("it", "fr"):
        told(served.hot, Accept_Language=language)
        assert told(served.hot, Accept_Language=language) == told(served.web, Accept_Language=language)
    again = [
        served.ask(port, b"", path=path, method="GET", If_None_Match=first[1]["etag"])
        for port in (served.hot, served.web)
    ]
    assert [each.status for each in again] == [304, 304]
    for key, wrong in (("looks", "acc_22222222222222"), ("", served.carl)):
        place = f"/api/v1/entitlements/{wrong}"
        said = [served.ask(port, b"", path=place, method="GET", key=key) for port in (served.hot, served.web)]
        assert said[0].plain == said[1].plain
        assert said[0].status in {401, 404}


def test_what_is_kept_of_an_answer_is_never_old(served: Served) -> None:
    path = f"/api/v1/entitlements/{served.elan}"

    def told(port: int) -> dict[str, Any]:
        return {**json.loads(served.ask(port, b"", path=path, method="GET").body), "at": ""}

    def limit(units: int) -> None:
        assert served.ask(served.web, {"units": units}, path=f"{path}/limits/texts", method="PUT").status == 200

    for turn in range(6):
        assert told(served.hot) == told(served.hot) == told(served.web)
        used = told(served.hot)["meters"]["texts"]["used"]
        port = (served.hot, served.web)[turn % 2]
        body = {"account": served.elan, "meter": "texts", "id": f"kept {turn}", "source": "use", "quantity": 2}
        assert served.ask(port, body, path="/api/v1/consume").status == 200
        assert told(served.hot)["meters"]["texts"]["used"] == used + 2
        limit(10_000 + turn)
        assert told(served.hot)["meters"]["texts"]["limit"] == 10_000 + turn
        assert told(served.hot) == told(served.web)
    held = {"account": served.elan, "meter": "texts", "id": "held", "source": "use", "seconds": 2}
    assert served.ask(served.hot, held, path="/api/v1/reservations").status == 200
    assert told(served.hot)["meters"]["texts"]["reserved"] == 1
    served.there.until(lambda: told(served.hot)["meters"]["texts"]["reserved"] == 0)
    assert told(served.hot) == told(served.web)


def test_using_up_is_the_same_on_either_address(served: Served) -> None:
    def use(port: int, number: object, **changes: Any) -> Said:
        body = {"account": served.elan, "meter": "texts", "id": str(number), "source": "use", **changes}
        return served.ask(port, body, path="/api/v1/consume")

    def whole(answer: Said) -> dict[str, Any]:
        """But for what another test held back: it has lapsed, and is given back when somebody needs the room."""
        found = json.loads(answer.body)
        for lapsing in ("reserved", "remaining"):
            del found["standing"][lapsing]
        return dict(found)

    use(served.hot, "warm")
    served.there.run("sublet.portals.cli.main", "worker", "--once")
    first, again = use(served.hot, 1), [use(port, 1) for port in (served.web, served.hot)]
    assert first.status == 200
    assert [whole(each) for each in again] == [whole(first)] * 2
    assert again[0].plain == again[1].plain
    before = served.count()
    for wrong in (
        {"meter": "nothing"},
        {"meter": "storage"},
        {"quantity": 0.5},
        {"quantity": -1},
        {"colour": 1},
        {"account": "acc_2"},
    ):
        said = [use(port, "never", **wrong) for port in (served.hot, served.web)]
        assert said[0].plain == said[1].plain, wrong
        assert said[0].status >= 400
    with ThreadPoolExecutor(12) as hands:
        told = list(hands.map(lambda n: json.loads(use(served.hot, f"n {n % 60}").body)["allowed"], range(90)))
    assert told == [True] * 90
    assert served.count() == before + 60


def test_a_change_wakes_whoever_waits(served: Served) -> None:
    path = "/api/v1/entitlement-changes"
    served.there.run("sublet.portals.cli.main", "worker", "--once")
    head = json.loads(served.ask(served.web, b"", path=path, method="GET").body)["sequence"]
    with ThreadPoolExecutor(3) as hands:
        waiting = hands.submit(served.ask, served.hot, b"", path=f"{path}?after={head}&wait=20", method="GET")
        short = hands.submit(served.ask, served.hot, b"", path=f"{path}?after={head}&wait=1", method="GET")
        assert json.loads(short.result(20).body) == {"sequence": head, "changes": [], "more": False, "reset": False}
        assert not waiting.done()
        limit = {"units": 7}
        said = served.ask(served.web, limit, path=f"/api/v1/entitlements/{served.carl}/limits/sent", method="PUT")
        assert said.status == 200, said.body
        told = json.loads(waiting.result(20).body)
    assert [each["account"] for each in told["changes"]] == [served.carl]
    assert told["changes"][0]["meters"]["sent"]["limit"] == 7
    wrong = [served.ask(port, b"", path=f"{path}?wait=26", method="GET") for port in (served.hot, served.web)]
    assert wrong[0].plain == wrong[1].plain
    assert wrong[0].status == 422


def test_many_at_once_are_exact(served: Served) -> None:
    before = served.count()
    served.ask(served.hot, {"events": [served.event("warm")]})
    warm = served.count()
    bodies = [{"events": [served.event(f"many {n % 300}", account=served.elan)]} for n in range(400)]
    with ThreadPoolExecutor(16) as hands:
        told = list(hands.map(lambda body: json.loads(served.ask(served.hot, body).body), bodies))
    assert sum(each["accepted"] for each in told) == 300
    assert sum(each["duplicates"] for each in told) == 100
    assert (served.count(), before) == (warm + 300, before)
    [(total,)] = served.there.ask(
        "SELECT CAST(sum(t.quantity) AS bigint) FROM usage_total t JOIN account a ON a.id = t.account_id"
        f" JOIN offer_item o ON o.id = t.meter WHERE t.span = 0 AND a.ref = '{served.elan}' AND o.key = 'sent'"
    )
    assert total == 300


def test_a_wrong_body_in_a_group_is_refused_alone(served: Served) -> None:
    good = [{"events": [served.event(f"mixed {n}")]} for n in range(40)]
    bad = [{"events": [served.event(f"bad {n}", meter="nothing")]} for n in range(20)]
    with ThreadPoolExecutor(12) as hands:
        told = list(
            hands.map(
                lambda body: served.ask(served.hot, body).status,
                [x for pair in zip(good, bad + good, strict=False) for x in pair],
            )
        )
    assert told.count(422) == 20
    assert served.there.ask("SELECT count(*) FROM usage_event WHERE event_id LIKE 'bad %'") == [(0,)]
    assert served.there.ask("SELECT count(*) FROM usage_event WHERE event_id LIKE 'mixed %'") == [(40,)]


def test_a_revoked_key_and_maintenance_are_known_within_a_second(served: Served) -> None:
    body = {"events": [served.event("warm again")]}
    assert served.ask(served.hot, body).status == 202
    served.there.run("sublet.portals.cli.main", "maintenance", "on")
    try:
        served.there.until(lambda: served.ask(served.hot, body).status == 503)
        told = [served.ask(port, body) for port in (served.hot, served.web)]
        assert told[0].plain[2] == told[1].plain[2]
        assert "retry-after" in told[0].headers
    finally:
        served.there.run("sublet.portals.cli.main", "maintenance", "off")
    served.there.until(lambda: served.ask(served.hot, body).status == 202)


def test_both_end_together(served: Served) -> None:
    """Last: whoever is killed, nobody stays behind."""
    group = {int(name) for name in os.listdir("/proc") if name.isdigit() and _group_of(int(name)) == served.process.pid}
    assert len(group) >= 5  # who started them, two servers, their workers
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait() == 0
    served.there.until(lambda: not alive(group))


def _group_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[2])
    except OSError:
        return 0
