"""What an issuer decides about unpaid invoices: the schedule, and about one of them to remind, to stop, to go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.operations.places import locked
from sublet.accounts.queries import installation_actor
from sublet.billing.dunning_events import DunningContinued, DunningPolicySet, DunningStopped
from sublet.billing.models import DunningCase, DunningPolicy, Invoice
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.dunning import ENDED, RUNNING, SETTLED, STOPPED, kept
from sublet.billing.models.terms import NOBODY
from sublet.billing.operations.collecting import gateway_for
from sublet.billing.operations.dunning_acting import (
    BY_HAND,
    call_again,
    facts_of,
    let_go,
    locked_case,
    new_case,
    new_round,
    plan_next,
    policies_at,
    remind,
)
from sublet.billing.operations.dunning_mails import page_of
from sublet.billing.operations.links import write_link
from sublet.billing.payment_events import LinkToPayMade
from sublet.billing.queries.invoices import invoice_of, require_view
from sublet.core.dunning import USUAL, Schedule, fault, is_overdue
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import JOB, SCHEDULE, Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope

RIGHT: Final = "billing:manage"


class CannotSetDunningPolicy(Refusal):
    """Why unpaid invoices are dunned as before."""

    SENTENCES: ClassVar = {
        "order": _("Days are written in order, each once, and none before the due day."),
        "after-grace": _("Nothing comes after the grace is over."),
        "too-short": _("The grace is one day at least, and the last call comes one day at least before its end."),
        "too-long": _("The grace is 120 days at most."),
        "ending": _("The service pauses, or it goes on."),
    }


class CannotDun(Refusal):
    """Why nothing is changed about an unpaid invoice."""

    SENTENCES: ClassVar = {
        "not-owed": _("Nothing of this invoice is to be paid."),
        "not-overdue": _("This invoice is not overdue yet."),
        "today": _("Whoever owes was reminded by hand today already."),
        "nobody": _("There is no address to which a reminder could be sent."),
        "nobody-collects": _("You collect this invoice by yourself: nobody is reminded of it here."),
        "on-its-way": _("A payment of this invoice is on its way. Wait until that is settled."),
        "not-running": _("Nothing follows for this invoice any more."),
        "not-stopped": _("This invoice was not stopped."),
        "by-bank": _("This invoice is paid by bank transfer: the account stands on the document."),
    }


def set_dunning_policy(
    *,
    retries: Sequence[int] | None = None,
    reminders: Sequence[int] | None = None,
    grace: int | None = None,
    last_call: int | None = None,
    ending: str | None = None,
    actor: Actor,
    at: datetime,
) -> bool:
    """Decide what follows for invoices of the actor's account that become overdue from now on; days after the due day.

    What is None stays as it is. False when it is so already. Raises Forbidden (``billing:manage``), NotFound,
    CannotSetDunningPolicy.
    """
    _decides(actor)
    with transaction.atomic():
        own = locked(actor.account_ref)
        # The newest, also where another request that came later was first: what it has decided stays.
        newest = DunningPolicy.objects.filter(account_id=own.id).order_by("-since", "-id").first()
        present = newest.schedule if newest is not None else USUAL
        schedule = Schedule(
            present.retries if retries is None else tuple(retries),
            present.reminders if reminders is None else tuple(reminders),
            present.grace if grace is None else grace,
            present.last_call if last_call is None else last_call,
            present.ending if ending is None else ending,
        )
        code = fault(schedule)
        if code is not None:
            raise CannotSetDunningPolicy(code, field=_field(schedule, code))
        if present == schedule:
            return False
        values: dict[str, Any] = kept(schedule)
        DunningPolicy.objects.update_or_create(
            account_id=own.id,
            since=max(at, newest.since) if newest is not None else at,
            defaults={**values, "book": WHOLESALE if own.kind == VENDOR else RETAIL, "decided_by": actor.name[:200]},
        )
        record(DunningPolicySet(**values), account_id=own.id, parent_id=own.parent_id, actor=actor, at=at)
    return True


def _field(schedule: Schedule, code: str) -> str:
    if code == "order":
        days = schedule.retries
        return "retries" if any(day < 0 for day in days) or list(days) != sorted(set(days)) else "reminders"
    if code == "after-grace":
        late = schedule.last_call > schedule.grace or schedule.last_call < 0
        return "last_call" if late else "grace"
    if code == "too-short":
        return "grace" if schedule.grace < 1 else "last_call"
    return "grace" if code == "too-long" else "ending"


def _decides(actor: Actor) -> None:
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require_for_all(RIGHT)
    if actor.impersonator is not None:
        actor.require_in_person()


def _own(ref: str, actor: Actor) -> Invoice:
    """An invoice of the actor's own book. Raises NotFound, Forbidden."""
    actor.require(RIGHT)
    if actor.impersonator is not None:
        actor.require_in_person()
    found = invoice_of(ref, actor)
    if found.account_id != actor.account_id:
        raise NotFound
    return found


def remind_now(*, invoice: str, actor: Actor, at: datetime) -> None:
    """Write to whoever owes an overdue invoice, beside the schedule; once a day (``billing:manage``).

    Raises NotFound, Forbidden, CannotDun.
    """
    found = _own(invoice, actor)
    with platform_scope("an invoice of the actor's book: its debtor's people are written to"), transaction.atomic():
        case = _case(found, at)
        facts = facts_of(case)
        if not facts.is_owed:
            raise CannotDun("not-owed")
        if found.due_on is not None and not is_overdue(found.due_on, case.zone, at=at):
            raise CannotDun("not-overdue")  # the schedule begins on the due day, which is not over
        if facts.is_on_its_way:
            raise CannotDun("on-its-way")
        today = at.astimezone(ZoneInfo(case.zone)).date()
        key = f"{BY_HAND}:{today.isoformat()}"
        if key in facts.done:
            raise CannotDun("today")
        if not remind(facts, key, BY_HAND, actor=actor, at=at):
            raise CannotDun("nobody")


def stop_dunning(*, invoice: str, actor: Actor, at: datetime) -> None:
    """Let nothing more follow for an invoice; what rests because of it goes on (``billing:manage``). It stays owed.

    Raises NotFound, Forbidden, CannotDun.
    """
    found = _own(invoice, actor)
    with platform_scope("an invoice of the actor's book: what rests because of it goes on"), transaction.atomic():
        facts = facts_of(_case(found, at))
        case = facts.case
        if case.state not in (RUNNING, ENDED):
            raise CannotDun("not-running")
        ended = case.state == ENDED
        acting = installation_actor(name=SCHEDULE, via=JOB, request_id=actor.request_id)
        resumed = let_go(facts, actor=acting, at=at)
        case.state, case.stopped_at, case.stopped_by = STOPPED, at, actor.name[:200]
        case.next_at, case.next_key = None, "ended" if ended else ""
        case.save()
        about = _about(found, facts.debtor)
        record(
            DunningStopped(**about, resumed=resumed),
            account_id=case.debtor_id,
            parent_id=case.account_id,
            actor=actor,
            at=at,
        )


def continue_dunning(*, invoice: str, actor: Actor, at: datetime) -> None:
    """Go on with what was stopped, as many days later as it stood still; where all was over, from the beginning.

    Raises NotFound, Forbidden (``billing:manage``), CannotDun.
    """
    found = _own(invoice, actor)
    with platform_scope("an invoice of the actor's book"), transaction.atomic():
        facts = facts_of(_case(found, at))
        case = facts.case
        if case.state != STOPPED or case.stopped_at is None:
            raise CannotDun("not-stopped")
        if not facts.is_owed:
            raise CannotDun("not-owed")
        call = None
        if case.next_key == "ended":
            new_round(case, at)
            facts.done, facts.called_at = set(), None
        else:
            zone = ZoneInfo(case.zone)
            stood = at.astimezone(zone).date() - case.stopped_at.astimezone(zone).date()
            case.state, case.counted_from = RUNNING, case.counted_from + max(stood, timedelta())
            if facts.called_at is not None:
                call = call_again(facts)
        case.stopped_at, case.stopped_by = None, ""
        plan_next(case, done=frozenset(facts.done), called_at=facts.called_at, at=at, by_card=facts.by_card)
        if call is not None and call.at <= at:
            case.next_at, case.next_key = at, call.key
        case.save()
        about = _about(found, facts.debtor)
        record(DunningContinued(**about), account_id=case.debtor_id, parent_id=case.account_id, actor=actor, at=at)


def _case(invoice: Invoice, at: datetime) -> DunningCase:
    """The locked case of an overdue invoice, begun where the schedule has not come by yet. Raises CannotDun."""
    if invoice.collected_by == NOBODY:
        raise CannotDun("nobody-collects")
    row = DunningCase.objects.filter(invoice_id=invoice.id).first()
    if row is None:
        zone = Account.objects.values_list("timezone", flat=True).get(id=invoice.debtor_id)
        if invoice.due_on is None or not is_overdue(invoice.due_on, zone, at=at):
            raise CannotDun("not-overdue")
        if invoice.open_minor <= 0:
            raise CannotDun("not-owed")
        policy = policies_at({invoice.account_id}, at=at).get(invoice.account_id, USUAL)
        made = new_case(invoice, zone, policy, at)
        # Two at the same moment: the database takes one.
        DunningCase.objects.bulk_create([made], ignore_conflicts=True)
        row = DunningCase.objects.get(invoice_id=invoice.id)
    case = locked_case(row.id)
    if case.state == SETTLED:
        raise CannotDun("not-owed")
    return case


def _about(invoice: Invoice, debtor: Account) -> dict[str, str]:
    return {"invoice": invoice.ref, "number": invoice.number_shown, "ref": debtor.ref, "name": debtor.name}


def way_to_pay(*, invoice: str, actor: Actor, at: datetime) -> str:
    """Where the actor's own account pays an invoice that it owes: a link that nobody else has, or empty where none is
    collected by card. Of a client its owner asks, in person. Raises NotFound, Forbidden, CannotWhileImpersonating, CannotDun.
    """
    require_view(actor)
    if actor.impersonator is not None:
        actor.require_in_person()
    found = invoice_of(invoice, actor)
    if found.debtor_id != actor.account_id:
        raise NotFound
    if found.open_minor <= 0:
        raise CannotDun("not-owed")
    with platform_scope("what the actor's account owes is paid to another"), transaction.atomic():
        gateway = gateway_for(found.account_id, found.collected_by)
        if gateway is None:
            return ""
        debtor = locked(actor.account_ref)
        made = write_link(debtor, gateway, send_to="", payment=None, invoice=found.ref, actor=actor, at=at)
        told = LinkToPayMade(link=made.ref, **_about(found, debtor))
        record(told, account_id=debtor.id, parent_id=found.account_id, actor=actor, at=at)
        return made.url


__all__ = [
    "CannotDun",
    "CannotSetDunningPolicy",
    "continue_dunning",
    "page_of",
    "remind_now",
    "set_dunning_policy",
    "stop_dunning",
    "way_to_pay",
]
