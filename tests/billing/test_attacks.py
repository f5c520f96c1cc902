"""What somebody tries who means harm: forged messages, links that are not theirs, figures of others, days at the end of time."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.billing.gateway import NotOurs
from sublet.billing.gateway.stripe import StripeGateway
from sublet.billing.models import BankLine, Invoice
from sublet.billing.models.payments import GatewayAccount, Payment, PaymentLink, PaymentMethod
from sublet.billing.operations import book_match, charges, gateways, import_statement, links, take_back
from sublet.billing.operations.charges import give_up
from sublet.billing.operations.methods import remove_method
from sublet.billing.operations.refunds import CannotRefundPayment, refund_payment
from sublet.billing.queries.invoices import RECEIVED, invoices_of, show_invoice
from sublet.billing.queries.overview import overview
from sublet.billing.queries.paid_ahead import prepaid_balance
from sublet.billing.queries.papers import paper_of
from sublet.billing.queries.payments import own_payments, read_payment_link
from sublet.branding.queries import primary_host
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import actor_scope, platform_scope
from tests.billing.payments import HOOK, KEY, Counter, machine
from tests.billing.rows import make_invoice
from tests.billing.selling import balances
from tests.billing.test_bank import bring
from tests.billing.test_bank import invoice as bank_invoice
from tests.billing.test_collecting import NOW, collected_by_vendor
from tests.core.bankpapers import camt, detail, entry
from tests.people import AT, CARL_HOST, World

pytestmark = pytest.mark.django_db
SECRET = "whsec_another"  # of the test's endpoint


def signed(body: bytes, at: datetime, secret: str = SECRET) -> tuple[int, str]:
    made = int(at.timestamp())
    return made, hmac.new(secret.encode(), b"%d." % made + body, hashlib.sha256).hexdigest()


# Messages of the processor ----------------------------------------------------------------------------------------------


def test_an_old_message_is_not_made_young_by_a_second_time_in_its_header() -> None:
    """The library signs over the first, and the age was read from the last."""
    body = json.dumps({"id": "evt_1", "type": "x", "created": 1, "data": {"object": {"id": "pi_1"}}}).encode()
    made, signature = signed(body, AT)
    gateway = StripeGateway(KEY)
    late = AT + timedelta(days=100)
    young = int(late.timestamp())
    assert gateway.read(body, {"Stripe-Signature": f"t={made},v1={signature}"}, secret=SECRET, at=AT).id == "evt_1"
    for header in (f"t={made},v1={signature},t={young}", f"t={made},v1={signature}, t={young}"):
        with pytest.raises(NotOurs) as fault:
            gateway.read(body, {"Stripe-Signature": header}, secret=SECRET, at=late)
        assert fault.value.why in ("old", "signature")


@pytest.mark.parametrize(
    "header", ["t=1,v1=\xe9\xe8", "t=1,v1", "t", "t=,v1=", "t=99999999999999999999,v1=a", "v1=a", ",,,"]
)
def test_whatever_stands_in_the_header_is_refused(header: str) -> None:
    with pytest.raises(NotOurs):
        StripeGateway(KEY).read(b"{}", {"Stripe-Signature": header}, secret=SECRET, at=AT)


# Links ------------------------------------------------------------------------------------------------------------------


def link(counter: Counter, payment: Payment | None = None) -> str:
    """The token of a new link, of Rosa for Carl."""
    with platform_scope("test"), transaction.atomic():
        made = links.write_link(
            counter.world.carl, counter.account, send_to="", payment=payment, actor=machine(), at=AT
        )
    return made.url.rstrip("/").rpartition("/")[2]


def begin(token: str) -> str:
    with platform_scope("test"):
        return links.begin_entering(token=token, done="d", back="b", language="en", actor=machine(), at=AT)


@pytest.mark.parametrize("way", ["page", "message"])
def test_a_link_that_was_taken_back_keeps_no_card_by_a_page_that_is_open(counter: Counter, way: str) -> None:
    """It went to somebody else, who has its page open."""
    token = link(counter)
    begin(token)
    with platform_scope("test"):
        row = PaymentLink.objects.get()
    with counter.world.scope("rosa") as rosa:
        links.revoke_link(link=row.ref, actor=rosa, at=AT)
    counter.gateway.enter("cs_1")
    if way == "message":
        counter.deliver(counter.gateway.tell("checkout.session.completed", "cs_1", AT))
        counter.work()
    else:
        with platform_scope("test"):
            assert not links.finish_entering(token=token, actor=machine(), at=AT)
    with platform_scope("test"):
        assert PaymentMethod.objects.count() == 0


def test_a_link_of_the_reseller_before_leads_nowhere_after_a_move(counter: Counter) -> None:
    """Under the new one's name a card would be given to the old one."""
    token = link(counter)
    with platform_scope("test"):
        assert read_payment_link(token, host=CARL_HOST, at=AT) is not None
        Account.objects.filter(id=counter.world.carl.id).update(parent_id=counter.world.remo.id)
        host = primary_host(counter.world.carl.id)
        assert read_payment_link(token, host=host, at=AT) is None
    with pytest.raises(links.CannotUsePaymentLink):
        begin(token)


def owed(counter: Counter, number: int = 7) -> Invoice:
    return make_invoice(counter.world.rosa, counter.world.carl, number=number)


def failed_for(counter: Counter, invoice: Invoice) -> Payment:
    counter.enter_card("insufficient_funds")
    payment = counter.start(invoice.ref, invoice.gross_minor)
    counter.work()
    assert counter.now(payment).state == "failed"
    return counter.now(payment)


def pay(token: str) -> str:
    with platform_scope("test"):
        return links.begin_paying(token=token, done="d", back="b", language="en", actor=machine(), at=AT)


def test_a_link_takes_no_money_for_what_was_paid_otherwise_meanwhile(counter: Counter) -> None:
    invoice = owed(counter)
    token = link(counter, failed_for(counter, invoice))
    with platform_scope("test"):
        Invoice.objects.filter(id=invoice.id).update(paid_minor=2900, state="paid")
    assert pay(token) == ""
    assert counter.gateway.pages == {}
    with platform_scope("test"):
        assert PaymentLink.objects.get().used_at is not None


def test_a_link_takes_no_more_than_is_still_open(counter: Counter) -> None:
    invoice = owed(counter)
    token = link(counter, failed_for(counter, invoice))
    with platform_scope("test"):
        Invoice.objects.filter(id=invoice.id).update(paid_minor=1900, state="partly-paid")
    assert pay(token)
    with platform_scope("test"):
        assert Payment.objects.order_by("-id").values_list("amount", flat=True)[0] == 1000


def test_a_link_takes_all_of_what_is_still_owed(counter: Counter) -> None:
    """The positive control of both."""
    token = link(counter, failed_for(counter, owed(counter)))
    assert pay(token)
    with platform_scope("test"):
        assert Payment.objects.order_by("-id").values_list("amount", flat=True)[0] == 2900


# Another amount ---------------------------------------------------------------------------------------------------------


def other_amount(counter: Counter, invoice: Invoice, amount: int, currency: str = "EUR") -> Payment:
    counter.enter_card("slow")
    payment = counter.start(invoice.ref, invoice.gross_minor)
    counter.work()
    [intent] = counter.gateway.intents
    there = counter.gateway.intents[intent]
    counter.gateway.intents[intent] = replace(there, state="succeeded", amount=amount, currency=currency)
    with platform_scope("test"), transaction.atomic():
        charges.settle(payment.id, counter.gateway.intents[intent], actor=machine(), at=AT)
    assert (counter.now(payment).state, counter.now(payment).code) == ("parked", "other-amount")
    return payment


@pytest.mark.parametrize(
    ("amount", "state", "paid", "ahead"), [(1900, "partly-paid", 1900, 0), (2900 + 700, "paid", 2900, 700)]
)
def test_ending_what_was_paid_by_another_amount_books_what_was_really_paid(
    counter: Counter, amount: int, state: str, paid: int, ahead: int
) -> None:
    invoice = owed(counter)
    payment = other_amount(counter, invoice, amount)
    with counter.world.scope("rosa") as rosa:
        give_up(payment=payment.ref, actor=rosa, at=AT)
    counter.work()
    row = counter.now(payment)
    assert (row.state, row.amount, row.code) == ("succeeded", amount, "")
    with platform_scope("test"):
        found = Invoice.objects.get(id=invoice.id)
        assert prepaid_balance(counter.world.rosa.id, counter.world.carl.id, "retail", "EUR") == ahead
    assert (found.state, found.paid_minor) == (state, paid)
    with counter.world.scope("rosa") as rosa:
        refund_payment(payment=payment.ref, amount=amount, actor=rosa, at=AT)
    counter.work()
    assert counter.now(payment).refunded == amount


def test_another_currency_pays_no_invoice_and_is_paid_ahead(counter: Counter) -> None:
    invoice = owed(counter)
    payment = other_amount(counter, invoice, 2900, "JPY")
    with counter.world.scope("rosa") as rosa:
        give_up(payment=payment.ref, actor=rosa, at=AT)
    counter.work()
    assert (counter.now(payment).state, counter.now(payment).currency) == ("succeeded", "JPY")
    with platform_scope("test"):
        assert Invoice.objects.get(id=invoice.id).paid_minor == 0
        assert prepaid_balance(counter.world.rosa.id, counter.world.carl.id, "retail", "JPY") == 2900


def test_nobody_but_a_person_books_another_amount(counter: Counter) -> None:
    """Asking again, and the processor's message, leave it to somebody who looks."""
    payment = other_amount(counter, owed(counter), 1900)
    with counter.world.scope("rosa") as rosa:
        charges.look_again(payment=payment.ref, actor=rosa, at=AT)
    counter.work()
    counter.deliver(counter.gateway.tell("payment_intent.succeeded", "pi_1", AT))
    counter.work()
    assert (counter.now(payment).state, counter.now(payment).code) == ("parked", "other-amount")


# Two at the same moment -------------------------------------------------------------------------------------------------


def locks_before_it_reads(told: CaptureQueriesContext) -> bool:
    """Whether the debtor is locked before what it has paid ahead is summed up, as whoever uses it does."""
    asked = [each["sql"] for each in told.captured_queries]
    sums = [place for place, sql in enumerate(asked) if "SUM(" in sql and "ledger_posting" in sql]
    locks = [
        place
        for place, sql in enumerate(asked)
        if sql.startswith('SELECT "account"."id"')
        and ('"account"."id" IN' in sql or '"account"."id" = ' in sql)
        and (connection.vendor != "postgresql" or "FOR NO KEY UPDATE" in sql)
    ]
    assert sums, "the balance is read"
    return bool(locks) and locks[0] < sums[0]


def test_a_refund_reads_what_was_paid_ahead_only_while_nobody_uses_it(counter: Counter) -> None:
    counter.enter_card()
    invoice = owed(counter)
    payment = counter.start(invoice.ref, invoice.open_minor)
    counter.work()
    with counter.world.scope("rosa") as rosa:
        refund_payment(payment=payment.ref, amount=2000, actor=rosa, at=AT)
    with CaptureQueriesContext(connection) as told:
        counter.work()
    assert locks_before_it_reads(told)
    assert sum(balances("retail").values()) == 0


def test_taking_back_reads_what_was_paid_ahead_only_while_nobody_uses_it(world: World) -> None:
    paid = bank_invoice(world)
    with world.scope("rosa") as rosa:
        bring(rosa, entry("100.00", details=detail(name="X")))
        line = BankLine.objects.get()
        book_match(ref=line.ref, invoices=[paid.ref], actor=rosa, at=AT)
        with CaptureQueriesContext(connection) as told:
            take_back(ref=line.ref, actor=rosa, at=AT)
    assert locks_before_it_reads(told)


# Who sees some clients only ---------------------------------------------------------------------------------------------


def test_who_reaches_some_clients_sees_no_invoice_about_all_of_them(world: World) -> None:
    """The vendor's invoice names every client, with what it costs."""
    whole = make_invoice(world.vendor, world.rosa, number=3)
    rosa = world.actor("rosa")
    confined = replace(rosa, is_owner=False, reach=frozenset({world.carl.id}))
    with actor_scope(confined):
        assert invoices_of(confined, side=RECEIVED).rows == []
        with pytest.raises(NotFound):
            show_invoice(whole.ref, confined)
        with pytest.raises(NotFound):
            paper_of(confined, whole.ref)
        figures = overview(confined, at=now())
        assert (figures.to_pay, figures.owed) == ((), ())
        with pytest.raises(Forbidden):
            own_payments(confined)
    with actor_scope(rosa):  # the positive control
        assert [row.ref for row in invoices_of(rosa, side=RECEIVED).rows] == [whole.ref]
        assert show_invoice(whole.ref, rosa).row.ref == whole.ref
        assert overview(rosa, at=now()).to_pay
        assert own_payments(rosa)[0] == []


def test_who_reaches_some_clients_takes_away_no_card_of_the_whole_account(counter: Counter) -> None:
    world = counter.world
    with world.scope("vera") as vera:
        gateways.connect_gateway(key="rk_test_51VeraVantageApps9z", hook_secret=HOOK, actor=vera, at=AT)
    counter.work()
    with platform_scope("test"):
        counter.account = GatewayAccount.objects.get(account=world.vendor)
    card = counter.enter_card(payer=world.rosa)
    rosa = world.actor("rosa")
    confined = replace(rosa, is_owner=False, reach=frozenset({world.carl.id}))
    with actor_scope(confined), pytest.raises(Forbidden):
        remove_method(ref=card.ref, actor=confined, at=AT)
    with actor_scope(rosa):  # the positive control
        remove_method(ref=card.ref, actor=rosa, at=AT)


# What the vendor collects -----------------------------------------------------------------------------------------------


def test_a_reseller_gives_back_no_more_of_the_vendors_money_than_it_is_owed(counter: Counter) -> None:
    """Its own invoices were paid from it: a card of its own would have paid them with nothing."""
    invoice, own = collected_by_vendor(counter)
    margin = invoice.gross_minor - own.gross_minor
    with platform_scope("test"):
        payment = Payment.objects.get(invoice=invoice.ref)

    def give_back(person: str, amount: int) -> None:
        with counter.world.scope(person) as actor:
            refund_payment(payment=payment.ref, amount=amount, actor=actor, at=NOW)

    for amount in (margin + 1, invoice.gross_minor):
        with pytest.raises(CannotRefundPayment) as fault:
            give_back("rosa", amount)
        assert fault.value.code == "too-much"
    give_back("rosa", margin - 1)
    with pytest.raises(CannotRefundPayment):  # what is on its way counts
        give_back("rosa", 2)
    run_due_jobs(at=NOW)
    with pytest.raises(CannotRefundPayment):  # and what has gone back
        give_back("rosa", 2)
    give_back("rosa", 1)
    run_due_jobs(at=NOW)
    assert "payable" not in balances("wholesale")
    give_back("vera", own.gross_minor)  # whose money it is


# Files ------------------------------------------------------------------------------------------------------------------


def test_an_account_number_longer_than_any_is_cut(world: World) -> None:
    with world.scope("rosa") as rosa:
        data = camt(entry("29.00"), iban="9" * 300)
        import_statement(file_name="a.xml", data=data, actor=rosa, at=AT)
        assert len(BankLine.objects.get().iban) == 34


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_both_ends_of_time_are_shown(world: World, day: str) -> None:
    with world.scope("rosa") as rosa:
        bank_invoice(world)
        data = camt(entry("29.00").replace("2026-03-20", day))
        import_statement(file_name="a.xml", data=data, actor=rosa, at=AT)
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/money/bank/")
    assert page.status_code == 200


# Odd addresses ----------------------------------------------------------------------------------------------------------

ODD = ["%00", "pay_%00", "..%2f", "%F0%9F%92%A9", "9" * 400, "-1"]


@pytest.mark.parametrize("odd", ODD)
def test_odd_addresses_lead_nowhere(counter: Counter, odd: str) -> None:
    world = counter.world
    browser = world.browser("rosa")
    start = f"/reseller/{world.rosa.ref}/money/"
    for rest in (
        f"payments/{odd}/", f"payments/payers/{odd}/", f"bank/{odd}/", f"invoices/{odd}/",
    ):  # fmt: skip
        assert browser.get(start + rest).status_code == 404, rest
    for rest in (f"payments/{odd}/again/", f"payments/{odd}/give-up/", f"bank/{odd}/book/", f"invoices/{odd}/issue/"):
        assert browser.post(start + rest, {"invoice": "x\x00"}).status_code in (302, 404), rest
    stranger = Client(headers={"host": CARL_HOST})
    assert stranger.get(f"/pay/{odd}/").status_code in (404, 410)
    assert stranger.post(f"/hooks/pay/{odd}/", b"{}", content_type="application/json").status_code in (400, 404)
