"""From words and a brand to the two parts of a mail.

Our own words are one plain template, ``mails/<name>.txt``: its first line is the subject, then paragraphs with empty lines
between them; a line ``=> label | address`` is a button. A brand may have a `Wording` of its own instead, which is no template
at all: words and placeholders (`core.wording`). Both the plain and the HTML part are made from the same paragraphs, so they
cannot disagree.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape

from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from mjml import mjml2html

from sublet.branding.queries import BrandView
from sublet.core.colors import palette
from sublet.core.wording import Wording, fill, filled_paragraphs
from sublet.messaging.looks import dressed
from sublet.messaging.worded import Placeholder, Value, WordedMail

_BUTTON = re.compile(r"^=> (?P<label>.+?) \| (?P<url>\S+)\Z")
_WEB = re.compile(r"https?://[^\s\"'<>\\]+\Z")
_SUBJECT_LENGTH = 200
_VALUE_LENGTH = 2000
#: Around each value while the template renders, from the private area of Unicode: so a value can never be taken for a
#: line of the template, whatever stands in it.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKS = re.compile(f"[{_OPEN}{_CLOSE}]")
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: What stands for a code, or for the end of an address, that its reader alone may know.
HIDDEN = "\u2022\u2022\u2022\u2022\u2022\u2022"
_ALWAYS_HIDDEN = frozenset({"code", "token", "url"})
#: The numbers of our own words while they are shown as placeholders: many, and nothing else in them.
_STAND_IN = 90_001


#: Blanks but for U+00A0 and U+202F, after which no line breaks.
_BLANKS = re.compile(r"[^\S\u00a0\u202f]+")


class _Given(str):
    """A value that marks itself when a template writes it; comparing it and asking whether it is empty see the value."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{_OPEN}{str.__str__(self)}{_CLOSE}"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text, or a button when `url` is set."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """Subject on one line, plain part, HTML part."""

    subject: str
    text: str
    html: str


def one_line(value: str) -> str:
    """A value safe in a mail: one line, no control characters, no tricks with the direction of writing."""
    kept = value[: _VALUE_LENGTH * 4]
    if not kept.isprintable():  # what is has no sign but letters, marks and the plain blank: most values are
        kept = "".join(" " if c in "\r\n\t\v\f\x85\u2028\u2029" else c for c in kept if _harmless(c))
    return _with_single_blanks(kept)[:_VALUE_LENGTH]


def _with_single_blanks(text: str) -> str:
    """The text with one blank for each run of them. Those that hold words together, as in « à Rome », stay what they are."""
    return _BLANKS.sub(" ", text).strip()


def header_text(value: str, most: int) -> str:
    """A value safe in a header: `one_line`, and nothing that a mail program would decode into something else (RFC 2047)."""
    return one_line(value).replace("=?", "= ?")[:most].strip()


def _harmless(char: str) -> bool:
    if char in "\r\n\t\v\f\x85":
        return True
    return unicodedata.category(char) not in {"Cc", "Cs", "Cn", "Co"} and char not in _TURNS


def _given(value: str) -> str:
    clean = one_line(value)
    return _Given(clean) if clean else ""


def hidden(context: Mapping[str, Value], *, origin: str) -> dict[str, Value]:
    """The same values without what works once: every address, and every code; also among lines."""

    def without(name: str, value: str) -> str:
        if _WEB.match(value.strip()):
            return f"{origin}/{HIDDEN}"
        return HIDDEN if name in _ALWAYS_HIDDEN else value

    return {
        name: tuple(without(name, each) for each in value)
        if isinstance(value, tuple)
        else without(name, value)
        if isinstance(value, str)
        else value
        for name, value in context.items()
    }


def _marked(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(_given(each) for each in value)
    return _given(value) if isinstance(value, str) else value


@lru_cache(maxsize=256)
def _for_template(brand: BrandView) -> BrandView:
    return replace(
        brand,
        name=_given(brand.name),
        sender_name=_given(brand.sender_name),
        support_name=_given(brand.support_name),
        support_email=_given(brand.support_email),
        support_phone=_given(brand.support_phone),
        support_url=_given(brand.support_url),
        support_hours=_given(brand.support_hours),
        footer=_given(brand.footer),
    )


def _plain(marked: str) -> str:
    return _MARKS.sub("", marked)


def _paragraph(block: str) -> Paragraph:
    match = _BUTTON.match(block)
    if match is not None and _WEB.match(_plain(match["url"])):
        return Paragraph(_plain(match["label"]), _plain(match["url"]))
    return Paragraph(_plain(block))


def _on_behalf(acting: tuple[str, str] | None) -> str:
    """In the language now active: that a visitor caused the mail. A reseller's staff in its own name needs only one name."""
    if acting is None:
        return ""
    visitor, person = (one_line(name) for name in acting)
    if visitor == person:
        return _("Written by %(visitor)s during a visit to this account.") % {"visitor": visitor}
    return _("Written by %(visitor)s on behalf of %(person)s.") % {"visitor": visitor, "person": person}


@dataclass(frozen=True, slots=True)
class _Said:
    """What a mail says, filled in."""

    subject: str
    paragraphs: list[Paragraph]
    heading: str = ""


def _by_template(template: str, values: Mapping[str, Value], brand: BrandView) -> _Said:
    """In the language now active: what our own template says."""
    found = get_template(f"mails/{template}.txt")
    given = {name: _marked(value) for name, value in values.items()}
    # The plain text is not markup, so nothing is escaped in it; the frame escapes for HTML, once.
    inside = Context({**given, "brand": _for_template(brand)}, autoescape=False)
    plain = found.template.render(inside)  # type: ignore[attr-defined]  # the engine's own template, which takes a Context
    head, _line, body = plain.strip().partition("\n")
    blocks = [_with_single_blanks(block) for block in re.split(r"\n\s*\n", body) if block.strip()]
    subject = header_text(_plain(head), _SUBJECT_LENGTH)
    if not subject or not blocks:
        raise ValueError(f"the mail {template} has no subject or no text")
    return _Said(subject, [_paragraph(block) for block in blocks])


def _filled(placeholder: Placeholder, value: Value) -> str:
    """A value where a brand's words have the placeholder: one line, or one paragraph for each of its lines."""
    if placeholder.optional and value == placeholder.nothing:
        return ""
    if isinstance(value, tuple):
        return "\n\n".join(filter(None, map(one_line, value)))
    return one_line(str(value))


def _by_wording(wording: Wording, kind: WordedMail, values: Mapping[str, Value], brand: BrandView) -> _Said:
    """What a brand's own words say. No value is looked into, and none makes a second line."""
    given = {each.name: _filled(each, values[each.name]) for each in kind.placeholders if each.name in values}
    given["brand"] = one_line(brand.name)
    url = one_line(str(values.get("url", "")))
    paragraphs = []
    for text in filled_paragraphs(wording.body, given, optional=kind.optional):
        if text is not None:
            # An empty line can come of `Placeholder.lines` alone: no other value has more than one.
            for block in text.split("\n\n"):
                paragraphs.append(Paragraph("\n".join(filter(None, map(one_line, block.split("\n"))))))
        elif _WEB.match(url):
            paragraphs.append(Paragraph(one_line(fill(wording.label, given)), url))
    return _Said(
        subject=header_text(fill(wording.subject, given), _SUBJECT_LENGTH),
        paragraphs=[each for each in paragraphs if each.text],
        heading=one_line(fill(wording.heading, given)),
    )


def our_wording(kind: WordedMail, language: str, brand: BrandView) -> Wording:
    """Our own words for this kind in `language`, with placeholders where values go: what a brand's own begin from."""
    numbers = {each.name: _STAND_IN + place for place, each in enumerate(kind.placeholders) if each.number is not None}
    tokens: dict[str, Value] = {
        each.name: (f"{{{each.name}}}",) if each.lines else f"{{{each.name}}}" for each in kind.placeholders
    }
    values: dict[str, Value] = {
        **tokens,
        **numbers,
        "url": "https://x/",
        **{name: fits[0] for name, fits in kind.fixed.items()},
    }
    with translation.override(language):
        said = _by_template(kind.template, values, replace(brand, name="{brand}"))

    def named(text: str) -> str:
        for name, number in numbers.items():
            text = text.replace(str(number), f"{{{name}}}")
        return text

    button = next((each.text for each in said.paragraphs if each.url), "")
    body = "\n\n".join("{button}" if each.url else named(each.text) for each in said.paragraphs)
    return Wording(subject=named(said.subject), body=body, label=button)


#: What stands for the texts of a mail in its frame: nobody's text has it, since nobody can know it; and MJML, which writes other
#: signs than these into attributes as a program would (``Caff\\u{e8}``), leaves it as it is.
_STAND = f"s{secrets.token_hex(8)}x"
_STANDING = re.compile(f"{_STAND}([0-9]+)z")
_SUBJECT, _HEADING, _ACTING, _FIRST = range(4)


def _stand_in(place: int) -> str:
    return f"{_STAND}{place}z"


#: A part of a mail that waits for its texts: what stands between them, and their numbers.
_Waiting = tuple[str | int, ...]


def _waiting(frame: str) -> _Waiting:
    return tuple(int(each) if place % 2 else each for place, each in enumerate(_STANDING.split(frame)))


def _with_texts(frame: _Waiting, texts: Sequence[str]) -> str:
    return "".join([each if isinstance(each, str) else texts[each] for each in frame])


def _parts(said: _Said, behalf: str, brand: BrandView, language: str, origin: str) -> tuple[str, str]:
    """The plain part and the HTML one: the frames of a brand with its texts. In the language now active."""
    texts = [said.subject, said.heading, behalf]
    marked: list[str] = [escape(each) for each in texts]
    for each in said.paragraphs:
        texts += [each.text, each.url]
        # As the frame's own template writes them, and as MJML gives them out.
        marked += [escape(each.text) if each.url else escape(each.text).replace("\n", "<br />"), escape(each.url)]
    shape = tuple(bool(each.url) for each in said.paragraphs)
    plain, html = _frames(brand, language, origin, shape, bool(said.heading), bool(behalf))
    return _with_texts(plain, texts).strip() + "\n", _with_texts(html, marked)


@lru_cache(maxsize=256)
def _frames(
    brand: BrandView, language: str, origin: str, shape: tuple[bool, ...], has_heading: bool, has_acting: bool
) -> tuple[_Waiting, _Waiting]:
    """The plain part and the HTML one of a mail with so many paragraphs, of which those are buttons, before any text is in it. In
    that language, which must be active.

    Kept, because MJML takes as long as all else of a mail together, and many mails differ in their texts alone.
    """
    colors = palette(brand.color)
    paragraphs = [
        Paragraph(_stand_in(_FIRST + 2 * number), _stand_in(_FIRST + 2 * number + 1) if is_button else "")
        for number, is_button in enumerate(shape)
    ]
    told = {
        "brand": brand,
        "button": colors.fill,
        "on_button": colors.on_fill,
        "language": language,
        "subject": _stand_in(_SUBJECT),
        "heading": _stand_in(_HEADING) if has_heading else "",
        "paragraphs": paragraphs,
        "acting": _stand_in(_ACTING) if has_acting else "",
        "origin": origin,
        "two_logos": brand.logo_dark_url not in {"", brand.logo_url},
    }
    html = dressed(mjml2html(render_to_string("messaging/layout.mjml", told)), brand)
    return _waiting(render_to_string("messaging/layout.txt", told)), _waiting(html)


def render_mail(
    *,
    template: str,
    brand: BrandView,
    language: str,
    context: Mapping[str, Value],
    origin: str,
    acting: tuple[str, str] | None = None,
    wording: Wording | None = None,
    kind: WordedMail | None = None,
    ground: str = "",
) -> RenderedMail:
    """The mail in `language` and in the brand. `origin` is the address at which the brand's images are found.

    `acting`: who caused it in whose place, if it was written during a visit; the mail says so under its text. `wording`: a
    brand's own words for this `kind`, in place of the template. `ground`: ``dark`` or ``light`` shows it on that ground
    whatever the reader's program prefers, for previews.

    Values are placeholders' contents and nothing else: they are neither templates nor markup. Raises TemplateDoesNotExist
    for a template that no app has, ValueError when it has no subject or no text.
    """
    with translation.override(language):
        if wording is not None and kind is not None:
            said = _by_wording(wording, kind, context, brand)
        else:
            said = _by_template(template, context, brand)
        behalf = _on_behalf(acting)
        text, html = _parts(said, behalf, brand, language, origin)
    if ground:
        html = _on_ground(html, ground)
    return RenderedMail(subject=said.subject, text=text, html=html)


def _on_ground(html: str, ground: str) -> str:
    """The mail as a program shows it that prefers this ground."""
    chosen = "all" if ground == "dark" else "not all"
    return html.replace("@media (prefers-color-scheme: dark)", f"@media {chosen}")
