"""Compare data with the declared shape, note every problem, and make the values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, assert_never

from sublet.core.manifest.addresses import check_address
from sublet.core.manifest.keys import MANIFEST
from sublet.core.manifest.model import FeatureValue, FrozenTable, Manifest, Names
from sublet.core.manifest.problems import Path
from sublet.core.manifest.report import Report, listed, quoted, shown
from sublet.core.manifest.rules import RULES
from sublet.core.manifest.shapes import (
    PRODUCT_CURRENCY,
    REQUIRED,
    Address,
    Amount,
    Entry,
    FeatureValues,
    Flag,
    Key,
    ListOf,
    NamesShape,
    Record,
    Ref,
    Rights,
    Shape,
    Text,
    Whole,
    Word,
)
from sublet.core.manifest.words import CURRENCIES, FORMAT, KINDS, LANGUAGES, LEVELS, UNLIMITED

_KEY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_REFERENCES: Final = {
    "groups": "unknown-group",
    "sections": "unknown-section",
    "features": "unknown-feature",
    "meters": "unknown-meter",
    "plans": "unknown-plan",
    "add_ons": "unknown-add-on",
}


class _Fault(Enum):
    """Stands where a value would be, had there been no problem."""

    FAULT = "fault"


FAULT: Final = _Fault.FAULT


@dataclass(slots=True)
class _Known:
    """What other parts of the same data may refer to, read before anything is checked."""

    currency: str = "EUR"
    entries: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)

    @classmethod
    def of(cls, data: dict[str, object]) -> _Known:
        known = cls()
        product = data.get("product")
        if isinstance(product, dict) and product.get("currency") in CURRENCIES:
            known.currency = product["currency"]
        for kind in KINDS:
            listed_entries = data.get(kind)
            entries = listed_entries if isinstance(listed_entries, list) else []
            tables = [entry for entry in entries if isinstance(entry, dict)]
            known.entries[kind] = {table["key"]: table for table in tables if isinstance(table.get("key"), str)}
        return known


def check_manifest(data: dict[str, object], report: Report) -> Manifest | None:
    """The manifest that `data` describes, or None when `report` has got problems."""
    rest = dict(data)
    format_number = rest.pop("manifest", None)
    if "manifest" not in data:
        report.add((), "missing-key", name="manifest")
    elif isinstance(format_number, bool) or format_number != FORMAT:
        report.add(("manifest",), "unsupported-format", found=shown(format_number), format=FORMAT)
        return None  # another format has other keys, so nothing else that could be said would help
    value = _Check(report, _Known.of(rest)).value(MANIFEST, rest, ())
    return value if isinstance(value, Manifest) else None


class _Check:
    def __init__(self, report: Report, known: _Known) -> None:
        self._report = report
        self._known = known

    def value(self, shape: Shape, value: object, path: Path) -> object:
        """What `value` means by `shape`, or FAULT."""
        match shape:
            case Text() | Key() | Address():
                return self._text(shape, value, path)
            case NamesShape():
                return self._names(shape, value, path)
            case Flag():
                return self._typed(isinstance(value, bool), "not-a-flag", value, path)
            case Whole():
                return self._whole(shape, value, path, "not-a-whole-number")
            case Amount():
                return None if value == UNLIMITED else self._whole(shape, value, path, "not-an-amount")
            case Word():
                return self._word(shape.words, value, path)
            case Ref():
                return self._reference(shape.kind, value, path)
            case FeatureValues():
                return self._table(value, path, "features", self._feature_value)
            case Rights():
                return self._table(value, path, "sections", self._level)
            case ListOf():
                return self._list(shape, value, path)
            case Record():
                return self._record(shape, value, path)
            case _:  # pragma: no cover - mypy proves that nothing is left
                assert_never(shape)

    def _fault(self, path: Path, code: str, /, **params: str | int) -> _Fault:
        self._report.add(path, code, **params)
        return FAULT

    def _typed(self, fits: bool, code: str, value: object, path: Path) -> object:
        return value if fits else self._fault(path, code, found=shown(value))

    def _whole(self, shape: Whole | Amount, value: object, path: Path, code: str) -> object:
        if isinstance(value, bool) or not isinstance(value, int):
            return self._fault(path, code, found=shown(value))
        if value < shape.least:
            return self._fault(path, "too-small", found=shown(value), limit=shape.least)
        if value > shape.most:
            return self._fault(path, "too-large", found=shown(value), limit=shape.most)
        return value

    def _line_of_text(self, value: object, path: Path, longest: int) -> str | _Fault:
        if not isinstance(value, str):
            return self._fault(path, "not-a-text", found=shown(value))
        if not value.strip():
            return self._fault(path, "empty-text")
        if len(value) > longest:
            return self._fault(path, "text-too-long", length=len(value), limit=longest)
        for character in value:
            if character in _BIDIRECTIONAL or unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp"):
                return self._fault(path, "control-character", code=f"U+{ord(character):04X}")
        if value != value.strip():
            return self._fault(path, "outer-space")
        return value

    def _text(self, shape: Text | Key | Address, value: object, path: Path) -> object:
        if isinstance(shape, Key) and isinstance(value, str) and value.strip():
            if not _KEY.fullmatch(value) or len(value) > shape.longest:
                return self._fault(path, "bad-key", found=quoted(value), limit=shape.longest)
        text = self._line_of_text(value, path, shape.longest)
        if isinstance(shape, Address) and isinstance(text, str) and not check_address(text, path, self._report):
            return FAULT
        return text

    def _names(self, shape: NamesShape, value: object, path: Path) -> object:
        if not isinstance(value, dict):
            return self._fault(path, "not-by-language", languages=", ".join(LANGUAGES), found=shown(value))
        whole = True
        for language in value:
            if language not in LANGUAGES:
                whole = False
                self._report.add((*path, language), "unknown-language", languages=", ".join(LANGUAGES))
        texts: dict[str, str] = {}
        for language in LANGUAGES:
            if language not in value:
                whole = False
                self._report.add(path, "missing-language", language=language, languages=", ".join(LANGUAGES))
                continue
            text = self._line_of_text(value[language], (*path, language), shape.longest)
            if isinstance(text, str):
                texts[language] = text
        return Names(**texts) if whole and len(texts) == len(LANGUAGES) else FAULT

    def _word(self, words: tuple[str, ...], value: object, path: Path) -> object:
        if not isinstance(value, str):
            return self._fault(path, "not-a-text", found=shown(value))
        if value not in words:
            self._report.add_near(path, "not-one-of", value, words, found=quoted(value), words=listed(words))
            return FAULT
        return value

    def _reference(self, kind: str, value: object, path: Path) -> object:
        if not isinstance(value, str):
            return self._fault(path, "not-a-text", found=shown(value))
        known = self._known.entries[kind]
        if value not in known:
            self._report.add_near(path, _REFERENCES[kind], value, known, found=quoted(value))
            return FAULT
        return value

    def _table(self, value: object, path: Path, kind: str, check: Callable[[str, object, Path], object]) -> object:
        """A table whose keys refer to entries of `kind`."""
        if not isinstance(value, dict):
            return self._fault(path, "not-a-table", found=shown(value))
        pairs: dict[str, FeatureValue] = {}
        for key, item in value.items():
            place = (*path, key)
            if self._reference(kind, key, place) is FAULT:
                continue
            fitting = check(key, item, place)
            if isinstance(fitting, (bool, int, str)):
                pairs[key] = fitting
        return FrozenTable(pairs) if len(pairs) == len(value) else FAULT

    def _level(self, section: str, value: object, path: Path) -> object:
        level = self._word(LEVELS, value, path)
        offered = self._known.entries["sections"][section].get("levels", LEVELS)
        if isinstance(level, str) and isinstance(offered, (list, tuple)) and level not in offered:
            words = listed([word for word in LEVELS if word in offered])
            return self._fault(path, "level-not-offered", section=section, level=level, words=words)
        return level

    def _feature_value(self, feature: str, value: object, path: Path) -> object:
        declared = self._known.entries["features"][feature]
        match declared.get("kind"):
            case "switch":
                fits = isinstance(value, bool)
                return value if fits else self._fault(path, "feature-value-switch", feature=feature, found=shown(value))
            case "number":
                if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                    return self._fault(path, "feature-value-number", feature=feature, found=shown(value))
                return self._whole(Whole(), value, path, "not-a-whole-number")
            case "text":
                return self._feature_text(feature, declared.get("choices"), value, path)
            case _:
                return FAULT  # the kind itself is reported where it stands

    def _feature_text(self, feature: str, choices: object, value: object, path: Path) -> object:
        if not isinstance(value, str):
            return self._fault(path, "feature-value-text", feature=feature, found=shown(value))
        if isinstance(choices, list) and choices:
            words = [str(choice["key"]) for choice in choices if isinstance(choice, dict) and "key" in choice]
            if value not in words:
                found = quoted(value)
                return self._fault(path, "feature-value-choice", feature=feature, found=found, words=listed(words))
            return value
        return self._line_of_text(value, path, 200)

    def _list(self, shape: ListOf, value: object, path: Path) -> object:
        if not isinstance(value, (list, tuple)):
            return self._fault(path, "not-a-list", found=shown(value))
        if len(value) < shape.least:
            return self._fault(path, "list-too-short")
        if len(value) > shape.most:
            return self._fault(path, "list-too-long", length=len(value), limit=shape.most)
        made = [self.value(shape.item, item, (*path, position)) for position, item in enumerate(value)]
        if self._repeats(shape, list(value), path) or any(item is FAULT for item in made):
            return FAULT
        return tuple(made)

    def _repeats(self, shape: ListOf, items: list[object], path: Path) -> bool:
        """Whether two entries are the same by the identity of the list; the later ones are reported."""
        seen: dict[tuple[str, ...], int] = {}
        repeats = False
        for position, item in enumerate(items):
            identity = self._identity(shape, item)
            if identity is None:
                continue
            if identity in seen:
                repeats = True
                before = self._report.line((*path, seen[identity]))
                entry = ", ".join(part for part in identity if part)
                self._report.add((*path, position), "used-before", entry=entry, before=before)
            seen.setdefault(identity, position)
        return repeats

    def _identity(self, shape: ListOf, item: object) -> tuple[str, ...] | None:
        if not shape.identity or not isinstance(shape.item, Record):
            return (shown(item),) if shape.identity else None
        if not isinstance(item, dict):
            return None
        parts: list[str] = []
        for key in shape.identity:
            default = self._default(shape.item.entry(key))
            value = item.get(key, default)
            if value is REQUIRED:
                return None
            parts.append("" if value is None else shown(value))
        return tuple(parts)

    def _default(self, entry: Entry) -> object:
        return self._known.currency if entry.default is PRODUCT_CURRENCY else entry.default

    def _record(self, shape: Record, value: object, path: Path) -> object:
        if not isinstance(value, dict):
            return self._fault(path, "not-a-table", found=shown(value))
        words = [entry.key for entry in shape.entries]
        whole = True
        for key in value:
            if key not in words:
                whole = False
                free = [word for word in words if word not in value] or words
                self._report.add_near((*path, str(key)), "unknown-key", str(key), free)
        made: dict[str, object] = {}
        for entry in shape.entries:
            place = (*path, entry.key)
            if entry.key in value:
                made[entry.key] = self.value(entry.shape, value[entry.key], place)
            elif entry.required:
                made[entry.key] = self._fault(path, "missing-key", name=entry.key)
            else:
                made[entry.key] = self._default(entry)
            if not self._in_its_place(shape, entry, value, path):
                whole = False
        if shape.name in RULES and not RULES[shape.name](value, path, self._report):
            whole = False
        whole = whole and all(item is not FAULT for item in made.values())
        return shape.make(**made) if whole else FAULT

    def _in_its_place(self, shape: Record, entry: Entry, value: dict[str, object], path: Path) -> bool:
        """Whether a key is where it has a meaning, and is there where it is needed."""
        if entry.only_when is None:
            return True
        other, words = entry.only_when
        word = value.get(other, shape.entry(other).default)
        if entry.key in value and word not in words:
            self._report.add((*path, entry.key), "only-when", other=other, words=listed(words))
            return False
        if entry.needed and entry.key not in value and isinstance(word, str) and word in words:
            self._report.add(path, "needed-when", name=entry.key, other=other, word=word)
            return False
        return True
