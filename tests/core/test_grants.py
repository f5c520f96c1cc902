"""The laws of grants: nothing beyond them, nothing after them, and nobody who decides for the other side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.grants import (
    CLIENT_SIDE,
    EVERYTHING,
    NOTHING,
    RESELLER_SIDE,
    Grant,
    Scope,
    end_of,
    may_decide,
    may_narrow,
    next_end,
    scope_for,
    start_of,
)
from sublet.core.rights import Level, Rights, all_rights

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECTIONS = ("team", "settings", "billing", "product.design", "product.push")
ALL = all_rights("client", ("design", "push", "menus"))

rights = st.dictionaries(st.sampled_from(SECTIONS), st.sampled_from(list(Level))).map(Rights.of)
scopes = st.builds(Scope, st.sampled_from(list(Level)), rights)
instants = st.integers(-40, 40).map(lambda days: AT + timedelta(days=days))
people = st.none() | st.frozensets(st.integers(1, 4), max_size=3)
grants = st.builds(Grant, scopes, people, instants, st.none() | instants)
persons = st.none() | st.integers(1, 4)
teams = st.dictionaries(st.integers(1, 3), st.frozensets(st.integers(1, 4), max_size=4))
of_teams = st.builds(Grant, scopes, people, instants, st.none() | instants, st.none() | st.integers(1, 3))


@given(rights, st.lists(grants, max_size=4), persons, instants)
def test_nothing_goes_beyond_the_grants(held: Rights, given_: list[Grant], person: int | None, at: datetime) -> None:
    scope = scope_for(given_, person=person, at=at)
    left = scope.of(held)
    assert left.within(held)
    for section, level in left.levels.items():
        assert any(each.holds(person, at) and each.scope.level(section) >= level for each in given_)


@given(rights, st.lists(grants, max_size=4), persons, instants)
def test_several_grants_leave_what_one_of_them_leaves(
    held: Rights, given_: list[Grant], person: int | None, at: datetime
) -> None:
    left = scope_for(given_, person=person, at=at).of(held)
    single = [scope_for([each], person=person, at=at).of(held) for each in given_]
    for section in held.levels:
        assert left.level(section) == max((each.level(section) for each in single), default=Level.NONE)


@given(rights, scopes, scopes)
def test_a_narrower_scope_never_leaves_more(held: Rights, one: Scope, other: Scope) -> None:
    if one.within(other):
        assert one.of(held).within(other.of(held))
    assert one.within(one.with_(other))
    assert NOTHING.within(one)
    assert one.within(EVERYTHING)


@given(scopes, persons, instants, instants)
def test_an_ended_grant_leaves_nothing(scope: Scope, person: int | None, start: datetime, end: datetime) -> None:
    grant = Grant(scope, None, start, end)
    after = scope_for([grant], person=person, at=max(end, start) + timedelta(seconds=1))
    assert after.empty
    assert after.of(ALL).levels == {}


def test_a_grant_holds_from_its_start_and_not_at_its_end() -> None:
    grant = Grant(EVERYTHING, None, AT, AT + timedelta(days=30))
    end, instant = AT + timedelta(days=30), timedelta(microseconds=1)
    held = [grant.holds(7, at) for at in (AT - instant, AT, end - instant, end)]
    assert held == [False, True, True, False]


def test_nobody_granted_anything_is_closed() -> None:
    assert scope_for([], person=1, at=AT).of(ALL).levels == {}


def test_a_grant_to_chosen_people_is_no_keys_and_nobody_elses() -> None:
    grant = Grant(EVERYTHING, frozenset({1, 2}), AT, None)
    assert [grant.holds(person, AT) for person in (1, 2, 3, None)] == [True, True, False, False]
    assert Grant(EVERYTHING, None, AT, None).holds(None, AT)


def test_everything_covers_sections_that_come_later() -> None:
    assert EVERYTHING.of(ALL).levels == ALL.levels
    named = Scope.stored("none", {"product.design": "manage", "product.push": "view"})
    assert named.of(ALL).as_words() == {"product.design": "manage", "product.push": "view"}


@pytest.mark.parametrize("ownership", [RESELLER_SIDE, CLIENT_SIDE])
def test_only_the_owning_side_decides_and_a_reseller_may_always_give_up(ownership: str) -> None:
    assert [may_decide(side=side, ownership=ownership) for side in (RESELLER_SIDE, CLIENT_SIDE)] == [
        ownership == RESELLER_SIDE,
        ownership == CLIENT_SIDE,
    ]
    assert may_narrow(side=RESELLER_SIDE, ownership=ownership)
    assert may_narrow(side=CLIENT_SIDE, ownership=ownership) is (ownership == CLIENT_SIDE)


@given(instants, st.sampled_from([RESELLER_SIDE, CLIENT_SIDE]), st.integers(0, 90), st.none() | instants)
def test_ending_never_prolongs(at: datetime, side: str, notice: int, ends: datetime | None) -> None:
    end = end_of(at, side=side, notice_days=notice, ends_at=ends)
    assert ends is None or end <= ends
    assert end <= at + timedelta(days=notice)
    if side == RESELLER_SIDE or notice == 0:
        assert end <= at


@given(instants, st.sampled_from([RESELLER_SIDE, CLIENT_SIDE]), st.integers(0, 90), instants, st.integers(1, 90))
def test_what_is_ended_is_over_at_once_or_ends_after_it_begins(
    at: datetime, side: str, notice: int, starts: datetime, days: int
) -> None:
    ends = starts + timedelta(days=days)
    end = end_of(at, side=side, notice_days=notice, starts_at=starts, ends_at=ends)
    assert end <= at or end > starts
    assert end in {at, ends} or end == end_of(at, side=side, notice_days=notice, ends_at=ends)


@given(instants, st.integers(0, 60), instants)
def test_an_extended_grant_ends_at_the_next_step(ends: datetime, days: int, at: datetime) -> None:
    after = next_end(ends, extend_days=days, at=at)
    if days == 0 or at < ends:
        assert after == ends
    else:
        assert at < after <= at + timedelta(days=days)
        assert (after - ends) % timedelta(days=days) == timedelta(0)


def _to_those_in_it(grant: Grant, now: dict[int, frozenset[int]]) -> Grant:
    """The same grant with the persons in its team named one by one."""
    return grant if grant.team is None else replace(grant, team=None, people=now.get(grant.team, frozenset()))


@given(st.lists(of_teams, max_size=4), teams, persons, instants)
def test_a_grant_to_a_team_gives_what_one_to_the_persons_in_it_now_gives(
    given_: list[Grant], now: dict[int, frozenset[int]], person: int | None, at: datetime
) -> None:
    named = [_to_those_in_it(each, now) for each in given_]
    assert scope_for(given_, person=person, at=at, teams=now) == scope_for(named, person=person, at=at)


@given(scopes, people, st.integers(1, 3), teams, st.integers(1, 4), instants)
def test_who_leaves_a_team_is_out_and_who_joins_is_in_and_of_the_others_nothing_changes(
    scope: Scope, named: frozenset[int] | None, team: int, now: dict[int, frozenset[int]], person: int, at: datetime
) -> None:
    grant = Grant(scope, named, AT - timedelta(days=99), None, team)
    without = {**now, team: now.get(team, frozenset()) - {person}}
    joined = {**without, team: without[team] | {person}}
    assert scope_for([grant], person=person, at=at, teams=without) == NOTHING
    assert scope_for([grant], person=person, at=at, teams=joined) == scope
    for other in {1, 2, 3, 4, None} - {person}:
        assert grant.holds(other, at, without) == grant.holds(other, at, joined)


@given(of_teams, persons, instants)
def test_a_team_that_is_gone_lets_nobody_in_and_no_team_lets_a_key_in(
    grant: Grant, person: int | None, at: datetime
) -> None:
    if grant.team is not None:
        assert not grant.holds(person, at)
        assert not grant.holds(person, at, {grant.team + 1: frozenset({1, 2, 3, 4})})
        assert not grant.holds(None, at, {grant.team: frozenset({1, 2, 3, 4})})


@given(instants, st.none() | instants, st.none() | st.integers(1, 90), persons, instants)
def test_a_grant_gives_nothing_before_its_start_and_its_days_begin_there(
    at: datetime, wanted: datetime | None, days: int | None, person: int | None, then: datetime
) -> None:
    start = start_of(at, wanted=wanted)
    assert start >= at
    assert wanted is None or start >= wanted
    assert start in {at, wanted}
    grant = Grant(EVERYTHING, None, start, None if days is None else start + timedelta(days=days))
    if then < start:
        assert scope_for([grant], person=person, at=then) == NOTHING
    assert grant.holds(person, start)
