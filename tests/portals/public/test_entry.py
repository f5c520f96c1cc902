"""The first page, the list of accounts, language and appearance, and the log-ins of a demonstration."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings

from sublet.accounts.models import Account
from sublet.foundation.clock import now
from sublet.people.models import Collaborator, User
from sublet.people.operations.second_factors import app_code
from sublet.portals.public import demo_logins
from sublet.portals.public.demo_logins import DemoLogin, register_demo_logins
from sublet.portals.shared.crossing import link_over
from sublet.portals.shared.people import SECOND_FACTOR_KEY
from tests import factories
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World


def rows_of(page: str) -> list[tuple[str, str]]:
    """(address, name) of each account on the list."""
    return re.findall(r'<a class="choice" href="([^"]+)">.*?<bdi class="choice-name">([^<]+)</bdi>', page, re.DOTALL)


@pytest.mark.parametrize("path", ["/", "/dashboard", "/dashboard/", "/accounts/"])
def test_stranger_is_sent_to_the_log_in(world: World, path: str) -> None:
    response = world.stranger(CARL_HOST).get(path)

    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=%2F")


@pytest.mark.parametrize("path", ["/", "/dashboard", "/dashboard/"])
@pytest.mark.parametrize(
    ("person", "host", "kind"),
    [
        ("vera", VENDOR_HOST, "vendor"),
        ("dora", VENDOR_HOST, "client"),
        ("rosa", ROSA_HOST, "reseller"),
        ("rosa", VENDOR_HOST, "reseller"),
        ("carl", CARL_HOST, "client"),
        ("carl", ROSA_HOST, "client"),
    ],
)
def test_first_page_is_the_account(world: World, path: str, person: str, host: str, kind: str) -> None:
    response = world.browser(person, host).get(path)

    ref = world.places[person].account.ref
    assert (response.status_code, response["Location"]) == (302, f"/{kind}/{ref}/")


def test_person_with_two_accounts_chooses(world: World) -> None:
    second = factories.make_client(world.rosa, "Second Kitchen")
    factories.make_collaborator(second, world.users["carl"])

    page = world.browser("carl", ROSA_HOST).get("/").content.decode()

    assert [name for _, name in rows_of(page)] == ["Carl’s Kitchen", "Second Kitchen"]
    assert all(url.startswith("/client/acc_") for url, _ in rows_of(page))


def test_hosts_own_account_comes_first(world: World) -> None:
    factories.make_collaborator(factories.make_client(world.rosa, "Second Kitchen"), world.users["rosa"])

    assert world.browser("rosa").get("/")["Location"] == f"/reseller/{world.rosa.ref}/"


def test_account_that_lives_elsewhere_is_a_whole_address_and_says_so(world: World) -> None:
    second = factories.make_client(world.rosa, "Second Kitchen")
    factories.make_host(second, "second.localhost")
    factories.make_collaborator(second, world.users["carl"])

    page = world.browser("carl", CARL_HOST).get("/accounts/").content.decode()

    urls = {name: unescape(url) for url, name in rows_of(page)}
    assert urls == {
        "Carl’s Kitchen": f"/client/{world.carl.ref}/",
        "Second Kitchen": link_over(from_host=CARL_HOST, to_host="second.localhost", path=f"/client/{second.ref}/"),
    }
    assert "second.localhost" in page


def test_accounts_of_another_tree_are_not_named(world: World) -> None:
    factories.make_collaborator(world.bakery, world.users["carl"])

    for host in (CARL_HOST, ROSA_HOST):
        page = world.browser("carl", host).get("/accounts/").content.decode()
        assert "Nora" not in page
        assert REMO_HOST not in page


def test_list_has_a_search_field_when_it_is_long(world: World) -> None:
    assert "data-filter-input" not in world.browser("carl", ROSA_HOST).get("/accounts/").content.decode()
    for number in range(9):
        factories.make_collaborator(factories.make_client(world.rosa, f"Shop {number}"), world.users["carl"])

    assert "data-filter-input" in world.browser("carl", ROSA_HOST).get("/accounts/").content.decode()


def test_list_costs_the_same_for_one_account_and_for_many(world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = world.browser("carl", ROSA_HOST)

    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            assert browser.get("/accounts/").status_code == 200
        return len(found)

    statements()
    one = statements()
    for number in range(5):
        factories.make_collaborator(factories.make_client(world.rosa, f"Shop {number}"), world.users["carl"])
    assert statements() == one


def test_person_whose_only_account_is_closed_meets_the_lock_page(world: World) -> None:
    Account.unscoped.filter(id=world.carl.id).update(state="closed", state_before_close="active")

    browser = world.browser("carl", ROSA_HOST)
    response = browser.get("/")

    assert browser.get(response["Location"]).status_code == 403


def test_person_without_an_account_here_is_told(world: World) -> None:
    page = world.browser("sam").get("/").content.decode()

    assert "No account here" in page


def test_language_is_chosen_before_logging_in_and_stays_on_the_device(world: World) -> None:
    browser = world.stranger()

    response = browser.post("/language/", {"language": "nl", "next": "/login/?next=/me/"})

    cookie = response.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["samesite"], bool(cookie["secure"])) == ("nl", "Lax", True)
    assert '<html lang="nl"' in browser.get("/login/").content.decode()


def test_language_is_remembered_for_the_person(world: World) -> None:
    browser = world.browser("carl")

    assert browser.post("/language/", {"language": "sq", "next": "/me/"})["Location"] == "/me/"

    assert User.objects.get(email="carl@example.test").language == "sq"
    assert '<html lang="sq"' in world.browser("carl").get("/me/").content.decode()


@pytest.mark.parametrize("language", ["xx", "", "en\x00", "en-US", "../../etc", "x" * 5000])
def test_unknown_language_changes_nothing(world: World, language: str) -> None:
    browser = world.browser("carl")

    response = browser.post("/language/", {"language": language})

    assert response.status_code == 302
    assert settings.LANGUAGE_COOKIE_NAME not in response.cookies
    assert User.objects.get(email="carl@example.test").language == ""


def test_language_and_appearance_need_a_form(world: World) -> None:
    assert world.stranger().get("/language/").status_code == 405
    assert world.stranger().get("/theme/").status_code == 405
    assert world.stranger().post("/theme/", {"theme": "dark"}).status_code == 302


OFFERED = DemoLogin(
    host=ROSA_HOST, name="Rosa of the demo", email="rosa@example.test", password="wide river, small boat"
)


def offered(host: str) -> list[DemoLogin]:
    return [OFFERED]


def test_demonstration_offers_the_log_ins_of_the_host(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_logins, "_sources", [])
    register_demo_logins(offered)
    assert "Rosa of the demo" not in world.stranger().get("/login/").content.decode()
    monkeypatch.setitem(settings.SUBLET._values, "SUBLET_DEMO", "yes")

    assert "Rosa of the demo" in world.stranger(ROSA_HOST).get("/login/").content.decode()
    assert "Rosa of the demo" not in world.stranger(REMO_HOST).get("/login/").content.decode()


def test_demonstration_takes_the_code_that_it_has_shown_lately(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_logins, "_sources", [])
    register_demo_logins(offered)
    browser = world.browser("rosa")
    proof = {"code": app_code(demo_logins._DEMO_SECRET, at=now() - timedelta(minutes=5))}
    assert browser.post("/prove/demo/", proof).status_code == 404
    monkeypatch.setitem(settings.SUBLET._values, "SUBLET_DEMO", "yes")

    assert browser.post("/prove/demo/", {"code": "000000"})["Location"].startswith("/prove/")
    old = app_code(demo_logins._DEMO_SECRET, at=now() - timedelta(minutes=15))
    assert browser.post("/prove/demo/", {"code": old})["Location"].startswith("/prove/")
    assert SECOND_FACTOR_KEY not in browser.session
    assert browser.post("/prove/demo/", proof)["Location"] == "/"
    assert SECOND_FACTOR_KEY in browser.session


def test_visit_is_written_down_once_in_a_quarter_of_an_hour(world: World) -> None:
    browser = world.browser("carl")
    path = f"/client/{world.carl.ref}/"
    browser.get(path)
    first = Account.unscoped.get(id=world.carl.id).last_seen_at
    assert first is not None

    browser.get(path)
    assert Account.unscoped.get(id=world.carl.id).last_seen_at == first
    Collaborator.unscoped.update(last_seen_at=first - timedelta(minutes=15))
    browser.get(path)

    later = Account.unscoped.get(id=world.carl.id).last_seen_at
    assert later is not None
    assert later > first
    assert Collaborator.unscoped.get(id=world.places["carl"].id).last_seen_at == later
    assert Account.unscoped.get(id=world.rosa.id).last_seen_at is None


@pytest.mark.parametrize("ref", ["%00", "acc_%00", "acc_" + "x" * 3000, "🙂", "..", "acc_2345678abcdefg"])
def test_reference_that_is_none_is_not_found(world: World, ref: str) -> None:
    assert world.browser("carl").get(f"/client/{ref}/").status_code == 404
    assert world.browser("dora").get(f"/become-reseller/{ref}/").status_code == 404
