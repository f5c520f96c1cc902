"""What names the vendor where nobody is to know of it: words found in texts, whatever they are wrapped in.

A word is found whole, in any case, with or without accents, also where it is escaped: as an HTML entity, in an address
(``%41``), in a script (``\\u0041``), in a mail (``=41``, base64), as punycode. Each finding says the line and the column
at which it stands in what was sent, so that somebody can go there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

NAME, HOST, ADDRESS = "name", "host", "address"
#: Not looked for but passed over, word for word: what the vendor itself has written onto these pages.
ALLOWED = "allowed"
KINDS = (NAME, HOST, ADDRESS)
#: A shorter word is part of ordinary sentences.
SHORTEST, LONGEST = 3, 120
#: How often something may be wrapped in something else: an address in a script in base64.
DEEPEST = 3
MOST_CHARACTERS = 2_000_000
_EXCERPT = 40
#: Of one text so many places are told: each takes as long as the text is.
MOST_PLACES = 2_000
#: An attribute is looked for so far before what stands in it.
_BACK = 2_000


@dataclass(frozen=True, slots=True)
class Word:
    """What must not be read: a ``name``, a ``host`` (with all below it) or an e-mail ``address``."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Leak:
    """A word that was found. `place` is ``text``, ``attribute``, ``script``, ``style`` or ``comment``; `detail` the name of
    the attribute; `wrapped` what it was escaped as, empty for nothing. Line and column count from 1.
    """

    word: str
    kind: str
    place: str
    detail: str
    line: int
    column: int
    excerpt: str
    wrapped: str = ""


class UnusableWord(ValueError):
    """`code` is ``short``, ``long``, ``kind`` or ``host``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def word(text: str, kind: str) -> Word:
    """A word as it is looked for. Raises UnusableWord."""
    clean = " ".join(text.split())
    if kind not in KINDS:
        raise UnusableWord("kind")
    if len([each for each in clean if each.isalnum()]) < SHORTEST:
        raise UnusableWord("short")
    if len(clean) > LONGEST:
        raise UnusableWord("long")
    if kind == HOST:
        clean = clean.lower().strip(".")
        if "." not in clean or " " in clean or "@" in clean:
            raise UnusableWord("host")
    if kind == ADDRESS:
        before, at, behind = clean.partition("@")
        if not before or not at or "." not in behind or " " in clean:
            raise UnusableWord("host")
    return Word(clean, kind)


# Unwrapping: a text, and for each of its characters where it stood in what was sent --------------------------------------


@dataclass(frozen=True, slots=True)
class _View:
    text: str
    origin: Sequence[int]
    wrapped: str = ""


def _replaced(view: _View, pattern: re.Pattern[str], made: Callable[[str], str | None], wrapped: str) -> _View | None:
    """The view with each match unwrapped; None when nothing changed."""
    parts: list[str] = []
    origin = array("I")  # of a long text a list of numbers would take ten times as much
    last = 0
    for match in pattern.finditer(view.text):
        plain = made(match[0])
        if plain is None or plain == match[0]:
            continue
        parts += (view.text[last : match.start()], plain)
        origin.extend(view.origin[last : match.start()])
        origin.extend(array("I", (view.origin[match.start()],)) * len(plain))
        last = match.end()
    if not parts:
        return None
    parts.append(view.text[last:])
    origin.extend(view.origin[last:])
    return _View("".join(parts), origin, wrapped)


def _from_bytes(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _quoted_printable(found: str) -> str | None:
    joined = re.sub(r"=\r?\n", "", found)
    return _from_bytes(bytes(int(each, 16) for each in re.findall(r"=([0-9A-Fa-f]{2})", joined))) if joined else ""


def _base64(found: str) -> str | None:
    if found.islower():
        return None  # an ordinary word: the letters of a name never come out as small ones alone
    plain = re.sub(r"\s+", "", found).replace("-", "+").replace("_", "/").rstrip("=")
    if len(plain) % 4 == 1:
        return None
    try:
        text = _from_bytes(base64.b64decode(plain + "=" * (-len(plain) % 4)))
    except (binascii.Error, ValueError):
        return None
    printable = text is not None and all(each.isprintable() or each.isspace() for each in text)
    return text if printable else None


def _escaped(found: str) -> str | None:
    if found[1:2] in {"/", "-"}:
        return found[1:]
    try:
        points = [int(each, 16) for each in re.findall(r"\\(?:u\{|u|x)?([0-9A-Fa-f]{1,6})", found)]
        units = b"".join(chr(each).encode("utf-16-be", "surrogatepass") for each in points)
        return units.decode("utf-16-be")
    except (UnicodeDecodeError, ValueError, OverflowError):
        return None


def _punycode(found: str) -> str | None:
    try:
        return found[4:].encode().decode("punycode")
    except (UnicodeError, ValueError):
        return None


_WRAPPINGS: tuple[tuple[str, re.Pattern[str], Callable[[str], str | None]], ...] = (
    ("html", re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"), html.unescape),
    ("url", re.compile(r"(?:%[0-9A-Fa-f]{2})+"), lambda found: unquote(found, errors="replace")),
    ("escape", re.compile(r"(?:\\u\{[0-9A-Fa-f]{1,6}\}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2})+|\\[/-]"), _escaped),
    ("quoted-printable", re.compile(r"(?:=[0-9A-Fa-f]{2}|=\r?\n)+"), _quoted_printable),
    ("punycode", re.compile(r"(?<![A-Za-z0-9-])[xX][nN]--[A-Za-z0-9-]{1,59}"), _punycode),
    ("base64", re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{8,}(?:\r?\n[A-Za-z0-9+/_-]{2,})*={0,2}"), _base64),
)  # fmt: skip


def _views(text: str) -> Iterator[_View]:
    """The text as it is, then with what is wrapped in it unwrapped, however it is nested: what is wrapped once first.

    There may be hundreds of them, each as long as the text. So no more than one of each depth is held at a time: what is deeper is
    unwrapped anew, by the ways on which something was found.
    """
    plain = _View(text, range(len(text)))
    first: dict[bytes, tuple[int, ...]] = {_digest(text): ()}  # by which way each text was come to first
    leads_on: dict[tuple[int, ...], bool] = {}
    for depth in range(DEEPEST + 1):
        before = len(first)
        yield from _unwrapped(plain, (), depth, first, leads_on)
        if depth and len(first) == before:
            return


def _unwrapped(
    view: _View,
    way: tuple[int, ...],
    depth: int,
    first: dict[bytes, tuple[int, ...]],
    leads_on: dict[tuple[int, ...], bool],
) -> Iterator[_View]:
    """What is so deep below that view. `way` says what was unwrapped to come to it."""
    if len(way) == depth:
        yield view
        return
    for number, (name, pattern, made) in enumerate(_WRAPPINGS):
        further = (*way, number)
        if not leads_on.get(further, True):
            continue
        inner = _replaced(view, pattern, made, name)
        leads_on[further] = inner is not None and first.setdefault(_digest(inner.text), further) == further
        if inner is not None and leads_on[further]:
            yield from _unwrapped(inner, further, depth, first, leads_on)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


# Finding ----------------------------------------------------------------------------------------------------------------


_RUNS = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]")


def folded(text: str) -> tuple[str, Sequence[int]]:
    """The text without case and accents, and for each of its characters the place in `text` that it comes from."""
    if text.isascii():
        return text.lower(), range(len(text))
    letters: list[str] = []
    origin = array("I")
    for run in _RUNS.finditer(text):
        place, letter = run.start(), run[0]
        if letter.isascii():
            letters.append(letter.lower())
            origin.extend(range(place, run.end()))
            continue
        if letter in "\u00ad\u200b\u200c\u200d\u2060\ufeff":  # seen by nobody, and would cut a word in two
            continue
        # Folded again: what is made of one letter may be a capital (the sign for a trade mark).
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
        kept = "".join(each for each in plain if not unicodedata.combining(each))
        letters.append(kept)
        origin.extend(array("I", (place,)) * len(kept))
    return "".join(letters), origin


def _pattern(words: Iterable[Word]) -> tuple[re.Pattern[str], dict[str, Word]] | None:
    known: dict[str, Word] = {}
    for each in words:
        known.setdefault(folded(each.text)[0], each)
    # The longest first: of a host and the name that it begins with, the host says more.
    parts = []
    for number, text in enumerate(sorted(known, key=len, reverse=True)):
        inner = r"[\W_]{0,3}".join(re.escape(part) for part in re.split(r"\s+", text.strip()))
        parts.append(f"(?P<w{number}>{inner})")
    if not parts:
        return None
    order = sorted(known, key=len, reverse=True)
    return re.compile("|".join(parts)), {f"w{number}": known[text] for number, text in enumerate(order)}


def _stands_alone(plain: str, start: int, end: int, shown: str, origin: Sequence[int]) -> bool:
    """Whether the match is a whole word: ``appfold``, ``appfold_id``, ``appfoldWidget``; not ``appfolder``."""

    def cut(left: int, right: int) -> bool:
        if not (plain[left].isalnum() and plain[right].isalnum()):
            return True
        # One word run into the next, as programs write names.
        return shown[origin[left]].islower() and shown[origin[right]].isupper()

    return (start == 0 or cut(start - 1, start)) and (end == len(plain) or cut(end - 1, end))


def _passed_over(text: str, allowed: Sequence[str]) -> str:
    """The text with blanks in place of what is allowed; nothing else moves. It has to be all that an element, an attribute or
    a line holds: within a sentence, or at the beginning of a longer address, it gives away as much as anything else."""
    for written in {
        way for each in allowed for way in (each, html.escape(each), html.escape(each, quote=False)) if way
    }:
        parts, last, at = list[str](), 0, text.find(written)
        while at != -1:
            end = at + len(written)
            if _is_all(text, at, end):
                parts += (text[last:at], " " * len(written))
                last = end
            at = text.find(written, end)
        text = "".join((*parts, text[last:]))
    return text


def _is_all(text: str, start: int, end: int) -> bool:
    """Whether an element, an attribute or a line holds this and nothing else. Goes no further than blanks: a page of nothing else,
    as long as may be, must not hold up a scan."""
    for step, at, ends in ((-1, start - 1, ">\"'\n"), (1, end, "<\"'\n")):
        while 0 <= at < len(text) and text[at].isspace() and text[at] != "\n":
            at += step
        if 0 <= at < len(text) and text[at] not in ends:
            return False
    return True


def find(text: str, words: Sequence[Word], *, markup: bool = False) -> list[Leak]:
    """Every word in `text`, up to `MOST_PLACES`, in the order in which they stand there. With `markup` the place says where in the
    page. What stands within a text of the kind `ALLOWED` is passed over."""
    made = _pattern(each for each in words if each.kind != ALLOWED)
    if made is None or not text:
        return []
    pattern, known = made
    sent = _passed_over(text[:MOST_CHARACTERS], [each.text for each in words if each.kind == ALLOWED])
    hits: dict[int, Leak] = {}
    for view in _views(sent):
        plain, origin = folded(view.text)
        for match in pattern.finditer(plain):
            if not _stands_alone(plain, match.start(), match.end(), view.text, origin):
                continue
            first, last = origin[match.start()], origin[match.end() - 1]
            at = view.origin[first]
            if at in hits:
                continue
            if len(hits) == MOST_PLACES:
                break
            found = known[match.lastgroup or ""]
            place, detail = _place(sent, at) if markup else ("text", "")
            around = view.text[max(0, first - _EXCERPT) : last + 1 + _EXCERPT]
            line = sent.count("\n", 0, at) + 1
            hits[at] = Leak(
                word=found.text,
                kind=found.kind,
                place=place,
                detail=detail,
                line=line,
                column=at - (sent.rfind("\n", 0, at) + 1) + 1,
                excerpt=" ".join("".join(each if each.isprintable() else " " for each in around).split()),
                wrapped=view.wrapped,
            )
    return [hits[at] for at in sorted(hits)]


_NAMED = re.compile(r"([^\s=\"'<>/]+)\s*=\s*(?:\"[^\"]*\Z|'[^']*\Z|[^\s\"'>]*\Z)")


def _place(page: str, at: int) -> tuple[str, str]:
    """In what part of a page the character stands, and the name of its attribute."""
    before = page[:at]
    if before.rfind("<!--") > before.rfind("-->"):
        return "comment", ""
    opened, closed = before.rfind("<"), before.rfind(">")
    low = before.lower()
    for name in ("script", "style"):
        start = low.rfind(f"<{name}")
        if start > low.rfind(f"</{name}") and low.find(">", start) != -1:
            return name, ""
    if opened > closed:
        found = _NAMED.search(before, max(opened, at - _BACK))
        return "attribute", found[1].lower() if found else ""
    return "text", ""


# What comes of it -------------------------------------------------------------------------------------------------------


def score(*, looked_at: int, leaking: int) -> int:
    """How much of what was looked at names nobody, in percent, rounded down: 100 means that nothing was found.

    ``100 × (looked at − with a finding) ÷ looked at``. Where nothing was looked at, nothing is proved: 0.
    """
    if looked_at <= 0:
        return 0
    return 100 * max(0, looked_at - leaking) // looked_at


def each_once(words: Iterable[Word]) -> list[Word]:
    """Each word once, whatever its case; in the order given."""
    known: dict[str, Word] = {}
    for each in words:
        known.setdefault(folded(each.text)[0], each)
    return list(known.values())
