"""What a change of plan costs, as a table: what is given back, what is charged, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from sublet.accounts.queries import AccountFacts
from sublet.billing.queries.invoices import names_of
from sublet.billing.queries.plan_costs import ChangeCost, CostLine
from sublet.billing.words import credit_words
from sublet.core.rights import CLIENT
from sublet.foundation.languages import in_language
from sublet.portals.shared.locales import write_date, write_money
from sublet.portals.shared.plan_words import add_on_line, waiting_words
from sublet.subscriptions.queries import ChangePreview


@dataclass(frozen=True, slots=True)
class CostTable:
    """`heads` of the columns; a row is what, for which days, and an amount for each further column; `sums` has one for each of these.
    `note`: where there is nothing in it."""

    heads: Sequence[str] = ()
    rows: Sequence[tuple[str, str, Sequence[str]]] = ()
    sums: Sequence[str] = ()
    note: str = ""


def cost_table(cost: ChangeCost | None, account: AccountFacts) -> CostTable | None:
    """None: whoever looks sees no prices, or nothing is ever charged to it."""
    if cost is None:
        return None
    if cost.unknown:
        return CostTable(note=_("What it costs cannot be reckoned: a price is wrong."))
    if not cost.lines:
        return CostTable(note=_("Nothing is charged or credited for it."))
    if account.kind != CLIENT:
        heads, sides = [pgettext("plan", "Charged")], ["wholesale"]
    else:
        heads, sides = [_("Retail")], ["retail"]
        if any(line.wholesale for line in cost.lines):
            heads, sides = [*heads, _("Wholesale")], [*sides, "wholesale"]
    rows = [(_what(line), _days(line), [_amount(getattr(line, side)) for side in sides]) for line in cost.lines]
    return CostTable(heads, rows, [_sum(getattr(cost, side)) for side in sides])


def _what(line: CostLine) -> str:
    name = in_language(names_of(line.kind, line.item), line.item)
    return credit_words(name) if line.credit else name


def _days(line: CostLine) -> str:
    days = dict.fromkeys((write_date(line.first_day), write_date(line.last_day)))
    return " – ".join(days)


def _amount(amount: tuple[int, str] | None) -> str:
    return "–" if amount is None else write_money(*amount)


def _sum(sums: Mapping[str, int]) -> str:
    return " + ".join(write_money(minor, currency) for currency, minor in sums.items()) or "–"


def consequence_words(preview: ChangePreview, zone: str) -> tuple[str, ...]:
    """What else it does: what was decided before and no longer holds, and what rests."""
    points = [
        _("No longer holds what was decided before: %(what)s") % {"what": waiting_words(row, zone)}
        for row in preview.dropped
    ]
    points += [
        _("“%(name)s” does not go with it and rests.") % {"name": add_on_line(row, zone)[0]} for row in preview.resting
    ]
    return tuple(points)
