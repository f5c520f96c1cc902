"""One line of a client list becomes a clean row with its faults beside it.

Pure; phone numbers, countries and time zones come in as functions (`RowRules`). Laws (tests/core/test_columns_rows.py):

* checking a clean row again changes nothing in it;
* the order of the columns does not matter;
* `row_key` does not see case, accents, spacing or punctuation of names, nor the case of addresses. It is made from the
  client's own number if the list has one, else from e-mail and name, else from name and phone (mobile, if there is no
  phone), else from name and city. Importing a list again therefore adds nothing;
* a row is *repeated* when an earlier sound row of the list has its `row_key`; it is a *possible duplicate* when it is not
  repeated and shares with an earlier sound row the e-mail address, or the name and also phone, mobile or city. The line
  that is named is the earliest. A row with an error is never taken in, so it makes no other row double.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Literal, TypeAlias

from sublet.core.cells import Cell, cell_text, clean_text, fold
from sublet.core.columns import mapping_fault
from sublet.core.columnwords import FIELDS, Field
from sublet.core.fieldvalues import (
    email_key,
    is_blank,
    language_of,
    parse_date,
    parse_email,
    parse_website,
    split_emails,
    split_tags,
    state_of,
)
from sublet.core.fingerprints import Fingerprints

Severity: TypeAlias = Literal["error", "warning"]

#: Every code, and whether the row can still be taken in. `sublet.foundation.sheets.sentences` has a sentence for each.
FAULTS: Mapping[str, Severity] = MappingProxyType(
    {
        "name-missing": "error",
        "name-too-long": "error",
        "external-id-too-long": "error",
        "email-invalid": "error",
        "email-missing": "warning",
        "email-several": "warning",
        "phone-unclear": "warning",
        "phone-several": "warning",
        "number-shortened": "warning",
        "postal-code-padded": "warning",
        "country-unknown": "warning",
        "language-unknown": "warning",
        "timezone-unknown": "warning",
        "website-invalid": "warning",
        "state-unknown": "warning",
        "created-invalid": "warning",
        "value-cut": "warning",
        "tags-left-out": "warning",
        "control-characters": "warning",
        "direction-marks": "warning",
        "repeated-row": "warning",
        "possible-duplicate": "warning",
    }
)

#: The most characters of each field; what is longer is cut with a warning (a name or a number of one's own is refused).
MAX_LENGTHS: Mapping[Field, int] = MappingProxyType(
    {
        "name": 200, "contact": 200, "first_name": 100, "last_name": 100, "email": 254, "phone": 40, "mobile": 40,
        "street": 200, "postal_code": 20, "city": 100, "country": 100, "language": 60, "timezone": 60, "website": 500,
        "tags": 2000, "notes": 5000, "state": 60, "created": 60, "external_id": 100,
    }
)  # fmt: skip
MAX_TAG, MAX_TAGS = 40, 20

#: Countries whose postal codes are five digits, some with zeros in front that a spreadsheet loses.
_FIVE_DIGITS = frozenset({"IT", "FR", "DE", "ES"})
# Texts in which any word may be meant.
_FREE: frozenset[Field] = frozenset({"name", "contact", "first_name", "last_name", "street", "city", "notes"})
_WITH_LINES: frozenset[Field] = frozenset({"notes", "tags"})
_NUMBERS: frozenset[Field] = frozenset({"external_id", "postal_code"})
_CHECKED_ELSEWHERE: frozenset[Field] = frozenset({"email", "phone", "mobile", "tags", "website"})
_TOO_LONG: Mapping[Field, str] = {"name": "name-too-long", "external_id": "external-id-too-long"}
_ORDER: Mapping[str, int] = {name: at for at, name in enumerate(FIELDS)}
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_BETWEEN_PHONES = re.compile(r"\s*[/;,|\n]\s*|\s+(?:o|or|oder|ou|of|e|et|en|und|ose|dhe)\s+")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row. `field` is empty when it concerns the whole row; `params` fill the sentence."""

    field: str
    code: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """``error``: the row is left out; ``warning``: it is taken in."""
        return FAULTS[self.code]


@dataclass(frozen=True, slots=True)
class ClientRow:
    """What a line says about a client, cleaned. Empty text where it says nothing.

    `country` is an ISO 3166 code, `language` one of our six, `phone` and `mobile` E.164 where they were understood,
    `state` one of the account states, `row_key` 32 hexadecimal digits; `line` counts the lines of the list from 1.
    """

    line: int
    name: str = ""
    contact: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    mobile: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    language: str = ""
    timezone: str = ""
    website: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    state: str = ""
    created: date | None = None
    external_id: str = ""
    row_key: str = ""
    faults: tuple[Fault, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether the row can be taken in: it has no error."""
        return not any(FAULTS[fault.code] == "error" for fault in self.faults)

    def values(self) -> dict[Field, str]:
        """The row as texts by field, without the empty ones: what `RowChecker` would read the same row from."""
        texts: dict[Field, str] = {}
        for name in FIELDS:
            value = getattr(self, name)
            if value:
                texts[name] = value if isinstance(value, str) else ", ".join(value) if name == "tags" else str(value)
        return texts


@dataclass(frozen=True, slots=True)
class RowRules:
    """What is the same for every row of one import.

    `normalize_phone(text, country)` gives E.164 or None; `country_of(text)` an ISO code or None; `timezone_of(text)`
    the name of a zone or None. `default_country` (ISO code, may be empty) is taken for phones of rows without one.
    """

    normalize_phone: Callable[[str, str], str | None]
    country_of: Callable[[str], str | None]
    timezone_of: Callable[[str], str | None]
    default_country: str = ""
    day_first: bool = True
    max_lengths: Mapping[Field, int] = dataclasses.field(default_factory=lambda: MAX_LENGTHS)


class RowChecker:
    """Checks the rows of one list under one assignment of columns. Keeps only fingerprints of what it has seen.

    Raises ValueError when `mapping_fault` finds the assignment unusable.
    """

    def __init__(self, mapping: Mapping[int, Field], rules: RowRules) -> None:
        fault = mapping_fault(mapping)
        if fault is not None:
            raise ValueError(fault[0])
        self._columns: dict[Field, tuple[int, ...]] = {
            name: columns
            for name in FIELDS
            if (columns := tuple(sorted(column for column, given in mapping.items() if given == name)))
        }
        self._rules = rules
        self._seen = Fingerprints()

    def check_all(self, rows: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[ClientRow]:
        """Each ``(line, cells)`` checked, double rows told. Lazy: one row in memory at a time."""
        for line, cells in rows:
            yield self.doubles(self.check(line, cells))

    def check(self, line: int, cells: Sequence[Cell]) -> ClientRow:
        """One row by itself: cleaned, understood, with its faults in the order of the fields."""
        faults: list[Fault] = []
        width = len(cells)
        raw: dict[Field, str] = {}
        created: Cell = None
        for name, columns in self._columns.items():
            if len(columns) == 1:
                cell = cells[columns[0]] if columns[0] < width else None
                if name == "created":
                    created = cell
                    continue
                text = cell if isinstance(cell, str) else cell_text(cell)
            else:
                glue = "\n" if name == "notes" else ", "
                text = glue.join(filter(None, (cell_text(cells[at]).strip() for at in columns if at < width)))
            if text and (text := self._clean(name, text, faults)):
                raw[name] = text
        get = raw.get
        rules = self._rules
        country = self._looked_up("country", get("country"), rules.country_of, faults)
        first_name, last_name = get("first_name", ""), get("last_name", "")
        contact = get("contact") or f"{first_name} {last_name}".strip()[: rules.max_lengths["contact"]].strip()
        name_ = get("name") or contact
        if not name_:
            faults.append(Fault("name", "name-missing"))
        email = self._email(get("email"), faults)
        phone, mobile = self._phones(get("phone", ""), get("mobile", ""), country or rules.default_country, faults)
        row = ClientRow(
            line=line,
            name=name_,
            contact=contact,
            first_name=first_name,
            last_name=last_name,
            email=email,
            phone=phone,
            mobile=mobile,
            street=get("street", ""),
            postal_code=self._postal_code(get("postal_code", ""), country, faults),
            city=get("city", ""),
            country=country,
            language=self._looked_up("language", get("language"), language_of, faults),
            timezone=self._looked_up("timezone", get("timezone"), rules.timezone_of, faults),
            website=self._looked_up("website", get("website"), parse_website, faults, code="website-invalid"),
            tags=self._tags(get("tags"), faults),
            notes=get("notes", ""),
            state=self._looked_up("state", get("state"), state_of, faults),
            created=self._created(created, faults),
            external_id=get("external_id", ""),
            row_key=row_key(get("external_id", ""), email, name_, phone or mobile, get("city", "")),
        )
        if not faults:
            return row
        return replace(row, faults=tuple(sorted(faults, key=lambda fault: _ORDER[fault.field])))

    def doubles(self, row: ClientRow) -> ClientRow:
        """The row with a warning if it is double, by the law above; it is remembered for those that follow."""
        key = hash(row.row_key)
        seen = self._seen
        earlier = seen.first(key)
        likeness = [hash(each) for each in _likeness(row)]
        fault = None
        if earlier:
            fault = Fault("", "repeated-row", {"line": earlier})
        else:
            like = min((line for each in likeness if (line := seen.first(each))), default=0)
            if like:
                fault = Fault("", "possible-duplicate", {"line": like})
        if not row.faults or row.usable:
            for each in (key, *likeness):
                seen.add(each, row.line)
        return row if fault is None else replace(row, faults=(*row.faults, fault))

    def _clean(self, name: Field, text: str, faults: list[Fault]) -> str:
        clean, removed = clean_text(text, lines=name in _WITH_LINES)
        if removed:
            faults.extend(Fault(name, code) for code in sorted(removed))
        limit = self._rules.max_lengths[name]
        if len(clean) > limit and name not in _CHECKED_ELSEWHERE:
            facts = {"length": len(clean), "limit": limit}
            faults.append(Fault(name, _TOO_LONG.get(name, "value-cut"), facts))
            clean = clean[:limit].strip()
        if len(clean) <= 12 and _says_nothing(name, clean):
            return ""
        if name in _NUMBERS and _SHORTENED.fullmatch(clean):
            faults.append(Fault(name, "number-shortened", {"value": clean}))
            return ""
        return clean

    def _looked_up(
        self, name: Field, text: str | None, find: Callable[[str], str | None], faults: list[Fault], *, code: str = ""
    ) -> str:
        if not text:
            return ""
        found = find(text)
        if found is None or len(found) > self._rules.max_lengths[name]:
            faults.append(Fault(name, code or f"{name}-unknown", {"value": text[:80]}))
            return ""
        return found

    def _email(self, text: str | None, faults: list[Fault]) -> str:
        if not text:
            faults.append(Fault("email", "email-missing"))
            return ""
        email = parse_email(text)
        if email is None:
            several = [found for part in split_emails(text) if (found := parse_email(part)) is not None]
            if not several:
                faults.append(Fault("email", "email-invalid", {"value": text[:80]}))
                return ""
            email = several[0]
            if len(several) > 1:
                faults.append(Fault("email", "email-several", {"value": email}))
        return email

    def _phones(self, phone: str, mobile: str, country: str, faults: list[Fault]) -> tuple[str, str]:
        phone, spare = self._phone("phone", phone, country, faults) if phone else ("", "")
        mobile, _ = self._phone("mobile", mobile, country, faults) if mobile else ("", "")
        return phone, mobile or spare

    def _phone(self, name: Field, text: str, country: str, faults: list[Fault]) -> tuple[str, str]:
        """The number, and a second one from the same cell."""
        normalize = self._rules.normalize_phone
        found = normalize(text, country)
        if found is not None:
            return found, ""
        if _SHORTENED.fullmatch(text):
            faults.append(Fault(name, "number-shortened", {"value": text}))
            return "", ""
        parts = _BETWEEN_PHONES.split(text)
        several = [found for part in parts if part and (found := normalize(part, country)) is not None]
        if several:
            if len(parts) > 1:
                faults.append(Fault(name, "phone-several", {"value": several[0]}))
            return several[0], several[1] if len(several) > 1 else ""
        faults.append(Fault(name, "phone-unclear", {"value": text[:80]}))
        return text[: self._rules.max_lengths[name]].strip(), ""

    def _postal_code(self, text: str, country: str, faults: list[Fault]) -> str:
        if country in _FIVE_DIGITS and text.isdigit() and text.isascii() and 3 <= len(text) <= 4:
            faults.append(Fault("postal_code", "postal-code-padded", {"value": text.zfill(5)}))
            return text.zfill(5)
        return text

    def _tags(self, text: str | None, faults: list[Fault]) -> tuple[str, ...]:
        if not text:
            return ()
        tags = split_tags(text)
        short: dict[str, str] = {}
        for tag in tags:
            if len(tag) > MAX_TAG:
                faults.append(Fault("tags", "value-cut", {"length": len(tag), "limit": MAX_TAG}))
                tag = tag[:MAX_TAG].strip()
            short.setdefault(tag.casefold(), tag)
        kept = tuple(short.values())
        if len(kept) > MAX_TAGS:
            faults.append(Fault("tags", "tags-left-out", {"count": len(kept) - MAX_TAGS, "limit": MAX_TAGS}))
        return kept[:MAX_TAGS]

    def _created(self, cell: Cell, faults: list[Fault]) -> date | None:
        if cell is None or cell == "":
            return None
        text = clean_text(cell_text(cell))[0]
        found = parse_date(text if isinstance(cell, str) else cell, day_first=self._rules.day_first)
        if found is None and isinstance(cell, str):
            found = parse_date(text, day_first=not self._rules.day_first)
        if found is None or found.year < 1970:
            if text and not is_blank(text):
                faults.append(Fault("created", "created-invalid", {"value": text[:80]}))
            return None
        return found


def row_key(external_id: str, email: str, name: str, phone: str, city: str) -> str:
    """The fingerprint by which an import knows a client again; the law is at the top of this module."""
    parts: tuple[str, ...]
    if external_id:
        parts = ("id", _comparable(external_id))
    elif email:
        parts = ("mail", email_key(email), _comparable(name))
    elif phone:
        parts = ("phone", _comparable(name), _comparable(phone))
    else:
        parts = ("city", _comparable(name), _comparable(city))
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@lru_cache(maxsize=1024)
def _comparable(text: str) -> str:
    # A name of signs only (an emoji) folds to nothing; then only case and spaces are passed over.
    return fold(text) or "".join(text.casefold().split())


def _likeness(row: ClientRow) -> list[tuple[str, ...]]:
    name = _comparable(row.name)
    found: list[tuple[str, ...]] = [("mail", email_key(row.email))] if row.email else []
    found += [("phone", name, _comparable(number)) for number in (row.phone, row.mobile) if number]
    if row.city:
        found.append(("city", name, _comparable(row.city)))
    return found


@lru_cache(maxsize=4096)
def _says_nothing(name: Field, text: str) -> bool:
    """Whether the cell only fills its place: a dash anywhere; "none" where nothing can be called so."""
    if not text.strip("-–—_.?/ ") or text.casefold() in ("n/a", "#n/a", "n.a.", "n.d."):
        return True
    return name not in _FREE and not (name == "tags" and len(split_tags(text)) > 1) and is_blank(text)
