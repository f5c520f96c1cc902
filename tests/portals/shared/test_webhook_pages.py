"""The pages of webhooks, in each portal; and the mail when one is switched off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from sublet.accounts.models import Account
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from sublet.messaging.events import WebhookGaveUp
from sublet.messaging.models import Delivery, OutboxMail, WebhookEndpoint
from sublet.messaging.webhook_operations import create_webhook
from sublet.people.models import Collaborator
from tests.people import AT, CARL_HOST, ROSA_HOST, World

GONE = AT + timedelta(days=20_000)


def at(portal: str, page: str, ref: str, *more: str) -> str:
    urlconf = "sublet.config.urls_main" if portal == "vendor" else "sublet.config.urls_brand"
    return reverse(f"{portal}-webhooks{page}", args=[ref, *more], urlconf=urlconf)


@pytest.mark.parametrize(
    ("who", "portal", "account"),
    [
        ("vera", "vendor", "vendor"),
        ("rosa", "reseller", "rosa"),
        ("carl", "client", "carl"),
        ("dora", "client", "dora"),
    ],
)
def test_a_webhook_from_its_making_to_its_end(world: World, who: str, portal: str, account: str) -> None:
    ref = getattr(world, account).ref
    urlconf = "sublet.config.urls_main" if who in {"vera", "dora"} else ""
    browser = world.browser(who)

    def url(page: str = "", *more: str) -> str:
        return reverse(f"{portal}-webhooks{page}", args=[ref, *more], urlconf=urlconf or "sublet.config.urls_brand")

    assert "No webhooks yet" in browser.get(url()).content.decode()
    wrong = browser.post(url("-new"), {"name": "Accounting", "url": "https://10.0.0.1/", "once": "a" * 32})
    assert wrong.status_code == 409
    assert "This address is not on the internet" in wrong.content.decode()
    values = {"name": "Accounting", "url": "https://a.example/", "groups": ["people"], "once": "a" * 32}
    made = browser.post(url("-new"), values).content.decode()
    secret = "whsec_" + made.partition('value="whsec_')[2].partition('"')[0]
    assert len(secret) == 50
    assert browser.post(url("-new"), values).status_code == 302
    hook = WebhookEndpoint.unscoped.get()
    assert (hook.account_id, hook.groups) == (getattr(world, account).id, ["people"])
    assert browser.post(url("-test", hook.ref)).status_code == 302
    assert url("-replay-failed", hook.ref) not in browser.get(url("-webhook", hook.ref)).content.decode()
    sent = Delivery.unscoped.get()
    Delivery.unscoped.update(state="failed", next_at=None, code=500, answer="<script>alert(1)</script>", attempts=10)
    page = browser.get(url("-webhook", hook.ref)).content.decode()
    assert "webhook.test" in page
    assert url("-replay-failed", hook.ref) in page  # only where there is something to send once more
    detail = browser.get(url("-delivery", hook.ref, str(sent.id))).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in detail
    assert "<script>alert" not in detail
    assert browser.post(url("-replay", hook.ref, str(sent.id))).status_code == 302
    assert Delivery.unscoped.get().state == "waiting"
    Delivery.unscoped.update(state="failed", next_at=None)
    assert browser.post(url("-replay-failed", hook.ref)).status_code == 302
    assert Delivery.unscoped.get().state == "waiting"
    assert browser.post(url("-edit", hook.ref), {"name": "Books", "url": "https://b.example/"}).status_code == 302
    rotated = browser.post(url("-rotate", hook.ref), {"overlap": "24", "once": "b" * 32}).content.decode()
    assert 'value="whsec_' in rotated
    assert secret not in rotated
    assert browser.post(url("-switch", hook.ref)).status_code == 302
    assert Delivery.unscoped.get(id=sent.id).state == "failed"
    assert browser.post(url("-switch", hook.ref), {"on": "1"}).status_code == 302
    hook = WebhookEndpoint.unscoped.get()
    assert (hook.name, hook.url, hook.groups, hook.is_on) == ("Books", "https://b.example/", [], True)
    assert browser.post(url("-remove", hook.ref)).status_code == 302
    assert not WebhookEndpoint.unscoped.exists()


def test_what_failed_in_vain_is_on_the_page(world: World) -> None:
    browser = world.browser("rosa")
    browser.post(at("reseller", "-new", world.rosa.ref), {"name": "Accounting", "url": "https://a.example/"})
    WebhookEndpoint.unscoped.update(is_on=False, off_reason="failing", off_at=AT)
    assert (
        "“Accounting” was switched off because nobody took"
        in browser.get(at("reseller", "", world.rosa.ref)).content.decode()
    )


@pytest.mark.parametrize(("who", "host", "account"), [("cleo", CARL_HOST, "carl"), ("ruth", ROSA_HOST, "rosa")])
def test_webhooks_are_closed_to_others(world: World, who: str, host: str, account: str) -> None:
    portal = "client" if who == "cleo" else "reseller"
    browser = world.browser(who, host)
    assert browser.get(at(portal, "", getattr(world, account).ref)).status_code == 403
    assert browser.post(at(portal, "-new", getattr(world, account).ref), {"name": "x"}).status_code == 403


@pytest.mark.parametrize(("why", "words"), [("failing", "for three days"), ("gone", "gone for good")])
def test_the_owner_is_told_in_the_brand_where_it_works(world: World, why: str, words: str) -> None:
    event = WebhookGaveUp(webhook="hook_x", name="Accounting", url="https://a.example/", why=why)
    with world.scope("vera") as actor, transaction.atomic():
        record(event, account_id=world.carl.id, parent_id=world.rosa.id, actor=actor, at=AT)
    run_due_jobs(at=AT)
    with platform_scope("test"):
        (mail,) = OutboxMail.objects.filter(template__startswith="webhook-")
    assert (mail.to_email, mail.account_id) == ("carl@example.test", world.carl.id)
    assert words in mail.text
    assert "https://a.example/" in mail.text
    assert world.vendor.name not in mail.text + mail.html + mail.subject + mail.from_name


def test_whoever_set_it_up_is_told_beside_the_owner(world: World) -> None:
    """The owner may never have heard of it; whoever has left the account, or may not see it any more, is not written to."""
    with platform_scope("test"):
        Collaborator.objects.filter(id=world.places["cleo"].id).update(
            rights_words={"keys": "manage", "journal": "view"}
        )
    with world.scope("cleo") as actor:
        made = create_webhook(name="Accounting", url="https://a.example/", actor=actor, at=AT)
    event = WebhookGaveUp(webhook=made.ref, name="Accounting", url="https://a.example/", why="failing")
    changes: tuple[dict[str, object], ...] = ({}, {"rights_words": {"journal": "view"}}, {"ended_at": AT})
    for number, change in enumerate(changes):
        with platform_scope("test"):
            OutboxMail.objects.all().delete()
            Collaborator.objects.filter(id=world.places["cleo"].id).update(**change)
        with world.scope("vera") as actor, transaction.atomic():
            record(event, account_id=world.carl.id, parent_id=world.rosa.id, actor=actor, at=AT)
        run_due_jobs(at=AT)
        with platform_scope("test"):
            told = (
                OutboxMail.objects.filter(template="webhook-failing").order_by("id").values_list("to_email", flat=True)
            )
            assert list(told) == ["carl@example.test", "cleo@example.test"][: 1 if number else 2]


@pytest.mark.parametrize("state", ["closed", "suspended"])
@pytest.mark.parametrize(
    ("who", "portal", "account"), [("rosa", "reseller", "rosa"), ("carl", "client", "carl"), ("dora", "client", "dora")]
)
def test_who_cannot_work_in_an_account_ends_what_tells_of_it(
    world: World, state: str, who: str, portal: str, account: str
) -> None:
    """Where nobody gets in nobody else would: the page that says so has the ends, and no beginning."""
    ref = getattr(world, account).ref
    urlconf = "sublet.config.urls_main" if who == "dora" else "sublet.config.urls_brand"

    def url(page: str = "", *more: str) -> str:
        return reverse(f"{portal}-webhooks{page}", args=[ref, *more], urlconf=urlconf)

    with world.scope(who) as actor:
        for name in ("Accounting", "Books"):
            create_webhook(name=name, url="https://a.example/", actor=actor, at=AT)
    with platform_scope("test"):
        change = {"state": state, "state_before_close": "active" if state == "closed" else ""}
        Account.objects.filter(ref=ref).update(**change, gone_at=None if state == "suspended" else GONE)
    one, two = WebhookEndpoint.unscoped.order_by("id")
    browser = world.browser(who)
    page = browser.get(url("-webhook", one.ref))
    assert page.status_code == 403
    text = page.content.decode()
    assert ("Accounting" in text, "https://a.example/" in text) == (True, True)
    assert browser.post(url("-switch", one.ref)).status_code == 302
    assert browser.post(url("-remove", two.ref)).status_code == 302
    left = WebhookEndpoint.unscoped.get()
    assert (left.id, left.is_on) == (one.id, False)
    assert browser.post(url("-switch", one.ref), {"on": "1"}).status_code == 403
    assert browser.post(url("-rotate", one.ref), {"overlap": "0"}).status_code == 403
    assert browser.post(url("-test", one.ref)).status_code == 403
    assert WebhookEndpoint.unscoped.get().is_on is False
    assert "Accounting" not in browser.get(url()).content.decode()


def test_who_manages_no_keys_is_not_told_on_the_lock_page(world: World) -> None:
    with world.scope("carl") as actor:
        create_webhook(name="Accounting", url="https://a.example/", actor=actor, at=AT)
    with platform_scope("test"):
        Account.objects.filter(id=world.carl.id).update(state="suspended")
    hook, browser = WebhookEndpoint.unscoped.get(), world.browser("cleo")
    page = browser.get(at("client", "", world.carl.ref))
    assert (page.status_code, "Accounting" in page.content.decode()) == (403, False)
    assert browser.post(at("client", "-switch", world.carl.ref, hook.ref)).status_code == 403
    assert WebhookEndpoint.unscoped.get().is_on is True
