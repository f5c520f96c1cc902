"""What the tests with several processes start: ``python -m tests.billing.processes COMMAND``."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import django

from tests.installation import together

if TYPE_CHECKING:
    from sublet.accounts.models import Account  # at run time only once Django is set up
    from tests.people import World

SERIES = 3
UNTIL = datetime(2026, 6, 2, 1, tzinfo=UTC)


def furnish(clients: int) -> tuple[World, list[Account]]:
    """Rosa with so many clients on `medium`, taken on different days, who pay her; both sides issue by themselves."""
    from sublet.subscriptions.models import PlanChange
    from tests import factories
    from tests.billing.selling import make_issuer, make_terms, marks_up, pays
    from tests.people import make_world
    from tests.subscriptions import sell

    world = make_world()
    sell(world)
    from sublet.foundation.scope import platform_scope

    made = []
    with platform_scope("test data"):
        for number in range(clients):
            client = factories.make_client(world.rosa, f"Client {number:04}")
            taken = datetime(2026, 3, 3 + number % 27, 8, number % 60, tzinfo=UTC)
            PlanChange(
                account=client,
                kind="take",
                plan="medium",
                version=1,
                effective_at=taken,
                decided_at=taken,
                decided_by="t",
            ).save()
            made.append(client)
    make_issuer(world.vendor, invoice_prefix="V-")
    make_issuer(world.rosa, invoice_prefix="R-")
    make_terms(world.vendor, automatic=True, collected_by="own")
    make_terms(world.rosa, automatic=True, collected_by="own")
    marks_up(world.rosa)
    for client in made:
        pays(world.rosa, client)
    return world, made


def state() -> dict[str, Any]:
    """What there is, and what is broken."""
    from django.db.models import Count

    from sublet.billing import invariants
    from sublet.billing.models import Invoice, InvoiceLine, LedgerEntry, NumberSeries
    from sublet.foundation.journal.models import JournalEntry
    from sublet.foundation.scope import platform_scope

    with platform_scope("test"):
        looks = (invariants.balanced, invariants.numbers, invariants.periods, invariants.adds_up)
        numbers = list(
            Invoice.objects.filter(number__isnull=False).order_by("series", "number").values_list("series", "number")
        )
        twice = LedgerEntry.objects.values("client_id", "book", "key").annotate(n=Count("id")).filter(n__gt=1)
        return {
            "broken": [one.words for look in looks for one in look(UNTIL)],
            "charges": LedgerEntry.objects.filter(kind="charge").count(),
            "minor": sum(LedgerEntry.objects.filter(kind="charge").values_list("minor", flat=True)),
            "twice": twice.count(),
            "invoices": Invoice.objects.count(),
            "issued": len(numbers),
            "gross": sum(Invoice.objects.values_list("gross_minor", flat=True)),
            "lines": InvoiceLine.objects.count(),
            "last": sorted(NumberSeries.objects.values_list("series", "last")),
            "journal": JournalEntry.unscoped.filter(event="invoice.issued").count(),
        }


def numbers(count: int, processes: int) -> dict[str, Any]:
    """C4: so many invoices in three series, one in ten rolled back."""
    from django.db import OperationalError, transaction

    from sublet.billing.operations import issue_invoices
    from sublet.foundation.scope import actor_scope
    from tests.billing.rows import make_invoice
    from tests.billing.selling import make_issuer
    from tests.people import make_world

    world = make_world()
    owners = (world.vendor, world.rosa, world.remo)
    debtors = (world.rosa, world.carl, world.bakery)
    people = ("vera", "rosa", "remo")
    for number, owner in enumerate(owners):
        make_issuer(owner, invoice_prefix=f"S{number}-")
    drafts = [
        (number % SERIES, make_invoice(owners[number % SERIES], debtors[number % SERIES]).ref)
        for number in range(count)
    ]
    actors = [world.actor(person) for person in people]

    class Back(Exception):
        pass

    def work(mine: int) -> str:
        chance = random.Random(mine)
        told = Counter[str]()
        left = drafts[mine::processes]
        while left:
            series, ref = left.pop(0)
            at = datetime(2026, 4, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(24 * 60))
            back = chance.random() < 0.1
            try:
                with actor_scope(actors[series]), transaction.atomic():
                    issue_invoices(refs=[ref], actor=actors[series], at=at)
                    if back:
                        raise Back
            except Back:
                told["back"] += 1
                left.append((series, ref))
            except OperationalError as fault:
                told[str(fault)[:40]] += 1
                left.append((series, ref))
            else:
                told["issued"] += 1
        return json.dumps(told)

    total = Counter[str]()
    for answer in together(processes, work):
        total.update(json.loads(answer))
    return {"told": total, **state()}


def naive_numbers(count: int, processes: int) -> dict[str, Any]:
    """The positive control: the highest number so far and one more, as many shops do."""
    from django.db.models import Max

    from sublet.billing.models import Invoice
    from sublet.foundation.scope import platform_scope
    from tests.billing.rows import make_invoice
    from tests.people import make_world

    world = make_world()
    make_invoice(world.rosa, world.carl, number=1)

    def work(_mine: int) -> str:
        given = []
        for _ in range(count // processes):
            with platform_scope("test"):
                most = Invoice.objects.filter(account_id=world.rosa.id).aggregate(m=Max("number"))["m"]
                time.sleep(0.01)
                given.append(most + 1)
        return json.dumps(given)

    given = [number for answer in together(processes, work) for number in json.loads(answer)]
    return {"given": len(given), "different": len(set(given))}


def runs(clients: int) -> dict[str, Any]:
    """C5: two workers at once, and the clock fires five times."""
    from django.db import OperationalError

    from tests.billing.selling import run

    furnish(clients)

    def work(_mine: int) -> str:
        told = Counter[str]()
        for _ in range(5):
            try:
                run(UNTIL)
                told["done"] += 1
            except OperationalError as fault:
                told[str(fault)[:60]] += 1
        return json.dumps(told)

    total = Counter[str]()
    for answer in together(2, work):
        total.update(json.loads(answer))
    return {"told": total, **state()}


def _killed(work: Callable[[], object], after: float) -> bool:
    """Whether a process that does it was killed before it was done."""
    from django.db import connections

    connections.close_all()
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(after)
    alive = process.is_alive()
    if alive and process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return alive


def killed(clients: int, kills: int) -> dict[str, Any]:
    """K1: the run is killed again and again, and goes on; then it is done once to its end."""
    from sublet.billing.operations import running
    from tests.billing.selling import run

    furnish(clients)
    running.BATCH = 7  # type: ignore[misc]  # many small steps, so that many points lie between them
    chance = random.Random(5)
    # Day by day, so that there is something left to do at each kill.
    days = [datetime(2026, 3, 3, 1, tzinfo=UTC) + timedelta(days=number) for number in range(91)]
    count = done = place = 0
    while count < kills:
        until = days[min(place, len(days) - 1)]
        if _killed(lambda until=until: run(until), chance.uniform(0.002, 0.12) + 0.02 * chance.random()):  # type: ignore[misc]  # bound now
            count += 1
            # Who was killed three times on one day gets its time.
            if chance.random() < 0.35:
                run(until)
                place += 1
        else:
            done += 1
            place += 1
    run(UNTIL)
    before = state()
    run(UNTIL)
    return {"killed": count, "done": done, "again": state() == before, **before}


def whole(clients: int) -> dict[str, Any]:
    """The same in one go, with nobody killed."""
    from tests.billing.selling import run

    furnish(clients)
    run(UNTIL)
    return state()


def naive_run(clients: int, kills: int) -> dict[str, Any]:
    """The positive control: what is charged, and that it was, in two transactions, and no constraint that knows better."""
    from django.db import connection

    from sublet.billing.models import BillingRun
    from sublet.billing.operations.posting import _not_there, write_sides
    from sublet.billing.queries.facts import facts_of
    from sublet.billing.queries.sides import sides_of
    from sublet.core.charging import charges
    from sublet.foundation.scope import platform_scope

    world, made = furnish(clients)
    since = datetime(2026, 1, 1, tzinfo=UTC)

    def work() -> None:
        from dataclasses import replace
        from uuid import uuid4

        from django.db import transaction

        with platform_scope("test"):
            run, _new = BillingRun.objects.get_or_create(
                account_id=world.vendor.id, until=UNTIL, defaults={"begun_at": UNTIL, "by": "t"}
            )
            for number in range(run.accounts, len(made)):
                known = facts_of([made[number]], since=since, until=UNTIL)[made[number].id]
                due = [(made[number], known, one) for one in charges(known.facts, since=since, until=UNTIL)]
                sides = sides_of(_not_there(due, world.vendor.id), world.vendor.id)
                loose = [replace(s, charge=replace(s.charge, key=f"{s.charge.key}~{uuid4().hex[:8]}")) for s in sides]
                with transaction.atomic():
                    write_sides(loose, at=UNTIL, by="t")
                time.sleep(0.004)
                BillingRun.objects.filter(id=run.id).update(accounts=number + 1)

    chance = random.Random(7)
    for _ in range(kills):
        _killed(work, chance.uniform(0.002, 0.12))
    work()
    with platform_scope("test"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_entry WHERE book = 'wholesale'")
        return {"there": cursor.fetchone()[0]}


def collect(world: World, number: int, minor: int) -> None:
    """The vendor has collected so much for Rosa."""
    from django.db import transaction

    from sublet.billing.models.books import WHOLESALE
    from sublet.billing.operations.money_moved import book
    from sublet.core import ledger
    from sublet.foundation.scope import platform_scope

    with platform_scope("test data"), transaction.atomic():
        book(
            owner=world.vendor.id, book=WHOLESALE, debtor=world.rosa.id, key=f"collected:pay_{number}", about="", minor=minor,
            currency="EUR", by="t", at=UNTIL, postings=ledger.entry(WHOLESALE, "EUR", cash=minor, payable=-minor),
        )  # fmt: skip


def paid_out(world: World, told: Counter[str]) -> dict[str, Any]:
    """What was paid out, what is still owed, and what is broken."""
    from sublet.billing import invariants
    from sublet.billing.models import LedgerEntry, Payout
    from sublet.billing.operations.money_moved import payable_balance
    from sublet.foundation.scope import platform_scope

    with platform_scope("test"):
        return {
            "told": told,
            "payouts": sorted(Payout.objects.values_list("number", "minor")),
            "entries": LedgerEntry.objects.filter(key__startswith="payout:").count(),
            "owed": payable_balance(world.vendor.id, world.rosa.id, "EUR"),
            "broken": [
                one.words
                for look in (invariants.balanced, invariants.numbers, invariants.payouts)
                for one in look(UNTIL)
            ],
        }


def payouts(rounds: int, processes: int) -> dict[str, Any]:
    """So many times something is owed, and everybody pays it out in the same moment."""
    from sublet.billing.operations.payouts import CannotPayOut, pay_out
    from sublet.foundation.scope import actor_scope
    from tests.people import make_world

    world = make_world()
    actor = world.actor("vera")
    total = Counter[str]()
    for number in range(rounds):
        collect(world, number, 10_000)

        def work(_mine: int) -> str:
            try:
                with actor_scope(actor):
                    pay_out(reseller=world.rosa.ref, currency="EUR", amount=10_000, actor=actor, at=UNTIL)
            except CannotPayOut as refused:
                return refused.code
            return "paid"

        total.update(together(processes, work))
    return paid_out(world, total)


def naive_payouts(rounds: int, processes: int) -> dict[str, Any]:
    """The positive control: what is owed is read, and then booked as paid, with nothing between that holds others off."""
    from django.db import transaction

    from sublet.billing.models.books import WHOLESALE
    from sublet.billing.operations.money_moved import book, payable_balance
    from sublet.core import ledger
    from sublet.foundation.scope import platform_scope
    from tests.people import make_world

    world = make_world()
    total = Counter[str]()
    for number in range(rounds):
        collect(world, number, 10_000)

        def work(mine: int, number: int = number) -> str:
            with platform_scope("test"):
                owed = payable_balance(world.vendor.id, world.rosa.id, "EUR")
                time.sleep(0.3)
                if owed <= 0:
                    return "nothing"
                with transaction.atomic():
                    book(
                        owner=world.vendor.id, book=WHOLESALE, debtor=world.rosa.id, key=f"payout:{number}-{mine}", about="",
                        minor=-owed, currency="EUR", by="t", at=UNTIL,
                        postings=ledger.entry(WHOLESALE, "EUR", payable=owed, cash=-owed),
                    )  # fmt: skip
                return "paid"

        total.update(together(processes, work))
    return paid_out(world, total)


def bank_refunds(rounds: int, processes: int) -> dict[str, Any]:
    """So many times a payer has paid ahead, and everybody gives it back in the same moment, each by another form."""
    from django.db import transaction

    from sublet.billing import invariants
    from sublet.billing.models import BankRefund
    from sublet.billing.operations import CannotBookBankRefund, book_bank_refund
    from sublet.billing.operations.money_moved import book
    from sublet.billing.queries.paid_ahead import prepaid_balance
    from sublet.core import ledger
    from sublet.foundation.scope import actor_scope, platform_scope
    from tests.people import make_world

    world = make_world()
    actor = world.actor("rosa")
    total = Counter[str]()
    for number in range(rounds):
        with platform_scope("test"), transaction.atomic():
            book(
                owner=world.rosa.id, book="retail", debtor=world.carl.id, key=f"payment:{number}", about="", minor=10_000,
                currency="EUR", by="t", at=UNTIL, postings=ledger.payment("retail", 10_000, "EUR", prepaid=10_000),
            )  # fmt: skip

        def work(_mine: int) -> str:
            try:
                with actor_scope(actor):
                    book_bank_refund(account=world.carl.ref, currency="EUR", amount=6_000, actor=actor, at=UNTIL)
            except CannotBookBankRefund as refused:
                return refused.code
            return "given"

        total.update(together(processes, work))
        with actor_scope(actor):  # so that each round begins with the same
            book_bank_refund(account=world.carl.ref, currency="EUR", amount=4_000, actor=actor, at=UNTIL)
    with platform_scope("test"):
        return {
            "told": dict(total),
            "refunds": BankRefund.objects.count(),
            "left": prepaid_balance(world.rosa.id, world.carl.id, "retail", "EUR"),
            "broken": [one.words for one in invariants.balanced(UNTIL)],
        }


def write_offs(rounds: int, processes: int) -> dict[str, Any]:
    """So many invoices, and everybody writes each off in the same moment, while half of its money arrives."""
    from django.db import transaction

    from sublet.billing import invariants
    from sublet.billing.models import Invoice, LedgerEntry, WriteOff
    from sublet.billing.operations import write_off
    from sublet.billing.operations.money_moved import book, locked_invoice, note_paid
    from sublet.core import ledger
    from sublet.foundation.scope import actor_scope, platform_scope
    from tests.billing.statements import claimed
    from tests.people import make_world

    world = make_world()
    actor = world.actor("rosa")
    total = Counter[str]()
    for number in range(rounds):
        of = claimed(world.rosa, world.carl, 10_000, UNTIL)

        def work(mine: int, of: Invoice = of, number: int = number) -> str:
            if mine:
                with actor_scope(actor):
                    return write_off(ref=of.ref, reason="Gone", actor=actor, at=UNTIL).state
            with platform_scope("test"), transaction.atomic():
                invoice = locked_invoice(world.rosa.id, of.ref)
                assert invoice is not None
                book(
                    owner=world.rosa.id, book="retail", debtor=world.carl.id, key=f"payment:{number}", about=of.ref, minor=5_000,
                    currency="EUR", by="t", at=UNTIL, postings=ledger.payment("retail", 5_000, "EUR"),
                )  # fmt: skip
                note_paid(invoice, 5_000, by="t", at=UNTIL)
            return "paid"

        total.update(together(processes, work))
    with platform_scope("test"):
        found = [*invariants.balanced(UNTIL), *invariants.losses(UNTIL)]
        parts = ("state", "paid_minor", "written_off_minor")
        return {
            "told": dict(total),
            "stands": sorted({tuple(row) for row in Invoice.objects.values_list(*parts)}),
            "write_offs": WriteOff.objects.count(),
            "entries": LedgerEntry.objects.filter(key__startswith="written-off:").count(),
            "broken": [one.words for one in found],
        }


def main() -> int:
    django.setup()
    from tests.billing.refunds_at_once import refunds

    command, *rest = sys.argv[1:]
    figures = [int(each) for each in rest]
    made: dict[str, Callable[..., Any]] = {
        "numbers": numbers,
        "naive_numbers": naive_numbers,
        "runs": runs,
        "killed": killed,
        "whole": whole,
        "naive_run": naive_run,
        "payouts": payouts,
        "naive_payouts": naive_payouts,
        "bank_refunds": bank_refunds,
        "write_offs": write_offs,
        "refunds": refunds,
    }
    print(json.dumps(made[command](*figures)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
