"""The bank pages, which vendor and reseller have alike: bring a statement in, confirm what is proposed, decide what is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.messages import error, success
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_POST

from sublet.billing import operations
from sublet.billing.operations import CannotImportStatement
from sublet.billing.operations.bank import MOST_BYTES
from sublet.billing.queries import bank as queries
from sublet.billing.queries.bank import LineFacts, LineShown, Paid, StatementFacts
from sublet.billing.queries.bank_refunds import bank_line_page
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.bank_words import WHY, fault_words
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.forms import DropInput, SubletForm
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.invoice_words import span_words
from sublet.portals.shared.locales import write_date, write_money, write_number
from sublet.portals.shared.page_sets import FORM, PageSet

SEE, DO = "billing:view", "billing:manage"
ACCEPTED = ".xml,.csv,.txt,.xlsx,.ods"


class StatementForm(SubletForm):
    """The file."""

    file = forms.FileField(
        label=gettext_lazy("Bank statement"),
        widget=DropInput(attrs={"accept": ACCEPTED}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("There is nothing in the file."),
        },
    )

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large before anything reads it."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is None or file.size > MOST_BYTES:
            raise ValidationError(CannotImportStatement("too-large").sentence, code="too-large")
        return file


@dataclass(frozen=True, slots=True)
class BankPages(PageSet):
    """`invoice`: the name of the page of an invoice; `refunds`: of the one of what was given back."""

    invoice: str
    refunds: str

    def bank(self, request: SubletRequest) -> HttpResponseBase:
        """The page; by POST a statement."""
        may = request.actor.may(DO)
        form = StatementForm(request.POST, request.FILES) if request.method == "POST" else StatementForm()
        status = 200
        if request.method == "POST":
            request.actor.require(DO)
            status = 422
            if form.is_valid():
                file = form.cleaned_data["file"]
                try:
                    statement = operations.import_statement(
                        file_name=file.name or "", data=file.read(), actor=request.actor, at=now()
                    )
                except Refusal as refusal:
                    form.add_error("file", refusal.sentence)
                else:
                    success(request, _came_to(statement.lines, statement.known))
                    return HttpResponseRedirect(self.url(request))
        page = queries.bank_page(request.actor)
        context = {
            "form": form,
            "may": may,
            "iban": page.iban,
            "proposals": [self._line(request, line) for line in page.proposals],
            "left": [self._line(request, line) for line in page.left],
            "out": [self._line(request, line) for line in page.out] if may else [],
            "booked": [self._line(request, line) for line in page.booked],
            "statements": [_statement(row) for row in page.statements],
            "more_left": page.more_left,
            "actions": (Action(pgettext("money", "Given back"), self._refunds(request), "arrow-back-up"),),
        }
        return render(request, "money/bank.html", context, status=status)

    def line(self, request: SubletRequest, line: str) -> HttpResponseBase:
        """One movement: what it paid, or the invoices to choose from."""
        shown, refund = bank_line_page(line, request.actor)
        facts = shown.line
        may = request.actor.may(DO)
        context = {
            "line": self._line(request, facts),
            "state": shown.state,
            "facts": [
                Fact(_("Date"), write_date(facts.booked_on)),
                Fact(pgettext("money", "Amount"), write_money(facts.minor, facts.currency)),
                *([Fact(pgettext("payer", "From"), facts.party)] if facts.party else []),
                *([Fact(_("Account number"), facts.party_iban, "code")] if facts.party_iban else []),
                *([Fact(_("Text"), facts.text)] if facts.text else []),
                Fact(_("File"), shown.file_name),
            ],
            "choices": [self._paid(request, paid, facts.currency) for paid in shown.choices],
            "more": shown.more,
            "crumbs": (Crumb(_("Bank"), self.url(request)), Crumb(facts.party or write_date(facts.booked_on))),
            "actions": self._line_actions(request, shown) if may else (),
            "refund": refund,
            "refunds_url": self._refunds(request),
            "give_url": f"{self._refunds(request, 'give')}?line={line}" if may and shown.goes_out else "",
            "may": may,
            "back_url": self.url(request, "take-back", line=line),
        }
        return render(request, "money/bank_line.html", context)

    def _refunds(self, request: SubletRequest, page: str = "") -> str:
        name = f"{self.refunds}-{page}" if page else self.refunds
        return reverse(name, kwargs={"account": request.actor.account_ref})

    def _line_actions(self, request: SubletRequest, shown: LineShown) -> tuple[Action, ...]:
        if shown.state != "booked":
            return ()
        give = [
            Action(_("Give money back"), f"{self._refunds(request, 'give')}?what={paid.invoice}", "arrow-back-up")
            for paid in shown.line.paid[:1]
        ]
        return (*give, Action(_("Take back"), icon="arrow-back-up", dialog="take-back"))

    # Steps ------------------------------------------------------------------------------------------------------------

    def book(self, request: SubletRequest, line: str) -> HttpResponseBase:
        """Book a movement on the invoices that were chosen."""
        chosen = request.POST.getlist("invoice")[:200]
        return self._step(
            request,
            lambda at: operations.book_match(ref=line, invoices=chosen, actor=request.actor, at=at),
            _("Booked."),
        )

    def take_back(self, request: SubletRequest, line: str) -> HttpResponseBase:
        """Take a booking back."""
        return self._step(
            request,
            lambda at: operations.take_back(ref=line, actor=request.actor, at=at),
            _("Taken back. The invoice is open again."),
        )

    def aside(self, request: SubletRequest, line: str) -> HttpResponseBase:
        """Put a movement aside, or back."""
        aside = request.POST.get("aside") != "no"
        return self._step(
            request,
            lambda at: operations.set_line_aside(ref=line, aside=aside, actor=request.actor, at=at),
            _("Put aside.") if aside else _("Back in the list."),
        )

    def _step(self, request: SubletRequest, do: Callable[[datetime], Any], done: str) -> HttpResponseBase:
        try:
            do(now())
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            success(request, done)
        return HttpResponseRedirect(self.url(request))

    # Parts ------------------------------------------------------------------------------------------------------------

    def _line(self, request: SubletRequest, line: LineFacts) -> dict[str, Any]:
        return {
            "ref": line.ref,
            "day": line.booked_on,
            "amount": write_money(line.minor, line.currency),
            "party": line.party,
            "text": line.text,
            "why": WHY.get(line.why, ""),
            "paid": [self._paid(request, paid, line.currency) for paid in line.paid],
            "surplus": write_money(line.surplus, line.currency) if line.surplus else "",
            "url": self.url(request, "line", line=line.ref),
            "book_url": self.url(request, "book", line=line.ref),
            "aside_url": self.url(request, "aside", line=line.ref),
        }

    def _paid(self, request: SubletRequest, paid: Paid, currency: str) -> dict[str, Any]:
        return {
            "ref": paid.invoice,
            "number": paid.number,
            "party": paid.party,
            "amount": write_money(paid.minor, currency),
            "open": write_money(paid.open_minor, currency),
            "lost": paid.lost,
            "partly": 0 < paid.minor < paid.open_minor,
            "url": reverse(self.invoice, kwargs={"account": request.actor.account_ref, "invoice": paid.invoice}),
        }


def _came_to(lines: int, known: int) -> str:
    new = ngettext("%(number)s new movement.", "%(number)s new movements.", lines) % {"number": write_number(lines)}
    if not known:
        return new
    there = ngettext("%(number)s was there already.", "%(number)s were there already.", known)
    return f"{new} {there % {'number': write_number(known)}}"


def _statement(row: StatementFacts) -> dict[str, Any]:
    span = span_words(row.first_day, row.last_day) if row.first_day and row.last_day else ""
    waiting = ""
    if row.waiting:
        words = ngettext(
            "%(number)s not booked by the bank yet.", "%(number)s not booked by the bank yet.", row.waiting
        )
        waiting = words % {"number": write_number(row.waiting)}
    return {
        "name": row.file_name,
        "span": span,
        "words": _came_to(row.lines, row.known),
        "waiting": waiting,
        "at": row.imported_at,
        "by": row.imported_by,
        "faults": [fault_words(*fault) for fault in row.faults],
    }


def bank_patterns(pages: BankPages) -> list[URLPattern]:
    """The addresses below ``money/bank/``."""
    at, start = pages.at, "money/bank/"
    return [
        at(start, pages.bank, SEE, allow=FORM),
        at(f"{start}<str:line>/", pages.line, SEE, "line"),
        at(f"{start}<str:line>/book/", pages.book, DO, "book", allow=require_POST),
        at(f"{start}<str:line>/take-back/", pages.take_back, DO, "take-back", allow=require_POST),
        at(f"{start}<str:line>/aside/", pages.aside, DO, "aside", allow=require_POST),
    ]
