"""“Estimated at month’s end”, in words: of a client for its reseller, and of an account for itself."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from sublet.billing.queries.estimates import MonthEnd
from sublet.portals.shared.components import Fact
from sublet.portals.shared.locales import write_money


def month_end_facts(told: MonthEnd) -> tuple[Fact, ...]:
    """What the client is asked, what the vendor asks, and what is left; nothing where nothing is due."""
    if told.unknown or not (told.retail or told.wholesale):
        return ()
    facts = [Fact(_("The client is asked"), _sums(told.retail)), Fact(_("The vendor asks"), _sums(told.wholesale))]
    left = {
        currency: told.retail.get(currency, 0) - told.wholesale.get(currency, 0)
        for currency in {**told.retail, **told.wholesale}
        if currency in told.retail
    }
    if left:
        facts.append(Fact(_("Margin"), " · ".join(write_money(minor, currency) for currency, minor in left.items())))
    return tuple(facts)


def own_month_end(told: MonthEnd) -> str:
    """What the account will be billed for; empty where it pays nothing here."""
    return "" if told.unknown else _sums(told.pays, none="")


def _sums(sums: Mapping[str, int], none: str = "–") -> str:
    return " · ".join(write_money(minor, currency) for currency, minor in sums.items()) or none
