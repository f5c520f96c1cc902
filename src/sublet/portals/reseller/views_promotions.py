"""Promotions of a reseller, and the contracts with its clients."""

from __future__ import annotations

from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core.contracts import COMMITMENT
from sublet.foundation.clock import now
from sublet.portals.reseller.nav import here
from sublet.portals.reseller.views_prices import price_tabs
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date, write_number
from sublet.portals.shared.promotion_pages import promotions_page
from sublet.pricing import operations, queries
from sublet.pricing.queries import ContractRow
from sublet.pricing.words import each_price


@needs("billing:view", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def promotions(request: SubletRequest) -> HttpResponseBase:
    """The reseller's promotions; by POST another one."""
    return promotions_page(
        request,
        template="reseller/prices/promotions.html",
        context={"tabs": price_tabs(request, "promotions")},
        end_url=lambda ref: here(request, "reseller-promotion-end", promotion=ref),
    )


@needs("billing:manage", portal="reseller")
@require_POST
def end(request: SubletRequest, promotion: str) -> HttpResponseBase:
    """Let nobody take a promotion any more."""
    operations.end_promotion(ref=promotion, actor=request.actor, at=now())
    success(request, _("Nobody can take it any more. Who has it keeps it."))
    return HttpResponseRedirect(here(request, "reseller-promotions"))


@needs("billing:view", portal="reseller")
@require_safe
def contracts(request: SubletRequest) -> HttpResponseBase:
    """The contracts with all clients, those that end first on top."""
    rows = queries.contracts_of_reseller(request.actor, at=now())
    context = {
        "tabs": price_tabs(request, "contracts"),
        "rows": [
            (row.contract.name, row.client, here(request, "reseller-client-prices", ref=row.client_ref),
             contract_words(row), row.runs)
            for row in rows
        ],
    }  # fmt: skip
    return render(request, "reseller/prices/contracts.html", context)


def contract_words(row: ContractRow) -> str:
    """What a contract is, in a line."""
    each = row.contract
    told = [each_price(each.price)] if each.price is not None else [_("a term for the plan")]
    if each.kind == COMMITMENT:
        told = [_("at least %(sum)s") % {"sum": told[0]}]
    told.append(
        ngettext("%(number)s month from %(day)s on", "%(number)s months from %(day)s on", each.months)
        % {"number": write_number(each.months), "day": write_date(each.first_day)}
    )
    if each.last_day is not None:
        told.append(_("ends with %(day)s") % {"day": write_date(each.last_day)})
    elif row.ends is not None and each.renew_months:
        told.append(
            ngettext(
                "renews after %(day)s by %(number)s month",
                "renews after %(day)s by %(number)s months",
                each.renew_months,
            )
            % {"day": write_date(row.ends), "number": write_number(each.renew_months)}
        )
    elif row.ends is not None:
        told.append(_("ends with %(day)s") % {"day": write_date(row.ends)})
    return " · ".join(told)
