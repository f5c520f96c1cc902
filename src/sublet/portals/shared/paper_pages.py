"""Invoices as files: one of them, and all of some days for accounting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.messages import error
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.billing.documents import NotElectronic
from sublet.billing.operations.papers import CSV, DATEV, UBL, export_invoices
from sublet.billing.queries.invoices import InvoiceShown
from sublet.billing.queries.papers import paper_of
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.files import file_word
from sublet.portals.shared.forms import DayField, SubletForm
from sublet.portals.shared.http import SubletRequest

#: Kind of an export → its media type and ending.
MEDIA = {
    CSV: ("text/csv; charset=utf-8", "csv"),
    DATEV: ("text/csv; charset=windows-1252", "csv"),
    UBL: ("application/zip", "zip"),
}


class ExportForm(SubletForm):
    """Which days, and as what."""

    kind = forms.ChoiceField(
        label=gettext_lazy("As"),
        choices=[
            (CSV, gettext_lazy("Table (CSV)")),
            (DATEV, gettext_lazy("Bookings in the shape of DATEV (CSV)")),
            (UBL, gettext_lazy("Electronic invoices (UBL, ZIP)")),
        ],
    )
    first = DayField(label=gettext_lazy("From"))
    last = DayField(label=gettext_lazy("Until"), help_text=gettext_lazy("Both days included, by the day of issue."))


def paper_actions(request: SubletRequest, name: str, shown: InvoiceShown) -> tuple[Action, ...]:
    """The ways to the files of an invoice that is issued; none in a visit, which takes no files away (`core.matrix`)."""
    if not shown.row.number or request.actor.impersonator is not None:
        return ()

    def url(form: str) -> str:
        return reverse(
            f"{name}-paper", kwargs={"account": request.actor.account_ref, "invoice": shown.row.ref, "form": form}
        )

    return (
        Action(_("PDF"), url("pdf"), "download", download=True),
        Action(_("UBL"), url("ubl"), "download", download=True),
        Action(_("XRechnung"), url("xrechnung-ubl"), "download", download=True),
    )


def paper(request: SubletRequest, invoice: str, form: str) -> HttpResponseBase:
    """One invoice as a file."""
    try:
        file = paper_of(request.actor, invoice, form=form)
    except NotElectronic as refused:
        error(request, _refused(refused))
        return HttpResponseRedirect(request.path.partition("file/")[0])
    answer = HttpResponse(file.content, content_type=file.media)
    name = f"{file_word(file.number)}.{file.ending}"
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def _refused(refused: NotElectronic) -> str:
    if refused.missing and refused.code == "xrechnung":
        return _("For an XRechnung something is missing on this invoice: %(rules)s.") % {
            "rules": ", ".join(refused.missing)
        }
    return _("This invoice has no electronic form: its currency has more decimals than the standard allows.")


def export_page(listing: str) -> Callable[..., HttpResponseBase]:
    """The page on which files for accounting are taken away; `listing` is the name of the list above it."""

    def page(request: SubletRequest) -> HttpResponseBase:
        account = request.actor.account_ref
        form = ExportForm(request.GET if "kind" in request.GET else None, initial=_last_month())
        if form.is_bound and request.method == "GET" and form.is_valid():
            try:
                return _file(request, form.cleaned_data)
            except Refusal as refusal:
                form.refuse(refusal)
        title = _("Download invoices")
        context: dict[str, Any] = {
            "form": form,
            "title": title,
            "crumbs": (Crumb(_("Invoices"), reverse(listing, kwargs={"account": account})), Crumb(title)),
        }
        return render(request, "money/export.html", context, status=422 if form.errors else 200)

    page.__name__ = f"{listing.replace('-', '_')}_export"
    return page


def _file(request: SubletRequest, asked: dict[str, Any]) -> HttpResponseBase:
    pieces = export_invoices(
        kind=asked["kind"], first=asked["first"], last=asked["last"], actor=request.actor, at=now()
    )
    media, ending = MEDIA[asked["kind"]]
    answer = StreamingHttpResponse(pieces, content_type=media)
    word = file_word(f"{request.actor.account_name} {_('Invoices')} {asked['first']} {asked['last']}")
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{word}.{ending}") or ""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _last_month() -> dict[str, date]:
    today = now().astimezone(timezone.get_current_timezone()).date()
    last = today.replace(day=1) - timedelta(days=1)
    return {"first": last.replace(day=1), "last": last}
