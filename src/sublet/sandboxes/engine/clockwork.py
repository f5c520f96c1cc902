"""When the product's jobs come round in a sandbox. They are the product's own, and so is what they do.

A clock goes from one instant at which something is due to the next: what was put in for an instant (the end of a trial, a change
that was decided) happens at it; what the installation looks for every few minutes is looked for in the night and in the morning of
each time zone (`core.sandboxes.LOOKS`). In between nothing is due, so nothing is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min, Q

from sublet.accounts.models import Account
from sublet.accounts.queries import installation_actor
from sublet.billing.models import Invoice, LedgerEntry
from sublet.core.sandboxes import OTHER, group_of, looks, turns
from sublet.foundation import clock
from sublet.foundation.actor import JOB, SCHEDULE
from sublet.foundation.jobs import queue
from sublet.foundation.jobs.models import Job, State
from sublet.foundation.jobs.runner import execute, prepared
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from sublet.pricing.models import AgreedContract, ExtraSold
from sublet.pricing.queries.books import contract_from
from sublet.sandboxes.events import ContractOver, ContractRenewed
from sublet.subscriptions.models import AddOnTaken, PlanChange, Trial

#: What is looked for in the night and in the morning, in this order; all that follows from one is done before the next.
NIGHTLY: Final = (
    "subscriptions.note_overdue", "accounts.close_lapsed", "accounts.end_closed", "billing.run", "billing.collect_issued",
)  # fmt: skip
IN_THE_MORNING: Final = ("billing.dunning",)
#: What is done beside. No other kind is ever begun: nothing that sends, asks or looks outside.
DONE: Final = frozenset((
    *NIGHTLY, *IN_THE_MORNING, "subscriptions.note_due", "billing.charge", "billing.give_up", "billing.refund",
    "billing.dun_debtor", "billing.ask_to_confirm", "clientsettings.look_again",
))  # fmt: skip
_SMALLEST: Final = timedelta(microseconds=1)
_MOST_AT_ONCE: Final = 20_000
WORKER: Final = "sandbox"


class NeverEnds(RuntimeError):
    """Work of one instant makes new work of the same instant, again and again."""


def run(*, after: datetime, until: datetime, to_next: bool, owner: int, tell: Callable[[datetime], None]) -> datetime:
    """Let time pass from `after` to `until`; where the clock stands then.

    `to_next`: stop as soon as something has happened that is told of. `tell` hears each instant that is reached.
    """
    clock.stand_at(after)
    before = after
    for at, looked_for in _instants(after, until, owner):
        clock.stand_at(at)
        _work(at)
        if looked_for:
            if looked_for == NIGHTLY:
                _turn_contracts(before, at)
                before = at
            for kind in looked_for:
                _begin(kind, at)
                _work(at)
            _forget_the_rest()
            tell(at)
        if to_next and _told_since(after, owner):
            return at
    clock.stand_at(until)
    return until


def _zones(owner: int) -> set[str]:
    """Where something can be owed or reminded of: the portfolio's own zone, and those of clients that have agreed to anything or owe.
    Nobody agrees to anything new in a sandbox."""
    with platform_scope("the sandbox's own clock"):
        agreed = [model.objects.values("account_id") for model in (PlanChange, AddOnTaken, Trial)]
        sold = [model.objects.values("client_id") for model in (AgreedContract, ExtraSold, LedgerEntry)]
        there = Q(id=owner)
        for ids in (*agreed, *sold, Invoice.objects.values("debtor_id")):
            there |= Q(id__in=ids)
        return set(Account.objects.filter(there).values_list("timezone", flat=True))


def _instants(after: datetime, until: datetime, owner: int) -> Iterator[tuple[datetime, tuple[str, ...]]]:
    """Each instant at which something is due, and what is looked for then. Asked for one after the other: work makes work."""
    coming = looks(_zones(owner), after=after, until=until)
    look = next(coming, None)
    at = after
    while True:
        job = next_job()
        job = None if job is None else max(job, at + _SMALLEST)
        due = min((each for each in (look[0] if look else None, job) if each is not None), default=None)
        if due is None or due > until:
            return
        at = due
        kinds: tuple[str, ...] = ()
        if look is not None and due == look[0]:
            kinds = NIGHTLY if look[1] else IN_THE_MORNING
            look = next(coming, None)
        yield due, kinds


def next_job() -> datetime | None:
    """When the next job is due that is done here."""
    # unscoped: the sandbox's own queue
    first: datetime | None = Job.unscoped.filter(state=State.READY, kind__in=DONE).aggregate(first=Min("run_at"))[
        "first"
    ]
    return first


def dead() -> int:
    """How many jobs could not be done, in the whole life of the sandbox."""
    # unscoped: as above
    return Job.unscoped.filter(state=State.DEAD, kind__in=DONE).count()


def _begin(kind: str, at: datetime) -> None:
    with platform_scope("the sandbox acts by itself"), transaction.atomic():
        actor = installation_actor(name=SCHEDULE, via=JOB)
        queue.enqueue_slot(kind, schedule=kind, slot=at, actor=actor, at=at)


def _work(at: datetime) -> None:
    for _count in range(_MOST_AT_ONCE):
        job = queue.claim(worker=WORKER, kinds=sorted(DONE), at=at)
        if job is None:
            return
        context = prepared(job, at=at, now=clock.now) if job.state == State.RUNNING else None
        if context is not None:
            execute(job, context)
    raise NeverEnds(at.isoformat())


def _forget_the_rest() -> None:
    """Mails to be sent, webhooks, files to be made: nobody does them here, and waiting they would be looked at each time."""
    # unscoped: the sandbox's own queue
    Job.unscoped.exclude(kind__in=DONE).delete()
    # unscoped: as above
    Job.unscoped.filter(state=State.DONE).delete()


def _turn_contracts(before: datetime, at: datetime) -> None:
    """Write down which contracts renewed and which were over. Nothing hangs on it: what they cost is reckoned from their days."""
    with platform_scope("the sandbox acts by itself"), transaction.atomic():
        actor = installation_actor(name=SCHEDULE, via=JOB)
        for row in AgreedContract.objects.select_related("client").order_by("id"):
            zone = ZoneInfo(row.client.timezone)
            days = turns(contract_from(row), after=before.astimezone(zone).date(), until=at.astimezone(zone).date())
            for day, renews in days:
                event = ContractRenewed if renews else ContractOver
                told = event(
                    contract=row.ref, called=row.name, ref=row.client.ref, name=row.client.name, day=day.isoformat()
                )
                record(told, account_id=row.client_id, parent_id=row.account_id, actor=actor, at=at)


def _told_since(after: datetime, owner: int) -> bool:
    # unscoped: the sandbox's own journal
    events = JournalEntry.unscoped.filter(at__gt=after).values_list("event", flat=True)
    return any(group_of(event) != OTHER for event in events)
