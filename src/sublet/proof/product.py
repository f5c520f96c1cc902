"""The host product's pages, as the account's people see them: asked for over the outbound client, behind the same proxy.

It is looked at once as somebody of each set of rights among the account's people, who holds them as always: what a page shows
only to whoever may change something is looked at as well. Nothing but GET is sent, and no link that by its name does something
is gone (`ACTS`).

The proxy in front of the product asks us who it is (forward authentication), and is shown a pass instead of a log-in. Each person
has one of its own. It is a secret of 256 bits of which only the digest is stored; it is good on this host, for this account, for
methods that change nothing, while this scan runs, and nowhere but at that question: no page of ours knows it (`queries.looking_by`).

A product with a log-in of its own sends to ours (OpenID Connect). The scan then goes through that page as each person,
inside this process, and signs on to look (`signon.operations.looks`, `signing_on`): the application is told that it is looked at,
on this host, for this account, while this scan runs.

Addresses are templates of the vendor's manifest, filled in with a proved host. The name is the account's, and may lead anywhere
by the time it is asked for, so it is not looked up: the pass goes to the addresses of our own proxy and nowhere else. A host
that does not lead there, and a product on another one, which has its own log-in, are not looked at, and the scan says so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from sublet.branding.models import Domain
from sublet.branding.queries import origin
from sublet.branding.queries.domains import SERVING, standing_of
from sublet.core.findings import Found, found_mark
from sublet.core.manifest import fill_address
from sublet.core.marks import CLEAN, NAMED, UNSEEN
from sublet.foundation import outbound
from sublet.people.queries.sections import section_addresses
from sublet.proof.addresses import is_ours
from sublet.proof.browser import Wanted
from sublet.proof.gathering import PRODUCT, Gathered, Looking, product_as, seen_as
from sublet.proof.visitor import Answer
from sublet.proof.walk import Told, walk

#: In the browser's place: the cookie in which the proxy is shown the pass. It names nobody.
COOKIE = "looking"
_MOST_ADDRESSES, _MOST_SECTIONS = 30, 40
#: Seconds, as one person and as all of them: a product that takes its time with each page must leave some to the browser.
LONGEST, LONGEST_IN_ALL = 300.0, 900.0
#: Links that by their name do something. A product should do nothing for a GET; some do, and who may change things is shown them.
ACTS = re.compile(
    r"(?<![a-z])(?:delete|remove|destroy|erase|purge|drop|log-?out|sign-?out|log_out|sign_out|revoke|cancel|unsubscribe|"
    r"disconnect|send|resend|pay|publish|unpublish|toggle|_method)(?![a-z])",
    re.IGNORECASE,
)
#: What is the same for everybody is asked for as the first person alone.
_LARGEST_FOR_ALL = 1024 * 1024
_FOR_ALL = ("image/", "font/", "text/css", "text/javascript", "application/javascript")
#: Made anew for each who asks, such as what guards a form: two pages that differ in this alone are one.
_MADE_ANEW = re.compile(rb"(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{12,}")
_CLOSED = "closed"  # to that person
_LIMITS = outbound.Limits(total=10.0, size=4 * 1024 * 1024, cut=True)

#: How often a scan signs on at most as one person: an access token is good for minutes.
_MOST_SIGN_ONS, _MOST_STEPS = 4, 5
#: Bytes of answers that are kept for the browser, of all people's together, and of what is the same for everybody; what does not fit
#: is asked for once more.
MOST_KEPT = 64 * 1024 * 1024

Fetch = Callable[[str], Answer]
#: Takes the address of the log-in to which an application sends people; gives that to which they come back, or nothing.
SignOn = Callable[[str], str]
NO_OTHERS: Mapping[str, Fetch] = MappingProxyType({})


class Unreachable(Exception):
    """The product did not answer."""


def out_of_reach(_address: str) -> Answer:
    """For whom there is no pass: nothing is asked."""
    raise Unreachable


@dataclass(slots=True)
class Room:
    """What may still be kept: one for all people as whom a scan looks."""

    left: int = MOST_KEPT

    def has(self, answer: Answer) -> bool:
        """Take what that answer needs, if there is so much."""
        fits = len(answer.body) <= self.left
        self.left -= len(answer.body) if fits else 0
        return fits


def fetcher(looking: Looking, secret: str, sign_on: SignOn = lambda _address: "", room: Room | None = None) -> Fetch:
    """Asks our own proxy for an address on the account's host, with the pass of one person. Raises Unreachable.

    What fits into memory is asked for once.

    A product that sends to our log-in (OpenID Connect) is signed on to by `sign_on`, and keeps its cookies here: in this
    process, never in the browser that shows its pages.
    """
    return _Fetcher(looking, secret, sign_on, room or Room()).fetch


class _Fetcher:
    def __init__(self, looking: Looking, secret: str, sign_on: SignOn, room: Room) -> None:
        self.place = origin(looking.host)
        self.sign_on = sign_on
        self.left = _MOST_SIGN_ONS
        self.kept: dict[str, Answer] = {}
        self.room = room
        headers = {"Accept": "text/html,*/*;q=0.8"}
        self.client = outbound.session(_LIMITS, headers=headers, resolve=lambda _host: edge())
        # For whatever this client asks: that is this one place, at our own proxy's addresses.
        self.client.cookies.set(COOKIE, secret, path="/")

    def fetch(self, address: str) -> Answer:
        if address in self.kept:
            return self.kept[address]
        answer = self._get(address)
        if self.left > 0 and self._log_in_of(answer):
            self.left -= 1
            answer = self._signed_on(address, answer)
        if self.room.has(answer):
            self.kept[address] = answer
        return answer

    def _get(self, address: str) -> Answer:
        try:
            found = self.client.get(self.place + address)
        except outbound.NoAnswer as fault:
            raise Unreachable from fault
        told = tuple((name, value) for name, value in found.headers.items())
        return Answer(address, found.status_code, told, found.content, whole=len(found.content) < _LIMITS.size)

    def _signed_on(self, address: str, answer: Answer) -> Answer:
        """The page behind the product's log-in; the `answer` that sends there when nothing comes of it."""
        back = self._here(self.sign_on(self._log_in_of(answer)))
        for _step in range(_MOST_STEPS):
            if not back or back == address:
                break
            step = self._get(back)
            back = "" if self._log_in_of(step) else self._there(step)
        return self._get(address)

    def _log_in_of(self, answer: Answer) -> str:
        """The address of our log-in page to which an answer sends, or nothing."""
        there = self._there(answer)
        return there if there and is_ours(there, "sign-on") else ""

    def _there(self, answer: Answer) -> str:
        """Where an answer sends on this very place, or nothing."""
        if not 300 <= answer.status < 400:
            return ""
        try:
            return self._here(urljoin(self.place + answer.address, answer.header("Location")))
        except ValueError:
            return ""  # not an address at all

    def _here(self, url: str) -> str:
        """The path of an address of this place: its scheme, its host and its port."""
        return url.removeprefix(self.place) if url.startswith(f"{self.place}/") else ""


def edge() -> list[str]:
    """The addresses of the proxy in front of all hosts."""
    return list(settings.DNS_ADDRESSES) or outbound.resolve(settings.DNS_TARGET)


def leads_here(host: str) -> bool:
    """Whether people who open that host come to our proxy, as far as was seen."""
    # unscoped: a client may work on its reseller's host
    domain = Domain.unscoped.filter(host=host, state=Domain.State.PROVED).first()
    return domain is not None and standing_of(domain) == SERVING


@dataclass(slots=True)
class _Known:
    """What was come by so far, as whomever."""

    ends: float
    marks: set[tuple[str, str, str, int, int, str]] = field(default_factory=set)
    shown: dict[str, set[bytes]] = field(default_factory=dict)  # what pages said, by their address
    for_all: dict[str, Answer] = field(default_factory=dict)
    room: Room = field(default_factory=Room)
    pages: set[tuple[str, str]] = field(default_factory=set)
    silent: bool = False  # it did not answer: it is not waited for again


def product(
    looking: Looking, into: Gathered, told: Told, fetch: Fetch, further: Mapping[str, Fetch] = NO_OTHERS
) -> dict[str, str]:
    """Look at each section's page and at what belongs to it; returns for each section what was found (`CLEAN` …).

    `fetch` asks as the first person, `further` as each of `Looking.others`. A section is clean when it is to all who may open it.
    """
    if looking.given is None or not leads_here(looking.host):
        into.skip("product")
        return {}
    begins, measured = _begins(looking)
    known = _Known(ends=monotonic() + LONGEST_IN_ALL)
    looks = [_as_one(looking, into, told, fetch, begins, PRODUCT, known)]
    left_out = looking.was_cut or bool(set(looking.others) - set(further))
    for who, as_another in further.items():
        if known.silent or monotonic() > known.ends:
            looks.append({})
            left_out = True
            continue
        looks.append(_as_one(looking, into, told, as_another, begins, product_as(who), known))
    if left_out and known.shown:
        into.skip("others")
    for key in begins:
        measured[key] = _together([look.get(key, UNSEEN) for look in looks])
    if UNSEEN in measured.values() or not measured:
        into.skip("product")
    return measured


def _begins(looking: Looking) -> tuple[dict[str, str], dict[str, str]]:
    """Where sections begin on the account's host; and all sections, as not looked at yet."""
    scheme, _separator, host = origin(looking.host).partition("://")
    begins: dict[str, str] = {}
    measured: dict[str, str] = {}
    for each in section_addresses()[:_MOST_SECTIONS]:
        there = urlsplit(fill_address(each.address, host=host, account=looking.account.ref,
                                      language=looking.account.language, scheme=scheme))  # fmt: skip
        measured[each.key] = UNSEEN
        if there.hostname == looking.host and there.netloc == host:
            begins[each.key] = (there.path or "/") + (f"?{there.query}" if there.query else "")
    return begins, measured


def _together(looks: list[str]) -> str:
    """What a section is, of what it was to each."""
    for word in (NAMED, UNSEEN, CLEAN):
        if word in looks:
            return word
    return UNSEEN  # closed to all of them


def _as_one(
    looking: Looking, into: Gathered, told: Told, fetch: Fetch, begins: Mapping[str, str], who: str, known: _Known
) -> dict[str, str]:
    """The same as one person, for the sections that were come to. What an answer says to everybody is counted once."""
    first, seen_by = who == PRODUCT, looking.named(who)
    before_this_one = set[str]() if first else {found_mark(each) for each in into.found}
    ends, lost = min(known.ends, monotonic() + LONGEST), set[str]()
    before, counted, measured = into.looked_at, set[str](), dict[str, str]()

    def once(address: str) -> Answer:
        """What it answers; once it did not, or the time is over, it is not waited for again."""
        if address in known.for_all:
            return known.for_all[address]
        nothing = Answer(address, 0, (), b"", whole=False)
        if lost or monotonic() > ends:
            lost.add(address)
            return nothing
        try:
            answer = fetch(address)
        except Unreachable:
            known.silent = True
            lost.add(address)
            return nothing
        if _is_news(answer, known):
            counted.add(address)
        into.asked.add((address, seen_by))
        return answer

    for key, begin in begins.items():
        others = {address for name, address in begins.items() if name != key}
        try:
            opened = fetch(begin)
        except Unreachable:
            known.silent = True
            break
        if opened.status in {401, 403} or 300 <= opened.status < 400:
            measured[key] = _CLOSED  # it asks for a log-in of its own, or this person may not open it
            continue
        walked = walk(
            once, host=looking.host, begin=(begin,), words=looking.words, marks=looking.marks,
            follow=partial(_belongs, others=others, into=into), most=_MOST_ADDRESSES,
        )  # fmt: skip
        if walked.unread > len(lost):
            into.skip("files")
        if walked.was_cut:
            into.skip("more")
        if walked.sends:
            into.skip("forms")
        # What an error page or a file that was not read to its end does not say is no proof of what the section says.
        seen_well = opened.status < 300 and not walked.unread
        measured[key] = NAMED if walked.found else CLEAN if seen_well else UNSEEN
        new = [
            each for each in walked.found if _mark(each) not in known.marks and found_mark(each) not in before_this_one
        ]
        known.marks |= {_mark(each) for each in new}
        into.said |= {(each.address, seen_by, each.leak.word) for each in walked.found}
        counted |= {each.address for each in new}
        into.looked_at = before + len(counted)  # what several sections link to is one page
        into.leaking += len({each.address for each in new})
        into.found += seen_as(seen_by, new)
        for address, pictures in walked.logos.items():
            into.keep(address, pictures)
        shown = {address for address in walked.pages if address in counted}
        into.pages += [
            Wanted(address, who) for address in walked.pages if address in shown and (address, who) not in known.pages
        ]
        known.pages |= {(address, who) for address in shown}
        for address in walked.pages:
            into.sections_at.setdefault(address, set()).add(key)
        told(into.looked_at, into.looked_at)
        if lost:
            break  # what was found until then is kept
    return measured


def _is_news(answer: Answer, known: _Known) -> bool:
    """Whether nobody was shown the same at that address before; what everybody is shown is remembered."""
    if answer.status == 200 and answer.kind.startswith(_FOR_ALL) and len(answer.body) <= _LARGEST_FOR_ALL:
        if answer.address not in known.for_all and known.room.has(answer):
            known.for_all[answer.address] = answer
    said = hashlib.sha256(_MADE_ANEW.sub(b"*", answer.body) + b"%d" % answer.status).digest()
    before = known.shown.setdefault(answer.address, set())
    news = said not in before
    before.add(said)
    return news


def with_what_was_shown(measured: Mapping[str, str], into: Gathered) -> dict[str, str]:
    """The same after the pages were shown: a section whose page names the vendor only once its scripts have run is not clean,
    and one of which a page should have been shown and was not is unseen."""
    named = {key for each in into.found for key in into.sections_at.get(each.address, ())}
    unshown = {key for address in into.unshown for key in into.sections_at.get(address, ())}

    def after(key: str, word: str) -> str:
        if key in named:
            return NAMED
        return UNSEEN if word == CLEAN and key in unshown else word

    return {key: after(key, word) for key, word in measured.items()}


def _belongs(address: str, others: set[str], into: Gathered) -> bool:
    if address in others or is_ours(address):
        return False
    if ACTS.search(address):
        into.skip("acts")
        return False
    return True


def _mark(found: Found) -> tuple[str, str, str, int, int, str]:
    leak = found.leak
    return found.address, found.place, found.detail, leak.line, leak.column, leak.word
