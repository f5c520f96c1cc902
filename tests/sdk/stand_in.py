"""A stand-in for Sublet as a product sees it, written from the API's reference: it keeps accounts, counts use, refuses, and
tells of changes. On a real port, so that it can be taken away and come back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KEY = "sk_of_the_tests"
Json = dict[str, Any]
Answer = tuple[int, Json]


def problem(status: int, code: str, errors: list[Json] | None = None) -> Answer:
    told: Json = {
        "type": f"/problems/{code}",
        "title": code.title(),
        "status": status,
        "code": code,
        "detail": f"It is {code}.",
    }
    return status, told | ({"errors": errors} if errors else {})


def _nobody(field: str) -> Answer:
    told = {"field": field, "code": "unknown-collaborator", "detail": "Nobody of this account is called so."}
    return problem(422, "invalid", [told])


def instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@dataclass
class Meter:
    limit: int | None = 50
    used: int = 0
    reserved: int = 0
    portions: dict[str, int] = field(default_factory=dict)  # how far each person of the team may go
    people: dict[str, int] = field(default_factory=dict)  # what each has used or holds

    def allows(self, quantity: int, person: str) -> str | None:
        """Why not, or None."""
        if self.limit is not None and self.used + self.reserved + quantity > self.limit:
            return "limit-reached"
        if person in self.portions and self.people.get(person, 0) + quantity > self.portions[person]:
            return "collaborator-limit"
        return None

    def draw(self, quantity: int, person: str) -> None:
        if person:
            self.people[person] = self.people.get(person, 0) + quantity

    def told_of(self, person: str) -> Json:
        """Where it stands for whoever was named; nothing for nobody."""
        if not person:
            return {}
        portion = Meter(self.portions.get(person, self.limit), self.people.get(person, 0))
        return {"collaborator": portion.told() | {"from": "collaborator"}}

    def told(self) -> Json:
        left = None if self.limit is None else max(0, self.limit - self.used - self.reserved)
        return {
            "limit": self.limit, "policy": "block", "used": self.used, "reserved": self.reserved, "remaining": left,
            "state": "open" if left is None or left else "reached", "from": "plan", "degraded": False,
            "period": {"key": "2026-03", "start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"},
        }  # fmt: skip


@dataclass
class Account:
    ref: str
    features: dict[str, Json] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    until: timedelta | None = None
    sequence: int = 1
    trial: Json | None = None
    notice: Json | None = None


class StandIn:
    """The installation. `with server:` it answers; outside it is gone, and its state stays."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.events: dict[tuple[str, str], Json] = {}
        self.batches: list[list[str]] = []
        self.answers: dict[str, Answer] = {}
        self.reservations: dict[str, tuple[str, str, int]] = {}
        self.signals: dict[str, Json] = {}
        self.brands: dict[str, Json] = {}
        self.changes: list[tuple[int, str]] = []
        self.sequence = 1
        self.reset_at = 0
        self.holds = True  # keeps a question for changes, as the hot application does
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.refuse: Callable[[str, Json], Answer | None] = lambda path, body: None
        self.lose_answers = 0  # so many are done, and then the line is cut before the answer
        self.ahead = timedelta(0)  # of this machine's clock
        self.changed = threading.Condition()
        self.port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # Life

    def __enter__(self) -> StandIn:
        stand_in = self

        class Handler(_Handler):
            place = stand_in

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", self.port), Handler)
        self._server.lines = []  # type: ignore[attr-defined]  # the open connections, to be cut with it
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_fault: object) -> None:
        server, self._server = self._server, None
        assert server is not None
        server.shutdown()
        server.server_close()
        with self.changed:
            self.changed.notify_all()
        for line in server.lines:  # type: ignore[attr-defined]  # as above
            try:
                line.shutdown(2)
                line.close()
            except OSError:
                pass

    @property
    def is_open(self) -> bool:
        return self._server is not None

    # State

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - it has a clock of its own

    def account(self, ref: str, **features: Any) -> Account:
        kinds = {bool: "switch", int: "number", str: "text"}
        told = {
            key: {"kind": kinds[type(each)], "value": each, "from": "plan", "why": []} for key, each in features.items()
        }
        found = self.accounts[ref] = Account(ref, told, {"appointments": Meter()})
        self.note(ref)
        return found

    def grant(self, ref: str, feature: str, value: Any, source: str = "override") -> None:
        told = self.accounts[ref].features[feature]
        self.accounts[ref].features[feature] = {**told, "value": value, "from": source}
        self.note(ref)

    def note(self, ref: str) -> None:
        with self.changed:
            self.sequence += 1
            self.accounts[ref].sequence = self.sequence
            self.changes.append((self.sequence, ref))
            self.changed.notify_all()

    def told(self, account: Account) -> Json:
        at = self.now()
        return {
            "account": account.ref, "sequence": account.sequence, "at": instant(at),
            "until": instant(at + account.until) if account.until is not None else None,
            "plan": {"key": "free", "version": 1, "name": "Free"}, "trial": account.trial, "advertising": False, "notice": account.notice,
            "features": account.features,
            "meters": {key: each.told() for key, each in account.meters.items()},
            "services": {"direct_support": {"enabled": True, "managed_by": "reseller", "allowance": None}},
        }  # fmt: skip

    # Operations

    def answer(self, method: str, path: str, query: Json, body: Json) -> Answer:
        parts = [unquote(each) for each in path.removeprefix("/api/v1/").split("/")]
        match (method, *parts):
            case ("GET", "entitlements", ref):
                found = self.accounts.get(ref)
                return (200, self.told(found)) if found is not None else problem(404, "not-found")
            case ("GET", "entitlements"):
                return self._page(query)
            case ("GET", "entitlement-changes"):
                return self._changes(int(query["after"]), float(query.get("wait", 0)))
            case ("POST", "usage-events"):
                return self._usage(body["events"])
            case ("POST", "consume"):
                return self._consume(body)
            case ("POST", "reservations"):
                return self._reserve(body)
            case ("POST", "reservations", ref, "commit" | "release" as word):
                return self._settle(ref, word, body)
            case ("POST", "signals"):
                self.signals |= {each["id"]: each for each in body["signals"]}
                return 202, {"accepted": len(body["signals"])}
            case ("GET", "brands", host):
                return (200, self.brands[host]) if host in self.brands else problem(404, "not-found")
            case ("GET", "lists"):
                start = int(query.get("cursor", "0"))
                return 200, {
                    "items": [{"number": start}, {"number": start + 1}],
                    "next": str(start + 2) if start < 4 else None,
                }
            case _:
                return problem(404, "not-found")

    def _page(self, query: Json) -> Answer:
        refs = sorted(self.accounts)
        size = min(2, int(query["limit"]))
        rest = [ref for ref in refs if ref > query.get("after", "")]
        items = [self.told(self.accounts[ref]) for ref in rest[:size]]
        return 200, {"items": items, "sequence": self.sequence, "after": rest[size - 1] if len(rest) > size else None}

    def _changes(self, after: int, wait: float) -> Answer:
        with self.changed:
            give_up = time.monotonic() + (wait if self.holds else 0)
            while self.is_open and self.sequence == after and time.monotonic() < give_up:
                self.changed.wait(max(0.0, give_up - time.monotonic()))
            refs = {ref for sequence, ref in self.changes if sequence > after}
            told = [self.told(self.accounts[ref]) for ref in refs if ref in self.accounts]
            return 200, {"sequence": self.sequence, "changes": told, "more": False, "reset": after < self.reset_at}

    def _usage(self, events: list[Json]) -> Answer:
        if not 1 <= len(events) <= 1000:
            return problem(422, "invalid", [{"field": "events", "code": "number", "detail": "1 to 1,000"}])
        for index, each in enumerate(events):
            if each["meter"] == "no_such_meter":
                return problem(
                    422, "invalid", [{"field": f"events.{index}.meter", "code": "unknown", "detail": "No such meter."}]
                )
            if each["account"] not in self.accounts:
                return problem(404, "not-found")
            if not each.get("collaborator", "col_").startswith("col_"):
                return _nobody(f"events.{index}.collaborator")
        self.batches.append([each["id"] for each in events])
        accepted = 0
        for each in events:
            if (each["source"], each["id"]) not in self.events:
                self.events[each["source"], each["id"]] = each
                meter = self.accounts[each["account"]].meters[each["meter"]]
                meter.used += each["quantity"]
                meter.draw(each["quantity"], each.get("collaborator", ""))
                accepted += 1
        return 202, {"accepted": accepted, "duplicates": len(events) - accepted}

    def _consume(self, body: Json) -> Answer:
        body = {"quantity": 1, **body}
        if body["id"] in self.answers:
            return self.answers[body["id"]]
        account = self.accounts.get(body["account"])
        if account is None:
            return problem(404, "not-found")
        meter, person = account.meters[body["meter"]], body.get("collaborator", "")
        if person and not person.startswith("col_"):
            return _nobody("collaborator")
        refused = meter.allows(body["quantity"], person)
        allowed = refused is None
        if allowed and (body["source"], body["id"]) not in self.events:
            meter.used += body["quantity"]
            meter.draw(body["quantity"], person)
            self.events[body["source"], body["id"]] = body
        ways: list[Json] = [
            {"kind": "trial", "text": "Try everything for 7 days."},
            {"kind": "wait", "until": "2026-04-01T00:00:00Z", "text": "Wait."},
        ]
        told: Json = {
            "allowed": allowed,
            "reason": refused,
            "standing": meter.told(),
            "next": [] if allowed else ways,
            **meter.told_of(person),
        }
        self.answers[body["id"]] = 200, told
        return 200, told

    def _reserve(self, body: Json) -> Answer:
        meter, person = self.accounts[body["account"]].meters[body["meter"]], body.get("collaborator", "")
        refused = meter.allows(body["quantity"], person)
        allowed = refused is None
        ref = f"rsv_{body['id']}"
        if allowed and ref not in self.reservations:
            meter.reserved += body["quantity"]
            meter.draw(body["quantity"], person)
            self.reservations[ref] = body["account"], body["meter"], body["quantity"]
        told: Json = {
            "allowed": allowed,
            "reason": refused,
            "standing": meter.told(),
            "next": [],
            **meter.told_of(person),
        }
        return 200, told | (
            {"reservation": ref, "ends_at": instant(self.now() + timedelta(seconds=body["seconds"]))} if allowed else {}
        )

    def _settle(self, ref: str, word: str, body: Json) -> Answer:
        if ref not in self.reservations:
            return problem(404, "not-found")
        account, key, quantity = self.reservations.pop(ref)
        meter = self.accounts[account].meters[key]
        meter.reserved -= quantity
        if word == "commit":
            meter.used += body.get("quantity", quantity)
        return 200, {"standing": meter.told()}


class _Handler(BaseHTTPRequestHandler):
    place: StandIn
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.lines.append(self.connection)  # type: ignore[attr-defined]  # see StandIn

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(self.place.now().timestamp())

    def _do(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        place = self.place
        place.asked.append(f"{self.command} {parts.path}")
        place.headers.append(dict(self.headers))
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            status, told = problem(401, "unauthorized")
        else:
            status, told = place.refuse(parts.path, body) or place.answer(self.command, parts.path, query, body)
        if place.lose_answers and self.command == "POST":
            place.lose_answers -= 1
            self.close_connection = True
            self.connection.shutdown(2)
            return
        if not place.is_open:
            self.close_connection = True
            return
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", "0.1")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do

    def log_message(self, format: str, *arguments: Any) -> None:
        """Silence."""
