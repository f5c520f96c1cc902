"""What of all the places where a word stands is one finding, and what is new since the look before.

The same words in the same part of a page, header or mail are one finding, however many pages or mails have them: somebody
mends it once. Whether something is new goes by the places: a finding that comes up at one place more is told again.

Laws (tests/core/test_findings.py):

* every place is in exactly one finding, and none is lost;
* the second look at the same things finds nothing new, in whatever order and however many there are;
* one thing more is new, and nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from sublet.core.leaks import Leak

#: Lines of a mail that its sender makes: the same on each mail, whatever it says.
SENDERS_LINES = frozenset({"From", "Reply-To", "Return-Path", "Message-ID", "DKIM-Signature"})
MAIL = "mail"
#: To whom something was shown. Of people beside the first one each has a number behind the word, from 1.
STRANGER, OWNER, COLLABORATOR = "stranger", "owner", "collaborator"
_REFERENCE = re.compile(
    r"[a-z]{2,5}_(?=[A-Za-z0-9]*[A-Z0-9])[A-Za-z0-9]{8,24}|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}"
)  # not two words, as in /user_settings/: those are two pages
#: Answers that are one kind of thing, whatever the rest of their query.
_MEANT = ("format", "tab", "lang")
_IN_LANGUAGE = re.compile(r" \([a-z]{2}\)\Z")


@dataclass(frozen=True, slots=True)
class Found:
    """A leak with the address at which it stands. `place` is that of `core.leaks`, or ``header``, ``cookie``, ``file``,
    ``mail``, ``logo``, or one of `proof.looks`; `detail` the name of the header, the cookie, or the part of the file or mail.
    `seen_as` says to whom it was shown; empty for what nobody has to log in for, or out of, such as mails."""

    address: str
    place: str
    detail: str
    leak: Leak
    seen_as: str = ""


@dataclass(slots=True)
class Finding:
    """What is mended at once: the first place with what stands there, all places, and by what they are known again."""

    first: Found
    places: list[Found] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)  # each once, in the order in which they were come by

    def newness(self, new: frozenset[str]) -> tuple[bool, bool]:
        """Whether some of its places are new, and whether some are not."""
        count = sum(each in new for each in self.marks)
        return count > 0, count < len(self.marks)


def shape(address: str) -> str:
    """The address without references and without what only sorts and pages: of one shape one is enough."""
    path, _mark, query = address.partition("#")[0].partition("?")
    kept = "&".join(f"{key}={value}" for key, value in sorted(parse_qsl(query)) if key in _MEANT)
    return _REFERENCE.sub("*", path) + (f"?{kept}" if kept else "")


def bare(place: str, detail: str) -> str:
    """Of a part of a mail its name alone, without the language that is written behind it."""
    return _IN_LANGUAGE.sub("", detail) if place == MAIL else detail


def mark_of(*, address: str, place: str, detail: str, word: str) -> str:
    """By what a place is known again at the next look: the same when the word only moved to another line.

    What the sender of a mail is called goes by no mail: the newest ones are others each night.
    """
    part = bare(place, detail)
    if place == MAIL and part in SENDERS_LINES:
        told = ("", place, part, word)
    else:
        told = (shape(address), place, detail, word)
    return hashlib.sha256("\x1f".join(told).encode("utf-8", "replace")).hexdigest()[:20]


def found_mark(found: Found) -> str:
    """By what this place is known again."""
    return mark_of(address=found.address, place=found.place, detail=found.detail, word=found.leak.word)


def gathered(found: Iterable[Found]) -> list[Finding]:
    """Everything found as findings, in the order in which the first place of each was come by."""
    known: dict[tuple[str, ...], Finding] = {}
    marks: dict[tuple[str, ...], dict[str, None]] = {}
    for each in found:
        leak = each.leak
        same: tuple[str, ...] = (
            each.place,
            bare(each.place, each.detail),
            leak.word,
            leak.kind,
            leak.wrapped,
            leak.excerpt,
        )
        finding = known.get(same)
        if finding is None:
            finding = known[same] = Finding(each)
            marks[same] = {}
        finding.places.append(each)
        marks[same][found_mark(each)] = None
    for same, finding in known.items():
        finding.marks = list(marks[same])
    return list(known.values())


def new_marks(before: Iterable[str], findings: Sequence[Finding]) -> frozenset[str]:
    """What the look before did not know. `before` are all its marks, those of findings that it had no room for among them."""
    return frozenset(mark for each in findings for mark in each.marks) - frozenset(before)
