"""What happens when an invoice is not paid, and when; and what it never does.

An invoice that is due is tried again on a schedule, its payer is reminded, gets a time of grace, and then happens what the
reseller chose: its service pauses or goes on. All of it follows from the schedule and the day on which the invoice was due, so
that whoever asks twice, or late, gets the same steps.

Pure. Laws (tests/core/test_dunning.py):

* steps are in order, each key once, none after the invoice was paid, and the last is the end of the grace;
* a schedule in another zone has the same days;
* what a card refuses for good is not tried again until there is another card;
* nothing follows the grace before the last call was made, `last_call` days before;
* no client loses anything because its reseller does not pay; the reseller itself can still read, and pay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

RETRY, REMINDER, LAST_CALL, PAUSE, KEEP = "retry", "reminder", "last_call", "pause", "keep"
KINDS: Final = (RETRY, REMINDER, LAST_CALL, PAUSE, KEEP)
#: What may follow the grace.
ENDINGS: Final = (PAUSE, KEEP)
#: When it happens on the payer's clock: people read mails in the morning, and banks book before noon.
HOUR: Final = time(9, 0)
LONGEST: Final = 120
#: How soon something is looked at again that only waits for a look.
SOON: Final = timedelta(minutes=15)

#: Answers of a card's bank after which another try is useless, or forbidden by the card schemes.
FOR_GOOD: Final = frozenset({
    "lost_card", "stolen_card", "pickup_card", "invalid_account", "account_closed", "new_account_information_available",
    "no_action_taken", "not_permitted", "restricted_card", "revocation_of_all_authorizations", "revocation_of_authorization",
    "security_violation", "transaction_not_allowed", "fraudulent", "debit_not_authorized", "incorrect_number",
    "stop_payment_order", "authentication_required",
})  # fmt: skip

PAID, OPEN, OVERDUE, GRACE, ENDED = "paid", "open", "overdue", "grace", "ended"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days after the invoice was due: of new tries, of reminders, and of the end of the grace; then `ending`.

    `last_call` days before that end who pays is told what will happen.
    """

    retries: tuple[int, ...] = (3, 7, 14)
    reminders: tuple[int, ...] = (1, 7, 14)
    grace: int = 21
    last_call: int = 3
    ending: str = PAUSE


USUAL: Final = Schedule()


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done at `at`. `key` names it among the steps of one invoice (``retry:7``), so that it is done once."""

    at: datetime
    kind: str
    key: str


def fault(schedule: Schedule) -> str | None:
    """Why that is no schedule, as a code: ``order``, ``after-grace``, ``too-long``, ``ending``; None when it is one."""
    for days in (schedule.retries, schedule.reminders):
        if any(day < 0 for day in days) or list(days) != sorted(set(days)):
            return "order"
        if days and days[-1] > schedule.grace:
            return "after-grace"
    if not 0 <= schedule.last_call <= schedule.grace:
        return "after-grace"
    if schedule.grace > LONGEST:
        return "too-long"
    return None if schedule.ending in ENDINGS else "ending"


def steps(schedule: Schedule, due: date, zone: str, *, by_card: bool = True) -> tuple[Step, ...]:
    """All steps of an invoice that was due on that day and is never paid; without tries where nothing can be tried."""
    found = [
        *((day, RETRY) for day in schedule.retries if by_card),
        *((day, REMINDER) for day in schedule.reminders),
        (schedule.grace - schedule.last_call, LAST_CALL),
        (schedule.grace, schedule.ending),
    ]
    order = {kind: place for place, kind in enumerate(KINDS)}
    made = [Step(_morning(due + timedelta(days=day), zone), kind, f"{kind}:{day}") for day, kind in found]
    return tuple(sorted(made, key=lambda step: (step.at, order[step.kind])))


def due_steps(
    schedule: Schedule,
    due: date,
    zone: str,
    *,
    until: datetime,
    done: frozenset[str] = frozenset(),
    paid_at: datetime | None = None,
    refused_for_good: bool = False,
    by_card: bool = True,
    called_at: datetime | None = None,
) -> tuple[Step, ...]:
    """What is to be done now: steps up to and including `until` that are not done; nothing once it is paid.

    Of reminders and tries that were missed (a process stood still) only the last of a kind is left: nobody gets three at once.
    `called_at`: when the last call was made; before one, nothing follows the grace.
    """
    if paid_at is not None and paid_at <= until:
        return ()
    every = _waiting(schedule, steps(schedule, due, zone, by_card=by_card and not refused_for_good), called_at)
    found: dict[str, Step] = {}
    for step in every:
        if step.at > until:
            break
        if step.kind in ENDINGS and called_at is None:
            continue
        if step.key in done:
            found.pop(step.kind, None)  # what was missed before it is missed for good
        else:
            found[step.kind] = step
    return tuple(step for step in every if found.get(step.kind) == step)


def coming_step(
    schedule: Schedule,
    due: date,
    zone: str,
    *,
    after: datetime,
    done: frozenset[str] = frozenset(),
    by_card: bool = True,
    called_at: datetime | None = None,
) -> Step | None:
    """The first step after `after` that is not done; None when all are over. The end waits for its call, however late that is."""
    every = _waiting(schedule, steps(schedule, due, zone, by_card=by_card), called_at)
    for step in every:
        if step.key in done:
            continue
        if step.at > after:
            return step
        if step.kind in ENDINGS:
            # It is over, but its call comes with the next look, and it follows that.
            return replace(step, at=after + max(timedelta(days=schedule.last_call), SOON))
    return None


def _waiting(schedule: Schedule, every: tuple[Step, ...], called_at: datetime | None) -> tuple[Step, ...]:
    """The steps, the end never sooner after its call than was promised."""
    if called_at is None:
        return every
    told = called_at + timedelta(days=schedule.last_call)
    last = every[-1]
    return (*every[:-1], replace(last, at=max(last.at, told)))


def state(schedule: Schedule, due: date, zone: str, *, at: datetime, paid_at: datetime | None = None) -> str:
    """``paid``, ``open`` (not due yet), ``overdue``, ``grace`` (after the last call) or ``ended`` (what was chosen holds)."""
    if paid_at is not None and paid_at <= at:
        return PAID
    if at < _morning(due, zone):
        return OPEN
    if at >= _morning(due + timedelta(days=schedule.grace), zone):
        return ENDED
    return GRACE if at >= _morning(due + timedelta(days=schedule.grace - schedule.last_call), zone) else OVERDUE


def _morning(day: date, zone: str) -> datetime:
    return datetime.combine(day, HOUR, tzinfo=ZoneInfo(zone)).astimezone(UTC)


# What it does to whom -------------------------------------------------------------------------------------------------

FULL, READ_ONLY, AT_REST = "full", "read_only", "at_rest"
NOTICE, PAY_SCREEN, ADOPTION = "notice", "pay_screen", "adoption"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account's money stands. `own`: state of what it owes by itself, to whomever; `ending`: what was chosen for that.

    `is_reseller`: it has clients of its own. `resellers`: state of what the account's own reseller owes to the vendor.
    """

    own: str = PAID
    ending: str = PAUSE
    is_reseller: bool = False
    resellers: str = PAID


@dataclass(frozen=True, slots=True)
class Effect:
    """`service`: what is left; `shows`: what people see besides (a notice, a screen to pay, the way to another reseller)."""

    service: str
    shows: tuple[str, ...] = ()


def effect(standing: Standing) -> Effect:
    """What unpaid invoices do to an account. A reseller's debt takes nothing from its clients: they are shown a way out of it."""
    service, shows = FULL, []
    if standing.own == ENDED and standing.ending == PAUSE:
        service = READ_ONLY if standing.is_reseller else AT_REST
        shows.append(PAY_SCREEN)
    elif standing.own in (OVERDUE, GRACE, ENDED):
        shows.append(NOTICE)
    if standing.resellers == ENDED:
        shows.append(ADOPTION)
    return Effect(service, tuple(shows))
