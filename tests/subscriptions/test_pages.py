"""The pages: the reseller's on a client, the client's own, the vendor's on a direct account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.subscriptions import operations, queries
from sublet.subscriptions.models import PlanChange, Trial
from tests.people import World
from tests.subscriptions import sell
from tests.subscriptions.test_plans import plan_at, told


@pytest.fixture
def sold(world: World) -> World:
    sell(world)
    return world


def at(world: World, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/subscription/{rest}"


def text(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_the_reseller_sees_the_plan_and_what_can_be_done(sold: World) -> None:
    page = text(sold.browser("rosa"), at(sold))
    assert "Subscription status" in page
    for step in ("plan/", "trial/"):
        assert f'href="{at(sold, step)}"' in page
    for step in ("pause/", "end/", "resume/"):
        assert f'href="{at(sold, step)}"' not in page  # nothing was taken
    assert f"/clients/{sold.carl.ref}/close/" in page  # A24


def test_a_plan_is_taken_after_its_changes_were_shown(sold: World) -> None:
    rosa = sold.browser("rosa")
    assert "Small pack: list price €" in text(
        rosa, at(sold, "plan/")
    )  # which is neither what Rosa pays nor what she asks
    chosen = {"plan": "small", "when": "now", "reason": "Wants more"}
    summary = rosa.post(at(sold, "plan/"), chosen)
    shown = summary.content.decode()
    assert summary.status_code == 200
    assert "From “Free” to “Small pack”" in shown
    assert "500 appointments" in shown
    with platform_scope("test"):
        assert not PlanChange.objects.exists()
    done = rosa.post(at(sold, "plan/"), chosen | {"confirmed": "1"})
    assert (done.status_code, done.headers["Location"]) == (302, at(sold))
    rosa.post(at(sold, "plan/"), chosen | {"confirmed": "1"})  # sent twice
    assert plan_at(sold.carl, now()) == ("small", 1)
    assert told(sold.carl) == ["subscription.plan_taken"]


def test_what_waits_can_be_taken_back_there(sold: World) -> None:
    rosa = sold.browser("rosa")
    day = (now() + timedelta(days=20)).date().isoformat()
    rosa.post(at(sold, "plan/"), {"plan": "small", "when": "day", "day": day, "confirmed": "1"})
    page = text(rosa, at(sold))
    (url,) = re.findall(r'action="([^"]+/cancel/)"', page)
    assert rosa.post(url).status_code == 302
    assert "/cancel/" not in text(rosa, at(sold))
    assert told(sold.carl) == ["subscription.change_scheduled", "subscription.change_canceled"]


def test_a_day_must_be_named_where_one_is_meant(sold: World) -> None:
    answer = sold.browser("rosa").post(at(sold, "plan/"), {"plan": "small", "when": "day", "confirmed": "1"})
    assert (answer.status_code, "Choose a day." in answer.content.decode()) == (422, True)


def test_a_plan_rests_goes_on_and_ends(sold: World) -> None:
    rosa = sold.browser("rosa")
    rosa.post(at(sold, "plan/"), {"plan": "small", "when": "now", "confirmed": "1"})
    assert rosa.post(at(sold, "pause/"), {"until": ""}).status_code == 302
    assert "Meanwhile “Free” counts." in text(rosa, at(sold))
    assert rosa.post(at(sold, "resume/"), {}).status_code == 302
    summary = rosa.post(at(sold, "end/"), {"when": "now"}).content.decode()
    assert "From “Small pack” to “Free”" in summary
    assert rosa.post(at(sold, "end/"), {"when": "now", "confirmed": "1"}).status_code == 302
    assert plan_at(sold.carl, now()) == ("free", 1)


def test_an_add_on_sent_twice_is_taken_once(sold: World) -> None:
    rosa = sold.browser("rosa")
    rosa.post(at(sold, "plan/"), {"plan": "small", "when": "now", "confirmed": "1"})
    form = text(rosa, at(sold, "add-ons/"))
    (once,) = re.findall(r'name="once" value="([^"]+)"', form)
    for _ in range(2):
        rosa.post(at(sold, "add-ons/"), {"once": once, "add_on": "extra_agenda", "count": "2", "reason": ""})
    page = text(rosa, at(sold))
    assert page.count('plan-what">2 × One more agenda') == 1
    (url,) = re.findall(r'href="([^"]+/add-ons/ado_[^"]+/end/)"', page)
    assert rosa.post(url, {"when": "now"}).status_code == 302
    assert told(sold.carl)[-2:] == ["add_on.taken", "add_on.ended"]


def test_what_held_on_a_day_is_answered(sold: World) -> None:
    rosa = sold.browser("rosa")
    assert "The account did not exist yet." in text(rosa, at(sold) + "?on=2025-01-01")
    found = text(rosa, at(sold) + "?on=2026-06-14")
    assert re.search(r'id="on-day".*?<strong>Free</strong>', found, re.DOTALL)


def test_the_client_starts_its_trial_by_a_button_and_sees_no_price(sold: World) -> None:
    carl = sold.browser("carl")
    path = f"/client/{sold.carl.ref}/plan/"
    before = text(carl, path)
    assert "Start the free trial" in before
    assert "€" not in before
    assert "Vantage" not in before
    for _ in range(2):
        assert carl.post(f"{path}trial/").status_code == 302
    after = text(carl, path)
    assert "Start the free trial" not in after
    assert 'class="trial-note"' in after
    assert 'class="trial-note"' in text(carl, f"/client/{sold.carl.ref}/")  # on every page
    with platform_scope("test"):
        assert Trial.objects.count() == 1
    # The reseller's own pages have no such line.
    assert 'class="trial-note"' not in text(sold.browser("rosa"), at(sold))


def test_whoever_only_looks_in_the_client_has_no_button(sold: World) -> None:
    cleo = sold.browser("cleo")
    assert cleo.get(f"/client/{sold.carl.ref}/plan/").status_code == 403
    assert cleo.post(f"/client/{sold.carl.ref}/plan/trial/").status_code == 403
    with platform_scope("test"):
        assert not Trial.objects.exists()


def test_staff_without_the_right_and_strangers_get_nothing(sold: World) -> None:
    for person, status in (("ruth", 403), ("rico", 403), ("remo", 404)):
        assert sold.browser(person).get(at(sold)).status_code == status, person
        answer = sold.browser(person).post(at(sold, "plan/"), {"plan": "small", "when": "now", "confirmed": "1"})
        assert answer.status_code == status, person
    ruth = text(sold.browser("ruth"), f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/")
    assert at(sold) not in ruth
    with platform_scope("test"):
        assert not PlanChange.objects.exists()


def test_the_vendor_looks_after_a_direct_account_and_looks_at_a_resellers_client(sold: World) -> None:
    vera = sold.browser("vera")
    path = f"/vendor/{sold.vendor.ref}/accounts/{sold.dora.ref}/subscription/"
    assert f'href="{path}"' in text(vera, f"/vendor/{sold.vendor.ref}/accounts/{sold.dora.ref}/")
    assert vera.post(f"{path}plan/", {"plan": "medium", "when": "now", "confirmed": "1"}).status_code == 302
    assert plan_at(sold.dora, now()) == ("medium", 1)
    looked = f"/vendor/{sold.vendor.ref}/accounts/{sold.carl.ref}/subscription/"
    for listed in ("", "clients/"):  # the way there: from the reseller's page, and from the list of its clients
        assert f'href="{looked}"' in text(vera, f"/vendor/{sold.vendor.ref}/accounts/{sold.rosa.ref}/{listed}")
    assert "Take a plan" not in text(vera, looked)
    assert vera.post(f"{looked}plan/", {"plan": "medium", "when": "now", "confirmed": "1"}).status_code in {404, 422}
    assert plan_at(sold.carl, now()) == ("free", 1)


def test_a_new_client_begins_as_the_form_says(sold: World) -> None:
    rosa = sold.browser("rosa")
    form = text(rosa, f"/reseller/{sold.rosa.ref}/clients/new/")
    assert "In the free trial of “Free”" in form
    (once,) = re.findall(r'name="once" value="([^"]+)"', form)
    sent = {
        "once": once,
        "name": "Bella Napoli",
        "ownership": "reseller",
        "begins": "trial",
        "language": "",
        "tags": "",
    }
    assert rosa.post(f"/reseller/{sold.rosa.ref}/clients/new/", sent).status_code == 302
    with platform_scope("test"):
        assert Trial.objects.get().account.name == "Bella Napoli"


def test_a_prospect_is_opened_in_one_step(sold: World) -> None:
    rosa = sold.browser("rosa")
    path = f"/reseller/{sold.rosa.ref}/clients/new/demonstration/"
    assert f'href="{path}"' in text(rosa, f"/reseller/{sold.rosa.ref}/clients/")
    form = text(rosa, path)
    (once,) = re.findall(r'name="once" value="([^"]+)"', form)
    until = (now() + timedelta(days=10)).date().isoformat()
    assert rosa.post(path, {"once": once, "name": "Trattoria", "until": until, "email": ""}).status_code == 302
    with platform_scope("test"):
        trial = Trial.objects.get()
        assert (trial.account.name, trial.account.state) == ("Trattoria", "prospect")


def test_many_are_changed_from_the_list_after_a_preview(sold: World) -> None:
    rosa = sold.browser("rosa")
    path = f"/reseller/{sold.rosa.ref}/clients/plan/"
    keys = {"keys": [sold.carl.ref, sold.elan.ref]}
    assert "2 clients on “Free”" in rosa.post(path, keys).content.decode()
    preview = rosa.post(path, keys | {"plan": "small", "reason": ""}).content.decode()
    assert "2 clients on “Free”: to “Small pack”" in preview
    with platform_scope("test"):
        assert not PlanChange.objects.exists()
    assert rosa.post(path, keys | {"plan": "small", "reason": "", "confirmed": "1"}).status_code == 302
    assert [plan_at(account, now())[0] for account in (sold.carl, sold.elan, sold.zorba)] == ["small", "small", "free"]


def test_the_list_shows_plan_and_trial_where_they_are_wanted(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=now())
        assert queries.subscription_of(rosa, sold.carl.ref, at=now()).taken
    page = text(
        sold.browser("rosa"), f"/reseller/{sold.rosa.ref}/clients/?plan=small&columns=name&columns=plan&columns=trial"
    )
    assert "Small pack" in page
    assert "Zorba" not in page
    ruth = text(sold.browser("ruth"), f"/reseller/{sold.rosa.ref}/clients/?columns=name&columns=plan")
    assert "Small pack" not in ruth
