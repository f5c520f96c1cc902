"""What the tests of payments share: Rosa has connected her account, Carl has a card there."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from sublet.accounts.models import Account
from sublet.accounts.queries import installation_actor
from sublet.billing.gateway import Told
from sublet.billing.gateway.opened import OPENERS
from sublet.billing.models.payments import STRIPE, GatewayAccount, Payment, PaymentMethod, ProviderEvent, Refund
from sublet.billing.operations import charges, gateways, inbox, methods, refunds
from sublet.foundation.actor import JOB, Actor
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests.billing.gateway_in_memory import MemoryGateway
from tests.people import AT, World

KEY, HOOK = "rk_test_51RosaWebStudioA1b2", "whsec_rosasecret"
MINUTE = timedelta(minutes=1)


@contextmanager
def opened(gateway: MemoryGateway) -> Iterator[MemoryGateway]:
    """Within: every connected account is that one."""
    before = OPENERS[STRIPE]
    OPENERS[STRIPE] = lambda _key: gateway
    try:
        yield gateway
    finally:
        OPENERS[STRIPE] = before


def machine() -> Actor:
    return installation_actor(name="Test", via=JOB)


@dataclass
class Counter:
    """Where Rosa collects from Carl."""

    world: World
    gateway: MemoryGateway
    account: GatewayAccount

    def enter_card(self, bank: str = "good", *, number: int = 1, payer: Account | None = None) -> PaymentMethod:
        """Carl’s card, as if he had entered it on the processor's page."""
        payer = payer or self.world.carl
        with platform_scope("test"):
            customer = methods.customer_at(self.account, payer, self.gateway)
            held = self.gateway.methods[self.gateway.card(customer, bank=bank, number=number)]
            with transaction.atomic():
                row = methods.keep_method(self.account, held, by="Carl", actor=machine(), at=AT)
        assert row is not None
        return row

    def start(
        self,
        invoice: str = "inv_1",
        amount: int = 4900,
        *,
        currency: str = "EUR",
        at: datetime = AT,
        person: str = "rosa",
    ) -> Payment:
        """Rosa collects an invoice."""
        with self.world.scope(person) as actor, transaction.atomic():
            return charges.start_payment(
                creditor=self.world.rosa, payer=self.world.carl, book="retail", collected_by="own", gateway=self.account,
                invoice=invoice, number=invoice.upper(), amount=amount, currency=currency, actor=actor, at=at,
            )  # fmt: skip

    def work(self, at: datetime = AT) -> int:
        return run_due_jobs(at=at)

    def after(self, minutes: int) -> datetime:
        """The schedule comes, so many minutes later."""
        at = AT + minutes * MINUTE
        with platform_scope("test"):
            charges.ask_unknown(actor=machine(), at=at)
            refunds.ask_unknown_refunds(actor=machine(), at=at)
        run_due_jobs(at=at)
        return at

    def now(self, payment: Payment) -> Payment:
        with platform_scope("test"):
            return Payment.objects.get(id=payment.id)

    def refund(self, ref: str) -> Refund:
        with platform_scope("test"):
            return Refund.objects.get(ref=ref)

    def deliver(self, told: Told, at: datetime = AT, *, secret: str = HOOK, body: str = "") -> None:
        """The processor's message arrives."""
        raw = (body or told.raw).encode()
        signed = hmac.new(secret.encode(), told.raw.encode(), hashlib.sha256).hexdigest()
        with platform_scope("test"):
            inbox.hear(
                word=self.account.hook_word, body=raw, headers={"Stripe-Signature": signed}, actor=machine(), at=at
            )


def set_up(world: World, gateway: MemoryGateway) -> Counter:
    """Rosa has connected her account, and it has answered."""
    with world.scope("rosa") as rosa:
        gateways.connect_gateway(key=KEY, hook_secret=HOOK, actor=rosa, at=AT)
    run_due_jobs(at=AT)
    with platform_scope("test"):
        row = GatewayAccount.objects.get(account=world.rosa)
    assert row.state == "works"
    return Counter(world, gateway, row)


def story(account: Account, prefix: str = "payment.") -> list[str]:
    """What the journal tells of an account's payments, oldest first."""
    rows = JournalEntry.unscoped.filter(account_id=account.id, event__startswith=prefix).order_by("id")
    return list(rows.values_list("event", flat=True))


def messages() -> list[tuple[str, str]]:
    with platform_scope("test"):
        return list(ProviderEvent.objects.order_by("id").values_list("type", "state"))
