"""Acting by the schedule: overdue invoices are tried again, reminded of, and at last their debtors paused, or not.

Each step is a row of its own, written in the transaction that does it: a process that is killed anywhere and begun again does
nothing twice, and leaves nothing out. While money may be on its way nobody is reminded, and nothing ends.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from sublet.accounts.models import Account
from sublet.accounts.operations.places import locked
from sublet.accounts.queries import installation_actor
from sublet.billing.dunning_events import (
    DunningBeganAgain,
    DunningKept,
    DunningPaused,
    DunningReminded,
    DunningSettled,
    DunningStopped,
    DunningTried,
)
from sublet.billing.events import AboutInvoice
from sublet.billing.models import DunningCase, DunningPolicy, DunningStep, Invoice, PaymentMethod
from sublet.billing.models.dunning import ENDED, RUNNING, SETTLED, STOPPED, kept
from sublet.billing.models.invoices import INVOICE, ISSUED, PARTLY_PAID
from sublet.billing.models.payments import Payment, Refund
from sublet.billing.models.terms import NOBODY
from sublet.billing.operations.charges import ask_soon, default_method, end_soon
from sublet.billing.operations.collecting import collect, gateway_for
from sublet.billing.operations.dunning_holds import HELD, READ_ONLY, hold, leave, release, resumes
from sublet.billing.operations.dunning_mails import GOES_ON, LAST_CALL, PAUSED, REMINDER, tell_vendor, write_of_invoice
from sublet.core import dunning as law
from sublet.core.dunning import USUAL, Schedule, Step
from sublet.core.payments import FAILED, HARD_DECLINES, IN_FLIGHT, NEEDS_ACTION, PROCESSING_WAIT
from sublet.foundation.actor import JOB, SCHEDULE, Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope

log = logging.getLogger(__name__)
E = TypeVar("E", bound=AboutInvoice)

PAGE: Final = 500
#: Who is found later than that gets the whole time from the day on which it was found.
LATE: Final = timedelta(days=3)
#: How soon it is looked again whether a payment that is on its way has arrived.
ON_ITS_WAY: Final = timedelta(hours=1)
OWED: Final = (ISSUED, PARTLY_PAID)
NO_METHOD: Final = "no-method"
BY_HAND: Final = "by_hand"
UNHEARD: Final = "nobody"


def run_dunning(*, actor: Actor, at: datetime, debtor_id: int | None = None) -> int:
    """Do what is due for every overdue invoice (of that debtor); how many were looked at. A schedule of the installation.

    One that fails holds no other up; the first fault is raised at the end.
    """
    fault: Exception | None = None
    looked = 0
    with platform_scope("the installation reminds of what is not paid"):
        _open_cases(at, debtor_id)
        acting = installation_actor(name=SCHEDULE, via=JOB, request_id=actor.request_id)
        for case_id in _to_look_at(at, debtor_id):
            try:
                look(case_id=case_id, actor=acting, at=at)
            except Exception as found:  # whatever it is: the invoices of others go on
                log.exception("an overdue invoice could not be looked at")
                fault = fault or found
            looked += 1
    if fault is not None:
        raise fault
    return looked


def _open_cases(at: datetime, debtor_id: int | None) -> None:
    """Begin with each invoice that has become overdue."""
    rows = Invoice.objects.filter(
        kind=INVOICE, state__in=OWED, due_on__lte=at.date() + timedelta(days=1), dunning__isnull=True
    )
    rows = rows.exclude(collected_by=NOBODY).order_by("id")
    if debtor_id is not None:
        rows = rows.filter(debtor_id=debtor_id)
    last = 0
    while page := list(rows.filter(id__gt=last)[:PAGE]):
        last = page[-1].id
        zones = dict(Account.objects.filter(id__in={row.debtor_id for row in page}).values_list("id", "timezone"))
        policies = policies_at({row.account_id for row in page}, at=at)
        made = [
            new_case(row, zones[row.debtor_id], policies.get(row.account_id, USUAL), at)
            for row in page
            if row.open_minor > 0 and row.due_on is not None and law.is_due(row.due_on, zones[row.debtor_id], at=at)
        ]
        # Two at the same moment: the database takes one.
        DunningCase.objects.bulk_create(made, ignore_conflicts=True)


def policies_at(account_ids: set[int], *, at: datetime) -> dict[int, Schedule]:
    """What each issuer has chosen; who has chosen nothing is not named. One statement."""
    rows = DunningPolicy.objects.filter(account_id__in=account_ids, since__lte=at).order_by("since", "id")
    return {row.account_id: row.schedule for row in rows}


def new_case(invoice: Invoice, zone: str, schedule: Schedule, at: datetime) -> DunningCase:
    """An overdue invoice, nothing done yet."""
    assert invoice.due_on is not None  # noqa: S101 - the caller's question says so
    today = at.astimezone(ZoneInfo(zone)).date()
    begins = invoice.due_on if today - invoice.due_on <= LATE else today
    return DunningCase(
        account_id=invoice.account_id, book=invoice.book, collected_by=invoice.collected_by, debtor_id=invoice.debtor_id,
        invoice_id=invoice.id, counted_from=begins, zone=zone, schedule=kept(schedule), opened_at=at, looked_at=at,
        next_at=at,
    )  # fmt: skip


def _to_look_at(at: datetime, debtor_id: int | None) -> Sequence[int]:
    """Those of which a step is due, that were paid, that are owed again, or whose debtor has another way of paying."""
    newer = PaymentMethod.objects.filter(
        account_id=OuterRef("debtor_id"), added_at__gt=OuterRef("looked_at"), removed_at__isnull=True
    )
    owed = Q(invoice__state__in=OWED)
    # One question each, so that each has its index: what is settled grows for ever, and is read by what is owed of it alone.
    kinds = (
        Q(state=RUNNING, next_at__lte=at),
        Q(Exists(newer), state__in=(RUNNING, ENDED)),
        ~Q(state=SETTLED) & ~owed,
        owed & Q(state=SETTLED),
    )
    found: dict[int, datetime | None] = {}
    for kind in kinds:
        rows = DunningCase.objects.filter(kind)
        if debtor_id is not None:
            rows = rows.filter(debtor_id=debtor_id)
        found.update(rows.values_list("id", "next_at"))
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda number: (found[number] or never, number))


@dataclass(slots=True)
class Facts:
    """One case while it is looked at, all that is read of it, in the transaction that holds its lock."""

    case: DunningCase
    invoice: Invoice
    creditor: Account
    debtor: Account
    done: set[str]
    called_at: datetime | None
    last: Payment | None
    by_card: bool
    refused_for_good: bool
    newer: str  # the way of paying that came after the last one that was tried, and was not tried itself

    @property
    def is_owed(self) -> bool:
        return self.invoice.state in OWED and self.invoice.open_minor > 0

    @property
    def is_on_its_way(self) -> bool:
        """Whether money may be moving. Where the payer is asked for something, it is not."""
        return self.is_tried and self.last is not None and self.last.state != NEEDS_ACTION

    @property
    def is_tried(self) -> bool:
        """Whether an attempt is not over, so that there is no other."""
        return self.last is not None and self.last.state in IN_FLIGHT


def facts_of(case: DunningCase) -> Facts:
    """All about a locked case."""
    invoice = Invoice.objects.get(id=case.invoice_id)
    parties = Account.objects.in_bulk([case.account_id, case.debtor_id])
    steps = list(DunningStep.objects.filter(case=case, round=case.round).order_by("id"))
    last = Payment.objects.filter(account_id=case.account_id, invoice=invoice.ref).order_by("-id").first()
    gateway = gateway_for(case.account_id, case.collected_by)
    # What its payer was given back is not taken from the same card again: it is asked for, and a person may collect it.
    given_back = Refund.objects.filter(
        account_id=case.account_id, payment__invoice=invoice.ref, state=Refund.State.SUCCEEDED
    ).exists()
    method = default_method(case.debtor_id, gateway) if gateway is not None and not given_back else None
    tries = Payment.objects.filter(account_id=case.account_id, invoice=invoice.ref, method__isnull=False).order_by(
        "-id"
    )
    tried = tries.first()
    # By that way of paying: an attempt on the processor's page says nothing of a card that its bank has refused before.
    by_it = tries.filter(method=method).first() if method is not None else None
    hard = by_it is not None and by_it.state == FAILED and by_it.code in HARD_DECLINES
    since = tried.made_at if tried is not None else case.opened_at
    unpaid = last is not None and last.state in (FAILED, *IN_FLIGHT)
    newer = unpaid and method is not None and by_it is None and method.added_at > since
    return Facts(
        case,
        invoice,
        parties[case.account_id],
        parties[case.debtor_id],
        {step.key for step in steps if not _unheard(step)} | _overtaken(case, steps),
        _called_at(case, steps),
        last,
        method is not None,
        hard,
        method.ref if newer and method is not None else "",
    )


def _unheard(step: DunningStep) -> bool:
    """A last call for which there was nobody: it is made as soon as there is somebody."""
    return step.kind == law.LAST_CALL and step.outcome == UNHEARD


def _called_at(case: DunningCase, steps: Sequence[DunningStep]) -> datetime | None:
    """When who owes was told what follows; where nothing follows, when it would have been."""
    calls = [step for step in reversed(steps) if step.key == f"{law.LAST_CALL}:{case.plan.grace - case.plan.last_call}"]
    return next((step.at for step in calls if case.plan.ending == law.KEEP or not _unheard(step)), None)


def _overtaken(case: DunningCase, steps: Sequence[DunningStep]) -> set[str]:
    """Tries that the try of another way of paying has made needless: they were missed for good."""
    tried = max((step.at for step in steps if step.key.startswith("method:")), default=None)
    every = law.steps(case.plan, case.counted_from, case.zone)
    return {step.key for step in every if step.kind == law.RETRY and tried is not None and step.at <= tried}


def locked_case(case_id: int) -> DunningCase:
    """Locked: whoever else looks at it waits, and finds what was done."""
    return DunningCase.objects.select_for_update(of=("self",)).get(id=case_id)


def look(*, case_id: int, actor: Actor, at: datetime) -> None:
    """Do what is due for one invoice. In a platform scope; a second time nothing happens."""
    with transaction.atomic():
        facts = facts_of(locked_case(case_id))
        case = facts.case
        if not facts.is_owed:
            if case.state != SETTLED:
                _settle(facts, actor=actor, at=at)
            return
        if case.collected_by == NOBODY:
            # Whether it is paid is known to its issuer alone, and never here.
            DunningCase.objects.filter(id=case.id).update(next_at=None, next_key="", looked_at=at)
            return
        if case.state == SETTLED:
            _begin_again(facts, actor=actor, at=at)
        if case.state == STOPPED:
            return
        _act(facts, actor=actor, at=at)
        if not facts.is_tried:
            # Else a way of paying that came meanwhile would be passed over once that attempt has failed.
            case.looked_at = at
        case.save()


def _act(facts: Facts, *, actor: Actor, at: datetime) -> None:
    case = facts.case
    if facts.newer and f"method:{facts.newer}" not in facts.done:
        if not facts.is_tried:
            _try_again(facts, f"method:{facts.newer}", actor=actor, at=at)
        elif facts.last is not None and facts.last.state == NEEDS_ACTION and not facts.last.hosted:
            end_soon(facts.last, actor=actor, at=at)  # nobody has confirmed it, and there is another way to pay now
    asked = False
    if case.state == RUNNING and not facts.is_on_its_way and facts.is_owed:
        for step in law.due_steps(
            case.plan, case.counted_from, case.zone, until=at, done=frozenset(facts.done),
            refused_for_good=facts.refused_for_good, by_card=facts.by_card, called_at=facts.called_at,
        ):  # fmt: skip
            if step.kind == law.RETRY and facts.is_tried:
                continue  # it waits for the payer; once that has ended, the last of these tries is made
            page = _unasked_page(facts, step) if step.kind in law.ENDINGS else None
            if page is not None:
                # The payer may have paid on it: the processor's message is late, or lost.
                ask_soon(page, actor=actor, at=at)
                asked = True
                continue
            _do(facts, step, actor=actor, at=at)
            if facts.is_on_its_way or not facts.is_owed:
                break  # whoever pays just now is not reminded in the same breath
    if not facts.is_owed:
        _settle(facts, actor=actor, at=at)
    elif case.state == RUNNING:
        plan_next(
            case, done=frozenset(facts.done), called_at=facts.called_at, at=at,
            by_card=facts.by_card and not facts.refused_for_good,
        )  # fmt: skip
        if asked:
            case.next_at = at + law.SOON
        elif facts.is_on_its_way or (facts.newer and facts.is_tried):
            case.next_at = at + ON_ITS_WAY


def _unasked_page(facts: Facts, step: Step) -> Payment | None:
    """A payment on the processor's page after which nobody has asked since that step was due."""
    page = facts.last
    if page is None or page.state != NEEDS_ACTION or not page.hosted:
        return None
    asked_at = page.next_at - PROCESSING_WAIT if page.next_at is not None else page.made_at
    return page if asked_at < step.at else None


def plan_next(
    case: DunningCase, *, done: frozenset[str], called_at: datetime | None, at: datetime, by_card: bool = True
) -> None:
    """Set when the case is looked at next. The caller stores it."""
    step = law.coming_step(
        case.plan, case.counted_from, case.zone, after=at, done=done, by_card=by_card, called_at=called_at
    )
    case.next_at, case.next_key = (None, "") if step is None else (step.at, step.key)


def _do(facts: Facts, step: Step, *, actor: Actor, at: datetime) -> None:
    if step.kind == law.RETRY:
        _try_again(facts, step.key, actor=actor, at=at)
    elif step.kind in (law.REMINDER, law.LAST_CALL):
        mailed = remind(facts, step.key, step.kind, actor=actor, at=at)
        if step.kind == law.LAST_CALL and (mailed or facts.case.plan.ending == law.KEEP):
            facts.called_at = at
    else:
        _end(facts, step, actor=actor, at=at)


def _try_again(facts: Facts, key: str, *, actor: Actor, at: datetime) -> None:
    """Charge the stored way of paying once more; what was paid ahead goes first."""
    case, invoice = facts.case, facts.invoice
    payment = ""
    try:
        payment = collect(owner_id=case.account_id, ref=invoice.ref, actor=actor, at=at)
    except Refusal as refusal:
        outcome = refusal.code
    else:
        outcome = "started" if payment else "paid"
    _write(facts, key, law.RETRY, outcome, payment=payment, by=actor.name, at=at)
    _tell(facts, DunningTried, actor=actor, at=at, outcome=outcome)
    facts.invoice = Invoice.objects.get(id=invoice.id)
    if payment:
        facts.last = Payment.objects.get(ref=payment)


def remind(facts: Facts, key: str, kind: str, *, actor: Actor, at: datetime) -> bool:
    """Write to whoever owes; whether there is somebody to write to. In the caller's transaction."""
    case = facts.case
    ends = _end_of(case, facts.called_at or at)
    mailed = write_of_invoice(
        LAST_CALL if kind == law.LAST_CALL else REMINDER,
        facts.invoice, facts.debtor, facts.creditor,
        # With the day from which it is counted: what was stopped and goes on is called for anew.
        key=f"{facts.invoice.ref}:{case.round}:{case.counted_from}:{key}",
        day=ends if kind == law.LAST_CALL else None,
        pauses=case.plan.ending == law.PAUSE,
        actor=actor, at=at,
    )  # fmt: skip
    if (
        not mailed
        and kind == law.LAST_CALL
        and DunningStep.objects.filter(case=case, round=case.round, key=key, outcome=UNHEARD).exists()
    ):
        return False  # as the time before, and nothing new to tell
    _write(facts, key, kind, "mailed" if mailed else UNHEARD, by=actor.name, at=at)
    _tell(facts, DunningReminded, actor=actor, at=at, kind=kind, mailed=mailed)
    return mailed


def _end_of(case: DunningCase, called_at: datetime) -> date:
    """The day on which the grace ends, where whoever owes is."""
    after = called_at - timedelta(microseconds=1)
    step = law.coming_step(
        case.plan, case.counted_from, case.zone, after=after, done=_all_but_the_end(case), called_at=called_at
    )
    return case.counted_from if step is None else step.at.astimezone(ZoneInfo(case.zone)).date()


def _all_but_the_end(case: DunningCase) -> frozenset[str]:
    every = law.steps(case.plan, case.counted_from, case.zone)
    return frozenset(step.key for step in every if step.kind not in law.ENDINGS)


def _end(facts: Facts, step: Step, *, actor: Actor, at: datetime) -> None:
    """The grace is over: what was chosen follows."""
    case = facts.case
    if step.kind == law.KEEP:
        _write(facts, step.key, step.kind, "kept", by=actor.name, at=at)
        case.state = ENDED
        _tell(facts, DunningKept, actor=actor, at=at)
    else:
        outcome = hold(case, debtor_ref=facts.debtor.ref, creditor=facts.creditor, actor=actor, at=at)
        _write(facts, step.key, step.kind, outcome, by=actor.name, at=at)
        case.state, case.holds = ENDED, outcome in HELD
        _tell(facts, DunningPaused, actor=actor, at=at, outcome=outcome)
        key = f"{facts.invoice.ref}:{case.round}"
        if case.holds:
            write_of_invoice(PAUSED, facts.invoice, facts.debtor, facts.creditor, key=key, actor=actor, at=at)
        if outcome == READ_ONLY:
            tell_vendor(facts.invoice, facts.debtor, facts.creditor, key=key, actor=actor, at=at)
    case.next_at, case.next_key = None, ""


def _settle(facts: Facts, *, actor: Actor, at: datetime) -> None:
    """Nothing is owed any more: what was paused because of it goes on, unless another invoice holds it up.

    Of what was written off, as was decided then. Who owes is told nothing of that: it has not paid.
    """
    case = facts.case
    given_up = facts.invoice.written_off_minor > 0
    stays = given_up and not resumes(case)
    resumed = _leave(facts, actor=actor, at=at) if stays else let_go(facts, actor=actor, at=at)
    case.state, case.next_at, case.next_key, case.looked_at = SETTLED, None, "", at
    case.save()
    if given_up:
        _tell(facts, DunningStopped, actor=actor, at=at, resumed=resumed)
        return
    _tell(facts, DunningSettled, actor=actor, at=at, resumed=resumed)
    if resumed:
        key = f"{facts.invoice.ref}:{case.round}"
        write_of_invoice(GOES_ON, facts.invoice, facts.debtor, facts.creditor, key=key, actor=actor, at=at)


def _leave(facts: Facts, *, actor: Actor, at: datetime) -> bool:
    """Let this case hold up nothing more, and a plan that rests because of it rest on; whether a reseller is free again."""
    if not facts.case.holds:
        return False
    return leave(facts.case, debtor=locked(facts.debtor.ref), actor=actor, at=at)


def let_go(facts: Facts, *, actor: Actor, at: datetime) -> bool:
    """Take back what this case holds up; whether that goes on now. The caller stores the case."""
    case = facts.case
    if not case.holds:
        return False
    # The debtor first: two of its invoices that are paid at the same moment would each leave it to the other.
    debtor = locked(facts.debtor.ref)
    return release(case, debtor=debtor, actor=actor, at=at)


def call_again(facts: Facts) -> Step:
    """Let the last call be made once more, at that step: the day that it named is over, or soon is. It stays in the history."""
    case = facts.case
    for step in DunningStep.objects.filter(case=case, round=case.round, kind=law.LAST_CALL).exclude(key__contains="@"):
        facts.done.discard(step.key)
        step.key = f"{step.key}@{case.stopped_at:%Y-%m-%d.%H%M%S}"
        step.save(update_fields=["key"])
    facts.called_at = None
    every = law.steps(case.plan, case.counted_from, case.zone)
    return next(step for step in every if step.kind == law.LAST_CALL)


def _begin_again(facts: Facts, *, actor: Actor, at: datetime) -> None:
    """It was paid, and is owed again: a refund, or a dispute that was lost."""
    new_round(facts.case, at)
    facts.done, facts.called_at = set(), None
    _tell(facts, DunningBeganAgain, actor=actor, at=at)


def new_round(case: DunningCase, at: datetime) -> None:
    """Count from today on, with nothing done."""
    case.round += 1
    case.state, case.counted_from = RUNNING, at.astimezone(ZoneInfo(case.zone)).date()


def _write(facts: Facts, key: str, kind: str, outcome: str, *, payment: str = "", by: str, at: datetime) -> None:
    case = facts.case
    # A call that nobody heard makes room for the one that somebody does.
    DunningStep.objects.filter(case=case, round=case.round, key=key, kind=law.LAST_CALL, outcome=UNHEARD).delete()
    DunningStep(
        account_id=case.account_id, book=case.book, collected_by=case.collected_by, case=case, round=case.round, key=key,
        kind=kind, outcome=outcome[:20], payment=payment, at=at, by=by[:200],
    ).save(force_insert=True)  # fmt: skip
    facts.done.add(key)


def _tell(facts: Facts, event: type[E], *, actor: Actor, at: datetime, **more: Any) -> None:
    about: dict[str, Any] = {
        "invoice": facts.invoice.ref, "number": facts.invoice.number_shown, "ref": facts.debtor.ref, "name": facts.debtor.name,
    }  # fmt: skip
    record(event(**about, **more), account_id=facts.debtor.id, parent_id=facts.creditor.id, actor=actor, at=at)


__all__ = [
    "call_again",
    "facts_of",
    "let_go",
    "locked_case",
    "look",
    "new_case",
    "new_round",
    "plan_next",
    "policies_at",
    "remind",
    "run_dunning",
]
