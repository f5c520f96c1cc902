"""The pages about what the vendor collected for resellers: what is owed now, what was paid out, and each payout's statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sublet.billing.operations.payouts import pay_out
from sublet.billing.queries import payouts as queries
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.files import file_word
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_money
from sublet.portals.shared.page_sets import FORM, PageSet, list_page
from sublet.portals.shared.tables import Column, Empty, Pager, Row, Table, read_list_state

SEE, DO = "billing:view", "billing:manage"
COLUMNS = (
    Column("number", gettext_lazy("Number"), required=True),
    Column("reseller", gettext_lazy("Reseller")),
    Column("amount", pgettext_lazy("money", "Amount"), align="end"),
    Column("day", gettext_lazy("Day"), "date"),
    Column("reference", gettext_lazy("Reference"), priority=2),
)


class PayoutForm(SubletForm):
    """What stands on the transfer."""

    reference = forms.CharField(
        label=gettext_lazy("Reference"), max_length=140, required=False,
        help_text=gettext_lazy("What stands on your transfer, so that the reseller finds it."),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PayoutPages(PageSet):
    """The views of one portal; `pays`: it is the vendor's, who pays out."""

    pays: bool = False

    def payouts(self, request: SubletRequest, /) -> HttpResponseBase:
        """What is owed now, and what was paid out, newest first."""
        columns = COLUMNS if self.pays else tuple(each for each in COLUMNS if each.key != "reseller")
        state = read_list_state(request.GET, columns=columns, default_sort="number")
        told = queries.payouts_of(request.actor, cursor=state.cursor)
        table = Table(
            id="payouts",
            caption=_("Payouts"),
            columns=columns,
            rows=tuple(
                Row(
                    key=row.ref,
                    label=row.number,
                    url=self.url(request, "file", payout=row.ref),
                    cells={
                        "number": row.number,
                        "reseller": row.reseller,
                        "amount": write_money(row.minor, row.currency),
                        "day": row.day,
                        "reference": row.reference,
                    },
                )
                for row in told.rows
            ),
            state=state,
            pager=Pager(told.newer, told.older, len(told.rows), first_page=not told.newer),
            empty=Empty(
                title=_("Nothing was paid out yet"),
                text=_("What is collected on behalf of a reseller is owed to it, less what it owes itself.")
                if self.pays
                else _("What the vendor collects from your clients for you is paid out to you, less what you owe."),
                icon_name="wallet",
            ),
        )
        return list_page(request, "money/payouts.html", table, lambda: self._beside(request, told))

    def _beside(self, request: SubletRequest, told: queries.Payouts) -> dict[str, Any]:
        may = self.pays and request.actor.may(DO)
        return {
            "pays": self.pays,
            "waiting": [
                {
                    "name": each.name,
                    "collected": write_money(each.collected, each.currency),
                    "open": write_money(-each.open, each.currency) if each.open else "",
                    "amount": write_money(each.amount, each.currency),
                    "back": each.collected < 0,
                    "url": self.url(request, "one", reseller=each.ref, currency=each.currency)
                    if may and each.amount
                    else "",
                }
                for each in told.waiting
            ],
        }

    def one(self, request: SubletRequest, /, reseller: str, currency: str) -> HttpResponseBase:
        """What would be paid out to one reseller, with what it comes from; by POST it is written down as paid."""
        form = PayoutForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            request.actor.require(DO)
            if form.is_valid():
                try:
                    made = pay_out(
                        reseller=reseller, currency=currency, amount=_shown(request),
                        reference=form.cleaned_data["reference"], actor=request.actor, at=now(),
                    )  # fmt: skip
                except Refusal as refusal:
                    form.refuse(refusal)
                else:
                    success(request, _("Payout %(number)s is written down.") % {"number": made.number_shown})
                    return HttpResponseRedirect(self.url(request))
        shown = queries.payable_shown(request.actor, reseller, currency)
        each = shown.payable

        def write(minor: int) -> str:
            return write_money(minor, each.currency)

        title = _("Pay out to %(name)s") % {"name": each.name}
        context = {
            "form": form,
            "title": title,
            "crumbs": (Crumb(_("Payouts"), self.url(request)), Crumb(title)),
            "minor": each.amount,
            "sums": [
                (_("Collected"), write(each.collected)),
                *([(_("Less open invoices"), write(-each.open))] if each.open else []),
                (_("To be paid out"), write(each.amount)),
            ],
            "rows": [(write_date(row.day), row.words, row.more, write(row.minor)) for row in shown.rows],
            "more": shown.more,
        }
        return render(request, "money/payout.html", context, status=422 if form.errors else 200)

    def file(self, request: SubletRequest, /, payout: str) -> HttpResponseBase:
        """The statement of a payout."""
        number, content = queries.payout_file(request.actor, payout)
        return pdf_answer(content, number)


def _shown(request: SubletRequest) -> int:
    """The amount that was shown when the form was sent."""
    told = request.POST.get("amount", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """A PDF to be kept, under that name."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{file_word(name)}.pdf") or ""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def payout_patterns(pages: PayoutPages) -> list[URLPattern]:
    """The addresses below ``money/payouts/``."""
    start = "money/payouts/"
    found = [
        pages.at(start, pages.payouts, SEE),
        pages.at(f"{start}<str:payout>/file/", pages.file, SEE, "file"),
    ]
    if pages.pays:
        found.append(pages.at(f"{start}to/<str:reseller>/<str:currency>/", pages.one, DO, "one", allow=FORM))
    return found
