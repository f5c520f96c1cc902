"""What a reseller or a direct account pays, by the API: by which card, what it has paid, and where an invoice is paid."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sublet.accounts.models import Account
from sublet.billing.models.payments import GatewayAccount, PaymentLink
from sublet.billing.operations import gateways
from sublet.billing.operations.collecting import collect_issued
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from sublet.people.queries.links import hash_token
from tests.billing.gateway_in_memory import MemoryGateway
from tests.billing.payments import HOOK, KEY, Counter, machine, opened
from tests.billing.rows import make_invoice
from tests.people import World
from tests.portals.api.caller import Caller

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("payer", ["rosa", "dora"])
def test_who_pays_reads_its_cards_and_payments_and_gets_the_way_to_pay(
    world: World, call: Callable[..., Caller], payer: str
) -> None:
    account: Account = getattr(world, payer)
    caller, other = call(payer), call("remo" if payer == "rosa" else "rosa")
    with opened(MemoryGateway()) as gateway:
        with world.scope("vera") as vera:
            gateways.connect_gateway(key=KEY, hook_secret=HOOK, actor=vera, at=now())
        run_due_jobs(at=now())
        with platform_scope("test"):
            counter = Counter(world, gateway, GatewayAccount.objects.get(account=world.vendor))
        counter.enter_card(payer=account)
        paid = make_invoice(world.vendor, account, number=1)
        with platform_scope("test"):
            collect_issued(actor=machine(), at=now())
        run_due_jobs(at=now())
        owed = make_invoice(world.vendor, account, number=2)

        assert [(row["brand"], row["ends"]) for row in caller.get("/payment-methods")["items"]] == [("visa", "4242")]
        [row] = caller.get("/payments-made")["items"]
        assert (row["invoice"], row["amount"], row["state"]) == (paid.ref, 2900, "succeeded")
        assert other.get("/payment-methods")["items"] == other.get("/payments-made")["items"] == []

        told = caller.post(f"/invoices/{owed.ref}/way-to-pay")["secret"]
        with platform_scope("test"):
            link = PaymentLink.objects.get(token_hash=hash_token(told.rstrip("/").rpartition("/")[2]))
        assert (link.account_id, link.invoice) == (account.id, owed.ref)
        refused = caller.post(f"/invoices/{paid.ref}/way-to-pay")
        assert (refused.status, refused.code.rpartition(".")[2]) == (409, "not-owed")
        assert other.post(f"/invoices/{owed.ref}/way-to-pay").status == 404


def test_what_is_paid_by_bank_has_no_such_address(world: World, rosa: Caller) -> None:
    owed = make_invoice(world.vendor, world.rosa, number=2)
    refused = rosa.post(f"/invoices/{owed.ref}/way-to-pay")
    assert (refused.status, refused.code.rpartition(".")[2]) == (409, "by-bank")
