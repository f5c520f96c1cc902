"""Many mails in few statements: each once, in its own brand, and none held up by another's server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.branding import operations as branding
from sublet.demo.ports import free_port
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.messaging import batches, operations
from sublet.messaging.jobs import MOST_ATTEMPTS
from sublet.messaging.models import OutboxMail, Suppression
from sublet.messaging.operations import NewMail, queue_mail, queue_mails, take_up_stranded
from sublet.messaging.sending import Means, Ready, claim, made_ready
from tests.messaging.conftest import lead_to
from tests.messaging.smtp import MailServer, mail_server
from tests.people import AT, World

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def new(world: World, number: int, **changes: object) -> NewMail:
    facts: dict[str, object] = {
        "account_id": world.carl.id,
        "to_email": f"person{number}@example.test",
        "to_name": f"Person {number}",
        "language": "en",
        "context": {"name": f"Person {number}", "note": "hello", "url": "https://rosa.localhost/x", "hours": 2},
        "key": f"welcome:{number}",
    }
    return NewMail(**{**facts, **changes})  # type: ignore[arg-type]  # a test's own mixture


def queue(world: World, mails: list[NewMail], person: str = "rosa") -> int:
    with transaction.atomic():
        return queue_mails(template="test-welcome", mails=mails, actor=world.actor(person), at=AT)


def work(after: timedelta = MINUTE) -> int:
    return run_due_jobs(at=AT + after)


def rows() -> list[OutboxMail]:
    return list(OutboxMail.unscoped.order_by("id"))  # unscoped: a test looks at everything


def jobs(kind: str = "messaging.send_batch", **fields: object) -> int:
    return Job.unscoped.filter(kind=kind, **fields).count()  # unscoped: as above


def test_a_batch_arrives_as_mails_one_by_one_would(world: World, post: MailServer) -> None:
    with world.scope("rosa") as actor:
        changes = {"name": "Studio Rosà", "support_email": "ciao@rosa.example"}
        branding.change_brand(account_ref=world.rosa.ref, changes=changes, version=None, actor=actor, at=AT)
    facts = new(world, 0)
    queue_mail(
        template="test-welcome", account_id=facts.account_id, to_email=facts.to_email, to_name=facts.to_name,
        language=facts.language, context=facts.context, key="single", actor=world.actor("rosa"), at=AT,
    )  # fmt: skip
    assert queue(world, [facts, new(world, 1, account_id=world.remo.id)]) == 2
    single, batched, other = rows()
    for field in ("account_id", "template", "identity", "language", "to_email", "to_name", "from_email", "from_name",
                  "reply_to", "subject", "text", "html", "secret"):  # fmt: skip
        assert getattr(batched, field) == getattr(single, field), field
    assert other.from_name != batched.from_name
    assert (single.batch, batched.batch is None) == (None, False)
    assert batched.batch != other.batch  # another reseller's server is another's
    work()
    assert sorted(kept.recipient for kept in post.kept) == sorted(row.to_email for row in rows())
    assert {(row.state, row.attempts) for row in rows()} == {("sent", 1)}
    assert [row.sent_at for row in rows()] == [AT + MINUTE] * 3
    assert {str(kept.message["Message-ID"]) for kept in post.kept} == {row.message_id for row in rows()}
    assert len(post.lines) == 1  # one connection
    assert jobs(state="done") == 2


@pytest.mark.parametrize("count", [1, 3, 30])
def test_queueing_takes_as_many_statements_for_many_as_for_one(world: World, count: int) -> None:
    queue(world, [new(world, 1000)])  # what a process knows once
    actor, mails = world.actor("rosa"), [new(world, number) for number in range(count)]
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        queue_mails(template="test-welcome", mails=mails, actor=actor, at=AT)
    # Whether brands have changed is asked once in a second, however many mails there are.
    left_out = ("SAVEPOINT", "RELEASE", 'SELECT "brand_generation"')
    statements = [each["sql"] for each in asked.captured_queries if not each["sql"].startswith(left_out)]
    assert len(statements) == 7, statements


def test_an_intent_is_queued_once_also_within_one_call(world: World, post: MailServer) -> None:
    assert queue(world, [new(world, 1), new(world, 2), new(world, 1)]) == 2
    assert queue(world, [new(world, 2), new(world, 3)]) == 1
    assert queue(world, [new(world, 3)]) == 0
    work()
    assert len(post.kept) == 3


def test_a_batch_is_no_longer_than_it_may_be(world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "BATCH", 2)
    queue(world, [new(world, number) for number in range(5)])
    assert jobs() == 3
    work()
    assert len(post.kept) == 5


def test_each_mail_says_sending_before_its_dot_and_no_two_do(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    said = batches._Run._say_sending

    def watched(run: batches._Run, row: OutboxMail, ready: Ready) -> None:
        said(run, row, ready)
        seen.append([each.state for each in rows()])

    monkeypatch.setattr(batches._Run, "_say_sending", watched)
    queue(world, [new(world, number) for number in range(3)])
    work()
    assert seen == [["sending", "queued", "queued"], ["sent", "sending", "queued"], ["sent", "sent", "sending"]]
    assert [row.state for row in rows()] == ["sent"] * 3


def test_what_died_between_dot_and_answer_is_parked_and_the_rest_goes(world: World, post: MailServer) -> None:
    queue(world, [new(world, number) for number in range(3)])
    OutboxMail.unscoped.filter(key="welcome:1").update(state="sending", attempts=1)  # unscoped: an attempt that died
    work()
    assert [row.state for row in rows()] == ["sent", "unknown", "sent"]
    assert JournalEntry.unscoped.filter(event="mail.unknown").count() == 1  # unscoped: a test looks at everything
    assert len(post.kept) == 2


@pytest.mark.parametrize(
    ("answer", "states", "singles"),
    [
        (("rcpt", "550 no such"), ["failed", "sent", "sent"], 0),
        (("data", "cut"), ["unknown", "sent", "sent"], 0),
        (("rcpt", "451 greylisted"), ["queued", "sent", "sent"], 1),
        (("before-data", "421 not now"), ["sent", "sent", "sent"], 0),
    ],
)
def test_one_mail_that_fails_holds_no_other_up(
    world: World, post: MailServer, answer: tuple[str, str], states: list[str], singles: int
) -> None:
    post.answers.append(answer)
    queue(world, [new(world, number) for number in range(3)])
    work()
    if answer[1] == "421 not now":
        assert [row.state for row in rows()] == [
            "queued"
        ] * 3  # it takes nothing from anybody: all of them wait together
        work(timedelta(minutes=2))
    assert [row.state for row in rows()] == states
    assert jobs("messaging.send") == singles
    work(timedelta(minutes=3))
    work(timedelta(minutes=9))
    assert [row.state for row in rows()] == [state.replace("queued", "sent") for state in states]


@pytest.mark.parametrize(("answer", "singles"), [("451 try later", 1), ("421 not now", 0)])
def test_a_mail_that_is_not_taken_for_now_after_its_dot_goes_again(
    world: World, post: MailServer, answer: str, singles: int
) -> None:
    post.answers.append(("data", answer))
    queue(world, [new(world, number) for number in range(2)])
    work()
    first = rows()[0]
    assert (first.state, first.attempts, first.answer) == ("queued", 1, answer)
    assert jobs("messaging.send") == singles
    work(timedelta(minutes=3))
    assert [row.state for row in rows()] == ["sent"] * 2
    assert sorted(kept.recipient for kept in post.kept) == ["person0@example.test", "person1@example.test"]
    assert not JournalEntry.unscoped.filter(event="mail.unknown").exists()  # unscoped: as above


def test_what_was_sent_is_known_also_when_the_next_one_breaks_off(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(row: OutboxMail, **values: Any) -> bool:
        if row.key == "welcome:1" and not row.answer:
            row.answer = "once"
            raise OperationalError("database is locked")
        return claim(row, **values)

    monkeypatch.setattr(batches, "claim", broken)
    queue(world, [new(world, number) for number in range(2)])
    batch = rows()[0].batch
    assert batch is not None
    with pytest.raises(OperationalError):
        batches.send_batch(batch=batch, actor=world.actor("rosa"), now=lambda: AT)
    assert [row.state for row in rows()] == ["sent", "queued"]
    monkeypatch.setattr(batches, "claim", claim)
    work()
    assert [row.state for row in rows()] == ["sent"] * 2
    assert len(post.kept) == 2


def test_a_mail_that_cannot_be_made_ready_holds_no_other_up(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(row: OutboxMail, means: Means) -> Ready:
        if row.key == "welcome:0":
            raise RuntimeError("a fault of ours")
        return made_ready(row, means)

    monkeypatch.setattr(batches, "made_ready", broken)
    queue(world, [new(world, number) for number in range(3)])
    work()
    assert [row.state for row in rows()] == ["queued", "sent", "sent"]
    assert (jobs(state="done"), jobs("messaging.send", state="ready")) == (1, 1)
    work(timedelta(minutes=3))
    assert [row.state for row in rows()] == ["sent"] * 3


def test_suppressed_addresses_are_left_out(world: World, post: MailServer) -> None:
    entries = [("person0@example.test", world.rosa, False), ("person1@example.test", world.remo, True),
               ("person2@example.test", world.remo, False), ("person3@example.test", world.carl, False)]  # fmt: skip
    for email, account, everywhere in entries:
        row = Suppression(account=account, email=email, everywhere=everywhere, reason="by-hand", created_at=AT)
        Suppression.unscoped.bulk_create([row])  # unscoped: a test's own lists
    queue(world, [new(world, number, to_email=f"Person{number}@example.test") for number in range(5)])
    work()
    assert [row.state for row in rows()] == ["withheld", "withheld", "sent", "withheld", "sent"]
    assert JournalEntry.unscoped.filter(event="mail.withheld").count() == 3  # unscoped: as above


def test_while_the_server_is_away_a_batch_waits_as_one_and_then_goes(world: World, settings: SettingsWrapper) -> None:
    port = free_port()
    lead_to(settings, port)
    queue(world, [new(world, number) for number in range(3)])
    assert work() == 1
    assert (jobs(state="ready"), jobs("messaging.send")) == (1, 0)
    assert {(row.state, row.attempts) for row in rows()} == {("queued", 0)}
    assert all("refused" in row.answer for row in rows())
    with mail_server(port) as server:
        work(timedelta(minutes=3))
        assert len(server.kept) == 3


def test_a_server_that_stays_away_ends_a_batch_as_failed(world: World, settings: SettingsWrapper) -> None:
    lead_to(settings, free_port())
    queue(world, [new(world, number) for number in range(2)])
    for attempt in range(MOST_ATTEMPTS):
        assert work(timedelta(hours=7) * (attempt + 1)) == 1
    assert {row.state for row in rows()} == {"failed"}
    assert JournalEntry.unscoped.filter(event="mail.refused").count() == 2  # unscoped: as above
    assert (jobs(state="dead"), jobs(state="done")) == (0, 1)


def test_a_long_batch_lets_others_go_first(world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "WORKS_FOR", timedelta(0))
    queue(world, [new(world, number) for number in range(3)])
    run = batches.send_batch
    batch = rows()[0].batch
    assert batch is not None
    run(batch=batch, actor=world.actor("rosa"), now=lambda: AT)
    assert post.kept == []
    assert batches.is_something_left(batch)
    monkeypatch.setattr(batches, "WORKS_FOR", timedelta(seconds=5))
    lost = iter([True, False])
    run(batch=batch, actor=world.actor("rosa"), now=lambda: AT, goes_on=lambda: next(lost))
    assert [row.state for row in rows()] == ["sent", "queued", "queued"]
    work()
    assert len(post.kept) == 3


def test_the_sweep_gives_a_batch_without_a_job_another_and_leaves_the_others(world: World, post: MailServer) -> None:
    queue(world, [new(world, number) for number in range(2)])
    OutboxMail.unscoped.filter(key="welcome:0").update(state="sending", attempts=1)  # unscoped: it is handed over now
    assert take_up_stranded(actor=world.actor("vera"), at=AT + timedelta(minutes=11)) == 2
    assert (jobs(), jobs("messaging.send")) == (1, 0)
    Job.unscoped.all().delete()  # unscoped: somebody discarded it
    take_up_stranded(actor=world.actor("vera"), at=AT + timedelta(minutes=12))
    assert (jobs(), jobs("messaging.send")) == (1, 0)
    work(timedelta(minutes=13))
    assert [row.state for row in rows()] == ["unknown", "sent"]


def test_a_mail_without_a_job_is_taken_up_however_many_wait_before_it(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_SWEPT_AT_ONCE", 2)
    queue(world, [new(world, number) for number in range(5)])
    facts = new(world, 9)
    queue_mail(
        template="test-welcome", account_id=facts.account_id, to_email=facts.to_email, to_name=facts.to_name,
        language=facts.language, context=facts.context, key="last", actor=world.actor("rosa"), at=AT + MINUTE,
    )  # fmt: skip
    Job.unscoped.filter(kind="messaging.send").delete()  # unscoped: it was lost
    assert take_up_stranded(actor=world.actor("vera"), at=AT + timedelta(minutes=12)) == 6
    assert (jobs(), jobs("messaging.send")) == (1, 1)
    assert take_up_stranded(actor=world.actor("vera"), at=AT + timedelta(minutes=12)) == 6
    assert (jobs(), jobs("messaging.send")) == (1, 1)
    assert take_up_stranded(actor=world.actor("vera"), at=AT + timedelta(days=5)) == 6
    assert {row.state for row in rows()} == {"failed"}
