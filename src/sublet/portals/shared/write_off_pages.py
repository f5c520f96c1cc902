"""Giving up what is open of an invoice: the page that asks first, and the way back; and what an invoice's page says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.messages import error, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from sublet.billing import operations
from sublet.billing.queries.invoices import InvoiceShown, WriteOffRow
from sublet.billing.queries.write_offs import WriteOffAsked, write_off_asked
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.locales import write_date, write_money
from sublet.portals.shared.page_sets import FORM, PageSet

DO = "billing:manage"


class WriteOffForm(SubletForm):
    """Why, and whether what rests goes on."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("For you and your accountant. Whoever owes does not read it."),
    )
    resumes = forms.BooleanField(
        label=gettext_lazy("Let the plan go on"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "It rests because of this invoice. Otherwise it rests until you let it go on by hand, and costs nothing until then."
        ),
    )

    def __init__(self, *args: Any, rests: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not rests:
            self.fields.pop("resumes")


@dataclass(frozen=True, slots=True)
class WriteOffPages(PageSet):
    """The views of one portal: `name` is that of its invoices."""

    def write_off(self, request: SubletRequest, invoice: str) -> HttpResponseBase:
        """Say what will follow; by POST do it."""
        asked = write_off_asked(invoice, request.actor)
        back = self.url(request, "invoice", invoice=invoice)
        if asked.minor + asked.ahead_minor <= 0:
            error(request, str(operations.CannotWriteOff("not-open").sentence))
            return HttpResponseRedirect(back)
        form = WriteOffForm(request.POST if request.method == "POST" else None, rests=asked.rests)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                done = operations.write_off(
                    ref=invoice, reason=said["reason"], resumes=said.get("resumes", True), actor=request.actor, at=now()
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                success(request, _("Written off.") if done.written_off_minor else _("Paid from what was paid ahead."))
                return HttpResponseRedirect(back)
        title = _("Write off invoice %(number)s") % {"number": asked.number}
        context = {
            "form": form,
            "title": title,
            "lost": write_money(asked.minor, asked.currency),
            "points": _points(asked),
            "crumbs": (
                Crumb(_("Invoices"), self.url(request, "invoices")), Crumb(asked.number, back), Crumb(_("Write off")),
            ),
            "back_url": back,
        }  # fmt: skip
        return render(request, "money/write_off.html", context, status=422 if form.errors else 200)

    def reopen(self, request: SubletRequest, invoice: str) -> HttpResponseBase:
        """Ask for it after all."""
        try:
            operations.reopen_invoice(ref=invoice, reason=posted(request, "reason", 200), actor=request.actor, at=now())
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            success(request, _("It is owed again."))
        return HttpResponseRedirect(self.url(request, "invoice", invoice=invoice))


def _points(asked: WriteOffAsked) -> list[str]:
    """What follows, in the order in which people ask."""
    found = []
    if asked.ahead_minor:
        ahead = write_money(asked.ahead_minor, asked.currency)
        found.append(
            _("%(amount)s of it is paid from what %(name)s has paid ahead.") % {"amount": ahead, "name": asked.party}
        )
    if asked.on_its_way:
        found.append(
            _("A payment is on its way. If it arrives, it is booked on the invoice and makes the loss smaller.")
        )
    return [
        *found,
        _("It is no receivable any more: nobody is reminded, no card is charged, and links to pay it are closed."),
        _("%(name)s reads that it is closed, not that it is paid.") % {"name": asked.party},
        _("Money that comes later can be booked on it all the same, and makes the loss smaller."),
        _("The loss is booked with its VAT. Ask your accountant what of that comes back, and when."),
        _("You can take it back."),
    ]


def write_off_actions(pages: PageSet, request: SubletRequest, shown: InvoiceShown) -> tuple[Action, ...]:
    """The ways to both, on the page of an invoice that the account issues, for whoever may."""
    if shown.row.kind != "invoice" or not shown.row.number:
        return ()
    found = []
    if shown.row.open_minor > 0:
        url = pages.url(request, "write-off", invoice=shown.row.ref)
        found.append(Action(_("Write off"), url, "ban"))
    if shown.row.written_off_minor:
        found.append(Action(_("Ask for it again"), icon="arrow-back-up", dialog="reopen"))
    return tuple(found)


def write_off_card(pages: PageSet, request: SubletRequest, shown: InvoiceShown) -> dict[str, Any]:
    """What an invoice's page says of it: to whoever issued it when and why, to whoever owes that nothing is asked for."""
    lost = shown.row.written_off_minor
    if not shown.mine:
        return {"closed": shown.row.state == "uncollectible"}
    if not shown.write_offs:
        return {}
    recovered = shown.invoice.recovered_minor
    currency = shown.row.currency
    return {
        "write_offs": [line for row in shown.write_offs for line in _history(row, currency)],
        "lost": write_money(lost, currency) if lost else "",
        "recovered": write_money(recovered, currency) if recovered else "",
        "reopen_url": pages.url(request, "reopen", invoice=shown.row.ref) if lost and request.actor.may(DO) else "",
    }


def _history(row: WriteOffRow, currency: str) -> list[tuple[str, str, str]]:
    """Sentence, reason and day of each thing that was done, newest first."""
    found = [
        (
            _("%(name)s wrote %(amount)s off.") % {"name": row.by, "amount": write_money(row.minor, currency)},
            row.reason,
            write_date(row.at),
        )
    ]
    if row.taken_back_at is not None:
        told = _("%(name)s took that back.") % {"name": row.taken_back_by}
        found.insert(0, (told, row.taken_back_reason, write_date(row.taken_back_at)))
    return found


def write_off_patterns(pages: WriteOffPages) -> list[URLPattern]:
    """The addresses below that of an invoice."""
    one = "money/invoices/<str:invoice>/"
    return [
        pages.at(f"{one}write-off/", pages.write_off, DO, "write-off", allow=FORM),
        pages.at(f"{one}reopen/", pages.reopen, DO, "reopen", allow=require_POST),
    ]


__all__ = ["WriteOffForm", "WriteOffPages", "write_off_actions", "write_off_card", "write_off_patterns"]
