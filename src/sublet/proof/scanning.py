"""What a scan goes through, part by part. Each part says how much it looked at, what it found, and what it could not look at.

Nothing is written here, and nothing is asked of the outside but the host product and, by jobs, DNS.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_backends
from django.utils import translation

from sublet.accounts.models import Account
from sublet.branding.documents import letterhead, render
from sublet.branding.documents.handover import HandoverFacts, handover_data
from sublet.branding.queries import HostView, host_view, origin
from sublet.core.findings import COLLABORATOR, OWNER, STRANGER, Found, found_mark, shape
from sublet.core.leaks import Word
from sublet.core.rights import CLIENT
from sublet.people.models import Collaborator, User
from sublet.people.queries.company_log_ins import CameIn, came_by_company
from sublet.proof import browser
from sublet.proof.addresses import is_ours, is_products
from sublet.proof.browser import Wanted
from sublet.proof.gathering import Gathered, Looking, another, is_of_product, seen_as
from sublet.proof.looks import look_at
from sublet.proof.papers import papers_of
from sublet.proof.pictures import Picture, of_logo
from sublet.proof.visitor import Answer, Pass, ask, post
from sublet.proof.walk import MOST_LEAKS, PUBLIC, Marks, Told, logos_in, look, untold, walk

_log = logging.getLogger(__name__)
_ACCOUNT = re.compile(r"acc_[0-9A-Za-z]+")

#: Of so many people of a client, those who have been there longest, each set of rights is found; and so many of these are looked
#: as: each takes as long as the owner's walk. Where there are more, the scan says that it left something out.
MOST_PEOPLE, MOST_OTHERS = 500, 24


def looking_at(account: Account, host: str, words: Sequence[Word], marks: Marks, at: datetime) -> Looking:
    """As whom the account's pages are seen: a client's owner, or whoever has been there longest, and one person of each other
    set of rights; else a stranger."""
    if account.kind != CLIENT:
        return Looking(account, host, words, marks, at)
    people = Collaborator.objects.filter(account=account, ended_at__isnull=True, user__is_active=True)
    found = list(people.select_related("user").order_by("-is_owner", "id")[: MOST_PEOPLE + 1])
    if not found:
        return Looking(account, host, words, marks, at)
    first, *others = found[:MOST_PEOPLE]
    came = came_by_company(account.id)
    kinds = {} if first.is_owner else {_kind(first): first}
    further = [each for each in others if kinds.setdefault(_kind(each), each) is each]
    return Looking(
        account, host, words, marks, at, _pass(first.user, at, came), OWNER if first.is_owner else COLLABORATOR,
        {another(number): _pass(each.user, at, came) for number, each in enumerate(further[:MOST_OTHERS], start=1)},
        len(found) > MOST_PEOPLE or len(further) > MOST_OTHERS,
        [first.ref, *(each.ref for each in further[:MOST_OTHERS])],
    )  # fmt: skip


def _kind(place: Collaborator) -> tuple[tuple[str, str], ...]:
    """People of the same rights are shown the same pages."""
    return tuple(sorted(place.rights_words.items()))


def _pass(user: User, at: datetime, came: CameIn | None) -> Pass:
    return Pass(
        user_id=user.id,
        epoch=user.session_epoch,
        session_hash=user.get_session_auth_hash(),
        backend=backend(),
        at=at,
        came=came,
    )


def backend() -> str:
    """By which backend somebody who is looked for is signed on."""
    first = get_backends()[0]
    return f"{type(first).__module__}.{type(first).__name__}"


Asking = Callable[..., Answer]
NOBODYS: Mapping[str, Callable[[str], Answer]] = MappingProxyType({})
#: Forms that strangers can send, with what makes them answer with an error: nothing comes of any of them.
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/login/", {}),
    ("/login/", {"email": "nobody", "password": ""}),
    ("/forgotten/", {"email": "nobody"}),
    ("/nothing-here/", {}),
)


def forms(looking: Looking, into: Gathered) -> None:
    """What those forms answer, and what they answer to somebody without the page's secret."""
    for address, form in FORMS:
        for with_secret in (True, False):
            answer = post(host=looking.host, address=address, form=form, with_secret=with_secret)
            into.add(seen_as(STRANGER, look(answer, looking.words, looking.marks)[0]))


def pages(looking: Looking, into: Gathered, told: Told, asking: Asking = ask, begin: Sequence[str] = PUBLIC) -> None:
    """What strangers are shown, and what the account's own people are."""
    ways: list[tuple[str, Pass | None, Sequence[str]]] = [("", None, begin)]
    if looking.given is not None:
        # On a host of the reseller's the first page of somebody with several accounts is another one's.
        ways.append((looking.seen_as, looking.given, (_door(looking), "/")))
    else:
        into.skip("nobody" if looking.account.kind == CLIENT else "inside")
    for who, given, start in ways:
        before = into.looked_at
        statuses: dict[str, int] = {}

        def one(
            address: str, who: str = who, given: Pass | None = given, statuses: dict[str, int] = statuses
        ) -> Answer:
            language = looking.account.language if given is None else ""
            answer = asking(host=looking.host, address=address, shown_to=given, language=language)
            statuses[address] = answer.status
            into.answered.add((shape(address), answer.status))
            into.asked.add((address, who or STRANGER))
            return answer

        def far(done: int, known: int, before: int = before) -> None:
            told(before + done, before + known)

        walked = walk(
            one, host=looking.host, begin=start, words=looking.words, marks=looking.marks, told=far,
            follow=_of_this_account(looking.account.ref),
        )  # fmt: skip
        into.looked_at += walked.looked_at
        into.leaking += walked.leaking
        into.found += seen_as(who or STRANGER, walked.found)
        for address, pictures in walked.logos.items():
            into.keep(address, pictures)
        if walked.was_cut:
            into.skip("more")
        if walked.unread:
            into.skip("files")
        if who and not _was_let_in(statuses.get(start[0], 0)):
            into.skip("sent")
        into.pages += [Wanted(address, who) for address in walked.pages]
    if looking.was_cut:
        into.skip("more")
    for who, given in looking.others.items():
        _as_another(looking, into, told, asking, who, given)


def _as_another(looking: Looking, into: Gathered, told: Told, asking: Asking, who: str, given: Pass) -> None:
    """What somebody of other rights is shown where the others were: what answers as it did to them is the same page with
    less on it, and counts only for a word that did not stand there."""
    known = {found_mark(each) for each in into.found}
    statuses: dict[str, int] = {}
    before = into.looked_at

    def one(address: str) -> Answer:
        answer = asking(host=looking.host, address=address, shown_to=given, language="")
        statuses[address] = answer.status
        into.asked.add((address, who))
        told(before + len(statuses), before + max(len(begin), len(statuses)))
        return answer

    begin = (_door(looking), "/", *(each.address for each in into.pages if each.who == looking.seen_as))
    follow = _of_this_account(looking.account.ref)
    walked = walk(one, host=looking.host, begin=begin, words=looking.words, marks=looking.marks, follow=follow)
    new = [each for each in walked.found if found_mark(each) not in known]
    into.said |= {(each.address, who, each.leak.word) for each in walked.found}
    # Who is sent elsewhere was shown nothing.
    others = {
        address
        for address, status in statuses.items()
        if not 300 <= status < 400 and (shape(address), status) not in into.answered
    }
    into.answered |= {(shape(address), statuses[address]) for address in others}
    named = {each.address for each in new}
    into.looked_at += len(others | named)
    into.leaking += len({each.address for each in walked.found} & others | named)
    into.found += seen_as(who, new)
    if walked.was_cut:
        into.skip("more")
    if walked.unread:
        into.skip("files")
    if not _was_let_in(statuses[begin[0]]):
        into.skip("sent")
    # One page that says no is enough of its kind.
    shown: dict[object, str] = {}
    for address in walked.pages:
        if address in others | named:
            shown.setdefault(statuses[address] if statuses[address] >= 400 else address, address)
    into.pages += [Wanted(address, who) for address in shown.values()]


def _door(looking: Looking) -> str:
    """The first page of the account, which all of its people are shown."""
    return f"/client/{looking.account.ref}/"


def _was_let_in(status: int) -> bool:
    """Whether that is what the account's door answers to its people: not a log-in, nor that the account is suspended or closed,
    nor that nobody of that name is in it."""
    return 200 <= status < 300


def still_let_in(looking: Looking, into: Gathered, asking: Asking = ask) -> None:
    """Say so when somebody as whom was looked is not let in any more: nobody knows from which page on they were shown nothing,
    and pages that say no name nobody."""
    for given in (looking.given, *looking.others.values()):
        if given is None:
            continue
        if not _was_let_in(asking(host=looking.host, address=_door(looking), shown_to=given, language="").status):
            into.skip("sent")


def _of_this_account(ref: str) -> Callable[[str], bool]:
    """Whether an address belongs to no other account: whoever works for the reseller, too, has a way there from here."""

    def is_of_it(address: str) -> bool:
        path = address.partition("?")[0]
        return all(each == ref for each in _ACCOUNT.findall(path)) and not is_products(path)

    return is_of_it


#: Pages that strangers are shown on which a brand's own texts stand.
WORDED = ("/login/", "/nothing-here/", "/manifest.webmanifest")


def in_languages(looking: Looking, into: Gathered, asking: Asking = ask) -> None:
    """Those pages in each other language, because a brand says its texts differently in some. What stands on the page in the
    account's own language as well has been found there."""
    known = {(each.address, each.place, each.leak.word, each.leak.excerpt) for each in into.found}
    for language, _name in settings.LANGUAGES:
        if language == looking.account.language:
            continue
        for address in WORDED:
            answer = asking(host=looking.host, address=address, shown_to=None, chosen=language)
            found, _whole = look(answer, looking.words, looking.marks)
            new = [each for each in found if (address, each.place, each.leak.word, each.leak.excerpt) not in known]
            into.add([replace(each, address=f"{address} ({language})", seen_as=STRANGER) for each in new])


def shown(
    looking: Looking,
    into: Gathered,
    told: Told,
    asking: Asking = ask,
    fetches: Mapping[str, Callable[[str], Answer]] = NOBODYS,
) -> None:
    """The same pages in a real browser; where there is none, that is said. `fetches`: who asks for the product's, by `Wanted.who`."""
    if browser.lacking():
        into.skip("browser")
        return
    if len(into.pages) > browser.MOST_PAGES:
        into.skip("more")
    # What others are shown besides comes last, the product's pages before ours: a section that nobody has seen would be called clean.
    wanted = sorted(
        into.pages, key=lambda each: (looking.named(each.who) in looking.others, not is_of_product(each.who))
    )
    wanted = wanted[: browser.MOST_PAGES]
    before = into.looked_at

    of_product = {each.address for each in wanted if is_of_product(each.who)}
    brought: set[str] = set()  # what pages have asked for by their scripts alone, since the last one was shown

    def answered(address: str, who: str) -> Answer | None:
        """What the page is answered. What no link leads to, such as what scripts ask for, is looked at here."""
        answer = given_to(address, who)
        key = (address, looking.named(who))
        if answer is not None and key not in into.asked:
            into.asked.add(key)
            if len(into.found) > MOST_LEAKS:
                into.skip("more")
                return answer
            brought.add(address)
            found, whole = look(replace(answer, address=address), looking.words, looking.marks)
            into.add(seen_as(key[1], found))
            if not whole:
                into.skip("files")
        return answer

    def given_to(address: str, who: str) -> Answer | None:
        fetch = fetches.get(who)
        if fetch is not None and (address in of_product or not is_ours(address)):
            try:
                return fetch(address)
            except Exception:  # whatever befell the product's server: this page cannot be had
                return None
        answer = asking(host=looking.host, address=address, shown_to=looking.shown_to(who))
        for _step in range(
            4
        ):  # the browser is told where a redirect ends: it would ask the network for the next address
            if not 300 <= answer.status < 400 or not answer.header("Location"):
                break
            there = _on_host(answer.header("Location"), looking.host)
            if there is None:
                return None
            answer = asking(host=looking.host, address=there, shown_to=looking.shown_to(who))
        return answer

    # What the answer itself has said to that very person is no news; what it has said to another is.
    said: dict[tuple[str, str], set[str]] = {}
    for address, whom, word in {*into.said, *((each.address, each.seen_as, each.leak.word) for each in into.found)}:
        said.setdefault((address, whom), set()).add(word)
    done, shown_well = 0, set[tuple[str, str]]()
    try:
        for seen in browser.show(
            wanted, host=looking.host, origin=origin(looking.host), language=looking.account.language,
            words=[word.text for word in looking.words], ask=answered,
        ):  # fmt: skip
            done += 1
            told(before + done, before + len(wanted))
            for address in brought:
                into.sections_at.setdefault(address, set()).update(into.sections_at.get(seen.address, ()))
            brought.clear()
            who = looking.named(seen.who)
            known = frozenset(said.get((seen.address, who), ()))
            found = seen_as(who, look_at(seen, looking.words, looking.marks, known=known))
            if seen.fault or not seen.whole:
                into.skip("shown")
            else:
                shown_well.add((seen.address, seen.who))
            # What a page has asked of other hosts before it went wrong, it has asked.
            if found or not seen.fault:
                into.add(found)
            into.keep(seen.address, _of_findings(found, seen, into, looking))
    except browser.BrowserLost:
        _log.warning("the browser of a scan was lost")
    if done < len(wanted):
        into.skip("shown")
    into.unshown |= {each.address for each in into.pages if (each.address, each.who) not in shown_well}


def _of_findings(
    found: Sequence[Found], seen: browser.Seen, into: Gathered, looking: Looking
) -> dict[str, list[Picture]]:
    """Pieces of a page that was shown: of words that were found there, by whomever, and of logos."""
    words = {each.leak.word for each in (*found, *into.found) if each.address == seen.address}
    pictures = {word: pieces for word, pieces in seen.pictures.items() if word in words}
    for each in found:
        if each.place == "logo":
            shows = (one for one in seen.shown if logos_in(seen.address, one, looking.marks, "shown"))
            pictures[each.leak.word] = [Picture(of_logo(one)) for one in shows][:1]
    return pictures


def letters_shown(looking: Looking, into: Gathered, told: Told = untold, asking: Asking = ask) -> None:
    """Pieces of mails with a finding, as a browser shows them. They were read before: nothing more is found here."""
    if not into.letters or browser.lacking():
        return
    pages = {f"/mail/{number}": each for number, each in enumerate(into.letters)}

    def answered(address: str, _who: str) -> Answer | None:
        if address in pages:
            body = into.letters[pages[address]].encode()
            return Answer(address, 200, (("Content-Type", "text/html; charset=utf-8"),), body)
        return asking(host=looking.host, address=address, shown_to=None)  # the brand's pictures in it

    wanted = [Wanted(address, "", logos=False) for address in pages]
    try:
        for seen in browser.show(
            wanted, host=looking.host, origin=origin(looking.host), language=looking.account.language,
            words=[word.text for word in looking.words], ask=answered,
        ):  # fmt: skip
            told(into.looked_at, into.looked_at)
            name, part = pages[seen.address]
            into.keep(f"{name}\n{part}", seen.pictures)
    except browser.BrowserLost:
        _log.warning("the browser of a scan was lost")


def _on_host(location: str, host: str) -> str | None:
    try:
        parts = urlsplit(location)
        name = parts.hostname
    except ValueError:
        return None
    if name not in {None, host}:
        return None
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def documents(looking: Looking, into: Gathered, told: Told = untold) -> None:
    """Each kind of PDF that the account's people can be handed, in each language, with what is written in it.

    One that cannot be made is said to be not looked at.
    """
    site = host_view(looking.host)
    if site is None:
        return
    # unscoped: the account's own; what its reseller issues to it has the reseller's letterhead
    account = Account.unscoped.select_related("parent__parent").get(id=looking.account.id)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            try:
                for name, data in _handed(account, site, language, looking):
                    found, whole = look(Answer(f"{name} ({language})", 200, (), data), looking.words)
                    if not whole:
                        into.skip("files")
                    into.add(found)
                    told(into.looked_at, into.looked_at)
            except ValueError:
                _log.exception("a document of a scan could not be made")
                into.skip("files")


def _handed(account: Account, site: HostView, language: str, looking: Looking) -> Iterator[tuple[str, bytes]]:
    brand = site.brand.speaking(language)
    facts = HandoverFacts(account=account.name, address=f"{origin(looking.host)}/")
    head = letterhead(brand, donor_ids=site.donor_ids)
    data = handover_data(facts, brand)
    yield "handover", render("handover", language=language, letterhead=head, data=data, at=looking.at)
    yield from papers_of(account, language, looking.at)
