"""The page of promotions: a reseller's lower its retail prices, the vendor's lower list amounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sublet.core.periods import start_of_day
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_last_day, write_number
from sublet.portals.shared.price_words import percent_words
from sublet.portals.shared.promotion_forms import PromotionForm
from sublet.pricing import operations, queries
from sublet.pricing.queries import PromotionRow


def promotions_page(
    request: SubletRequest, *, template: str, context: dict[str, Any], end_url: Callable[[str], str]
) -> HttpResponseBase:
    """The list with its form; by POST another promotion."""
    may = request.actor.may_for_all("billing:manage")
    if request.method != "POST":
        return _page(request, template, context, end_url, PromotionForm() if may else None)
    request.actor.require_for_all("billing:manage")
    form = PromotionForm(request.POST)
    if not form.is_valid():
        return _page(request, template, context, end_url, form, 422)
    said = dict(form.cleaned_data)
    closes = said.pop("closes")
    try:
        operations.make_promotion(
            closes_at=start_of_day(closes + timedelta(days=1), request.own_zone) if closes is not None else None,
            actor=request.actor,
            at=now(),
            **said,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, template, context, end_url, form, refusal.status)
    success(request, _("Saved."))
    return HttpResponseRedirect(request.path)


def _page(
    request: SubletRequest,
    template: str,
    context: dict[str, Any],
    end_url: Callable[[str], str],
    form: PromotionForm | None,
    status: int = 200,
) -> HttpResponse:
    rows = queries.promotions_of(request.actor, at=now())
    found = context | {
        "form": form,
        "example": _("For example 50 % off for three months, by a code."),
        "promotions": [
            (row.promotion.code, row.promotion.name, promotion_words(row, request.own_zone), row.open,
             end_url(row.promotion.ref) if row.open and form is not None else "")
            for row in rows
        ],
    }  # fmt: skip
    return render(request, template, found, status=status)


def promotion_words(row: PromotionRow, zone: str) -> str:
    """What a promotion is, in a line. `zone`: of whose it is."""
    each = row.promotion
    told = [_("%(percent)s off") % {"percent": percent_words(each.percent)}]
    if each.months is None:
        told.append(_("for as long as the account stays"))
    else:
        told.append(
            ngettext("for %(number)s month", "for %(number)s months", each.months)
            % {"number": write_number(each.months)}
        )
    if each.closes_at is not None:
        told.append(_("until %(day)s") % {"day": write_last_day(each.closes_at, zone)})
    told.append(
        ngettext("taken by %(number)s account", "taken by %(number)s accounts", row.taken)
        % {"number": write_number(row.taken)}
    )
    if each.most is not None:
        told.append(_("at most %(number)s") % {"number": write_number(each.most)})
    return " · ".join(told)
