"""Following links on one host, and looking at everything that comes back for words of the vendor."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from sublet.core.findings import Found, shape
from sublet.core.leaks import MOST_CHARACTERS, Leak, Word, find
from sublet.core.logos import Mark, mark_in, shows
from sublet.proof.asking_forms import asked_by, on_host
from sublet.proof.files import texts_of
from sublet.proof.pictures import Picture, of_logo
from sublet.proof.visitor import Answer

Ask = Callable[[str], Answer]
Marks = Sequence[tuple[str, Mark]]  # what a logo is called, and what it looks like
Told = Callable[[int, int], None]  # how many were looked at, how many are known


def untold(_done: int, _known: int) -> None:
    """Nobody wants to know how far it is."""


#: Where a walk begins: what anybody can ask for, errors among it.
PUBLIC = (
    "/",
    "/login/",
    "/login/code/",
    "/forgotten/",
    "/password/no-such-link/",
    "/email/no-such-link/",
    "/invitation/no-such-link/",
    "/sign-up/",
    "/sign-up/no-such-link/",
    "/pay/no-such-link/",
    "/pay/no-such-link/done/",
    "/arrive/",
    "/unsubscribe/no-such-link/",
    "/nothing-here/",
    "/robots.txt",
    "/favicon.ico",
    "/brand.css",
    "/apple-touch-icon.png",
    "/brand-icon-512.png",
    "/manifest.webmanifest",
    "/api/v1/openapi.json",
    "/api/v1/nothing-here",
    "/.well-known/openid-configuration",
    "/.well-known/security.txt",
    "/auth/forward",
    "/scim/v2/ServiceProviderConfig",
)
MOST_ADDRESSES = 400
#: Places of one walk: a page that says one word without end must not fill the memory.
MOST_LEAKS = 20_000
_LINKS = {"href", "src", "hx-get", "poster", "data"}
_MOST_CLEAN = 5_000
_clean: set[tuple[bytes, int]] = set()
_FILES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-", b"PK\x03\x04", b"GIF8", b"RIFF")
#: An address that goes by what is in the file: two of one shape are two files, a brand's logo and the one for dark pages. Of
#: each shape so many.
_BY_CONTENT = re.compile(r"[0-9a-f]{32,}(\.[a-z0-9]{1,8})*\Z")
_MOST_FILES = 12
_MOST_FORMS = 40
_MOST_LOGOS = 20


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk came by: how many answers, how many of them with a finding, and the findings."""

    looked_at: int
    leaking: int
    found: tuple[Found, ...]
    was_cut: bool  # there was more than a walk goes through
    unread: int = 0  # files that were not read to their end
    pages: tuple[str, ...] = ()  # addresses that answered with a page for people
    logos: Mapping[str, Mapping[str, Sequence[Picture]]] = field(
        default_factory=dict
    )  # pictures that show one, by address and its name
    sends: bool = False  # there are forms on them that would be sent: nobody knows what is said to that


def walk(
    ask: Ask,
    *,
    host: str,
    begin: Sequence[str],
    words: Sequence[Word],
    marks: Marks = (),
    told: Told = lambda _done, _known: None,
    follow: Callable[[str], bool] = lambda _address: True,
    most: int = 0,
) -> Walked:
    """Ask for `begin` and for what is linked from there on the same host, each kind of address once.

    Forms that are answered to GET are filled in: each once with what stands in them, and once with what makes no sense. No other is
    sent. `follow` says which links to go; `most` is how many addresses at most, 0: `MOST_ADDRESSES`.
    """
    waiting: deque[str] = deque()
    seen: set[str] = set()
    alike: Counter[str] = Counter()

    def is_news(address: str) -> bool:
        kind = shape(address)
        is_file = _BY_CONTENT.search(address.partition("?")[0]) is not None and alike[kind] < _MOST_FILES
        if (address if is_file else kind) in seen:
            return False
        seen.update((address, kind))
        alike[kind] += 1
        return True

    waiting.extend(address for address in begin if is_news(address))
    found: list[Found] = []
    looked_at = leaking = unread = 0
    pages: list[str] = []
    filled: set[tuple[str, str]] = set()
    sends = False
    logos: dict[str, Mapping[str, Sequence[Picture]]] = {}
    while waiting and looked_at < (most or MOST_ADDRESSES):
        address = waiting.popleft()
        answer = ask(address)
        looked_at += 1
        here, whole = look(answer, words, marks)
        if answer.kind == "text/html" and not (
            300 <= answer.status < 400 or answer.status == 204
        ):  # which a browser does not show
            pages.append(address)
        unread += not whole
        leaking += bool(here)
        found += here
        for each in here:
            if each.place == "logo" and len(logos) < _MOST_LOGOS:
                logos[address] = {each.leak.word: (Picture(of_logo(answer.body)),)}
        for link in links_of(answer, host):
            if follow(link) and is_news(link):
                waiting.append(link)
        asked = asked_by(answer, host)
        sends = sends or asked.sends
        for key, address in asked.addresses:
            if key not in filled and len(filled) < _MOST_FORMS and follow(address) and address not in seen:
                filled.add(key)
                seen.add(address)
                waiting.append(address)
        told(looked_at, looked_at + len(waiting))
    was_cut = bool(waiting) or len(found) > MOST_LEAKS
    return Walked(looked_at, leaking, tuple(found[:MOST_LEAKS]), was_cut, unread, tuple(pages), logos, sends)


def look(answer: Answer, words: Sequence[Word], marks: Marks = ()) -> tuple[list[Found], bool]:
    """Every word in an answer: its headers by name and value, its cookies, its text, or the parts of its file, and logos
    that a picture shows; and whether all of it was read.
    """
    found = list(_of_headers(answer, words))
    if marks and answer.kind.startswith("image/"):
        found += logos_in(answer.address, answer.body, marks)
    if not answer.body.startswith(_FILES):
        if _has_no_text(answer):
            return found, True
        # More characters than that are not gone through.
        return [*found, *_of_text(answer, words)], answer.whole and len(answer.body) <= MOST_CHARACTERS
    parts, whole = texts_of(answer.body)
    for part, text in parts:
        found += [Found(answer.address, "file", part[:120], leak) for leak in find(text, words)]
    return found, whole and answer.whole


def logos_in(address: str, picture: bytes, marks: Marks, detail: str = "") -> list[Found]:
    """The logo that a picture shows, if it shows one of these."""
    mark = mark_in(picture)
    name = next((name for name, known in marks if mark is not None and shows(mark, known)), None)
    if name is None:
        return []
    leak = Leak(word=name, kind="logo", place="logo", detail=detail, line=1, column=1, excerpt=name)
    return [Found(address, "logo", detail, leak)]


def _of_headers(answer: Answer, words: Sequence[Word]) -> Iterator[Found]:
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            for leak in find(value, words):
                yield Found(answer.address, "cookie", value.partition("=")[0][:120], leak)
            continue
        for leak in (*find(name, words), *find(value, words)):
            yield Found(answer.address, "header", name[:120], leak)


def _has_no_text(answer: Answer) -> bool:
    """Whether there is nothing in it that anybody could read."""
    kind = answer.kind
    return kind.startswith(("image/", "font/", "audio/", "video/")) and kind != "image/svg+xml"


def _of_text(answer: Answer, words: Sequence[Word]) -> Iterator[Found]:
    where = answer.address
    markup = answer.kind in {"text/html", "application/xhtml+xml", "image/svg+xml"}
    # Scripts and styles are large, and the same on every host: one that was clean is not read again.
    mark = (hashlib.sha256(answer.body).digest(), hash(tuple(words)))
    if mark in _clean:
        return
    leaks = find(answer.body.decode(errors="replace"), words, markup=markup)
    if not leaks and where.startswith("/static/") and len(_clean) < _MOST_CLEAN:
        _clean.add(mark)
    for leak in leaks:
        yield Found(where, leak.place, leak.detail[:120], leak)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in _LINKS and value]


def links_of(answer: Answer, host: str) -> Iterator[str]:
    """Addresses on the same host to which an answer leads: a redirect's, and those of a page's links, pictures, scripts."""
    given = [answer.header("Location")] if answer.header("Location") else []
    if answer.kind == "text/html":
        parser = _Links()
        try:
            parser.feed(answer.body.decode(errors="replace"))
        except AssertionError:
            pass  # what is no HTML at all must not end the scan; its links until there were read
        given += parser.found
    elif answer.kind == "text/css":
        given += re.findall(r"url\(['\"]?([^'\")\s]+)", answer.body.decode(errors="replace"))
    for link in given:
        found = on_host(link, answer.address, host)
        if found:
            yield found
