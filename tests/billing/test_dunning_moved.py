"""Dunning of who stands elsewhere by now: a former reseller is still owed, and has nothing else to say."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from sublet.accounts.models import Account
from sublet.billing.models import Payment
from sublet.billing.models.payments import GatewayAccount
from sublet.billing.operations import dunning, gateways
from sublet.billing.operations.collecting import collect
from sublet.billing.operations.dunning import CannotDun
from sublet.billing.operations.refunds import refund_payment
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.messaging.queries import mail_text
from sublet.subscriptions.operations import resume
from tests.billing.dunned import (
    case_of,
    day_by_day,
    is_paid,
    mails,
    on,
    owes,
    passes,
    reseller_owes,
    rests,
    steps,
    takes,
    told,
)
from tests.billing.payments import HOOK, Counter, machine
from tests.people import World


def becomes(account: Account, **fields: Any) -> None:
    """It stands elsewhere now, or is something else."""
    with platform_scope("test"):
        Account.objects.filter(id=account.id).update(**fields)


def row(account: Account) -> Account:
    with platform_scope("test"):
        return Account.objects.get(id=account.id)


def opens(world: World, ref: str, debtor: Account) -> int:
    """Carl presses "Pay now" for it, and on the page that opens "Pay"; with what the page answers."""
    with world.scope("carl") as carl:
        url = dunning.way_to_pay(invoice=ref, actor=carl, at=now())
    found = re.fullmatch(r"https?://([\w.]+)(?::\d+)?(/pay/[\w-]+/)", url)
    assert found is not None, url
    phone = Client(headers={"host": found.group(1)})
    assert phone.get(found.group(2)).status_code == 200
    answer = phone.post(found.group(2))
    assert "pay.example" in answer.headers.get("Refresh", ""), answer.status_code
    return answer.status_code


def vendor_collects(counter: Counter) -> None:
    """The vendor has connected an account of its own."""
    with counter.world.scope("vera") as vera:
        gateways.connect_gateway(key="rk_test_51VeraVantageApps9z", hook_secret=HOOK, actor=vera, at=on(-30))
    run_due_jobs(at=on(-30))


def test_what_the_vendor_collects_for_a_reseller_is_paid_by_a_link(counter: Counter) -> None:
    vendor_collects(counter)
    invoice = owes(counter.world, collected_by="vendor")
    opens(counter.world, invoice.ref, counter.world.carl)
    with platform_scope("test"):
        payment = Payment.objects.select_related("gateway").get()
    assert (payment.account_id, payment.gateway.account_id) == (counter.world.rosa.id, counter.world.vendor.id)


def test_what_a_former_reseller_is_owed_is_paid_by_a_link(counter: Counter) -> None:
    invoice = owes(counter.world)
    becomes(counter.world.carl, parent=counter.world.remo)
    opens(counter.world, invoice.ref, counter.world.carl)
    with platform_scope("test"):
        assert GatewayAccount.objects.get(id=Payment.objects.get().gateway_id).account_id == counter.world.rosa.id


def test_a_former_reseller_limits_no_reseller(counter: Counter) -> None:
    world = counter.world
    takes(world)
    invoice = owes(world)
    becomes(world.carl, kind="reseller", parent=world.vendor)
    day_by_day(0, 22)
    assert steps(invoice)[-1] == ("pause:21", "moved")
    assert row(world.carl).read_only_since is None
    assert "reseller-limited" not in [kind for kind, _ in mails()]


def test_a_limited_reseller_that_is_none_any_more_is_freed_once_it_has_paid(world: World) -> None:
    takes(world)
    invoice = reseller_owes(world)
    day_by_day(0, 22)
    assert row(world.rosa).read_only_since is not None
    becomes(world.rosa, kind="direct")
    is_paid(invoice)
    passes(23)
    assert row(world.rosa).read_only_since is None
    assert told(world.rosa)[-1] == "dunning.settled"


@pytest.mark.parametrize("became", [{"kind": "reseller"}, {"state": "closed"}])
def test_a_plan_that_rested_goes_on_whatever_its_account_has_become(counter: Counter, became: dict[str, str]) -> None:
    world = counter.world
    takes(world)
    invoice = owes(world)
    day_by_day(0, 22)
    assert rests(world.carl, on(22))
    becomes(world.carl, **became, **({"parent": world.vendor} if "kind" in became else {}))
    is_paid(invoice)
    passes(23)
    assert not rests(world.carl, on(23))


def test_what_nobody_collects_is_dunned_by_nobody(counter: Counter) -> None:
    takes(counter.world)
    invoice = owes(counter.world, collected_by="nobody")
    with counter.world.scope("rosa") as rosa:
        for do in (dunning.remind_now, dunning.stop_dunning, dunning.continue_dunning):
            with pytest.raises(CannotDun) as fault:
                do(invoice=invoice.ref, actor=rosa, at=on(2))
            assert fault.value.code == "nobody-collects"
    day_by_day(2, 30)
    assert mails() == []
    assert not rests(counter.world.carl, on(30))


def test_a_mail_about_an_old_debt_leaves_in_the_name_of_whoever_is_owed(counter: Counter) -> None:
    world = counter.world
    owes(world)
    becomes(world.carl, parent=world.remo, placed_at=on(0, 1))
    passes(0)
    passes(1)
    with platform_scope("test"):
        mail = OutboxMail.objects.get(template="invoice-reminder")
    assert mail.account_id == world.rosa.id
    assert "Rosa" in mail.from_name
    with world.scope("remo") as remo:
        assert not OutboxMail.objects.filter(id=mail.id).exists()
        assert remo.account_id == world.remo.id
    with world.scope("vera") as vera:
        assert mail_text(vera, str(mail.id), at=on(2)).kept


def test_the_former_reseller_is_told_of_what_it_is_paid_and_the_new_one_is_not(counter: Counter) -> None:
    world = counter.world
    invoice = owes(world)
    counter.enter_card()
    becomes(world.carl, parent=world.remo)
    with platform_scope("test"):
        ref = collect(owner_id=world.rosa.id, ref=invoice.ref, actor=machine(), at=on(0))
    run_due_jobs(at=on(0))
    becomes(world.carl, parent=world.rosa)
    with world.scope("rosa") as rosa:
        refund_payment(payment=ref, amount=100, actor=rosa, at=on(0))
    becomes(world.carl, parent=world.remo)
    run_due_jobs(at=on(0))
    rows = JournalEntry.unscoped.filter(account_id=world.carl.id).exclude(at__lt=on(-1))
    entries = list(rows.filter(event__regex="^(payment|refund)").order_by("id").values_list("event", "parent_id"))
    assert len(entries) >= 4
    assert {parent for _, parent in entries} == {world.rosa.id}


def test_the_pause_ends_though_the_invoice_that_began_it_was_paid_first_of_two(counter: Counter) -> None:
    """One was found at rest, the other made it rest: whichever is paid first, the last one ends it."""
    world = counter.world
    takes(world)
    first, second = owes(world), owes(world, number=2, due_on=on(1).date())
    for days in range(23):
        passes(days)
    assert [steps(each)[-1][1] for each in (first, second)] == ["paused", "paused"]
    with platform_scope("test"):
        case = case_of(second)
        case.paused_at = None  # as a case that found the plan at rest because of somebody else
        case.save()
    is_paid(first)
    passes(23)
    assert rests(world.carl, on(23))
    is_paid(second)
    passes(24)
    assert not rests(world.carl, on(24))


def test_who_was_resumed_by_hand_is_paused_by_the_next_invoice_and_not_only_on_paper(counter: Counter) -> None:
    world = counter.world
    takes(world)
    owes(world)
    other = owes(world, number=2, due_on=on(2).date())
    for days in range(22):
        passes(days)
    with world.scope("rosa") as rosa:
        resume(ref=world.carl.ref, actor=rosa, at=on(22))
    passes(23)
    passes(24)
    assert steps(other)[-1] == ("pause:21", "paused")
    assert rests(world.carl, on(24))
