"""What a change of plan will cost is told before it is done, and is what the next run then charges, in both books."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sublet.accounts.models import Account
from sublet.billing.models import LedgerEntry
from sublet.billing.queries.plan_costs import ChangeCost, cost_of_change
from sublet.core.margin import wholesale_of
from sublet.foundation.scope import platform_scope
from sublet.subscriptions.operations import end_subscription, schedule_change, take_plan
from sublet.subscriptions.queries import preview_change
from tests.billing.selling import day, furnish, marks_up, run
from tests.people import World

pytestmark = pytest.mark.django_db

AT = day("2026-04-20", 9)


@pytest.fixture
def billed(world: World) -> World:
    """Carl is on `medium` since 17 March and pays Rosa half as much again as the list."""
    furnish(world)
    marks_up(world.rosa)
    run(day("2026-04-20", 8))
    return world


def told(
    world: World, person: str = "rosa", *, account: Account | None = None, at: datetime = AT, **change: Any
) -> ChangeCost | None:
    client = account or world.carl
    with world.scope(person) as actor:
        preview = preview_change(actor, client.ref, at=at, **change)
        assert preview is not None
        return cost_of_change(actor, client.id, preview, at=at)


def charged(since: datetime) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {"retail": {}, "wholesale": {}}
    with platform_scope("test"):
        for row in LedgerEntry.objects.filter(kind="charge", at__gte=since).order_by("id"):
            found[row.book][row.key] = row.minor
    return found


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        ({"plan": "small"}, "2026-04-21"),
        ({"plan": "small", "when": "period"}, "2026-05-18"),
        ({"plan": "small", "when": "day", "day": day("2026-05-03").date()}, "2026-05-04"),
        ({"plan": ""}, "2026-04-21"),
    ],
)
def test_what_is_told_is_what_is_charged_then(billed: World, change: dict[str, Any], runs: str) -> None:
    cost = told(billed, **change)
    assert cost is not None
    with billed.scope("rosa") as rosa:
        if not change["plan"]:
            end_subscription(ref=billed.carl.ref, when="now", actor=rosa, at=AT)
        elif "when" in change:
            schedule_change(ref=billed.carl.ref, actor=rosa, at=AT, **change)
        else:
            take_plan(ref=billed.carl.ref, actor=rosa, at=AT, **change)
    run(day(runs))
    done = charged(AT)
    assert sum(cost.retail.values()) == sum(done["retail"].values())
    # Less 20 %, as on the invoice.
    assert sum(cost.wholesale.values()) == pytest.approx(
        wholesale_of(sum(done["wholesale"].values()), Decimal(20)), abs=1
    )
    assert len(cost.lines) == len(done["retail"].keys() | done["wholesale"].keys())
    assert any(line.credit for line in cost.lines) == ("when" not in change or change["when"] == "day")


def test_nothing_is_written_by_looking(billed: World) -> None:
    before = charged(AT)
    told(billed, plan="small")
    run(day("2026-04-21"))
    assert charged(AT) == before == {"retail": {}, "wholesale": {}}


def test_each_is_told_its_own_side(billed: World) -> None:
    """The client what it is asked, and nothing of what its reseller owes; the vendor of another's client nothing."""
    whole = told(billed, plan="small")
    own = told(billed, "carl", plan="small")
    assert whole is not None
    assert own is not None
    assert own.retail == whole.retail
    assert own.wholesale == {}
    assert all(line.wholesale is None for line in own.lines)
    assert told(billed, "vera", plan="small") is None
    with billed.scope("vera") as vera:
        take_plan(ref=billed.dora.ref, plan="medium", actor=vera, at=AT - timedelta(days=3))
    run(day("2026-04-20", 8), at=AT)
    direct = told(billed, "vera", account=billed.dora, plan="small")
    assert direct is not None
    assert direct.retail == {}
    assert direct.wholesale


def test_the_page_shows_it_to_the_reseller_before_it_is_done(billed: World) -> None:
    billed.users["rosa"].language = "en"
    billed.users["rosa"].save(update_fields=["language"])
    path = f"/reseller/{billed.rosa.ref}/clients/{billed.carl.ref}/subscription/plan/"
    shown = html.unescape(billed.browser("rosa").post(path, {"plan": "small", "when": "now"}).content.decode())
    shown = re.sub(r"\s+", " ", shown)
    assert "What it costs" in shown
    assert "credit for unused days" in shown
    assert "Retail" in shown
    assert "Wholesale" in shown
