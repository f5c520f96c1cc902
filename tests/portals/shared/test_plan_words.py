"""Plans over time in plain words."""

from __future__ import annotations

import pytest

from sublet.catalog.queries import offer
from sublet.core.plandiff import LOST, METER, Line
from sublet.portals.shared.plan_words import change_lines
from tests.people import World
from tests.subscriptions import sell

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("policy", "agreed", "in_trial"),
    [
        ("overage", "Goes on and is charged", "Goes on, free of charge"),
        ("block", "Stops at the limit", "Stops at the limit"),
        (None, "", ""),
    ],
)
def test_what_goes_beyond_a_limit_costs_nothing_in_a_trial(
    world: World, policy: str | None, agreed: str, in_trial: str
) -> None:
    sell(world)
    lines = [Line(METER, "text_messages", None, 200, LOST, policy)]
    assert [each.note for each in change_lines(offer(), lines)] == [agreed]
    assert [each.note for each in change_lines(offer(), lines, trial=True)] == [in_trial]
