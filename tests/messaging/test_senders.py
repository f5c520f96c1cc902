"""In whose name mail leaves: only in that of a domain that DNS shows to be right, and then aligned (M1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import dkim
import pytest
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.accounts.models import Account
from sublet.branding.dns_gateway import look_up
from sublet.core.answers import Answer
from sublet.core.domains import BREATH
from sublet.core.senders import ACCOUNT, PRODUCT, Need, PublicKey, records
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.foundation.secretbox import unseal
from sublet.messaging import sender_checks
from sublet.messaging.models import DkimKey, OutboxMail, SenderDomain
from sublet.messaging.operations import queue_mail
from sublet.messaging.sender_checks import check_domain, check_due
from sublet.messaging.sender_operations import (
    CannotAddSenderDomain,
    CannotSetSender,
    add_sender_domain,
    change_sender,
    check_sender_domain,
    remove_sender_domain,
    rotate_dkim_key,
    send_test_mail,
)
from sublet.messaging.senders import need_of, way_of
from tests.dns_server import DnsServer, dns_server
from tests.messaging.aligned import Verdict, texts, verdict
from tests.messaging.smtp import Kept, MailServer
from tests.people import AT, World

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DOMAIN = "rosastudio.com"  # a suffix that authheaders knows, and no hyphen, which it does not
BACK = "mail.example.net"  # of the neutral address, to which the agency's return path leads


@pytest.fixture
def dns(settings: SettingsWrapper) -> Iterator[DnsServer]:
    with dns_server({BACK: [("TXT", "v=spf1 ip4:192.0.2.7 -all")]}) as server:
        settings.DNS_RESOLVERS = [server.place]
        yield server


def own(world: World, person: str = "rosa", domain: str = DOMAIN) -> str:
    with world.scope(person) as actor:
        return add_sender_domain(account_ref=actor.account_ref, domain=domain, actor=actor, at=AT)


def domain_of(ref: str) -> SenderDomain:
    return SenderDomain.unscoped.select_related("account__parent").get(ref=ref)  # unscoped: a test looks at everything


def publish(dns: DnsServer, ref: str, *, without: str = "") -> None:
    """Enter what the page shows."""
    row = domain_of(ref)
    keys = list(DkimKey.unscoped.filter(domain=row).exclude(state="resting"))  # unscoped: as above
    for record in records(need_of(row, way_of(row.account), keys)):
        if record.purpose != without:
            dns.zone[record.name] = [(record.kind, record.value)]


def use(world: World, ref: str, identity: str = ACCOUNT, account: Account | None = None, **changes: object) -> None:
    wanted: dict[str, object] = {"domain": ref, "mailboxes": {"": "hello", "fr": "pas-repondre"}, **changes}
    with world.scope("rosa") as actor:
        account_ref = (account or world.rosa).ref
        change_sender(account_ref=account_ref, identity=identity, changes=wanted, actor=actor, at=AT)  # type: ignore[arg-type]  # a test's own mixture


def look(world: World, ref: str, at: timedelta = MINUTE) -> str:
    with platform_scope("the schedule's own"):
        check_domain(ref, actor=world.actor("rosa"), at=AT + at)
    return domain_of(ref).state


def write(world: World, key: str = "k", language: str = "en", **more: object) -> OutboxMail:
    facts: dict[str, object] = {
        "template": "test-welcome", "account_id": world.carl.id, "to_email": "carl@example.test", "to_name": "Carl",
        "language": language, "context": {"name": "Carl", "note": "n", "url": "https://rosa.localhost/x", "hours": 2},
        "key": key, "actor": world.actor("rosa"), "at": AT,
    }  # fmt: skip
    queue_mail(**{**facts, **more})  # type: ignore[arg-type]  # as above
    run_due_jobs(at=AT + MINUTE)
    return OutboxMail.unscoped.get(key=key)  # unscoped: as above


def events() -> list[str]:
    return list(JournalEntry.unscoped.order_by("id").values_list("event", flat=True))  # unscoped: as above


@pytest.fixture
def proved(world: World, dns: DnsServer) -> str:
    """Rosa's domain, right in DNS and used for account mail."""
    ref = own(world)
    publish(dns, ref)
    use(world, ref)
    assert look(world, ref) == "proved"
    return ref


def test_a_proved_domain_signs_and_is_aligned_by_dkim_and_by_spf(
    world: World, dns: DnsServer, post: MailServer, proved: str
) -> None:
    row = write(world)
    [kept] = post.kept
    assert kept.message["From"].addresses[0].addr_spec == "hello@rosastudio.com"
    assert kept.message["Message-ID"] == row.message_id == f"<{row.id}@rosastudio.com>"
    assert kept.sender == f"b-{row.id.hex}-{kept.sender[35:55]}@bounce.rosastudio.com"
    assert b"localhost" not in kept.content.split(b"\r\n\r\n")[0]
    assert verdict(kept, dns, allowed="ip4:192.0.2.7") == Verdict(DOMAIN, "bounce.rosastudio.com", "pass", "pass")
    kept.content = kept.content.replace(b"Carl", b"Karl", 1)
    assert verdict(kept, dns, allowed="ip4:192.0.2.7").dkim == ""  # the check would see a forgery
    assert verdict(kept, dns, allowed="ip4:192.0.2.8").spf == ""


@pytest.mark.parametrize("without", ["dkim", "return"])
def test_without_every_record_the_name_stays_and_the_address_is_neutral(
    world: World, dns: DnsServer, post: MailServer, without: str
) -> None:
    ref = own(world)
    publish(dns, ref, without=without)
    use(world, ref, name="Studio Rosa", reply_to="ciao@rosastudio.com")
    assert look(world, ref) == "pending"
    write(world)
    [kept] = post.kept
    assert str(kept.message["From"]) == "Studio Rosa <no-reply@mail.example.net>"
    assert kept.message["Reply-To"] == "ciao@rosastudio.com"
    assert (kept.sender, kept.message["DKIM-Signature"]) == ("no-reply@mail.example.net", None)


def test_a_lost_proof_falls_back_by_itself_even_for_mail_that_waits_and_is_told_once(
    world: World, dns: DnsServer, post: MailServer, proved: str
) -> None:
    queue_mail(
        template="test-welcome", account_id=world.rosa.id, to_email="r@example.test", to_name="", language="en",
        context={"name": "R", "note": "", "url": "https://rosa.localhost/", "hours": 1}, key="waits",
        actor=world.actor("rosa"), at=AT,
    )  # fmt: skip
    key = next(name for name, [(_kind, value)] in dns.zone.items() if value.startswith("v=DKIM1; k=rsa"))
    del dns.zone[key]
    assert look(world, proved, DAY) == look(world, proved, 2 * DAY) == "lost"
    run_due_jobs(at=AT + 2 * DAY)
    run_due_jobs(at=AT + 2 * DAY)
    by_key = {str(each.message["To"]): str(each.message["From"]) for each in post.kept}
    assert by_key["r@example.test"] == "Rosa Web Studio <no-reply@mail.example.net>"
    told = OutboxMail.unscoped.filter(template="sender-lost")  # unscoped: as above
    assert [mail.to_email for mail in told] == ["rosa@example.test"]
    assert "rosastudio.com" in told[0].subject
    assert [each for each in events() if each.startswith("sender_domain.")] == [
        "sender_domain.added", "sender_domain.proved", "sender_domain.lost",
    ]  # fmt: skip
    publish(dns, proved)
    assert look(world, proved, 3 * DAY) == "proved"


def test_a_click_while_a_look_is_under_way_is_not_lost(
    world: World, dns: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look has asked before the records were set; its job is in the way of another of the same name."""
    ref = own(world)
    asked: list[str] = []

    def slow(name: str, kind: str) -> Answer:
        found = look_up(name, kind)
        if not asked:
            publish(dns, ref)
            with world.scope("rosa") as actor:
                check_sender_domain(ref=ref, actor=actor, at=AT + timedelta(seconds=1))
        asked.append(name)
        return found

    monkeypatch.setattr(sender_checks, "look_up", slow)
    assert run_due_jobs(at=AT) == 1
    assert domain_of(ref).state == "pending"
    assert run_due_jobs(at=AT + BREATH) == 1
    assert domain_of(ref).state == "proved"
    assert run_due_jobs(at=AT + 4 * BREATH) == 0


def test_the_page_follows_a_look_by_itself_and_stops(world: World, dns: DnsServer) -> None:
    ref = own(world)
    SenderDomain.unscoped.update(check_asked_at=now())  # unscoped: as above
    page = f"/reseller/{world.rosa.ref}/senders/domains/{ref}/"
    rosa = world.browser("rosa")
    assert f'hx-get="{page}state/" hx-trigger="every 1s"' in rosa.get(page).content.decode()
    assert rosa.get(f"{page}state/").status_code == 204
    SenderDomain.unscoped.update(check_asked_at=now() - MINUTE)  # unscoped: as above
    late = rosa.get(page).content.decode()
    assert "every 1s" not in late
    assert "is still to come" in late
    SenderDomain.unscoped.update(checked_at=now())  # unscoped: as above
    done = rosa.get(f"{page}state/")
    assert (done.status_code, done["HX-Refresh"]) == (200, "true")
    assert "every 1s" not in rosa.get(page).content.decode()
    assert world.browser("remo").get(f"/reseller/{world.remo.ref}/senders/domains/{ref}/state/").status_code == 404


def test_a_dns_that_does_not_answer_loses_no_proof_for_a_week(world: World, dns: DnsServer, proved: str) -> None:
    dns.fail.add("*")
    assert look(world, proved, DAY) == "proved"
    assert domain_of(proved).next_check_at < AT + 2 * DAY
    assert look(world, proved, 9 * DAY) == "lost"


def test_each_field_is_inherited_on_its_own_and_the_two_identities_do_not_mix(
    world: World, dns: DnsServer, post: MailServer, proved: str
) -> None:
    use(world, proved, PRODUCT, mailboxes={"": "app"}, name="The product")
    use(world, "", ACCOUNT, world.carl, mailboxes={}, name="Carl’s Kitchen", domain="")
    write(world, "a", language="fr")
    write(world, "p", identity=PRODUCT)
    account, product = (each.message for each in post.kept)
    assert str(account["From"]) == "Carl’s Kitchen <pas-repondre@rosastudio.com>"
    assert str(product["From"]) == "The product <app@rosastudio.com>"


def test_a_client_that_was_moved_writes_no_more_in_the_name_of_the_reseller_before(
    world: World, dns: DnsServer, post: MailServer, proved: str
) -> None:
    use(world, proved, ACCOUNT, world.carl, mailboxes={"": "carl"})
    write(world, "before")
    world.carl.__class__.unscoped.filter(id=world.carl.id).update(parent=world.remo.id)  # unscoped: a move, played
    write(world, "after")
    froms = [kept.message["From"].addresses[0].addr_spec for kept in post.kept]
    assert froms == ["carl@rosastudio.com", "no-reply@mail.example.net"]


def test_a_new_key_signs_once_it_is_seen_and_the_old_one_rests(
    world: World, dns: DnsServer, post: MailServer, proved: str
) -> None:
    old = DkimKey.unscoped.get(algorithm="rsa")  # unscoped: as above
    with world.scope("rosa") as actor:
        rotate_dkim_key(ref=proved, actor=actor, at=AT)
        with pytest.raises(CannotAddSenderDomain, match="rotating"):
            rotate_dkim_key(ref=proved, actor=actor, at=AT)
    assert look(world, proved, DAY) == "proved"
    write(world, "before")
    publish(dns, proved)
    assert look(world, proved, DAY) == "proved"
    write(world, "after")
    before, after = (verdict(each, dns, allowed="ip4:192.0.2.7") for each in post.kept)
    assert before == after == Verdict(DOMAIN, "bounce.rosastudio.com", "pass", "pass")
    assert [f"s={old.selector};" in str(each.message["DKIM-Signature"]) for each in post.kept] == [True, False]
    assert {key.state for key in DkimKey.unscoped.all()} == {"active", "resting"}  # unscoped: as above
    look(world, proved, 9 * DAY)
    assert not DkimKey.unscoped.filter(selector=old.selector).exists()  # unscoped: as above


def signatures(kept: Kept, dns: DnsServer) -> list[str]:
    """The algorithms of the signatures that a receiver finds right, in order; all of them must be."""
    message = dkim.DKIM(kept.content)
    count = kept.content.split(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    assert all(
        message.verify(idx=each, dnsfunc=lambda name, timeout=5: texts(dns, name.decode())[0]) for each in range(count)
    )
    return re.findall(r"a=([a-z0-9-]+);", kept.content.decode())[:count]


def test_mail_is_signed_by_ed25519_too_while_its_record_is_there(
    world: World, dns: DnsServer, post: MailServer, proved: str
) -> None:
    newer = DkimKey.unscoped.get(algorithm="ed25519")  # unscoped: as above
    name, both = f"{newer.selector}._domainkey.{DOMAIN}", ["rsa-sha256", "ed25519-sha256"]
    write(world, "both")
    record = dns.zone.pop(name)
    assert look(world, proved, DAY) == "proved"  # nothing hangs on it
    advice = [(each["code"], each["name"]) for each in domain_of(proved).findings if not each["blocks"]]
    assert advice[0] == ("dkim-missing", name)
    write(world, "one")
    dns.zone[name] = record
    look(world, proved, 2 * DAY)
    write(world, "again")
    with world.scope("rosa") as actor:
        rotate_dkim_key(ref=proved, actor=actor, at=AT)
    publish(dns, proved)
    look(world, proved, 3 * DAY)
    write(world, "rotated")
    assert [signatures(each, dns) for each in post.kept] == [both, ["rsa-sha256"], both, both]
    assert verdict(post.kept[-1], dns, allowed="ip4:192.0.2.7").dkim == DOMAIN
    assert f"s={newer.selector};".encode() not in post.kept[-1].content


def test_a_private_key_is_sealed_and_in_no_entry(world: World, dns: DnsServer) -> None:
    own(world)
    key = DkimKey.unscoped.get(algorithm="rsa")  # unscoped: as above
    assert "PRIVATE" not in key.private_box
    assert "PRIVATE KEY" in unseal(key.private_box)
    assert "PRIVATE" not in str([entry.data for entry in JournalEntry.unscoped.all()])  # unscoped: as above


def test_the_schedule_looks_at_what_is_due_and_daily_at_what_stands(world: World, dns: DnsServer, proved: str) -> None:
    actor = world.actor("rosa")
    with platform_scope("the schedule's own"):
        assert check_due(actor=actor, at=AT + 2 * MINUTE) == 0
        assert check_due(actor=actor, at=AT + DAY + 2 * MINUTE) == 1
        assert check_due(actor=actor, at=AT + DAY + 3 * MINUTE) == 0  # it waits in the queue
    run_due_jobs(at=AT + DAY + 4 * MINUTE)
    assert SenderDomain.unscoped.get().checked_at == AT + DAY + 4 * MINUTE  # unscoped: as above


@pytest.mark.parametrize(
    "typed", ["", "agency", "a b.example", "rosa.localhost", "vendor.localhost", "1.2.3.4", "a.example\nx", "x" * 300]
)
def test_what_becomes_no_sender_domain(world: World, typed: str) -> None:
    with world.scope("rosa") as actor, pytest.raises(CannotAddSenderDomain):
        add_sender_domain(account_ref=world.rosa.ref, domain=typed, actor=actor, at=AT)


HOSTILE = [
    "x\r\nBcc: e@example.test",
    "x\nBcc: e",
    "x\x00y",
    "x\u2028Bcc: e",
    "x" * 10_000,
    "\u202egnp",
    "=?utf-8?q?a?=",
]


def test_nothing_that_is_typed_becomes_a_header(world: World, dns: DnsServer, post: MailServer, proved: str) -> None:
    """M3, for the fields of senders: name, mailbox, Reply-To."""
    for number, text in enumerate(HOSTILE):
        typed(world, dns, post, proved, text, f"k{number}")


def typed(world: World, dns: DnsServer, post: MailServer, proved: str, text: str, key: str) -> None:
    changed: tuple[dict[str, object], ...] = (
        {"mailboxes": {"": text}}, {"reply_to": f"{text}@example.test"}, {"reply_to": f"a@{text}"},
    )  # fmt: skip
    for changes in changed:
        with pytest.raises(CannotSetSender):
            use(world, proved, **changes)  # type: ignore[arg-type]  # as above
    if len(text) < 100:
        use(world, proved, name=text)
        write(world, key)
        kept = post.kept[-1]
        assert kept.message["Bcc"] is None
        assert len(kept.message["From"].addresses) == 1
        assert verdict(kept, dns, allowed="ip4:192.0.2.7").dkim == DOMAIN
    else:
        with pytest.raises(CannotSetSender, match="name-long"):
            use(world, proved, name=text)


def test_another_tenants_domain_and_account_are_not_there(world: World, dns: DnsServer) -> None:
    theirs = own(world, "remo", "remo.example")
    with pytest.raises(CannotSetSender, match="domain"):
        use(world, theirs)
    with world.scope("rosa") as actor:
        for act in (remove_sender_domain, rotate_dkim_key):
            with pytest.raises(NotFound):
                act(ref=theirs, actor=actor, at=AT)
        with pytest.raises(NotFound):
            add_sender_domain(account_ref=world.bakery.ref, domain="x.example", actor=actor, at=AT)
    with world.scope("ruth") as actor, pytest.raises(Forbidden):
        add_sender_domain(account_ref=world.rosa.ref, domain="x.example", actor=actor, at=AT)


def test_two_accounts_may_ask_for_one_domain_and_each_needs_its_own_key(
    world: World, dns: DnsServer, proved: str
) -> None:
    theirs = own(world, "remo")
    assert look(world, theirs) == "pending"


def test_a_test_mail_goes_to_its_reader_in_either_identity(world: World, post: MailServer, dns: DnsServer) -> None:
    with world.scope("rosa") as actor:
        for identity in (ACCOUNT, PRODUCT):
            send_test_mail(
                account_ref=world.carl.ref, identity=identity, to_email="rosa@example.test", language="it",
                actor=actor, at=AT,
            )  # fmt: skip
    run_due_jobs(at=AT + MINUTE)
    assert [str(kept.message["To"]) for kept in post.kept] == ["Rosa Ricci <rosa@example.test>"] * 2
    assert set(OutboxMail.unscoped.values_list("identity", flat=True)) == {ACCOUNT, PRODUCT}  # unscoped: as above


def test_removing_a_domain_leaves_no_key_and_no_address(
    world: World, dns: DnsServer, post: MailServer, proved: str
) -> None:
    with world.scope("rosa") as actor:
        remove_sender_domain(ref=proved, actor=actor, at=AT)
    write(world)
    assert post.kept[0].sender == "no-reply@mail.example.net"
    assert not DkimKey.unscoped.exists()  # unscoped: as above
    assert Need("a.example", "platform", (PublicKey("s", "p"),)).return_path == "bounce.a.example"
