"""Wholesale: the discount of each reseller, from when on, by volume; promotions of list prices; and what a change would do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core.money import exponent, plain
from sublet.core.portfolio import Change
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.components import Action, Crumb, Tab
from sublet.portals.shared.forms import MoneyField, SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date
from sublet.portals.shared.page_sets import list_page
from sublet.portals.shared.price_check_pages import Checks
from sublet.portals.shared.price_forms import day_field, percent_field, since_of, tiers_of
from sublet.portals.shared.price_words import percent_words, promise_words, terms_words
from sublet.portals.shared.promotion_pages import promotions_page
from sublet.portals.shared.tables import Column, Empty, Pager, Row, Table, read_list_state
from sublet.portals.vendor.nav import here
from sublet.pricing import operations, queries
from sublet.pricing.queries import TermsSaid, UsualSaid, WholesaleView


class TermsForm(SubletForm):
    """What is agreed with a reseller."""

    percent = percent_field(
        gettext_lazy("Discount in percent"),
        help_text=gettext_lazy("On the total of its invoices. Empty: the usual discount."),
    )
    tiers = forms.CharField(
        label=gettext_lazy("More by volume"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "A line for each: “10000: 25” gives 25 % on the whole invoice from 10,000 at list prices on."
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("Why"), required=False, max_length=500, help_text=gettext_lazy("The reseller reads it.")
    )
    since = day_field()

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_tiers(self) -> Any:
        """Lines as tiers."""
        return tiers_of(str(self.cleaned_data.get("tiers") or ""), self.currency)


class CommitmentForm(SubletForm):
    """What a reseller spends at least."""

    amount = MoneyField(
        label=gettext_lazy("At least"),
        required=False,
        help_text=gettext_lazy("At list prices, over all of its clients. Leave it empty to end the promise."),
    )
    interval = forms.ChoiceField(label=pgettext_lazy("commitment", "In each"), choices=())
    since = day_field()
    note = forms.CharField(
        label=gettext_lazy("Why"), required=False, max_length=500, help_text=gettext_lazy("The reseller reads it.")
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["amount"].count_in(currency)  # type: ignore[attr-defined]  # a MoneyField
        self.fields["amount"].label = _("At least, in %(currency)s") % {"currency": currency}
        self.fields["interval"].choices = COMMITTED  # type: ignore[attr-defined]  # a ChoiceField

    def clean_amount(self) -> int | None:
        """In minor units."""
        minor = self.cleaned_data.get("amount")
        return None if minor is None else int(minor)


COMMITTED = (
    ("month", pgettext_lazy("commitment", "calendar month")),
    ("quarter", pgettext_lazy("commitment", "calendar quarter")),
    ("year", pgettext_lazy("commitment", "calendar year")),
)


class WholesaleCheckForm(SubletForm):
    """What is tried."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What changes"),
        widget=forms.RadioSelect,
        initial="list",
        choices=(
            ("list", gettext_lazy("List prices rise or fall by so many percent")),
            ("discount", gettext_lazy("The wholesale discount becomes so many percent")),
            ("use", gettext_lazy("Clients use so many percent of what they use now")),
        ),
    )
    percent = forms.DecimalField(
        label=gettext_lazy("Percent"), min_value=-100, max_value=10_000, decimal_places=2, localize=True
    )


def _tabs(request: SubletRequest, active: str) -> tuple[Tab, ...]:
    pages = [
        ("wholesale", "vendor-wholesale", _("Discounts"), "tag"),
        ("promotions", "vendor-promotions", _("Promotions"), "ticket"),
    ]
    if request.actor.may_for_all("billing:view"):  # a check is of all resellers
        pages.append(("check", "vendor-price-checks", _("Margin guard"), "trending-up"))
    return tuple(Tab(label, here(request, name), active=key == active, icon=icon) for key, name, label, icon in pages)


COLUMNS = (
    Column("name", gettext_lazy("Reseller"), required=True),
    Column("discount", gettext_lazy("Discount")),
    Column("agreed", gettext_lazy("Agreed"), priority=2),
    Column("comes", gettext_lazy("Comes"), priority=2),
    Column("shares", gettext_lazy("Shares its prices"), "yes_no", priority=2),
)


@needs("billing:view", portal="vendor")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """Who has which discount."""
    state = read_list_state(request.GET, columns=COLUMNS, default_sort="name")
    page = queries.wholesale_list(request.actor, search=state.search, after=state.cursor, at=now())
    table = Table(
        id="wholesale",
        caption=_("Wholesale"),
        columns=COLUMNS,
        rows=tuple(
            Row(
                key=row.ref,
                label=row.name,
                url=here(request, "vendor-wholesale-reseller", ref=row.ref),
                cells={
                    "name": row.name,
                    "discount": terms_words(row.terms, row.currency),
                    "agreed": _("agreed") if row.agreed else _("as usual"),
                    "comes": _("changes on %(day)s") % {"day": write_date(row.coming, request.own_zone)}
                    if row.coming
                    else "",
                    "shares": row.shares,
                },
            )
            for row in page.rows
        ),
        state=state,
        pager=Pager(page.before, page.after, len(page.rows), first_page=not page.before),
        search_label=_("Find resellers"),
        empty=Empty(title=_("No reseller"), icon_name="building-store"),
    )
    return list_page(
        request,
        "vendor/wholesale/list.html",
        table,
        lambda: {
            "tabs": _tabs(request, "wholesale"),
            "usual": percent_words(queries.usual_discount(request.actor, at=now()).now),
            "actions": (Action(_("Usual discount"), here(request, "vendor-wholesale-usual"), "tag"),),
        },
    )


class UsualForm(SubletForm):
    """What a reseller gets with which nothing else was agreed."""

    percent = percent_field(
        gettext_lazy("Discount in percent"), help_text=gettext_lazy("On the total of its invoices."), required=True
    )
    note = forms.CharField(label=gettext_lazy("Why"), required=False, max_length=500)
    since = day_field()


@needs("billing:view", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def usual(request: SubletRequest) -> HttpResponseBase:
    """The usual discount: what holds, what comes, what was; by POST another one."""
    at = now()
    view = queries.usual_discount(request.actor, at=at)
    form = UsualForm(request.POST or None, initial={"percent": view.now})
    status = 200
    if request.method == "POST":
        request.actor.require_for_all("billing:manage")
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                done = operations.change_usual_discount(
                    percent=said["percent"], note=said["note"], since=since_of(said["since"], request.own_zone, at),
                    actor=request.actor, at=at,
                )  # fmt: skip
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                (success if done else info)(request, _("Saved.") if done else _("Nothing would change."))
                return HttpResponseRedirect(request.path)
    context = {
        "crumbs": (Crumb(_("Wholesale"), here(request, "vendor-wholesale")), Crumb(_("Usual discount"))),
        "usual": percent_words(view.now),
        "form": form,
        "may": request.actor.may_for_all("billing:manage"),
        "coming": [_usual_row(each, request.own_zone) for each in view.coming],
        "past": [_usual_row(each, request.own_zone) for each in view.past],
    }
    return render(request, "vendor/wholesale/usual.html", context, status=status)


def _usual_row(each: UsualSaid, zone: str) -> tuple[str, str, str, str]:
    return percent_words(each.percent), write_date(each.since, zone), each.by, each.note


@needs("billing:view", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def reseller(request: SubletRequest, ref: str) -> HttpResponseBase:
    """One reseller: what holds, what comes, what was; by POST other terms."""
    at = now()
    view = queries.wholesale_of(request.actor, ref, at=at)
    if request.method != "POST":
        return _page(request, view, _form(view))
    request.actor.require("billing:manage")
    form = _form(view, request.POST)
    if not form.is_valid():
        return _page(request, view, form, 422)
    said = form.cleaned_data
    try:
        done = operations.change_wholesale_terms(
            ref=ref, percent=said["percent"], tiers=said["tiers"], note=said["note"],
            since=since_of(said["since"], request.own_zone, at), actor=request.actor, at=at,
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, view, form, refusal.status)
    (success if done else info)(request, _("Saved.") if done else _("Nothing would change."))
    return HttpResponseRedirect(request.path)


@needs("billing:manage", portal="vendor")
@require_POST
def commitment(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Agree what a reseller spends at least, in the currency in which it is charged."""
    at = now()
    view = queries.wholesale_of(request.actor, ref, at=at)
    form = _commitment_form(view, request.POST)
    if not form.is_valid():
        return _page(request, view, _form(view), 422, form)
    said = form.cleaned_data
    try:
        done = operations.change_wholesale_commitment(
            ref=ref, amount=said["amount"], currency=form.currency, interval=said["interval"], note=said["note"],
            since=since_of(said["since"], view.reseller.timezone, at), actor=request.actor, at=at,
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, view, _form(view), refusal.status, form)
    (success if done else info)(request, _("Saved.") if done else _("Nothing would change."))
    return HttpResponseRedirect(here(request, "vendor-wholesale-reseller", ref=ref))


def _commitment_form(view: WholesaleView, data: Any = None) -> CommitmentForm:
    held = view.promised
    initial = (
        {}
        if held is None
        else {"amount": Decimal(held.minor or 0).scaleb(-exponent(held.currency)), "interval": held.interval}
    )
    return CommitmentForm(data, currency=view.list_currency, initial=initial, prefix="commitment")


def _form(view: WholesaleView, data: Any = None) -> TermsForm:
    currency = view.reseller.currency
    tiers = "\n".join(f"{plain(each.volume, currency)}: {each.percent.normalize():f}" for each in view.now.tiers)
    shown = Decimal(f"{view.now.percent.normalize():f}") if view.now.percent is not None else None
    return TermsForm(data, currency=currency, initial={"percent": shown, "tiers": tiers})


def _page(
    request: SubletRequest,
    view: WholesaleView,
    form: TermsForm,
    status: int = 200,
    commitment: CommitmentForm | None = None,
) -> HttpResponse:
    def line(each: TermsSaid) -> tuple[str, str, str]:
        told = _("from %(day)s · %(person)s") % {
            "day": write_date(each.terms.since, request.own_zone), "person": each.by,
        }  # fmt: skip
        return terms_words(each.terms, view.reseller.currency), told, each.note

    context = {
        "name": view.reseller.name,
        "now": terms_words(view.now, view.reseller.currency),
        "agreed": view.agreed,
        "coming": [line(each) for each in view.coming],
        "past": [line(each) for each in view.past],
        "shares": view.shares,
        "form": form if request.actor.may("billing:manage") else None,
        "promised": promise_words(view.promised),
        "promises": [
            (
                promise_words(each.promise),
                _("from %(day)s · %(person)s")
                % {"day": write_date(each.promise.since, view.reseller.timezone), "person": each.by},
                each.note,
            )
            for each in view.promises
        ],
        "commitment": (commitment or _commitment_form(view)) if request.actor.may("billing:manage") else None,
        "commitment_url": here(request, "vendor-wholesale-commitment", ref=view.reseller.ref),
        "cancel_url": here(request, "vendor-wholesale"),
        "crumbs": (Crumb(_("Wholesale"), here(request, "vendor-wholesale")), Crumb(view.reseller.name)),
    }
    return render(request, "vendor/wholesale/reseller.html", context, status=status)


@needs("billing:view", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def promotions(request: SubletRequest) -> HttpResponseBase:
    """Promotions of list prices; by POST another one."""
    return promotions_page(
        request,
        template="vendor/wholesale/promotions.html",
        context={"tabs": _tabs(request, "promotions")},
        end_url=lambda ref: here(request, "vendor-promotion-end", promotion=ref),
    )


@needs("billing:manage", portal="vendor")
@require_POST
def end(request: SubletRequest, promotion: str) -> HttpResponseBase:
    """Let nobody take a promotion any more."""
    operations.end_promotion(ref=promotion, actor=request.actor, at=now())
    success(request, _("Nobody can take it any more. Who has it keeps it."))
    return HttpResponseRedirect(here(request, "vendor-promotions"))


# The margin guard -----------------------------------------------------------------------------------------------------


def _checks(request: SubletRequest) -> Checks:
    return Checks(request, lambda name, **named: here(request, f"vendor-{name}", **named))


@needs("billing:view", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def checks(request: SubletRequest) -> HttpResponseBase:
    """What was tried; by POST a change is tried over all resellers."""
    form = WholesaleCheckForm(request.POST if request.method == "POST" else None)
    return _checks(request).listing(
        "vendor/wholesale/checks.html",
        form,
        lambda said: Change(said["kind"], Decimal(said["percent"])),
        {"tabs": _tabs(request, "check")},
    )


@needs("billing:view", portal="vendor")
@require_safe
def check(request: SubletRequest, check: str) -> HttpResponseBase:
    """What each reseller would owe; who loses money, only of those that share their prices."""
    return _checks(request).check(
        "vendor/wholesale/check.html",
        check,
        Crumb(_("Wholesale"), here(request, "vendor-wholesale")),
        lambda ref: here(request, "vendor-wholesale-reseller", ref=ref),
        {},
    )


@needs("billing:view", portal="vendor")
@require_safe
def progress(request: SubletRequest, check: str) -> HttpResponseBase:
    """The part that is asked for each second while the job is at work."""
    return _checks(request).progress(check)
