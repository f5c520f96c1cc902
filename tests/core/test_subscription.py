"""The laws of an agreement over time (`sublet.core.subscription`)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.subscription import (
    END,
    FARTHEST,
    PAUSE,
    RESUME,
    TAKE,
    Agreement,
    Beside,
    Decision,
    Turn,
    Unlawful,
    counting,
)

BIRTH = datetime(2026, 1, 8, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def after(hours: int) -> datetime:
    return BIRTH + hours * HOUR


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[datetime, Agreement, Decision]], Agreement]:
    """Decisions taken one after the other, each with the agreement before it; and the agreement at the end."""
    now, agreement, steps = BIRTH, Agreement(BIRTH), []
    for number in range(draw(st.integers(0, 12))):
        now += draw(st.integers(0, 40)) * HOUR
        ref, later = f"chg_{number}", now + draw(st.integers(0, 60)) * HOUR
        kind = draw(st.sampled_from([TAKE, TAKE, END, PAUSE, RESUME, "cancel"]))
        try:
            if kind == TAKE:
                plan = draw(st.sampled_from(["small", "large"]))
                decision = agreement.take(plan, draw(st.integers(1, 2)), effective=later, at=now, ref=ref)
            elif kind == END:
                decision = agreement.end(effective=later, at=now, ref=ref)
            elif kind == PAUSE:
                rests = draw(st.one_of(st.none(), st.integers(1, 60)))
                until = None if rests is None else now + rests * HOUR
                decision = agreement.pause(until=until, at=now, ref=ref, resume_ref=f"{ref}r")
            elif kind == RESUME:
                decision = agreement.resume(at=now, ref=ref)
            else:
                waiting = agreement.waiting(now)
                if not waiting:
                    continue
                decision = agreement.cancel(draw(st.sampled_from(waiting)).ref, at=now)
        except Unlawful:
            continue
        steps.append((now, agreement, decision))
        agreement = agreement.with_decision(decision)
    return steps, agreement


@given(histories())
def test_phases_tile_time(history: tuple[list[tuple[datetime, Agreement, Decision]], Agreement]) -> None:
    phases = history[1].phases()
    assert phases[0].starts == BIRTH
    assert phases[-1].ends is None
    for one, following in itertools.pairwise(phases):
        assert one.ends == following.starts
        assert one.starts < following.starts
        assert (one.plan, one.version, one.paused) != (following.plan, following.version, following.paused)


@given(histories())
def test_what_held_never_changes_by_what_is_decided_later(
    history: tuple[list[tuple[datetime, Agreement, Decision]], Agreement],
) -> None:
    for at, before, decision in history[0]:
        later = before.with_decision(decision)
        moments = [phase.starts for phase in (*before.phases(), *later.phases())] + [at - timedelta(microseconds=1)]
        for moment in moments:
            if BIRTH <= moment < at:
                assert later.phase_at(moment).held == before.phase_at(moment).held


@given(histories())
def test_at_most_one_change_and_one_resumption_wait(
    history: tuple[list[tuple[datetime, Agreement, Decision]], Agreement],
) -> None:
    for at, before, decision in history[0]:
        waiting = before.with_decision(decision).waiting(at)
        assert len([turn for turn in waiting if turn.kind in {TAKE, END}]) <= 1
        assert len([turn for turn in waiting if turn.kind == RESUME]) <= 1
        assert all(turn.at > at for turn in decision.drop)  # what holds is never dropped


@given(histories(), st.integers(0, 60), st.sampled_from(["small", "large", ""]))
def test_deciding_the_same_again_decides_nothing(
    history: tuple[list[tuple[datetime, Agreement, Decision]], Agreement], hours: int, plan: str
) -> None:
    steps, agreement = history
    at = (steps[-1][0] if steps else BIRTH) + HOUR
    effective = at + hours * HOUR

    def decide(known: Agreement, ref: str) -> Decision:
        if plan:
            return known.take(plan, 1, effective=effective, at=at, ref=ref)
        return known.end(effective=effective, at=at, ref=ref)

    once = agreement.with_decision(decide(agreement, "one"))
    assert decide(once, "two").is_empty


@given(histories(), st.integers(1, 60))
def test_what_is_taken_back_in_time_leaves_no_trace(
    history: tuple[list[tuple[datetime, Agreement, Decision]], Agreement], hours: int
) -> None:
    steps, agreement = history
    at = (steps[-1][0] if steps else BIRTH) + HOUR
    decision = agreement.take("huge", 1, effective=at + hours * HOUR, at=at, ref="new")
    replaced = Agreement.of(BIRTH, [turn for turn in agreement.turns if turn not in decision.drop])
    decided = agreement.with_decision(decision)
    assert decided.with_decision(decided.cancel("new", at=at)).phases() == replaced.phases()


def test_phases_are_cut_once() -> None:
    agreement = Agreement.of(BIRTH, [Turn(after(1), TAKE, "small", 1, "chg_1")])
    assert agreement.phases() is agreement.phases()
    assert agreement == Agreement(BIRTH, agreement.turns)
    assert hash(agreement) == hash(Agreement(BIRTH, agreement.turns))


def test_a_plan_is_taken_changed_at_a_date_paused_and_ended() -> None:
    agreement = Agreement(BIRTH)
    agreement = agreement.with_decision(agreement.take("small", 1, effective=after(10), at=after(10), ref="1"))
    agreement = agreement.with_decision(agreement.take("large", 3, effective=after(50), at=after(20), ref="2"))
    agreement = agreement.with_decision(agreement.pause(until=after(80), at=after(60), ref="3", resume_ref="4"))
    agreement = agreement.with_decision(agreement.end(effective=after(100), at=after(90), ref="5"))
    assert [(p.starts, p.ends, p.plan, p.version, p.paused, p.kind) for p in agreement.phases()] == [
        (BIRTH, after(10), "", 0, False, "birth"),
        (after(10), after(50), "small", 1, False, TAKE),
        (after(50), after(60), "large", 3, False, TAKE),
        (after(60), after(80), "large", 3, True, PAUSE),
        (after(80), after(100), "large", 3, False, RESUME),
        (after(100), None, "", 0, False, END),
    ]
    assert [agreement.phase_at(after(h)).held for h in (9, 10, 49, 50, 60, 79, 80, 100)] == [
        ("", 0), ("small", 1), ("small", 1), ("large", 3), ("", 0), ("", 0), ("large", 3), ("", 0),
    ]  # fmt: skip
    assert agreement.taken_since(after(99)) == after(10)  # a change and a pause are no gap
    assert agreement.taken_since(after(100)) is None


def test_a_change_replaces_the_one_that_waits() -> None:
    agreement = Agreement(BIRTH, (Turn(after(1), TAKE, "small", 1, "1"), Turn(after(90), END, ref="2")))
    decision = agreement.take("large", 1, effective=after(5), at=after(5), ref="3")
    assert [turn.ref for turn in decision.drop] == ["2"]


def test_taking_a_plan_ends_the_pause_and_its_resumption() -> None:
    agreement = Agreement(BIRTH, (Turn(after(1), TAKE, "small", 1, "1"),))
    agreement = agreement.with_decision(agreement.pause(until=after(90), at=after(5), ref="2", resume_ref="3"))
    agreement = agreement.with_decision(agreement.take("small", 1, effective=after(9), at=after(9), ref="4"))
    assert agreement.phase_at(after(9)).paused is False
    assert agreement.waiting(after(9)) == ()


@pytest.mark.parametrize(
    ("decide", "code"),
    [
        (lambda a: a.take("large", 1, effective=after(9), at=after(10), ref="x"), "past"),
        (lambda a: a.take("large", 1, effective=after(11) + FARTHEST, at=after(10), ref="x"), "too-far"),
        (lambda a: a.pause(until=after(10), at=after(10), ref="x", resume_ref="y"), "past"),
        (lambda a: a.cancel("1", at=after(10)), "holds-already"),
        (lambda a: a.cancel("9", at=after(10)), "unknown"),
        (lambda _: Agreement(BIRTH).pause(until=None, at=after(10), ref="x", resume_ref="y"), "no-plan"),
        (lambda _: Agreement(BIRTH).resume(at=after(10), ref="x"), "no-plan"),
    ],
)
def test_an_unlawful_decision_says_why(decide: object, code: str) -> None:
    agreement = Agreement(BIRTH, (Turn(after(1), TAKE, "small", 1, "1"),))
    with pytest.raises(Unlawful) as refused:
        decide(agreement)  # type: ignore[operator]  # a lambda of the table above
    assert refused.value.code == code


def test_an_add_on_rests_while_the_plan_does_not_fit() -> None:
    turns = (Turn(after(1), TAKE, "small", 1), Turn(after(5), TAKE, "huge", 1), Turn(after(9), TAKE, "small", 1))
    phases = Agreement(BIRTH, turns).phases()
    beside = Beside(after(2), after(20), ("small", "free"))
    assert counting(beside, phases, "free") == ((after(2), after(5)), (after(9), after(20)))
    assert counting(Beside(after(2), None), phases, "free") == ((after(2), None),)


@given(histories(), st.integers(0, 100), st.integers(1, 100))
def test_an_add_on_counts_within_its_span_and_never_twice(
    history: tuple[list[tuple[datetime, Agreement, Decision]], Agreement], starts: int, length: int
) -> None:
    phases = history[1].phases()
    beside = Beside(after(starts), after(starts + length), ("small",))
    spans = counting(beside, phases, "free")
    for one, following in itertools.pairwise(spans):
        assert one[1] is not None
        assert one[1] < following[0]
    for hour in range(starts - 1, starts + length + 1):
        moment = after(hour)
        counts = any(begin <= moment and (end is None or moment < end) for begin, end in spans)
        fits = history[1].phase_at(moment).held[0] == "small" and moment >= BIRTH
        assert counts == (fits and starts <= hour < starts + length)
