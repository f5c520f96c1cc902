"""B6: whatever is done in whatever order, the books add up (hypothesis; 500 × 50 steps in a full run)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from sublet.accounts.models import Account
from sublet.billing import invariants
from sublet.billing.models import Invoice, InvoiceLine, LedgerEntry, LedgerPosting
from sublet.billing.operations import credit_invoice, discard_draft, issue_invoice
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.subscriptions import operations as subscriptions
from tests.billing.selling import BEGINS, TAKEN, furnish, make_terms, marks_up, pays, run, texts
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
        self.actors: dict[str, Actor] = {person: self.world.actor(person) for person in ("vera", "rosa")}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.back.__exit__(None, None, None)

    def did(self, do: Any, *, of: str = "rosa") -> None:
        """Do it as that person; a refusal is an answer, too."""
        self.at += timedelta(minutes=1)
        try:
            with actor_scope(self.actors[of]), transaction.atomic():
                do(actor=self.actors[of], at=self.at)
        except (Refusal, NotFound):
            pass

    @rule(days=st.integers(0, 40), hours=st.integers(0, 23))
    def time_goes_on(self, days: int, hours: int) -> None:
        self.at += timedelta(days=days, hours=hours)

    @rule()
    def the_clock_fires(self) -> None:
        run(self.at.replace(minute=0, second=0, microsecond=0), at=self.at)

    @rule(client=CLIENTS, plan=st.sampled_from(["small", "medium", "unlimited"]))
    def take_plan(self, client: int, plan: str) -> None:
        ref = self.clients[client].ref
        self.did(lambda **who: subscriptions.take_plan(ref=ref, plan=plan, **who))

    @rule(client=CLIENTS)
    def end_plan(self, client: int) -> None:
        ref = self.clients[client].ref
        self.did(lambda **who: subscriptions.end_subscription(ref=ref, **who))

    @rule(client=CLIENTS)
    def pause_or_resume(self, client: int) -> None:
        ref, self.count = self.clients[client].ref, self.count + 1
        step = subscriptions.pause if self.count % 2 else subscriptions.resume
        self.did(lambda **who: step(ref=ref, **who))

    @rule(client=CLIENTS, add_on=st.sampled_from(["extra_agenda", "set_up", "training"]))
    def take_add_on(self, client: int, add_on: str) -> None:
        ref = self.clients[client].ref
        self.did(lambda **who: subscriptions.take_add_on(ref=ref, add_on=add_on, **who))

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
    def transfer(self, client: int) -> None:
        with platform_scope("test"):
            row = Account.objects.get(id=self.clients[client].id)
            row.parent = self.world.remo if row.parent_id == self.world.rosa.id else self.world.rosa
            row.save(update_fields=["parent"])

    def _documents(self, **what: Any) -> list[Invoice]:
        with platform_scope("test"):
            return list(Invoice.objects.filter(account_id__in=(self.world.vendor.id, self.world.rosa.id), **what)[:2])

    @precondition(lambda self: self._documents(state="draft"))
    @rule(issue=st.booleans())
    def look_at_drafts(self, issue: bool) -> None:
        for draft in self._documents(state="draft"):
            of = "vera" if draft.book == "wholesale" else "rosa"
            step = issue_invoice if issue else discard_draft
            self.did(lambda step=step, ref=draft.ref, **who: step(ref=ref, **who), of=of)

    @precondition(lambda self: self._documents(kind="invoice", number__isnull=False))
    @rule(net=st.one_of(st.none(), st.integers(1, 3000)))
    def credit(self, net: int | None) -> None:
        for invoice in self._documents(kind="invoice", number__isnull=False):
            of = "vera" if invoice.book == "wholesale" else "rosa"
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
                on_invoices = InvoiceLine.objects.filter(
                    account=owner, invoice__kind="invoice", invoice__number__isnull=False
                )
                left = _sum(charges, "minor") - _sum(on_invoices, "minor")
                assert codes.get("unbilled", 0) == left
                issued = Invoice.objects.filter(account=owner, number__isnull=False)
                assert codes.get("receivable", 0) == _sum(issued, "gross_minor")
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
