"""What a scan could not look at it says, and what it had found until then it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from sublet.core.answers import Answer as Dns
from sublet.core.leaks import MOST_CHARACTERS, Word
from sublet.foundation.scope import account_scope
from sublet.people.queries.sections import SectionAddress
from sublet.portals.shared.proof import advice
from sublet.proof import browser, gathering, names, operations, scanning, visitor, walk
from sublet.proof import product as product_pages
from sublet.proof.addresses import is_ours
from sublet.proof.browser import Seen, Wanted
from sublet.proof.gathering import Gathered
from sublet.proof.models import Scan
from sublet.proof.operations import ask_for_scan, run_scan
from sublet.proof.product import Unreachable, product, with_what_was_shown
from sublet.proof.queries import FindingRow
from sublet.proof.visitor import Answer
from tests.factories import AT
from tests.people import CARL_HOST, ROSA_HOST, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]
WORDS = (Word("Vantage", "name"),)
HTML = (("Content-Type", "text/html"),)


def page(address: str, body: str) -> Answer:
    return Answer(address, 200, HTML, body.encode())


def looking_at_carl(world: World) -> gathering.Looking:
    with account_scope(world.carl.id):
        return scanning.looking_at(world.carl, CARL_HOST, WORDS, (), AT)


def of_product(world: World, monkeypatch: pytest.MonkeyPatch, fetch: Any) -> tuple[gathering.Gathered, dict[str, str]]:
    sections = [SectionAddress(key, f"https://{{host}}/{key}/") for key in ("design", "menus")]
    monkeypatch.setattr(product_pages, "section_addresses", lambda: sections)
    into, looking = gathering.Gathered(), looking_at_carl(world)
    with account_scope(world.carl.id):
        return into, product(looking, into, lambda _done, _known: None, fetch)


def test_what_was_found_before_the_product_fell_silent_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fetch(address: str) -> Answer:
        asked.append(address)
        if address.startswith("/silent"):
            raise Unreachable
        return page(address, '<p>by Vantage</p><a href="/silent/1">1</a><a href="/silent/2">2</a><a href="/more">m</a>')

    into, measured = of_product(world, monkeypatch, fetch)
    assert [(each.address, each.leak.word) for each in into.found] == [("/design/", "Vantage")]
    assert measured == {"design": "found", "menus": "unseen"}
    assert "product" in into.skipped
    assert (into.looked_at, into.leaking) == (1, 1)
    assert [each for each in asked if each != "/design/"] == ["/silent/1"]  # and nobody waits for it again


def test_a_section_that_falls_silent_is_not_clean(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(address: str) -> Answer:
        if address == "/silent/":
            raise Unreachable
        return page(address, '<p>Fine</p><a href="/silent/">1</a>')

    into, measured = of_product(world, monkeypatch, fetch)
    assert measured == {"design": "unseen", "menus": "unseen"}
    assert "files" not in into.skipped


def test_a_product_without_end_is_cut_and_that_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    into, measured = of_product(world, monkeypatch, lambda address: page(address, f'<a href="{address}a/">on</a>'))
    assert measured["design"] == "clean"
    assert "more" in into.skipped


def test_a_slow_product_is_left_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(product_pages, "monotonic", lambda: clock[0])

    def fetch(address: str) -> Answer:
        clock[0] += product_pages.LONGEST / 5
        return page(address, f'<a href="{address}a/">on</a>')

    into, measured = of_product(world, monkeypatch, fetch)
    assert into.looked_at < 7
    assert measured == {"design": "unseen", "menus": "unseen"}
    assert "product" in into.skipped


def test_that_the_product_is_seen_as_one_person_who_looks_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    into, measured = of_product(world, monkeypatch, lambda address: page(address, "<p>Fine</p>"))
    assert measured == {"design": "clean", "menus": "clean"}
    assert into.skipped == ["others"]


def test_that_a_resellers_own_people_are_not_looked_as_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 1)
    with account_scope(world.rosa.id):
        looking = scanning.looking_at(world.rosa, ROSA_HOST, WORDS, (), AT)
        into = gathering.Gathered()
        scanning.pages(looking, into, lambda _done, _known: None)
    assert "inside" in into.skipped


@pytest.mark.parametrize(
    "answer",
    [
        Answer("/long/", 200, HTML, b"x" * (MOST_CHARACTERS + 1)),
        Answer("/cut/", 200, HTML, b"<p>Fine", whole=False),
        Answer("/cut.pdf", 200, (), b"%PDF-1.7", whole=False),
        Answer("/locked.zip", 200, (), b"PK\x03\x04 not one at all"),
    ],
)
def test_what_was_not_read_to_its_end_is_said(answer: Answer) -> None:
    assert walk.look(answer, WORDS)[1] is False
    assert walk.look(Answer("/film", 200, (("Content-Type", "video/mp4"),), b"x", whole=False), WORDS) == ([], True)


def test_two_files_that_go_by_what_is_in_them_are_both_looked_at() -> None:
    """A brand's logo, and the one for dark pages. Things with references stay one of a kind."""
    one, other = "/brand/" + "a1" * 32, "/brand/" + "b2" * 32
    links = "".join(f'<img src="{each}">' for each in (one, other)) + "".join(
        f'<a href="/invoices/inv_Ab{number}xyzxyz/">i</a>' for number in range(3)
    )
    asked: list[str] = []

    def ask(address: str) -> Answer:
        asked.append(address)
        return page(address, "by Vantage" if address == other else links)

    walked = walk.walk(ask, host=CARL_HOST, begin=("/",), words=WORDS)
    assert [each.address for each in walked.found] == [other]
    assert asked == ["/", one, other, "/invoices/inv_Ab0xyzxyz/"]


def test_pages_of_two_words_are_two_pages() -> None:
    asked: list[str] = []

    def ask(address: str) -> Answer:
        asked.append(address)
        return page(address, '<a href="/user_settings/">a</a><a href="/page_templates/">b</a>')

    walk.walk(ask, host=CARL_HOST, begin=("/",), words=WORDS)
    assert asked == ["/", "/user_settings/", "/page_templates/"]


def test_what_is_no_html_at_all_does_not_end_the_scan() -> None:
    answers = {
        "/": page("/", '<a href="/one/">1</a><![if nobody knows[<![what[ <a href="/two/">2</a>'),
        "/one/": page("/one/", "by Vantage"),
    }
    walked = walk.walk(lambda address: answers[address], host=CARL_HOST, begin=("/",), words=WORDS)
    assert [each.address for each in walked.found] == ["/one/"]


@pytest.mark.parametrize(
    "link", [f"//{CARL_HOST}//[x", f"http://{CARL_HOST}//]", "/.//[x", f"http://{CARL_HOST}//a\u2100b", "/x?q=\u20ac", "/x?q=//[", "http://["]
)  # fmt: skip
def test_no_link_that_somebody_has_made_up_ends_the_scan(world: World, link: str) -> None:
    """In the product, and on a page of ours: what looks like a host within a path is a path."""
    answers = {"/": page("/", f'<a href="{link}">1</a><a href="/last/">2</a>'), "/last/": page("/last/", "by Vantage")}
    here, into = scanning._of_this_account(world.carl.ref), Gathered()

    def ask(address: str) -> Answer:
        visitor.ask(host=CARL_HOST, address=address, shown_to=None)
        return answers.get(address, page(address, ""))

    for follow in (here, lambda address: product_pages._belongs(address, set(), into)):
        walked = walk.walk(ask, host=CARL_HOST, begin=("/",), words=WORDS, follow=follow)
        assert [each.address for each in walked.found] == ["/last/"]


def test_a_path_is_not_taken_for_one_of_ours_for_its_end() -> None:
    assert is_ours("/login/")
    assert not is_ours("//x/login/")


def test_html_is_html_however_its_kind_is_written() -> None:
    answers = {
        "/": Answer("/", 200, (("content-type", "Text/HTML;charset=utf-8"),), b'<a href="/one/">1</a>'),
        "/one/": page("/one/", "by Vantage"),
    }
    walked = walk.walk(lambda address: answers[address], host=CARL_HOST, begin=("/",), words=WORDS)
    assert ([each.address for each in walked.found], walked.pages) == (["/one/"], ("/", "/one/"))


def test_an_answer_without_a_page_is_none_to_show() -> None:
    """Such as that of our own log-in for products, which a scan alone is given: a browser would not come to an end with it."""
    walked = walk.walk(lambda address: Answer(address, 204, HTML, b""), host=CARL_HOST, begin=("/",), words=WORDS)
    assert walked.pages == ()


# In a browser --------------------------------------------------------------------------------------------------------


def shown(world: World, monkeypatch: pytest.MonkeyPatch, into: gathering.Gathered, show: Any, ask: Any = None) -> None:
    monkeypatch.setattr(browser, "lacking", lambda: "")
    monkeypatch.setattr(browser, "show", show)
    scanning.shown(
        looking_at_carl(world), into, lambda _done, _known: None, asking=ask or (lambda **_asked: page("/", ""))
    )


def test_what_scripts_ask_for_is_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as the parts of a program that are loaded when they are needed: no link leads there."""

    def show(wanted: Any, *, ask: Any, **_given: Any) -> Iterator[Seen]:
        for _twice in range(2):
            ask("/part.js", "product")
        ask("/known.js", "product")
        yield Seen("/design/", "product", html="<p>Fine</p>")

    def asking(**asked: Any) -> Answer:
        return Answer(asked["address"], 200, (("Content-Type", "text/javascript"),), b"// (c) Vantage")

    pages = [Wanted("/design/", "product")]
    into = gathering.Gathered(pages=pages, sections_at={"/design/": {"design"}}, asked={("/known.js", "owner")})
    shown(world, monkeypatch, into, show, asking)
    assert [(each.address, each.place, each.seen_as) for each in into.found] == [("/part.js", "text", "owner")]
    assert (into.looked_at, into.leaking) == (2, 1)
    assert with_what_was_shown({"design": "clean"}, into) == {"design": "found"}


def test_what_a_page_asked_of_others_counts_though_it_came_to_no_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Seen("/design/", "product", fault="timeout", foreign=("https://cdn.vantage.example/x.js",))
    into = gathering.Gathered(pages=[Wanted("/design/", "product")])
    shown(world, monkeypatch, into, lambda *_pages, **_given: [seen])
    assert [(each.place, each.leak.word) for each in into.found] == [("request", "cdn.vantage.example")]
    assert into.skipped == ["shown"]
    assert into.unshown == {"/design/"}


def test_a_page_of_which_the_browser_told_a_part_is_not_called_clean(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = gathering.Gathered(pages=[Wanted("/design/", "product")], sections_at={"/design/": {"design"}})
    shown(world, monkeypatch, into, lambda *_pages, **_given: [replace(Seen("/design/", "product"), whole=False)])
    assert into.skipped == ["shown"]
    assert with_what_was_shown({"design": "clean"}, into) == {"design": "unseen"}


def test_a_page_that_strangers_and_people_see_is_shown_to_both(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    into = gathering.Gathered()
    with account_scope(world.carl.id):
        scanning.pages(
            looking_at_carl(world), into, lambda _done, _known: None, begin=("/terms/",),
            asking=lambda **asked: page(asked["address"], '<a href="/terms/">t</a>'),
        )  # fmt: skip
    assert [each.who for each in into.pages if each.address == "/terms/"] == ["", "owner"]


# Around it -----------------------------------------------------------------------------------------------------------


def test_more_hosts_than_are_asked_about_are_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = [f"h{number}.example" for number in range(names.MOST_HOSTS + 1)]
    monkeypatch.setattr(names, "own_hosts", lambda _looking: hosts)
    asked: list[str] = []

    def look_up(host: str, kind: str) -> Dns:
        asked.append(host)
        return Dns(host, kind, "nothing")

    monkeypatch.setattr(names, "look_up", look_up)
    into = gathering.Gathered()
    names.records(looking_at_carl(world), into)
    assert list(dict.fromkeys(asked)) == hosts[:-1]
    assert "more" in into.skipped


def test_a_scan_whose_host_went_while_it_waited_looks_at_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with world.scope("rosa") as rosa:
        ref = ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
    monkeypatch.setattr(operations, "primary_host", lambda _account_id: settings.VENDOR_HOST)
    monkeypatch.setattr(operations, "ask", lambda **_asked: pytest.fail("it looked at the vendor's pages"))
    with account_scope(world.carl.id):
        run_scan(scan_ref=ref, actor=world.actor("rosa"), at=AT)
        scan = Scan.objects.get(ref=ref)
    assert (scan.state, scan.host, scan.ended_at) == ("failed", "", AT)


def test_the_advice_on_a_document_that_is_made_anew_is_not_to_save_it(world: World) -> None:
    one = FindingRow("handover (fr)", "file", "page 1", 1, 1, "V", "name", "", "V", is_new=False)
    assert "brand" in advice(one)
    assert "Save the file again" in advice(replace(one, address="/files/prices.pdf"))
