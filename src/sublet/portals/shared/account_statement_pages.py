"""The statement of account as a page: what was charged and paid between two, with the balance after each; and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.messages import error
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, reverse
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from sublet.billing.documents.account_statements import name_of
from sublet.billing.operations.account_statements import account_statement_pdf, account_statement_table
from sublet.billing.queries.account_statements import AccountStatement, StatementRow, account_statement
from sublet.billing.queries.invoices import RECEIVED, SENT
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.sheets.writing import SEPARATOR_BY_LANGUAGE, stream_xlsx, write_csv
from sublet.portals.shared.components import Action, Crumb, Tab
from sublet.portals.shared.figures_pages import currency_asked
from sublet.portals.shared.files import TYPES, file_answer
from sublet.portals.shared.forms import DayField
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.journal_pages import PeriodForm
from sublet.portals.shared.locales import write_date, write_money
from sublet.portals.shared.page_sets import PageSet
from sublet.portals.shared.payout_pages import pdf_answer
from sublet.portals.shared.tables import Pager

SEE: Final = "billing:view"
#: So many years before the running one have a tab of their own.
YEARS: Final = 2


class StatementDaysForm(PeriodForm):
    """Of which days."""

    since = DayField(label=gettext_lazy("From"), required=False)
    until = DayField(label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Both days included."))


@dataclass(frozen=True, slots=True)
class AccountStatementPages(PageSet):
    """`side`: of what the account claims, or of what it owes. `invoice` and `listing`: the pages of an invoice and of all of them."""

    side: str = SENT
    invoice: str = ""
    listing: str = ""

    def statement(self, request: SubletRequest, /, ref: str = "") -> HttpResponseBase:
        """The statement of some days, in one currency."""
        form = StatementDaysForm(request.GET if {"since", "until"} & set(request.GET) else None)
        valid = form.is_bound and form.is_valid()
        told = account_statement(
            request.actor,
            side=self.side,
            **_asked(request, ref, form if valid else None),
            cursor=request.GET.get("cursor", "")[:40],
            at=now(),
        )
        if not form.is_bound:
            form = StatementDaysForm(initial={"since": told.first, "until": told.before - timedelta(days=1)})
        return render(request, "money/account_statement.html", {"form": form, **self._beside(request, ref, told)})

    def _beside(self, request: SubletRequest, ref: str, told: AccountStatement) -> dict[str, Any]:
        def write(minor: int) -> str:
            return write_money(minor, told.currency)

        last = told.before - timedelta(days=1)
        currencies = sorted({*told.currencies, *([told.currency] if told.currencies else [])})
        kept = {"currency": told.currency} if len(currencies) > 1 else {}
        kept |= {"account": told.issuer.ref} if len(told.creditors) > 1 else {}
        days = {"since": told.first.isoformat(), "until": last.isoformat()}
        return {
            "told": told,
            "other": told.debtor.name if told.mine else told.issuer.name,
            "crumbs": (Crumb(_("Invoices"), reverse(self.listing, kwargs={"account": request.actor.account_ref})), *self._crumb(told)),
            "actions": self._files(request, ref, {**kept, **days}) if told.currencies else (),
            "period_tabs": _period_tabs(request, told, kept),
            "currency_tabs": tuple(
                Tab(each, f"?{urlencode({**kept, **days, 'currency': each})}", active=each == told.currency)
                for each in currencies
            )
            if len(currencies) > 1
            else (),
            "creditor_tabs": tuple(
                Tab(each.name, f"?{urlencode({**days, 'account': each.ref})}", active=each.ref == told.issuer.ref)
                for each in told.creditors
            )
            if len(told.creditors) > 1
            else (),
            "kept": kept,
            "rows": self._rows(request, told) if told.currencies else (),
            "pager": Pager(told.earlier, told.later, len(told.rows), first_page=not told.earlier),
            "clear_url": request.path,
            "stats": [
                {"label": _("Opening balance"), "value": write(told.sums.opening), "hint": write_date(told.first)},
                {"label": pgettext("statement", "Charged"), "value": write(told.sums.charged), "icon": "receipt"},
                {"label": pgettext("statement", "Paid"), "value": write(told.sums.paid), "icon": "credit-card"},
                {
                    "label": _("Closing balance"),
                    "value": write(told.sums.closing),
                    "hint": write_date(last),
                    "icon": "wallet",
                },
            ]
            if told.currencies
            else [],
            "now": _now_words(told) if told.currencies else "",
        }  # fmt: skip

    def _crumb(self, told: AccountStatement) -> tuple[Crumb, ...]:
        title = Crumb(_("Account statement"))
        return (Crumb(told.debtor.name), title) if told.mine else (title,)

    def _rows(self, request: SubletRequest, told: AccountStatement) -> list[dict[str, Any]]:
        """Those of the page, between the balance with which the days begin and the one with which they end."""
        found = [self._row(request, told, row) for row in told.rows]
        if not told.earlier:
            found.insert(0, _edge(told.first, _("Opening balance"), told.sums.opening, told.currency))
        if not told.later:
            last = told.before - timedelta(days=1)
            found.append(_edge(last, _("Closing balance"), told.sums.closing, told.currency))
        return found

    def _row(self, request: SubletRequest, told: AccountStatement, row: StatementRow) -> dict[str, Any]:
        def write(minor: int) -> str:
            return write_money(minor, told.currency) if minor else ""

        url = ""
        if row.invoice:
            url = reverse(self.invoice, kwargs={"account": request.actor.account_ref, "invoice": row.invoice})
        return {
            "day": write_date(row.day),
            "what": name_of(row.kind, row.number),
            # Of what changes no balance: how much it was.
            "note": "" if row.charged or row.paid else write(row.amount),
            "url": url,
            "charged": write(row.charged),
            "paid": write(row.paid),
            "balance": write_money(row.balance, told.currency),
        }

    def _files(self, request: SubletRequest, ref: str, words: dict[str, str]) -> tuple[Action, ...]:
        """The ways to the files; none in a visit, which takes no files away (`core.matrix`)."""
        if request.actor.impersonator is not None:
            return ()
        named = {"ref": ref} if ref else {}
        return tuple(
            Action(
                kind.upper(), f"{self.url(request, 'file', form=kind, **named)}?{urlencode(words)}", "download", download=True
            )
            for kind in ("pdf", *TYPES)
        )  # fmt: skip

    def file(self, request: SubletRequest, /, form: str, ref: str = "") -> HttpResponseBase:
        """The same days as a file: ``pdf``, ``csv`` or ``xlsx``."""
        if form not in ("pdf", *TYPES):
            raise NotFound
        days = StatementDaysForm(request.GET)
        back = f"{self.url(request, '', **({'ref': ref} if ref else {}))}?{request.GET.urlencode()}"
        if not days.is_valid():
            return HttpResponseRedirect(back)  # which says what is wrong with them
        at, asked = now(), _asked(request, ref, days)
        try:
            if form == "pdf":
                told, content = account_statement_pdf(side=self.side, **asked, actor=request.actor, at=at)
                return pdf_answer(content, _file_name(told))
            table = account_statement_table(side=self.side, **asked, actor=request.actor, at=at)
        except Refusal as refusal:
            error(request, refusal.sentence)
            return HttpResponseRedirect(back)
        title = _("Account statement")
        if form == "xlsx":
            pieces = stream_xlsx(table.rows, table.columns, title=title, at=at.replace(tzinfo=None))
        else:
            separator = SEPARATOR_BY_LANGUAGE.get(get_language() or "en", ",")
            pieces = write_csv(table.rows, table.columns, separator=separator)
        return file_answer(pieces, kind=form, name=_file_name(table.statement))


def _asked(request: SubletRequest, ref: str, days: StatementDaysForm | None) -> dict[str, Any]:
    """What the address asks for; `ref` is the other account where the address names it."""
    values = {} if days is None else days.cleaned_data
    until = values.get("until")
    return {
        "account": ref or request.GET.get("account", "")[:40],
        "currency": currency_asked(request),
        "first": values.get("since"),
        "before": None if until is None else until + timedelta(days=1),
    }


def _edge(day: date, words: str, minor: int, currency: str) -> dict[str, Any]:
    return {
        "day": write_date(day), "what": words, "note": "", "url": "", "charged": "", "paid": "",
        "balance": write_money(minor, currency), "edge": True,
    }  # fmt: skip


def _period_tabs(request: SubletRequest, told: AccountStatement, kept: dict[str, str]) -> tuple[Tab, ...]:
    """The running year, those before it, and everything."""
    year = now().astimezone(ZoneInfo(told.issuer.timezone)).year
    spans = [(str(each), date(each, 1, 1), date(each, 12, 31)) for each in range(year, year - YEARS - 1, -1)]
    spans.append((pgettext("days", "All"), date(2000, 1, 1), date(year, 12, 31)))
    return tuple(
        Tab(
            label, f"?{urlencode({**kept, 'since': first.isoformat(), 'until': last.isoformat()})}",
            active=(told.first, told.before) == (first, last + timedelta(days=1)),
        )
        for label, first, last in spans
    )  # fmt: skip


def _now_words(told: AccountStatement) -> str:
    """What is open now, paid ahead, or collected."""

    def write(minor: int) -> str:
        return write_money(minor, told.currency)

    parts = [_("%(amount)s open on invoices") % {"amount": write(told.now.open)}]
    if told.now.prepaid < 0:
        parts.append(_("%(amount)s too much given back") % {"amount": write(-told.now.prepaid)})
    elif told.now.prepaid:
        parts.append(_("%(amount)s paid ahead") % {"amount": write(told.now.prepaid)})
    if told.now.collected:
        parts.append(_("%(amount)s collected and not paid out") % {"amount": write(told.now.collected)})
    return _("Today: %(parts)s.") % {"parts": " · ".join(parts)}


def _file_name(told: AccountStatement) -> str:
    last = told.before - timedelta(days=1)
    name = told.debtor.name if told.mine else told.issuer.name
    return f"{_('Account statement')} {name} {told.currency} {told.first.isoformat()} {last.isoformat()}"


def account_statement_patterns(pages: AccountStatementPages, route: str) -> list[URLPattern]:
    """The addresses below `route`; of what is claimed the other account is a part of them."""
    whose = "" if pages.side == RECEIVED else "<str:ref>/"
    start = f"{route}{whose}statement/"
    return [pages.at(start, pages.statement, SEE), pages.at(f"{start}<str:form>/", pages.file, SEE, "file")]


def statement_url(request: SubletRequest, ref: str = "") -> str:
    """Where the statement of what the account claims from `ref` stands, or (without) of what it owes."""
    portal = request.actor.account_kind
    own = "client" if portal in ("client", "direct") else portal
    if ref:
        return reverse(f"{own}-account-statement", kwargs={"account": request.actor.account_ref, "ref": ref})
    return reverse(f"{own}-own-statement", kwargs={"account": request.actor.account_ref})


__all__ = ["AccountStatementPages", "account_statement_patterns", "statement_url"]
