"""What an account has agreed to, from when to when: turns in, phases out.

A *turn* is one decision with the instant from which it holds: a plan is taken, the subscription pauses, resumes or ends. What
is kept are the turns; the *phases* between them are worked out each time. Where no plan is taken the account is on the plan it
was born with (the free one), so an account without turns has one phase, for ever.

Pure. Laws (tests/core/test_subscription.py):

* phases tile time: the first begins at the birth, each begins where the one before ends, the last has no end;
* what held before `at` is the same after any decision taken at `at` as before it;
* at most one change of plan waits, and at most one resumption;
* deciding the same again decides nothing;
* a decision that is taken back before its instant leaves all as if it had never been taken, but for what it replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

TAKE, END, PAUSE, RESUME = "take", "end", "pause", "resume"
KINDS: Final = (TAKE, END, PAUSE, RESUME)
#: Turns that say which plan follows; the others leave the plan as it is.
PLANS: Final = frozenset({TAKE, END})
#: As far ahead may a change be decided.
FARTHEST: Final = timedelta(days=2 * 366)


@dataclass(frozen=True, slots=True)
class Turn:
    """One decision, and from when it holds. `plan` and `version` are those of a plan that is taken, else empty and 0.

    `ref` tells it from the others; of two at the same instant the later one in the order of the agreement holds.
    """

    at: datetime
    kind: str
    plan: str = ""
    version: int = 0
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """From `starts` up to and not including `ends` (None: without end) the same holds.

    `plan` is the plan taken, empty where none is: then it is the plan of the account's birth. While `paused`, that holds as
    well, and `plan` is what comes back. `turn` is the reference of the turn that began it; empty for the birth.
    """

    starts: datetime
    ends: datetime | None
    plan: str = ""
    version: int = 0
    paused: bool = False
    turn: str = ""
    kind: str = "birth"

    @property
    def held(self) -> tuple[str, int]:
        """Key and version of the plan that counts; ("", 0) for the plan of the birth."""
        return ("", 0) if self.paused else (self.plan, self.version)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision changes: the turn that comes (and the resumption that comes with a pause), and the waiting ones that go.

    Empty when all is so already.
    """

    add: tuple[Turn, ...] = ()
    drop: tuple[Turn, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.add and not self.drop


NOTHING: Final = Decision()


class Unlawful(Exception):
    """A decision that cannot be taken; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Agreement:
    """All turns of an account since its birth."""

    birth: datetime
    turns: tuple[Turn, ...] = ()
    _cut: tuple[Phase, ...] = field(
        default=(), init=False, repr=False, compare=False
    )  # it is asked for again and again

    @classmethod
    def of(cls, birth: datetime, turns: Iterable[Turn]) -> Agreement:
        """With the turns in the order of their instants; equal ones stay as they come."""
        return cls(birth, tuple(sorted(turns, key=lambda turn: turn.at)))

    def phases(self) -> tuple[Phase, ...]:
        """Time since the birth, cut where something changes."""
        if not self._cut:
            object.__setattr__(self, "_cut", self._phases())
        return self._cut

    def _phases(self) -> tuple[Phase, ...]:
        found: list[Phase] = [Phase(self.birth, None)]
        for turn in self.turns:
            last = found[-1]
            after = _after(last, turn)
            if after is None:
                continue
            starts = max(turn.at, self.birth)
            found[-1:] = [] if starts <= last.starts else [_ended(last, starts)]
            found.append(Phase(starts, None, *after, turn=turn.ref, kind=turn.kind))
        return tuple(found)

    def phase_at(self, moment: datetime) -> Phase:
        """What holds at `moment`; before the birth, what held first."""
        phases = self.phases()
        return next((phase for phase in reversed(phases) if phase.starts <= moment), phases[0])

    def waiting(self, at: datetime) -> tuple[Turn, ...]:
        """The turns that were decided and do not hold yet."""
        return tuple(turn for turn in self.turns if turn.at > at)

    def taken_since(self, moment: datetime) -> datetime | None:
        """Since when, without a gap, some plan has been taken at `moment`; None when none is. Pauses are no gap."""
        since: datetime | None = None
        for phase in self.phases():
            if phase.starts > moment:
                break
            since = (since or phase.starts) if phase.plan else None
        return since

    def with_decision(self, decision: Decision) -> Agreement:
        """As it is once the decision is taken."""
        gone = {turn.ref for turn in decision.drop}
        return Agreement.of(self.birth, [*(turn for turn in self.turns if turn.ref not in gone), *decision.add])

    # Decisions --------------------------------------------------------------------------------------------------------

    def take(self, plan: str, version: int, *, effective: datetime, at: datetime, ref: str) -> Decision:
        """Take a plan from `effective` on, in place of whatever change waits. Raises Unlawful: ``past``, ``too-far``."""
        return self._turn(Turn(effective, TAKE, plan, version, ref), at)

    def end(self, *, effective: datetime, at: datetime, ref: str) -> Decision:
        """Fall back to the plan of the birth from `effective` on; a plan that waits is given up. Raises Unlawful: ``past``, ``too-far``."""
        return self._turn(Turn(effective, END, ref=ref), at)

    def pause(self, *, until: datetime | None, at: datetime, ref: str, resume_ref: str) -> Decision:
        """Rest from now on, up to `until` or until somebody resumes. Raises Unlawful: ``past``, ``too-far``, ``no-plan``, ``paused``."""
        if until is not None:
            _within_reach(until, at, again=False)
        now = self.phase_at(at)
        if now.paused:
            waits = next((turn.at for turn in self.waiting(at) if turn.kind == RESUME), None)
            if waits == until:
                return NOTHING
            raise Unlawful("paused")
        if not now.plan:
            raise Unlawful("no-plan")
        resumption = (Turn(until, RESUME, ref=resume_ref),) if until is not None else ()
        stale = tuple(turn for turn in self.waiting(at) if turn.kind == RESUME)
        return Decision((Turn(at, PAUSE, ref=ref), *resumption), stale)

    def resume(self, *, at: datetime, ref: str) -> Decision:
        """Go on now with the plan that rested. Raises Unlawful: ``no-plan``; nothing where nothing rests."""
        now = self.phase_at(at)
        if not now.plan:
            raise Unlawful("no-plan")
        if not now.paused:
            return NOTHING
        stale = tuple(turn for turn in self.waiting(at) if turn.kind == RESUME)
        return Decision((Turn(at, RESUME, ref=ref),), stale)

    def cancel(self, ref: str, *, at: datetime) -> Decision:
        """Take a decision back that does not hold yet. Raises Unlawful: ``unknown``, ``holds-already``."""
        turn = next((turn for turn in self.turns if turn.ref == ref), None)
        if turn is None:
            raise Unlawful("unknown")
        if turn.at <= at:
            raise Unlawful("holds-already")
        return Decision(drop=(turn,))

    def _turn(self, turn: Turn, at: datetime) -> Decision:
        _within_reach(turn.at, at, again=True)
        waiting = self.waiting(at)
        same = [w for w in waiting if w.kind in PLANS and (w.at, w.kind, w.plan, w.version) == _what(turn)]
        if same:
            return NOTHING
        # A resumption after a plan is taken or given up would have nothing to resume.
        drop = tuple(w for w in waiting if w.kind in PLANS or (w.kind == RESUME and w.at >= turn.at))
        left = self.with_decision(Decision(drop=drop))
        if _after(left.phase_at(turn.at), turn) is None:
            return NOTHING if (turn.at, turn.kind) == (at, TAKE) else Decision(drop=drop)
        return Decision((turn,), drop)


def _what(turn: Turn) -> tuple[datetime, str, str, int]:
    return turn.at, turn.kind, turn.plan, turn.version


def _within_reach(instant: datetime, at: datetime, *, again: bool) -> None:
    if instant < at or (instant == at and not again):
        raise Unlawful("past")
    if instant > at + FARTHEST:
        raise Unlawful("too-far")


def _after(phase: Phase, turn: Turn) -> tuple[str, int, bool] | None:
    """Plan, version and pause after the turn; None when it changes nothing."""
    now = (phase.plan, phase.version, phase.paused)
    after = {
        TAKE: (turn.plan, turn.version, False),
        END: ("", 0, False),
        PAUSE: (phase.plan, phase.version, bool(phase.plan)),
        RESUME: (phase.plan, phase.version, False),
    }[turn.kind]
    return None if after == now else after


def _ended(phase: Phase, ends: datetime) -> Phase:
    return Phase(phase.starts, ends, phase.plan, phase.version, phase.paused, phase.turn, phase.kind)


# Add-ons --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beside:
    """An add-on as it was taken: from `starts` up to `ends` (None: until somebody ends it).

    `plans` are the plans beside which it counts; empty means beside any.
    """

    starts: datetime
    ends: datetime | None
    plans: tuple[str, ...] = ()


def counting(beside: Beside, phases: Sequence[Phase], starting: str) -> tuple[tuple[datetime, datetime | None], ...]:
    """The spans in which the add-on counts: it rests while the plan is one that it does not fit, and comes back with it.

    `starting` is the key of the plan of the birth. Spans are half-open, in order, and never touch.
    """
    spans: list[tuple[datetime, datetime | None]] = []
    for phase in phases:
        if beside.plans and (phase.held[0] or starting) not in beside.plans:
            continue
        starts = max(phase.starts, beside.starts)
        ends = (
            phase.ends if beside.ends is None else beside.ends if phase.ends is None else min(phase.ends, beside.ends)
        )
        if ends is not None and ends <= starts:
            continue
        if spans and spans[-1][1] == starts:
            spans[-1] = (spans[-1][0], ends)
        else:
            spans.append((starts, ends))
    return tuple(spans)
