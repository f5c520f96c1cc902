"""Where the vendor collects on a reseller's behalf, a client enters its card where that card is charged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sublet.accounts.models import Account
from sublet.billing.models.payments import Dispute, GatewayAccount, Payment, PaymentLink, PaymentMethod
from sublet.billing.operations import gateways, links, methods
from sublet.billing.operations.collecting import collect_issued
from sublet.billing.operations.links import CannotSendPaymentLink, CannotUsePaymentLink
from sublet.billing.queries import payments as queries
from sublet.billing.queries.overview import overview
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from sublet.people.queries.links import hash_token
from tests.billing.payments import HOOK, Counter, machine
from tests.billing.rows import make_invoice
from tests.billing.selling import make_terms

pytestmark = pytest.mark.django_db
NOW = now()


@pytest.fixture
def vendors(counter: Counter) -> Counter:
    """Rosa has an account of her own at the processor, and has the vendor collect."""
    world = counter.world
    with world.scope("vera") as vera:
        gateways.connect_gateway(key="rk_test_51VeraVantageApps9z", hook_secret=HOOK, actor=vera, at=NOW)
    run_due_jobs(at=NOW)
    make_terms(world.rosa, collected_by="vendor")
    return counter


def enter(counter: Counter, url: str) -> bool:
    """Carl opens the link and enters a good card on the processor's page."""
    token = url.rstrip("/").rpartition("/")[2]
    with platform_scope("test"):
        links.begin_entering(token=token, done="d", back="b", language="en", actor=machine(), at=NOW)
        hosted = PaymentLink.objects.get(token_hash=hash_token(token)).hosted
        counter.gateway.enter(hosted)
        return links.finish_entering(token=token, actor=machine(), at=NOW)


def made(counter: Counter) -> str:
    with counter.world.scope("rosa") as rosa:
        return links.make_link(payer=counter.world.carl.ref, actor=rosa, at=NOW).url


def test_a_card_that_is_entered_by_the_link_is_charged_by_the_vendor(vendors: Counter) -> None:
    world = vendors.world
    invoice = make_invoice(world.rosa, world.carl, number=2, collected_by="vendor")
    assert enter(vendors, made(vendors))
    with platform_scope("test"):
        kept = PaymentMethod.objects.select_related("gateway").get(account=world.carl)
        assert kept.gateway.account_id == world.vendor.id
        assert collect_issued(actor=machine(), at=NOW) == 1
    run_due_jobs(at=NOW)
    with platform_scope("test"):
        invoice.refresh_from_db()
    assert invoice.state == "paid"


def test_the_reseller_sees_the_card_and_takes_it_away(vendors: Counter) -> None:
    world = vendors.world
    before = vendors.enter_card(number=7)  # at Rosa's own account, from the time before
    enter(vendors, made(vendors))
    with world.scope("rosa") as rosa:
        [method] = queries.payer_shown(rosa, world.carl.ref, at=NOW).methods
        assert method.ref != before.ref
        methods.remove_method(ref=method.ref, actor=rosa, at=NOW)
        assert queries.payer_shown(rosa, world.carl.ref, at=NOW).methods == []


def test_the_page_offers_the_link_to_who_has_no_account_of_its_own(vendors: Counter) -> None:
    world = vendors.world
    with world.scope("rosa") as rosa:
        gateways.disconnect_gateway(actor=rosa, at=NOW)
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/money/payments/payers/{world.carl.ref}/")
    assert "Make the link" in page.content.decode()
    assert "Connect your account" not in page.content.decode()
    with world.scope("vera") as vera:
        gateways.disconnect_gateway(actor=vera, at=NOW)
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/money/payments/payers/{world.carl.ref}/")
    assert "There is no working account at the payment processor." in page.content.decode()
    with world.scope("rosa") as rosa, pytest.raises(CannotSendPaymentLink) as refused:
        links.make_link(payer=world.carl.ref, actor=rosa, at=NOW)
    assert refused.value.code == "not-collecting"


def test_the_link_leads_nowhere_once_another_collects_or_the_client_has_moved(vendors: Counter) -> None:
    world = vendors.world

    def opens(url: str) -> bool:
        token = url.rstrip("/").rpartition("/")[2]
        with platform_scope("test"):
            try:
                links.begin_entering(token=token, done="d", back="b", language="en", actor=machine(), at=NOW)
            except CannotUsePaymentLink:
                return False
        return True

    url = made(vendors)
    assert opens(url)
    make_terms(world.rosa, world.carl, collected_by="own")
    assert not opens(url)
    url = made(vendors)
    assert opens(url)
    with platform_scope("test"):
        assert PaymentLink.objects.order_by("-id")[0].gateway == GatewayAccount.objects.get(account=world.rosa)
        Account.objects.filter(id=world.carl.id).update(placed_at=NOW + timedelta(seconds=1))
    assert not opens(url)


def test_the_vendor_is_told_of_what_waits_of_what_it_collects(vendors: Counter) -> None:
    """It alone can answer a dispute at its own account, and look after a payment there."""
    world = vendors.world
    rows = {"account": world.rosa, "book": "retail", "collected_by": "vendor"}
    with platform_scope("test"):
        gateway = GatewayAccount.objects.get(account=world.vendor)
        for number, state in ((1, "succeeded"), (2, "parked")):
            payment = Payment.objects.create(
                **rows, payer=world.carl, gateway=gateway, amount=4900, currency="EUR", attempt=number, key=f"k{number}",
                state=state, invoice=f"inv_{number}", made_at=NOW, made_by="test",
            )  # fmt: skip
        Dispute.objects.create(**rows, payment=payment, named="dp_1", amount=4900, state="open", opened_at=NOW)
    for person in ("vera", "rosa"):
        with world.scope(person) as actor:
            told = {each.what: each.number for each in overview(actor, at=NOW).attention}
        assert (told["disputes"], told["parked_payments"]) == (1, 1)
