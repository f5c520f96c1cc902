"""The page on which an account sees by what it pays here, and what it has paid: its own charges, and nothing of anybody else."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import error, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_POST

from sublet.billing.operations import methods
from sublet.billing.queries import payments as queries
from sublet.core.rights import RESELLER
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.asking import who_looks_after
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_money
from sublet.portals.shared.page_sets import PageSet, list_page
from sublet.portals.shared.payment_words import STATES, method_words, status, until_words
from sublet.portals.shared.tables import Column, Empty, Pager, Row, Table, read_list_state

COLUMNS = (
    Column("number", gettext_lazy("Invoice"), required=True),
    Column("amount", pgettext_lazy("money", "Amount"), align="end"),
    Column("state", gettext_lazy("State"), "status"),
    Column("method", gettext_lazy("Way of paying"), priority=2),
    Column("made", gettext_lazy("Begun"), "ago", priority=2),
)


class PayingPages(PageSet):
    """The views of one portal."""

    def paying(self, request: SubletRequest, /) -> HttpResponseBase:
        """By what the account pays, and what it has paid."""
        state = read_list_state(request.GET, columns=COLUMNS, default_sort="made")
        rows, newer, older = queries.own_payments(request.actor, cursor=state.cursor)
        table = Table(
            id="paid",
            caption=_("Payments"),
            columns=COLUMNS,
            rows=tuple(
                Row(
                    key=row.ref,
                    label=row.number or row.ref,
                    cells={
                        "number": row.number or _("Paid ahead"),
                        "amount": write_money(row.amount, row.currency),
                        "state": status(row.state, STATES),
                        "method": method_words(row.method),
                        "made": row.made_at,
                    },
                )
                for row in rows
            ),
            state=state,
            pager=Pager(previous=newer, next=older, shown=len(rows), first_page=not newer),
            empty=Empty(
                title=_("Nothing was paid here yet"),
                text=_(
                    "What is taken from your card or bank account stands here. Bank transfers stand in the account statement."
                ),
                icon_name="receipt",
            ),
        )
        return list_page(request, "payments/paying.html", table, lambda: self._beside(request))

    def _beside(self, request: SubletRequest) -> dict[str, Any]:
        may = queries.may_change_own(request.actor)
        named = {"account": request.actor.account_ref}
        return {
            "methods": [
                (
                    method_words(each),
                    until_words(each),
                    each,
                    self.url(request, "remove", method=each.ref) if may else "",
                )
                for each in queries.own_methods(request.actor)
            ],
            # Its own host bears its own name, and it gets no link from itself.
            "ask": _("The vendor") if request.actor.account_kind == RESELLER else who_looks_after(request),
            "crumbs": (
                Crumb(pgettext("invoices", "Received"), reverse("reseller-money-received", kwargs=named)),
                Crumb(_("Way of paying")),
            )
            if request.actor.account_kind == RESELLER
            else (),
        }

    def remove(self, request: SubletRequest, /, method: str) -> HttpResponseBase:
        """Let it be charged no more."""
        try:
            methods.remove_method(ref=method, actor=request.actor, at=now())
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            success(request, _("It is charged no more."))
        return HttpResponseRedirect(self.url(request))


def paying_patterns(*, name: str, route: str, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The addresses below `route`, named `name` and ``<name>-<page>``."""
    pages = PayingPages(name, portal)
    return [
        pages.at(route, pages.paying, "billing:view"),
        pages.at(f"{route}<str:method>/remove/", pages.remove, "billing:manage", "remove", allow=require_POST),
    ]
