"""What a scan goes by, and what it has gathered so far: handed from part to part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sublet.accounts.models import Account
from sublet.core.findings import COLLABORATOR, STRANGER, Found
from sublet.core.leaks import Word
from sublet.proof.browser import Wanted
from sublet.proof.pictures import Picture
from sublet.proof.visitor import Pass
from sublet.proof.walk import Marks

#: Bytes of pictures of one scan.
MOST_ROOM = 8 * 1024 * 1024
#: As whom pages of the host product are shown in the browser: the first person alone, others with a name behind it.
PRODUCT = "product"


def another(number: int) -> str:
    """One of the further people, from 1, in the order of `Looking.people`."""
    return f"{COLLABORATOR} {number}"


def product_as(who: str) -> str:
    """One of `Looking.others`, in the product."""
    return f"{PRODUCT} {who}"


def is_of_product(who: str) -> bool:
    return who.partition(" ")[0] == PRODUCT


def seen_as(who: str, found: Iterable[Found]) -> list[Found]:
    """The same, with who was shown it."""
    return [replace(each, seen_as=who) for each in found]


@dataclass(frozen=True, slots=True)
class Looking:
    """What a scan looks at, for what, and as whom."""

    account: Account
    host: str
    words: Sequence[Word]
    marks: Marks
    at: datetime
    given: Pass | None = None
    seen_as: str = ""
    others: Mapping[str, Pass] = field(
        default_factory=dict
    )  # one person of each further set of rights, by a name of its own
    was_cut: bool = False  # there are more of them than are looked as
    people: Sequence[str] = ()  # references of the places in the account as which is looked, the first one first

    def shown_to(self, who: str) -> Pass | None:
        """The pass of somebody by that name; None for strangers."""
        return self.others.get(who.removeprefix(product_as("")), self.given if who else None)

    def named(self, who: str) -> str:
        """The same as findings say it: strangers have a name, and the product is seen as the account's people are."""
        name = who.removeprefix(product_as(""))
        return name if name in self.others else self.seen_as if who else STRANGER


@dataclass(slots=True)
class Gathered:
    """What came of it. `pictures` are pieces of pages by address and word, `letters` the HTML of mails with a finding by kind and part,
    `sections_at` the product's sections to which a page belongs."""

    looked_at: int = 0
    leaking: int = 0
    found: list[Found] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    pictures: dict[tuple[str, str], list[Picture]] = field(default_factory=dict)
    room: int = MOST_ROOM  # bytes that pictures may still have
    letters: dict[tuple[str, str], str] = field(default_factory=dict)
    pages: list[Wanted] = field(default_factory=list)
    sections_at: dict[str, set[str]] = field(default_factory=dict)
    answered: set[tuple[str, int]] = field(default_factory=set)  # what kinds of address answered, and how
    unshown: set[str] = field(default_factory=set)  # pages that a browser would have shown, and did not
    asked: set[tuple[str, str]] = field(default_factory=set)  # what was looked at, and as whom (`Found.seen_as`)
    #: What an answer has said to somebody, the same as to those before: address, as whom, and the word. Counted with theirs.
    said: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, found: Sequence[Found]) -> None:
        """One thing more was looked at."""
        self.looked_at += 1
        self.leaking += bool(found)
        self.found += found

    def keep(self, address: str, pictures: Mapping[str, Iterable[Picture]]) -> None:
        """Pieces of a page by word, as long as there is room. The first to show a page has its say."""
        for word, found in pictures.items():
            if (address, word) not in self.pictures:
                for each in found:
                    if each.data and len(each.data) <= self.room:
                        self.room -= len(each.data)
                        self.pictures.setdefault((address, word), []).append(each)

    def skip(self, code: str) -> None:
        """Say that something was not looked at."""
        if code not in self.skipped:
            self.skipped.append(code)
