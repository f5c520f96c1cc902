"""What happens when an invoice is not paid, and when; and what it never does.

An invoice that is due is tried again on a schedule, its payer is reminded, gets a time of grace, and then happens what the
reseller chose: its service pauses or goes on. All of it follows from the schedule and the day on which the invoice was due, so
that whoever asks twice, or late, gets the same steps.

Pure. Laws (tests/core/test_dunning.py):

* steps are in order, each key once, and the last is the end of the grace;
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
#: What is left to who does not pay: everything, reading and paying, or what the plan of the birth has.
FULL, READ_ONLY, AT_REST = "full", "read_only", "at_rest"
#: How soon something is looked at again that only waits for a look.
SOON: Final = timedelta(minutes=15)


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
    """Why that is no schedule, as a code: ``order``, ``after-grace``, ``too-short`` (nobody is paused on the day on which it was
    due, nor in the hour in which it was told), ``too-long``, ``ending``; None when it is one.
    """
    for days in (schedule.retries, schedule.reminders):
        if any(day < 0 for day in days) or list(days) != sorted(set(days)):
            return "order"
        if days and days[-1] > schedule.grace:
            return "after-grace"
    if not 0 <= schedule.last_call <= schedule.grace:
        return "after-grace"
    if schedule.grace < 1 or schedule.last_call < 1:
        return "too-short"
    if schedule.grace > LONGEST:
        return "too-long"
    return None if schedule.ending in ENDINGS else "ending"


def is_due(due: date, zone: str, *, at: datetime) -> bool:
    """Whether the day has come on which it is to be paid, where who owes is: from then on it is counted."""
    return due <= at.astimezone(ZoneInfo(zone)).date()


def is_overdue(due: date, zone: str, *, at: datetime) -> bool:
    """Whether that day is over there: it could have been paid until its end."""
    return due < at.astimezone(ZoneInfo(zone)).date()


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
    refused_for_good: bool = False,
    by_card: bool = True,
    called_at: datetime | None = None,
) -> tuple[Step, ...]:
    """What is to be done now for an invoice that is owed: steps up to and including `until` that are not done.

    Of reminders and tries that were missed (a process stood still) only the last of a kind is left: nobody gets three at once.
    `called_at`: when the last call was made; before one, nothing follows the grace.
    """
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


def _morning(day: date, zone: str) -> datetime:
    return datetime.combine(day, HOUR, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def effect(*, is_reseller: bool, stands_below: bool) -> str:
    """What the pause takes from who owes. A reseller's clients are not asked: its debt takes nothing from them.

    `stands_below`: who owes stands below who is owed. To whom it stands below another by now, a former reseller is a creditor and
    nothing else, whatever it has become.
    """
    if not stands_below:
        return FULL
    return READ_ONLY if is_reseller else AT_REST
