"""Host names: the laws of normalizing, and what cannot be taken."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.hosts import LONGEST, RESERVED, label_from_name, normalize_host, refuse_label, show_host, to_ascii

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
letters = st.text(st.sampled_from("abcxyzABC019-_. :/?#@%üßéİıſ。．ａＢΣς\u00ad\u200d\u202e\x00\r\n\t"), max_size=40)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("www.Example.COM", "www.example.com"),
        ("https://www.example.com/", "www.example.com"),
        ("http://www.example.com:8080/a?b#c", "www.example.com"),
        ("www.example.com.", "www.example.com"),
        ("www.example.com.:443", "www.example.com"),
        ("  shop.example.com\n", "shop.example.com"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("shop．example。com", "shop.example.com"),
        ("shop.example.com?x", "shop.example.com"),
        ("faß.example", "xn--fa-hia.example"),  # and not fass.example, which is somebody else's
        ("FAẞ.example", "xn--fa-hia.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("क्‍ष.example", "xn--11b2ezcw70k.example"),  # the joiner makes another letter there
    ],
)
def test_what_people_type_becomes_a_host_name(typed: str, name: str) -> None:
    assert normalize_host(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "", ".", "..", "a..b", ".example.com", "example..com", "-a.example.com", "a-.example.com", "a_b.example.com",
        "user@example.com", "user:secret@example.com", "127.0.0.1", "1.0x7f", "example.127", "[::1]", "::1", "2130706433",
        "0x7f.0x1", "*.example.com", "exa mple.com", "example.com\r\nX: y", "example.com\x00", "a" * 64 + ".com",
        ".".join(["a" * 60] * 5), "a/../b", "℀.example", "x" * 5000, "…", "\u202eexample.com", "http://",
        "app\u200dle.example", "a\u200cb.example", "i❤.example",
    ],
)  # fmt: skip
def test_what_is_no_host_name_is_refused(typed: str) -> None:
    assert normalize_host(typed) is None or typed == "a/../b"


def test_a_path_is_cut_off_before_anything_is_read() -> None:
    assert normalize_host("a/../b") == "a"


@given(letters)
def test_normalizing_twice_is_normalizing_once(typed: str) -> None:
    once = normalize_host(typed)
    assert once is None or normalize_host(once) == once


@given(letters | st.text(max_size=300))
def test_a_normalized_name_has_only_whole_labels(typed: str) -> None:
    name = normalize_host(typed)
    if name is not None:
        assert len(name) <= 253
        assert all(LABEL.fullmatch(label) for label in name.split("."))
        assert name.isascii()


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("", "form"), ("ab", "short"), ("abc", None), ("a" * 40, None), ("a" * 41, "long"), ("a" * 64, "long"),
        ("bella-napoli", None), ("-abc", "form"), ("abc-", "form"), ("a.b", "form"), ("a_b", "form"), ("ABC", "form"),
        ("xn--bcher-kva", "form"), ("ab--cd", "form"), ("a--b", None), ("bücher", "form"), ("abc\n", "form"),
        ("www", "reserved"), ("vendor", "reserved"), ("postmaster", "reserved"), ("admin", "reserved"),
    ],
)  # fmt: skip
def test_a_label_is_taken_or_refused_with_the_reason(label: str, code: str | None) -> None:
    assert refuse_label(label) == code


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Bella Napoli", "bella-napoli"), ("Élan Coiffure", "elan-coiffure"), ("  A  ", ""), ("", ""), ("日本", ""),
        ("Admin", ""), ("Müller & Söhne GmbH", "muller-sohne-gmbh"), ("x--y", "x-y"),
    ],
)  # fmt: skip
def test_a_label_is_proposed_from_a_name(name: str, label: str) -> None:
    assert label_from_name(name) == label


@given(st.text(max_size=120))
def test_what_is_proposed_can_be_taken(name: str) -> None:
    label = label_from_name(name)
    assert label == "" or refuse_label(label) is None
    assert len(label) <= LONGEST
    assert label not in RESERVED


def test_names_in_other_letters_are_shown_unless_they_could_deceive() -> None:
    def shown(text: str) -> str:
        return show_host(to_ascii(text))

    for text in (
        "bücher.example",
        "élan.example",
        "почта.example",
        "東京タワー.example",
        "αθήνα.example",
        "faß.example",
    ):
        assert shown(text) == text
    for text in ("pаypal.example", "gооgle.example", "аpple.example"):  # with letters of the Cyrillic alphabet
        assert shown(text).startswith("xn--")
    # Of one alphabet from end to end, and read as apple, scope, paypal, vina, iota, google.
    for text in ("аррӏе", "ѕсоре", "раураӏ", "νινα", "ιοτα", "ɡooɡle"):
        assert shown(f"{text}.example").startswith("xn--")
    assert shown("аррӏе.почта").endswith(".почта")  # label by label
    for plain in ("rosa.example", "*.rosa.example", "xn--.example", "xn--a.example", "xn--99999999.example"):
        assert show_host(plain) == plain


#: Of several alphabets, with those that look like others among them, digits, marks, and what is not seen.
_MIXED = (
    "abcelopxyzß019-" + "асеорхӏудябж" + "αιονρβδς" + "օոսհաբ" + "סוחאב" + "ɑɡıüéł" + "東京カ" + "\u0301\u200d\u00b7"
)
_PLAIN = re.compile(r"[a-z0-9-]+")


@given(st.text(st.sampled_from(_MIXED), min_size=1, max_size=12))
def test_what_is_shown_in_other_letters_deceives_nobody(typed: str) -> None:
    host = normalize_host(typed)
    if host is None or not host.startswith("xn--"):
        return
    shown = show_host(host)
    if shown == host:
        return
    assert normalize_host(shown) == host  # typed as it is shown, it is the same name
    alphabets = {unicodedata.name(letter).partition(" ")[0] for letter in shown if letter.isalpha()}
    assert len(alphabets - {"CJK", "KATAKANA"}) <= 1
    # Even if each letter that has a twin were exchanged for it, no plain name would come of it.
    assert not _PLAIN.fullmatch("".join(_TWINS.get(letter, letter) for letter in shown))


_TWINS = dict(zip("асеорхӏуαιονροօոսհסוחɑɡı", "aceopxlyaiovpoonuholnagi", strict=True))
