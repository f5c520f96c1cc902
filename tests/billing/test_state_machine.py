"""B6: whatever is done in whatever order, the books add up (hypothesis; 500 × 50 steps in a full run)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sublet.accounts.models import Account
from sublet.accounts.operations import births
from sublet.billing import invariants
from sublet.billing.models import BankLine, Invoice, InvoiceLine, LedgerEntry, LedgerPosting
from sublet.billing.operations import book_match, credit_invoice, discard_draft, import_statement, issue_invoice
from sublet.core.creditor import reference_of
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.moves import operations as moves
from sublet.subscriptions import operations as subscriptions
from tests.billing.selling import BEGINS, TAKEN, furnish, make_terms, marks_up, pays, run, texts
from tests.core.bankpapers import camt, detail, entry
from tests.moves.steps import carry_merge_out
from tests.people import World
from tests.thorough import FULL

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CLIENTS = st.integers(0, 1)


class Books(RuleBasedStateMachine):
    """Two clients of Rosa's, one of Remo's; what each does, and what billing makes of it."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.back = transaction.atomic()
        self.back.__enter__()
        self.at = TAKEN + timedelta(hours=1)
        self.count = 0
        self.clients = [self.world.carl, self.world.elan]
        self.merged = False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.back.__exit__(None, None, None)

    def did(self, do: Any, *, of: str = "rosa") -> Any:
        """Do it as that person; a refusal is an answer, too."""
        self.at += timedelta(minutes=1)
        actor = self.world.actor(of)
        try:
            with actor_scope(actor), transaction.atomic():
                return do(actor=actor, at=self.at)
        except (Refusal, NotFound, Forbidden):
            return None

    def above(self, client: int) -> str:
        """Who is responsible for it now: its reseller's person, or its own."""
        with platform_scope("test"):
            parent = Account.objects.values_list("parent_id", flat=True).get(id=self.clients[client].id)
        return {self.world.rosa.id: "rosa", self.world.remo.id: "remo"}.get(parent, "carl")

    @initialize(months=st.integers(0, 3), part=st.sampled_from([0, 50, 100, 130]))
    def some_months_pass(self, months: int, part: int) -> None:
        """What is billed is there, and some of it paid."""
        for _ in range(months):
            self.time_goes_on(30, 1)
            self.the_clock_fires()
            self.look_at_drafts(True)
            if part:
                self.pay(part)

    @rule(days=st.integers(0, 40), hours=st.integers(0, 23))
    def time_goes_on(self, days: int, hours: int) -> None:
        self.at += timedelta(days=days, hours=hours)

    @rule()
    def the_clock_fires(self) -> None:
        run(self.at.replace(minute=0, second=0, microsecond=0), at=self.at)

    @rule(client=CLIENTS, plan=st.sampled_from(["small", "medium", "unlimited"]))
    def take_plan(self, client: int, plan: str) -> None:
        ref = self.clients[client].ref
        self.did(lambda **who: subscriptions.take_plan(ref=ref, plan=plan, **who), of=self.above(client))

    @rule(client=CLIENTS)
    def end_plan(self, client: int) -> None:
        ref = self.clients[client].ref
        self.did(lambda **who: subscriptions.end_subscription(ref=ref, **who), of=self.above(client))

    @rule(client=CLIENTS)
    def pause_or_resume(self, client: int) -> None:
        ref, self.count = self.clients[client].ref, self.count + 1
        step = subscriptions.pause if self.count % 2 else subscriptions.resume
        self.did(lambda **who: step(ref=ref, **who), of=self.above(client))

    @rule(client=CLIENTS, add_on=st.sampled_from(["extra_agenda", "set_up", "training"]))
    def take_add_on(self, client: int, add_on: str) -> None:
        ref = self.clients[client].ref
        self.did(lambda **who: subscriptions.take_add_on(ref=ref, add_on=add_on, **who), of=self.above(client))

    @rule(client=CLIENTS, number=st.integers(1, 400), late=st.integers(0, 30))
    def use(self, client: int, number: int, late: int) -> None:
        self.count += 1
        at = max(self.at - timedelta(days=late), BEGINS)
        texts(self.world, number, at=at, account=self.clients[client], name=f"n{self.count}-")

    @rule(
        client=CLIENTS,
        kind=st.sampled_from(["base", "overage", "add_ons"]),
        payer=st.sampled_from(["client", "reseller"]),
    )
    def another_payer(self, client: int, kind: str, payer: str) -> None:
        self.at += timedelta(minutes=1)
        pays(self.world.rosa, self.clients[client], kind, payer=payer, since=self.at)

    @rule(client=CLIENTS)
    def start_trial(self, client: int) -> None:
        ref = self.clients[client].ref
        self.did(lambda **who: subscriptions.start_trial(ref=ref, **who), of=self.above(client))

    @rule(client=CLIENTS)
    def transfer(self, client: int) -> None:
        """To the other reseller: asked for, and agreed to."""
        ref, here = self.clients[client].ref, self.above(client)
        there = "remo" if here == "rosa" else "rosa"
        code = self.did(lambda **who: moves.make_moving_code(**who), of=there)
        if code and here != "carl":
            asked = self.did(lambda **who: moves.ask_transfer(account_ref=ref, code=code, **who), of=here)
            if asked:
                self.did(lambda **who: moves.agree(move_ref=asked.ref, **who), of=there)

    @rule(client=CLIENTS)
    def detach(self, client: int) -> None:
        ref = self.clients[client].ref
        self.did(lambda **who: moves.detach(account_ref=ref, **who), of=self.above(client))

    @rule(to=st.sampled_from(["rosa", "remo"]))
    def attach(self, to: str) -> None:
        """Carl's account alone has somebody of its own who can ask."""
        if self.above(0) == "carl":
            code = self.did(lambda **who: moves.make_moving_code(**who), of=to)
            asked = code and self.did(lambda **who: moves.ask_attach(code=code, **who), of="carl")
            if asked:
                self.did(lambda **who: moves.agree(move_ref=asked.ref, **who), of=to)

    @precondition(lambda self: not self.merged and self.count > 4)
    @rule()
    def merge(self) -> None:
        """Rosa goes into Remo."""
        code = self.did(lambda **who: moves.make_moving_code(**who), of="remo")
        asked = code and self.did(lambda **who: moves.ask_merge(code=code, **who), of="rosa")
        if asked and self.did(lambda **who: moves.agree(move_ref=asked.ref, **who), of="remo"):
            carry_merge_out(self.world, asked.ref, self.at)
            self.merged = True

    @rule()
    def convert(self) -> None:
        if self.above(0) == "carl":
            ref = self.clients[0].ref
            self.did(lambda **who: births.convert_to_reseller(ref=ref, **who), of="carl")

    @precondition(lambda self: len(self.clients) < 4)
    @rule(plan=st.sampled_from(["small", "medium"]))
    def create(self, plan: str) -> None:
        of = "remo" if self.merged else "rosa"
        made = self.did(lambda **who: births.create_client(name=f"New {len(self.clients)}", **who), of=of)
        if made is not None:
            self.clients.append(made)
            self.did(lambda **who: subscriptions.take_plan(ref=made.ref, plan=plan, **who), of=of)

    @precondition(lambda self: self._documents(kind="invoice", state__in=("issued", "partly-paid")))
    @rule(part=st.sampled_from([50, 100, 130]))
    def pay(self, part: int) -> None:
        """By bank, in part, exactly, or too much."""
        for invoice in self._documents(kind="invoice", state__in=("issued", "partly-paid")):
            self.count += 1
            minor = max(invoice.open_minor * part // 100, 1)
            told = detail(reference=reference_of(invoice.ref))
            data = camt(entry(f"{minor / 100:.2f}", ref=f"B{self.count}", day=self.at.date().isoformat(), details=told))
            of = self.person(invoice)
            name = f"{self.count}.xml"
            self.did(lambda data=data, name=name, **who: import_statement(file_name=name, data=data, **who), of=of)
            with platform_scope("test"):
                line = BankLine.objects.order_by("-id").first()
            if line is not None and line.state == "open":
                self.did(lambda ref=line.ref, of=invoice.ref, **who: book_match(ref=ref, invoices=[of], **who), of=of)

    def person(self, invoice: Invoice) -> str:
        """Who acts for whoever issued it."""
        return {self.world.vendor.id: "vera", self.world.rosa.id: "rosa"}.get(invoice.account_id, "remo")

    def owners(self) -> tuple[int, ...]:
        return self.world.vendor.id, self.world.rosa.id, self.world.remo.id

    def _documents(self, **what: Any) -> list[Invoice]:
        with platform_scope("test"):
            return list(Invoice.objects.filter(account_id__in=self.owners(), **what)[:2])

    @precondition(lambda self: self._documents(state="draft"))
    @rule(issue=st.booleans())
    def look_at_drafts(self, issue: bool) -> None:
        for draft in self._documents(state="draft"):
            of = self.person(draft)
            step = issue_invoice if issue else discard_draft
            self.did(lambda step=step, ref=draft.ref, **who: step(ref=ref, **who), of=of)

    @precondition(lambda self: self._documents(kind="invoice", number__isnull=False))
    @rule(net=st.one_of(st.none(), st.integers(1, 3000)))
    def credit(self, net: int | None) -> None:
        for invoice in self._documents(kind="invoice", number__isnull=False):
            of = self.person(invoice)
            self.did(lambda ref=invoice.ref, **who: credit_invoice(ref=ref, reason="x", net=net, **who), of=of)

    @invariant()
    def the_books_add_up(self) -> None:
        with platform_scope("test"):
            for look in (invariants.balanced, invariants.numbers, invariants.periods, invariants.adds_up):
                assert [one.words for one in look(self.at)] == []
            for owner in (self.world.vendor, self.world.rosa, self.world.remo):
                codes = dict(
                    LedgerPosting.objects.filter(account=owner)
                    .order_by()
                    .values_list("code")
                    .annotate(all=Sum("minor"))
                )
                assert sum(codes.values()) == 0
                charges = LedgerEntry.objects.filter(account=owner, kind="charge")
                # A credit for unused days is a charge below nothing, and stands on a credit note where nothing is charged beside it.
                on_documents = InvoiceLine.objects.filter(
                    account=owner, entry__isnull=False, invoice__number__isnull=False
                )
                left = _sum(charges, "minor") - _sum(on_documents, "minor")
                carried = LedgerPosting.objects.filter(
                    account=owner, code="unbilled", entry__key__startswith="carried:"
                )
                assert codes.get("unbilled", 0) == left + _sum(carried, "minor")
                issued = Invoice.objects.filter(account=owner, number__isnull=False)
                assert codes.get("receivable", 0) == _sum(issued, "gross_minor") - _sum(issued, "paid_minor")
                assert codes.get("prepaid", 0) <= 0
                assert not issued.filter(kind="invoice", paid_minor__lt=0).exists()
                assert -codes.get("tax", 0) == _sum(issued, "tax_minor")
                assert not issued.filter(kind="invoice", gross_minor__lt=0).exists()


def _sum(rows: Any, column: str) -> int:
    return rows.aggregate(all=Sum(column))["all"] or 0


def test_whatever_is_done_the_books_add_up(world: World) -> None:
    Books.world = furnish(world)
    marks_up(world.rosa)
    make_terms(world.remo, collected_by="own")
    pays(world.rosa, world.elan)
    with world.scope("rosa") as rosa:
        subscriptions.take_plan(ref=world.elan.ref, plan="small", actor=rosa, at=TAKEN)
    size = {"max_examples": 500, "stateful_step_count": 50} if FULL else {"max_examples": 6, "stateful_step_count": 20}
    run_state_machine_as_test(Books, settings=settings(**size, deadline=None))  # type: ignore[arg-type]  # a table of figures


__all__ = ["Books"]
