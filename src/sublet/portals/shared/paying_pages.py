"""The page on which an account sees by what it pays here, and what it has paid: its own charges, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.messages import error, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from sublet.billing.operations import methods
from sublet.billing.queries import payments as queries
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.asking import who_looks_after
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_money
from sublet.portals.shared.payment_words import STATES, method_words, status
from sublet.portals.shared.tables import Column, Empty, Pager, Row, Table, read_list_state

COLUMNS = (
    Column("number", gettext_lazy("Invoice"), required=True),
    Column("amount", pgettext_lazy("money", "Amount"), align="end"),
    Column("state", gettext_lazy("State"), "status"),
    Column("method", gettext_lazy("Way of paying"), priority=2),
    Column("made", gettext_lazy("Begun"), "ago", priority=2),
)


class PayingPages:
    """The views of one portal: `name` is what the names of its addresses begin with."""

    def __init__(self, name: str) -> None:
        self.name = name

    def paying(self, request: SubletRequest, /) -> HttpResponseBase:
        """By what the account pays, and what it has paid."""
        state = read_list_state(request.GET, columns=COLUMNS, default_sort="made")
        held = queries.own_methods(request.actor)
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
            empty=Empty(title=_("Nothing was paid here yet"), text="", icon_name="receipt"),
        )
        if request.htmx and not request.htmx.boosted:
            return render(request, "shared/list_results.html", {"table": table})
        may = queries.may_change_own(request.actor)
        context = {
            "table": table,
            "methods": [
                (method_words(each), each, self._url(request, "remove", method=each.ref) if may else "")
                for each in held
            ],
            "ask": who_looks_after(request),
        }
        return render(request, "payments/paying.html", context)

    def _url(self, request: SubletRequest, page: str = "", **more: str) -> str:
        wanted = f"{self.name}-{page}" if page else self.name
        return reverse(wanted, kwargs={"account": request.actor.account_ref, **more})

    def remove(self, request: SubletRequest, /, method: str) -> HttpResponseBase:
        """Let it be charged no more."""
        try:
            methods.remove_method(ref=method, actor=request.actor, at=now())
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            success(request, _("It is charged no more."))
        return HttpResponseRedirect(self._url(request))


def paying_patterns(*, name: str, route: str, right: str, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The addresses below `route`, named `name` and ``<name>-<page>``. `right`: empty where the queries ask (the owner alone)."""
    pages = PayingPages(name)

    def page(view: Callable[..., HttpResponseBase], allow: Any) -> Callable[..., HttpResponseBase]:
        return page_of(allow(view), name=name, right=right, portal=portal)

    return [
        path(route, page(pages.paying, require_safe), name=name),
        path(f"{route}<str:method>/remove/", page(pages.remove, require_POST), name=f"{name}-remove"),
    ]
