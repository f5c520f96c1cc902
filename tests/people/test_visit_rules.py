"""When a visit begins and who decides that there are none: second factor, the switch, the notice (S1, S4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope
from sublet.people import operations, queries
from sublet.people.models import Impersonation, VisitRule
from tests.people import AT, ROSA_HOST, World
from tests.people.test_impersonation import HERE, begin, entry


@pytest.mark.parametrize(
    "proved_at", [None, AT - timedelta(minutes=15, seconds=1), AT - timedelta(days=1), AT + timedelta(seconds=1)]
)
def test_without_a_fresh_second_factor_no_visit_begins(world: World, proved_at: datetime | None) -> None:
    with pytest.raises(operations.CannotImpersonate) as refusal:
        begin(world, second_factor_at=proved_at)
    assert (refusal.value.code, Impersonation.unscoped.count()) == ("second-factor", 0)
    begin(world, second_factor_at=AT - timedelta(minutes=15))  # the positive control
    assert Impersonation.unscoped.count() == 1


def test_the_second_factor_is_asked_for_last(world: World) -> None:
    for values, code in (({"reason": "short"}, "reason-too-short"), ({"mode": "owner"}, "mode")):
        with pytest.raises(operations.CannotImpersonate) as refusal:
            begin(world, second_factor_at=None, **values)
        assert refusal.value.code == code
    with pytest.raises(NotFound):
        begin(world, client="bakery", second_factor_at=None)


@pytest.mark.parametrize("by", ["rosa", "vera"])
def test_switching_visits_off_ends_those_that_go_on_and_lets_none_begin(world: World, by: str) -> None:
    begun = begin(world)
    assert entry(world, begun) is not None
    for allowed in (False, False, True):
        with world.scope(by) as actor:
            operations.let_staff_visit(allowed=allowed, actor=actor, at=AT)
        assert entry(world, begun) is None
        if not allowed:
            with pytest.raises(operations.CannotImpersonate) as refusal:
                begin(world)
            assert refusal.value.code == "off"
    assert Impersonation.unscoped.get().ended_by == "off"
    assert entry(world, begun) is None  # an ended visit does not come back
    assert entry(world, begin(world)) is not None
    told = JournalEntry.unscoped.exclude(event="impersonation.started").order_by("id").values_list("event", flat=True)
    assert list(told) == ["impersonation.ended", "impersonation.stopped", "impersonation.allowed"]


def test_a_switch_that_a_visit_raced_with_holds_at_the_next_click(world: World) -> None:
    begun = begin(world)
    VisitRule.unscoped.bulk_create(
        [VisitRule(account=world.rosa, entering=False)]
    )  # decided, and the visit not ended by it
    assert entry(world, begun) is None
    over = operations.end_visit_that_is_over(
        impersonation_ref=begun.impersonation_ref, session_hash=HERE, host=ROSA_HOST, at=AT
    )
    assert over is not None
    assert over.ended_by == "off"


def test_another_resellers_switch_changes_nothing(world: World) -> None:
    begun = begin(world)
    with world.scope("remo") as actor:
        operations.let_staff_visit(allowed=False, actor=actor, at=AT)
    assert entry(world, begun) is not None


@pytest.mark.parametrize(
    ("by", "fault"), [("ruth", Forbidden), ("carl", NotFound), ("cleo", NotFound), ("dora", NotFound)]
)
def test_others_do_not_switch(world: World, by: str, fault: type[Exception]) -> None:
    with world.scope(by) as actor, pytest.raises(fault):
        operations.let_staff_visit(allowed=False, actor=actor, at=AT)
    assert not VisitRule.unscoped.exists()


def test_a_client_decides_about_the_notice_and_a_visitor_does_not(world: World) -> None:
    for wanted in (True, True, False):
        with world.scope("carl") as actor:
            operations.tell_of_visits(wanted=wanted, actor=actor, at=AT)
            assert queries.visit_rules(actor).notice is wanted
    found = entry(world, begin(world))
    assert found is not None
    with actor_scope(found.actor):
        with pytest.raises(operations.CannotChangeVisitRules):
            operations.tell_of_visits(wanted=False, actor=found.actor, at=AT)
        with pytest.raises((NotFound, CannotWhileImpersonating)):
            operations.let_staff_visit(allowed=False, actor=found.actor, at=AT)
    with world.scope("rosa") as actor, pytest.raises(NotFound):
        operations.tell_of_visits(wanted=False, actor=actor, at=AT)
    assert JournalEntry.unscoped.filter(event="impersonation.notice_changed").count() == 2
