"""Pages about use and limits: the reseller's of a client, the client's own, and the filter of the list."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client

from sublet.core.matrix import FLOOR
from sublet.entitlements.models import Override, TopUp
from sublet.entitlements.operations import check_limits, consume, set_override
from sublet.entitlements.queries import entitlements_of
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.portals.shared.locales import write_date
from sublet.subscriptions.operations import take_plan
from tests.entitlements import load
from tests.people import World


def use(world: World, quantity: int, name: str = "a") -> None:
    at = now()
    with world.scope("vera") as vera:
        consume(
            account_ref=world.carl.ref,
            meter="appointments",
            quantity=quantity,
            source="t",
            event_id=name,
            actor=vera,
            at=at,
        )
        check_limits(account_id=world.carl.id, actor=vera, at=at)


def place(world: World, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/use/{rest}"


def text(browser: Client, address: str, status: int = 200) -> str:
    answer = browser.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return " ".join(answer.content.decode().split())


def units(world: World) -> int | None:
    return entitlements_of(world.carl.id, now()).meters["appointments"].units


def test_a_client_before_the_first_manifest_has_nothing_counted(world: World) -> None:
    assert "Nothing is counted" in text(world.browser("rosa"), place(world))


def test_the_reseller_sees_how_much_of_each_limit_is_used_and_why(world: World) -> None:
    load(world)
    use(world, 45)
    shown = text(world.browser("rosa"), place(world))
    for words in (
        "Appointments: 45 of 50", "Near the limit", "At the limit, more is refused.", "by the plan: Free",
        "Appointments: 80 % of the limit of 50 was passed.", "Start the free trial: 7 days.", "Set a limit", "Give more once",
    ):  # fmt: skip
        assert words in shown, words
    assert "Vantage" not in shown


def test_one_reads_right_beside_a_word_for_many(world: World) -> None:
    """A manifest has one word for all numbers: it stands before the number, as “1 appointments” would be wrong."""
    load(world)
    use(world, 1)
    for person, address in (("rosa", place(world)), ("carl", f"/client/{world.carl.ref}/use/")):
        shown = text(world.browser(person), address)
        assert "Appointments: 1 of 50" in shown
        assert "Visits: 0, no limit" in shown
        assert not re.search(r"\b1 (appointments|visits|messages)", shown)


def test_another_resellers_client_is_not_there(world: World) -> None:
    load(world)
    browser = world.browser("rosa")
    for rest in ("use/", "use/appointments/limit/", "use/appointments/more/"):
        assert browser.get(f"/reseller/{world.rosa.ref}/clients/{world.bakery.ref}/{rest}").status_code == 404
    assert browser.get(place(world, "nothing/limit/")).status_code == 404


def test_a_limit_of_ones_own_is_set_changed_and_removed(world: World) -> None:
    load(world)
    browser = world.browser("rosa")
    assert "How many appointments this client may use" in text(browser, place(world, "appointments/limit/"))
    sent = {"units": "20", "policy": "", "until": "", "note": "as agreed"}
    assert browser.post(place(world, "appointments/limit/"), sent).status_code == 302
    assert units(world) == 20
    shown = text(browser, place(world))
    assert "Change your limit" in shown
    assert "set for this client" in shown
    assert 'value="20"' in text(browser, place(world, "appointments/limit/"))
    refused = browser.post(place(world, "appointments/limit/"), {**sent, "units": "500"})
    assert (refused.status_code, "at most 50 can be set here" in refused.content.decode()) == (409, True)
    assert browser.post(place(world, "appointments/limit/remove/")).status_code == 302
    assert units(world) == 50


def test_a_limit_until_a_day_ends_with_that_day_where_the_client_is(world: World) -> None:
    load(world)
    day = (now() + timedelta(days=3)).date()
    sent = {"units": "20", "policy": "notify", "until": day.isoformat(), "note": ""}
    world.browser("rosa").post(place(world, "appointments/limit/"), sent)
    until = Override.unscoped.get().until
    assert until is not None
    assert until.date() == day + timedelta(days=1)


def test_units_are_told_until_the_day_that_was_typed_wherever_the_reader_is(world: World) -> None:
    """They hold until and including a day where the client is: by the instant after it, both pages named the day after."""
    load(world)
    with platform_scope("test data"):
        type(world.carl).objects.filter(id=world.carl.id).update(timezone="Asia/Tokyo")
        type(world.users["carl"]).objects.filter(id=world.users["carl"].id).update(timezone="America/New_York")
    with world.scope("vera") as vera:
        set_override(ref=world.rosa.ref, kind="meter", key="appointments", value=100, actor=vera, at=now())
    day = (now() + timedelta(days=3)).date()
    sent = {"units": "10", "until": day.isoformat(), "reason": ""}
    assert world.browser("rosa").post(place(world, "appointments/more/"), sent).status_code == 302
    told = f"until {write_date(day)}"
    assert told in text(world.browser("rosa"), place(world))
    assert told in text(world.browser("carl"), f"/client/{world.carl.ref}/use/")


def test_units_are_given_once_and_taken_back(world: World) -> None:
    load(world)
    with world.scope("vera") as vera:
        set_override(ref=world.rosa.ref, kind="meter", key="appointments", value=100, actor=vera, at=now())
    browser = world.browser("rosa")
    assert (
        browser.post(place(world, "appointments/more/"), {"units": "10", "until": "", "reason": "thanks"}).status_code
        == 302
    )
    assert units(world) == 60
    assert "Appointments: + 10" in text(browser, place(world))
    ref = TopUp.unscoped.get().ref
    assert (
        browser.post(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/given/{ref}/take-back/").status_code == 302
    )
    assert units(world) == 50
    answer = browser.post(place(world, "appointments/more/"), {"units": "101", "until": "", "reason": ""})
    assert (answer.status_code, "at most 100 can be given on top" in answer.content.decode()) == (409, True)


def test_a_reseller_is_told_that_it_pays_what_it_grants_where_use_beyond_is_charged(world: World) -> None:
    load(world)
    browser = world.browser("rosa")
    told = "You are, as for any use beyond the plan."
    for step in ("limit", "more"):
        assert told not in text(browser, place(world, f"text_messages/{step}/"))  # the starting plan refuses it
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan="medium", actor=rosa, at=now())
    for step in ("limit", "more"):
        assert told in text(browser, place(world, f"text_messages/{step}/"))
        assert told not in text(browser, place(world, f"appointments/{step}/"))


def test_the_client_sees_its_own_use_and_limits_itself(world: World) -> None:
    load(world)
    use(world, 45)
    browser = world.browser("carl")
    home = f"/client/{world.carl.ref}/use/"
    shown = text(browser, home)
    for words in (
        "Appointments: 45 of 50",
        "What can be done:",
        "Ask Rosa Web Studio for more.",
        "Set a limit of your own",
    ):
        assert words in shown, words
    assert "Vantage" not in shown
    assert "usage" not in FLOOR
    assert "Appointments: 45 of 50" in text(browser, f"{home}appointments/limit/")  # who sets a limit knows from where
    assert browser.post(f"{home}appointments/limit/", {"units": "47", "policy": "block"}).status_code == 302
    assert units(world) == 47
    assert "Lift your own limit" in text(browser, f"{home}appointments/limit/")
    assert browser.post(f"{home}appointments/limit/lift/").status_code == 302
    assert units(world) == 50


def test_who_may_not_see_use_does_not(world: World) -> None:
    load(world)
    browser = world.browser("cleo")
    assert browser.get(f"/client/{world.carl.ref}/use/").status_code == 403


def test_clients_near_a_limit_are_found_in_the_list(world: World) -> None:
    load(world)
    use(world, 45)
    browser = world.browser("rosa")
    clients = f"/reseller/{world.rosa.ref}/clients/"
    near = text(browser, f"{clients}?limits=near&columns=name&columns=limits")
    assert "Carl’s Kitchen" in near
    assert "Élan Coiffure" not in near
    assert "Near the limit" in near
    assert "Carl’s Kitchen" not in text(browser, f"{clients}?limits=refused")


def test_a_section_that_the_plan_does_not_include_names_the_plan_and_the_way_out(world: World) -> None:
    load(world)
    browser = world.browser("carl")
    why = f"/client/{world.carl.ref}/locked/"
    shown = text(browser, f"{why}product.synchronization/")
    assert "This section needs “Calendar feed”, which the plan “Free” does not include." in shown
    assert "Start the free trial: 7 days." in shown
    assert "Ask Rosa Web Studio for more." in shown
    assert "Not in the plan" not in text(browser, f"{why}product.agenda/")
