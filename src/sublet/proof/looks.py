"""What a browser saw that the answers alone do not say: texts made by scripts, requests to other hosts, what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from sublet.core.findings import Found
from sublet.core.leaks import Leak, Word, find
from sublet.proof.browser import Seen
from sublet.proof.walk import Marks, logos_in

#: The places of these findings.
RENDERED, REQUEST, STORED, CONSOLE, LOGO = "rendered", "request", "stored", "console", "logo"


def look_at(seen: Seen, words: Sequence[Word], marks: Marks, *, known: frozenset[str]) -> list[Found]:
    """Everything that gives the vendor away on a page as it was shown.

    `known` are the words that its answer itself was found to say: they are told with the place where they were sent.
    """
    return [each for part in (_texts(seen, words, known), _requests(seen), _logos(seen, marks)) for each in part]


def _texts(seen: Seen, words: Sequence[Word], known: frozenset[str]) -> Iterator[Found]:
    told = set(known)
    for leak in find(seen.html, words, markup=True):
        if leak.word not in told:
            told.add(leak.word)
            yield Found(seen.address, RENDERED, leak.detail or leak.place, leak)
    for leak in find(seen.text, words):
        if leak.word not in told:
            told.add(leak.word)
            yield Found(seen.address, RENDERED, "text", leak)
    for leak in find(seen.stored, words):
        yield Found(seen.address, STORED, "", leak)
    for name, value in seen.cookies:
        for leak in find(f"{name}={value}", words):
            yield Found(seen.address, "cookie", name[:120], leak)
    for line in dict.fromkeys(seen.lines):
        for leak in find(line, words):
            yield Found(seen.address, CONSOLE, "", leak)


def _requests(seen: Seen) -> Iterator[Found]:
    hosts: dict[str, str] = {}
    for address in seen.foreign:
        hosts.setdefault(_host_in(address), address)
    for host, address in hosts.items():
        leak = Leak(word=host[:120], kind="host", place=REQUEST, detail="", line=1, column=1, excerpt=address[:300])
        yield Found(seen.address, REQUEST, host[:120], leak)


def _host_in(address: str) -> str:
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address  # what a page has made up is no address at all


def _logos(seen: Seen, marks: Marks) -> Iterator[Found]:
    told: set[str] = set()
    for picture in seen.shown if marks else ():
        for found in logos_in(seen.address, picture, marks, "shown"):
            if found.leak.word not in told:
                told.add(found.leak.word)
                yield found
