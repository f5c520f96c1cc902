"""Tenants' words in mails: placeholders only."""

from __future__ import annotations

import re

import pytest
from django.template import Context, Engine
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.wording import Problem, Wording, fill, filled_paragraphs, names, paragraphs, pieces, problems

KNOWN = ("name", "account", "inviter", "button")
GOOD = Wording(subject="Hello {name}", body="Welcome to {account}.\n\n{button}\n\nBye", label="Come in")
#: Texts in which braces and words of ours are likely.
TEXTS = st.lists(
    st.sampled_from(["{name}", "{account}", "{", "}", "{{", "}}", "$", "%", "name", "7*7", " ", "\n", "{x}", "a", "ß"]),
    max_size=20,
).map("".join) | st.text(max_size=60)


def told(field: str = "body", **changes: str) -> list[Problem]:
    wording = Wording(**{"subject": GOOD.subject, "body": GOOD.body, "label": GOOD.label, **changes})
    found = problems(wording, known=KNOWN, required=("button",), secret=("inviter",))
    assert all(each.field == field for each in found), found
    return found


@pytest.mark.parametrize(
    "text",
    ["{{7*7}}", "{{ name.x }}", "{% if x %}", "${7*7}", "${}", "<%= 7*7 %>", "#{7*7}", "{}", "{0}", "{7*7}", "[[name]]",
     "*|NAME|*", "%(name)s", "%s", "{# x #}", "{!r}", "{name!r}", "{name.__class__}", "{{name}}", "${name}", "\\{name}"],
)  # fmt: skip
def test_what_belongs_to_other_programs_is_printed_as_it_is(text: str) -> None:
    assert fill(f"a {text} b", {"name": "Carl", "account": "Elan"}) == f"a {text} b"


def test_words_that_are_run_would_be_seen() -> None:
    """I6's positive control: the engines that one would take instead compute, or let out what nobody meant to say."""
    engine = Engine()
    assert engine.from_string("{% widthratio 7 1 7 %}").render(Context()) == "49"
    assert "str" in "{name.__class__}".format(name="Carl")
    for text in ("{% widthratio 7 1 7 %}", "{name.__class__}"):
        assert fill(text, {"name": "Carl"}) == text


@given(TEXTS)
def test_filling_with_its_own_names_changes_nothing(text: str) -> None:
    assert fill(text, {}) == text
    assert fill(text, {name: f"{{{name}}}" for name in names(text)}) == text
    assert "".join(f"{{{part}}}" if is_name else part for part, is_name in pieces(text)) == text


@given(TEXTS, st.text(max_size=30))
def test_a_value_is_never_looked_into(text: str, value: str) -> None:
    found = fill(text, {"name": value + "{account}", "account": "never"})
    expected = "".join(
        (value + "{account}" if part == "name" else "never" if part == "account" else f"{{{part}}}")
        if is_name
        else part
        for part, is_name in pieces(text)
    )
    assert found == expected


@given(TEXTS, TEXTS)
def test_what_passes_has_the_button_and_no_open_brace(subject: str, body: str) -> None:
    wording = Wording(subject=subject, body=body, label="Go")
    if not problems(wording, known=KNOWN, required=("button",)):
        for text in (subject, body):
            assert set(names(text)) <= set(KNOWN)
            assert text.count("{") == text.count("}")
        assert filled_paragraphs(body, {}, optional=()).count(None) == 1
        assert "button" not in names(subject)


def test_good_words_have_no_problem() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"subject": "Hi {nam}"}, Problem("subject", "unknown", "nam", "name")),
        ({"subject": "Hi {Name}"}, Problem("subject", "unknown", "Name", "name")),
        ({"subject": "Hi {first name}"}, Problem("subject", "unknown", "first name", "name")),
        ({"subject": "Hi {zzz}"}, Problem("subject", "unknown", "zzz", "")),
        ({"subject": "Hi {{name}}"}, Problem("subject", "signs", "{{name}}", "name")),
        ({"subject": "Hi ${ name }"}, Problem("subject", "signs", "${ name }", "name")),
        ({"subject": "Hi { name }"}, Problem("subject", "signs", "{ name }", "name")),
        ({"subject": "Hi {name"}, Problem("subject", "open", "{name", "")),
        ({"subject": "Hi name}"}, Problem("subject", "closed", "Hi name}", "")),
        ({"subject": "Hi {inviter}"}, Problem("subject", "not-here", "inviter", "")),
        ({"subject": "Hi {button}"}, Problem("subject", "not-here", "button", "button")),
        ({"subject": " "}, Problem("subject", "empty")),
        ({"subject": "x" * 151}, Problem("subject", "too-long", "150")),
        ({"label": ""}, Problem("label", "empty")),
        ({"body": "No link"}, Problem("body", "lost", "button")),
        ({"body": "Go {button} now"}, Problem("body", "alone", "button")),
        ({"body": "{button}\n\n{button}"}, Problem("body", "alone", "button")),
        ({"body": "{account} is {butten}"}, Problem("body", "unknown", "butten", "button")),
    ],
)
def test_what_would_not_come_out_as_meant_is_told_at_its_field(changes: dict[str, str], expected: Problem) -> None:
    [field] = changes
    assert told(field, **changes)[0] == expected


@pytest.mark.parametrize("text", ["{{7*7}}", "{% x %}", "${7}", "<%= x %>", "{{ brand.name }}", "{}"])
def test_what_belongs_to_other_programs_is_no_problem(text: str) -> None:
    assert told(body=f"{text}\n\n{{button}}") == []


def test_a_paragraph_whose_words_are_all_missing_leaves() -> None:
    body = "Hello {name},\n\nReason: {reason}\n\n{button}\n\nline one\nline two"
    found = filled_paragraphs(body, {"name": "Carl", "reason": ""}, optional=("reason",))
    assert found == ["Hello Carl,", None, "line one\nline two"]
    assert filled_paragraphs(body, {"name": "", "reason": "x"}, optional=("reason",))[0] == "Hello ,"


@given(st.text(alphabet="ab \n\r\t", max_size=40))
def test_paragraphs_are_never_empty(body: str) -> None:
    assert all(part and part == part.strip() and not re.search(r"\n[ \t]*\n", part) for part in paragraphs(body))
