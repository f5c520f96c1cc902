"""A small portfolio that is billed: Rosa’s Carl on a plan with overage, with an issuer on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sublet.accounts.models import Account
from sublet.accounts.queries import installation_actor
from sublet.billing.models import BillingRun, BillingTerms, Invoice, InvoiceLine, Issuer, LedgerEntry, LedgerPosting
from sublet.billing.operations import run_billing
from sublet.clientsettings.models import AgreedTerm
from sublet.foundation.actor import JOB, Actor
from sublet.foundation.scope import platform_scope
from sublet.metering.operations import record_usage
from sublet.pricing.models import RetailMarkUp
from sublet.subscriptions.operations import take_plan
from tests.metering.meters import product, used
from tests.people import World
from tests.subscriptions import sell

TAKEN = datetime(2026, 3, 17, 10, 30, tzinfo=UTC)
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)


def day(text: str, hour: int = 1) -> datetime:
    return datetime.fromisoformat(text).replace(hour=hour, tzinfo=UTC)


def installation() -> Actor:
    with platform_scope("test"):
        return installation_actor(name="Schedule", via=JOB)


def run(until: datetime, *, at: datetime | None = None) -> BillingRun:
    return run_billing(until=until, actor=installation(), at=at or until)


def make_issuer(account: Account, **fields: Any) -> Issuer:
    with platform_scope("test data"):
        known = {
            "legal_name": f"{account.name} Srl",
            "street": "Via 1",
            "city": "Roma",
            "country": "IT",
            "vat_id": "IT1",
        }
        issuer = Issuer(account=account, made_at=BEGINS, made_by="test", **(known | fields))
        issuer.save()
        return issuer


def make_terms(owner: Account, client: Account | None = None, **fields: Any) -> BillingTerms:
    with platform_scope("test data"):
        book = "wholesale" if owner.kind == "vendor" else "retail"
        known = {"since": BEGINS, "decided_at": BEGINS, "decided_by": "test"}
        row = BillingTerms(account=owner, client=client, book=book, **(known | fields))
        row.save()
        return row


def pays(reseller: Account, client: Account, *kinds: str, payer: str = "client", since: datetime = BEGINS) -> None:
    with platform_scope("test data"):
        for kind in kinds or ("base", "overage", "add_ons"):
            AgreedTerm(
                account=reseller, client=client, field=f"payer.{kind}", value={"is": payer}, since=since,
                decided_at=since, decided_by="test",
            ).save()  # fmt: skip


def texts(world: World, number: int, *, at: datetime, account: Account | None = None, name: str = "t") -> None:
    actor = product(world)
    with platform_scope("test"):
        ref = (account or world.carl).ref
        record_usage(
            events=[used(world, f"{name}{at}", "text_messages", number, at=at, account=ref)], actor=actor, at=at
        )


def marks_up(reseller: Account, percent: int = 50) -> None:
    """The reseller asks so much more than the list price of all its clients."""
    with platform_scope("test data"):
        RetailMarkUp(
            account=reseller,
            layer="item",
            percent=percent,
            on="list",
            since=BEGINS,
            decided_at=BEGINS,
            decided_by="test",
        ).save()


def furnish(world: World, *, retail: bool = True) -> World:
    """Rosa's Carl takes `medium` on 17 March; both sides issue invoices, Carl pays Rosa for everything."""
    sell(world)
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan="medium", actor=rosa, at=TAKEN)
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    if retail:
        make_issuer(world.rosa, invoice_prefix="R-")
        make_terms(world.rosa, collected_by="own")
        pays(world.rosa, world.carl)
    return world


def entries(book: str = "wholesale") -> list[tuple[str, int]]:
    with platform_scope("test"):
        rows = LedgerEntry.objects.filter(book=book, kind="charge").order_by("due_at", "id")
        return [(row.key, row.minor) for row in rows]


def invoices(book: str = "wholesale") -> list[Invoice]:
    with platform_scope("test"):
        return list(Invoice.objects.filter(book=book).order_by("id"))


def lines(invoice: Invoice) -> Sequence[tuple[str, int, int, int]]:
    with platform_scope("test"):
        rows = InvoiceLine.objects.filter(invoice_id=invoice.id).order_by("position")
        return [(row.about, row.minor, row.discount_minor, row.net_minor) for row in rows]


def balances(book: str = "wholesale") -> dict[str, int]:
    found: dict[str, int] = {}
    with platform_scope("test"):
        for row in LedgerPosting.objects.filter(book=book):
            found[row.code] = found.get(row.code, 0) + row.minor
    return {code: minor for code, minor in found.items() if minor}


def sells_at_list(world: World, text: str) -> World:
    """Rosa resells that offer at the list prices and collects by herself; Carl pays her."""
    sell(world, text)
    make_issuer(world.vendor, invoice_prefix="V-")
    make_terms(world.rosa, collected_by="own")
    pays(world.rosa, world.carl)
    marks_up(world.rosa, 0)
    return world


__all__ = ["TAKEN", "day", "furnish", "run", "timedelta"]
