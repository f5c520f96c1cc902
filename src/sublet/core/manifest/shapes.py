"""The vocabulary in which the shape of a manifest is declared.

One declaration serves the check, the canonical form, the JSON Schema and the reference page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sublet.core.manifest.words import LARGEST_NUMBER, UNLIMITED


class Absent(Enum):
    """Marks where there is no default: the key must be given, or comes from elsewhere in the manifest."""

    REQUIRED = "required"
    PRODUCT_CURRENCY = "product.currency"


REQUIRED: Final = Absent.REQUIRED
PRODUCT_CURRENCY: Final = Absent.PRODUCT_CURRENCY
AS_A_WHOLE: Final = ("",)
"""The identity of entries that are words or numbers: no two are equal."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text."""

    longest: int


@dataclass(frozen=True, slots=True)
class Key:
    """A word of a to z, 0 to 9 and _ by which other parts refer to an entry."""

    longest: int = 50


@dataclass(frozen=True, slots=True)
class Address:
    """A template of an address with `{host}`, `{account}` and `{language}`."""

    longest: int = 500


@dataclass(frozen=True, slots=True)
class NamesShape:
    """A table with one text for each language."""

    longest: int


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds."""

    least: int = 0
    most: int = LARGEST_NUMBER


@dataclass(frozen=True, slots=True)
class Amount:
    """A whole number, or the word "unlimited", which is None in the values."""

    least: int = 0
    most: int = LARGEST_NUMBER
    word: str = UNLIMITED


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a closed list; a `title` stands for a list that is too long to print."""

    words: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """The key of an entry of one of the lists; `kind` is that list."""

    kind: str


@dataclass(frozen=True, slots=True)
class FeatureValues:
    """A table from features to what is had of them."""


@dataclass(frozen=True, slots=True)
class Rights:
    """A table from sections to levels."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; no two entries agree in all keys of `identity`, where there is one."""

    item: Shape
    most: int
    least: int = 0
    identity: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a record.

    `only_when` is another key and the words of it with which this one has a meaning; `needed` says that then it must
    be there. `meaning` and `example` are for the reference page and the JSON Schema.
    """

    key: str
    shape: Shape
    default: object
    meaning: str
    example: str
    only_when: tuple[str, tuple[str, ...]] | None = None
    needed: bool = False

    @property
    def required(self) -> bool:
        """Whether the key must always be given."""
        return self.default is REQUIRED


@dataclass(frozen=True, slots=True)
class Record:
    """A table with declared keys, which becomes one value made by `make`."""

    name: str
    title: str
    make: Callable[..., object]
    entries: tuple[Entry, ...]

    def entry(self, key: str) -> Entry:
        """The declaration of a key; raises KeyError."""
        for entry in self.entries:
            if entry.key == key:
                return entry
        raise KeyError(key)


Shape = (
    Text | Key | Address | NamesShape | Flag | Whole | Amount | Word | Ref | FeatureValues | Rights | ListOf | Record
)
