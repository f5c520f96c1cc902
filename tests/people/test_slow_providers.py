"""An identity provider that answers late, or never, takes two places of a process and no more; everybody else is told at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.foundation import outbound
from sublet.people import identity_providers, provider_places
from sublet.people.identity_providers import CannotUseProvider, discover
from sublet.people.models import CompanyLogIn
from sublet.people.provider_places import MOST_WAITING, PLACES, Busy, Places, Spared, a_place
from tests.company_provider import Provider, provider, query
from tests.people import CARL_HOST, World
from tests.people.test_company_log_ins import go, have, linked, path_of

OTHER = "https://login.other.example"


@pytest.fixture(autouse=True)
def nobody_is_spared() -> Iterator[None]:
    PLACES.forget()
    yield
    PLACES.forget()


@pytest.fixture
def company(settings: SettingsWrapper) -> Iterator[Provider]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with provider() as made:
        yield made


class Clock:
    """The clock of the places, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 1000.0
        monkeypatch.setattr(provider_places, "monotonic", lambda: self.at)


# The places -----------------------------------------------------------------------------------------------------------


def test_there_are_two_places_and_one_that_is_given_back_is_free() -> None:
    places = Places()
    places.take("a")
    places.take("a")
    with pytest.raises(Busy):
        places.take("b")
    places.leave("a", took=0.1, in_time=True)
    places.take("b")


def test_who_did_not_answer_in_time_is_spared_for_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, places = Clock(monkeypatch), Places()
    places.take("a")
    places.leave("a", took=8.0, in_time=False)
    clock.at += 9.9
    with pytest.raises(Spared):
        places.take("a")
    places.take("b")  # another one is asked as ever
    clock.at += 0.1
    places.take("a")


def test_a_slow_one_leaves_the_second_place_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's provider that answers just in time, each time, must not close the log-in of all other companies."""
    clock, places = Clock(monkeypatch), Places()
    places.take("a")
    places.leave("a", took=7.9, in_time=True)
    places.take("a")
    with pytest.raises(Busy):
        places.take("a")
    places.take("b")
    places.leave("b", took=0.1, in_time=True)
    clock.at += 301
    places.take("a")


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    places = Places()
    for number in range(1100):
        places.take(str(number))
        places.leave(str(number), took=9.0, in_time=False)
    assert len(places._spared) == len(places._slow) == 1000
    places.take("0")
    with pytest.raises(Spared):
        places.take("1099")


def test_a_place_is_given_back_whatever_happens_and_taken_once_for_all_questions() -> None:
    for _again in range(MOST_WAITING + 1):
        with pytest.raises(ZeroDivisionError), a_place("a"), a_place("a"):
            raise ZeroDivisionError
    with a_place("a"), a_place("a"):
        PLACES.take("b")
        PLACES.leave("b", took=0, in_time=True)


# Real requests --------------------------------------------------------------------------------------------------------


def test_a_third_request_does_not_wait(company: Provider, settings: SettingsWrapper) -> None:
    held, let_go = threading.Semaphore(0), threading.Event()

    def late(handler: BaseHTTPRequestHandler) -> None:
        held.release()
        let_go.wait(20)
        company.answer(handler)

    company.server.answer = late
    found: list[object] = []
    waiting = [threading.Thread(target=lambda: found.append(discover(company.issuer))) for _ in range(MOST_WAITING)]
    for each in waiting:
        each.start()
    for _each in waiting:
        assert held.acquire(timeout=10)
    for issuer in (company.issuer, OTHER):
        with pytest.raises(CannotUseProvider) as busy:
            discover(issuer)
        assert busy.value.code == "busy"
    assert len(company.server.asked) == MOST_WAITING
    let_go.set()
    for each in waiting:
        each.join(20)
    assert len(found) == MOST_WAITING
    assert discover(company.issuer)["issuer"] == company.issuer


def test_whoever_finds_no_place_is_told_in_brand_and_tries_again(world: World, company: Provider) -> None:
    have(world, company)
    linked(world, company)
    CompanyLogIn.unscoped.update(found_at=None)
    browser = world.stranger(CARL_HOST)
    begin = path_of(world, "begin/") + "?next=/me/"
    PLACES.take("a")
    PLACES.take("b")
    told = browser.get(begin)
    PLACES.leave("a", took=0, in_time=True)
    assert (told.status_code, told["Retry-After"]) == (503, "2")
    page = told.content.decode()
    assert "Many people are logging in" in page
    assert f'href="{begin}"' in page
    assert "sublet" not in page.lower()
    assert CompanyLogIn.unscoped.get().down_at is None  # nobody has asked it

    begun = browser.get(begin)
    back = path_of(world, "back/") + query(company.log_in(begun["Location"]))
    PLACES.take("a")
    told = browser.get(back)
    assert told.status_code == 503
    assert f'href="{back.replace("&", "&amp;")}"' in told.content.decode()
    assert company.tokens_asked == []
    PLACES.leave("a", took=0, in_time=True)
    PLACES.leave("b", took=0, in_time=True)
    done = browser.get(back)  # the same answer once more: nobody has used its code
    assert (done.status_code, done["Location"]) == (302, "/me/")
    assert browser.get(back).status_code == 403  # and never again


def test_nobody_waits_for_a_provider_in_which_somebody_has_just_waited_in_vain(
    world: World, company: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert django_settings.OUTBOUND_ALLOW == ["127.0.0.1"]
    have(world, company)
    linked(world, company)
    clock = Clock(monkeypatch)
    let_go = threading.Event()

    def hangs(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/token":
            let_go.wait(20)
        company.answer(handler)

    company.server.answer = hangs
    monkeypatch.setattr(identity_providers, "LIMITS", outbound.Limits(connect=3.0, read=0.3, total=0.5))
    for _each in range(3):
        browser = world.stranger(CARL_HOST)
        begun = browser.get(path_of(world, "begin/"))
        if begun.status_code == 302:
            begun = browser.get(path_of(world, "back/") + query(company.log_in(begun["Location"])))
        assert begun.status_code == 503
        assert "The company log-in does not answer" in begun.content.decode()
    assert [each.path for each in company.server.asked].count("/token") == 1
    CompanyLogIn.unscoped.update(found_at=None)  # it would be asked what it says of itself, and is not
    told = world.stranger(CARL_HOST).get(path_of(world, "begin/"))
    assert told.status_code == 503
    assert CompanyLogIn.unscoped.get().down_at is None  # ten seconds, not the minute of one that was asked
    let_go.set()
    monkeypatch.setattr(identity_providers, "LIMITS", outbound.Limits())
    clock.at += 10
    assert go(world, company, world.stranger(CARL_HOST)).status_code == 302
