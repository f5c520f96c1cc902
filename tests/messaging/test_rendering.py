"""Mails as they are written: two parts from one template, and values that stay values."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from mjml import mjml2html

from sublet.branding.queries import BrandView
from sublet.core.colors import palette
from sublet.messaging import rendering
from sublet.messaging.looks import dressed
from sublet.messaging.rendering import RenderedMail, one_line, render_mail
from sublet.messaging.worded import all_kinds

BRAND = BrandView(
    name="Studio Rosa", logo_url="", logo_dark_url="", icon_url="", css_url="", color="#aa3311", on_color="#ffffff",
    support_name="", support_email="ciao@rosa.example", support_phone="+39 06 1", support_url="https://rosa.example/",
    support_hours="", footer="Via Roma 1", sender_name="Rosa", language="it", is_vendor=False,
)  # fmt: skip
ORIGIN = "https://rosa.example.net"
URL = "https://rosa.example.net/invitation/abc"


def rendered(brand: BrandView = BRAND, language: str = "en", **context: str | int) -> RenderedMail:
    values: dict[str, str | int] = {"name": "Carl", "note": "hello", "url": URL, "hours": 2, **context}
    return render_mail(template="test-welcome", brand=brand, language=language, context=values, origin=ORIGIN)


def test_both_parts_say_the_same_in_the_brand() -> None:
    mail = rendered()
    assert mail.subject == "Welcome to Studio Rosa, Carl"
    for part in (mail.text, mail.html):
        for words in ("Hello Carl,", "The note says hello.", URL, "2 hours", "ciao@rosa.example", "Via Roma 1"):
            assert words in part
    assert mail.text.endswith("\n-- \nStudio Rosa\nciao@rosa.example\n+39 06 1\nhttps://rosa.example/\nVia Roma 1\n")
    assert f'href="{URL}"' in mail.html
    assert "#aa3311" in mail.html
    assert 'lang="en"' in mail.html


def test_words_come_in_the_language_of_the_recipient() -> None:
    from django.utils import translation
    from django.utils.translation import gettext

    with translation.override("it"):
        cancel = gettext("Cancel")
    assert cancel in rendered(language="it").text
    assert translation.get_language() == "en"


def test_a_mail_loads_nothing_from_strangers() -> None:
    html = rendered(replace(BRAND, logo_url="/brand/" + "0" * 64)).html
    addresses = re.findall(r"https?://[^\s\"'<>)]+", re.sub(r"<!--\[if.*?endif\]-->", "", html, flags=re.DOTALL))
    assert {address.split("/")[2] for address in addresses} <= {"rosa.example.net", "www.w3.org", "rosa.example"}
    assert "googleapis" not in html
    assert f'src="{ORIGIN}/brand/' in html


def test_a_mail_carries_no_word_of_the_software() -> None:
    mail = rendered()
    assert not re.search(r"sublet|django|mjml|vantage", mail.subject + mail.text + mail.html, re.IGNORECASE)


@pytest.mark.parametrize(
    "value",
    ["{{ url }}", "{% now 'Y' %}", "{# x #}", "${7*7}", "<%= 7*7 %>", "{{7*7}}", "%(name)s", "%s", "{name}", "{0}",
     "#{7*7}", "*|NAME|*", "[[NAME]]", "{% load i18n %}", "{{ brand.name }}", "{%"],
)  # fmt: skip
def test_what_looks_like_a_placeholder_is_printed_as_it_is(value: str) -> None:
    mail = rendered(name=value)
    assert f"Hello {value}," in mail.text
    assert value in mail.subject


@pytest.mark.parametrize(
    "value",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><b>', "</mj-text><mj-raw><b>x</b></mj-raw>",
     "<mj-include path='/etc/passwd'/>", "<mj-button href='https://evil.example'>x</mj-button>", "&lt;b&gt;", "]]>",
     "<!--", "-->", "<style>*{display:none}</style>", "Carl’s & Söhne"],
)  # fmt: skip
def test_a_value_is_never_markup(value: str) -> None:
    brand = replace(BRAND, name=value, footer=value, logo_url="/brand/x")
    mail = rendered(brand, name=value, note=value)
    assert f"Hello {value}," in mail.text
    for tag in ("<script", "<mj-", "onerror=alert(1)>", "<b>", "<style>*"):
        assert tag not in mail.html
    assert "evil.example" not in re.findall(r'href="([^"]*)"', mail.html)


@pytest.mark.parametrize(
    "value",
    ["=> Click | https://evil.example/", "=> x | javascript:alert(1)", "Bar | Grill", " => a | https://e.example"],
)
def test_a_value_never_becomes_a_button(value: str) -> None:
    mail = rendered(note=value)
    assert re.findall(r'href="([^"]*)"', mail.html) == [URL]
    assert one_line(value) in mail.text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b", "x"])
def test_an_address_that_is_none_of_the_web_is_no_button(url: str) -> None:
    assert 'href="' not in rendered(url=url).html


def test_a_logo_is_shown_with_the_brands_name_for_those_who_see_no_pictures() -> None:
    html = rendered(replace(BRAND, name='Rosa "R" & Co', logo_url="/brand/abc")).html
    assert 'alt="Rosa &quot;R&quot; &amp; Co"' in html


def test_a_template_that_says_nothing_is_a_fault() -> None:
    with pytest.raises(TemplateDoesNotExist):
        render_mail(template="test-missing", brand=BRAND, language="en", context={}, origin=ORIGIN)


@given(st.text(max_size=200))
def test_one_line_is_one_line(value: str) -> None:
    line = one_line(value)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ue000-\uf8ff]", line)


@pytest.mark.parametrize("language", ["en", "it", "sq", "nl", "fr", "pt", "xx"])
def test_every_language_can_be_written(language: str) -> None:
    assert rendered(language=language).subject


def test_blanks_that_hold_words_together_stay() -> None:
    """French sets one inside its « » and before its colons: an ordinary blank would break the line there."""
    assert one_line("«\u202fRosa\u00a0»  \u2003 dit\u202f: \u00a0") == "«\u202fRosa\u00a0» dit\u202f:"
    from sublet.messaging.wording_queries import ours_of

    ours = ours_of("invitation-new", "fr")
    assert "«\u202f{account}\u202f»" in ours.subject
    assert "« " not in ours.subject + ours.body


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_frame_that_is_kept_gives_what_mjml_would_have_made_with_the_texts(language: str) -> None:
    """Each kind of mail, with hostile texts; but for the label for screen readers, in which MJML writes “\\u{a0}” for a blank."""
    evil = "<b>x</b> & \"q\" 'z' {{7*7}} &amp; \u00a0b é 漢 <br> -- > end"

    def by_mjml(said: rendering._Said, behalf: str) -> str:
        told = {
            "brand": BRAND, "button": palette(BRAND.color).fill, "on_button": palette(BRAND.color).on_fill, "language": language,
            "subject": said.subject, "heading": said.heading, "paragraphs": said.paragraphs, "acting": behalf, "origin": ORIGIN,
            "two_logos": BRAND.logo_dark_url not in {"", BRAND.logo_url},
        }  # fmt: skip
        html = dressed(mjml2html(render_to_string("messaging/layout.mjml", told)), BRAND)
        return re.sub(r'aria-label="[^"]*"', lambda label: re.sub(r"\\u\{([0-9a-f]+)\}", _sign, label[0]), html)

    def _sign(found: re.Match[str]) -> str:
        return chr(int(found[1], 16))

    with translation.override(language):
        for number, kind in enumerate(all_kinds()):
            values = {name: evil if isinstance(value, str) else value for name, value in kind.examples.items()}
            fixed = {name: fits[0] for name, fits in kind.fixed.items()}
            said = rendering._by_template(kind.template, {**values, **fixed, "url": f"{URL}?a=1&b=2"}, BRAND)
            lines = rendering.Paragraph(f"one\n{evil}\n\nthree")
            said = replace(said, heading=evil if number % 2 else "", paragraphs=[*said.paragraphs, lines])
            behalf = evil if number % 3 else ""
            text, made = rendering._parts(said, behalf, BRAND, language, ORIGIN)
            assert made == by_mjml(said, behalf)
            assert "\\u{" not in made
            told = {"brand": BRAND, "heading": said.heading, "paragraphs": said.paragraphs, "acting": behalf}
            assert text == render_to_string("messaging/layout.txt", told).strip() + "\n"


def test_what_a_brand_types_is_never_taken_for_the_place_of_a_text() -> None:
    """Nobody can write what stands for a text: it is another in each process."""
    typed = rendering._stand_in(0).replace(rendering._STAND, "s0123456789abcdefx")
    mail = render_mail(
        template="test-welcome", brand=replace(BRAND, footer=f"{typed} {{0}} \\1"), language="en",
        context={"name": "Carl", "note": typed, "url": URL, "hours": 2}, origin=ORIGIN,
    )  # fmt: skip
    assert mail.html.count(typed) == mail.text.count(typed) == 2
