"""From the write that causes a mail to the server that takes it: once, in the brand, and never a lie about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.branding import operations as branding
from sublet.demo.ports import free_port
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.messaging import queries, sending
from sublet.messaging.bounce_operations import suppress_address
from sublet.messaging.gateway import Envelope, MailGateway, SmtpGateway, TryLater
from sublet.messaging.jobs import MOST_ATTEMPTS
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import CannotSendMail, queue_mail, send_again, take_up_stranded
from tests.messaging.conftest import lead_to
from tests.messaging.smtp import MailServer, mail_server
from tests.people import AT, World

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def write(world: World, person: str = "rosa", **changes: object) -> None:
    actor = world.actor(person)
    facts: dict[str, object] = {
        "template": "test-welcome",
        "account_id": world.carl.id,
        "to_email": "carl@example.test",
        "to_name": "Carl Conti",
        "language": "en",
        "context": {"name": "Carl", "note": "hello", "url": "https://rosa.localhost/x/SECRET", "hours": 2},
        "key": "welcome:1",
        "actor": actor,
        "at": AT,
    }
    queue_mail(**{**facts, **changes})  # type: ignore[arg-type]  # a test's own mixture


def work(after: timedelta = MINUTE) -> int:
    return run_due_jobs(at=AT + after)


def mail(**fields: object) -> OutboxMail:
    return OutboxMail.unscoped.get(**fields)  # unscoped: a test looks at everything


def events() -> list[str]:
    return list(JournalEntry.unscoped.order_by("id").values_list("event", flat=True))  # unscoped: as above


def test_a_mail_arrives_in_the_brand_and_in_the_language_of_its_reader(world: World, post: MailServer) -> None:
    with world.scope("rosa") as actor:
        changes = {"name": "Studio Rosà", "support_email": "ciao@rosa.example", "sender_name": "Rosa, Studio"}
        branding.change_brand(account_ref=world.rosa.ref, changes=changes, version=None, actor=actor, at=AT)
    write(world, language="it", to_name="Càrl “C” Conti")
    assert work() == 1
    [kept] = post.kept
    assert (kept.sender, kept.recipient) == ("no-reply@mail.example.net", "carl@example.test")
    message = kept.message
    assert message["Subject"] == "Welcome to Studio Rosà, Carl"
    assert str(message["From"]) == '"Rosa, Studio" <no-reply@mail.example.net>'
    assert message["To"].addresses[0].display_name == "Càrl “C” Conti"
    assert message["Reply-To"] == "ciao@rosa.example"
    assert message["Content-Language"] == "it"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert "Studio Rosà" in kept.part("plain")
    assert "Studio Rosà" in kept.part("html")
    row = mail()
    assert (row.state, row.attempts, row.answer, row.sent_at) == ("sent", 1, "kept as 1", AT + MINUTE)
    assert message["Message-ID"] == row.message_id == f"<{row.id}@mail.example.net>"


def test_a_message_is_clean_for_every_server_and_names_no_machine(world: World, post: MailServer) -> None:
    write(
        world,
        context={"name": "Élan 日本 🍕 " + "ü" * 1500, "note": ".", "url": "https://rosa.localhost/x", "hours": 1},
    )
    work()
    [kept] = post.kept
    assert max(kept.content) < 128
    assert max(map(len, kept.content.split(b"\r\n"))) <= 998
    assert b"\n" not in kept.content.replace(b"\r\n", b"")
    assert "Élan 日本 🍕" in kept.part("plain")
    assert post.lines == ["mail.example.net"]  # the name we greet with stands in the recipient's headers
    for word in (b"sublet", b"django", b"python", b"Vantage", b"vendor"):
        assert word.lower() not in kept.content.lower()


def test_a_line_with_a_single_dot_does_not_end_the_message(world: World, post: MailServer) -> None:
    write(world, context={"name": "Carl", "note": ".", "url": "https://rosa.localhost/x", "hours": 1})
    work()
    assert post.kept[0].part("plain").splitlines().count(".") == 1
    assert "Cancel" in post.kept[0].part("plain")


HOSTILE = [
    "Carl\r\nBcc: victim@example.test",
    "Carl\nX-Evil: 1",
    "Carl\rX-Evil: 1",
    "Carl\x00\x00",
    "Carl\u2028X-Evil: 1\u2029",
    "Carl\u202etxt.exe",
    "Carl\x85X-Evil: 1\x0b\x0c\x1c",
    "Carl" + "x" * 10_000,
    'Carl", <victim@example.test>, "',
    "=?utf-8?q?Carl=0D=0AX-Evil:_1?=",
    "Carl <victim@example.test>",
    "ç" * 10_000,
    "\ud800\udfff",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_typed_becomes_a_header(world: World, post: MailServer, text: str) -> None:
    write(world, to_name=text, context={"name": text, "note": text, "url": "https://rosa.localhost/x", "hours": 1})
    work()
    [kept] = post.kept
    message = kept.message
    assert sorted(name.lower() for name in message.keys()) == sorted(
        ["content-type", "mime-version", "subject", "from", "to", "date", "message-id", "content-language", "auto-submitted"]
    )  # fmt: skip
    assert [address.addr_spec for address in message["To"].addresses] == ["carl@example.test"]
    assert kept.recipient == "carl@example.test"
    assert not any(0x202A <= ord(c) <= 0x202E for c in str(message["Subject"]) + str(message["To"]))
    assert len(str(message["Subject"]).strip()) <= 200
    assert max(map(len, kept.content.split(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "address",
    ["jörg@example.test", "a b@example.test", "a@b\r\nRCPT TO:<victim@example.test>", "no address", "a@b>\x00",
     "<victim@example.test>", "a,b@example.test", "@example.test", "x" * 300 + "@example.test"],
)  # fmt: skip
def test_an_address_that_is_none_ends_as_refused_and_reaches_nobody_else(
    world: World, post: MailServer, address: str
) -> None:
    write(world, to_email=address)
    work()
    assert {kept.recipient for kept in post.kept} <= {address}
    assert mail().state in {"failed", "sent"}
    assert "victim@example.test" not in [kept.recipient for kept in post.kept]


def test_a_domain_in_another_alphabet_is_written_in_ascii(world: World, post: MailServer) -> None:
    write(world, to_email="carl@bücher.example")
    work()
    assert post.kept[0].recipient == "carl@xn--bcher-kva.example"
    assert mail().to_email == "carl@bücher.example"


def test_a_secret_is_emptied_when_it_is_over_and_shown_to_nobody_before(world: World, post: MailServer) -> None:
    write(world, secret=True)
    row = mail()
    assert "SECRET" in row.text
    with world.scope("vera") as vera:
        shown = queries.mail_text(vera, str(row.id), at=AT)
        assert shown.secret
        assert "hello" in shown.text  # as it was sent,
        assert "SECRET" not in shown.text + shown.html + row.shown_text + row.shown_html  # without what works once
    work()
    row = mail()
    assert (row.state, row.text, row.html) == ("sent", "", "")
    assert "SECRET" not in str(list(OutboxMail.unscoped.values()))  # unscoped: a test looks at everything
    with world.scope("vera") as vera:
        assert "hello" in queries.mail_text(vera, str(row.id), at=AT).text
    assert "SECRET" in post.kept[0].part("plain")
    assert "SECRET" not in str(list(Job.unscoped.values_list("payload", "actor")))  # unscoped: a test


@pytest.mark.parametrize("answer", [("rcpt", "550 no such person"), ("data", "cut")])
def test_a_secret_that_did_not_surely_arrive_is_not_kept_either(
    world: World, post: MailServer, answer: tuple[str, str]
) -> None:
    post.answers = [answer]
    write(world, secret=True)
    work()
    row = mail()
    assert row.state in {"failed", "unknown"}
    assert (row.text, row.html) == ("", "")
    with world.scope("vera") as vera, pytest.raises(CannotSendMail) as refusal:
        send_again(mail_id=str(row.id), actor=vera, at=AT + DAY)
    assert refusal.value.code == "gone"


def test_the_same_intent_is_written_once(world: World, post: MailServer) -> None:
    write(world)
    write(world, to_email="other@example.test")
    assert OutboxMail.unscoped.count() == 1  # unscoped: a test looks at everything
    assert work() == 1
    assert len(post.kept) == 1


def test_a_mail_of_a_write_that_was_rolled_back_was_never_there(world: World, post: MailServer) -> None:
    with transaction.atomic():
        write(world)
        transaction.set_rollback(True)
    assert work() == 0
    assert not OutboxMail.unscoped.exists()  # unscoped: a test looks at everything


def test_while_the_server_is_away_mail_waits_and_then_goes(world: World, settings: SettingsWrapper) -> None:
    port = free_port()
    lead_to(settings, port)
    write(world)
    assert work() == 1
    assert (mail().state, mail().attempts) == ("queued", 0)
    assert "refused" in mail().answer.lower()
    with mail_server(port) as server:
        assert work(30 * MINUTE) == 1
        assert len(server.kept) == 1
    assert (mail().state, mail().attempts) == ("sent", 1)
    assert events() == []


@pytest.mark.parametrize(
    "answer",
    [("mail", "451 later"), ("rcpt", "450 mailbox busy"), ("rcpt", "421 closing"), ("before-data", "451 later"),
     ("data", "452 no room"), ("data", "421 closing")],
)  # fmt: skip
def test_not_now_is_tried_again_and_arrives_once(world: World, post: MailServer, answer: tuple[str, str]) -> None:
    post.answers = [answer]
    write(world)
    work()
    assert mail().state == "queued"
    assert post.kept == []
    work(30 * MINUTE)
    assert mail().state == "sent"
    assert len(post.kept) == 1


def test_a_line_that_goes_dead_in_the_middle_of_the_message_repeats_and_loses_nothing(
    world: World, post: MailServer
) -> None:
    """Whether the end had gone out when the line went dead is a race; both outcomes are honest."""
    post.answers = [("before-data", "drop")]
    write(world)
    work()
    state = mail().state
    assert state in {"queued", "unknown"}
    work(30 * MINUTE)
    assert (mail().state, len(post.kept)) == (("sent", 1) if state == "queued" else ("unknown", 0))


@pytest.mark.parametrize(
    "answer",
    [
        ("mail", "550 not you"),
        ("rcpt", "550 no such person"),
        ("before-data", "554 no"),
        ("data", "554 looks like spam"),
    ],
)
def test_no_for_good_is_a_refusal_that_is_told_and_can_be_sent_again(
    world: World, post: MailServer, answer: tuple[str, str]
) -> None:
    post.answers = [answer]
    write(world)
    work()
    row = mail()
    assert (row.state, row.answer) == ("failed", answer[1])
    assert events() == ["mail.refused"]
    assert JournalEntry.unscoped.get().parent_id == world.rosa.id  # unscoped: its reseller reads it, too
    assert work(2 * DAY) == 0
    with world.scope("rosa") as rosa:
        send_again(mail_id=str(row.id), actor=rosa, at=AT + 3 * DAY)
        with pytest.raises(CannotSendMail) as refusal:
            send_again(mail_id=str(row.id), actor=rosa, at=AT + 3 * DAY)
        assert refusal.value.code == "on-its-way"
    work(3 * DAY + MINUTE)
    assert [kept.message["Message-ID"] for kept in post.kept] == [row.message_id]
    assert events() == ["mail.refused", "mail.resent"]
    with world.scope("rosa") as rosa, pytest.raises(CannotSendMail) as refusal:
        send_again(mail_id=str(row.id), actor=rosa, at=AT + 3 * DAY)
    assert refusal.value.code == "lately"


@pytest.mark.parametrize(
    ("answer", "state", "kept"),
    [
        (("data", "250 taken\x00as 7"), "sent", "taken\ufffdas 7"),
        (("data", "554 sp\x00am"), "failed", "554 sp\ufffdam"),
        (("rcpt", "451 la\x00ter"), "queued", "451 la\ufffdter"),
    ],
)
def test_an_answer_that_a_database_cannot_keep_changes_nothing_for_the_mail(
    world: World, post: MailServer, answer: tuple[str, str], state: str, kept: str
) -> None:
    post.answers = [answer]
    write(world)
    work()
    assert (mail().state, mail().answer) == (state, kept)
    assert events() == (["mail.refused"] if state == "failed" else [])


def test_a_mail_that_was_sent_goes_again_three_times_with_pauses_and_the_reader_sees_the_same_id(
    world: World, post: MailServer
) -> None:
    write(world)
    work()
    number = str(mail().id)
    codes, sent = [], AT + MINUTE
    with world.scope("rosa") as rosa:
        for minutes in (9, 10, 11, 20, 30, 40):
            at = AT + MINUTE + timedelta(minutes=minutes)
            try:
                send_again(mail_id=number, actor=rosa, at=at)
                sent, code = at, ""
            except CannotSendMail as refusal:
                code = refusal.code
            codes.append(code)
            run_due_jobs(at=at)
    assert codes == ["lately", "", "lately", "", "", "often"]
    first = mail(copy_of=None)
    assert (first.state, first.copies, first.sent_at) == ("sent", 3, AT + MINUTE)
    copies = OutboxMail.unscoped.filter(copy_of=first).order_by("copies")  # unscoped: as above
    assert [(copy.state, copy.copies) for copy in copies] == [("sent", 1), ("sent", 2), ("sent", 3)]
    assert copies[2].sent_at == sent
    assert {str(kept.message["Message-ID"]) for kept in post.kept} == {first.message_id}
    assert len(post.kept) == 4
    resent = JournalEntry.unscoped.filter(event="mail.resent").order_by("id")  # unscoped: as above
    assert [entry.data["copy"] for entry in resent] == [1, 2, 3]


def test_a_copy_that_is_refused_says_nothing_of_the_mail_that_had_arrived(world: World, post: MailServer) -> None:
    write(world)
    work()
    first = mail()
    post.answers = [("data", "550 no")]
    with world.scope("rosa") as rosa:
        number = send_again(mail_id=str(first.id), actor=rosa, at=AT + DAY)
        run_due_jobs(at=AT + DAY)
    before = (first.state, first.sent_at, first.answer, first.attempts, first.provider_id)
    first.refresh_from_db()
    assert (first.state, first.sent_at, first.answer, first.attempts, first.provider_id) == before
    assert (mail(id=number).state, mail(id=number).copy_of_id) == ("failed", first.id)
    with world.scope("rosa") as rosa:  # the refused copy goes again as itself, which is no further copy
        assert send_again(mail_id=number, actor=rosa, at=AT + 2 * DAY) == number
        run_due_jobs(at=AT + 2 * DAY)
        with pytest.raises(CannotSendMail) as refusal:  # asked for by the copy's own page, it is the same mail
            send_again(mail_id=number, actor=rosa, at=AT + 2 * DAY + MINUTE)
        second = send_again(mail_id=number, actor=rosa, at=AT + 3 * DAY)
    assert refusal.value.code == "lately"
    assert (mail(id=second).copy_of_id, mail(id=second).copies, mail(id=first.id).copies) == (first.id, 2, 2)


@pytest.mark.parametrize("what", ["secret", "long-ago", "suppressed", "twice", "rights", "stranger", "client"])
def test_what_was_sent_does_not_go_again_where_it_may_not(world: World, post: MailServer, what: str) -> None:
    write(world, secret=what == "secret")
    work()
    later, who = (timedelta(days=30, seconds=1) if what == "long-ago" else DAY), "rosa"
    with world.scope("rosa") as rosa:
        if what == "suppressed":
            suppress_address(email="Carl@example.test", actor=rosa, at=AT)
        if what == "twice":
            send_again(mail_id=str(mail(copy_of=None).id), actor=rosa, at=AT + later)
    code: object = {"secret": "gone", "twice": "on-its-way"}.get(what, what)
    wanted: type[Exception] = CannotSendMail
    if what in {"rights", "stranger", "client"}:
        who = {"rights": "ruth", "stranger": "remo", "client": "carl"}[what]
        wanted, code = (NotFound if what == "stranger" else Forbidden), None
    with world.scope(who) as actor, pytest.raises(wanted) as refusal:
        send_again(mail_id=str(mail(copy_of=None).id), actor=actor, at=AT + later)
    assert code is None or getattr(refusal.value, "code", None) == code
    run_due_jobs(at=AT + later)
    assert len(post.kept) == (2 if what == "twice" else 1)
    assert mail(copy_of=None).state == "sent"


def test_a_line_that_goes_dead_after_the_message_makes_it_unknown_and_it_is_never_sent_twice(
    world: World, post: MailServer
) -> None:
    post.answers = [("data", "cut")]
    write(world)
    work()
    assert (mail().state, len(post.kept)) == ("unknown", 1)
    assert events() == ["mail.unknown"]
    for days in (1, 2, 5):
        work(days * DAY)
        take_up_stranded(actor=world.actor("vera"), at=AT + days * DAY)
        work(days * DAY + MINUTE)
    assert len(post.kept) == 1


def test_a_person_may_send_an_unknown_one_again_and_the_reader_sees_the_same_id(world: World, post: MailServer) -> None:
    post.answers = [("data", "cut")]
    write(world)
    work()
    with world.scope("vera") as vera:
        send_again(mail_id=str(mail().id), actor=vera, at=AT + DAY)
    work(DAY + MINUTE)
    assert mail().state == "sent"
    assert len({kept.message["Message-ID"] for kept in post.kept}) == 1
    assert len(post.kept) == 2


def test_an_attempt_that_died_while_it_handed_over_parks_the_mail(world: World, post: MailServer) -> None:
    write(world)
    OutboxMail.unscoped.update(state="sending", attempts=1)  # unscoped: as a killed worker leaves it
    work()
    assert mail().state == "unknown"
    assert post.kept == []
    assert events() == ["mail.unknown"]


def test_a_server_that_stays_away_ends_the_mail_as_failed_after_more_than_a_day(
    world: World, settings: SettingsWrapper
) -> None:
    lead_to(settings, free_port())
    write(world)
    at, attempts = timedelta(), 0
    while Job.unscoped.filter(state="ready").exists():  # unscoped: a test looks at everything
        at = Job.unscoped.get(state="ready").run_at - AT  # unscoped: as above
        attempts += work(at)
    assert attempts == MOST_ATTEMPTS
    assert at > DAY
    assert mail().state == "failed"
    assert events() == ["mail.refused"]
    assert not Job.unscoped.filter(state="dead").exists()  # unscoped: as above


class Rival(MailGateway):
    """The real gateway; but while the message goes out, something else happens to the mail."""

    def __init__(self, meanwhile: dict[str, object], fault: Exception | None = None) -> None:
        self.meanwhile = meanwhile
        self.fault = fault

    def hand_over(
        self, envelope: Envelope, *, before_end: Callable[[], None], meanwhile: Callable[[], None] | None = None
    ) -> str:
        def then() -> None:
            if self.fault is None:
                OutboxMail.unscoped.update(**self.meanwhile)  # unscoped: another worker
            before_end()

        answer = SmtpGateway().hand_over(envelope, before_end=then)
        if self.fault is not None:
            OutboxMail.unscoped.update(**self.meanwhile)  # unscoped: as above
            raise self.fault
        return answer


def attempt(world: World, monkeypatch: pytest.MonkeyPatch, rival: Rival) -> None:
    monkeypatch.setattr(sending, "gateway", lambda: rival)
    sending.send_mail(mail_id=str(mail().id), actor=world.actor("rosa"), at=AT)


def test_of_two_workers_with_one_mail_the_slower_sends_nothing_and_changes_nothing(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world)
    attempt(world, monkeypatch, Rival({"state": "sending", "attempts": 1}))
    assert (mail().state, mail().attempts) == ("sending", 1)
    assert post.kept == []


def test_a_late_not_now_does_not_reopen_a_mail_that_another_attempt_sent(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world)
    with pytest.raises(TryLater):
        attempt(world, monkeypatch, Rival({"state": "sent", "attempts": 2}, TryLater("450 later")))
    assert mail().state == "sent"


def test_a_paused_worker_that_comes_back_says_what_it_knows(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Paused(Rival):
        def hand_over(
            self, envelope: Envelope, *, before_end: Callable[[], None], meanwhile: Callable[[], None] | None = None
        ) -> str:
            answer = SmtpGateway().hand_over(envelope, before_end=before_end)
            sending.send_mail(mail_id=str(mail().id), actor=world.actor("rosa"), at=AT)  # the job was taken over
            assert mail().state == "unknown"
            return answer

    write(world)
    attempt(world, monkeypatch, Paused({}))
    assert mail().state == "sent"
    assert len(post.kept) == 1


def test_a_mail_whose_job_is_gone_is_taken_up_again(world: World, post: MailServer) -> None:
    write(world)
    Job.unscoped.all().delete()  # unscoped: somebody discarded it
    assert take_up_stranded(actor=world.actor("vera"), at=AT + MINUTE) == 0
    assert take_up_stranded(actor=world.actor("vera"), at=AT + 11 * MINUTE) == 1
    assert take_up_stranded(actor=world.actor("vera"), at=AT + 12 * MINUTE) == 1
    assert work(15 * MINUTE) == 1
    assert len(post.kept) == 1


def test_a_mail_that_is_days_late_is_ended_instead(world: World, post: MailServer) -> None:
    write(world)
    Job.unscoped.all().delete()  # unscoped: somebody discarded it
    take_up_stranded(actor=world.actor("vera"), at=AT + 5 * DAY)
    assert mail().state == "failed"
    assert work(5 * DAY) == 0


def test_links_lead_to_the_accounts_own_host_never_to_that_of_a_request(world: World) -> None:
    write(world)
    assert 'src="' not in mail().html
    with world.scope("rosa") as rosa:
        from tests.branding import pictures

        branding.upload_image(account_ref=world.rosa.ref, slot="logo", data=pictures.png(), actor=rosa, at=AT)
    write(world, key="welcome:2")
    write(world, key="welcome:3", account_id=world.elan.id)
    assert 'src="https://carl.localhost/brand/' in mail(key="welcome:2").html
    assert 'src="https://rosa.localhost/brand/' in mail(key="welcome:3").html
    assert mail(key="welcome:3").from_name == "Rosa Web Studio"


def test_a_language_that_nobody_offers_becomes_the_accounts_then_english(world: World) -> None:
    write(world, language="xx", account_id=world.elan.id)
    write(world, language="", account_id=world.bakery.id, key="2")
    assert mail(key="welcome:1").language == "fr"
    assert mail(key="2").language == "en"


def test_each_sees_the_mails_of_its_own_accounts_only(world: World) -> None:
    for number, account in enumerate((world.carl, world.bakery, world.rosa, world.vendor)):
        write(world, account_id=account.id, key=str(number))
    ids = {row.account.name: str(row.id) for row in OutboxMail.unscoped.select_related("account")}  # unscoped: test
    with world.scope("rosa") as rosa:
        assert {row.account_name for row in queries.outbox(rosa).rows} == {"Carl’s Kitchen", "Rosa Web Studio"}
        with pytest.raises(NotFound):
            queries.mail_text(rosa, ids["Nora’s Bakery"], at=AT)
        with pytest.raises(NotFound):
            send_again(mail_id=ids["Nora’s Bakery"], actor=rosa, at=AT)
        for rubbish in ("", "x", "0" * 36, "'; drop table"):
            with pytest.raises(NotFound):
                queries.mail_text(rosa, rubbish, at=AT)
            with pytest.raises(NotFound):
                send_again(mail_id=rubbish, actor=rosa, at=AT)
    with world.scope("vera") as vera:
        assert len(queries.outbox(vera).rows) == 4
    for person in ("carl", "cleo", "ruth", "rico"):  # Rico manages clients, but may not read what was written to them
        with world.scope(person) as actor, pytest.raises(Forbidden):
            send_again(mail_id=ids["Carl’s Kitchen"], actor=actor, at=AT)


def test_the_list_of_mails_is_walked_by_cursor(world: World) -> None:
    for number in range(7):
        write(world, key=str(number), at=AT + number * MINUTE)
    with world.scope("vera") as vera:
        seen: list[str] = []
        cursor = ""
        while True:
            page = queries.outbox(vera, cursor=cursor, size=3)
            seen += [row.id for row in page.rows]
            cursor = page.next_cursor
            if not cursor:
                break
        assert seen == sorted(seen, reverse=True)
        assert len(seen) == 7
        assert queries.outbox(vera, state="sent").rows == []
        assert queries.outbox(vera, cursor="rubbish").rows
