"""Every finding has a picture: a piece of the page in which its very place is outlined, or the line with the word marked."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from sublet.core.findings import Found
from sublet.core.leaks import Leak, Word, find
from sublet.foundation.errors import NotFound
from sublet.foundation.scope import account_scope, platform_scope
from sublet.proof import browser, scanning
from sublet.proof.browser import Seen
from sublet.proof.gathering import Gathered, Looking
from sublet.proof.keeping import PICTURED, forget_pictures, keep_findings
from sublet.proof.letters import _keep_html
from sublet.proof.models import Scan, ScanFinding, ScanPicture
from sublet.proof.pictures import Picture, chosen, line_of, of_logo
from sublet.proof.queries import picture_of, scan_report
from sublet.proof.rendering import _pieces
from sublet.proof.visitor import Answer
from tests.branding import pictures as made
from tests.factories import AT
from tests.people import CARL_HOST, World

MARK, GROUND = (214, 57, 57), (253, 231, 231)


def colors(data: bytes) -> dict[tuple[int, ...], int]:
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    return {color: count for count, color in picture.getcolors(1 << 20) or ()}  # type: ignore[misc]  # of RGB


def leak(place: str = "text", word: str = "Vantage", excerpt: str = "", **facts: Any) -> Leak:
    usual: dict[str, Any] = {"detail": "", "line": 214, "column": 31}
    return Leak(word=word, kind="name", place=place, excerpt=excerpt or f"made by {word}", **(usual | facts))


def scan_of(world: World, **facts: Any) -> Scan:
    usual: dict[str, Any] = {"state": "done", "cause": "person", "version": "1", "host": CARL_HOST, "created_at": AT}
    with platform_scope("test data"):
        return Scan.objects.create(account=world.carl, leaking=1, asked_by_name="R", **(usual | facts))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("made by Vantage Apps", "Vantage Apps"),
        ("fatto da VÀNTAGE", "Vantage"),
        ("x" * 300 + " Vantage " + "y" * 300, "Vantage"),
        ("Vantage", "Vantage"),
    ],
)
def test_a_line_is_drawn_with_the_word_marked(text: str, word: str) -> None:
    drawn = line_of(where="/login/", before="X-Made-By:", excerpt=text, word=word)
    assert colors(drawn)[MARK] > 50
    assert colors(drawn)[GROUND] > 50
    assert len(drawn) < 20_000


@pytest.mark.parametrize("text", ["", "nothing of it", "\u200b\ud7ff 日本語"])
def test_a_line_without_the_word_is_drawn_all_the_same(text: str) -> None:
    assert line_of(where="/" + "x" * 400, before="", excerpt=text, word="Vantage").startswith(b"\x89PNG")


def test_of_several_pieces_that_one_is_chosen_in_which_the_very_place_is_outlined() -> None:
    top = Picture(b"top", ("welcome to vantage today",))
    foot = Picture(b"foot", ("© 2026 by vantage", "powered by vantage, 2026"))
    page = "<h1>Welcome to <b>Vantage</b> today</h1><footer>Powered by <a href=x>Vantage</a>, 2026</footer>"
    first, second = find(page, [Word("Vantage", "name")], markup=True)
    found = [chosen(Found("/", each.place, "", each), [foot, top]) for each in (first, second)]
    assert found == [top, foot]
    assert chosen(Found("/", "header", "X-By", first), [top]) is None  # a browser shows none
    assert chosen(Found("hello", "mail", "From (it)", first), [top]) is None
    assert chosen(Found("hello", "mail", "text/html (it)", first), [top]) == top


def test_near_places_share_a_piece_and_far_ones_have_their_own() -> None:
    places: list[list[Any]] = [["a", 10, y, 50, 10, f"at {y}"] for y in (2000, 100, 400)]
    places += [["b", 10, 5, 5, 5, "b"], ["a", 10, 9000, 5, 5, "below what was shown"]]
    pieces = [[(word, text) for word, _box, text in piece] for piece in _pieces(places, 1280, 2400)]
    assert pieces == [[("b", "b")], [("a", "at 100"), ("a", "at 400")], [("a", "at 2000")]]


def test_a_logo_is_shown_as_it_is() -> None:
    assert Image.open(io.BytesIO(of_logo(made.png(900, 300)))).size[0] <= 480
    assert of_logo(b"<svg/>") == b""


def test_pictures_of_a_scan_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    into = Gathered(room=10)
    into.keep("/a/", {"Vantage": [Picture(b"x" * 6), Picture(b"x" * 6), Picture(b"x" * 4), Picture(b"")]})
    into.keep("/a/", {"Vantage": [Picture(b"y")]})  # shown to somebody else: one is enough
    into.keep("/b/", {"Vantage": [Picture(b"y")]})
    assert {place: [each.data for each in found] for place, found in into.pictures.items()} == {
        ("/a/", "Vantage"): [b"x" * 6, b"x" * 4]
    }


@pytest.mark.django_db
def test_every_finding_has_a_picture_and_those_of_one_piece_share_it(world: World) -> None:
    scan = scan_of(world)
    places = (
        "text",
        "attribute",
        "comment",
        "header",
        "cookie",
        "file",
        "mail",
        "dns",
        "certificate",
        "console",
        "request",
    )
    into = Gathered(pictures={("/login/", "Vantage"): [Picture(b"\x89PNG page", ("made by vantage",))]})
    for place in places:
        address = {"mail": "hello", "dns": "h.example"}.get(place, "/login/")
        into.add([Found(address, place, "From" if place == "mail" else "x", leak(place))])
    with account_scope(world.carl.id):
        keep_findings(scan, into, before=None)
        assert ScanPicture.objects.filter(scan=scan).count() == 1
    with world.scope("rosa") as rosa:
        rows = scan_report(rosa, world.carl.ref).findings
        shown = {row.place: picture_of(rosa, world.carl.ref, row.picture or 0) for row in rows}
        with pytest.raises(NotFound):
            picture_of(rosa, world.elan.ref, rows[0].picture or 0)
    assert set(shown) == set(places)
    assert {place for place, data in shown.items() if data == b"\x89PNG page"} == {"text", "attribute"}
    assert all(MARK in colors(data) for place, data in shown.items() if place not in {"text", "attribute"})
    with world.scope("remo") as remo, pytest.raises(NotFound):
        picture_of(remo, world.carl.ref, rows[0].picture or 0)


@pytest.mark.django_db
def test_pictures_that_nobody_is_shown_any_more_are_deleted(world: World) -> None:
    with platform_scope("test"):
        # What the reseller sees is the first one: all after it are held.
        scans = [scan_of(world, held_until=AT if number else None) for number in range(PICTURED + 3)]
        for scan in scans:
            ScanPicture.objects.create(account=world.carl, scan=scan, data=b"x")
        other = Scan.objects.create(account=world.elan, state="done", cause="person", version="1", created_at=AT)
        ScanPicture.objects.create(account=world.elan, scan=other, data=b"x")
        forget_pictures(world.carl)
        left = set(ScanPicture.objects.values_list("scan_id", flat=True))
    assert left == {scans[0].id, *(each.id for each in scans[-PICTURED:]), other.id}


@pytest.mark.django_db
def test_a_mail_is_shown_as_its_reader_sees_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    into = Gathered()
    html = Found("hello", "mail", "text/html (it)", leak())
    _keep_html(into, [Found("hello", "mail", "From (it)", leak()), html], "<p>made by Vantage</p>")
    assert list(into.letters) == [("hello", "text/html (it)")]
    shown: list[str] = []

    def show(wanted: Any, *, ask: Any, **_given: Any) -> Any:
        for each in wanted:
            answer = ask(each.address, each.who)
            shown.append(answer.body.decode())
            yield Seen(each.address, each.who, pictures={"Vantage": [Picture(b"mail", ("made by vantage",))]})

    monkeypatch.setattr(browser, "lacking", lambda: "")
    monkeypatch.setattr(browser, "show", show)
    looking = Looking(world.carl, CARL_HOST, (Word("Vantage", "name"),), (), AT)
    scanning.letters_shown(looking, into, asking=lambda **_asked: Answer("/", 404, (), b""))
    assert shown == ["<p>made by Vantage</p>"]
    scan = scan_of(world)
    into.add([html, Found("hello", "mail", "From (it)", leak(excerpt="From: Vantage"))])
    with account_scope(world.carl.id):
        keep_findings(scan, into, before=None)
        rows = {row.detail: row.picture for row in ScanFinding.objects.select_related("picture")}
    assert rows["From (it)"] is None  # its line is drawn
    assert rows["text/html (it)"] is not None
