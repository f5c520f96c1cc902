"""The page that shows whether anything names the vendor: of a reseller and of each of its clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sublet.core.rights import CLIENT
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people.queries import offer_for
from sublet.people.queries.sections import SectionView
from sublet.portals.shared.components import Fact, Progress
from sublet.portals.shared.csp import ALONE
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date
from sublet.proof.operations import ask_for_scan
from sublet.proof.queries import FindingRow, PlaceRow, ScanRow, picture_of, scan_report, scan_under_way


@dataclass(frozen=True, slots=True)
class ProofPlace:
    """Where the page stands. `base` is the page around it, `frame` what that page needs."""

    account_ref: str
    url: str
    may_ask: bool
    progress_url: str = ""
    release_url: str = ""  # where the vendor lets the reseller see what it has seen
    picture_url: Callable[[int], str] = lambda _number: ""
    of_account: bool = False  # the page is about somebody else's account, whose name it then says
    base: str = "shared/app.html"
    frame: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding in words: where it stands, and what to do."""

    row: FindingRow
    where: str
    advice: str
    word: str
    picture_url: str = ""
    times: str = ""  # at how many places, where it is more than one
    others: tuple[str, ...] = ()  # the other places in words
    more: int = 0  # how many of them are not told
    shown_to: str = ""  # to whom the first place was shown
    marked: str = ""  # whether a vendor mark tells of it already


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A section of the host product: what the manifest says of it, beside what a scan found there."""

    name: str
    icon: str
    marked: bool
    measured: str
    tone: str
    told: str


@dataclass(frozen=True, slots=True)
class Stat:
    """A number at a glance (``shared/stats.html``)."""

    label: str
    value: str
    hint: str = ""
    url: str = ""
    icon: str = ""
    tone: str = ""


def proof_page(request: SubletRequest, place: ProofPlace) -> HttpResponseBase:
    """The newest result, where something was found, and earlier results; by POST another look is asked for."""
    if request.method == "POST":
        try:
            ask_for_scan(account_ref=place.account_ref, actor=request.actor, at=now())
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            success(request, _("The pages are being looked at."))
        return HttpResponseRedirect(place.url)
    report = scan_report(request.actor, place.account_ref, at=now())
    latest, offered = report.latest, offer_for(CLIENT).sections
    context = {
        "base": place.base,
        "framed": place.frame is not None,
        "title": _("White label") + (f" · {report.account_name}" if place.of_account else ""),
        "lead": _("Whether anything that people are shown here names the vendor of the product."),
        "url": place.url,
        "report": report,
        "may_ask": place.may_ask,
        "held_until": write_date(latest.held_until) if latest is not None and latest.held_until is not None else "",
        "release_url": place.release_url,
        "stats": _stats(latest) if latest is not None else (),
        "skipped": [words for code in latest.skipped if (words := _skipped(code))] if latest is not None else [],
        "findings": [_finding(row, place, offered) for row in report.findings],
        "sections": _sections(latest, offered) if latest is not None else (),
        "progress": _progress(report.running, place) if report.running is not None else None,
        "history": [
            Fact(write_date(row.created_at), _told(row)) for row in report.scans if row is not latest and not row.open
        ],
        **(place.frame or {}),
    }
    return render(request, "proof/page.html", context)


def _finding(row: FindingRow, place: ProofPlace, offered: Mapping[str, SectionView]) -> FindingLine:
    return FindingLine(
        row=row,
        where=where(row),
        advice=advice(row),
        word=word_of(row.word) if row.kind == "logo" else row.word,
        picture_url="" if row.picture is None else place.picture_url(row.picture),
        times=ngettext("%(n)s place", "%(n)s places", row.times) % {"n": row.times} if row.times > 1 else "",
        others=tuple(
            " · ".join(filter(None, (each.address, _where(row.place, each), shown_to(each)))) for each in row.places[1:]
        ),
        more=max(0, row.times - len(row.places)),
        shown_to=shown_to(row.first),
        marked=marked(row, offered),
    )


def proof_progress(request: SubletRequest, place: ProofPlace) -> HttpResponseBase:
    """How far the scan under way is; when it is over the page is loaded again, with what was found."""
    running = scan_under_way(request.actor, place.account_ref, at=now())
    if running is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "shared/progress.html", {"progress": _progress(running, place)})


def _progress(row: ScanRow, place: ProofPlace) -> Progress:
    done, known = row.progress
    return Progress(label=_("The pages are being looked at."), done=done, total=known, url=place.progress_url)


def proof_picture(request: SubletRequest, place: ProofPlace, number: int) -> HttpResponseBase:
    """The picture of a finding: of a page as its people see it, so nobody keeps it, this browser neither."""
    answer = HttpResponse(picture_of(request.actor, place.account_ref, number), content_type="image/png")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = ALONE
    return answer


def _sections(row: ScanRow, offered: Mapping[str, SectionView]) -> list[SectionLine]:
    lines = []
    for key, measured in row.sections.items():
        section = offered.get(f"product.{key}")
        if section is None:
            continue
        words, tone = {
            "clean": (_("Nothing found"), "success"),
            "found": (_("Names the vendor"), "warning"),
        }.get(measured, (_("Not looked at"), "neutral"))
        told = ""
        if measured == "found" and not section.marked:
            told = _("It is not marked. Until it is clean, the manifest should mark it.")
        elif measured == "clean" and section.marked:
            told = _("It is marked, but nothing was found on its pages.")
        lines.append(SectionLine(section.name, section.icon, section.marked, words, tone, told))
    return lines


def word_of(word: str) -> str:
    """A word that was found, or what a logo is called."""
    logos = {
        "logo": _("The vendor’s logo"),
        "logo_dark": _("The vendor’s logo for dark pages"),
        "icon": _("The vendor’s icon"),
    }
    return logos.get(word, word)


def _stats(row: ScanRow) -> tuple[Stat, ...]:
    return (
        Stat(_("Score"), f"{row.score} / 100", tone="success" if row.leaking == 0 else "warning", hint=_("100: nothing was found")),
        Stat(_("Looked at"), str(row.looked_at), hint=_("Pages, files and mails")),
        Stat(_("With a finding"), str(row.leaking)),
        Stat(_("When"), write_date(row.ended_at or row.created_at), hint=row.host),
    )  # fmt: skip


def _told(row: ScanRow) -> str:
    if row.state == "failed":
        return _("Broken off")
    return _("%(score)s of 100, %(leaking)s with a finding") % {"score": row.score, "leaking": row.leaking}


def _skipped(code: str) -> str:
    return {
        "product": _(
            "Some pages of the product itself: they could not be reached, or are open to nobody of the account"
        ),
        "certificates": _("Certificates: none could be fetched"),
        "names": _("DNS names: there is no host of its own, or no resolver answered"),
        "pictures": _(
            "Words in pictures; their hidden texts were read, and they were compared with the vendor’s logos"
        ),
        "browser": _("What scripts make of the pages: no browser is set up for that here"),
        "shown": _("Some pages in a browser, which did not come to an end"),
        "inside": _("Pages behind the log-in: those of a reseller’s own people"),
        "others": _(
            "The product as some of the account’s people see it: there were too many of them, or too little time"
        ),
        "forms": _("What forms of the product answer when they are sent: nothing is sent"),
        "acts": _("Links of the product that by their name do something, such as delete or log out"),
        "nobody": _("Pages behind the log-in: nobody of this account can log in yet"),
        "files": _("Some files, which could not be read to their end"),
        "more": _("Some pages or hosts, because there were too many"),
        "sent": _("What some of the account’s people are shown: they were sent elsewhere, or not let in"),
    }.get(code, "")


def shown_to(place: PlaceRow) -> str:
    """Who was shown it, in words; empty where nobody had to log in, or out, for it."""
    if place.seen_by:
        return _("Shown to %(name)s") % {"name": place.seen_by}
    return {
        "stranger": _("Shown to whoever is not logged in"),
        "owner": _("Shown to the owner"),
        "collaborator": _("Shown to people with other rights"),
    }.get(place.seen_as, "")


def marked(row: FindingRow, offered: Mapping[str, SectionView]) -> str:
    """Whether a vendor mark tells of it already, in words; empty for what stands outside the product's sections."""
    there = [found for key in row.sections if (found := offered.get(f"product.{key}")) is not None]
    bare = [each.name for each in there if not each.marked]
    if bare:
        return _("No mark tells of it: %(sections)s") % {"sections": ", ".join(bare)}
    if there:
        return _("A mark tells of it: %(sections)s") % {"sections": ", ".join(each.name for each in there)}
    return ""


def where(row: FindingRow) -> str:
    """The place in words, with line and column where that helps."""
    return _where(row.place, row)


def _where(place: str, at: FindingRow | PlaceRow) -> str:
    spot = {"line": at.line, "column": at.column, "detail": at.detail}
    if place == "header":
        return _("In the header %(detail)s") % spot
    if place == "cookie":
        return _("In the cookie %(detail)s") % spot
    if place == "mail":
        return _("In the mail, %(detail)s, line %(line)s") % spot
    if place == "file":
        return _("Inside the file, %(detail)s") % spot
    if place == "attribute":
        return _("In the attribute %(detail)s, line %(line)s, column %(column)s") % spot
    if place == "rendered":
        return _("As a browser shows it, in %(detail)s") % spot
    if place == "request":
        return _("Loads from %(detail)s") % spot
    if place == "stored":
        return _("Kept in the browser’s storage")
    if place == "console":
        return _("Written to the browser’s console")
    if place == "logo":
        return _("In a picture")
    if place == "dns":
        return _("In DNS, in the record %(detail)s") % spot
    if place == "certificate":
        return _("In the certificate")
    if place in {"script", "style", "comment"}:
        return _("In the code of the page, line %(line)s, column %(column)s") % spot
    return _("In the text, line %(line)s, column %(column)s") % spot


def advice(row: FindingRow) -> str:
    """What to do about it."""
    if row.place in {"header", "cookie"}:
        return _("Have the proxy in front take it away or rename it.")
    if row.place == "request":
        return _("Have the page bring the file along, or tell the vendor.")
    if row.place == "logo":
        return _("Upload a logo of the brand’s own in its place.")
    if row.place in {"dns", "certificate"}:
        return _("Let the host lead to a name that says nothing, with a certificate of its own.")
    if row.place == "file" and row.address.startswith("/"):  # else it is one that is made anew each time
        return _("Save the file again without its hidden texts.")
    if row.place == "mail":
        return _("Look at the sender of the brand and at the texts of its mails.")
    return _("Look for the word in the brand and in the account’s own texts; if it is not there, tell the vendor.")
