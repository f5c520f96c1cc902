"""What comes back fills the list, what nobody can have sent does not; and the list is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings as SettingsWrapper
from standardwebhooks import Webhook

from sublet.core.senders import PROVIDER
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.bounce_operations import CannotSuppress, lift_suppression, suppress_address
from sublet.messaging.bounces import BOUNCED, COMPLAINED, DELAYED, OTHER, mail_of, read_report, return_to
from sublet.messaging.hooks import OVERLAP, hook_word, knows_word, renew_hook
from sublet.messaging.models import MailServer as Server
from sublet.messaging.models import OutboxMail, ReturnedMail, Suppression
from sublet.messaging.returned import accept, read_returned
from sublet.messaging.server_operations import set_mail_server
from sublet.messaging.suppression import suppress
from sublet.messaging.suppression_queries import suppressions
from sublet.portals.public.views import mail_hook
from tests.messaging.smtp import MailServer
from tests.messaging.test_senders import write
from tests.people import AT, ROSA_HOST, World

NUMBER = uuid.UUID("019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b")


def dsn(action: str = "failed", status: str = "5.1.1", words: str = "smtp; 550 5.1.1 no such person") -> bytes:
    return f"""From: <>
To: <b-x@bounce.example>
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; carl@example.test
Action: {action}
Status: {status}
Diagnostic-Code: {words}

--b--
""".encode()


def arf(kind: str = "abuse") -> bytes:
    return f"""From: <fbl@isp.example>
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

Unwanted.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: isp/1
Version: 1

--b--
""".encode()


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (dsn(), BOUNCED),
        (dsn(status="5.1.2"), BOUNCED),
        (dsn(status="5.2.2"), OTHER),  # full: may take mail tomorrow
        (dsn(status="5.7.1"), OTHER),  # refused for what it says
        (dsn("delayed", "4.4.1"), DELAYED),
        (dsn("delivered", "2.0.0"), OTHER),
        (arf(), COMPLAINED),
        (arf("not-spam"), OTHER),
        (b"Subject: I am on holiday\n\nback on Monday", OTHER),
        (b"\xff\xfe" * 500, OTHER),
        (b"", OTHER),
        (dsn().replace(b"Status: 5.1.1", b"Status: \x00\xff"), BOUNCED),
    ],
)
def test_a_report_says_what_it_says(raw: bytes, kind: str) -> None:
    assert read_report(raw).kind == kind


def test_a_return_path_is_sealed(settings: SettingsWrapper) -> None:
    address = return_to(NUMBER, "bounce.agency.example")
    assert mail_of(address) == mail_of(f"<{address.upper()}>") == NUMBER
    assert len(address.partition("@")[0]) <= 64
    forged = address.replace(NUMBER.hex, uuid.UUID(int=7).hex)
    assert [mail_of(each) for each in (forged, "b-x@y", "", "no-reply@mail.example.net")] == [None] * 4


def back(world: World, mail: OutboxMail, raw: bytes) -> str:
    """What came to its return path a day later, as the receiver takes it and the job reads it (after a long stop)."""
    vera, address = world.actor("vera"), return_to(mail.id, "bounce.agency.example")
    with platform_scope("as the receiver"):
        assert accept(address=address, raw=raw, actor=vera, at=AT + timedelta(1)) is True
        return read_returned(ReturnedMail.unscoped.get().pk, actor=vera, at=AT + timedelta(20))  # unscoped: as above


def entries(*names: str) -> list[str]:
    found = JournalEntry.unscoped.filter(event__in=names).order_by("id")  # unscoped: a test looks at everything
    return list(found.values_list("event", flat=True))


@pytest.mark.django_db
def test_what_came_back_is_not_written_to_again_but_for_safety(world: World, post: MailServer) -> None:
    mail = write(world)
    assert back(world, mail, dsn()) == back(world, mail, dsn()) == BOUNCED
    mail.refresh_from_db()
    assert (mail.state, mail.answer) == ("failed", "smtp; 550 5.1.1 no such person")
    row = Suppression.unscoped.get()  # unscoped: as above
    assert (row.account_id, row.email, row.everywhere) == (world.rosa.id, "carl@example.test", True)
    assert entries("mail.bounced") == ["mail.bounced"]
    assert write(world, "again").state == "withheld"
    assert write(world, "theirs", account_id=world.bakery.id).state == "withheld"  # nobody is there for anybody
    told = {"name": "C", "email": "x@example.test"}
    assert write(world, "safety", template="email-changed", context=told).state == "sent"
    assert entries("mail.withheld") == ["mail.withheld"] * 2
    with world.scope("rosa") as actor, pytest.raises(CannotSuppress, match="everywhere"):  # not hers alone to lift
        lift_suppression(ref=row.ref, actor=actor, at=AT)
    with world.scope("vera") as actor:
        lift_suppression(ref=row.ref, actor=actor, at=AT)
    assert write(world, "lifted").state == "sent"


@pytest.mark.django_db
def test_an_entry_by_hand_can_be_raised_to_everybody_and_stays_its_accounts(world: World, post: MailServer) -> None:
    mail = write(world)
    with world.scope("rosa") as actor:
        suppress_address(email="carl@example.test", actor=actor, at=AT)
    assert write(world, "theirs", account_id=world.bakery.id).state == "sent"
    assert back(world, mail, dsn()) == BOUNCED
    row = Suppression.unscoped.get()  # unscoped: as above
    assert (row.everywhere, row.reason) == (True, "by-hand")
    assert write(world, "nobody", account_id=world.bakery.id).state == "withheld"
    with world.scope("vera") as actor:
        lift_suppression(ref=row.ref, actor=actor, at=AT)
    assert write(world, "others", account_id=world.bakery.id).state == "sent"
    assert write(world, "hers").state == "withheld"
    with world.scope("vera") as actor:
        back(world, write(world, "own", account_id=world.vendor.id), arf())
        assert [row.everywhere for row in suppressions(actor).rows] == [False]
        suppress_address(email="carl@example.test", actor=actor, at=AT)
        assert [row.everywhere for row in suppressions(actor).rows] == [True]


@pytest.mark.django_db
def test_a_clients_own_list_holds_for_that_client(world: World, post: MailServer) -> None:
    suppress(world.carl, "carl@example.test", reason="by-hand", at=AT)  # as one that has the brand's rights does
    assert write(world, "carl").state == "withheld"
    assert write(world, "elan", account_id=world.elan.id).state == "sent"


@pytest.mark.django_db
@pytest.mark.parametrize(("left_by_platform", "days"), [(False, 0), (None, 0), (True, -15)])
def test_a_seal_that_others_saw_or_that_is_old_holds_for_the_brand_alone(
    world: World, post: MailServer, left_by_platform: bool | None, days: int
) -> None:
    mail = write(world)
    assert mail.left_by_platform is True
    # unscoped: as above
    OutboxMail.unscoped.filter(id=mail.id).update(left_by_platform=left_by_platform, sent_at=AT + timedelta(days))
    assert back(world, mail, dsn()) == BOUNCED
    assert Suppression.unscoped.get().everywhere is False  # unscoped: as above


@pytest.mark.django_db
def test_a_mail_that_waits_is_not_ended_by_a_bounce(world: World, post: MailServer) -> None:
    mail = write(world)
    OutboxMail.unscoped.filter(id=mail.id).update(state="queued")  # unscoped: as above
    assert back(world, mail, dsn()) == BOUNCED
    mail.refresh_from_db()
    assert mail.state == "queued"


@pytest.mark.django_db
def test_a_complaint_holds_for_the_brand_alone(world: World, post: MailServer) -> None:
    back(world, write(world), arf())
    assert entries("mail.complained") == ["mail.complained"]
    assert write(world, "again", account_id=world.elan.id).state == "withheld"
    assert write(world, "theirs", account_id=world.bakery.id).state == "sent"


@pytest.mark.django_db
def test_a_report_to_an_invented_address_changes_nothing(world: World, post: MailServer) -> None:
    mail = write(world)
    with platform_scope("as the receiver"):
        forged = return_to(mail.id, "x.example").replace("b-", "b-0", 1)
        assert accept(address=forged, raw=dsn(), actor=world.actor("vera"), at=AT) is False
    assert not ReturnedMail.unscoped.exists()  # unscoped: as above
    assert not Suppression.unscoped.exists()  # unscoped: as above


def hook_url(world: World, word: str = "") -> str:
    salt = Server.unscoped.get().hook_salt  # unscoped: as above
    return f"/hooks/mail/{world.rosa.ref}/{word or hook_word(world.rosa.ref, salt)}/"


@pytest.mark.django_db
def test_a_provider_tells_of_its_own_accounts_mail_only(world: World, post: MailServer) -> None:
    mine, theirs = write(world), write(world, "theirs", account_id=world.bakery.id)
    write(world, "newer")
    for each, number in ((mine, "m"), (theirs, "other")):
        OutboxMail.unscoped.filter(id=each.id).update(provider_id=f"postmark:{number}")  # unscoped: as above
    with world.scope("rosa") as actor:
        set_mail_server(
            account_ref=world.rosa.ref,
            kind=PROVIDER,
            provider="postmark",
            secret="k",
            selectors="pm",
            actor=actor,
            at=AT,
        )
    told = {
        "RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "MessageID": "m", "Email": "carl@example.test",
        "Details": "no such person", "BouncedAt": "2026-03-02T10:00:00Z", "Description": "gone", "ID": 1,
    }  # fmt: skip
    browser = Client(headers={"host": ROSA_HOST})
    url = hook_url(world)
    wrong = hook_url(world, hook_word(world.rosa.ref))
    assert browser.post(wrong, told, content_type="application/json").status_code == 404
    for other in ({"Email": "stranger@example.test"}, {"MessageID": "other"}, {"MessageID": "unheard-of"}):
        assert browser.post(url, {**told, **other}, content_type="application/json").status_code == 204
    assert browser.post(url, b"[", content_type="application/json").status_code == 404
    assert not Suppression.unscoped.exists()  # unscoped: as above
    assert browser.post(url, told, content_type="application/json").status_code == 204
    assert browser.post(url, told, content_type="application/json").status_code == 204
    row = Suppression.unscoped.get()  # unscoped: as above
    assert (row.account_id, row.reason, row.everywhere) == (world.rosa.id, "bounced", False)
    failed = OutboxMail.unscoped.filter(state="failed")  # unscoped: as above
    assert [each.id for each in failed] == [mine.id]  # that very mail, not the newest to the address


@pytest.mark.django_db
@pytest.mark.parametrize("days", [14, 15])
def test_a_provider_tells_of_a_mail_whose_number_was_lost_within_two_weeks(
    world: World, post: MailServer, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    monkeypatch.setattr(mail_hook, "now", lambda: AT + timedelta(days=days))
    with world.scope("rosa") as actor:
        facts = {"kind": PROVIDER, "provider": "postmark", "secret": "k", "selectors": "pm"}
        set_mail_server(account_ref=world.rosa.ref, actor=actor, at=AT, **facts)  # type: ignore[arg-type]  # as above
    rows: dict[str, dict[str, object]] = {
        "elder": {"state": "sent"},
        "unknown": {"state": "unknown"},
        "smtp": {"answer": "2.0.0 Ok: queued as 4D2F"},
        "waits": {"state": "queued"},
        "numbered": {"provider_id": "postmark:other"},
        "ours": {"left_by_platform": True},
    }
    for number, (key, values) in enumerate(rows.items()):
        at = AT + timedelta(seconds=number)
        mail = write(world, key, account_id=world.carl.id, to_email="guest@example.test", at=at)
        OutboxMail.unscoped.filter(id=mail.id).update(**{"left_by_platform": False, **values})  # unscoped: as above
    theirs = write(world, "theirs", account_id=world.bakery.id, to_email="guest@example.test", at=at)
    OutboxMail.unscoped.filter(id=theirs.id).update(left_by_platform=False)  # unscoped: as above
    told = {
        "RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "MessageID": "m", "Email": "Guest@example.test",
        "BouncedAt": "2026-03-02T10:00:00Z", "ID": 1,
    }  # fmt: skip
    browser = Client(headers={"host": ROSA_HOST})
    assert browser.post(hook_url(world), told, content_type="application/json").status_code == 204
    failed = OutboxMail.unscoped.filter(state="failed").values_list("key", flat=True)  # unscoped: as above
    if days > 14:
        assert not Suppression.unscoped.exists()  # unscoped: as above
        assert list(failed) == []
        return
    row = Suppression.unscoped.get()  # unscoped: as above
    assert (row.account_id, row.email, row.everywhere) == (world.rosa.id, "guest@example.test", False)
    assert list(failed) == ["unknown"]  # the newest of those that it may have been


@pytest.mark.django_db
@pytest.mark.parametrize("hook_secret", ["", "sign-KEY"])
def test_a_provider_that_signs_is_not_believed_without(world: World, hook_secret: str) -> None:
    with world.scope("rosa") as actor:
        set_mail_server(
            account_ref=world.rosa.ref, kind=PROVIDER, provider="mailgun", secret="k", selectors="pm",
            hook_secret=hook_secret, actor=actor, at=AT,
        )  # fmt: skip
    url = hook_url(world)
    told: dict[str, dict[str, str]] = {
        "signature": {"token": "t", "timestamp": "1", "signature": "0"},
        "event-data": {"event": "complained"},
    }
    browser = Client(headers={"host": ROSA_HOST})
    assert browser.post(url, told, content_type="application/json").status_code == 404
    seal = hmac.new(hook_secret.encode(), b"1t", hashlib.sha256).hexdigest()
    told["signature"]["signature"] = seal  # what Mailgun itself, or anybody who guesses an empty key, would write
    assert browser.post(url, told, content_type="application/json").status_code == (204 if hook_secret else 404)


@pytest.mark.django_db
def test_resend_is_believed_only_what_it_signs_and_what_is_for_good(world: World, post: MailServer) -> None:
    secret = "whsec_" + base64.b64encode(b"signs-for-resend").decode()
    mail = write(world)
    OutboxMail.unscoped.filter(id=mail.id).update(provider_id="resend:56761188")  # unscoped: as above
    with world.scope("rosa") as actor:
        facts = {"kind": PROVIDER, "provider": "resend", "secret": "re_k", "selectors": "resend", "return_path": "send"}
        set_mail_server(account_ref=world.rosa.ref, hook_secret=secret, actor=actor, at=AT, **facts)  # type: ignore[arg-type]  # as above
    browser, url = Client(headers={"host": ROSA_HOST}), hook_url(world)

    def tell(kind: str, bounce: dict[str, str] | None = None, *, signed_by: str = secret, minutes: int = 0) -> int:
        told = {
            "type": kind,
            "created_at": "2026-03-02T10:00:00Z",
            "data": {"email_id": "56761188", "to": [mail.to_email]},
        }
        if bounce:
            told["data"]["bounce"] = bounce  # type: ignore[index]  # a mapping of mappings
        body, at = json.dumps(told), now() + timedelta(minutes=minutes)
        seal = Webhook(signed_by).sign("msg_1", at.replace(tzinfo=None), body)
        told_by = {"svix-id": "msg_1", "svix-timestamp": str(int(at.timestamp())), "svix-signature": seal}
        return browser.post(url, body, content_type="application/json", headers=told_by).status_code

    gone = {"type": "Permanent", "message": "The recipient's email provider sent a hard bounce message"}
    full = {"type": "Transient", "message": "The provider sent a bounce message because the recipient's inbox was full"}
    other = "whsec_" + base64.b64encode(b"signs-for-nobody").decode()
    assert tell("email.bounced", gone, signed_by=other) == 404
    assert tell("email.bounced", gone, minutes=-10) == 404  # repeated by somebody who has heard it
    assert browser.post(url, "{}", content_type="application/json").status_code == 404
    assert [tell("email.delivered"), tell("email.bounced", full)] == [204, 204]
    assert not Suppression.unscoped.exists()  # unscoped: as above
    assert tell("email.bounced", gone) == 204
    row = Suppression.unscoped.get()  # unscoped: as above
    assert (row.account_id, row.email, row.reason) == (world.rosa.id, mail.to_email, "bounced")
    with world.scope("rosa") as actor:
        Suppression.unscoped.all().delete()  # unscoped: as above
        for nothing in ("", "whsec_"):
            set_mail_server(account_ref=world.rosa.ref, hook_secret=nothing, actor=actor, at=AT, **facts)  # type: ignore[arg-type]  # as above
    assert tell("email.complained") == 404  # the secret that is kept is none


@pytest.mark.django_db
def test_the_address_of_a_providers_webhook_is_changed_with_an_overlap(world: World) -> None:
    with world.scope("rosa") as actor:
        facts = {"kind": PROVIDER, "provider": "postmark", "secret": "k", "selectors": "pm"}
        set_mail_server(account_ref=world.rosa.ref, actor=actor, at=AT, **facts)  # type: ignore[arg-type]  # as above
        words = [hook_url(world).split("/")[-2]]
        for day in (1, 2):  # the second time before the first was entered at the provider
            renew_hook(account_ref=world.rosa.ref, actor=actor, at=AT + timedelta(day))
            words.append(hook_url(world).split("/")[-2])
        row = Server.objects.select_related("account").get()
        until = AT + timedelta(1) + OVERLAP
        known = [[knows_word(row, word, at=at) for word in words] for at in (until - timedelta(seconds=1), until)]
        assert known == [[True, False, True], [False, False, True]]
        with CaptureQueriesContext(connection) as asked:
            renew_hook(account_ref=world.rosa.ref, actor=actor, at=until)
        row.refresh_from_db()
    assert [knows_word(row, word, at=until) for word in words] == [False, False, True]
    locked = [each["sql"] for each in asked if "FOR UPDATE" in each["sql"]]
    # The account, as whoever saves the server locks it.
    assert ['FROM "account"' in sql for sql in locked] == [True] * connection.features.has_select_for_update
    with world.scope("remo") as actor, pytest.raises(NotFound):
        renew_hook(account_ref=world.rosa.ref, actor=actor, at=AT)
    assert entries("mail_server.hook_renewed") == ["mail_server.hook_renewed"] * 3


@pytest.mark.django_db
def test_the_list_is_kept_by_hand_within_its_rights(world: World, post: MailServer) -> None:
    with world.scope("rosa") as actor:
        ref = suppress_address(email=" Guest@Example.Test ", actor=actor, at=AT)
        with pytest.raises(CannotSuppress, match="already"):
            suppress_address(email="guest@example.test", actor=actor, at=AT)
        for text in ("", "x", "a b@example.test", "a@b\r\nBcc: x", "a@b", "@example.test"):
            with pytest.raises(CannotSuppress, match="email"):
                suppress_address(email=text, actor=actor, at=AT)
        assert [row.email for row in suppressions(actor, email="gue").rows] == ["guest@example.test"]
    with world.scope("remo") as actor:
        assert suppressions(actor).rows == ()
        with pytest.raises(NotFound):
            lift_suppression(ref=ref, actor=actor, at=AT)
    with world.scope("ruth") as actor, pytest.raises(Forbidden):
        suppressions(actor)
    with world.scope("rosa") as actor, pytest.raises(Forbidden):  # the list has no clients to choose from
        suppressions(replace(actor, reach=frozenset({world.carl.id})))
    with world.scope("vera") as actor:
        suppress_address(email="everybody@example.test", actor=actor, at=AT)
        assert [row.email for row in suppressions(actor).rows] == ["everybody@example.test"]
    assert write(world, "e", to_email="Everybody@example.test").state == "withheld"
    assert entries("suppression.added") == ["suppression.added"] * 2
    run_due_jobs(at=AT)


@pytest.mark.django_db
def test_the_pages_show_the_list_and_the_server(world: World) -> None:
    rosa = world.browser("rosa")
    url = f"/reseller/{world.rosa.ref}/suppressed/"
    assert "Nobody is suppressed" in rosa.get(url).content.decode()
    assert rosa.post(url, {"email": "x"}).status_code == 409
    assert rosa.post(url, {"email": "guest@example.test"}).status_code == 302
    page = rosa.get(url).content.decode()
    assert "guest@example.test" in page
    assert "guest@example.test" in rosa.get(url, {"q": "gue\x00st"}).content.decode()
    row = Suppression.unscoped.get()  # unscoped: as above
    assert rosa.post(f"{url}{row.ref}/lift/").status_code == 302
    assert not Suppression.unscoped.exists()  # unscoped: as above
    for account in (world.carl, world.bakery):  # a client's own counts, and its reseller alone can lift it
        suppress(account, "own@example.test", reason="by-hand", at=AT)
    hers, his = (Suppression.unscoped.get(account=each) for each in (world.carl, world.bakery))  # unscoped: as above
    page = rosa.get(url).content.decode()
    assert ["Carl’s Kitchen</bdi>" in page, world.bakery.name in page] == [True, False]
    assert [rosa.post(f"{url}{each.ref}/lift/").status_code for each in (hers, his)] == [302, 404]
    assert Suppression.unscoped.get() == his  # unscoped: as above
    server = f"/reseller/{world.rosa.ref}/senders/server/"
    sent = {"host": "smtp.agency.example", "port": "587", "tls": "starttls", "user": "u", "secret": "CANARY-1"}
    assert "keep the one that is there" not in rosa.get(f"{server}smtp/").content.decode()
    assert rosa.post(f"{server}smtp/", {**sent, "port": "22"}).status_code == 409
    assert rosa.post(f"{server}smtp/", sent).status_code == 302
    shown = (
        rosa.get(f"{server}smtp/").content.decode() + rosa.get(f"/reseller/{world.rosa.ref}/senders/").content.decode()
    )
    assert "smtp.agency.example" in shown
    assert "CANARY" not in shown
    assert "keep the one that is there" in shown
    before = rosa.get(f"{server}provider/").content.decode()
    assert "/hooks/mail/" in before
    assert rosa.post(f"{server}hook/").status_code == 302
    assert "The address before works until" in rosa.get(f"{server}provider/").content.decode()
    assert rosa.post(f"{server}remove/").status_code == 302
    assert world.browser("vera").get(f"/vendor/{world.vendor.ref}/suppressed/").status_code == 200
    # A client has no list and no server: its own people would be told that nobody is on the one that there is.
    for page in ("suppressed/", "senders/server/smtp/"):
        assert world.browser("carl").get(f"/client/{world.carl.ref}/{page}").status_code == 404
