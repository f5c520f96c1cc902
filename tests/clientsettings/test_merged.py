"""How clients were set up when two resellers become one: carried over, and said so before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sublet.clientsettings import operations
from sublet.clientsettings.models import TemplateUse
from sublet.clientsettings.operations import set_up, undo_settings
from sublet.clientsettings.queries import settings_of
from sublet.core.clientsettings import FOLLOW, RetailPrice, Value
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from sublet.moves.models import Move
from sublet.moves.queries.plans import plan_from
from sublet.portals.shared.move_words import line_words
from tests.clientsettings import DECIDED, complete, load
from tests.moves.steps import agree, ask_merge, carry_merge_out, transfer
from tests.people import AT, World

DAY = timedelta(days=1)
LATER = RetailPrice(9900, "EUR", "month")
SET: dict[str, Value] = {
    "service.direct_support.enabled": True, "limit.contacts": 80, "feature.visitor_recognition": False, **DECIDED,
}  # fmt: skip


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    with world.scope("rosa") as rosa:
        template = operations.make_template(name="Kitchens", values={"limit.contacts": 80}, actor=rosa, at=AT)
        operations.apply_template(template=template.ref, ref=world.carl.ref, actor=rosa, at=AT)
        set_up(ref=world.carl.ref, changes=SET, actor=rosa, at=AT)
        set_up(ref=world.carl.ref, changes={"price": LATER}, since=AT + 30 * DAY, actor=rosa, at=AT)
    return world


def now(world: World, days: float = 2) -> dict[str, Value]:
    with world.scope("remo") as remo:
        return dict(settings_of(remo, world.carl.ref, at=AT + days * DAY).setup.values)


def plan(move: str) -> dict[str, dict[str, int]]:
    with platform_scope("test"):
        found = plan_from(Move.objects.get(ref=move).plan)
    assert all(line["text"] for line in line_words((*found.along, *found.ends)))
    return {part: {line.code: line.count for line in getattr(found, part)} for part in ("along", "ends")}


def test_in_a_merge_the_settings_go_along_and_the_plan_says_so(sold: World) -> None:
    move = ask_merge(sold, AT + DAY)
    told = plan(move)
    assert {code: told["along"][code] for code in ("limits-kept", "services-kept", "terms-kept")} == {
        "limits-kept": 2, "services-kept": 1, "terms-kept": 1,
    }  # fmt: skip
    assert {code: told["ends"].get(code) for code in ("limits", "services", "templates")} == {
        "limits": None, "services": None, "templates": 1,
    }  # fmt: skip
    agree(sold, "remo", move, AT + DAY)
    carry_merge_out(sold, move, AT + DAY)
    assert {key: each for key, each in now(sold).items() if key in SET} == SET
    assert now(sold, 31)["price"] == LATER
    run_due_jobs(at=AT + DAY)
    assert complete(sold.carl)
    with sold.scope("remo") as remo:
        found = settings_of(remo, sold.carl.ref, at=AT + 2 * DAY)
    assert (found.followed, found.last) == (None, None)


def test_who_goes_to_another_reseller_is_set_up_anew_and_that_is_told_before(sold: World) -> None:
    move = transfer(sold, AT + DAY)
    ends = plan(move)["ends"]
    # Who pays, the price and the template are the reseller's own: clients are not told of them.
    assert {code: ends.get(code) for code in ("limits", "services", "templates")} == {
        "limits": 2, "services": 1, "templates": None,
    }  # fmt: skip
    found = now(sold)
    assert (found["limit.contacts"], found["price"], found["payer.base"]) == (FOLLOW, None, None)
    with sold.scope("rosa") as rosa, pytest.raises(NotFound):
        undo_settings(ref=sold.carl.ref, change="chg_any", actor=rosa, at=AT + DAY)
    assert TemplateUse.unscoped.filter(account_id=sold.remo.id).count() == 0
