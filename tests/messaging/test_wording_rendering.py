"""A brand's own words as mails: every kind, every language, and nothing that is ever run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from sublet.core.tree import MOVES
from sublet.core.wording import Wording, problems
from sublet.messaging.kinds import kind_of
from sublet.messaging.rendering import HIDDEN, hidden, our_wording, render_mail
from sublet.messaging.worded import Value, WordedMail, all_kinds, kind_called, worded_mail_of
from tests.messaging.test_rendering import BRAND, ORIGIN, URL

LANGUAGES = ("en", "it", "sq", "nl", "fr", "pt")
LITERAL = ["{{7*7}}", "{% now 'Y' %}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "{{ brand.name }}", "%(name)s", "{# x #}"]


def values(kind: WordedMail) -> dict[str, Value]:
    told = {name: value if value != "" else f"<{name}>" for name, value in kind.examples.items()}
    return {**told, "url": URL, **{name: fits[0] for name, fits in kind.fixed.items()}}


def own(wording: Wording, key: str = "invitation-new", **changes: str) -> str:
    kind = kind_called(key)
    assert kind is not None
    context = {**values(kind), **changes}
    mail = render_mail(
        template=kind.template, brand=BRAND, language="en", context=context, origin=ORIGIN, wording=wording, kind=kind
    )
    return mail.text + "\x00" + mail.html


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.key)
def test_our_own_words_can_be_taken_over_as_they_are(kind: WordedMail) -> None:
    """In each language they pass the check, and the mail made of them is the mail that we would have sent."""
    for language in LANGUAGES:
        wording = our_wording(kind, language, BRAND)
        assert problems(wording, known=kind.known, required=kind.needed, secret=kind.secrets) == []
        facts = {"template": kind.template, "brand": BRAND, "language": language, "context": values(kind)}
        ours = render_mail(**facts, origin=ORIGIN)  # type: ignore[arg-type]  # a test's own mixture
        same = render_mail(**facts, origin=ORIGIN, wording=wording, kind=kind)  # type: ignore[arg-type]  # as above
        assert (same.subject, same.text) == (ours.subject, ours.text)
        assert worded_mail_of(kind.template, values(kind)) == kind


@pytest.mark.parametrize("text", LITERAL)
def test_nothing_in_a_brands_words_is_ever_run(text: str) -> None:
    plain, _zero, html = own(Wording(f"S {text}", f"B {text}\n\n{{button}}", f"H {text}", f"L {text}")).partition(
        "\x00"
    )
    assert all(f"{sign} {text}" in plain for sign in "HBL")
    assert "49" not in plain
    assert html.count(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;")) >= 3


def test_a_brands_words_are_never_markup_and_never_a_second_button() -> None:
    evil = '<img src=x onerror=alert(1)></mj-text><mj-button href="https://evil.example">x</mj-button>'
    found = own(Wording("S", f"{evil}\n\n=> Click | https://evil.example/\n\n{{button}}", evil, "Go"))
    html = found.partition("\x00")[2]
    assert re.findall(r'href="([^"]*)"', html) == [URL]
    assert "<img src=x" not in html
    assert "<mj-" not in html


def test_values_stay_values_in_a_brands_words() -> None:
    found = own(Wording("S", "Hi {name}!\nSecond line\n\n{button}", "", "Go"), name="{account}\n\n{{7*7}} {button}")
    plain, _zero, html = found.partition("\x00")
    assert "Hi {account} {{7*7}} {button}!\nSecond line\n" in plain
    assert "<br" in html


def test_dark_programs_get_the_dark_logo_and_others_the_light_one() -> None:
    brand = replace(BRAND, logo_url="/brand/" + "0" * 64, logo_dark_url="/brand/" + "1" * 64)
    told = {"template": "test-welcome", "brand": brand, "language": "en", "origin": ORIGIN}
    told["context"] = {"name": "Carl", "note": "x", "url": URL, "hours": 2}
    html = render_mail(**told).html  # type: ignore[arg-type]  # a test's own mixture
    assert "@media (prefers-color-scheme: dark)" in html
    assert 'content="light dark"' in html
    night = re.search(r'<img[^>]*class="logo by-night"[^>]*>', html)
    assert night is not None
    assert "display:none" in night[0]  # what knows no style sheet shows the light one alone
    dark = render_mail(**told, ground="dark").html  # type: ignore[arg-type]  # as above
    assert "@media all" in dark
    assert "prefers-color-scheme: dark" not in dark


def test_what_works_once_is_hidden_from_everybody_but_its_reader() -> None:
    context: dict[str, Value] = {
        "name": "Carl",
        "url": URL + "/TOKEN",
        "code": "4829 1300",
        "other": URL,
        "days": 7,
        "lines": ("A line.", URL + "/TOKEN"),
    }
    shown = hidden(context, origin=ORIGIN)
    assert shown == {
        "name": "Carl", "url": f"{ORIGIN}/{HIDDEN}", "code": HIDDEN, "other": f"{ORIGIN}/{HIDDEN}", "days": 7,
        "lines": ("A line.", f"{ORIGIN}/{HIDDEN}"),
    }  # fmt: skip


#: A trial of one's own sender: nobody words it.
NOT_WORDED = {"sender-test"}


def test_lines_are_paragraphs_of_their_own_and_nothing_that_is_lacking_leaves_a_trace() -> None:
    kind = kind_called("limits-digest")
    assert kind is not None
    words = Wording("News", "Hi {person}\n\n{lines}\n\nand {more} more\n\n{button}", "", "Go")

    def text(**told: Value) -> str:
        context = {**values(kind), **told}
        mail = render_mail(
            template=kind.template, brand=BRAND, language="en", context=context, origin=ORIGIN, wording=words, kind=kind
        )
        return mail.text

    assert "One {more}.\n\nTwo: {{7*7}} x.\n\nand 3 more" in text(lines=("One {more}.", "Two:\n\n{{7*7}}\nx."), more=3)
    alone = text(lines=(), more=0)
    assert ("more" in alone, "{lines}" in alone) == (False, False)


def test_each_thing_that_a_template_says_is_a_kind_of_its_own() -> None:
    """What a mail is about decides whose words it has: words for a pause are not sent to a reseller that can only read."""
    said: list[tuple[str, Mapping[str, Value]]] = [
        *(("invoice-last-call", {"pauses": pauses, "limits": limits}) for pauses in (0, 1) for limits in (0, 1)),
        *(("invoice-paused", {"limits": limits}) for limits in (0, 1)),
        *(("move", {"what": "done", "kind": each}) for each in MOVES),
    ]
    kinds = [(template, told, worded_mail_of(template, told)) for template, told in said]
    found = {(template, *told.values()): kind.key for template, told, kind in kinds if kind is not None}
    assert found == {
        ("invoice-last-call", 1, 0): "invoice-last-call", ("invoice-last-call", 1, 1): "invoice-last-call-limits",
        ("invoice-last-call", 0, 0): "invoice-last-call-only", ("invoice-last-call", 0, 1): "invoice-last-call-only",
        ("invoice-paused", 0): "invoice-paused", ("invoice-paused", 1): "reseller-paused",
        ("move", "done", "detach"): "move-detached", ("move", "done", "revert"): "move-detached",
        ("move", "done", "adopt"): "move-detached", ("move", "done", "adopt-to"): "move-done",
        ("move", "done", "attach"): "move-attached", ("move", "done", "transfer"): "move-done", ("move", "done", "merge"): "move-merged",
    }  # fmt: skip


def test_every_mail_is_known_with_what_may_stand_in_it() -> None:
    """A template whose kind nobody declared could not be worded by a brand, nor be found by its kind in the list of mails."""
    source = Path(__file__).resolve().parents[2] / "src" / "sublet"
    templates = {path.stem for path in source.glob("*/templates/mails/*.txt")}
    worded = {kind.template for kind in all_kinds()}
    assert worded <= templates
    assert templates - worded <= NOT_WORDED
    # What nobody words says what it is written with: otherwise no scan would read it.
    assert {template for template in templates - worded if not kind_of(template).examples} == set()
    assert len(worded) > 20
