"""Words of the vendor are found in whatever they are wrapped, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
import quopri
import tracemalloc
from collections.abc import Callable
from time import process_time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.leaks import (
    ALLOWED,
    MOST_PLACES,
    Leak,
    UnusableWord,
    Word,
    each_once,
    find,
    score,
    word,
)

WORDS = [
    Word("Appfold", "name"),
    Word("Vantage Apps", "name"),
    Word("Società Elàn", "name"),
    Word("appfold.example", "host"),
    Word("help@appfold.example", "address"),
    Word("bücher.example", "host"),
]


def hit(text: str, *, markup: bool = False) -> Leak:
    """The one finding in `text`."""
    found = find(text, WORDS, markup=markup)
    assert len(found) == 1, found
    return found[0]


NOTICE = Word("Made with Appfold & more", "allowed")
LEADS = Word("https://appfold.example/", "allowed")


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("<p>Made with Appfold &amp; more</p>", 0),
        ("<p>\n  Made with Appfold & more\n</p>", 0),
        ('<a href="https://appfold.example/">Made with Appfold &amp; more</a>', 0),
        ("Made with Appfold & more", 0),
        ("<p>Made with Appfold &amp; more than that</p>", 1),  # within a sentence it is none of the vendor's words
        ('<a href="https://appfold.example/log-in">x</a>', 1),  # a longer address leads elsewhere
        ("<p>Made with Appfold &amp; more</p><p>Appfold</p>", 1),
    ],
)
def test_what_the_vendor_shows_itself_is_passed_over_word_for_word(text: str, leaks: int) -> None:
    assert len(find(text, [*WORDS, NOTICE, LEADS], markup=True)) == leaks
    assert find(text, WORDS, markup=True)  # the positive control


def test_what_is_passed_over_moves_nothing() -> None:
    found = find("<p>Made with Appfold &amp; more</p>\n Appfold", [*WORDS, NOTICE], markup=True)
    assert [(each.line, each.column) for each in found] == [(2, 2)]


@pytest.mark.parametrize(
    "text",
    [
        "Made by APPFOLD.",
        "appfold_session=1",
        "window.appfoldWidget = 1",
        "new MyAppfold()",
        "https://cdn.shop/appfold/logo.png",
        "Vantage-Apps",
        "VantageApps",
        "societa elan",
        "App\u00adfold",
        "ＡＰＰＦＯＬＤ",
        "http://login.appfold.example/",
        "xn--bcher-kva.example",
    ],
)
def test_a_word_is_found(text: str) -> None:
    assert find(text, WORDS) != []


@pytest.mark.parametrize(
    "text", ["appfolder", "snappfold", "advantage apps", "app fold", "notappfold", "vantage the apps", "", "élan"]
)
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert find(text, WORDS) == []


def test_of_two_words_at_one_place_the_longer_is_told() -> None:
    assert hit("write to help@appfold.example").word == "help@appfold.example"
    assert hit("see appfold.example").word == "appfold.example"


WRAPPED: dict[str, Callable[[str], str]] = {
    "html": lambda plain: "".join(f"&#{ord(each)};" for each in plain),
    "url": lambda plain: "".join(f"%{each:02X}" for each in plain.encode()),
    "escape": lambda plain: json.dumps("é" + plain).replace("A", "\\u0041"),
    "quoted-printable": lambda plain: "".join(f"={each:02X}" for each in plain.encode()),
    "base64": lambda plain: base64.b64encode(f"in {plain} it".encode()).decode(),
}


@pytest.mark.parametrize("wrapping", WRAPPED)
def test_a_wrapped_word_is_found_where_it_stands(wrapping: str) -> None:
    found = hit("first line\nthe " + WRAPPED[wrapping]("Appfold"))
    assert (found.word, found.wrapped, found.line) == ("Appfold", wrapping, 2)
    assert found.column >= 5
    assert "Appfold" in found.excerpt


def test_a_soft_line_break_of_a_mail_hides_nothing() -> None:
    body = quopri.encodestring(("x" * 66 + " é Appfold it").encode()).decode()
    assert "Appfold" not in body
    assert hit(body).wrapped == "quoted-printable"


def test_wrapped_twice_is_found_too() -> None:
    inner = html.escape("<Société>") + " &#65;ppfold"
    assert hit(base64.b64encode(inner.encode()).decode().replace("=", "%3D")).word == "Appfold"


@given(st.sampled_from(list(WRAPPED)), st.text("abc ,.;\n", max_size=30), st.sampled_from(["Appfold", "Vantage Apps"]))
def test_no_wrapping_hides_a_word_in_any_text(wrapping: str, around: str, planted: str) -> None:
    found = find(f"{around} {WRAPPED[wrapping](planted)} {around}", WORDS)
    assert [each.word for each in found] == [planted]
    assert found[0].line == around.count("\n") + 1


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    for each in find(text, WORDS, markup=True):
        assert each.line >= 1 <= each.column
    planted = find(f"{text} Appfold", WORDS)
    assert "Appfold" in [each.word for each in planted]


@pytest.mark.parametrize(
    ("page", "place", "detail"),
    [
        ("<p>by Appfold</p>", "text", ""),
        ('<p><img alt="the Appfold logo"></p>', "attribute", "alt"),
        ("<a data-to='/x' href=/appfold/>x</a>", "attribute", "href"),
        ("<!-- built by Appfold -->", "comment", ""),
        ('<script>var x = "<b>appfold"</script>', "script", ""),
        ("<style>.appfold-box { }</style>", "style", ""),
        ("<script>1</script><p>Appfold", "text", ""),
    ],
)
def test_the_place_in_a_page(page: str, place: str, detail: str) -> None:
    found = hit("<html>\n" + page, markup=True)
    assert (found.place, found.detail, found.line) == (place, detail, 2)


def test_line_and_column_count_from_one() -> None:
    found = hit("a\nbé\n  Appfold")
    assert (found.line, found.column) == (3, 3)
    assert (hit("Appfold").line, hit("Appfold").column) == (1, 1)


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("ab", "name", "short"),
        ("  . -", "name", "short"),
        ("a" * 121, "name", "long"),
        ("Appfold", "logo", "kind"),
        ("localhost", "host", "host"),
        ("a b.example", "host", "host"),
        ("appfold.example", "address", "host"),
    ],
)
def test_a_word_that_cannot_be_looked_for(text: str, kind: str, code: str) -> None:
    with pytest.raises(UnusableWord) as told:
        word(text, kind)
    assert told.value.code == code


def test_a_word_as_it_is_looked_for() -> None:
    assert word("  Vantage \n Apps ", "name") == Word("Vantage Apps", "name")
    assert word("Appfold.Example.", "host") == Word("appfold.example", "host")
    assert each_once([Word("A b", "name"), Word("Á B", "name")]) == [Word("A b", "name")]


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_the_score_is_whole_only_when_nothing_was_found(looked_at: int, leaking: int) -> None:
    found = score(looked_at=looked_at, leaking=min(leaking, looked_at))
    assert 0 <= found <= 100
    assert (found == 100) is (leaking == 0)


def test_where_nothing_was_looked_at_nothing_is_proved() -> None:
    assert score(looked_at=0, leaking=0) == 0


def test_quoting_an_address_hides_nothing() -> None:
    assert hit(quote("/x?to=é Appfold")).word == "Appfold"


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 40_000,
        "\n x notice \n" * 10_000,
        " x notice" * 10_000,
        "<" + "a" * 40_000 + " appfold" * 5,
        "appfold " * 40_000,
    ],
    ids=["lines", "notices", "no-notices", "attribute", "words"],
)
def test_a_text_made_to_be_slow_holds_up_nothing(text: str) -> None:
    """Pages of others: each of these took minutes where it is as long as a page may be."""
    words = [Word("Appfold", "name"), Word("x notice", ALLOWED)]
    begun = process_time()
    found = find(text, words, markup=True)
    assert process_time() - begun < 3
    assert len(found) == min(MOST_PLACES, text.count("appfold"))


def test_a_text_with_everything_wrapped_in_everything_needs_little_memory() -> None:
    """Each way of unwrapping it gives another text: hundreds, of which few are held at a time. A page may be two million letters long."""
    one = (
        "  ".join(
            (
                "&#37;41",
                "%26%2365;",
                "\\u0025\\u0034",
                "=26=2365;",
                "xn--bcher-kva",
                "&amp;#x41;",
                "%5Cu0041",
                "=5Cu0041",
            )
        )
        + "\n"
    )
    text = (one + base64.b64encode(one.encode()).decode() + "\n") * 100
    tracemalloc.start()
    try:
        assert find(text, WORDS) == []
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60 * len(text)
