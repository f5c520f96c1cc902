"""The pages of money that several portals have: its home, the list of invoices, one of them, one line down to its usage.

A portal says where they stand (`PageSet`) and which side it is on: who sends invoices, or who gets them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from django import forms
from django.contrib.messages import error, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST

from sublet.billing import operations
from sublet.billing.queries import invoices as queries
from sublet.billing.queries.dunning import invoice_page
from sublet.billing.queries.estimates import own_invoices
from sublet.billing.queries.invoices import RECEIVED, SENT, InvoiceRow, InvoiceShown
from sublet.billing.queries.overview import overview
from sublet.billing.queries.terms import own_terms, terms_of_account
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.account_statement_pages import statement_url
from sublet.portals.shared.components import Action, Crumb, Fact, Tab
from sublet.portals.shared.dunning_pages import dunning_card
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.invoice_lines import line_row, page_asked, pager_of
from sublet.portals.shared.invoice_words import (
    COLUMNS,
    RECEIVED_COLUMNS,
    STATES,
    days_words,
    line_words,
    number_words,
    part_words,
    span_words,
    state_cell,
    state_words,
    sums_of,
)
from sublet.portals.shared.locales import write_date, write_money, write_number
from sublet.portals.shared.money_home import home_context
from sublet.portals.shared.month_end import own_month_end
from sublet.portals.shared.page_sets import FORM, PageSet, list_page
from sublet.portals.shared.paper_pages import export_page, paper, paper_actions
from sublet.portals.shared.recipient_pages import recipient
from sublet.portals.shared.tables import Empty, Filter, FilterOption, Pager, Row, Table, read_list_state
from sublet.portals.shared.write_off_pages import (
    WriteOffPages,
    write_off_actions,
    write_off_card,
    write_off_patterns,
)

SEE, DO = "billing:view", "billing:manage"


class TermsForm(SubletForm):
    """How those are billed of whom nothing else is said."""

    interval = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=[
            ("month", gettext_lazy("Every month")),
            ("quarter", gettext_lazy("Every quarter")),
            ("year", gettext_lazy("Every year")),
        ],
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("Counted from"),
        choices=[
            ("calendar", gettext_lazy("The calendar: the first of the month")),
            ("anniversary", gettext_lazy("The day on which the plan was taken")),
        ],
    )
    collected_by = forms.ChoiceField(
        label=gettext_lazy("Who collects"),
        choices=[
            ("nobody", gettext_lazy("You, outside: here it is only reckoned")),
            ("own", gettext_lazy("You, with invoices from here")),
            ("vendor", gettext_lazy("The vendor, on your behalf")),
        ],
        help_text=gettext_lazy(
            "Where the vendor collects, clients read the vendor’s name on the payment processor’s page and on their bank statement."
        ),
    )
    automatic = forms.BooleanField(
        label=gettext_lazy("Issue by itself"),
        required=False,
        help_text=gettext_lazy("Otherwise invoices wait as drafts until somebody has looked at them."),
    )


@dataclass(frozen=True, slots=True)
class CreditAsked:
    """A credit note that was refused, as it was typed."""

    reason: str
    amount: str
    problem: str
    status: int


@dataclass(frozen=True, slots=True)
class MoneyPages(PageSet):
    """`side`: who sends invoices, or who gets them. `issuer`: the name of the page that says who issues."""

    side: str = SENT
    issuer: str = ""

    # Pages ------------------------------------------------------------------------------------------------------------

    def home(self, request: SubletRequest) -> HttpResponseBase:
        """What lies open, what is owed, and what the month will come to."""
        at = now()
        told = overview(request.actor, at=at)
        context = home_context(
            request,
            told,
            listing=self.url(request, "invoices"),
            receivables=self.url(request, "receivables"),
            received=self.url(request, "received"),
        )
        context |= {
            "issuer_url": _optional(request, self.issuer)
            if self.issuer and not told.has_issuer and request.actor.may_for_all(DO)
            else "",
            "actions": (
                Action(_("Download"), self.url(request, "export"), "download"),
                *(
                    (Action(_("How you bill"), self.url(request, "terms"), "settings"),)
                    if request.actor.may_for_all(DO)
                    else ()
                ),
            ),
        }
        return render(request, "money/home.html", context)

    def invoices(self, request: SubletRequest) -> HttpResponseBase:
        """The list, newest first."""
        return self._listing(request, self.side)

    def received(self, request: SubletRequest) -> HttpResponseBase:
        """Those that the account gets."""
        return self._listing(request, RECEIVED)

    def _listing(self, request: SubletRequest, side: str) -> HttpResponseBase:
        columns = COLUMNS if side == SENT else RECEIVED_COLUMNS
        state = read_list_state(request.GET, columns=columns, default_sort="number", filters=("state",))
        chosen = state.one("state") if state.one("state") in STATES else ""
        if self.side == RECEIVED:
            found, estimate = own_invoices(request.actor, state=chosen, cursor=state.cursor, at=now())
        else:
            estimate = None
            found = queries.invoices_of(request.actor, side=side, state=chosen, cursor=state.cursor)
        states = [each for each in STATES if side == SENT or each != "draft"]
        options = tuple(
            FilterOption(each, state_words(each, mine=side == SENT), selected=each == chosen) for each in states
        )
        table = Table(
            id="invoices",
            caption=_("Invoices"),
            columns=columns,
            views=self._sides(request, side),
            rows=tuple(self._row(request, row, mine=side == SENT) for row in found.rows),
            state=state,
            pager=Pager(found.newer, found.older, len(found.rows), first_page=not found.newer),
            filters=(Filter("state", _("State"), options, many=False, icon="circle-check"),),
            empty=Empty(
                title=_("No invoices yet"),
                text=_("They appear here when a period is over, or when one begins that is paid in advance."),
                icon_name="receipt",
            ),
        )
        lead = _("What you send, newest first.") if side == SENT else _("What you are asked to pay, newest first.")
        words = own_month_end(estimate) if estimate else ""
        actions = (
            (Action(_("Account statement"), statement_url(request), "list"),) if side == RECEIVED and found.rows else ()
        )
        return list_page(
            request, "money/invoices.html", table, lambda: {"lead": lead, "month_end": words, "actions": actions}
        )  # fmt: skip

    def _row(self, request: SubletRequest, row: InvoiceRow, *, mine: bool) -> Row:
        return Row(
            key=row.ref,
            label=number_words(row),
            url=self.url(request, "invoice", invoice=row.ref),
            cells={
                "number": number_words(row)
                if row.kind == "invoice"
                else _("Credit %(number)s") % {"number": row.number},
                "state": state_cell(row, mine=mine),
                "party": row.party,
                "span": span_words(row.first_day, row.last_day),
                "gross": write_money(row.gross_minor, row.currency),
                "open": write_money(row.open_minor, row.currency) if row.open_minor and row.kind == "invoice" else "",
                "issued": row.issued_on,
                "due": row.due_on if row.kind == "invoice" else None,
            },
        )

    def invoice(self, request: SubletRequest, invoice: str) -> HttpResponseBase:
        """One with its lines."""
        return self._invoice(request, invoice)

    def _invoice(self, request: SubletRequest, invoice: str, credit: CreditAsked | None = None) -> HttpResponseBase:
        """`credit`: what was asked and refused; its dialog is open again, with all that was typed."""
        page = page_asked(request)
        shown, unpaid = invoice_page(invoice, request.actor, page=page, at=now())
        row = shown.row
        title = _title(row)
        actions = self._actions(request, shown)
        context = {
            "row": row,
            "title": title,
            "crumbs": (Crumb(_("Invoices"), self._list_url(request, shown)), Crumb(title)),
            "status": state_cell(row, mine=shown.mine),
            "facts": self._facts(request, shown),
            "lines": [
                line_row(line, row, request.actor, self.url(request, "line", invoice=row.ref, position=line.position))
                for line in shown.lines
            ],
            "pager": pager_of(shown, page),
            "sums": sums_of(shown),
            "actions": actions,
            "may": shown.mine and request.actor.may(DO),
            "credit_fields": {"once": token_urlsafe(18)},
            **dunning_card(self, request, shown, unpaid),
            **write_off_card(self, request, shown),
        }
        if "pay_url" in context:
            pay = Action(_("Pay"), str(context["pay_url"]), "credit-card", method="post", tone="primary")
            context["actions"] = (pay, *actions)
        if shown.mine:
            steps = ("discard", "issue", "credit")
            context |= {f"{step}_url": self.url(request, step, invoice=row.ref) for step in steps}
        return render(
            request, "money/invoice.html", context | {"credit": credit}, status=credit.status if credit else 200
        )

    def line(self, request: SubletRequest, invoice: str, position: int) -> HttpResponseBase:
        """One line down to its usage events."""
        shown = queries.show_line(invoice, position, request.actor)
        currency = shown.invoice.currency
        context = {
            "title": line_words(shown.line),
            "crumbs": (
                Crumb(_("Invoices"), self.url(request, "invoices")),
                Crumb(shown.invoice.number_shown or _("Draft"), self.url(request, "invoice", invoice=invoice)),
                Crumb(line_words(shown.line)),
            ),
            "facts": [
                Fact(_("Account"), shown.line.client),
                Fact(_("Period"), span_words(shown.line.first_day, shown.line.last_day)),
                Fact(pgettext("money", "Amount"), write_money(shown.line.minor, currency)),
                *([Fact(_("Part of the period"), days_words(shown.line))] if days_words(shown.line) else []),
            ],
            "parts": [part_words(part, currency) for part in shown.parts],
            "events": [
                (event, "" if event.quantity is None else write_number(event.quantity / 10**shown.decimals))
                for event in shown.events
            ],
            "by_use": bool(shown.meter),
            "more": shown.more,
        }
        return render(request, "money/line.html", context)

    def terms(self, request: SubletRequest) -> HttpResponseBase:
        """How those are billed of whom nothing else is said."""
        request.actor.require_for_all(DO)
        at = now()
        present = own_terms(request.actor, at=at)
        form = TermsForm(
            request.POST if request.method == "POST" else None,
            initial={name: getattr(present, name) for name in ("interval", "basis", "collected_by", "automatic")},
        )
        if request.actor.account_kind == "vendor":
            form.fields.pop("collected_by", None)
        if request.method == "POST" and form.is_valid():
            try:
                operations.set_billing_terms(**{"collected_by": "own", **form.cleaned_data}, actor=request.actor, at=at)
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                success(request, _("Saved."))
                return HttpResponseRedirect(self.url(request))
        context = {"form": form, "crumbs": (Crumb(_("Money"), self.url(request)), Crumb(_("How you bill")))}
        return render(request, "money/terms.html", context, status=422 if form.errors else 200)

    def terms_of(self, request: SubletRequest, ref: str) -> HttpResponseBase:
        """How one account is billed."""
        at = now()
        told = terms_of_account(request.actor, ref, at=at)
        form = TermsForm(
            request.POST if request.method == "POST" else None,
            initial={name: getattr(told.terms, name) for name in ("interval", "basis", "collected_by", "automatic")},
        )
        if request.actor.account_kind == "vendor":
            form.fields.pop("collected_by", None)
        if request.method == "POST" and form.is_valid():
            said = {"collected_by": "own", **form.cleaned_data}
            try:
                operations.set_billing_terms(ref=ref, **said, actor=request.actor, at=at)
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                success(request, _("Saved."))
                return HttpResponseRedirect(self.url(request, "terms-of", ref=ref))
        title = _("How %(name)s is billed") % {"name": told.name}
        context = {
            "form": form,
            "title": title,
            "own": told.own,
            "crumbs": (Crumb(_("Invoices"), self.url(request, "invoices")), Crumb(title)),
        }
        return render(request, "money/terms.html", context, status=422 if form.errors else 200)

    def recipient(self, request: SubletRequest, ref: str) -> HttpResponseBase:
        """What stands on invoices about who gets them."""
        terms = self.url(request, "terms-of", ref=ref) if request.actor.may_for_all(DO) else ""
        return recipient(request, ref, listing=f"{self.name}-invoices", terms_url=terms)

    # Steps ------------------------------------------------------------------------------------------------------------

    def issue(self, request: SubletRequest, invoice: str) -> HttpResponseBase:
        """Give a draft its number."""
        return self._step(
            request,
            invoice,
            lambda at: operations.issue_invoice(ref=invoice, actor=request.actor, at=at),
            _("The invoice is issued."),
        )

    def mail(self, request: SubletRequest, invoice: str) -> HttpResponseBase:
        """Mail what is issued, mostly once more."""
        return self._step(
            request,
            invoice,
            lambda at: operations.mail_invoice(ref=invoice, actor=request.actor, at=at),
            _("It is on its way to the billing address."),
        )

    def discard(self, request: SubletRequest, invoice: str) -> HttpResponseBase:
        """Throw a draft away."""
        operations.discard_draft(ref=invoice, actor=request.actor, at=now())
        success(request, _("The draft is gone. Its charges come on another."))
        return HttpResponseRedirect(self.url(request, "invoices"))

    def credit(self, request: SubletRequest, invoice: str) -> HttpResponseBase:
        """Credit a part of an invoice before tax, or, where no amount is said, all that is left of it."""
        reason, amount = posted(request, "reason", 200), posted(request, "amount", 40).strip()
        form = posted(request, "once", 40)
        once = f"{form}:{amount}:{reason}" if form else ""  # who comes back to a page means another by another amount
        try:
            operations.credit_invoice(
                ref=invoice, reason=reason, amount=amount, once=once, actor=request.actor, at=now()
            )
        except Refusal as refusal:
            return self._invoice(request, invoice, CreditAsked(reason, amount, refusal.sentence, refusal.status))
        success(request, _("The credit note is issued."))
        return HttpResponseRedirect(self.url(request, "invoice", invoice=invoice))

    def _step(self, request: SubletRequest, invoice: str, do: Callable[[Any], Any], done: str) -> HttpResponseBase:
        try:
            do(now())
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            success(request, done)
        return HttpResponseRedirect(self.url(request, "invoice", invoice=invoice))

    # Parts ------------------------------------------------------------------------------------------------------------

    def _sides(self, request: SubletRequest, side: str) -> tuple[Tab, ...]:
        """A reseller's two lists, and by what it pays: it alone both sends invoices and gets them."""
        if request.actor.account_kind != "reseller":
            return ()
        paying = reverse("reseller-paying", kwargs={"account": request.actor.account_ref})
        return (
            Tab(pgettext("invoices", "Sent"), self.url(request, "invoices"), active=side == SENT),
            Tab(pgettext("invoices", "Received"), self.url(request, "received"), active=side == RECEIVED),
            Tab(_("Way of paying"), paying),
        )

    def _list_url(self, request: SubletRequest, shown: InvoiceShown) -> str:
        return self.url(request, "invoices" if shown.mine or self.side == RECEIVED else "received")

    def _facts(self, request: SubletRequest, shown: InvoiceShown) -> list[Fact]:
        row = shown.row
        other = Fact(_("To") if shown.mine else pgettext("whoever something comes from", "From"), row.party)
        if shown.mine and not shown.left:  # nobody's address is read or changed whose client it is no longer
            other = Fact(_("To"), row.party, "link", self.url(request, "recipient", ref=row.party_ref))
        facts = [
            other,
            Fact(_("Period"), span_words(row.first_day, row.last_day)),
        ]
        if row.issued_on is not None:
            facts.append(Fact(_("Issued"), write_date(row.issued_on)))
        if row.due_on is not None and row.kind == "invoice":
            facts.append(Fact(_("Due"), write_date(row.due_on)))
        if shown.invoice.reason:
            facts.append(Fact(_("Reason"), shown.invoice.reason))
        if shown.corrects is not None:
            url = self.url(request, "invoice", invoice=shown.corrects[0])
            facts.append(Fact(_("Corrects"), shown.corrects[1], "link", url))
        if row.number:
            url = statement_url(request, row.party_ref if shown.mine else "")
            url += "" if shown.mine else f"?account={row.party_ref}"
            facts.append(Fact(_("Account statement"), _("All that was charged and paid"), "link", url))
        facts += [
            Fact(_("Credit note"), number, "link", self.url(request, "invoice", invoice=ref))
            for ref, number in shown.credit_notes
        ]
        return facts

    def _actions(self, request: SubletRequest, shown: InvoiceShown) -> tuple[Action, ...]:
        return (*paper_actions(request, self.name, shown), *self._steps(request, shown))

    def _steps(self, request: SubletRequest, shown: InvoiceShown) -> tuple[Action, ...]:
        if not shown.mine or not request.actor.may(DO):
            return ()
        if shown.row.state == "draft":
            return (
                Action(_("Discard"), icon="trash", dialog="discard"),
                Action(_("Issue"), icon="check", dialog="issue", tone="primary"),
            )
        mail = Action(_("Send by mail"), self.url(request, "mail", invoice=shown.row.ref), "mail", method="post")
        if shown.row.kind == "invoice" and shown.row.state != "credited":
            credit = Action(_("Credit"), icon="arrow-back-up", dialog="credit")
            return (mail, credit, *write_off_actions(self, request, shown))
        return (mail,)


def _title(row: InvoiceRow) -> str:
    if not row.number:
        return _("Draft for %(name)s") % {"name": row.party}
    if row.kind == "credit":
        return _("Credit note %(number)s") % {"number": row.number}
    return _("Invoice %(number)s") % {"number": row.number}


def _optional(request: SubletRequest, name: str) -> str:
    from django.urls import NoReverseMatch  # only where a page may not be there

    try:
        return reverse(name, kwargs={"account": request.actor.account_ref})
    except NoReverseMatch:
        return ""


def money_patterns(pages: MoneyPages) -> list[URLPattern]:
    """The addresses below ``money/`` of who sends invoices, and below ``billing/`` of who gets them."""
    at = pages.at
    if pages.side == RECEIVED:
        start = "billing/"
        return [
            # Of a client nobody is given the right; its owner alone looks (`Actor.may_in_person`).
            at(start, pages.invoices, SEE, "invoices"),
            at(f"{start}<str:invoice>/", pages.invoice, SEE, "invoice"),
            at(f"{start}<str:invoice>/<int:position>/", pages.line, SEE, "line"),
            at(f"{start}<str:invoice>/file/<str:form>/", paper, SEE, "paper"),
        ]
    start = "money/invoices/"
    return [
        at("money/", pages.home, SEE),
        at("money/terms/", pages.terms, DO, "terms", allow=FORM),
        at(start, pages.invoices, SEE, "invoices"),
        at("money/received/", pages.received, SEE, "received"),
        at(f"{start}<str:invoice>/", pages.invoice, SEE, "invoice"),
        at(f"{start}<str:invoice>/issue/", pages.issue, DO, "issue", allow=require_POST),
        at(f"{start}<str:invoice>/discard/", pages.discard, DO, "discard", allow=require_POST),
        at(f"{start}<str:invoice>/mail/", pages.mail, DO, "mail", allow=require_POST),
        at(f"{start}<str:invoice>/credit/", pages.credit, DO, "credit", allow=require_POST),
        *write_off_patterns(WriteOffPages(pages.name, pages.portal)),
        at(f"{start}<str:invoice>/<int:position>/", pages.line, SEE, "line"),
        at(f"{start}<str:invoice>/file/<str:form>/", paper, SEE, "paper"),
        at("money/terms/<str:ref>/", pages.terms_of, DO, "terms-of", allow=FORM),
        at("money/to/<str:ref>/", pages.recipient, SEE, "recipient", allow=FORM),
        at("money/export/", export_page(f"{pages.name}-invoices"), SEE, "export"),
    ]
