"""Labels for many names: what is proposed can be had, and says the client's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.hostlabels import propose_labels, read_label
from sublet.core.hosts import RESERVED, normalize_host, show_host

NAMES = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            ["Bella Napoli", "Bella-Napoli", "Mail", "Ωmega", "Пекарня", "株式会社A", "--", "ß", "a", "x" * 200]
        ),
    ),
    max_size=12,
)
TAKEN = st.sets(st.sampled_from(["bella-napoli", "bella-napoli-2", "c-1", "mail-2", "caffe"]))


@given(NAMES, TAKEN)
def test_every_proposal_can_be_typed_and_no_two_are_the_same(names: list[str], taken: set[str]) -> None:
    labels = propose_labels(names, taken)
    assert len(labels) == len(names) == len(set(labels))
    assert not set(labels) & (taken | RESERVED)
    for label in labels:
        assert read_label(label) == (label, "")
        assert normalize_host(f"{label}.clients.agency.example") == f"{label}.clients.agency.example"


@given(NAMES, NAMES, TAKEN)
def test_a_proposal_does_not_depend_on_those_behind_it(names: list[str], more: list[str], taken: set[str]) -> None:
    assert propose_labels([*names, *more], taken)[: len(names)] == propose_labels(names, taken)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Bella Napoli", "bella-napoli"),
        ("Caffè dell’Università & Figli", "caffe-dell-universita-figli"),
        ("Straße 7", "strasse-7"),
        ("Çelësi i Artë", "celesi-i-arte"),
        ("Mail", "mail-2"),
        ("www", "www-2"),
        ("Hm", "hm-2"),
        ("xn--evil", "xn-evil"),
        ("Пекарня", "xn--80ajpngj0i"),
        ("!!!", "c-1"),
        ("", "c-1"),
        ("A" * 80, "a" * 40),
    ],
)
def test_what_names_become(name: str, label: str) -> None:
    assert propose_labels([name]) == [label]


def test_the_same_name_is_counted_on() -> None:
    assert propose_labels(["Bella Napoli"] * 3, {"bella-napoli-2"}) == [
        "bella-napoli",
        "bella-napoli-3",
        "bella-napoli-4",
    ]
    assert [show_host(label) for label in propose_labels(["Пекарня"] * 2)] == ["пекарня", "пекарня-2"]
    assert propose_labels(["!", "?"]) == ["c-1", "c-2"]
    assert propose_labels(["y" * 60] * 2) == ["y" * 40, "y" * 38 + "-2"]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (" Bella-Napoli ", ("bella-napoli", "")),
        ("Bäckerei", ("xn--bckerei-5wa", "")),
        ("a.b", ("", "form")),
        ("https://x", ("", "form")),
        ("pаypal", ("", "form")),  # the second letter is Cyrillic
        ("раураӏ", ("", "form")),  # all of them are
        ("xn--80aa0cbo65f", ("", "form")),  # the same, as DNS knows it
        ("ádmin", ("", "reserved")),
        ("Straße", ("xn--strae-oqa", "")),
        ("app\u200dle", ("", "form")),
        ("ab", ("", "short")),
        ("x" * 41, ("", "long")),
        ("x" * 100, ("", "long")),
        ("admin", ("", "reserved")),
        ("a b", ("", "form")),
        ("", ("", "form")),
    ],
)
def test_what_is_typed_is_read(typed: str, answer: tuple[str, str]) -> None:
    assert read_label(typed) == answer


@given(st.text(st.sampled_from("abopx019-ßéüасеорхӏудяαιονρβδ東ɑı\u0301\u200d"), min_size=1, max_size=10))
def test_no_label_is_given_that_looks_like_another(typed: str) -> None:
    label, code = read_label(typed)
    assert bool(label) != bool(code)
    if label.startswith("xn--"):
        assert show_host(label) != label  # people can be shown it in its own letters
        assert read_label(show_host(label)) == (label, "")
