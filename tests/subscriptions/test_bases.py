"""By which periods a plan is charged: who says it, from when on, and that the past stays as it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from sublet.core.periods import start_of_day
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.metering.models import UsageAnchor
from sublet.subscriptions import operations, queries
from sublet.subscriptions.models import BasisChosen, BasisRuled
from sublet.subscriptions.operations import CannotChooseBasis, CannotRuleBasis
from tests.people import AT, World
from tests.subscriptions import sell
from tests.subscriptions.test_plans import told

DAY = timedelta(days=1)


@pytest.fixture
def sold(world: World) -> World:
    """Carl is on `small` since 2 March."""
    sell(world)
    with world.scope("rosa") as rosa:
        operations.take_plan(ref=world.carl.ref, plan="small", actor=rosa, at=AT)
    return world


def choose(
    world: World, basis: str = "calendar", *, person: str = "rosa", at: datetime = AT + DAY, **more: Any
) -> bool:
    with world.scope(person) as actor:
        return operations.choose_basis(ref=world.carl.ref, basis=basis, actor=actor, at=at, **more)


def rule(
    world: World, basis: str, first_day: date, *, person: str = "vera", at: datetime = AT, plan: str = "small"
) -> bool:
    with world.scope(person) as actor:
        return operations.rule_basis(plan=plan, basis=basis, first_day=first_day, actor=actor, at=at)


def seen(world: World, at: datetime) -> tuple[str, tuple[str, datetime] | None, bool]:
    with world.scope("rosa") as rosa:
        view = queries.subscription_of(rosa, world.carl.ref, at=at).basis
    return view.basis, None if view.comes is None else (view.comes.basis, view.comes.since), view.by_vendor


def begins(world: World, month: int, day: int) -> datetime:
    """The first instant of that day where Carl is."""
    return start_of_day(date(2026, month, day), world.carl.timezone)


def ends(world: World, at: datetime) -> datetime | None:
    with world.scope("rosa") as rosa:
        return queries.subscription_of(rosa, world.carl.ref, at=at).period_ends


def test_nobody_has_said_anything(sold: World) -> None:
    assert seen(sold, AT) == ("anniversary", None, False)
    assert ends(sold, AT) == begins(sold, 4, 2)


def test_a_basis_holds_at_once_and_moves_the_end_of_the_period(sold: World) -> None:
    assert choose(sold) is True
    assert choose(sold, at=AT + 2 * DAY) is False  # so already
    assert seen(sold, AT + DAY) == ("calendar", None, False)
    assert seen(sold, AT + DAY - timedelta(microseconds=1)) == ("anniversary", ("calendar", AT + DAY), False)
    assert ends(sold, AT + DAY) == begins(sold, 4, 1)
    assert told(sold.carl) == ["subscription.plan_taken", "subscription.basis_chosen"]


def test_what_meters_count_keeps_its_periods(sold: World) -> None:
    with platform_scope("test"):
        before = list(UsageAnchor.objects.filter(account_id=sold.carl.id).values_list("since", "day", "zone"))
    choose(sold)
    with platform_scope("test"):
        assert list(UsageAnchor.objects.filter(account_id=sold.carl.id).values_list("since", "day", "zone")) == before


def test_one_choice_waits_and_what_is_so_takes_it_back(sold: World) -> None:
    assert choose(sold, when="day", day=date(2026, 5, 1)) is True
    assert choose(sold, when="day", day=date(2026, 5, 1)) is False
    assert choose(sold, when="day", day=date(2026, 4, 1)) is True
    assert seen(sold, AT + DAY) == ("anniversary", ("calendar", begins(sold, 4, 1)), False)
    assert ends(sold, AT + DAY) == begins(sold, 4, 1)  # the running period is cut there
    assert choose(sold, "anniversary") is True
    assert seen(sold, AT + DAY) == ("anniversary", None, False)
    assert choose(sold, "anniversary") is False
    with platform_scope("test"):
        assert BasisChosen.objects.filter(dropped_at__isnull=True).count() == 0
        assert BasisChosen.objects.count() == 2


def test_from_the_end_of_the_period(sold: World) -> None:
    choose(sold, when="period")
    assert seen(sold, AT + DAY)[1] == ("calendar", begins(sold, 4, 2))


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("past", {"when": "day", "day": date(2026, 3, 1)}),
        ("too-far", {"when": "day", "day": date(2029, 3, 1)}),
        ("day-missing", {"when": "day"}),
        ("wrong-basis", {"basis": "either"}),
    ],
)
def test_what_is_refused(sold: World, code: str, asked: dict[str, Any]) -> None:
    with pytest.raises(CannotChooseBasis) as refused:
        choose(sold, **asked)
    assert refused.value.code == code
    with platform_scope("test"):
        assert not BasisChosen.objects.exists()


@pytest.mark.parametrize("person", ["carl", "cleo", "remo", "nora", "ruth", "rico", "vera", "dora"])
def test_nobody_but_the_reseller_chooses_for_its_client(sold: World, person: str) -> None:
    with pytest.raises((Forbidden, NotFound)):
        choose(sold, person=person)
    with platform_scope("test"):
        assert not BasisChosen.objects.exists()


# The vendor's word ----------------------------------------------------------------------------------------------------


def test_the_vendor_says_it_for_all_who_are_on_the_plan(sold: World) -> None:
    assert rule(sold, "calendar", date(2026, 4, 1)) is True
    assert rule(sold, "calendar", date(2026, 4, 1)) is False
    assert seen(sold, AT) == ("anniversary", ("calendar", begins(sold, 4, 1)), False)
    assert seen(sold, begins(sold, 4, 1)) == ("calendar", None, True)
    with pytest.raises(CannotChooseBasis) as refused:
        choose(sold, "anniversary", at=begins(sold, 4, 1) + DAY)
    assert refused.value.code == "vendor-says"
    with platform_scope("test"):
        entries = JournalEntry.unscoped.filter(event="subscription.basis_ruled")  # unscoped: test
        assert [(each.account_id, each.data["basis"], each.data["first_day"]) for each in entries] == [
            (sold.vendor.id, "calendar", "2026-04-01")
        ]


def test_it_is_left_open_again_and_the_choice_of_before_holds(sold: World) -> None:
    choose(sold)
    rule(sold, "anniversary", date(2026, 4, 1))
    rule(sold, "either", date(2026, 6, 1))
    assert [seen(sold, AT + number * DAY)[0] for number in (1, 40, 100)] == ["calendar", "anniversary", "calendar"]


def test_a_day_that_has_begun_somewhere_is_too_late(sold: World) -> None:
    """AT is 2 March, 9:30 UTC: the 2nd everywhere in the east. Twelve hours later it is the 3rd on Kiritimati."""
    with pytest.raises(CannotRuleBasis) as refused:
        rule(sold, "calendar", date(2026, 3, 2))
    assert refused.value.code == "begun"
    with pytest.raises(CannotRuleBasis):
        rule(sold, "calendar", date(2026, 3, 3), at=AT + timedelta(hours=12))
    assert rule(sold, "calendar", date(2026, 3, 3)) is True  # positive control


def test_what_was_said_for_later_gives_way(sold: World) -> None:
    rule(sold, "calendar", date(2026, 6, 1))
    rule(sold, "anniversary", date(2026, 5, 1))
    with platform_scope("test"):
        left = list(BasisRuled.objects.filter(dropped_at__isnull=True).values_list("plan", "basis", "first_day"))
    assert left == [("small", "anniversary", date(2026, 5, 1))]
    with sold.scope("vera") as vera:
        view = queries.rule_of(vera, "small", at=AT)
    assert (view.basis, view.since, [each.first_day for each in view.comes]) == ("either", None, [date(2026, 5, 1)])


@pytest.mark.parametrize("person", ["rosa", "carl", "dora", "nora"])
def test_nobody_but_the_vendor_rules(sold: World, person: str) -> None:
    with pytest.raises((Forbidden, NotFound)):
        rule(sold, "calendar", date(2026, 4, 1), person=person)
    with sold.scope(person) as actor, pytest.raises((Forbidden, NotFound)):
        queries.rule_of(actor, "small", at=AT)
    with platform_scope("test"):
        assert not BasisRuled.objects.exists()


def test_a_plan_that_is_not_there_is_not_found(sold: World) -> None:
    with pytest.raises(NotFound):
        rule(sold, "calendar", date(2026, 4, 1), plan="gold")
    with sold.scope("vera") as vera, pytest.raises(NotFound):
        queries.rule_of(vera, "gold", at=AT)
    with pytest.raises(NotFound):
        rule(sold, "calendar", date(2026, 4, 1), plan="free")  # nobody takes it: everybody has it without one


# Pages ----------------------------------------------------------------------------------------------------------------


def test_the_reseller_changes_it_on_a_page(sold: World) -> None:
    rosa = sold.browser("rosa")
    page = f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/subscription/"
    assert f'href="{page}basis/"' in rosa.get(page).content.decode()
    assert rosa.get(f"{page}basis/").status_code == 200
    done = rosa.post(f"{page}basis/", {"basis": "calendar", "when": "now", "reason": ""})
    assert (done.status_code, done.headers["Location"]) == (302, page)
    assert "By the calendar" in rosa.get(page).content.decode()
    with platform_scope("test"):
        assert BasisChosen.objects.get().basis == "calendar"


def test_choosing_what_holds_already_says_that_nothing_changes(sold: World) -> None:
    rosa = sold.browser("rosa")
    page = f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/subscription/"
    told = {}
    for basis in ("anniversary", "calendar"):  # the second is the positive control
        done = rosa.post(f"{page}basis/", {"basis": basis, "when": "now", "reason": ""}, follow=True)
        told[basis] = "Nothing would change." in done.content.decode()
    assert told == {"anniversary": True, "calendar": False}


def test_the_vendor_says_it_on_a_page(sold: World) -> None:
    vera = sold.browser("vera")
    page = f"/vendor/{sold.vendor.ref}/offer/plans/small/"
    assert f'href="{page}basis/"' in vera.get(page).content.decode()
    assert "Nothing planned" in vera.get(f"{page}basis/").content.decode()
    ahead = now().date() + 3 * DAY
    for basis, first_day in (("calendar", "2026-03-02"), ("nothing", ahead.isoformat()), ("calendar", "")):
        refused = vera.post(f"{page}basis/", {"basis": basis, "first_day": first_day})
        assert refused.status_code in {409, 422}
        assert refused.content.decode().count("error-summary") == 1
    with platform_scope("test"):
        assert not BasisRuled.objects.exists()
    done = vera.post(f"{page}basis/", {"basis": "calendar", "first_day": ahead.isoformat()})
    assert (done.status_code, done.headers["Location"]) == (302, f"{page}basis/")
    with platform_scope("test"):
        rule = BasisRuled.objects.get()
    assert (rule.plan, rule.basis, rule.first_day) == ("small", "calendar", ahead)
    assert "Nothing planned" not in vera.get(f"{page}basis/").content.decode()
    assert sold.browser("rosa").get(f"{page}basis/").status_code == 404


def test_where_the_vendor_says_it_the_page_offers_nothing(sold: World) -> None:
    rule(sold, "calendar", date(2026, 4, 1))
    rosa = sold.browser("rosa")
    page = f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/subscription/"
    told = rosa.get(page).content.decode()
    assert "as the vendor says" in told
    assert f'href="{page}basis/"' not in told
    refused = rosa.post(f"{page}basis/", {"basis": "anniversary", "when": "now", "reason": ""})
    assert refused.status_code == 409
    assert "The vendor says by which periods this plan is charged." in refused.content.decode()


def test_a_client_and_another_reseller_find_no_page(sold: World) -> None:
    page = f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/subscription/basis/"
    for person in ("carl", "remo"):
        assert sold.browser(person).get(page).status_code == 404
    assert sold.browser("rosa").get(page).status_code == 200  # positive control
