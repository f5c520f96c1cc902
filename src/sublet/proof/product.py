"""The host product's pages, as the account's people see them: asked for over the outbound client, behind the same proxy.

The proxy in front of the product asks us who it is (forward authentication), and is shown a pass instead of a log-in. It is a
secret of 256 bits of which only the digest is stored; it is good on this host, for this account, for looking at pages, while
this scan runs, and nowhere but at that question: no page of ours knows it (`queries.looking_by`).

A product with a log-in of its own sends to ours (OpenID Connect). The scan then goes through that page as the account's person,
inside this process, and signs on to look (`signon.operations.looks`, `signing_on`): the application is told of view rights
alone, on this host, for this account, while this scan runs.

Addresses are templates of the vendor's manifest, filled in with a proved host. The name is the account's, and may lead anywhere
by the time it is asked for, so it is not looked up: the pass goes to the addresses of our own proxy and nowhere else. A host
that does not lead there, and a product on another one, which has its own log-in, are not looked at, and the scan says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from sublet.branding.models import Domain
from sublet.branding.queries import origin
from sublet.branding.queries.domains import SERVING, standing_of
from sublet.core.findings import Found
from sublet.core.manifest import fill_address
from sublet.core.marks import CLEAN, NAMED, UNSEEN
from sublet.foundation import outbound
from sublet.people.queries.sections import section_addresses
from sublet.proof.browser import Wanted
from sublet.proof.scanning import Gathered, Looking, is_ours, seen_as
from sublet.proof.visitor import Answer
from sublet.proof.walk import Told, walk

#: In the browser's place: the cookie in which the proxy is shown the pass. It names nobody.
COOKIE = "looking"
#: As whom pages of the product are shown in the browser.
WHO = "product"
_MOST_ADDRESSES, _MOST_SECTIONS = 30, 40
#: Seconds for all of it: a product that takes its time with each page must leave some to the browser, before the pass is over.
LONGEST = 300.0
_LIMITS = outbound.Limits(total=10.0, size=4 * 1024 * 1024, cut=True)

#: How often a scan signs on at most: an access token is good for minutes.
_MOST_SIGN_ONS, _MOST_STEPS = 4, 5

Fetch = Callable[[str], Answer]
#: Takes the address of the log-in to which an application sends people; gives that to which they come back, or nothing.
SignOn = Callable[[str], str]


class Unreachable(Exception):
    """The product did not answer."""


def fetcher(looking: Looking, secret: str, sign_on: SignOn = lambda _address: "") -> Fetch:
    """Asks our own proxy for an address on the account's host, with the pass. Each address once. Raises Unreachable.

    A product that sends to our log-in (OpenID Connect) is signed on to by `sign_on`, and keeps its cookies here: in this
    process, never in the browser that shows its pages.
    """
    return _Fetcher(looking, secret, sign_on).fetch


class _Fetcher:
    def __init__(self, looking: Looking, secret: str, sign_on: SignOn) -> None:
        self.place = origin(looking.host)
        self.sign_on = sign_on
        self.left = _MOST_SIGN_ONS
        self.kept: dict[str, Answer] = {}
        headers = {"Accept": "text/html,*/*;q=0.8"}
        self.client = outbound.session(_LIMITS, headers=headers, resolve=lambda _host: edge())
        # For whatever this client asks: that is this one place, at our own proxy's addresses.
        self.client.cookies.set(COOKIE, secret, path="/")

    def fetch(self, address: str) -> Answer:
        if address not in self.kept:
            answer = self._get(address)
            if self.left > 0 and self._log_in_of(answer):
                self.left -= 1
                answer = self._signed_on(address, answer)
            self.kept[address] = answer
        return self.kept[address]

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


def product(looking: Looking, into: Gathered, told: Told, fetch: Fetch) -> dict[str, str]:
    """Look at each section's page and at what belongs to it; returns for each section what was found (`CLEAN` …)."""
    if looking.given is None or not leads_here(looking.host):
        into.skip("product")
        return {}
    scheme, _separator, host = origin(looking.host).partition("://")
    begins: dict[str, str] = {}
    measured: dict[str, str] = {}
    for each in section_addresses()[:_MOST_SECTIONS]:
        there = urlsplit(fill_address(each.address, host=host, account=looking.account.ref,
                                      language=looking.account.language, scheme=scheme))  # fmt: skip
        measured[each.key] = UNSEEN
        if there.hostname == looking.host and there.netloc == host:
            begins[each.key] = (there.path or "/") + (f"?{there.query}" if there.query else "")
    told_of: set[tuple[str, str, str, int, int, str]] = set()
    seen: set[str] = set()
    asked: set[str] = set()
    ends, lost = monotonic() + LONGEST, set[str]()

    def once(address: str) -> Answer:
        """What it answers; once it did not, or the time is over, it is not waited for again."""
        nothing = Answer(address, 0, (), b"", whole=False)
        if lost or monotonic() > ends:
            lost.add(address)
            return nothing
        try:
            answer = fetch(address)
        except Unreachable:
            lost.add(address)
            return nothing
        asked.add(address)
        into.asked.add((address, looking.seen_as))
        return answer

    before = into.looked_at
    for key, begin in begins.items():
        others = {address for name, address in begins.items() if name != key}
        try:
            first = fetch(begin)
        except Unreachable:
            break
        if first.status in {401, 403} or 300 <= first.status < 400:
            continue  # it asks for a log-in of its own, or this person may not open it
        walked = walk(
            once, host=looking.host, begin=(begin,), words=looking.words, marks=looking.marks,
            follow=partial(_belongs, others=others), most=_MOST_ADDRESSES,
        )  # fmt: skip
        if walked.unread > len(lost):
            into.skip("files")
        if walked.was_cut:
            into.skip("more")
        # What an error page or a file that was not read to its end does not say is no proof of what the section says.
        seen_well = first.status < 300 and not walked.unread
        measured[key] = NAMED if walked.found else CLEAN if seen_well else UNSEEN
        new = [each for each in walked.found if _mark(each) not in told_of]
        told_of |= {_mark(each) for each in new}
        into.looked_at = before + len(asked)  # what several sections link to is one page
        into.leaking += len({each.address for each in new})
        into.found += seen_as(looking.seen_as, new)
        into.pages += [Wanted(address, WHO) for address in walked.pages if address not in seen]
        seen |= set(walked.pages)
        for address in walked.pages:
            into.sections_at.setdefault(address, set()).add(key)
        told(into.looked_at, into.looked_at)
        if lost:
            break  # what was found until then is kept
    if asked:
        into.skip("others")  # the pass is the first person's, and is good for looking
    if UNSEEN in measured.values() or not measured:
        into.skip("product")
    return measured


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


def _belongs(address: str, others: set[str]) -> bool:
    return address not in others and not is_ours(address)


def _mark(found: Found) -> tuple[str, str, str, int, int, str]:
    leak = found.leak
    return found.address, found.place, found.detail, leak.line, leak.column, leak.word
