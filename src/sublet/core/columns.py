"""Which line of a list holds the headings, and which column tells what: guessed, with how sure the guess is.

Pure. A guess is a proposal: the person sees it and may change every column. Laws (tests/core/test_columns.py):

* no field is given to two columns, except those that may have many (`MANY_COLUMNS`);
* the order of the columns does not change which heading gets which field;
* a heading that says one thing over contents that say another is trusted less than either alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from sublet.core.cells import Cell, cell_text, fold
from sublet.core.columnwords import FIELDS, MANY_COLUMNS, OTHERS, UNSURE, WORDS, Field
from sublet.core.fieldvalues import language_of, looks_like_date, looks_like_email, looks_like_website, state_of

__all__ = ["FIELDS", "MANY_COLUMNS", "Field", "Guess", "Layout", "find_layout", "guess_columns", "mapping_fault"]

#: Below this a column is left out.
LEAST = 0.35
_HEAD = 20  # lines looked at for the headings
_SAMPLE = 200  # rows looked at for contents

_PHONE = re.compile(r"\(?\+?[0-9][0-9 ().\-/]{5,22}[0-9](?: ?(?:ext|int|x)\.? ?\d{1,5})?", re.IGNORECASE)
_POSTAL = re.compile(
    r"\d{4,5}|\d{4} ?[A-Za-z]{2}|\d{4}-\d{3}|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}|\d{3} \d{2}|\d{2}-\d{3}"
)
_ZONE = re.compile(r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[\w/+\-]+|UTC|GMT")
_STREET = re.compile(
    r"\b(?:via|viale|piazza|corso|largo|rruga|bulevardi|sheshi|rue|avenue|boulevard|place|chemin|rua|avenida|praça|travessa|"
    r"street|road|lane|square|calle|plaza)\b|\w(?:straat|laan|weg|plein|gracht|straße|strasse|platz|allee|kade)\b",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\b(?:s\.?r\.?l\.?s?|s\.?p\.?a|s\.?n\.?c|s\.?a\.?s|b\.?v|n\.?v|v\.?o\.?f|s\.?a\.?r\.?l|sasu|eurl|l\.?d\.?a|ltd|limited|llc|inc|"
    r"gmbh|sh\.?p\.?k|sh\.?a|unipessoal|ristorante|pizzeria|trattoria|bar|caffè|hotel|salone|restaurant|café|boulangerie|salon|"
    r"coiffure|kapsalon|bakkerij|studio|dyqan|restorant|padaria|clínica|club|farmacia|pharmacie|apotheek|boutique|shop|garage)\b",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")
_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]|[*:]")
_TOKEN = re.compile(r"[^\W_]+")
# Too common to say anything inside a longer heading.
_WEAK = frozenset(
    map(fold, "id no nr n code number name date type key ref place first last state title account"
        " client customer user via cp since"
        " person data codice codigo nummer numero nome naam nom active web internet site land country address group"
        " details"
        " business company contact owner admin email phone mail".split())
)  # fmt: skip
# …except that these, inside a longer heading, still name the field: "Client e-mail", "Phone (office)".
_STILL: Mapping[str, Field] = {
    "email": "email", "mail": "email", "phone": "phone", "address": "street", "country": "country", "company": "name",
    "site": "website", "web": "website", "business": "name",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are, as positions in the rows that were looked at.

    `header` is the line of headings, None when there is none; `first` the first row of data; the rows before the
    headings are titles.
    """

    header: int | None
    first: int

    @property
    def titles(self) -> int:
        """How many lines of title stand above the headings."""
        return self.header or 0


@dataclass(frozen=True, slots=True)
class Guess:
    """What one column probably tells. `field` is None when nothing fits; `confidence` is 0 to 1.

    `reason` is ``heading``, ``contents``, ``both`` or empty.
    """

    column: int
    heading: str
    field: Field | None
    confidence: float
    reason: str


def find_layout(rows: Sequence[Sequence[Cell]]) -> Layout:
    """Find the headings among the first lines (give them without empty lines): known words first, then the form."""
    head = [[cell_text(cell).strip() for cell in row] for row in rows[:_HEAD]]
    filled = [sum(1 for text in row if text) for row in head]
    if not head:
        return Layout(None, 0)
    best: tuple[int, int] | None = None
    for at, row in enumerate(head):
        texts = [text for text in row if text]
        if filled[at] < min(2, max(filled)) or any(before >= filled[at] for before in filled[:at]):
            continue  # a title, or a row below data
        known = sum(1 for text in texts if fold(text) in OTHERS or max(heading_scores(text).values(), default=0) >= 0.6)
        datums = sum(map(_is_datum, texts))
        if ((known >= 2 and datums * 3 < len(texts)) or (known * 2 >= len(texts) and not datums)) and (
            best is None or known > best[0]
        ):
            best = (known, at)
    if best is not None:
        return Layout(best[1], best[1] + 1)
    width = sorted(filled)[len(filled) // 2]
    for at, row in enumerate(head[:-1]):
        if filled[at] * 10 < width * 6:
            continue
        texts = [text for text in row if text]
        plain = len(set(map(fold, texts))) == len(texts) and all(len(text) <= 40 for text in texts)
        below = head[at + 1 :]
        kinds = any(
            sum(1 for other in below if column < len(other) and _is_datum(other[column])) * 2 > len(below)
            for column in range(len(row))
        )
        if plain and kinds and not any(map(_is_datum, texts)):
            return Layout(at, at + 1)
        return Layout(None, at)
    return Layout(None, 0)


def guess_columns(
    headings: Sequence[Cell] | None,
    rows: Sequence[Sequence[Cell]],
    *,
    country_of: Callable[[str], str | None] | None = None,
) -> tuple[Guess, ...]:
    """What each column tells, from its heading (None when the list has none) and from a sample of its contents.

    `country_of` gives the ISO code of a country's name; without it a column of countries is known by its heading only.
    """
    sample = rows[:_SAMPLE]
    width = max([len(headings or ()), *(len(row) for row in sample)], default=0)
    titles = [cell_text(cell).strip() for cell in headings or ()]
    titles += [""] * (width - len(titles))
    scores = _settle(titles, [heading_scores(title) for title in titles])
    offers: list[tuple[float, str, int, Field, str]] = []
    for at in range(width):
        texts = [text for row in sample if at < len(row) and (text := cell_text(row[at]).strip())]
        seen = _contents(texts, country_of)
        for field, confidence, reason in _weigh(titles[at], scores[at], seen, empty=not texts):
            # Equal offers go by heading, then by position, so that shuffled columns keep their fields.
            offers.append((-confidence, fold(titles[at]), at, field, reason))
    taken: dict[int, Guess] = {}
    given: set[Field] = set()
    for negative, _, at, field, reason in sorted(offers):
        again = field in MANY_COLUMNS and reason in ("heading", "both")
        if at in taken or (field in given and not again):
            continue
        given.add(field)
        taken[at] = Guess(at, titles[at], field, round(-negative, 2), reason)
    return tuple(taken.get(at, Guess(at, titles[at], None, 0.0, "")) for at in range(width))


def mapping_fault(mapping: Mapping[int, str]) -> tuple[str, dict[str, object]] | None:
    """Why this assignment of columns to fields cannot be used: a code and its facts; None when it can.

    Codes: ``unknown-field``, ``field-twice``, ``no-name`` (nothing tells what the client is called).
    """
    seen: set[str] = set()
    for _, field in sorted(mapping.items()):
        if field not in FIELDS:
            return "unknown-field", {"field": field}
        if field in seen and field not in MANY_COLUMNS:
            return "field-twice", {"field": field}
        seen.add(field)
    return None if seen & {"name", "contact", "first_name", "last_name"} else ("no-name", {})


def heading_scores(heading: str) -> dict[Field, float]:
    """Which fields a heading may name, and how surely, by its words alone."""
    for text, sure in ((heading, 0.95), (_BRACKETS.sub(" ", heading), 0.92), (heading.rstrip(" 0123456789#."), 0.85)):
        key = fold(text)
        if key in OTHERS:
            return {}
        if key in UNSURE:
            return {field: sure - 0.15 - 0.15 * rank for rank, field in enumerate(UNSURE[key])}
        if key in WORDS:
            return {WORDS[key]: sure}
    return _inside(heading)


def _inside(heading: str) -> dict[Field, float]:
    """A known word inside a longer heading ("Client e-mail", "telefono_ufficio"), or one with a slip of the pen."""
    tokens = [fold(token) for token in _TOKEN.findall(_CAMEL.sub(" ", _BRACKETS.sub(" ", heading)))]
    if not tokens or len(tokens) > 8:
        return {}
    found: dict[Field, float] = {}
    for size in range(min(4, len(tokens)), 0, -1):
        for start in range(len(tokens) - size + 1):
            word = "".join(tokens[start : start + size])
            if word in OTHERS and len(word) > 2:
                return {}
            field = WORDS.get(word) if word not in _WEAK and len(word) > 2 else _STILL.get(word)
            if field is not None:
                found.setdefault(field, 0.55 + 0.2 * size / len(tokens) + (0.05 if field == "email" else 0.0))
        if found:
            return found
    key = "".join(tokens)
    if len(key) >= 6:
        for slip in (key, *_one_less(key)):
            if slip in _slips():
                return {_slips()[slip]: 0.7}
    return {}


def _one_less(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


@cache
def _slips() -> dict[str, Field]:
    return {slip: field for word, field in WORDS.items() if len(word) >= 6 for slip in (word, *_one_less(word))}


def _settle(titles: Sequence[str], scores: Sequence[dict[Field, float]]) -> list[dict[Field, float]]:
    """Words that may mean several things, settled by their neighbors: beside "Città", "Paese" is the country."""
    settled = _settle_names(titles, scores)
    for _ in titles:
        sure = {field for each in settled if len(each) == 1 for field, score in each.items() if score >= 0.7}
        left = [{field: score for field, score in each.items() if field not in sure} for each in settled]
        narrowed = [
            dict.fromkeys(rest, 0.85) if len(each) > 1 and len(rest) == 1 else rest if len(each) > 1 and rest else each
            for each, rest in zip(settled, left, strict=True)
        ]
        if narrowed == settled:
            break
        settled = narrowed
    return settled


def _settle_names(titles: Sequence[str], scores: Sequence[dict[Field, float]]) -> list[dict[Field, float]]:
    """What "Name" means is told by its neighbors: beside "First name" the family name, beside "Company" the person."""
    sure = {field for each in scores if len(each) == 1 for field, score in each.items() if score >= 0.7}
    settled = []
    for title, each in zip(titles, scores, strict=True):
        unsure = UNSURE.get(fold(title), ())
        if "name" in unsure and ("last_name" in unsure or "first_name" in unsure):
            if "first_name" in sure and "last_name" not in sure:
                each = {"last_name": 0.85, "name": 0.3}
            elif "last_name" in sure and "first_name" not in sure:
                each = {"first_name": 0.85, "name": 0.3}
            elif "name" in sure:
                each = {"contact": 0.75, "first_name": 0.4}
        settled.append(each)
    return settled


def _is_datum(text: str) -> bool:
    return bool(
        looks_like_email(text) or looks_like_date(text) or looks_like_website(text) or _PHONE.fullmatch(text)
        or text.replace(".", "", 1).replace(",", "", 1).isdigit()
    )  # fmt: skip


def _contents(texts: Sequence[str], country_of: Callable[[str], str | None] | None) -> dict[Field, float]:
    """What part of the filled cells looks like each field."""
    if not texts:
        return {}
    total = len(texts)

    def part(test: Callable[[str], object]) -> float:
        return sum(1 for text in texts if test(text)) / total

    dates = part(looks_like_date)
    phones = part(lambda text: _PHONE.fullmatch(text) and sum(map(str.isdigit, text)) >= 7) if dates < 0.5 else 0.0
    distinct = len(set(texts)) / total
    words = part(lambda text: not any(map(str.isdigit, text)) and "@" not in text)
    return {
        "email": part(looks_like_email),
        "website": part(looks_like_website),
        "phone": phones,
        "mobile": phones,
        "created": dates,
        "country": part(country_of) if country_of is not None and words > 0.5 else 0.0,
        "language": part(language_of),
        "timezone": part(_ZONE.fullmatch),
        "postal_code": part(_POSTAL.fullmatch),
        "state": part(state_of) if words > 0.5 else 0.0,
        "street": part(_STREET.search),
        "name": max(part(_COMPANY.search), 0.5 * words * (distinct > 0.8)),
        "contact": words * part(lambda text: 2 <= len(text.split()) <= 4 and text[:1].isupper()) * 0.6,
        "city": sum(map(_like_a_city, texts)) / total * (0.6 if distinct <= 0.9 else 0.5),
    }


def _like_a_city(text: str) -> float:
    """One word, perhaps two or three, no digits, no word of a company."""
    tokens = len(text.split())
    if tokens > 3 or any(map(str.isdigit, text)) or "@" in text or _COMPANY.search(text):
        return 0.0
    return 1.0 if tokens == 1 else 0.6


# How far contents alone are believed, and which of them can contradict a heading.
_BELIEVED: Mapping[Field, float] = {
    "email": 0.9, "website": 0.8, "phone": 0.75, "mobile": 0.7, "created": 0.55, "country": 0.75, "language": 0.65,
    "timezone": 0.85, "postal_code": 0.5, "state": 0.6, "street": 0.65, "name": 0.7, "contact": 0.6, "city": 0.8,
}  # fmt: skip
_TOLD_BY_CONTENTS: frozenset[Field] = frozenset(
    {"email", "website", "phone", "mobile", "created", "country", "language", "timezone", "state"}
)
_ALIEN: tuple[Field, ...] = ("email", "website", "created", "phone")
_TEXTS: frozenset[Field] = frozenset({"name", "contact", "first_name", "last_name", "city", "street", "tags"})


def _weigh(
    title: str, by_heading: Mapping[Field, float], by_contents: Mapping[Field, float], *, empty: bool
) -> list[tuple[Field, float, str]]:
    offers: list[tuple[Field, float, str]] = []
    alien = max((by_contents.get(field, 0.0) for field in _ALIEN), default=0.0)
    for field, score in by_heading.items():
        seen = by_contents.get(field, 0.0)
        if empty:
            offers.append((field, score * 0.9, "heading"))
        elif field in _TOLD_BY_CONTENTS:
            if seen >= 0.5:
                offers.append((field, min(0.99, score + 0.15 * seen), "both"))
            else:
                offers.append((field, score * (0.4 + seen if field != "phone" else 0.5 + seen), "heading"))
        elif field in _TEXTS and alien > 0.8:
            offers.append((field, score * 0.35, "heading"))
        elif seen >= 0.5:
            offers.append((field, min(0.99, score + 0.04), "both"))
        else:
            offers.append((field, score, "heading"))
    known = bool(by_heading) or fold(title) in OTHERS
    if fold(title) not in OTHERS and not _names_an_other(title):
        strong = {"email", "website", "phone", "timezone"}
        for field, seen in by_contents.items():
            if field in by_heading or seen < 0.3 or (known and field not in strong) or (known and seen < 0.8):
                continue
            doubt = 0.6 if known else 0.9 if title else 1.0
            offers.append((field, _BELIEVED[field] * seen * doubt, "contents"))
    return [offer for offer in offers if offer[1] >= LEAST]


def _names_an_other(title: str) -> bool:
    tokens = [fold(token) for token in _TOKEN.findall(_CAMEL.sub(" ", title))]
    return any("".join(tokens[at : at + size]) in OTHERS for at in range(len(tokens)) for size in (1, 2, 3, 4))


def guess_day_first(values: Sequence[Cell]) -> bool:
    """Whether ``03/04/2024`` is the third of April: what unambiguous neighbors say, else yes (as in most countries)."""
    day_first = month_first = 0
    for value in values:
        if isinstance(value, date) or not isinstance(value, str):
            continue
        found = re.match(r"\s*(\d{1,2})[./\-](\d{1,2})[./\-]\d{2,4}\b", value)
        if found:
            day_first += int(found[1]) > 12
            month_first += int(found[2]) > 12
    return day_first >= month_first
