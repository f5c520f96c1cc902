"""Personal data of the people below an account – contacts, owners, collaborators – and the ways in which it leaves.

To look somebody up, to have everybody in a list and to take the list away are three different things. The section
``people`` (`core.matrix`) says which of them its holder may do: none, view, manage.

Laws (tests/core/test_peopledata.py):

* whoever may go one of the ways may go all the lesser ones;
* more rights never close a way, and no other section opens one;
* a visit leaves its visitor at most what it has at home;
* an account's own people have all of their own account's data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, IntEnum
from types import MappingProxyType

from sublet.core.rights import RESELLER, VENDOR, Rights

SECTION = "people"
HIDDEN = "…"
#: An e-mail address within a text. Whoever has no name is called by it, and a mail server answers with it.
_PART = r"[^\s@<>()\[\]\",;:“”„«»]"
_ADDRESS = re.compile(f"{_PART}{{1,64}}@{_PART}{{1,255}}")


class PeopleData(IntEnum):
    """How much of it somebody gets. The numbers are those of the levels on `SECTION`."""

    LOOK_UP = 0
    LIST = 1
    EXPORT = 2


class Way(Enum):
    """A way in which it leaves."""

    ONE = "one"  # on the page of one client, or of one person
    EXACT = "exact"  # found by the whole address or number
    MATCH = "match"  # found by a part of it: whoever types on reads it letter by letter
    COLUMN = "column"  # beside each other on a page
    BULK = "bulk"  # page by page to a program
    FILE = "file"


NEEDED: Mapping[Way, PeopleData] = MappingProxyType(
    {
        Way.ONE: PeopleData.LOOK_UP,
        Way.EXACT: PeopleData.LOOK_UP,
        Way.MATCH: PeopleData.LIST,
        Way.COLUMN: PeopleData.LIST,
        Way.BULK: PeopleData.EXPORT,
        Way.FILE: PeopleData.EXPORT,
    }
)


def people_data(*, kind: str, rights: Rights, visitor: PeopleData | None = None) -> PeopleData:
    """How much somebody with `rights` in an account of that kind gets; `visitor`: what the one who visits has at home."""
    own = PeopleData(rights.level(SECTION)) if kind in {VENDOR, RESELLER} else PeopleData.EXPORT
    return own if visitor is None else min(own, visitor)


def opens(held: PeopleData, way: Way) -> bool:
    """Whether that much is enough for that way."""
    return held >= NEEDED[way]


def holds_address(text: str) -> bool:
    """Whether an e-mail address stands in the text."""
    return "@" in text and _ADDRESS.search(text) is not None


def without_addresses(text: str) -> str:
    """The text with `HIDDEN` in place of each e-mail address."""
    return _ADDRESS.sub(HIDDEN, text) if "@" in text else text
