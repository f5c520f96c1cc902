"""References that a payer repeats and a bank carries unchanged: ISO 11649, "RF18 5390 0754 7034".

Pure. Laws (tests/core/test_creditor.py): two invoices never have the same one; a wrong character and two that changed places are
found out; what is written with blanks, in small letters, in the middle of a text is still read.
"""

from __future__ import annotations

import re
from typing import Final

from stdnum import iso11649

#: The letters of our public references (`foundation.refs`; a test holds them together), in the order that counts.
LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_AS_NUMBER: Final = {sign: str(place) for place, sign in enumerate(_DIGITS)}
_PLACES: Final = {letter: place for place, letter in enumerate(LETTERS)}
#: 57^14 < 36^16: sixteen characters hold every reference of ours; the standard allows 21.
LENGTH: Final = 16
# Looked for from each place on: what follows one reference after a blank may be another.
_CANDIDATE: Final = re.compile(r"(?<![0-9A-Za-z])(?=([Rr][Ff](?:[ .\-/]?[0-9A-Za-z]){3,23}))")


def reference_of(invoice_ref: str) -> str:
    """The structured reference for the payment of an invoice, from its public reference ("inv_…"); twenty characters.

    The same for ever, nothing is kept for it, and no two are the same, since it is the public reference in other letters. Raises
    ValueError for what is no public reference.
    """
    _, _, tail = invoice_ref.partition("_")
    if len(tail) != 14 or not _PLACES.keys() >= set(tail):
        raise ValueError(f"no reference: {invoice_ref!r}")
    number = 0
    for letter in tail:
        number = number * len(LETTERS) + _PLACES[letter]
    digits = ""
    while number:
        number, place = divmod(number, 36)
        digits = _DIGITS[place] + digits
    body = digits.rjust(LENGTH, "0")
    # ISO 7064: what makes the whole, letters as 10 to 35, leave 1 by 97.
    return f"RF{98 - int(''.join(_AS_NUMBER[sign] for sign in body + 'RF00')) % 97:02d}{body}"


def shown(reference: str) -> str:
    """In groups of four, as it is read out."""
    return iso11649.format(reference)


def references_in(text: str) -> tuple[str, ...]:
    """The valid references in a text, compact, each once, in their order.

    Banks break and join what payers write, so that nobody can see where one ends: from each "RF" on every run that holds its
    check digits is told, the longest first. Which of them is meant is seen from those that were given.
    """
    found: list[str] = []
    for candidate in _CANDIDATE.finditer(text):
        run = re.sub(r"[^0-9A-Za-z]", "", candidate.group(1)).upper()
        for length in range(min(len(run), 25), 4, -1):
            if run[2:4].isdigit() and iso11649.is_valid(run[:length]):
                if run[:length] not in found:
                    found.append(run[:length])
    return tuple(found)
