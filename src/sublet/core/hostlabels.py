"""Labels for many names below one domain: a proposal for each client from its name, and what was typed instead.

Laws (tests/core/test_hostlabels.py): every proposal could be typed as it is and reads as the same label; no two are the same
and none is taken; what is proposed for one does not depend on those that come after it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from sublet.core.hosts import LONGEST, RESERVED, SHORTEST, normalize_host, refuse_label, show_host
from sublet.core.names import fold, words

#: A label in its plain form is at most so long (RFC 1035); one of other letters grows when it is written so.
_LONGEST_PLAIN = 63
_NAMELESS = "c"
_NOT_IN_A_NAME = re.compile(r"[^\w-]+", re.UNICODE)


def read_label(typed: str) -> tuple[str, str]:
    """A typed word as ``(label, "")`` in its plain form, or ``("", code)`` with the code of why it cannot be one.

    Codes: ``form``, ``short``, ``long``, ``reserved``. Other letters than a–z are understood, as long as they read back
    as what was typed: nobody gets a name that looks like another.
    """
    word = typed.strip()
    if len(word) > _LONGEST_PLAIN:
        return "", "long"
    label = normalize_host(word) if re.search(r"[./:?#]", word) is None else None
    if label is None:
        return "", "form"
    if label.startswith("xn--"):
        shown = show_host(label)
        if shown == label:
            return "", "form"  # it mixes alphabets, or reads as a plain name
        return ("", "reserved") if fold(shown) in RESERVED else (label, "")
    code = refuse_label(label)
    return ("", code) if code is not None else (label, "")


def propose_labels(names: Iterable[str], taken: Collection[str] = ()) -> list[str]:
    """A free label for each name, in their order; the second “Bella Napoli” becomes ``bella-napoli-2``."""
    used = set(taken)
    proposed = []
    #: Where counting goes on for a label: many clients of one name would count from the beginning otherwise.
    reached: dict[str, int] = {}
    for name in names:
        label = (
            _free(_plain(name), used, reached) or _free_of_other_letters(name, used) or _free(_NAMELESS, used, reached)
        )
        used.add(label)
        proposed.append(label)
    return proposed


def _plain(name: str) -> str:
    label = re.sub(r"[^a-z0-9-]", "", "-".join(words(name)))
    label = re.sub(r"-{2,}", "-", label)[:LONGEST].strip("-")
    return "" if len(label) < SHORTEST and not _reads_whole(name) else label


def _reads_whole(name: str) -> bool:
    """Whether a short label is the whole name (``Hm``), and not what is left of one in other letters (``株式会社A``)."""
    return all(letter.isascii() for letter in "".join(words(name)))


def _free(base: str, used: set[str], reached: dict[str, int]) -> str:
    if not base:
        return ""
    if refuse_label(base) is None and base not in used:
        return base
    number = reached.get(base, 2 if base != _NAMELESS else 1)
    while True:
        tail = f"-{number}"
        label = base[: LONGEST - len(tail)].rstrip("-") + tail
        number += 1
        if label not in used and refuse_label(label) is None:
            reached[base] = number
            return label


def _free_of_other_letters(name: str, used: set[str]) -> str:
    """The name in its own letters, where it has only such: a client of a Greek name is found under it."""
    text = unicodedata.normalize("NFKC", name.casefold())
    text = "-".join(_NOT_IN_A_NAME.sub(" ", text.replace("_", " ")).split())[:LONGEST].strip("-")
    for number in ("", *(f"-{number}" for number in range(2, 10))):
        label, code = read_label(text + number) if text else ("", "form")
        if not code and label not in used and label not in RESERVED:
            return label
    return ""
