"""Webhooks: heard by whom they may be, signed so that others can tell, sent again for three days, never at others' cost."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from unittest.mock import patch

import playwright
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings as SettingsWrapper
from standardwebhooks import Webhook, WebhookVerificationError

from sublet.accounts.events import AccountResumed, AccountSuspended, TagsChanged
from sublet.core.rights import Rights
from sublet.foundation import outbound
from sublet.foundation.actor import Impersonator
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.operations import record, record_many
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.foundation.secretbox import CannotOpen, seal, unseal
from sublet.messaging import webhook_delivery, webhook_spread
from sublet.messaging.models import Delivery, OutboxMail, WebhookEndpoint
from sublet.messaging.webhook_operations import (
    CannotSetUpWebhook,
    NewWebhook,
    change_webhook,
    create_webhook,
    remove_webhook,
    replay_delivery,
    replay_failed,
    rotate_webhook_secret,
    send_test_event,
    switch_webhook,
)
from sublet.messaging.webhook_queries import deliveries_of, webhook_of_account, webhooks_of_account
from tests.people import AT, World
from tests.servers import HttpServer, http_server

HERE = Path(__file__).resolve().parent
NODE = Path(playwright.__file__).parent / "driver" / "node"


@pytest.fixture(autouse=True)
def listed(settings: SettingsWrapper) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]


@pytest.fixture
def receiver() -> Iterator[HttpServer]:
    with http_server() as running:
        yield running


def listen(world: World, who: str, url: str, *groups: str) -> NewWebhook:
    with world.scope(who) as actor:
        return create_webhook(name="Shop", url=url, groups=groups, actor=actor, at=AT)


def happen(world: World, event: Event, account: str = "carl", by: str = "rosa", at: datetime = AT) -> JournalEntry:
    with world.scope(by) as actor, transaction.atomic():
        about = getattr(world, account)
        return record(event, account_id=about.id, parent_id=about.parent_id, actor=actor, at=at, reason="late")


def suspended(name: str = "Carl’s Kitchen") -> AccountSuspended:
    return AccountSuspended(ref="acc_x", name=name)


def send(world: World, at: datetime = AT) -> None:
    with platform_scope("the job that sends"):
        webhook_delivery.send_due(actor=world.actor("vera"), now=lambda: at)


def deliveries() -> list[Delivery]:
    return list(Delivery.unscoped.exclude(event__startswith="webhook.").order_by("id"))


# Who hears of what ----------------------------------------------------------------------------------------------------


def test_an_event_is_heard_by_its_account_and_those_above(world: World) -> None:
    for who in ("vera", "rosa", "remo", "carl", "dora"):
        listen(world, who, f"https://{who}.example/")
    entry = happen(world, suspended())
    heard = {row.endpoint.account.name: json.loads(row.body) for row in deliveries()}
    assert set(heard) == {world.vendor.name, world.rosa.name, world.carl.name}
    assert {row.entry_id for row in deliveries()} == {entry.id}
    told = {
        "type": "account.suspended",
        "timestamp": AT.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "data": {
            "entry": str(entry.id),
            "account": world.carl.ref,
            "actor": {"name": "Rosa Ricci", "impersonator": "", "via": "web"},
            "reason": "late",
            "details": {"ref": "acc_x", "name": "Carl’s Kitchen"},
        },
    }
    assert heard[world.rosa.name] == told
    # Why is the reseller's own note: a client reads it no more here than on its pages.
    told["data"] |= {"reason": ""}  # type: ignore[operator]  # the dictionary above
    assert heard[world.carl.name] == told


def test_nobody_below_hears_who_of_the_vendor_did_something(world: World) -> None:
    for who in ("vera", "rosa", "carl"):
        listen(world, who, f"https://{who}.example/")
    happen(world, suspended(), by="vera")
    told = {row.endpoint.account.kind: json.loads(row.body)["data"] for row in deliveries()}
    assert told["vendor"]["actor"]["name"] == "Vera Voss"
    assert told["vendor"]["reason"] == "late"
    for kind in ("reseller", "client"):
        assert (told[kind]["actor"]["name"], told[kind]["reason"]) == ("", "")


def test_what_the_reseller_does_for_itself_is_not_heard_by_its_client(world: World) -> None:
    for who in ("rosa", "carl"):
        listen(world, who, f"https://{who}.example/")
    happen(world, TagsChanged(ref="acc_x", name="Carl", added=["pays-late"], removed=[]))
    assert [row.endpoint.account.kind for row in deliveries()] == ["reseller"]


def test_a_webhook_hears_its_groups_and_its_reach_only(world: World) -> None:
    confined = replace(world.actor("rosa"), reach=frozenset({world.carl.id}))
    with actor_scope(confined):
        create_webhook(name="Confined", url="https://a.example/", actor=confined, at=AT)
    listen(world, "rosa", "https://b.example/", "people")
    for account in ("carl", "elan", "rosa"):
        happen(world, suspended(), account=account)
    assert {row.endpoint.name for row in deliveries()} == {"Confined"}
    assert sorted(json.loads(row.body)["data"]["account"] for row in deliveries()) == sorted(
        [world.carl.ref, world.rosa.ref]
    )


def test_nothing_is_heard_of_what_was_taken_back(world: World) -> None:
    listen(world, "rosa", "https://rosa.example/")
    with world.scope("rosa") as actor, transaction.atomic():
        record(suspended(), account_id=world.carl.id, parent_id=world.rosa.id, actor=actor, at=AT)
        assert len(deliveries()) == 1
        transaction.set_rollback(True)
    assert deliveries() == []


def test_many_entries_at_once_are_heard_one_by_one(world: World) -> None:
    listen(world, "rosa", "https://rosa.example/")
    with world.scope("rosa") as actor, transaction.atomic():
        about = [
            (account.id, AccountResumed(ref="acc_x", name=account.name))
            for account in (world.carl, world.elan, world.zorba)
        ]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            record_many(about, actor=actor, at=AT, parent_id=world.rosa.id)
    assert [json.loads(row.body)["data"]["details"]["name"] for row in deliveries()] == [
        world.carl.name, world.elan.name, world.zorba.name,
    ]  # fmt: skip
    assert len({row.entry_id for row in deliveries()}) == 3
    assert len(asked) <= 8


def test_where_nobody_listens_a_write_asks_once(world: World) -> None:
    listen(world, "remo", "https://remo.example/")
    with world.scope("rosa") as actor, transaction.atomic(), CaptureQueriesContext(connection) as asked:
        record(
            AccountResumed(ref="acc_x", name="Carl"),
            account_id=world.carl.id,
            parent_id=world.rosa.id,
            actor=actor,
            at=AT,
        )
    assert len([query for query in asked if "webhook" in query["sql"]]) == 1


# What is sent ---------------------------------------------------------------------------------------------------------


def verified_by_npm(secret: str, headers: dict[str, str], body: str) -> dict[str, object]:
    """What the npm library `standardwebhooks` makes of it, in the node that Playwright brings."""
    script = (
        'const {Webhook} = require("standardwebhooks"); const {secret, headers, body} = JSON.parse(require("fs")'
        ".readFileSync(0)); process.stdout.write(JSON.stringify(new Webhook(secret).verify(body, headers)));"
    )
    given = json.dumps({"secret": secret, "headers": headers, "body": body})
    environment = {**os.environ, "NODE_PATH": str(HERE / "npm")}
    done = subprocess.run(
        [NODE, "-e", script], input=given, capture_output=True, text=True, timeout=30, env=environment, check=False
    )
    if done.returncode:
        raise WebhookVerificationError(done.stderr)
    return json.loads(done.stdout)  # type: ignore[no-any-return]  # an object, by the library's promise


def test_others_can_verify_what_is_sent(world: World, receiver: HttpServer) -> None:
    """By the PyPI and the npm library; during a rotation with either secret; and not when a byte is changed."""
    from sublet.foundation.clock import now  # the libraries look at the machine's clock

    made = listen(world, "rosa", receiver.url + "hook?x=1")
    with world.scope("rosa") as actor:
        new = rotate_webhook_secret(webhook_ref=made.ref, overlap=timedelta(days=1), actor=actor, at=now())
    entry = happen(world, suspended())
    send(world, at=now())
    asked = next(each for each in receiver.asked if b"account.suspended" in each.body)
    headers = {name.lower(): value for name, value in asked.headers.items()}
    body = asked.body.decode()
    assert (asked.method, asked.path, headers["content-type"]) == ("POST", "/hook?x=1", "application/json")
    assert headers["webhook-id"] == str(entry.id)
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (made.secret, new.secret):
        assert Webhook(secret).verify(body, headers)["type"] == "account.suspended"
        assert verified_by_npm(secret, headers, body)["type"] == "account.suspended"
    with pytest.raises(WebhookVerificationError):
        Webhook(new.secret).verify(body.replace("Carl", "Karl"), headers)
    with pytest.raises(WebhookVerificationError):
        verified_by_npm(new.secret, headers, body.replace("Carl", "Karl"))
    for name, value in asked.headers.items():
        assert "sublet" not in f"{name}{value}".lower()


def test_the_old_secret_signs_until_its_end_only(world: World, receiver: HttpServer) -> None:
    made = listen(world, "rosa", receiver.url)
    with world.scope("rosa") as actor:
        rotate_webhook_secret(webhook_ref=made.ref, overlap=timedelta(hours=1), actor=actor, at=AT)
    later = AT + timedelta(hours=1)
    happen(world, suspended(), at=later)
    send(world, at=later)
    assert len(receiver.asked[-1].headers["webhook-signature"].split()) == 1


def test_whoever_rotates_twice_keeps_the_secret_that_is_in_use(world: World, receiver: HttpServer) -> None:
    """Which secret the receiver verifies by, nobody here knows: each signs until the end that was promised for it."""
    first = listen(world, "rosa", receiver.url)
    later = AT + timedelta(hours=1)
    with world.scope("rosa") as actor:
        second = rotate_webhook_secret(webhook_ref=first.ref, overlap=timedelta(days=2), actor=actor, at=AT)
        third = rotate_webhook_secret(webhook_ref=first.ref, overlap=timedelta(days=1), actor=actor, at=later)
        assert webhook_of_account(actor, first.ref, at=later).old_until == AT + timedelta(days=2)
    verified = {}
    for at in (later, AT + timedelta(days=1, hours=1), AT + timedelta(days=2)):
        happen(world, suspended(), at=at)
        send(world, at=at)
        asked = receiver.asked[-1]
        signatures = asked.headers["webhook-signature"].split()
        number, body = asked.headers["webhook-id"], asked.body.decode()
        verified[at] = [
            Webhook(each.secret).sign(msg_id=number, timestamp=at, data=body) in signatures
            for each in (first, second, third)
        ]
        assert len(signatures) == sum(verified[at])
    assert list(verified.values()) == [[True, True, True], [True, False, True], [False, False, True]]


def test_without_overlap_every_secret_before_ends_and_there_is_a_most(world: World, receiver: HttpServer) -> None:
    made = listen(world, "rosa", receiver.url)
    with world.scope("rosa") as actor:
        for _again in range(4):
            rotate_webhook_secret(webhook_ref=made.ref, overlap=timedelta(days=1), actor=actor, at=AT)
        with pytest.raises(CannotSetUpWebhook) as refusal:
            rotate_webhook_secret(webhook_ref=made.ref, overlap=timedelta(days=1), actor=actor, at=AT)
        assert (refusal.value.code, refusal.value.field) == ("secrets-many", "overlap")
        assert refusal.value.sentence.startswith("5 secrets sign")
        rotate_webhook_secret(webhook_ref=made.ref, overlap=timedelta(), actor=actor, at=AT)
    happen(world, suspended())
    send(world)
    assert len(receiver.asked[-1].headers["webhook-signature"].split()) == 1


def test_secrets_are_sealed_with_a_key_outside_the_database(world: World, settings: SettingsWrapper) -> None:
    made = listen(world, "rosa", "https://rosa.example/")
    row = WebhookEndpoint.unscoped.get()
    stored = str(row.__dict__) + "".join(str(entry.data) for entry in JournalEntry.unscoped.all())
    assert made.secret not in stored
    assert unseal(row.secret_box) == made.secret
    settings.ENCRYPTION_KEYS = ["n" * 40]
    assert unseal(seal("x")) == "x"
    assert unseal(row.secret_box) == made.secret  # an older key still opens
    settings.SECRET_KEY = "another one, as long as it has to be, for this test alone"
    with pytest.raises(CannotOpen):
        unseal(row.secret_box)


# What becomes of it (W6) ----------------------------------------------------------------------------------------------


def test_what_is_taken_is_sent_once(world: World, receiver: HttpServer) -> None:
    listen(world, "rosa", receiver.url, "accounts")
    receiver.status, receiver.body = 202, b"<b>taken</b>\x00"
    happen(world, suspended())
    send(world)
    send(world, at=AT + timedelta(days=1))
    (row,) = deliveries()
    assert (row.state, row.attempts, row.code, row.answer) == ("done", 1, 202, "<b>taken</b>\ufffd")
    assert (row.next_at, row.error) == (None, "")
    assert len(receiver.asked) == 1


@pytest.mark.parametrize("status", [301, 400, 500, 503])
def test_what_is_not_taken_is_sent_again_for_three_days_then_off(
    world: World, receiver: HttpServer, status: int
) -> None:
    made = listen(world, "rosa", receiver.url, "accounts")
    receiver.status, receiver.headers = status, {"Location": "http://127.0.0.1:1/"}
    happen(world, suspended())
    at, attempts = AT, 0
    while (row := deliveries()[0]).next_at is not None:
        at = max(row.next_at, row.endpoint.busy_until or at)
        send(world, at=at)
        attempts += 1
    assert attempts == row.attempts == len(receiver.asked) == 10
    assert timedelta(hours=71) < at - AT < timedelta(hours=72)
    assert len({asked.headers["webhook-id"] for asked in receiver.asked}) == 1
    assert len({asked.body for asked in receiver.asked}) == 1
    assert (row.state, row.code) == ("failed", status)
    with world.scope("rosa") as actor:
        shown = webhook_of_account(actor, made.ref, at=at)
    assert (shown.state, shown.off_reason, shown.off_at) == ("off", "failing", at)
    gave_up = JournalEntry.unscoped.get(event="webhook.gave_up")
    assert (gave_up.account_id, gave_up.data["why"]) == (world.rosa.id, "failing")
    happen(world, suspended(), at=at)
    assert len(deliveries()) == 1  # off: it hears of nothing


@pytest.mark.parametrize("by_person", [False, True])
def test_that_one_is_off_is_told_to_others_at_once_and_does_not_wait_for_it(
    world: World, receiver: HttpServer, by_person: bool
) -> None:
    """Nothing about its own end waits at a webhook that is off, to arrive weeks later."""
    made, other = listen(world, "rosa", receiver.url + "gone"), listen(world, "rosa", receiver.url + "other")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(410 if handler.path == "/gone" else 204)
        handler.end_headers()

    receiver.answer = answer
    if by_person:
        with world.scope("rosa") as actor:
            switch_webhook(webhook_ref=made.ref, on=False, actor=actor, at=AT)
    else:
        happen(world, suspended())
    send(world)
    assert not Delivery.unscoped.filter(state=Delivery.State.WAITING).exists()
    event = "webhook.switched_off" if by_person else "webhook.gave_up"
    assert [row.endpoint.ref for row in Delivery.unscoped.filter(event=event)] == [other.ref]
    if not by_person:
        run_due_jobs(at=AT)
        told = OutboxMail.unscoped.filter(template="webhook-gone").values_list("to_email", flat=True)
        assert list(told) == ["rosa@example.test"]


def test_on_again_and_what_failed_is_replayed(world: World, receiver: HttpServer) -> None:
    made = listen(world, "rosa", receiver.url, "accounts")
    receiver.status = 410  # gone: off at once
    first, second = happen(world, suspended()), happen(world, suspended(), account="elan")
    send(world)
    assert sorted(row.state for row in deliveries()) == ["failed", "failed"]
    later = AT + timedelta(hours=1)
    with world.scope("rosa") as actor:
        with pytest.raises(CannotSetUpWebhook) as refusal:
            replay_failed(webhook_ref=made.ref, since=AT, actor=actor, at=later)
        assert refusal.value.code == "off"
        switch_webhook(webhook_ref=made.ref, on=True, actor=actor, at=later)
        receiver.status = 200
        assert replay_failed(webhook_ref=made.ref, since=later, actor=actor, at=later) == 0
        assert replay_failed(webhook_ref=made.ref, since=AT, actor=actor, at=later) == 2
        send(world, at=later)
        assert {row.state for row in deliveries()} == {"done"}
        again = next(row for row in deliveries() if row.entry_id == first.id)
        replay_delivery(webhook_ref=made.ref, delivery_id=str(again.id), actor=actor, at=later)
        with pytest.raises(CannotSetUpWebhook) as refusal:
            replay_delivery(webhook_ref=made.ref, delivery_id=str(again.id), actor=actor, at=later)
        assert refusal.value.code == "waiting"
    send(world, at=later)
    ids = [asked.headers["webhook-id"] for asked in receiver.asked[1:]]
    assert sorted(ids) == sorted([str(first.id), str(second.id), str(first.id)])


@pytest.mark.parametrize(
    ("answer", "error"), [("slow", "slow"), ("dead", "unreachable"), ("inside", "refused-address")]
)
def test_why_there_was_no_answer_is_told(
    world: World, receiver: HttpServer, settings: SettingsWrapper, answer: str, error: str
) -> None:
    enough = threading.Event()
    receiver.answer = lambda handler: enough.wait(5)  # type: ignore[assignment]  # says nothing
    url = {"dead": "http://127.0.0.1:1/", "slow": receiver.url, "inside": receiver.url}[answer]
    listen(world, "rosa", url, "accounts")
    if answer == "inside":
        settings.OUTBOUND_ALLOW = []
    happen(world, suspended())
    with patch.object(webhook_delivery, "LIMITS", outbound.Limits(total=0.2, size=1024, cut=True)):
        send(world)
    enough.set()
    (row,) = deliveries()
    assert (row.state, row.code, row.error) == ("waiting", None, error)


def test_a_long_answer_is_cut(world: World, receiver: HttpServer) -> None:
    listen(world, "rosa", receiver.url, "accounts")
    receiver.body = b"x" * 500_000
    happen(world, suspended())
    send(world)
    assert deliveries()[0].answer == "x" * 1024
    assert deliveries()[0].state == "done"


def test_those_who_do_not_answer_delay_nobody(world: World, receiver: HttpServer) -> None:
    """Twelve dead receivers hold on to their connections; Remo's events arrive while they still do."""
    enough, arrived = threading.Event(), threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/remo":
            arrived.set()
            handler.send_response(200)
            handler.end_headers()
        else:
            enough.wait(10)

    receiver.answer = answer
    for number in range(12):
        listen(world, "rosa", f"{receiver.url}dead/{number}", "accounts")
    WebhookEndpoint.unscoped.update(failures=1)  # they failed before
    happen(world, suspended())
    listen(world, "remo", receiver.url + "remo", "accounts")
    happen(world, suspended(), account="bakery", by="remo")
    in_time: list[bool] = []

    def release() -> None:
        in_time.append(arrived.wait(5))
        enough.set()

    waiter = threading.Thread(target=release)
    waiter.start()
    send(world)
    waiter.join()
    assert in_time == [True]
    dead = {asked.path for asked in receiver.asked if asked.path.startswith("/dead/")}
    assert len(dead) >= webhook_delivery.IN_PEN
    assert {row.state for row in deliveries() if row.endpoint.account_id == world.remo.id} == {"done"}


def test_an_endpoint_that_fails_again_and_again_is_asked_now_and_then(world: World) -> None:
    listen(world, "rosa", "http://127.0.0.1:1/", "accounts")
    for _ in range(20):
        happen(world, suspended())
    send(world)
    assert sum(row.attempts for row in deliveries()) == 3
    send(world, at=AT + timedelta(seconds=29))
    assert sum(row.attempts for row in deliveries()) == 3
    send(world, at=AT + timedelta(seconds=31))
    assert sum(row.attempts for row in deliveries()) == 4


def test_what_a_killed_process_left_is_taken_up(world: World, receiver: HttpServer) -> None:
    listen(world, "rosa", receiver.url, "accounts")
    happen(world, suspended())
    WebhookEndpoint.unscoped.update(busy_until=AT + webhook_delivery.HELD)
    send(world)
    assert receiver.asked == []
    send(world, at=AT + webhook_delivery.HELD)
    assert len(receiver.asked) == 1


# Setting up -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "url-host"),
        ("example", "url-host"),
        ("ftp://example.com/", "url-scheme"),
        ("http://example.com/", "url-scheme"),
        ("https://me:secret@example.com/", "url-user"),
        ("https://example.com:22/", "url-port"),
        ("https://10.0.0.1/", "url-address"),
        ("https://[::1]/", "url-address"),
        ("https://169.254.169.254/latest", "url-address"),
        ("https://localhost/", "url-address"),
        ("https://localhost./", "url-address"),
        ("https://2130706433/", "url-host"),
        ("https://exa mple.com/", "url-host"),
        ("https://example.com:port/", "url-host"),
        ("https://example.com/" + "x" * 500, "url-long"),
    ],
)
def test_addresses_that_cannot_be_told_are_refused_at_once(
    world: World, settings: SettingsWrapper, url: str, code: str
) -> None:
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(CannotSetUpWebhook) as refusal:
        listen(world, "rosa", url)
    assert (refusal.value.code, refusal.value.field) == (code, "url")


def test_this_machine_is_told_only_where_it_is_listed_whole(world: World, settings: SettingsWrapper) -> None:
    for listed in (["10.1.0.0/16"], ["127.0.0.0/8"]):  # the name leads to ::1 as well
        settings.OUTBOUND_ALLOW = listed
        with pytest.raises(CannotSetUpWebhook) as refusal:
            listen(world, "rosa", "http://localhost:9000/")
        assert (refusal.value.code, refusal.value.field) == ("url-address", "url")
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8", "::1/128"]
    listen(world, "rosa", "http://localhost:9000/")


def test_plain_http_and_odd_ports_are_for_listed_names_alone(
    world: World, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public name by http would be refused at each delivery, where nobody looks for three days."""
    settings.OUTBOUND_ALLOW = ["10.1.0.0/16"]
    names = {"in.example": ["10.1.2.3"], "out.example": ["8.8.8.8"], "both.example": ["10.1.2.3", "8.8.8.8"]}
    monkeypatch.setattr(outbound, "resolve", lambda host: names.get(host, []))
    for url, code in (
        ("http://out.example/", "url-scheme"),
        ("http://OUT.example./", "url-scheme"),
        ("http://both.example/", "url-scheme"),
        ("https://out.example:9443/", "url-port"),
    ):
        with pytest.raises(CannotSetUpWebhook) as refusal:
            listen(world, "rosa", url)
        assert (refusal.value.code, refusal.value.field) == (code, "url")
    for good in ("http://in.example:9000/", "http://not-yet.example/", "https://out.example/"):
        listen(world, "rosa", good)


def test_groups_that_are_not_ones_own_are_refused(world: World) -> None:
    with pytest.raises(CannotSetUpWebhook) as refusal:
        listen(world, "carl", "https://carl.example/", "mails")
    assert (refusal.value.code, refusal.value.field) == ("group", "groups")
    made = listen(world, "carl", "https://carl.example/", "brand", "use", "plans", "people", "access", "accounts")
    with world.scope("carl") as actor:
        assert webhook_of_account(actor, made.ref, at=AT).groups == ()  # all of them: everything


def test_others_cannot(world: World) -> None:
    made = listen(world, "rosa", "https://rosa.example/")
    for who in ("carl", "remo", "dora", "vera"):
        with world.scope(who) as actor:
            assert webhooks_of_account(actor, at=AT) == ()
            with pytest.raises(NotFound):
                remove_webhook(webhook_ref=made.ref, actor=actor, at=AT)
            with pytest.raises(NotFound):
                deliveries_of(actor, made.ref)
    with world.scope("ruth") as actor, pytest.raises(Forbidden):
        remove_webhook(webhook_ref=made.ref, actor=actor, at=AT)
    without_journal = replace(world.actor("rosa"), rights=Rights.of({"keys": "manage"}))
    with actor_scope(without_journal), pytest.raises(Forbidden):
        create_webhook(name="x", url="https://x.example/", actor=without_journal, at=AT)
    visitor = replace(
        world.actor("rosa"),
        impersonator=Impersonator(user_id=1, name="V", account_id=1, impersonation_ref="imp_x", mode="client"),
    )
    with actor_scope(visitor), pytest.raises(CannotWhileImpersonating):
        rotate_webhook_secret(webhook_ref=made.ref, overlap=timedelta(), actor=visitor, at=AT)


def test_who_reaches_less_cannot_turn_a_webhook_to_itself(world: World) -> None:
    made = listen(world, "rosa", "https://rosa.example/")
    confined = replace(world.actor("rosa"), reach=frozenset({world.carl.id}))
    with actor_scope(confined):
        with pytest.raises(CannotSetUpWebhook) as refusal:
            change_webhook(
                webhook_ref=made.ref, name="Mine", url="https://mine.example/", groups=(), actor=confined, at=AT
            )
        assert refusal.value.code == "beyond-own"
        with pytest.raises(CannotSetUpWebhook):
            rotate_webhook_secret(webhook_ref=made.ref, overlap=timedelta(), actor=confined, at=AT)
        switch_webhook(webhook_ref=made.ref, on=False, actor=confined, at=AT)
    assert WebhookEndpoint.unscoped.get().url == "https://rosa.example/"


def test_a_test_event_goes_to_one_webhook_and_into_no_journal(world: World, receiver: HttpServer) -> None:
    made = listen(world, "rosa", receiver.url)
    listen(world, "rosa", receiver.url + "other", "people")
    before = JournalEntry.unscoped.count()
    with world.scope("rosa") as actor:
        send_test_event(webhook_ref=made.ref, actor=actor, at=AT)
        assert JournalEntry.unscoped.count() == before
        send(world)
        assert deliveries_of(actor, made.ref, state="done").rows[0].event == "webhook.test"
    assert [json.loads(asked.body)["type"] for asked in receiver.asked if b"webhook.test" in asked.body] == [
        "webhook.test"
    ]


def test_old_deliveries_are_forgotten(world: World) -> None:
    listen(world, "rosa", "https://rosa.example/", "accounts")
    happen(world, suspended())
    happen(world, suspended(), at=AT + timedelta(days=20))
    Delivery.unscoped.update(state="done", next_at=None)
    with platform_scope("test"):
        webhook_spread.forget_old(at=AT + timedelta(days=31))
    assert [row.created_at for row in deliveries()] == [AT + timedelta(days=20)]
