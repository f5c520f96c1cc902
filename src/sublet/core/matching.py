"""Which movement of a bank account pays which invoice: what is certain, what is only proposed, and what is left.

Pure. The law (tests/core/test_matching.py):

* certain is only a structured reference of an open invoice: what it names is paid, in part, whole, or with a surplus that is the
  payer's; several references are certain only if the amount is exactly what is open on all of them together;
* the number of an invoice, or amount, name and day together, are a proposal, never more; nothing else is anything;
* an amount is never split by any reckoning: of several invoices each is paid whole, or none;
* what goes out, what takes back another movement, and what is in another currency pays nothing;
* no more is given to an invoice than is open on it, no more is given away than came in, and the order of the invoices does not
  matter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from sublet.core.cells import fold
from sublet.core.creditor import references_in

#: A payment by amount and name is of an invoice that was out, and not since long.
EARLIER: Final = timedelta(days=3)
LATER: Final = timedelta(days=120)
#: How sure.
CERTAIN, PROPOSED, LEFT = "certain", "proposed", "left"
#: Why: by what it is known, or what is in the way.
BY_REFERENCE, BY_NUMBER, BY_NAME = "reference", "number", "name"
OUTGOING, REVERSAL, NO_MATCH, SEVERAL, DIFFERS, MAYBE_TWICE = (
    "outgoing", "reversal", "no-match", "several", "differs", "maybe-twice",
)  # fmt: skip
# Forms of companies and words that stand beside a name.
_IDLE: Final = frozenset(
    "srl srls spa snc sas bv nv vof sarl sasu eurl lda ltd limited llc inc gmbh ag kg ug ohg shpk sha unipessoal the di de van den der"
    " la le il lo and und et e en cv sa co".split()
)
_ENOUGH: Final = 4  # letters of a word that tells one name from another


@dataclass(frozen=True, slots=True)
class Movement:
    """What the bank said: `minor` smallest units of `currency`, positive for what came in. `doubtful`: the same seems to be there
    already, from another kind of file."""

    booked_on: date
    minor: int
    currency: str
    text: str = ""
    party: str = ""
    reversal: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """An invoice on which money can be booked: `open_minor` is how much; `reference` the structured one; `number` as it is printed.

    `lost`: it was written off. Who names it pays it; an amount alone means one that is still asked for.
    """

    invoice: str
    debtor: str
    reference: str
    number: str
    open_minor: int
    currency: str
    issued_on: date
    names: tuple[str, ...] = ()
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """`paid`: (invoice, minor) of each; `surplus`: what is left over for the payer. Of a proposal `paid` is what would be booked;
    `others`: invoices that fit as well, among which a person has to choose."""

    sure: str
    why: str
    paid: tuple[tuple[str, int], ...] = ()
    surplus: int = 0
    others: tuple[str, ...] = ()


def match(movement: Movement, claims: Iterable[Claim]) -> Found:
    """What the movement pays."""
    if movement.minor <= 0:
        return Found(LEFT, OUTGOING)
    if movement.reversal:
        return Found(LEFT, REVERSAL)
    open_ones = sorted(
        (claim for claim in claims if claim.currency == movement.currency and claim.open_minor > 0),
        key=lambda claim: claim.invoice,
    )
    found = _by_reference(movement, open_ones) or _by_number(movement, open_ones) or _by_name(movement, open_ones)
    if found is None:
        return Found(LEFT, NO_MATCH)
    if movement.doubtful and found.sure == CERTAIN:
        return Found(PROPOSED, MAYBE_TWICE, found.paid, found.surplus)
    return found


def _by_reference(movement: Movement, claims: Sequence[Claim]) -> Found | None:
    told = set(references_in(movement.text))
    named = [claim for claim in claims if claim.reference in told]
    if not named:
        return None
    if len(named) == 1:
        paid = min(movement.minor, named[0].open_minor)
        return Found(CERTAIN, BY_REFERENCE, ((named[0].invoice, paid),), movement.minor - paid)
    return _all_of(movement, named, CERTAIN, BY_REFERENCE)


def _all_of(movement: Movement, named: Sequence[Claim], sure: str, why: str) -> Found:
    """Each whole, or none: who pays several invoices with another amount means something that we cannot know."""
    if sum(claim.open_minor for claim in named) == movement.minor:
        return Found(sure, why, tuple((claim.invoice, claim.open_minor) for claim in named))
    return Found(LEFT, DIFFERS, others=tuple(claim.invoice for claim in named))


def _by_number(movement: Movement, claims: Sequence[Claim]) -> Found | None:
    """Numbers that people write: a whole word of the text, and the amount says so too."""
    named = [claim for claim in claims if is_named(claim.number, movement.text)]
    if len(named) == 1 and named[0].open_minor == movement.minor:
        return Found(PROPOSED, BY_NUMBER, ((named[0].invoice, movement.minor),))
    if len(named) > 1:
        found = _all_of(movement, named, PROPOSED, BY_NUMBER)
        return found if found.paid else None
    return None


def is_named(number: str, text: str) -> bool:
    """Whether a number stands in a text by itself: 17 is not named by 2017, nor by 17,00. Short numbers name nothing."""
    if len(re.sub(r"[^0-9A-Za-z]", "", number)) < 3:
        return False
    return (
        re.search(rf"(?<![0-9A-Za-z.,-]){re.escape(number)}(?![0-9A-Za-z]|[.,-][0-9])", text, re.IGNORECASE) is not None
    )


def _by_name(movement: Movement, claims: Sequence[Claim]) -> Found | None:
    asked_for = [claim for claim in claims if not claim.lost]
    return _by_name_alone(movement, asked_for) or _by_name_alone(movement, claims)


def _by_name_alone(movement: Movement, claims: Sequence[Claim]) -> Found | None:
    mine = [
        claim
        for claim in claims
        if claim.issued_on - EARLIER <= movement.booked_on <= claim.issued_on + LATER
        and any(same_name(movement.party, name) for name in claim.names)
    ]
    exact = [claim for claim in mine if claim.open_minor == movement.minor]
    if len(exact) == 1:
        return Found(PROPOSED, BY_NAME, ((exact[0].invoice, movement.minor),))
    if len(exact) > 1:
        return Found(LEFT, SEVERAL, others=tuple(claim.invoice for claim in exact))
    by_debtor: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in mine:
        by_debtor[claim.debtor].append(claim)
    wholes = [of for of in by_debtor.values() if len(of) > 1 and sum(one.open_minor for one in of) == movement.minor]
    if len(wholes) == 1:
        return _all_of(movement, wholes[0], PROPOSED, BY_NAME)
    return None


def same_name(one: str, other: str) -> bool:
    """Whether two names may be of the same: all words of the shorter stand in the longer, and one of them tells something."""
    first, second = _words(one), _words(other)
    shorter, longer = sorted((first, second), key=len)
    return bool(shorter) and shorter <= longer and any(len(word) >= _ENOUGH for word in shorter)


def _words(name: str) -> frozenset[str]:
    plain = re.sub(r"(?<=\b\w)\.(?=\w\b)", "", name)  # S.r.l. is one word
    return frozenset(word for word in (fold(part) for part in re.split(r"[^\w]+", plain)) if word and word not in _IDLE)


class Claims:
    """Many open invoices, so that each movement meets only those that it could pay: `match` of it says the same as `match` with all
    of them (tests/core/test_matching.py). What was booked meanwhile is told by `lower`."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._claims: dict[str, Claim] = {}
        self._by_reference: dict[str, set[str]] = defaultdict(set)
        self._by_number: dict[str, set[str]] = defaultdict(set)
        self._by_word: dict[str, set[str]] = defaultdict(set)
        for claim in claims:
            self._claims[claim.invoice] = claim
            self._by_reference[claim.reference].add(claim.invoice)
            for run in re.findall(r"[0-9A-Za-z]+", claim.number)[-1:]:
                self._by_number[run.lower()].add(claim.invoice)
            for name in claim.names:
                for word in _words(name):
                    if len(word) >= _ENOUGH:
                        self._by_word[word].add(claim.invoice)

    def match(self, movement: Movement) -> Found:
        """What the movement pays."""
        return match(movement, self.candidates(movement))

    def candidates(self, movement: Movement) -> list[Claim]:
        """Those that the movement could pay."""
        found: set[str] = set()
        for reference in references_in(movement.text):
            found |= self._by_reference.get(reference, set())
        for run in re.findall(r"[0-9A-Za-z]+", movement.text):
            found |= self._by_number.get(run.lower(), set())
        for word in _words(movement.party):
            found |= self._by_word.get(word, set())
        return [self._claims[invoice] for invoice in found]

    def open_of(self, invoice: str) -> int:
        """What is still open of it; nothing of one that is not known."""
        claim = self._claims.get(invoice)
        return 0 if claim is None else claim.open_minor

    def lower(self, paid: Iterable[tuple[str, int]]) -> None:
        """So much less is open."""
        for invoice, minor in paid:
            claim = self._claims[invoice]
            self._claims[invoice] = replace(claim, open_minor=claim.open_minor - minor)
