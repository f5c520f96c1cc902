"""An overdue invoice of Rosa's to Carl, and the days that pass."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from sublet.accounts.models import Account
from sublet.billing.models import DunningCase, DunningStep, Invoice, PaymentMethod
from sublet.billing.operations.dunning_acting import run_dunning
from sublet.billing.operations.money_moved import note_paid
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.subscriptions.operations import take_plan
from sublet.subscriptions.queries.held import held
from tests.billing.payments import Counter, machine
from tests.billing.rows import make_invoice
from tests.people import World
from tests.subscriptions import sell

DUE = date(2026, 3, 16)


def on(days: int, hour: int = 12) -> datetime:
    """So many days after the invoice was due."""
    return datetime(DUE.year, DUE.month, DUE.day, hour, tzinfo=UTC) + timedelta(days=days)


def days_ago(days: int) -> date:
    """In the zone in which Rosa counts days: around midnight it is another one than in UTC."""
    return now().astimezone(ZoneInfo("Europe/Rome")).date() - timedelta(days=days)


def owes(world: World, *, number: int = 1, debtor: Account | None = None, **fields: Any) -> Invoice:
    """Carl, on a plan that he has taken, owes Rosa 29.00 since `DUE`."""
    return make_invoice(world.rosa, debtor or world.carl, number=number, **{"due_on": DUE, **fields})


def takes(world: World) -> None:
    """Carl is on a plan."""
    sell(world)
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan="medium", actor=rosa, at=on(-30))


def passes(days: int, hour: int = 12) -> None:
    """The schedule comes by on that day, and what it begins is done."""
    # Mails stay where they are written: there is no server that takes them.
    with mock.patch("sublet.messaging.sending.send_mail"):
        run_dunning(actor=machine(), at=on(days, hour))
        run_due_jobs(at=on(days, hour))


#: Days on which something happens by the usual schedule, and some on which nothing does.
DAYS = (0, 1, 2, 3, 7, 8, 14, 17, 18, 20, 21, 22, 23, 30)


def day_by_day(first: int, last: int) -> None:
    for days in DAYS:
        if first <= days <= last:
            passes(days)


def steps(invoice: Invoice, round: int = 1) -> list[tuple[str, str]]:
    with platform_scope("test"):
        rows = DunningStep.objects.filter(case__invoice_id=invoice.id, round=round).order_by("id")
        return list(rows.values_list("key", "outcome"))


def case_of(invoice: Invoice) -> DunningCase:
    with platform_scope("test"):
        return DunningCase.objects.get(invoice_id=invoice.id)


def mails() -> list[tuple[str, str]]:
    """What dunning wrote, oldest first: kind and reader."""
    with platform_scope("test"):
        rows = OutboxMail.objects.filter(template__regex="^(invoice-|payment-confirm|reseller-)").order_by(
            "created_at", "id"
        )
        return list(rows.values_list("template", "to_email"))


def told(account: Account) -> list[str]:
    rows = JournalEntry.unscoped.filter(account_id=account.id, event__startswith="dunning.").order_by("id")
    return list(rows.values_list("event", flat=True))


def rests(account: Account, at: datetime) -> bool:
    """Whether its plan rests."""
    with platform_scope("test"):
        return held(Account.objects.get(id=account.id)).agreement.phase_at(at).paused


def is_paid(invoice: Invoice, minor: int | None = None) -> None:
    """Money for it has come, by whatever way."""
    with platform_scope("test"):
        row = Invoice.objects.get(id=invoice.id)
        note_paid(row, row.open_minor if minor is None else minor, by="test", at=row.made_at)


def enters(counter: Counter, bank: str, days: int, *, number: int = 2) -> None:
    """Carl has another card since that day."""
    row = counter.enter_card(bank, number=number)
    with platform_scope("test"):
        PaymentMethod.objects.filter(id=row.id).update(added_at=on(days))


def reseller_owes(world: World, *, number: int = 1) -> Invoice:
    """Rosa owes the vendor 29.00 since `DUE`."""
    return make_invoice(world.vendor, world.rosa, number=number, due_on=DUE)
