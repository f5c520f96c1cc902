"""The product is looked at as somebody of each set of rights, who holds them as always, and nothing is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from sublet.core.leaks import Word
from sublet.foundation.scope import account_scope, platform_scope
from sublet.people.queries.sections import SectionAddress
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.proof import addresses, browser, scanning
from sublet.proof import product as product_pages
from sublet.proof.browser import Seen
from sublet.proof.gathering import Gathered
from sublet.proof.product import ACTS, Fetch, Unreachable, product
from sublet.proof.scanning import looking_at
from sublet.proof.visitor import Answer
from tests.factories import AT, make_collaborator, make_user
from tests.people import CARL_HOST, World

pytestmark = pytest.mark.django_db
WORDS = (Word("Vantage", "name"),)
HTML = (("Content-Type", "text/html"),)
OWNER, CLEO, PIA = "owner", "collaborator 1", "collaborator 2"


@pytest.fixture
def sections(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    found = [SectionAddress(key, f"https://{{host}}/{key}/") for key in ("design", "pages")]
    monkeypatch.setattr(product_pages, "section_addresses", lambda: found)
    make_collaborator(world.carl, make_user("Pia Poli"), rights={"product.design": "manage"})


def looked_at(
    world: World, said: Callable[[str, str], str | int | None], asked: list[tuple[str, str]] | None = None
) -> tuple[Gathered, dict[str, str]]:
    """What came of a product that says to each person what `said` says: a page, a status, or nothing at all."""

    def fetch(who: str) -> Fetch:
        def get(address: str) -> Answer:
            if asked is not None:
                asked.append((who, address))
            told = said(who, address)
            if told is None:
                raise Unreachable
            if isinstance(told, int):
                return Answer(address, told, HTML, b"")
            return Answer(address, 200, HTML, told.encode())

        return get

    with account_scope(world.carl.id):
        looking = looking_at(world.carl, CARL_HOST, WORDS, (), AT)
        into = Gathered()
        further = {who: fetch(who) for who in looking.others}
        return into, product(looking, into, lambda _done, _known: None, fetch(OWNER), further)


def test_what_only_further_people_are_shown_is_found_and_told_with_whom(world: World, sections: None) -> None:
    def said(who: str, address: str) -> str | int:
        if address == "/pages/":
            return "<p>by Vantage</p>" if who == CLEO else 403
        return "<p>Fine</p>"

    into, measured = looked_at(world, said)
    assert measured == {"design": "clean", "pages": "found"}
    assert [(each.address, each.seen_as, each.leak.word) for each in into.found] == [("/pages/", CLEO, "Vantage")]
    assert into.skipped == []
    assert [(each.address, each.who) for each in into.pages] == [
        ("/design/", "product"),
        ("/pages/", f"product {CLEO}"),
    ]


def test_what_everybody_is_shown_is_counted_once(world: World, sections: None) -> None:
    def said(who: str, address: str) -> str:
        return f"<p>by Vantage</p><input name=form value=4f{who.encode().hex()}99aa1b><a href=/more>m</a>"

    into, _measured = looked_at(world, said)
    assert (into.looked_at, into.leaking) == (3, 3)
    assert {each.seen_as for each in into.found} == {OWNER}
    assert {each.who for each in into.pages} == {"product"}


def test_the_same_page_with_more_on_it_is_looked_at_once_more(world: World, sections: None) -> None:
    def said(who: str, address: str) -> str:
        return "<p>Fine</p>" + ("<button>Change by Vantage</button>" if who == PIA and address == "/design/" else "")

    into, measured = looked_at(world, said)
    assert measured == {"design": "found", "pages": "clean"}
    assert [(each.address, each.seen_as) for each in into.found] == [("/design/", PIA)]
    assert into.looked_at == 3
    assert into.sections_at["/design/"] == {"design"}


def test_a_section_is_clean_only_where_it_was_seen_as_all_who_may_open_it(world: World, sections: None) -> None:
    def said(who: str, address: str) -> str | int:
        return 500 if (who, address) == (CLEO, "/pages/") else "<p>Fine</p>"

    _into, measured = looked_at(world, said)
    assert measured == {"design": "clean", "pages": "unseen"}


def test_who_does_not_answer_one_person_is_not_waited_for_as_another(world: World, sections: None) -> None:
    asked: list[tuple[str, str]] = []

    def said(who: str, address: str) -> str | None:
        return None if (who, address) == (CLEO, "/pages/") else "<p>Fine</p>"

    into, measured = looked_at(world, said, asked)
    assert not [each for each in asked if each[0] == PIA]  # it had fallen silent
    assert measured == {"design": "unseen", "pages": "unseen"}
    assert into.skipped == ["others", "product"]


def test_a_person_who_takes_too_long_leaves_time_to_the_next(
    world: World, sections: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, asked = [0.0], list[tuple[str, str]]()
    monkeypatch.setattr(product_pages, "monotonic", lambda: clock[0])

    def said(who: str, address: str) -> str:
        clock[0] += product_pages.LONGEST if who == CLEO else 1
        return f"<p>Fine</p><a href={address}more/>m</a>"

    into, measured = looked_at(world, said, asked)
    assert ("collaborator 2", "/design/") in asked
    assert (measured["design"], "product" in into.skipped) == ("unseen", True)
    monkeypatch.setattr(product_pages, "LONGEST_IN_ALL", product_pages.LONGEST)
    into, _measured = looked_at(world, said, asked)
    assert "others" in into.skipped


def test_people_beyond_the_bound_are_said_to_be_left_out(
    world: World, sections: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "MOST_OTHERS", 1)
    into, _measured = looked_at(world, lambda _who, _address: "<p>Fine</p>")
    assert into.skipped == ["others"]


def test_links_that_do_something_are_not_gone_and_that_is_said(world: World, sections: None) -> None:
    asked: list[tuple[str, str]] = []
    links = "".join(
        f"<a href={each}>x</a>"
        for each in (
            "/design/7/delete",
            "/logout",
            "/design/?action=remove",
            "/design/7?_method=put",
            "/design/sender/",
            "/design/deleted-items/",
        )
    )
    into, _measured = looked_at(world, lambda _who, _address: links, asked)
    assert {address for _who, address in asked} == {"/design/", "/pages/", "/design/sender/", "/design/deleted-items/"}
    assert into.skipped == ["acts"]


@pytest.mark.parametrize("address", ["/a/delete/", "/a/Sign-Out", "/a?do=cancel", "/pay", "/a/resend?x=1"])
def test_what_does_something_is_known_by_its_name(address: str) -> None:
    assert ACTS.search(address)


def test_what_is_the_same_for_all_is_asked_for_once(world: World, sections: None) -> None:
    asked: list[tuple[str, str]] = []
    with account_scope(world.carl.id):
        looking = looking_at(world.carl, CARL_HOST, WORDS, (), AT)

        def fetch(who: str) -> Fetch:
            def get(address: str) -> Answer:
                asked.append((who, address))
                if address == "/style.css":
                    return Answer(address, 200, (("Content-Type", "text/css"),), b"/* Vantage */")
                return Answer(address, 200, HTML, b"<link href=/style.css>")

            return get

        into = Gathered()
        further = {who: fetch(who) for who in looking.others}
        measured = product(looking, into, lambda _done, _known: None, fetch(OWNER), further)
    assert [who for who, address in asked if address == "/style.css"] == [OWNER]
    assert measured == {"design": "found", "pages": "found"}
    assert len(into.found) == 1


def test_people_who_left_are_looked_as_no_more(world: World, sections: None) -> None:
    with platform_scope("test data"):
        world.places["cleo"].ended_at = AT
        world.places["cleo"].save()
    seen: set[str] = set()

    def said(who: str, _address: str) -> str:
        seen.add(who)
        return "<p>Fine</p>"

    looked_at(world, said)
    assert seen == {OWNER, "collaborator 1"}


def test_what_the_page_itself_has_said_to_each_is_found_once(
    world: World, sections: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the browser shows it to the second person, too: it was counted with what the first one was shown."""

    def said(who: str, address: str) -> str:
        return "<p>by Vantage</p>" + ("<button>Change</button>" if who == PIA else "")

    into, _measured = looked_at(world, said)
    assert f"product {PIA}" in {each.who for each in into.pages}  # there is more on it
    count = len(into.found)
    monkeypatch.setattr(browser, "lacking", lambda: "")
    shown = lambda wanted, **_given: [Seen(each.address, each.who, html="<p>by Vantage</p>") for each in wanted]  # noqa: E731
    monkeypatch.setattr(browser, "show", shown)
    with account_scope(world.carl.id):
        looking = looking_at(world.carl, CARL_HOST, WORDS, (), AT)
        scanning.shown(looking, into, lambda _done, _known: None)
    assert len(into.found) == count


def test_a_view_that_stands_for_the_product_is_the_products() -> None:
    """As in the demo: what is ours is asked for in this process, and would be told to nobody there."""

    def view(request: SubletRequest) -> HttpResponse:
        return HttpResponse()

    assert public("test", asks_itself=True)(view).asks_itself  # type: ignore[attr-defined]  # what is asked
    assert not public("test")(view).asks_itself  # type: ignore[attr-defined]  # as above
    assert addresses.is_ours("/login/")
    assert addresses.is_ours("/login/", "login")
    assert not addresses.is_ours("/login/", "home")
    assert not addresses.is_ours("/no-such-page-of-ours")


def test_what_is_kept_of_all_people_together_has_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty sections with thirty pictures each, as five and twenty people: more than a worker has memory for."""
    room = product_pages.Room(left=10)
    with account_scope(world.carl.id):
        looking = looking_at(world.carl, CARL_HOST, WORDS, (), AT)
    asked: list[str] = []

    def get(self: Any, address: str) -> Answer:
        asked.append(address)
        return Answer(address, 200, (), b"1234")

    monkeypatch.setattr(product_pages._Fetcher, "_get", get)
    first, second = (product_pages.fetcher(looking, secret * 43, room=room) for secret in "xy")
    for fetch in (first, second):
        for address in ("/a", "/b", "/a", "/b"):
            fetch(address)
    assert asked == ["/a", "/b", "/a", "/b", "/a", "/b"]
    assert room.left == 2
    known = product_pages._Known(ends=0.0, room=product_pages.Room(left=5))
    for address in ("/1.png", "/1.png", "/2.png"):
        product_pages._is_news(Answer(address, 200, (("Content-Type", "image/png"),), b"1234"), known)
    assert list(known.for_all) == ["/1.png"]
