"""The page that shows whether anything names the vendor: of a reseller and of each of its clients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.messages import error, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.components import Fact
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date
from sublet.proof.operations import ask_for_scan
from sublet.proof.queries import FindingRow, ScanRow, scan_report


@dataclass(frozen=True, slots=True)
class ProofPlace:
    """Where the page stands. `base` is the page around it, `frame` what that page needs."""

    account_ref: str
    url: str
    may_ask: bool
    base: str = "shared/app.html"
    frame: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding in words: where it stands, and what to do."""

    row: FindingRow
    where: str
    advice: str


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
    report = scan_report(request.actor, place.account_ref)
    latest = report.latest
    context = {
        "base": place.base,
        "framed": place.frame is not None,
        "title": _("White label"),
        "lead": _("Whether anything that people are shown here names the vendor of the product."),
        "url": place.url,
        "report": report,
        "may_ask": place.may_ask,
        "stats": _stats(latest) if latest is not None else (),
        "skipped": [words for code in latest.skipped if (words := _skipped(code))] if latest is not None else [],
        "findings": [FindingLine(row, where(row), advice(row)) for row in report.findings],
        "history": [
            Fact(write_date(row.created_at), _told(row)) for row in report.scans if row is not latest and not row.open
        ],
        **(place.frame or {}),
    }
    return render(request, "proof/page.html", context)


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
        "product": _("The pages of the product itself"),
        "certificates": _("Certificates and DNS names"),
        "pictures": _("What pictures show; their hidden texts were read"),
        "nobody": _("Pages behind the log-in: nobody of this account can log in yet"),
        "files": _("Some files, which could not be read to their end"),
        "more": _("Some pages, because there were too many"),
    }.get(code, "")


def where(row: FindingRow) -> str:
    """The place in words, with line and column where that helps."""
    spot = {"line": row.line, "column": row.column, "detail": row.detail}
    if row.place == "header":
        return _("In the header %(detail)s") % spot
    if row.place == "cookie":
        return _("In the cookie %(detail)s") % spot
    if row.place == "mail":
        return _("In the mail, %(detail)s, line %(line)s") % spot
    if row.place == "file":
        return _("Inside the file, %(detail)s") % spot
    if row.place == "attribute":
        return _("In the attribute %(detail)s, line %(line)s, column %(column)s") % spot
    if row.place in {"script", "style", "comment"}:
        return _("In the code of the page, line %(line)s, column %(column)s") % spot
    return _("In the text, line %(line)s, column %(column)s") % spot


def advice(row: FindingRow) -> str:
    """What to do about it."""
    if row.place in {"header", "cookie"}:
        return _("Have the proxy in front take it away or rename it.")
    if row.place == "file":
        return _("Save the file again without its hidden texts.")
    if row.place == "mail":
        return _("Look at the sender of the brand and at the texts of its mails.")
    return _("Look for the word in the brand and in the account’s own texts; if it is not there, tell the vendor.")
