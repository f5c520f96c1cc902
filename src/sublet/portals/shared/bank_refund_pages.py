"""Money that goes back by a transfer, which vendor and reseller have alike: what went, and booking one, asked once more before."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_POST

from sublet.billing import operations
from sublet.billing.queries import bank_refunds as queries
from sublet.billing.queries.bank_refunds import Choice, RefundAsked, RefundFacts
from sublet.core.money import plain, read_typed
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.forms import DayField, SubletForm
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_money
from sublet.portals.shared.page_sets import FORM, PageSet

SEE, DO = "billing:view", "billing:manage"


class BankRefundForm(SubletForm):
    """Whose money went back, how much, when. Of a movement of the bank it says how much and when."""

    what = forms.ChoiceField(label=gettext_lazy("Whose money"))
    amount = forms.CharField(
        label=pgettext_lazy("money", "Amount"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    day = DayField(label=gettext_lazy("Day at the bank"))
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=140,
        required=False,
        help_text=gettext_lazy("By which you find the transfer at the bank."),
    )
    then = forms.ChoiceField(
        label=gettext_lazy("And its invoice?"),
        widget=forms.RadioSelect,
        choices=[
            ("owed", gettext_lazy("It is owed again: the payer is to pay it otherwise")),
            ("credit", gettext_lazy("It is credited: as much of it is owed no longer")),
        ],
        initial="owed",
        help_text=gettext_lazy("What was paid beyond it, or ahead, goes first: of that nothing is owed again."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, choices: Sequence[Choice] = (), of_line: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what: Any = self.fields["what"]
        what.choices = [("", "–"), *((each.key, _choice_words(each)) for each in choices)]
        if of_line:
            for name in ("amount", "day", "reference"):
                self.fields.pop(name)


@dataclass(frozen=True, slots=True)
class BankRefundPages(PageSet):
    """`bank`: the name of the bank page; `invoice`: of the page of an invoice."""

    bank: str
    invoice: str

    def listing(self, request: SubletRequest) -> HttpResponseBase:
        """What was given back, newest first."""
        rows, newer, older = queries.bank_refunds(request.actor, cursor=request.GET.get("cursor", "")[:40])
        may = request.actor.may(DO)
        context = {
            "rows": [self._row(request, row, may) for row in rows],
            "newer": newer,
            "older": older,
            "crumbs": (self._crumb(request), Crumb(pgettext("money", "Given back"))),
            "actions": (Action(_("Give money back"), self.url(request, "give"), "arrow-back-up", tone="primary"),)
            if may
            else (),
        }
        return render(request, "money/bank_refunds.html", context)

    def give(self, request: SubletRequest) -> HttpResponseBase:
        """The form; sent, it says what exactly will be booked, and asks once more."""
        line = (request.POST if request.method == "POST" else request.GET).get("line", "")[:40]
        asked = queries.bank_refund_asked(request.actor, line=line)
        if request.method == "POST":
            return self._given(request, asked)
        chosen = next((each for each in asked.choices if each.key == request.GET.get("what")), None)
        initial = {"once": secrets.token_urlsafe(18)}
        if chosen is not None:
            initial |= {"what": chosen.key, "amount": plain(chosen.most, chosen.currency)}
        return self._form(request, asked, BankRefundForm(initial=initial, **_of(asked)))

    def _given(self, request: SubletRequest, asked: RefundAsked) -> HttpResponseBase:
        form = BankRefundForm(request.POST, **_of(asked))
        if not form.is_valid():
            return self._form(request, asked, form, 422)
        said = form.cleaned_data
        chosen = next(each for each in asked.choices if each.key == said["what"])
        if asked.line is not None:
            amount, day = -asked.line.minor, asked.line.booked_on
        else:
            day = said["day"]
            try:
                amount = read_typed(said["amount"], chosen.currency)
            except ValueError:
                form.add_error("amount", _("Enter an amount such as 12.50."))
                return self._form(request, asked, form, 422)
        credit = said["then"] == "credit" and bool(chosen.invoice)
        if request.POST.get("sure") != "1":
            fields = {**said, "sure": "1", "line": asked.line.ref if asked.line else ""}
            context = {
                "crumbs": (self._crumb(request), Crumb(_("Give money back"))),
                "amount": write_money(amount, chosen.currency),
                "party": chosen.party,
                "number": chosen.number,
                "day": write_date(day),
                "credits": credit,
                "fields": {name: value if value is not None else "" for name, value in fields.items()}
                | ({"day": day.isoformat()} if "day" in said else {}),
                "back_url": self.url(request),
            }
            return render(request, "money/bank_refund_sure.html", context)
        try:
            operations.book_bank_refund(
                account="" if chosen.invoice else chosen.account, invoice=chosen.invoice,
                line=asked.line.ref if asked.line else "", amount=amount, currency=chosen.currency, day=day,
                reference=said.get("reference", ""), reason=said["reason"], credit=credit,
                once=form.intent() if said["once"] else "",
                actor=request.actor, at=now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.refuse(refusal)
            return self._form(request, asked, form, refusal.status)
        success(request, _("Booked."))
        return HttpResponseRedirect(self.url(request))

    def _form(
        self, request: SubletRequest, asked: RefundAsked, form: BankRefundForm, status: int = 200
    ) -> HttpResponse:
        line = asked.line
        context = {
            "form": form,
            "choices": bool(asked.choices),
            "line": line.ref if line else "",
            "amount": write_money(-line.minor, line.currency) if line else "",
            "day": write_date(line.booked_on) if line else "",
            "crumbs": (self._crumb(request), Crumb(_("Give money back"))),
            "back_url": self.url(request),
        }
        return render(request, "money/bank_refund.html", context, status=status)

    def take_back(self, request: SubletRequest, bank_refund: str) -> HttpResponseBase:
        """Take back that it went."""
        try:
            operations.take_bank_refund_back(ref=bank_refund, actor=request.actor, at=now())
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            success(request, _("Taken back. The money stands where it stood."))
        return HttpResponseRedirect(self.url(request))

    def _crumb(self, request: SubletRequest) -> Crumb:
        return Crumb(_("Bank"), reverse(self.bank, kwargs={"account": request.actor.account_ref}))

    def _row(self, request: SubletRequest, row: RefundFacts, may: bool) -> dict[str, Any]:
        account = request.actor.account_ref
        return {
            "ref": row.ref,
            "day": row.day,
            "party": row.party,
            "number": row.number,
            "url": reverse(self.invoice, kwargs={"account": account, "invoice": row.invoice}) if row.invoice else "",
            "amount": write_money(row.minor, row.currency),
            "ahead": write_money(row.ahead_minor, row.currency) if 0 < row.ahead_minor < row.minor else "",
            "reference": row.reference,
            "reason": row.reason,
            "by": row.by,
            "gone": row.taken_back_at is not None,
            "back_url": self.url(request, "take-back", bank_refund=row.ref)
            if may and row.taken_back_at is None
            else "",
        }


def _of(asked: RefundAsked) -> dict[str, Any]:
    return {"choices": asked.choices, "of_line": asked.line is not None}


def _choice_words(each: Choice) -> str:
    amount = write_money(each.most, each.currency)
    if each.invoice:
        said = {"number": each.number, "party": each.party, "amount": amount}
        return _("Invoice %(number)s of %(party)s: up to %(amount)s") % said
    return _("%(party)s: %(amount)s paid ahead") % {"party": each.party, "amount": amount}


def bank_refund_patterns(pages: BankRefundPages) -> list[URLPattern]:
    """The addresses below ``money/bank/``: before those of a movement, which would take these words for its reference."""
    at, start = pages.at, "money/bank/given-back/"
    return [
        at(start, pages.listing, SEE),
        at(f"{start}give/", pages.give, DO, "give", allow=FORM),
        at(f"{start}<str:bank_refund>/take-back/", pages.take_back, DO, "take-back", allow=require_POST),
    ]
