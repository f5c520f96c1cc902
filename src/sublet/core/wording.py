"""What a tenant may write into a mail: words and placeholders like ``{name}``, nothing that is ever run.

A placeholder is one word in single braces, alone: ``{{7*7}}``, ``{% if %}``, ``${name}`` and ``<%= x %>`` are text and stay
as they stand. `fill` never fails and never looks into a value; `problems` tells the writer what will not come out as meant.

Laws (tests/core/test_wording.py): filling with each placeholder's own form gives the text back; a value is never looked
into; what `problems` passes has every required word and leaves no open brace.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

#: Stands where the button goes: a paragraph of its own, never a word of a sentence.
BUTTON = "button"
FIELDS = ("subject", "heading", "body", "label")
ONE_LINE = ("subject", "heading", "label")
LONGEST: Mapping[str, int] = {"subject": 150, "heading": 120, "body": 5000, "label": 60}
_PLACEHOLDER = re.compile(r"(?<![{$#%\\])\{([a-z][a-z0-9_]*)\}(?!\})")
#: What somebody may have meant as one: other letters, spaces, or the signs of another program around it.
_MEANT = re.compile(r"(?P<before>[{$#%\\]?)\{[ ]*(?P<word>[^\W\d][\w .-]{0,39}?)[ ]*\}(?P<after>\}?)")
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one mail in one language. `heading` may be empty; `label` is the button's."""

    subject: str
    body: str
    heading: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that would not come out as meant, at a field. `word` is what stands there, `nearest` what may be meant.

    Codes: ``empty``, ``too-long``, ``unknown``, ``signs``, ``open``, ``closed``, ``lost``, ``not-here``, ``alone``.
    """

    field: str
    code: str
    word: str = ""
    nearest: str = ""


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in parts, and for each whether it is the name of a placeholder."""
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], False
        yield match[1], True
        end = match.end()
    if end < len(text):
        yield text[end:], False


def names(text: str) -> list[str]:
    """The placeholders of the text, in order, again for each time."""
    return [part for part, is_name in pieces(text) if is_name]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with values for its placeholders; one without a value stays as it stands."""
    return "".join(values.get(part, f"{{{part}}}") if is_name else part for part, is_name in pieces(text))


def paragraphs(body: str) -> list[str]:
    """The paragraphs of a body: empty lines stand between them, single line breaks stay."""
    parts = re.split(r"\n[ \t]*(?:\n[ \t]*)+", body.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    return [part.strip() for part in parts if part.strip()]


def is_button(paragraph: str) -> bool:
    """Whether the paragraph is the place of the button."""
    return paragraph.strip() == f"{{{BUTTON}}}"


def filled_paragraphs(body: str, values: Mapping[str, str], *, optional: Collection[str]) -> list[str | None]:
    """The paragraphs with their values; None is the button. One whose placeholders are all optional and empty leaves."""
    found: list[str | None] = []
    for paragraph in paragraphs(body):
        if is_button(paragraph):
            found.append(None)
            continue
        used = names(paragraph)
        if used and all(name in optional and not values.get(name) for name in used):
            continue
        found.append(fill(paragraph, values))
    return found


def problems(
    wording: Wording, *, known: Collection[str], required: Collection[str], secret: Collection[str] = ()
) -> list[Problem]:
    """What the writer should mend, field by field in the order of the form.

    `known` are the placeholders of this mail, with ``button`` if it has one; `required` those without which it would be
    of no use; `secret` those that must not stand in the subject, which lists show.
    """
    found: list[Problem] = []
    for field in FIELDS:
        text = str(getattr(wording, field))
        if not text.strip() and (field in {"subject", "body"} or (field == "label" and BUTTON in known)):
            found.append(Problem(field, "empty"))
        if len(text) > LONGEST[field]:
            found.append(Problem(field, "too-long", word=str(LONGEST[field])))
        allowed = [name for name in known if field == "body" or name != BUTTON]
        found += _unknown(field, text, allowed=allowed, known=known)
        found += _unbalanced(field, text)
        if field in ONE_LINE:
            found += [Problem(field, "not-here", word=name) for name in dict.fromkeys(names(text)) if name in secret]
    used = set(names(wording.body))
    found += [Problem("body", "lost", word=name) for name in required if name not in used]
    if BUTTON in used:
        places = [is_button(paragraph) for paragraph in paragraphs(wording.body)]
        if places.count(True) != 1 or names(wording.body).count(BUTTON) != 1:
            found.append(Problem("body", "alone", word=BUTTON))
    return found


def _unknown(field: str, text: str, *, allowed: Collection[str], known: Collection[str]) -> Iterator[Problem]:
    told = set()
    for match in _MEANT.finditer(text):
        word, raw = match["word"], match[0]
        plain = not match["before"] and not match["after"]
        if raw in told or (plain and word in allowed and raw == f"{{{word}}}"):
            continue
        told.add(raw)
        if plain and word in known:
            yield Problem(
                field,
                "not-here" if raw == f"{{{word}}}" else "signs",
                word=word if raw == f"{{{word}}}" else raw,
                nearest=word,
            )
        elif plain:
            yield Problem(field, "unknown", word=word, nearest=_nearest(word, allowed))
        elif word in allowed:
            yield Problem(field, "signs", word=raw, nearest=word)  # another program's way of writing one of ours


def _nearest(word: str, allowed: Collection[str]) -> str:
    like = re.sub(r"[ .-]+", "_", word.lower())
    close = get_close_matches(like, list(allowed), n=1, cutoff=0.5)
    return close[0] if close else next((name for name in allowed if name in like or like in name), "")


def _unbalanced(field: str, text: str) -> Iterator[Problem]:
    open_at: list[int] = []
    for place, char in enumerate(text):
        if char == "{":
            open_at.append(place)
        elif char == "}":
            if not open_at:
                yield Problem(field, "closed", word=text[max(0, place - _SHOWN) : place + 1].strip())
                return
            open_at.pop()
    if open_at:
        yield Problem(field, "open", word=text[open_at[0] : open_at[0] + _SHOWN].strip())
