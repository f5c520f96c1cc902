"""The pages of payments, for whoever collects: the reseller from its clients, the vendor from resellers and direct accounts."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from sublet.billing.operations import charges, collecting, gateways, links, methods, refunds
from sublet.billing.queries import payments as queries
from sublet.billing.queries.payments import GatewayView, PayerRow, PaymentRow, PaymentShown
from sublet.core.money import plain, read_typed
from sublet.core.rights import RESELLER
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.portals.shared.account_statement_pages import statement_url
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_money
from sublet.portals.shared.page_sets import FORM, PageSet, list_page
from sublet.portals.shared.payment_forms import GatewayForm, LinkForm, RefundForm
from sublet.portals.shared.payment_words import (
    DISPUTE_STATES,
    GATEWAY_STATES,
    REFUND_STATES,
    STATES,
    gateway_why,
    method_words,
    pays_words,
    status,
    until_words,
    why,
)
from sublet.portals.shared.tables import (
    Column,
    Empty,
    Filter,
    FilterOption,
    Pager,
    Row,
    Table,
    read_list_state,
)

COLUMNS = (
    Column("payer", gettext_lazy("Account"), required=True),
    Column("number", gettext_lazy("Invoice")),
    Column("amount", pgettext_lazy("money", "Amount"), align="end"),
    Column("state", gettext_lazy("State"), "status"),
    Column("method", gettext_lazy("Way of paying"), priority=2),
    Column("made", gettext_lazy("Begun"), "ago", priority=2),
)
PAYER_COLUMNS = (
    Column("name", gettext_lazy("Account"), required=True),
    Column("method", gettext_lazy("Way of paying")),
    Column("pays", gettext_lazy("Pays by itself"), priority=2),
    Column("link", gettext_lazy("Link sent"), priority=3),
)


class PaymentPages(PageSet):
    """The views of one portal."""

    def listing(self, request: SubletRequest, /) -> HttpResponseBase:
        """What was collected, and what was not."""
        state = read_list_state(request.GET, columns=COLUMNS, default_sort="made", filters=("state",))
        chosen = state.one("state") if state.one("state") in STATES else ""
        rows, newer, older = queries.payments_of(request.actor, state=chosen, cursor=state.cursor)
        gateway = queries.gateway_of(request.actor)
        connect = (
            (Action(_("Payment processor"), self.url(request, "processor"), icon="settings"),)
            if request.actor.may_for_all("billing:manage")
            else ()
        )
        payers = Action(_("Ways of paying"), self.url(request, "payers"), icon="users")
        empty = Empty(
            title=_("Nothing was collected yet"),
            text=_("Connect your account at the payment processor; then invoices are collected by themselves.")
            if gateway is None
            else _("Payments appear here once an invoice is collected."),
            icon_name="receipt",
            actions=tuple(Action(_("Connect"), each.url, icon="plug", tone="primary") for each in connect)
            if gateway is None
            else (),
        )
        table = Table(
            id="payments",
            caption=_("Payments"),
            columns=COLUMNS,
            rows=tuple(self._row(request, row) for row in rows),
            state=state,
            pager=Pager(previous=newer, next=older, shown=len(rows), first_page=not newer),
            filters=(
                Filter(
                    "state",
                    _("State"),
                    tuple(FilterOption(key, words, selected=key == chosen) for key, (words, _t, _i) in STATES.items()),
                    many=False,
                    icon="circle-check",
                ),
            ),
            empty=empty,
        )
        note = "" if gateway is None or gateway.state != "fails" else gateway_why(gateway.why)
        return list_page(request, "payments/list.html", table, lambda: {"actions": (payers, *connect), "note": note})

    def _row(self, request: SubletRequest, row: PaymentRow) -> Row:
        return Row(
            key=row.ref,
            label=row.number or row.ref,
            url=self.url(request, "payment", payment=row.ref),
            cells={
                "payer": row.payer,
                "number": row.number or _("Paid ahead"),
                "amount": write_money(row.amount, row.currency),
                "state": status(row.state, STATES),
                "method": method_words(row.method),
                "made": row.made_at,
            },
        )

    def payment(self, request: SubletRequest, /, payment: str) -> HttpResponseBase:
        """One payment: what became of it, what went back, what can be done."""
        return self._payment(request, queries.payment_shown(request.actor, payment))

    def _payment(
        self, request: SubletRequest, shown: PaymentShown, form: RefundForm | None = None, status_code: int = 200
    ) -> HttpResponse:
        row = shown.row
        may = request.actor.may("billing:manage") and request.actor.impersonator is None
        left = shown.left
        refundable = may and row.state == "succeeded" and left > 0
        if refundable and form is None:
            form = RefundForm(initial={"amount": plain(left, row.currency), "once": secrets.token_urlsafe(18)})
        open_ = may and row.in_flight
        context: dict[str, Any] = {
            "row": row,
            "title": row.number or _("Paid ahead"),
            "crumbs": (Crumb(_("Payments"), self.url(request)), Crumb(row.number or row.ref)),
            "facts": self._facts(row, shown),
            "why": why(row.code, row.words),
            "tone": "danger" if row.state in ("failed", "parked") else "warning",
            "refunds": [
                (
                    write_money(each.amount, row.currency),
                    status(each.state, REFUND_STATES),
                    each,
                    self.url(request, "refund-again", payment=row.ref, refund=each.ref)
                    if may and each.in_flight
                    else "",
                )
                for each in shown.refunds
            ],
            "disputes": [
                (
                    write_money(each.amount, row.currency),
                    status(each.state, DISPUTE_STATES),
                    each,
                    write_money(each.fee, each.fee_currency) if each.fee else "",
                )
                for each in shown.disputes
            ],
            "form": form,  # one that was refused is shown with its reason, also where nothing is left by now
            "left": write_money(left, row.currency),
            "refund_url": self.url(request, "refund", payment=row.ref),
            "again_url": self.url(request, "again", payment=row.ref) if open_ else "",
            "give_up_url": self.url(request, "give-up", payment=row.ref) if open_ else "",
            "retry_url": self.url(request, "retry", payment=row.ref)
            if may and row.state == "failed" and row.invoice
            else "",
        }
        return render(request, "payments/payment.html", context, status=status_code)

    def _facts(self, row: PaymentRow, shown: PaymentShown) -> tuple[Fact, ...]:
        found = [
            Fact(_("Account"), row.payer),
            Fact(pgettext("money", "Amount"), write_money(row.amount, row.currency)),
            Fact(_("State"), status(row.state, STATES), kind="status"),
            Fact(_("Way of paying"), method_words(row.method)),
            Fact(_("Begun"), row.made_at, kind="datetime"),
        ]
        if row.settled_at is not None:
            found.append(Fact(_("Settled"), row.settled_at, kind="datetime"))
        if row.next_at is not None:
            found.append(Fact(_("Asked after again"), row.next_at, kind="datetime"))
        if row.fee:
            found.append(Fact(_("Fee of the processor"), write_money(row.fee, row.fee_currency)))
        if row.refunded:
            found.append(Fact(pgettext("money", "Given back"), write_money(row.refunded, row.currency)))
        if shown.test:
            found.append(Fact(_("Kind of key"), _("For tests: no money moves")))
        return tuple(found)

    def refund(self, request: SubletRequest, /, payment: str) -> HttpResponseBase:
        """Give money back: asks first, what exactly will happen."""
        shown = queries.payment_shown(request.actor, payment)
        form = RefundForm(request.POST)
        if not form.is_valid():
            return self._payment(request, shown, form, 422)
        try:
            amount = read_typed(form.cleaned_data["amount"], shown.row.currency)
        except ValueError:
            form.add_error("amount", _("Enter an amount such as 12.50."))
            return self._payment(request, shown, form, 422)
        if request.POST.get("sure") != "1":
            context = {
                "row": shown.row,
                "crumbs": (
                    Crumb(_("Payments"), self.url(request)),
                    Crumb(shown.row.number or shown.row.ref, self.url(request, "payment", payment=payment)),
                    Crumb(_("Give back")),
                ),
                "amount": write_money(amount, shown.row.currency),
                "fields": {**form.cleaned_data, "sure": "1"},
                "back_url": self.url(request, "payment", payment=payment),
                "method": method_words(shown.row.method),
                "credits": form.cleaned_data["then"] == "credit",
            }
            return render(request, "payments/refund.html", context)
        try:
            refunds.refund_payment(
                payment=payment, amount=amount, reason=form.cleaned_data["reason"],
                once=form.intent() if form.cleaned_data["once"] else "",
                credit=form.cleaned_data["then"] == "credit", actor=request.actor, at=now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.refuse(refusal)
            return self._payment(request, shown, form, refusal.status)
        success(request, _("The money is on its way back."))
        return HttpResponseRedirect(self.url(request, "payment", payment=payment))

    def again(self, request: SubletRequest, /, payment: str) -> HttpResponseBase:
        """Ask the processor after it once more."""
        return self._do(
            request,
            payment,
            lambda: charges.look_again(payment=payment, actor=request.actor, at=now()),
            _("The payment processor is being asked. Open this page again in a moment."),
        )

    def refund_again(self, request: SubletRequest, /, payment: str, refund: str) -> HttpResponseBase:
        """Ask the processor after a refund once more."""
        return self._do(
            request,
            payment,
            lambda: refunds.look_at_refund_again(payment=payment, refund=refund, actor=request.actor, at=now()),
            _("The payment processor is being asked. Open this page again in a moment."),
        )

    def give_up(self, request: SubletRequest, /, payment: str) -> HttpResponseBase:
        """End it."""
        return self._do(
            request,
            payment,
            lambda: charges.give_up(payment=payment, actor=request.actor, at=now()),
            _("It is being ended: once that is certain, the invoice can be collected anew."),
        )

    def retry(self, request: SubletRequest, /, payment: str) -> HttpResponseBase:
        """Collect the invoice anew."""
        shown = queries.payment_shown(request.actor, payment)
        return self._do(
            request,
            payment,
            lambda: collecting.collect_invoice(invoice=shown.row.invoice, actor=request.actor, at=now()),
            _("The invoice is being collected again."),
        )

    def _do(self, request: SubletRequest, payment: str, act: Callable[[], object], told: str) -> HttpResponseRedirect:
        try:
            act()
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            success(request, told)
        return HttpResponseRedirect(self.url(request, "payment", payment=payment))

    # Who pays how -----------------------------------------------------------------------------------------------------

    def payers(self, request: SubletRequest, /) -> HttpResponseBase:
        """Who pays by itself, and how."""
        state = read_list_state(request.GET, columns=PAYER_COLUMNS, default_sort="name")
        rows, newer, older = queries.payers_of_account(request.actor, cursor=state.cursor, at=now())
        table = Table(
            id="payers",
            caption=_("Ways of paying"),
            columns=PAYER_COLUMNS,
            rows=tuple(
                Row(
                    key=row.ref,
                    label=row.name,
                    url=self.url(request, "payer", payer=row.ref),
                    cells={
                        "name": row.name,
                        "method": method_words(row.methods[0]) if row.methods else _("None yet"),
                        "pays": pays_words(row.pays),
                        "link": write_date(row.link.expires_at) if row.link else "",
                    },
                )
                for row in rows
            ),
            state=state,
            pager=Pager(previous=newer, next=older, shown=len(rows), first_page=not newer),
            empty=Empty(title=_("Nobody to collect from yet"), text="", icon_name="users"),
        )
        crumbs = (Crumb(_("Payments"), self.url(request)), Crumb(_("Ways of paying")))
        return list_page(request, "payments/payers.html", table, lambda: {"crumbs": crumbs})

    def payer(self, request: SubletRequest, /, payer: str) -> HttpResponseBase:
        """By what one account pays; and the link with which it enters a card by itself."""
        row = queries.payer_shown(request.actor, payer, at=now())
        if request.method != "POST":
            return self._payer(request, row, LinkForm(initial={"send_to": row.email}))
        form = LinkForm(request.POST)
        if not form.is_valid():
            return self._payer(request, row, form, 422)
        send_to = form.cleaned_data["send_to"]
        try:
            made = links.make_link(payer=payer, send_to=send_to, actor=request.actor, at=now())
        except Refusal as refusal:
            form.refuse(refusal)
            return self._payer(request, row, form, refusal.status)
        if send_to:
            success(request, _("The link is on its way to %(email)s.") % {"email": send_to})
            return HttpResponseRedirect(self.url(request, "payer", payer=payer))
        context = {
            "url": made.url,
            "until": write_date(made.expires_at),
            "title": row.name,
            "crumbs": self._payer_crumbs(request, row),
            "back_url": self.url(request, "payer", payer=payer),
        }
        return render(request, "payments/link.html", context)

    def _payer_crumbs(self, request: SubletRequest, row: PayerRow) -> tuple[Crumb, ...]:
        return (
            Crumb(_("Payments"), self.url(request)),
            Crumb(_("Ways of paying"), self.url(request, "payers")),
            Crumb(row.name),
        )

    def _payer(self, request: SubletRequest, row: PayerRow, form: LinkForm, status_code: int = 200) -> HttpResponse:
        may = request.actor.may("billing:manage") and request.actor.impersonator is None
        context = {
            "row": row,
            "methods": [
                (
                    method_words(each),
                    until_words(each),
                    each,
                    self.url(request, "method-remove", method=each.ref) if may else "",
                )
                for each in row.methods
            ],
            "pays": pays_words(row.pays),
            "form": form if may and row.can_ask else None,
            "connect_url": self.url(request, "processor")
            if not row.can_ask and not row.by_vendor and request.actor.may_for_all("billing:manage")
            else "",
            "revoke_url": self.url(request, "link-revoke", link=row.link.ref) if may and row.link else "",
            "crumbs": self._payer_crumbs(request, row),
            "settings_url": self._settings_url(request, row),
            "actions": (Action(_("Account statement"), statement_url(request, row.ref), "list"),),
        }
        return render(request, "payments/payer.html", context, status=status_code)

    def _settings_url(self, request: SubletRequest, row: PayerRow) -> str:
        """Where a reseller says who pays what."""
        if request.actor.account_kind != RESELLER or not request.actor.may("clients:manage"):
            return ""
        return reverse("reseller-client-options", kwargs={"account": request.actor.account_ref, "ref": row.ref})

    def revoke_link(self, request: SubletRequest, /, link: str) -> HttpResponseBase:
        """Let a link lead nowhere."""
        links.revoke_link(link=link, actor=request.actor, at=now())
        success(request, _("The link leads nowhere any more."))
        return HttpResponseRedirect(self.url(request, "payers"))

    def remove_method(self, request: SubletRequest, /, method: str) -> HttpResponseBase:
        """Charge it no more."""
        try:
            methods.remove_method(ref=method, actor=request.actor, at=now())
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            success(request, _("It is charged no more."))
        return HttpResponseRedirect(self.url(request, "payers"))

    # The processor ----------------------------------------------------------------------------------------------------

    def processor(self, request: SubletRequest, /) -> HttpResponseBase:
        """The account at the processor: its key goes in and is never shown."""
        request.actor.require_for_all("billing:manage")
        gateway = queries.gateway_of(request.actor)
        known = {"has_key": gateway is not None, "has_hook_secret": gateway is not None and gateway.has_hook_secret}
        if request.method != "POST":
            initial = {"version": gateway.version if gateway else 0}
            return self._processor(request, gateway, GatewayForm(initial=initial, **known))
        form = GatewayForm(request.POST, **known)
        if not form.is_valid():
            return self._processor(request, gateway, form, 422)
        try:
            gateways.connect_gateway(actor=request.actor, at=now(), **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
            return self._processor(request, gateway, form, refusal.status)
        success(request, _("Saved. The payment processor is being asked whether the key works."))
        return HttpResponseRedirect(self.url(request, "processor"))

    def _processor(
        self, request: SubletRequest, gateway: GatewayView | None, form: GatewayForm, status_code: int = 200
    ) -> HttpResponse:
        facts: tuple[Fact, ...] = ()
        if gateway is not None:
            facts = (
                Fact(_("State"), status(gateway.state, GATEWAY_STATES), kind="status"),
                Fact(_("Account"), gateway.title or "–"),
                Fact(_("Key ends in"), gateway.key_ends, kind="code"),
                Fact(_("Kind of key"), _("Real money") if gateway.live else _("For tests: no money moves")),
                Fact(_("Last message"), gateway.heard_at, kind="datetime")
                if gateway.heard_at
                else Fact(_("Last message"), _("None yet")),
            )
        context = {
            "gateway": gateway,
            "facts": facts,
            "why": gateway_why(gateway.why) if gateway else "",
            "form": form,
            "crumbs": (Crumb(_("Payments"), self.url(request)), Crumb(_("Payment processor"))),
            "back_url": self.url(request),
            "disconnect_url": self.url(request, "disconnect") if gateway else "",
        }
        return render(request, "payments/processor.html", context, status=status_code)

    def disconnect(self, request: SubletRequest, /) -> HttpResponseBase:
        """Collect nothing by it any more."""
        try:
            gateways.disconnect_gateway(actor=request.actor, at=now())
        except NotFound:
            return HttpResponseRedirect(self.url(request, "processor"))
        success(request, _("Disconnected. What was paid can still be given back."))
        return HttpResponseRedirect(self.url(request, "processor"))


def payment_patterns(*, name: str, route: str, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The addresses of an account's payments under `route`, named `name` and ``<name>-<page>``."""
    pages = PaymentPages(name, portal)
    at, see, do = pages.at, "billing:view", "billing:manage"
    secret = sensitive_post_parameters("key", "hook_secret")
    one = f"{route}<str:payment>/"
    return [
        at(route, pages.listing, see),
        at(f"{route}processor/", pages.processor, do, "processor", allow=lambda view: secret(FORM(view))),
        at(f"{route}processor/disconnect/", pages.disconnect, do, "disconnect", allow=require_POST),
        at(f"{route}payers/", pages.payers, see, "payers"),
        at(f"{route}payers/<str:payer>/", pages.payer, do, "payer", allow=FORM),
        at(f"{route}links/<str:link>/revoke/", pages.revoke_link, do, "link-revoke", allow=require_POST),
        at(f"{route}methods/<str:method>/remove/", pages.remove_method, do, "method-remove", allow=require_POST),
        at(one, pages.payment, see, "payment"),
        at(f"{one}refund/", pages.refund, do, "refund", allow=require_POST),
        at(f"{one}refunds/<str:refund>/again/", pages.refund_again, do, "refund-again", allow=require_POST),
        at(f"{one}again/", pages.again, do, "again", allow=require_POST),
        at(f"{one}give-up/", pages.give_up, do, "give-up", allow=require_POST),
        at(f"{one}retry/", pages.retry, do, "retry", allow=require_POST),
    ]
