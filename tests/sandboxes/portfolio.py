"""Rosa's portfolio in a sandbox: a contract that renews and one that ends, Carl in his trial with a plan behind it and a card."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

from sublet.accounts.models import Account
from sublet.core.contracts import MAINTENANCE, TERM
from sublet.foundation.jobs import queue
from sublet.foundation.jobs.models import State
from sublet.foundation.jobs.runner import Outcome, execute, prepared
from sublet.foundation.scope import platform_scope
from sublet.pricing.operations import agree_contract
from sublet.sandboxes import operations, queries
from sublet.sandboxes.models import Sandbox, SandboxMove
from sublet.subscriptions.operations import schedule_change, start_trial, take_plan
from tests.billing.gateway_in_memory import MemoryGateway
from tests.billing.payments import Counter, opened, set_up
from tests.billing.selling import make_issuer, make_terms, marks_up, pays
from tests.people import AT, World
from tests.pricing import flat
from tests.subscriptions import sell


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@contextmanager
def furnished(world: World) -> Iterator[Counter]:
    """Rosa asks half as much again as the list says. Carl is in a trial until 9 March, on *Medium* (36.00) behind it, from 17 June
    on *Unlimited* (73.50); he pays by card, within 14 days."""
    with platform_scope("test"):
        Account.objects.filter(id__in=[world.carl.id, world.vendor.id]).update(timezone="Europe/Rome")
    sell(world)
    make_issuer(world.vendor, invoice_prefix="V-", standard_rate=Decimal(22))
    make_issuer(world.rosa, invoice_prefix="R-", standard_rate=Decimal(22))
    make_terms(world.rosa, collected_by="own", automatic=True)
    make_terms(world.vendor, automatic=True)
    pays(world.rosa, world.carl)
    marks_up(world.rosa, 50)
    with opened(MemoryGateway()) as gateway:
        counter = set_up(world, gateway)
        counter.enter_card()
        with world.scope("rosa") as rosa:
            start_trial(ref=world.carl.ref, actor=rosa, at=AT)
            take_plan(ref=world.carl.ref, plan="medium", actor=rosa, at=AT)
            schedule_change(ref=world.carl.ref, plan="unlimited", when="day", day=date(2026, 6, 17), actor=rosa, at=AT)
            agree_contract(
                client=world.carl.ref, kind=MAINTENANCE, name="Care", first_day=date(2026, 3, 1), months=6,
                renew_months=6, notice_days=30, price=flat(5000), actor=rosa, at=AT,
            )  # fmt: skip
            agree_contract(
                client=world.carl.ref, kind=TERM, name="Half a year", first_day=date(2026, 3, 1), months=6, actor=rosa,
                at=AT,
            )  # fmt: skip
        yield counter


def work(at: datetime = AT) -> list[str]:
    """Do the jobs of sandboxes that are due, and no others."""
    done = []
    while (
        job := queue.claim(worker="test", kinds=["sandboxes.copy", "sandboxes.move", "sandboxes.keep"], at=at)
    ) is not None:
        assert job.state == State.RUNNING
        context = prepared(job, at=at, now=lambda: at)
        assert context is not None
        assert execute(job, context) == Outcome.DONE, job.kind
        done.append(job.kind)
    return done


def begin(world: World, person: str = "rosa", at: datetime = AT, **more: object) -> Sandbox:
    with world.scope(person) as actor:
        row = operations.begin_sandbox(name="A year", actor=actor, at=at, **more)  # type: ignore[arg-type]  # as said
    work(at)
    return seen(world, row.ref, person)


def move(world: World, row: Sandbox, by: str = "date", until: str = "", person: str = "rosa") -> Sandbox:
    with world.scope(person) as actor:
        day = date.fromisoformat(until) if until else None
        operations.move_sandbox(ref=row.ref, by=by, until=day, actor=actor, at=AT)
    work()
    found = seen(world, row.ref, person)
    assert (found.state, found.why) == ("ready", "")
    return found


def seen(world: World, ref: str, person: str = "rosa") -> Sandbox:
    with world.scope(person) as actor:
        return queries.sandbox_of(actor, ref)


def told(world: World, row: Sandbox, person: str = "rosa") -> list[tuple[str, str]]:
    """Day and event of all that happened."""
    with world.scope(person) as actor:
        return [(f"{each.day}", each.event) for each in queries.timeline_of(actor, row.ref, size=5000).rows]


def moves(row: Sandbox) -> list[SandboxMove]:
    with platform_scope("test"):
        return list(SandboxMove.objects.filter(sandbox_id=row.id).order_by("id"))
