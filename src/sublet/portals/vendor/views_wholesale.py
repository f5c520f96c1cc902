"""Wholesale: the discount of each reseller, from when on, by volume; promotions of list prices; and what a change would do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.accounts import queries as account_queries
from sublet.core.money import plain
from sublet.core.portfolio import Change
from sublet.core.pricebook import USUAL_DISCOUNT
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.portals.shared.components import Crumb, Tab
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_datetime
from sublet.portals.shared.price_check_pages import change_words, lines_of, progress_of, result_words
from sublet.portals.shared.price_forms import day_field, percent_field, since_of, tiers_of
from sublet.portals.shared.price_words import percent_words, terms_words
from sublet.portals.shared.progress import progress_answer
from sublet.portals.shared.promotion_pages import promotions_page
from sublet.portals.vendor.nav import here
from sublet.pricing import operations, queries
from sublet.pricing.queries import TermsSaid, WholesaleView


class TermsForm(SubletForm):
    """What is agreed with a reseller."""

    percent = percent_field(
        gettext_lazy("Discount in percent"),
        help_text=gettext_lazy("On the total of its invoices. Empty: the usual 20 %."),
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


@needs("billing:view", portal="vendor")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """Who has which discount."""
    search = request.GET.get("q", "").replace("\x00", "")[:200]
    after = request.GET.get("after", "").replace("\x00", "")[:200]
    page = queries.wholesale_list(request.actor, search=search, after=after, at=now())
    context = {
        "tabs": _tabs(request, "wholesale"),
        "search": search,
        "rows": [
            (
                row.name,
                here(request, "vendor-wholesale-reseller", ref=row.ref),
                terms_words(row.terms, row.currency),
                _("agreed") if row.agreed else _("as usual"),
                _("changes on %(day)s") % {"day": write_date(row.coming)} if row.coming is not None else "",
                row.shares,
            )
            for row in page.rows
        ],
        "after": page.after,
        "usual": percent_words(USUAL_DISCOUNT),
    }
    return render(request, "vendor/wholesale/list.html", context)


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
    zone = account_queries.own_facts(request.actor).timezone
    try:
        done = operations.change_wholesale_terms(
            ref=ref, percent=said["percent"], tiers=said["tiers"], note=said["note"],
            since=since_of(said["since"], zone, at), actor=request.actor, at=at,
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, view, form, refusal.status)
    (success if done else info)(request, _("Saved.") if done else _("Nothing would change."))
    return HttpResponseRedirect(request.path)


def _form(view: WholesaleView, data: Any = None) -> TermsForm:
    currency = view.reseller.currency
    tiers = "\n".join(f"{plain(each.volume, currency)}: {each.percent.normalize():f}" for each in view.now.tiers)
    return TermsForm(data, currency=currency, initial={"percent": view.now.percent, "tiers": tiers})


def _page(request: SubletRequest, view: WholesaleView, form: TermsForm, status: int = 200) -> HttpResponse:
    def line(each: TermsSaid) -> tuple[str, str, str]:
        told = _("from %(day)s · %(person)s") % {"day": write_date(each.terms.since), "person": each.by}
        return terms_words(each.terms, view.reseller.currency), told, each.note

    context = {
        "name": view.reseller.name,
        "now": terms_words(view.now, view.reseller.currency),
        "agreed": view.agreed,
        "coming": [line(each) for each in view.coming],
        "past": [line(each) for each in view.past],
        "shares": view.shares,
        "form": form if request.actor.may("billing:manage") else None,
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


@needs("billing:view", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def checks(request: SubletRequest) -> HttpResponseBase:
    """What was tried; by POST a change is tried over all resellers."""
    form = WholesaleCheckForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        request.actor.require("billing:manage")
        status = 422
        if form.is_valid():
            change = Change(form.cleaned_data["kind"], Decimal(form.cleaned_data["percent"]))
            try:
                row = operations.check_prices(change=change, actor=request.actor, at=now())
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                return HttpResponseRedirect(here(request, "vendor-price-check", check=row.ref))
    rows = [
        (change_words(each.change), here(request, "vendor-price-check", check=each.ref),
         f"{write_datetime(each.asked_at)} · {each.asked_by}", each.losing, each.done_at is not None)
        for each in queries.checks_of(request.actor)
    ]  # fmt: skip
    context = {
        "tabs": _tabs(request, "check"),
        "form": form if request.actor.may("billing:manage") else None,
        "rows": rows,
    }
    return render(request, "vendor/wholesale/checks.html", context, status=status)


@needs("billing:view", portal="vendor")
@require_safe
def check(request: SubletRequest, check: str) -> HttpResponseBase:
    """What each reseller would owe; who loses money, only of those that share their prices."""
    view = queries.check_of(request.actor, check)
    waiting = view.done_at is None and bool(view.job)
    words = change_words(view.change)
    context = {
        "title": words,
        "progress": progress_of(request, view, here(request, "vendor-price-check-progress", check=check))
        if waiting
        else None,
        "results": result_words(view) if view.done_at is not None else (),
        "lines": lines_of(view, lambda ref: here(request, "vendor-wholesale-reseller", ref=ref)),
        "more": view.more,
        "told": f"{write_datetime(view.asked_at)} · {view.asked_by}",
        "crumbs": (
            Crumb(_("Wholesale"), here(request, "vendor-wholesale")),
            Crumb(_("Margin guard"), here(request, "vendor-price-checks")),
            Crumb(words),
        ),
    }
    return render(request, "vendor/wholesale/check.html", context)


@needs("billing:view", portal="vendor")
@require_safe
def progress(request: SubletRequest, check: str) -> HttpResponseBase:
    """The part that is asked for each second while the job is at work."""
    view = queries.check_of(request.actor, check)
    if not view.job:
        raise NotFound
    shown = progress_of(request, view, here(request, "vendor-price-check-progress", check=check))
    page = here(request, "vendor-price-check", check=check)
    return progress_answer(request, shown, at_work=view.done_at is None and not shown.failed, page=page)
