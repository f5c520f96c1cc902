"""The subscription at the API: what holds, every step, who may, and problems with stable codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sublet.core.periods import plus_months, start_of_day
from sublet.foundation.clock import now
from tests.people import World
from tests.portals.api.caller import Caller
from tests.subscriptions import sell


@pytest.fixture
def sold(world: World) -> World:
    sell(world)
    return world


def test_a_plan_is_taken_changed_paused_and_ended(sold: World, rosa: Caller) -> None:
    path = f"/accounts/{sold.carl.ref}/subscription"
    born = rosa.get(path)
    assert (born["plan"]["key"], born["taken"], born["advertising"], born["trial_available"]) == (
        "free", False, True, True,
    )  # fmt: skip
    taken = rosa.post(f"{path}/changes", {"plan": "small"})
    assert (taken.status, taken["plan"], taken["taken"], taken["advertising"]) == (
        200, {"key": "small", "version": 1, "name": "Small pack"}, True, False,
    )  # fmt: skip
    later = rosa.post(f"{path}/changes", {"plan": "medium", "when": "period"})
    (waiting,) = later["waiting"]
    assert (waiting["kind"], waiting["plan"]["key"], waiting["at"]) == ("take", "medium", later["period_ends_at"])
    assert rosa.delete(f"{path}/changes/{waiting['ref']}").status == 204
    assert rosa.get(path)["waiting"] == []
    paused = rosa.post(f"{path}/pause", {"reason": "Winter"})
    assert (paused["paused"], paused["plan"]["key"], paused["agreed"]["key"]) == (True, "free", "small")
    assert rosa.post(f"{path}/resume")["plan"]["key"] == "small"
    ended = rosa.post(f"{path}/end")
    assert (ended["plan"]["key"], ended["taken"]) == ("free", False)
    assert [each["plan"]["key"] for each in ended["phases"]] == ["free", "small", "small", "small", "free"]
    assert [each["paused"] for each in ended["phases"]] == [False, False, True, False, False]


def test_what_held_on_a_day_is_told(sold: World, rosa: Caller) -> None:
    path = f"/accounts/{sold.carl.ref}/subscription"
    rosa.post(f"{path}/changes", {"plan": "small"})
    found = rosa.get(f"{path}?on=2026-06-14")
    assert (found["on"], [each["plan"]["key"] for each in found["phases"]], found["trial"]) == (
        "2026-06-14", ["free"], None,
    )  # fmt: skip
    for other in ("14.6.2026", "20260614", "2026-W24-7", "2026-06-14T00:00:00Z", "1" * 5000):
        assert rosa.get(f"{path}?on={other}").fields == [("on", "not-a-day")]


def test_the_trial_begins_once(sold: World, rosa: Caller, carl: Caller) -> None:
    before = carl.get("/account/plan")
    assert (before["plan"], before["trial_available"], before["trial_opens"]) == ("free", True, "Unlimited")
    begun = carl.post("/account/trial")
    assert (begun.status, begun["trial_running"], begun["trial_days_left"]) == (200, True, 7)
    assert (carl.get("/account/plan").body, begun["trial_available"]) == (begun.body, False)
    seen = rosa.get(f"/accounts/{sold.carl.ref}/subscription")
    assert (seen["advertising"], seen["trial"]["opens"]["key"]) == (False, "unlimited")
    assert carl.post("/account/trial").code == "cannot_start_trial.had"
    again = rosa.post(f"/accounts/{sold.carl.ref}/trial")
    assert (again.status, again.code) == (409, "cannot_start_trial.had")


def test_an_add_on_with_a_key_is_taken_once(sold: World, rosa: Caller) -> None:
    account = f"/accounts/{sold.carl.ref}"
    rosa.post(f"{account}/subscription/changes", {"plan": "small"})
    key = {"Idempotency-Key": "four-more-agendas"}
    first = rosa.post(f"{account}/add-ons", {"add_on": "extra_agenda", "count": 4}, headers=key)
    second = rosa.post(f"{account}/add-ons", {"add_on": "extra_agenda", "count": 4}, headers=key)
    assert first.body == second.body
    (row,) = rosa.get(f"{account}/subscription")["add_ons"]
    assert (row["key"], row["count"], row["counts"]) == ("extra_agenda", 4, True)
    ended = rosa.post(f"{account}/add-ons/{row['ref']}/end")
    assert [each["counts"] for each in ended["add_ons"]] == [False]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("subscription/changes", {"plan": "gold"}, "cannot_take_plan.unknown-plan"),
        ("subscription/changes", {"plan": "free"}, "cannot_take_plan.starting-plan"),
        ("subscription/changes", {"plan": "small", "when": "period"}, "cannot_schedule_change.no-period"),
        ("subscription/changes", {"plan": "small", "when": "day", "day": "2020-01-01"}, "cannot_schedule_change.past"),
        ("subscription/pause", {}, "cannot_pause_subscription.no-plan"),
        ("subscription/resume", {}, "cannot_resume_subscription.no-plan"),
        ("subscription/end", {"when": "day"}, "cannot_end_subscription.day-missing"),
        ("add-ons", {"add_on": "extra_agenda"}, "cannot_take_add_on.plan-does-not-fit"),
        ("add-ons", {"add_on": "gold"}, "cannot_take_add_on.unknown-add-on"),
    ],
)
def test_problems_have_stable_codes(sold: World, rosa: Caller, path: str, body: dict[str, str], code: str) -> None:
    found = rosa.post(f"/accounts/{sold.carl.ref}/{path}", body)
    assert (found.status, found.code) == (409, code)


def test_a_clients_key_looks_and_starts_its_trial_and_no_more(
    sold: World, carl: Caller, call: Callable[..., Caller]
) -> None:
    path = f"/accounts/{sold.carl.ref}/subscription"
    assert carl.get(path).status in {403, 404}  # what was agreed is told to whoever stands above
    for step in ("changes", "pause", "resume", "end"):
        assert carl.post(f"{path}/{step}", {"plan": "small"} if step == "changes" else {}).status in {403, 404}, step
    assert carl.post(f"/accounts/{sold.carl.ref}/add-ons", {"add_on": "set_up"}).status in {403, 404}
    dora = call("dora")
    assert dora.post(f"/accounts/{sold.dora.ref}/subscription/changes", {"plan": "small"}).status == 403
    assert dora.post("/account/trial")["trial_running"] is True


def test_anothers_account_is_not_found(sold: World, call: Callable[..., Caller], vera: Caller) -> None:
    for who in ("remo", "nora"):
        other = call(who)
        refused = {other.get(f"/accounts/{sold.carl.ref}/subscription").status}
        refused.add(other.post(f"/accounts/{sold.carl.ref}/trial").status)
        assert refused <= {403, 404}, who
    assert call("rosa", rights={"clients": "manage"}).get(f"/accounts/{sold.carl.ref}/subscription").status == 403
    assert vera.get(f"/accounts/{sold.carl.ref}/subscription").status == 200
    assert vera.post(f"/accounts/{sold.carl.ref}/subscription/changes", {"plan": "small"}).status == 404
    assert vera.post(f"/accounts/{sold.dora.ref}/subscription/changes", {"plan": "small"}).status == 200


def test_the_basis_is_chosen_told_and_taken_back(
    sold: World, rosa: Caller, carl: Caller, call: Callable[..., Caller]
) -> None:
    path = f"/accounts/{sold.carl.ref}/subscription"
    rosa.post(f"{path}/changes", {"plan": "small"})
    born = rosa.get(path)
    by_anniversary = {"by": "anniversary", "source": "", "by_vendor": False, "next": None, "next_at": None}
    assert born["basis"] == by_anniversary
    later = rosa.post(f"{path}/basis", {"basis": "calendar", "when": "period", "reason": "Books by months"})
    assert (later.status, later["basis"]) == (
        200, {**by_anniversary, "next": "calendar", "next_at": born["period_ends_at"]},
    )  # fmt: skip
    assert rosa.post(f"{path}/basis", {"basis": "anniversary"})["basis"] == by_anniversary
    at_once = rosa.post(f"{path}/basis", {"basis": "calendar"})
    assert at_once["basis"] == {**by_anniversary, "by": "calendar", "source": "chosen"}
    zone = at_once["timezone"]
    next_month = plus_months(now().astimezone(ZoneInfo(zone)).date().replace(day=1), 1)
    assert datetime.fromisoformat(at_once["period_ends_at"]) == start_of_day(next_month, zone)
    problems = {
        "cannot_choose_basis.past": {"basis": "anniversary", "when": "day", "day": "2020-01-01"},
        "cannot_choose_basis.day-missing": {"basis": "anniversary", "when": "day"},
    }
    for code, body in problems.items():
        found = rosa.post(f"{path}/basis", body)
        assert (found.status, found.code) == (409, code)
    assert rosa.post(f"{path}/basis", {"basis": "either"}).fields
    assert call("remo").post(f"{path}/basis", {"basis": "anniversary"}).status == 404
    assert carl.post(f"{path}/basis", {"basis": "anniversary"}).status in {403, 404}
    assert rosa.get(path)["basis"]["by"] == "calendar"


def test_the_vendor_says_the_basis_of_a_plan(sold: World, rosa: Caller, vera: Caller) -> None:
    day = (now() + timedelta(days=3)).date().isoformat()
    assert vera.get("/plans/small/basis").body == {"plan": "small", "basis": "either", "since": None, "comes": []}
    said = vera.put("/plans/small/basis", {"basis": "calendar", "first_day": day})
    assert (said.status, said["basis"], said["comes"]) == (
        200, "either", [{"basis": "calendar", "first_day": day}],
    )  # fmt: skip
    rosa.post(f"/accounts/{sold.carl.ref}/subscription/changes", {"plan": "small"})
    seen = rosa.get(f"/accounts/{sold.carl.ref}/subscription")["basis"]
    assert (seen["by"], seen["by_vendor"], seen["next"]) == ("anniversary", False, "calendar")
    late = vera.put("/plans/small/basis", {"basis": "anniversary", "first_day": "2026-01-01"})
    assert (late.status, late.code) == (409, "cannot_rule_basis.begun")
    assert vera.put("/plans/gold/basis", {"basis": "calendar", "first_day": day}).status == 404
    for method in ("GET", "PUT"):
        body = {"basis": "calendar", "first_day": day} if method == "PUT" else None
        assert rosa.ask(method, "/plans/small/basis", body).status in {403, 404}


def test_who_may_say_the_basis_of_a_plan_reads_it_and_so_does_who_sees_the_offer(
    sold: World, call: Callable[..., Caller]
) -> None:
    path, day = "/plans/small/basis", (now() + timedelta(days=3)).date().isoformat()
    body = {"basis": "calendar", "first_day": day}
    says, looks = call("vera", rights={"billing": "manage"}), call("vera", rights={"manifest": "view"}, name="looks")
    assert says.put(path, body).body == says.get(path).body == looks.get(path).body
    refused = looks.put(path, body)
    assert (refused.status, refused["right"]) == (403, "billing:manage")
    for rights in ({"billing": "view"}, {"accounts": "manage"}):
        neither = call("vera", rights=rights, name=str(rights)).get(path)
        assert (neither.status, neither["right"]) == (403, "manifest:view")
