"""What came back is kept before it is confirmed, and read by a job: whatever fails, nothing taken is lost."""

from __future__ import annotations

import asyncio
import signal
import smtplib
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection

from sublet.demo.ports import free_port
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.maintenance import begin_maintenance
from sublet.foundation.refs import uuid7
from sublet.foundation.scope import platform_scope
from sublet.messaging import bounces, returned
from sublet.messaging.models import OutboxMail, ReturnedMail, Suppression
from sublet.portals.cli import bounces as receiving
from tests.installation import installed
from tests.messaging.smtp import MailServer
from tests.messaging.test_bounces import dsn
from tests.messaging.test_senders import write
from tests.people import AT, World
from tests.thorough import FULL

REPORTS = 40 if FULL else 12


def accept(world: World, mail: OutboxMail, raw: bytes) -> bool:
    with platform_scope("as the receiver"):
        address = bounces.return_to(mail.id, "bounce.agency.example")
        return returned.accept(address=address, raw=raw, actor=world.actor("vera"), at=AT)


def kept() -> list[bool]:
    return list(ReturnedMail.unscoped.values_list("unreadable", flat=True))  # unscoped: a test looks at everything


@pytest.mark.django_db
def test_what_came_back_is_read_by_a_job_and_is_gone_then(world: World, post: MailServer) -> None:
    mail = write(world)
    large = dsn().replace(b"It did not arrive.", b"x" * 76 + b"\n" * 300_000)
    assert accept(world, mail, large) is True  # the words before the report may be long
    assert b"5.1.1" not in ReturnedMail.unscoped.get().box.encode()  # unscoped: as above; sealed
    run_due_jobs(at=AT + timedelta(minutes=5))
    assert (kept(), Suppression.unscoped.get().email) == ([], "carl@example.test")  # unscoped: as above
    assert [accept(world, mail, dsn()) for _ in range(returned.MOST_WAITING + 2)] == [True] * 7
    assert len(kept()) == returned.MOST_WAITING


@pytest.mark.django_db
def test_what_nobody_can_read_is_kept_for_a_while_and_said(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_args: object, **_more: object) -> None:
        raise IndexError("as the standard library's parser may")

    mail = write(world)
    with monkeypatch.context() as broken:
        broken.setattr(bounces, "message_from_bytes", breaks)
        for number in range(returned.MOST_UNREADABLE + 1):
            accept(world, mail, b"x")
            run_due_jobs(at=AT + timedelta(minutes=5 + number))
    assert kept() == [True] * returned.MOST_UNREADABLE
    accept(world, mail, dsn())  # what is kept for somebody keeps no true report out
    run_due_jobs(at=AT + timedelta(minutes=15))
    assert (kept(), Suppression.unscoped.count()) == ([True] * returned.MOST_UNREADABLE, 1)  # unscoped: as above
    assert "cannot be read" in caplog.text
    assert returned.forget_unread(at=AT + returned.KEPT) == 0
    assert returned.forget_unread(at=AT + returned.KEPT + timedelta(seconds=1)) == returned.MOST_UNREADABLE


def test_headers_that_would_be_read_for_minutes_are_not() -> None:
    folded = b"Content-Type: text/plain" + b";;;;;;;;;\n " * 100_000
    parts = (
        b'Content-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: text/plain\n\nIt did not arrive.\n--b\n'
    )
    many = (b"Content-Type: text/plain; x=" + b"x" * 1900 + b"\n\n--b\n") * 20
    for raw in (folded, parts + folded, parts + many, b"Subject: " + b"x" * 66_000 + b"\n\nHello"):
        assert bounces.read_report(raw).kind == bounces.UNREADABLE
    for raw in (parts + many[: len(many) // 4], b"Subject: " + b"x" * 65_000 + b"\n\nHello"):
        assert bounces.read_report(raw).kind == bounces.OTHER


@pytest.mark.django_db
def test_nothing_is_locked_while_a_stranger_is_read(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(world, write(world), dsn())
    outside, inside = len(connection.savepoint_ids), []

    def reads(raw: bytes) -> bounces.Report:
        inside.append(len(connection.savepoint_ids) - outside)
        ReturnedMail.unscoped.all().delete()  # unscoped: another attempt was faster
        return bounces.read_report(raw)

    monkeypatch.setattr(returned, "read_report", reads)
    number = ReturnedMail.unscoped.get().pk  # unscoped: as above
    with platform_scope("as the job"):
        assert returned.read_returned(number, actor=world.actor("vera"), at=AT) == ""
    assert (inside, Suppression.unscoped.count()) == ([0], 0)  # unscoped: as above


def test_a_fault_while_receiving_asks_the_server_to_come_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(address: str, content: bytes) -> None:
        raise OSError("the database is away at db.internal")

    monkeypatch.setattr(receiving, "_keep", breaks)
    envelope = SimpleNamespace(content=b"x", rcpt_tos=["a"])
    answer = asyncio.run(receiving.Receiver().handle_DATA(None, None, envelope))
    assert answer == "451 4.3.0 not now"  # not for good, and not a word of ours


def test_in_maintenance_the_server_is_asked_to_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What was confirmed then could be lost with the database that is about to be replaced."""
    with world.scope("vera") as actor:
        begin_maintenance(until=None, actor=actor, at=AT)
    with pytest.raises(receiving.Closed):
        receiving._keep(bounces.return_to(uuid7(AT), "bounce.agency.example"), b"x")
    assert not ReturnedMail.unscoped.exists()  # unscoped: as above

    def closed(address: str, content: bytes) -> None:
        raise receiving.Closed

    monkeypatch.setattr(receiving, "_keep", closed)
    envelope = SimpleNamespace(content=b"x", rcpt_tos=["a"])
    answer = asyncio.run(receiving.Receiver().handle_DATA(None, None, envelope))
    assert (answer, caplog.records) == ("451 4.3.2 not now", [])


@pytest.mark.slow
def test_a_killed_receiver_loses_nothing_that_it_confirmed(tmp_path: Path) -> None:
    port = free_port()
    with installed(tmp_path, "returned", SUBLET_BOUNCE_BIND=f"127.0.0.1:{port}") as there:
        addresses = there.run("tests.messaging.processes", "return-paths", str(REPORTS)).split()
        confirmed = 0

        def listens() -> bool:
            with suppress(OSError):
                smtplib.SMTP("127.0.0.1", port, "mx.example").close()
                return True
            return False

        for kill_after in (REPORTS // 2, None):
            receiver = there.start("sublet.portals.cli.main", "bounces")
            there.until(listens)
            for number, address in enumerate(addresses[confirmed:]):
                with smtplib.SMTP("127.0.0.1", port, "mx.example") as smtp:
                    smtp.ehlo()
                    smtp.mail("")
                    assert smtp.rcpt("b-0@bounce.example")[0] == 550
                    assert smtp.rcpt(address)[0] == 250
                    if number == kill_after:
                        smtp.docmd("DATA")
                        smtp.send(dsn().replace(b"\n", b"\r\n") + b".\r\n")  # the answer is not waited for
                        receiver.send_signal(signal.SIGKILL)
                        receiver.wait()
                        smtp.close()  # it may have answered all the same; nobody listens
                        break
                    assert smtp.data(dsn())[0] == 250
                    confirmed += 1
        assert confirmed == REPORTS
        # The one that was killed may have been kept without being confirmed: it came again.
        [(rows,)] = there.ask("SELECT count(DISTINCT mail_id) FROM returned_mail")
        assert rows == REPORTS
        there.worker()
        there.until(lambda: there.ask("SELECT count(*) FROM returned_mail") == [(0,)])
        assert there.ask("SELECT count(*) FROM outbox_mail WHERE state = 'failed'") == [(REPORTS,)]
