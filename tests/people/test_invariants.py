"""What is looked at each night: it holds in the world of the tests, and each break is found when it is made on purpose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client

from sublet.accounts.models import Account, AccountTag, SearchWord
from sublet.billing.models import BillingRun, Invoice, InvoiceLine, LedgerPosting, NumberSeries, Payout
from sublet.branding.models import Domain
from sublet.entitlements.models import EntitlementSource
from sublet.foundation.invariants.checks import INVARIANTS, Broken, check_invariants, standings
from sublet.foundation.jobs.events import ScheduleSwitchedOn
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.operations import record
from sublet.foundation.journal.seals import seal_journal
from sublet.foundation.scope import platform_scope
from sublet.moves.models import Move
from sublet.people.models import Collaborator, Grant, Impersonation, Reach
from sublet.portals.cli import findings
from tests.billing.rows import make_entry, make_invoice
from tests.owner import fences_lifted, owning
from tests.people import AT, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(world: World) -> JournalEntry:
    with world.scope("vera") as actor, transaction.atomic():
        made = record(ScheduleSwitchedOn(schedule="test"), account_id=world.carl.id, actor=actor, at=AT)
    seal_journal(at=AT)
    return made


def broken() -> dict[str, int]:
    with platform_scope("a test looks at everything"):
        return {each.name: each.number for each in check_invariants(at=AT) if each.number}


def _change(world: World) -> None:
    with fences_lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE journal SET reason = 'another'")


def _lift(world: World) -> None:
    name = "ON journal" if connection.vendor == "postgresql" else ""
    trigger = "journal_is_append_only" if connection.vendor == "postgresql" else "journal_is_not_deleted"
    with owning(), connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger} {name}")


def _tree(world: World) -> None:
    Grant.objects.filter(account=world.elan).delete()
    SearchWord.objects.filter(account=world.elan).delete()
    AccountTag.objects.filter(account=world.elan).delete()
    Account.objects.filter(id=world.elan.id).update(parent=world.vendor)


def _owner(world: World) -> None:
    Collaborator.objects.filter(id=world.places["carl"].id).update(is_owner=False)


def _reach(world: World) -> None:
    Reach(collaborator=world.places["rico"], client=world.bakery).save()


def _impersonation(world: World) -> None:
    Impersonation(
        account=world.bakery, mode="reseller", staff_collaborator=world.places["rosa"], reason="-", host="h",
        started_at=AT, last_used_at=AT, expires_at=AT + timedelta(hours=1),
    ).save()  # fmt: skip


def _grant(world: World) -> None:
    Grant.objects.filter(account=world.carl).delete()
    Grant(account=world.carl, reseller=world.remo, starts_at=AT, asked_at=AT).save()


def _left_behind(world: World) -> None:
    Domain(
        account=world.dora, host="dora.agency.example", state="proved", proof="wildcard", created_at=AT, proved_at=AT
    ).save()


def _words(world: World) -> None:
    AccountTag.objects.filter(account=world.carl).update(parent_id=world.remo.id)


def _merged(world: World) -> None:
    Move(
        account=world.remo, source=world.vendor, target=world.rosa, kind="merge", state="done", asked_side="source",
        asked_by="-", asked_at=AT,
    ).save()  # fmt: skip


def _sources(world: World) -> None:
    EntitlementSource(account=world.carl, kind="plan", key="gold", version=1, starts_at=AT).save()


def _issued(world: World, last: int) -> Invoice:
    NumberSeries(account=world.rosa, book="retail", series="", last=last, last_day=AT.date()).save()
    return make_invoice(world.rosa, world.carl, number=1, at=AT)


def _balance(world: World) -> None:
    entry = make_entry(world.rosa, world.carl)
    with fences_lifted():
        LedgerPosting.unscoped.filter(entry_id=entry.id, code="revenue").update(minor=-1)


def _number(world: World) -> None:
    _issued(world, last=2)


def _days(world: World) -> None:
    for time in ("first", "again"):
        make_entry(world.rosa, world.carl, key=f"base:plan.business.1:{time}")


def _lines(world: World) -> None:
    invoice = _issued(world, last=1)
    with fences_lifted():
        InvoiceLine.unscoped.filter(invoice_id=invoice.id).update(minor=1, net_minor=1)


def _reckoned(world: World) -> None:
    faults = [[world.carl.id, "WrongPrice: nothing", AT.isoformat()]]
    BillingRun(account=world.vendor, until=AT, begun_at=AT, done_at=AT, by="test", faults=faults).save()


def _papers(world: World) -> None:
    NumberSeries(account=world.rosa, book="retail", series="", last=1, last_day=AT.date()).save()
    make_invoice(world.rosa, world.carl, number=1, at=AT - timedelta(days=1, seconds=1))
    make_invoice(world.rosa, world.carl)


def _losses(world: World) -> None:
    made = make_invoice(world.rosa, world.carl)
    Invoice.objects.filter(id=made.id).update(written_off_minor=100)


def _payouts(world: World) -> None:
    NumberSeries(account=world.vendor, book="wholesale", series="payout:", last=1, last_day=AT.date()).save()
    Payout(
        account=world.vendor, debtor=world.rosa, number=1, day=AT.date(), currency="EUR", minor=500, made_at=AT, made_by="-",
    ).save(force_insert=True)  # fmt: skip


BREAKS: dict[str, Callable[[World], None]] = {
    "journal.chain": _change,
    "journal.fences": _lift,
    "accounts.tree": _tree,
    "people.owner": _owner,
    "people.reach": _reach,
    "people.impersonation": _impersonation,
    "people.grant": _grant,
    "moves.left_behind": _left_behind,
    "moves.words": _words,
    "moves.merged": _merged,
    "subscriptions.sources": _sources,
    "billing.balanced": _balance,
    "billing.reckoned": _reckoned,
    "billing.numbers": _number,
    "billing.periods": _days,
    "billing.invoices": _lines,
    "billing.papers": _papers,
    "billing.losses": _losses,
    "billing.payouts": _payouts,
}


def test_each_invariant_has_a_break(world: World) -> None:
    assert set(BREAKS) == set(INVARIANTS)


def test_all_hold(world: World, entry: JournalEntry) -> None:
    assert broken() == {}
    assert {each.name for each in standings()} == set(INVARIANTS)


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_is_found(name: str, world: World, entry: JournalEntry) -> None:
    with platform_scope("a test breaks it on purpose"):
        BREAKS[name](world)

    assert broken() == {name: 1}


def test_since_when_and_until(world: World) -> None:
    with platform_scope("a test breaks it on purpose"):
        Account.objects.filter(id=world.elan.id).update(parent=world.vendor)
        check_invariants(at=AT)
        check_invariants(at=AT + timedelta(days=1))
        (tree,) = [each for each in standings() if each.name == "accounts.tree"]
        assert (tree.broken_since, tree.checked_at) == (AT, AT + timedelta(days=1))
        assert list(tree.places) == [Broken(world.elan.id, f"client {world.elan.ref} stands below a vendor")]

        Account.objects.filter(id=world.elan.id).update(parent=world.rosa)
        check_invariants(at=AT + timedelta(days=2))
        assert [each.broken_since for each in standings()] == [None] * len(INVARIANTS)


def test_a_look_that_fails_is_a_break(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_at: object) -> list[Broken]:
        raise LookupError("no such table")

    monkeypatch.setitem(INVARIANTS, "people.reach", INVARIANTS["people.reach"].__class__("people.reach", "-", fails))
    assert broken() == {"people.reach": 1}


def test_the_vendor_sees_it_on_the_first_page(world: World) -> None:
    with platform_scope("a test breaks it on purpose"):
        _tree(world)
        check_invariants(at=AT)
    vera: Client = world.browser("vera")

    shown = vera.get("/", follow=True).content.decode()

    assert "An account stands in the wrong place of the tree" in shown
    assert f"It concerns {world.elan.name}. Found on" in shown


def test_the_doctor_says_it(world: World) -> None:
    with platform_scope("a test breaks it on purpose"):
        before = list(findings.invariants(AT, deep=False))
        assert [each.level for each in before] == ["note"]
        assert [each.level for each in findings.invariants(AT, deep=True)] == ["ok"]
        _tree(world)
        (found,) = findings.invariants(AT, deep=True)
        assert found.level == "wrong"
        assert f"{world.elan.ref}: client {world.elan.ref} stands below a vendor." in found.sentence
        assert [each.level for each in findings.invariants(AT + timedelta(days=3), deep=False)] == ["wrong", "note"]
