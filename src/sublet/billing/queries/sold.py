"""What an account holds that has a price by use, and in which time what is used counts: plans, add-ons, managed services.

A plan counts while it was held, from one instant to another: where another plan follows, what is used from that instant on is
that one's, and so is the day. Where none follows, use counts to the end of the day, as all that is paid in arrears. So it is where an
add-on is ended; while it rests it does not count. A managed service counts while it is on. A trial is free of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sublet.core.charging import ADD_ON_USE, PLAN_USE, SERVICE_USE, Beside, Facts, day_after
from sublet.core.periods import Since
from sublet.core.pricebook import ADD_ON, PLAN, SERVICE, Book, Thing
from sublet.core.proration import start_on
from sublet.core.subscription import Phase
from sublet.core.useprices import meters_by_use
from sublet.subscriptions.queries.held import Held

#: Kind of a thing → kind of the charges for its use.
_CHARGED_AS: Final = {PLAN: PLAN_USE, ADD_ON: ADD_ON_USE, SERVICE: SERVICE_USE}


@dataclass(frozen=True, slots=True)
class Counted:
    """From `starts` up to and not including `ends` (None: on and on). `handed`: something follows then, which has that day."""

    starts: datetime
    ends: datetime | None
    handed: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """The same within a period: it has an end."""

    starts: datetime
    ends: datetime
    handed: bool


@dataclass(frozen=True, slots=True)
class Sold:
    """A thing that somebody has prices for by these `meters`, and the times in which it counts: in order, none touches another."""

    thing: Thing
    meters: tuple[str, ...]
    times: tuple[Counted, ...]

    @property
    def kind(self) -> str:
        """That of its charges."""
        return _CHARGED_AS[self.thing[0]]

    @property
    def name(self) -> str:
        """By which it is told from others in the keys of charges: two versions of a plan may be held in one period."""
        _kind, key, version = self.thing
        return f"{key}.{version}" if version else key

    def within(self, starts: datetime, ends: datetime) -> tuple[Closed, ...]:
        """Its times in a period."""
        found: list[Closed] = []
        for each in self.times:
            begin = max(each.starts, starts)
            over = ends if each.ends is None else min(each.ends, ends)
            if begin < over:
                found.append(Closed(begin, over, each.handed and each.ends == over))
        return tuple(found)


def sold_of(
    now: Held, anchors: tuple[Since, ...], book: Book, gone: datetime | None, services: Iterable[Beside]
) -> tuple[Sold, ...]:
    """All of it, up to the closing of the account (`gone`). `services`: those that have a price, without trials."""
    phases = [each for each in now.agreement.phases() if gone is None or each.starts < gone]
    known: dict[Thing, tuple[str, ...]] = {}
    times: dict[Thing, list[Counted]] = {}

    def add(thing: Thing, found: Iterable[Counted]) -> None:
        if thing not in known:
            known[thing] = meters_by_use(book, thing)
        if known[thing]:
            times.setdefault(thing, []).extend(found)

    for place, phase in enumerate(phases):
        key, version = phase.held
        if key:
            add((PLAN, key, version), _plan_held(phase, phases[place + 1 :], anchors, book, gone))
    for row in now.add_ons:
        spans = now.spans_of(row)
        add((ADD_ON, row.key, row.version), _add_on_held(spans, row.ends_at, anchors, book, gone))
    found = {thing: _without_trial(now, _in_order(each)) for thing, each in times.items()}
    for one in services:  # they are without trials already
        thing = (SERVICE, one.key, 0)
        meters = meters_by_use(book, thing)
        if meters:
            known[thing] = meters
            found[thing] = [Counted(span.starts, span.ends) for span in one.spans]
    return tuple(Sold(thing, known[thing], tuple(each)) for thing, each in found.items() if each)


def _plan_held(
    phase: Phase, later: Sequence[Phase], anchors: tuple[Since, ...], book: Book, gone: datetime | None
) -> Iterator[Counted]:
    ends = _before(phase.ends, gone)
    following = next((each for each in later if each.held[0]), None)
    if ends is None or (following is not None and following.starts == ends):
        yield Counted(phase.starts, ends, handed=ends is not None)
        return
    last = _end_of_day(ends, anchors, book)
    if following is not None and following.starts < last:
        yield Counted(phase.starts, following.starts, handed=True)
    else:
        yield Counted(phase.starts, last)


def _add_on_held(
    spans: Iterable[tuple[datetime, datetime | None]],
    ended: datetime | None,
    anchors: tuple[Since, ...],
    book: Book,
    gone: datetime | None,
) -> Iterator[Counted]:
    for starts, ends in spans:
        if gone is not None and gone <= starts:
            continue
        over = _before(ends, gone)
        if over is not None and over in (ended, gone):
            over = _end_of_day(over, anchors, book)
        yield Counted(starts, over)


def _before(ends: datetime | None, gone: datetime | None) -> datetime | None:
    return ends if gone is None else gone if ends is None else min(ends, gone)


def _end_of_day(moment: datetime, anchors: tuple[Since, ...], book: Book) -> datetime:
    return start_on(anchors, day_after(Facts(anchors, book), moment))


def _in_order(times: Iterable[Counted]) -> list[Counted]:
    """Times that overlap or touch are one: two add-ons of the same kind count once."""
    found: list[Counted] = []
    for each in sorted(times, key=lambda each: each.starts):
        last = found[-1] if found else None
        if last is None or (last.ends is not None and last.ends < each.starts):
            found.append(each)
        elif last.ends is not None and (each.ends is None or last.ends < each.ends):
            found[-1] = replace(each, starts=last.starts)
    return found


def _without_trial(now: Held, times: Iterable[Counted]) -> list[Counted]:
    trial = now.trial
    if trial is None:
        return list(times)
    found: list[Counted] = []
    for each in times:
        if each.starts < trial.started_at:
            whole = each.ends is not None and each.ends <= trial.started_at
            found.append(each if whole else Counted(each.starts, trial.started_at))
        if each.ends is None or trial.ends_at < each.ends:
            found.append(replace(each, starts=max(each.starts, trial.ends_at)))
    return found


__all__ = ["Closed", "Counted", "Sold", "sold_of"]
