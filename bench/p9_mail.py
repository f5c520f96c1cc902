"""P9: personalised mails rendered, signed twice, queued and sent to a local SMTP sink; and what rendering one of them costs.

The floor is bare `smtplib` on one connection with the very bytes that the sink got, the peer is Django's `send_mail` in a
loop, with a connection for each as Django makes it. Ours is one worker's thread, which asks in whose name a mail may leave,
signs it by RSA and Ed25519, and writes down each step. ``mails``: queued and sent as batches, as whoever writes to many does;
``single``: each by itself with a job of its own, as a log-in code. `exactly_once` is 1 when the sink got every Message-ID once.
Goals: at most 1.5 times the floor, a tenth of the peer's time. BENCH_MAILS says how many (2,000; the goal speaks of 100,000).

Rendering: `render_mail` of a mail in brand, both parts, against plain Jinja2 (`ratio_jinja`) and Django's own template engine
(`ratio_django`) with the same texts in a template of their own: what is left when nobody has a brand, a wording or a language.
"""

from __future__ import annotations

import os
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.installation import installed

MAILS = int(os.environ.get("BENCH_MAILS", "2000"))
KEPT = 2_000  # messages whose bytes are kept for the floor
BATCH, MANY = 200, 1000  # queued in one transaction, one by one and together
SINGLES = 350  # mails of the peer, and of ours one by one, which are slow
RENDERED, ROUNDS = 200, 7
FROM = "no-reply@mail.example.net"


def main() -> Iterator[str]:
    """One line for each figure."""
    with tempfile.TemporaryDirectory() as folder, sink(Path(folder)) as port:
        with installed() as kind:
            _lead_to(port)
            yield from _mails(kind, Path(folder), port)
            yield from _rendering(kind)


def _lead_to(port: int) -> None:
    from django.conf import settings

    from sublet.foundation.settings import Settings

    wanted = {name: value for name, value in os.environ.items() if name.startswith("SUBLET_")}
    settings.SUBLET = Settings({**wanted, "SUBLET_SMTP_PORT": str(port), "SUBLET_MAIL_FROM": FROM})


@contextmanager
def sink(folder: Path) -> Iterator[int]:
    """Within: a mail server in a process of its own, which notes the Message-ID of everything it takes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.p9_mail", "sink", str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def serve(folder: Path) -> None:
    """Take mail until killed."""
    from aiosmtpd.controller import Controller

    numbers, kept = (folder / "numbers").open("ab", buffering=0), folder / "kept"
    kept.mkdir()

    class Handler:
        taken = 0

        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
            content: bytes = envelope.content  # type: ignore[attr-defined]  # of aiosmtpd, which has no types
            head = content[: content.find(b"\r\n\r\n")]
            [number] = [line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:")]
            numbers.write(number + b"\n")
            if self.taken < KEPT:
                (kept / f"{self.taken:05}").write_bytes(content)
            self.taken += 1
            return "250 taken"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    Controller(Handler(), hostname="127.0.0.1", port=port).start()
    print(port, flush=True)
    while True:
        time.sleep(3600)


def _mails(kind: str, folder: Path, port: int) -> Iterator[str]:
    from django.core.mail import get_connection, send_mail

    from sublet.foundation.scope import platform_scope

    with platform_scope("a benchmark fills its own database"):
        account_id = _agency()
    many, single = max(1, MAILS // ROUNDS), max(1, min(SINGLES, MAILS) // ROUNDS)
    took: dict[str, list[_Took]] = {"mails": [], "single": []}
    floors: list[float] = []
    peers: list[float] = []
    for turn in range(ROUNDS):
        took["mails"].append(_ours(account_id, folder, turn * many, many, queue=_queue_many))
        took["single"].append(_ours(account_id, folder, turn * single, single, queue=_queue))
        contents = [file.read_bytes() for file in sorted((folder / "kept").iterdir())]
        begun = time.perf_counter()
        with smtplib.SMTP("127.0.0.1", port, "bench.example") as smtp:
            for number in range(many):
                smtp.sendmail(FROM, [f"person{number}@example.test"], contents[number % len(contents)])
        floors.append((time.perf_counter() - begun) / many)
        begun = time.perf_counter()
        for number in range(single):
            server = get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port)
            send_mail("Hello", f"Hello person {number}", FROM, [f"person{number}@example.test"], connection=server)
        peers.append((time.perf_counter() - begun) / single)
    floor, peer = statistics.median(floors), statistics.median(peers)
    for name, all_of_it in took.items():
        ours = statistics.median(each.queued + each.sent for each in all_of_it)
        queued, sent, cpu = (
            statistics.median(getattr(each, part) for each in all_of_it) for part in ("queued", "sent", "cpu")
        )
        yield (
            f"P9.{kind}.{name}.{sum(each.count for each in all_of_it)} ratio_floor={ours / floor:.2f} goal=1.5"
            f" ratio_peer={ours / peer:.2f} goal_peer=0.1 queue_ms={queued * 1e3:.3f} send_ms={sent * 1e3:.3f}"
            f" cpu_ms={cpu * 1e3:.3f} floor_ms={floor * 1e3:.3f} peer_ms={peer * 1e3:.3f}"
            f" exactly_once={int(all(each.exactly for each in all_of_it))}"
        )


@dataclass(frozen=True, slots=True)
class _Took:
    """Of so many mails: seconds for queueing and for sending one, of the processor for both, and whether each came once."""

    count: int
    queued: float
    sent: float
    cpu: float
    exactly: bool


def _ours(account_id: int, folder: Path, start: int, count: int, *, queue: Callable[[int, int, int], None]) -> _Took:
    from sublet.foundation.clock import now
    from sublet.foundation.jobs import run_due_jobs
    from sublet.foundation.scope import platform_scope

    numbers = folder / "numbers"
    before = len(numbers.read_bytes().splitlines()) if numbers.exists() else 0
    begun, worked = time.perf_counter(), time.process_time()
    with platform_scope("a benchmark fills its own database"):
        queue(account_id, start, start + count)
    queued = time.perf_counter() - begun
    begun = time.perf_counter()
    while run_due_jobs(at=now()):
        pass
    sent = time.perf_counter() - begun
    cpu = time.process_time() - worked
    got = Counter(numbers.read_bytes().splitlines()[before:])
    return _Took(count, queued / count, sent / count, cpu / count, len(got) == count and set(got.values()) == {1})


def _agency() -> int:
    """A reseller with a brand, whose domain is proved."""
    from sublet.accounts.models import Account
    from sublet.accounts.queries import installation_actor
    from sublet.branding.models import Brand
    from sublet.core.senders import ACCOUNT
    from sublet.foundation.actor import CLI
    from sublet.foundation.clock import now
    from sublet.foundation.jobs.models import Job
    from sublet.messaging.models import DkimKey, SenderDomain
    from sublet.messaging.sender_operations import add_sender_domain, change_sender
    from sublet.messaging.senders import way_of

    at = now()
    vendor = Account(kind="vendor", name="Vendor", sort_name="vendor", state_since=at, created_at=at)
    vendor.save()
    reseller = Account(
        kind="reseller", parent=vendor, name="Reseller", sort_name="reseller", state_since=at, created_at=at
    )
    reseller.save()
    Brand(account=reseller, name="Reseller", color="#c2410c", support_email="help@example.com").save()
    actor = installation_actor(name="Bench", via=CLI)
    ref = add_sender_domain(account_ref=reseller.ref, domain="agency.example", actor=actor, at=at)
    changes = {"domain": ref, "mailboxes": {"": "hello"}}
    change_sender(account_ref=reseller.ref, identity=ACCOUNT, changes=changes, actor=actor, at=at)  # type: ignore[arg-type]  # texts and a mapping
    DkimKey.objects.update(state=DkimKey.State.ACTIVE)
    SenderDomain.objects.update(state=SenderDomain.State.PROVED, proved_for=way_of(reseller).mark)
    Job.unscoped.all().delete()  # unscoped: the benchmark's own; nothing is looked up
    return reseller.id


def _queue(account_id: int, first: int, end: int) -> None:
    from django.db import transaction

    from sublet.accounts.queries import installation_actor
    from sublet.foundation.actor import CLI
    from sublet.foundation.clock import now
    from sublet.messaging.operations import queue_mail

    actor, at = installation_actor(name="Bench", via=CLI), now()
    for start in range(first, end, BATCH):
        with transaction.atomic():
            for number in range(start, min(end, start + BATCH)):
                queue_mail(
                    template="sender-test", account_id=account_id, to_email=f"person{number}@example.test",
                    to_name=f"Person {number}", language="en", context={"person": f"Person {number}"},
                    key=f"bench:{number}", actor=actor, at=at, identity="account",
                )  # fmt: skip


def _queue_many(account_id: int, first: int, end: int) -> None:
    from django.db import transaction

    from sublet.accounts.queries import installation_actor
    from sublet.foundation.actor import CLI
    from sublet.foundation.clock import now
    from sublet.messaging.operations import NewMail, queue_mails

    actor, at = installation_actor(name="Bench", via=CLI), now()
    for start in range(first, end, MANY):
        mails = [
            NewMail(
                account_id, f"person{number}@example.test", f"Person {number}", "en", {"person": f"Person {number}"},
                f"bench:many:{number}",
            )
            for number in range(start, min(end, start + MANY))
        ]  # fmt: skip
        with transaction.atomic():
            queue_mails(template="sender-test", mails=mails, actor=actor, at=at, identity="account")


def _rendering(kind: str) -> Iterator[str]:
    from django.template import engines
    from jinja2 import Environment

    from sublet.accounts.models import Account
    from sublet.branding.queries import account_chain, brand_of
    from sublet.foundation.scope import platform_scope
    from sublet.messaging.rendering import render_mail

    with platform_scope("a benchmark reads its own database"):
        brand = brand_of(account_chain(Account.objects.get(kind="reseller"))).speaking("en")
    values = {"person": "Person 1"}

    def ours() -> object:
        return render_mail(
            template="sender-test", brand=brand, language="en", context=values, origin="https://app.example"
        )

    made = ours()
    html = engines["django"].from_string(made.html.replace("Person 1", "{{ person }}"))  # type: ignore[attr-defined]  # RenderedMail
    text = engines["django"].from_string(made.text.replace("Person 1", "{{ person }}"))  # type: ignore[attr-defined]  # as above

    def plain() -> object:
        return html.render(values), text.render(values)

    jinja = Environment(autoescape=True)
    jinja_html = jinja.from_string(made.html.replace("Person 1", "{{ person }}"))  # type: ignore[attr-defined]  # as above
    jinja_text = jinja.from_string(made.text.replace("Person 1", "{{ person }}"))  # type: ignore[attr-defined]  # as above

    def jinja2() -> object:
        return jinja_html.render(values), jinja_text.render(values)

    took: dict[Callable[[], object], list[float]] = {ours: [], plain: [], jinja2: []}
    for _round in range(ROUNDS):
        for each, times in took.items():
            begun = time.perf_counter()
            for _number in range(RENDERED):
                each()
            times.append((time.perf_counter() - begun) / RENDERED)
    own, django, jinja_took = (statistics.median(times) for times in took.values())
    yield (
        f"P9.{kind}.render ratio_jinja={own / jinja_took:.2f} ratio_django={own / django:.2f} ours_us={own * 1e6:.0f}"
        f" jinja_us={jinja_took * 1e6:.1f} django_us={django * 1e6:.1f}"
    )


if __name__ == "__main__":
    serve(Path(sys.argv[2]))
