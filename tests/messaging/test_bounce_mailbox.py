"""What came back to a mailbox: in our database before it goes from there, whoever writes to it and whatever fails."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.demo.ports import free_port
from sublet.foundation.clock import now
from sublet.foundation.jobs import PLATFORM, enqueue, run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.scope import platform_scope
from sublet.foundation.settings import Settings
from sublet.messaging import bounce_mailbox, bounces
from sublet.messaging.bounce_mailbox import Fetched, MailboxFault, fetch_returned, try_mailbox
from sublet.messaging.models import OutboxMail, ReturnedMail, Suppression
from sublet.portals.cli import bounces as receiving
from sublet.portals.cli.bounces import LARGEST, LmtpController, Receiver
from tests.messaging.conftest import SECRET
from tests.messaging.imap import Mailbox, mailbox
from tests.messaging.smtp import MailServer
from tests.messaging.test_bounces import dsn
from tests.messaging.test_senders import write
from tests.people import AT, World

PASSWORD = 'w"ord\\'


@pytest.fixture
def box(
    tmp_path: Path, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch, post: MailServer
) -> Iterator[Mailbox]:
    with mailbox(tmp_path) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.authority))
        settings.SUBLET = Settings(
            {
                "SUBLET_SECRET_KEY": SECRET,
                "SUBLET_SMTP_PORT": str(post.port),
                "SUBLET_MAIL_FROM": "no-reply@mail.example.net",
                "SUBLET_BOUNCE_IMAP_HOST": "127.0.0.1",
                "SUBLET_BOUNCE_IMAP_PORT": str(running.port),
                "SUBLET_BOUNCE_IMAP_USER": "bounces",
                "SUBLET_BOUNCE_IMAP_PASSWORD": PASSWORD,
            }
        )
        yield running


def back(mail: OutboxMail, header: str = "Delivered-To") -> bytes:
    address = bounces.return_to(mail.id, "bounce.example.net")
    return f"{header}: <{address}>\r\n".encode() + dsn().replace(b"\n", b"\r\n")


def fetch(world: World) -> Fetched:
    with platform_scope("as the job"):
        return fetch_returned(actor=world.actor("vera"), at=AT)


def kept() -> int:
    return ReturnedMail.unscoped.count()  # unscoped: a test looks at everything


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "To"])
def test_what_came_back_is_taken_and_deleted_there(world: World, box: Mailbox, header: str) -> None:
    mail = write(world)
    box.put(back(mail, header))
    letter = box.put(b"To: somebody@example.net\r\nSubject: Hello\r\n\r\nA letter.\r\n")
    forged = box.put(back(mail).replace(b"Delivered-To: <b-", b"Delivered-To: <b-0"))
    assert fetch(world) == Fetched(taken=1, strange=2)
    assert sorted(box.messages) == [letter, forged]
    assert [each.flags for each in box.messages.values()] == [{"\\Seen"}] * 2
    assert kept() == 1
    assert fetch(world) == Fetched()
    run_due_jobs(at=AT + timedelta(minutes=5))
    assert (kept(), Suppression.unscoped.get().email) == (0, "carl@example.test")  # unscoped: as above


@pytest.mark.django_db
def test_it_is_stored_before_it_is_marked(world: World, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """M4: the database away, and the process killed in between: nothing is lost, and twice is once."""
    mail = write(world)
    box.put(back(mail))

    def breaks(**_facts: object) -> bool:
        raise OSError("the database is away")

    with monkeypatch.context() as broken:
        broken.setattr(bounce_mailbox, "accept", breaks)
        with pytest.raises(MailboxFault, match="away"):
            fetch(world)
    assert ([each.flags for each in box.messages.values()], kept()) == ([set()], 0)
    box.refuses = "STORE"  # as if it had died before it could mark
    with pytest.raises(MailboxFault, match="not today"):
        fetch(world)
    assert (len(box.messages), kept()) == (1, 1)
    box.refuses = ""
    assert fetch(world) == Fetched(taken=1)
    assert (len(box.messages), kept()) == (0, 2)
    run_due_jobs(at=AT + timedelta(minutes=5))
    assert (kept(), Suppression.unscoped.count()) == (0, 1)  # unscoped: as above


@pytest.mark.django_db
def test_without_uidplus_nothing_of_others_is_deleted(world: World, box: Mailbox) -> None:
    box.uidplus = False
    box.put(back(write(world)))
    assert fetch(world) == Fetched(taken=1)
    assert [each.flags for each in box.messages.values()] == [{"\\Seen", "\\Deleted"}]
    assert not any("EXPUNGE" in each for each in box.said)
    assert fetch(world) == Fetched()


@pytest.mark.django_db
def test_a_long_message_is_not_read_whole(world: World, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounce_mailbox, "MOST_BYTES", 5000)
    box.put(back(write(world)) + b"x" * 20_000)
    fetch(world)
    assert any("<0.5000>" in each for each in box.said)


@pytest.mark.django_db
def test_the_job_says_what_is_wrong_and_a_stranger_is_not_trusted(
    world: World, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run() -> object:
        enqueue("messaging.fetch_returned", account_id=PLATFORM, actor=world.actor("vera"), at=now())
        run_due_jobs(at=now())
        return Job.unscoped.filter(kind="messaging.fetch_returned").latest("id").result  # unscoped: the queue

    box.put(back(write(world)))
    assert run() == {"taken": 1, "strange": 0}
    box.refuses = "LOGIN"
    assert run() == {"fault": "b'not today'"}
    with pytest.raises(MailboxFault, match="not today"):
        try_mailbox()
    box.refuses = ""
    try_mailbox()
    assert any('LOGIN bounces "w\\"ord\\\\"' in each for each in box.said)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(MailboxFault, match="certificate verify failed"):
        try_mailbox()


@pytest.mark.django_db
def test_without_a_mailbox_nothing_is_asked(world: World, post: MailServer) -> None:
    assert not bounce_mailbox.is_set()
    enqueue("messaging.fetch_returned", account_id=PLATFORM, actor=world.actor("vera"), at=AT)
    run_due_jobs(at=AT)
    assert Job.unscoped.get(kind="messaging.fetch_returned").result is None  # unscoped: the queue


def test_by_lmtp_each_recipient_has_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    def keeps(address: str, content: bytes) -> None:
        if address.startswith("b-" + "2" * 32):
            raise OSError("the database is away")
        taken.append(address)

    monkeypatch.setattr(receiving, "_keep", keeps)
    port = free_port()
    controller = LmtpController(
        Receiver(by_lmtp=True), hostname="127.0.0.1", port=port, ident="mail", data_size_limit=LARGEST
    )
    controller.start()
    try:
        addresses = [bounces.return_to(uuid.UUID(digit * 32), "bounce.example.net") for digit in ("1", "2", "3")]
        with socket.create_connection(("127.0.0.1", port), 5) as wire, wire.makefile("rwb") as talk:

            def say(line: str) -> str:
                talk.write(line.encode() + b"\r\n")
                talk.flush()
                return hear()

            def hear() -> str:
                while (line := talk.readline().decode().strip())[3:4] == "-":
                    pass
                return line

            assert hear().startswith("220")
            assert say("EHLO mx.example").startswith("500")
            assert say("LHLO mx.example").startswith("250")
            assert say("MAIL FROM:<>").startswith("250")
            assert say("RCPT TO:<b-0@bounce.example.net>").startswith("550")
            for address in addresses:
                assert say(f"RCPT TO:<{address}>").startswith("250")
            assert say("DATA").startswith("354")
            talk.write(dsn().replace(b"\n", b"\r\n"))
            assert [say("."), hear(), hear()] == ["250 taken", "451 4.3.0 not now", "250 taken"]
            assert say("QUIT").startswith("221")
    finally:
        controller.stop()
    assert taken == [addresses[0], addresses[2]]
