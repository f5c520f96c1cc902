"""The pages: a key that is never shown, a link that is used once, money that goes back only after a second look."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from sublet.accounts.models import Account
from sublet.billing.models.payments import GatewayAccount, PaymentLink, PaymentMethod
from sublet.billing.operations import links
from sublet.branding import operations as branding
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from tests.billing.payments import HOOK, KEY, Counter, messages
from tests.people import CARL_HOST, ROSA_HOST, World
from tests.probe.test_hidden_vendor import leaks, told


def base(world: World, person: str = "rosa") -> str:
    return f"/reseller/{getattr(world, person).ref}/money/payments/"


def made(counter: Counter, send_to: str = "") -> str:
    """The path of a new link, as Rosa's page shows it once."""
    browser = counter.world.browser("rosa")
    page = browser.post(base(counter.world) + f"payers/{counter.world.carl.ref}/", {"send_to": send_to})
    assert page.status_code == (302 if send_to else 200)
    found = re.search(r"https?://carl\.localhost(?::\d+)?(/pay/[\w-]+/)", page.content.decode())
    return found.group(1) if found else ""


def test_the_key_goes_in_and_is_never_shown(world: World) -> None:
    browser = world.browser("rosa")
    page = browser.get(base(world) + "processor/")
    assert page.status_code == 200
    answer = browser.post(base(world) + "processor/", {"key": KEY, "hook_secret": HOOK, "version": "0"})
    assert answer.status_code == 302
    shown = browser.get(base(world) + "processor/").content.decode()
    assert KEY not in shown
    assert HOOK not in shown
    assert KEY[-4:] in shown
    with platform_scope("test"):
        row = GatewayAccount.objects.get()
    assert KEY not in str(vars(row))
    assert f"/hooks/pay/{row.hook_word}/" in shown


@pytest.mark.parametrize(
    ("key", "says"), [("sk_live_12345678901", "may do everything"), ("pk_test_123456789", "publishable")]
)
def test_a_key_that_may_everything_is_refused(world: World, key: str, says: str) -> None:
    page = world.browser("rosa").post(base(world) + "processor/", {"key": key, "version": "0"})
    assert page.status_code == 409
    assert says in page.content.decode()
    assert key not in page.content.decode()


def test_a_client_enters_its_card_by_a_link_that_is_used_once(counter: Counter) -> None:
    path = made(counter)
    phone = Client(headers={"host": CARL_HOST})
    page = phone.get(path)
    assert page.status_code == 200
    assert "Carl’s Kitchen" in page.content.decode()
    assert "Vantage" not in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"
    leaves = phone.post(path)
    assert leaves.headers["Refresh"] == "0;url=https://pay.example/cs_1"
    counter.gateway.enter("cs_1")
    done = phone.get(path + "done/")
    assert "this way from now on" in done.content.decode()
    assert "this way from now on" in phone.get(path + "done/").content.decode()
    assert "this way from now on" in phone.get(path).content.decode()
    with platform_scope("test"):
        assert PaymentMethod.objects.count() == 1
        link = PaymentLink.objects.get()
        assert link.used_at is not None
        assert path.split("/")[2] not in str(vars(link))


def test_whoever_came_from_its_own_pages_finds_back_to_them(counter: Counter) -> None:
    path, carl, phone = made(counter), counter.world.browser("carl"), Client(headers={"host": CARL_HOST})
    assert "Back to your accounts" in carl.get(path).content.decode()
    assert "Back to your accounts" not in phone.get(path).content.decode()
    phone.post(path)
    counter.gateway.enter("cs_1")
    assert "You can close this page." in phone.get(path + "done/").content.decode()
    done = carl.get(path + "done/").content.decode()
    assert "Back to your accounts" in done
    assert "You can close this page." not in done


def test_the_pages_around_the_processors_name_nobody_but_the_agency(counter: Counter) -> None:
    """Status line, headers, cookies and text of each answer, in the reader's language; and no search engine keeps them."""
    world = counter.world
    with world.scope("vera") as vera:
        changes = {"name": "Vantage Cloud", "support_email": "help@vantage-cloud.example", "footer": "Vantage Apps Ltd"}
        branding.change_brand(account_ref=world.vendor.ref, changes=changes, version=None, actor=vera, at=now())
    path = made(counter)
    phone = Client(headers={"host": CARL_HOST, "accept-language": "it"})
    seen = [phone.get(path), phone.get(path + "done/"), phone.post(path)]
    counter.gateway.enter("cs_1")
    seen += [phone.get(path + "done/"), phone.get(path), phone.get("/pay/nothing/"), phone.get("/pay/nothing/done/")]
    assert [each.status_code for each in seen] == [200, 302, 200, 200, 200, 410, 410]
    assert [leak for each in seen for leak in leaks(told(each))] == []
    pages = [
        each.content.decode() for each in seen if each.status_code in {200, 410} and each.has_header("Content-Type")
    ]
    assert all('<meta name="robots" content="noindex">' in page or "Refresh" in page for page in (pages[0], *pages[2:]))
    assert 'lang="it"' in pages[0]
    assert "Rosa Web Studio" in pages[0]
    assert "stripe" not in pages[0].lower()


def test_of_two_pages_that_one_link_opened_one_card_is_kept(counter: Counter) -> None:
    path = made(counter)
    phone = Client(headers={"host": CARL_HOST})
    phone.post(path)
    phone.post(path)
    counter.gateway.enter("cs_1", number=1)
    counter.deliver(counter.gateway.tell("checkout.session.completed", "cs_1", now()), now())
    counter.work(now())
    counter.gateway.enter("cs_2", number=2)
    phone.get(path + "done/")
    with platform_scope("test"):
        assert [row.named for row in PaymentMethod.objects.all()] == ["pm_1"]


@pytest.mark.parametrize("host", [ROSA_HOST, "remo.localhost"])
def test_a_link_leads_nowhere_on_another_host(counter: Counter, host: str) -> None:
    path = made(counter)
    assert Client(headers={"host": host}).get(path).status_code == 410


def test_a_newer_link_ends_the_one_before_and_a_wrong_one_leads_nowhere(counter: Counter) -> None:
    first = made(counter)
    second = made(counter)
    phone = Client(headers={"host": CARL_HOST})
    assert phone.get(first).status_code == phone.post(first).status_code == 410
    assert phone.get("/pay/nothing-of-ours/").status_code == 410
    assert phone.get(second).status_code == 200


def test_the_link_is_mailed_in_the_resellers_name_and_kept_from_the_list(counter: Counter) -> None:
    assert made(counter, "hello@carls-kitchen.example") == ""
    with platform_scope("test"):
        row = OutboxMail.objects.get(template="payment-method-asked")
    assert (row.to_email, row.subject) == ("hello@carls-kitchen.example", "How does Carl’s Kitchen pay?")


def test_money_goes_back_after_a_second_look(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start(amount=4900)
    counter.work()
    browser = counter.world.browser("rosa")
    url = base(counter.world) + f"{payment.ref}/refund/"
    form = {"amount": "19.00", "then": "owed", "reason": "Twice", "once": "form-1"}
    asks = browser.post(url, form)
    assert asks.status_code == 200
    assert "19.00" in asks.content.decode()
    assert counter.now(payment).refunded == 0
    for _ in range(2):
        assert browser.post(url, form | {"sure": "1"}).status_code == 302
    assert counter.now(payment).refunded == 1900
    too_much = browser.post(url, {"amount": "30.01", "then": "owed", "once": "form-2", "sure": "1"})
    assert too_much.status_code == 409
    assert browser.post(url, {"amount": "a lot", "then": "owed", "once": "form-3"}).status_code == 422
    page = browser.get(base(counter.world) + f"{payment.ref}/").content.decode()
    assert "ending in 4242" in page


def test_who_comes_back_to_the_form_and_types_another_amount_gives_that_back_too(counter: Counter) -> None:
    """A browser that comes back keeps the hidden name of the form: by it alone nothing would go back, and the page say that it does."""
    counter.enter_card()
    payment = counter.start(amount=4900)
    counter.work()
    browser, url = counter.world.browser("rosa"), base(counter.world) + f"{payment.ref}/refund/"
    form = {"then": "owed", "reason": "", "once": "form-1", "sure": "1"}
    for amount, refunded in (("19.00", 1900), ("19.00", 1900), ("5.00", 2400), ("5.00", 2400)):
        assert browser.post(url, form | {"amount": amount}).status_code == 302
        assert counter.now(payment).refunded == refunded, amount


def test_pages_of_another_resellers_payment_are_not_there(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start()
    browser = counter.world.browser("remo")
    theirs = base(counter.world, "remo")
    assert browser.get(theirs + f"{payment.ref}/").status_code == 404
    for page in ("refund", "again", "give-up", "retry"):
        assert browser.post(theirs + f"{payment.ref}/{page}/", {"amount": "1"}).status_code == 404
    assert browser.get(theirs + f"payers/{counter.world.carl.ref}/").status_code == 404
    assert counter.now(payment).state == "started"


def test_the_vendor_sees_no_payment_of_a_resellers_own(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start(amount=4913)
    browser = counter.world.browser("vera")
    listing = f"/vendor/{counter.world.vendor.ref}/money/payments/"
    assert "4,913" not in browser.get(listing).content.decode()
    assert "49.13" not in browser.get(listing).content.decode()
    assert browser.get(f"{listing}{payment.ref}/").status_code == 404


def test_a_clients_owner_sees_its_own_way_of_paying_and_its_people_do_not(counter: Counter) -> None:
    counter.enter_card()
    counter.start(amount=4900)
    counter.work()
    page = f"/client/{counter.world.carl.ref}/billing/paying/"
    mine = counter.world.browser("carl").get(page)
    assert mine.status_code == 200
    assert "ending in 4242" in mine.content.decode()
    assert "49.00" in mine.content.decode()
    assert counter.world.browser("cleo").get(page).status_code == 403


def test_the_list_shows_what_was_collected(counter: Counter) -> None:
    counter.enter_card("insufficient_funds")
    counter.start()
    counter.work()
    shown = counter.world.browser("rosa").get(base(counter.world)).content.decode()
    assert "INV_1" in shown
    assert "Not paid" in shown
    assert counter.world.browser("rosa").get(base(counter.world) + "payers/").status_code == 200


def test_a_processor_is_heard_by_its_word_and_signature(counter: Counter) -> None:
    told = counter.gateway.tell("payment_intent.succeeded", "pi_9", now())
    signed = hmac.new(HOOK.encode(), told.raw.encode(), hashlib.sha256).hexdigest()
    browser = Client(headers={"host": ROSA_HOST})
    path = f"/hooks/pay/{counter.account.hook_word}/"

    def post(path: str, signature: str) -> int:
        return browser.post(
            path, told.raw, content_type="application/json", headers={"stripe-signature": signature}
        ).status_code

    assert [post(path, "t=1,v1=00"), post(path, ""), post("/hooks/pay/nobodys/", signed)] == [400, 400, 404]
    assert messages() == []
    assert [post(path, signed), post(path, signed)] == [204, 204]
    assert messages() == [("payment_intent.succeeded", "kept")]
    assert browser.get(path).status_code == 405


def test_the_key_may_stay_and_the_page_says_so_after_a_refusal_too(counter: Counter) -> None:
    browser = counter.world.browser("rosa")
    page = base(counter.world) + "processor/"
    keeps = "Leave it empty to keep the one that is there."
    assert browser.get(page).content.decode().count(keeps) == 2
    refused = browser.post(page, {"key": "sk_live_12345678901", "version": "1"})
    assert refused.status_code == 409
    assert refused.content.decode().count(keeps) == 2


def test_before_there_is_a_key_nobody_is_sent_to_a_webhook_that_the_page_does_not_show(world: World) -> None:
    shown = world.browser("rosa").get(base(world) + "processor/").content.decode()
    assert "It comes later" in shown
    assert "the webhook below" not in shown


def test_the_month_to_which_a_card_is_good_is_written_in_words(counter: Counter) -> None:
    counter.enter_card()
    for person, path in (
        ("rosa", base(counter.world) + f"payers/{counter.world.carl.ref}/"),
        ("carl", f"/client/{counter.world.carl.ref}/billing/paying/"),
    ):
        shown = counter.world.browser(person).get(path).content.decode()
        assert "good until Aug 2031" in shown
        assert "2031-08" not in shown


def test_days_of_disputes_refunds_and_links_are_written_as_everywhere(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start(amount=4900)
    counter.work()
    browser = counter.world.browser("rosa")
    form = {"amount": "19.00", "then": "owed", "once": "form-1", "sure": "1"}
    assert browser.post(base(counter.world) + f"{payment.ref}/refund/", form).status_code == 302
    assert made(counter)
    for page in (f"{payment.ref}/", f"payers/{counter.world.carl.ref}/"):
        shown = browser.get(base(counter.world) + page).content.decode()
        main = shown[shown.index("<main") :]
        assert re.search(r"<time datetime", main)
        assert not re.search(r"[A-Z][a-z]+\.? \d{1,2}, \d{4}", main)


def test_an_address_that_is_none_is_refused_in_our_words(counter: Counter) -> None:
    page = counter.world.browser("rosa").post(
        base(counter.world) + f"payers/{counter.world.carl.ref}/", {"send_to": "nobody"}
    )
    assert page.status_code == 422
    assert "Enter an e-mail address, like name@example.com." in page.content.decode()


def test_a_reseller_finds_what_it_pays_beside_what_it_sends(counter: Counter) -> None:
    rosa = counter.world.rosa
    browser = counter.world.browser("rosa")
    money = f"/reseller/{rosa.ref}/money/"
    for page in ("invoices/", "received/"):
        shown = browser.get(money + page).content.decode()
        assert all(f'href="{money}{other}"' in shown for other in ("invoices/", "received/", "paying/"))
    paying = browser.get(f"{money}paying/").content.decode()
    assert "The vendor sends you a link with which you enter one." in paying
    assert f'href="{money}received/"' in paying
    carl = counter.world.browser("carl").get(f"/client/{counter.world.carl.ref}/billing/")
    assert "view-tabs" not in carl.content.decode()


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("", "5 December 2026"),
        ("it", "5 dicembre 2026"),
        ("sq", "5 dhjetor 2026"),
        ("nl", "5 december 2026"),
        ("fr", "5 décembre 2026"),
        ("pt", "5 de dezembro de 2026"),
    ],
)
def test_the_mail_says_the_day_as_its_language_writes_it_in_the_accounts_zone(
    counter: Counter, language: str, day: str
) -> None:
    with platform_scope("test"):
        Account.objects.filter(id=counter.world.carl.id).update(language=language, timezone="Europe/Rome")
    at = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # the 28th in Rome
    with counter.world.scope("rosa") as actor:
        links.make_link(payer=counter.world.carl.ref, send_to="carl@example.test", actor=actor, at=at)
    with platform_scope("test"):
        text = OutboxMail.objects.get(template="payment-method-asked").text
    assert day in text


def test_it_is_asked_what_becomes_of_the_invoice(counter: Counter) -> None:
    counter.enter_card()
    payment = counter.start()
    counter.work()
    browser, url = counter.world.browser("rosa"), base(counter.world) + f"{payment.ref}/refund/"
    assert browser.post(url, {"amount": "19.00", "once": "form-1"}).status_code == 422
    asked = browser.post(url, {"amount": "19.00", "then": "credit", "once": "form-1"}).content.decode()
    assert "a credit note is issued" in asked
    asked = browser.post(url, {"amount": "19.00", "then": "owed", "once": "form-1"}).content.decode()
    assert "as much of the invoice is owed again" in asked
