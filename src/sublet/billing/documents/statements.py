"""A reseller's statement: what it earns with each client, retail beside wholesale. No invoice, so it has no number and no tax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from sublet.billing.documents.writing import Writing


@dataclass(frozen=True, slots=True)
class EarnedWith:
    """One client. Amounts in minor units of the statement's currency, before tax."""

    name: str
    retail: int
    wholesale: int
    more: str = ""  # the plan, who collects

    @property
    def margin(self) -> int:
        return self.retail - self.wholesale


@dataclass(frozen=True, slots=True)
class Statement:
    """One reseller and period, both days included. `collected`: what the vendor has collected for it in the period, with tax.

    `others`: currencies in which there is something beside it, which no rate turns into this one.
    """

    name: str
    first: date
    last: date
    currency: str
    language: str
    rows: tuple[EarnedWith, ...]
    collected: int = 0
    others: tuple[str, ...] = ()

    @property
    def retail(self) -> int:
        return sum(row.retail for row in self.rows)

    @property
    def wholesale(self) -> int:
        return sum(row.wholesale for row in self.rows)

    @property
    def margin(self) -> int:
        return self.retail - self.wholesale


def statement_data(statement: Statement) -> Mapping[str, Any]:
    """What ``statement.typ`` reads. The statement's language must be active."""
    writing = Writing(statement.language, statement.currency)
    notes = [_("All amounts are before VAT.")]
    if statement.collected:
        notes.append(
            _("%(amount)s, VAT included, was collected for you; it is paid out less what you owe.")
            % {"amount": writing.money(statement.collected)}
        )
    if statement.others:
        notes.append(
            _("Amounts in %(currencies)s are not part of it: each currency has a statement of its own.")
            % {"currencies": ", ".join(statement.others)}
        )
    title = _("Statement for %(name)s") % {"name": statement.name}
    return {
        "title": title,
        "heading": title,
        "lead": writing.days(statement.first, statement.last),
        "figures": [
            (_("Retail"), writing.money(statement.retail)),
            (_("Wholesale"), writing.money(statement.wholesale)),
            (_("Margin"), writing.money(statement.margin)),
        ],
        "columns": [_("Client"), _("Retail"), _("Wholesale"), _("Margin"), _("Share")],
        "rows": [
            {
                "name": row.name,
                "more": row.more,
                "retail": writing.amount(row.retail),
                "wholesale": writing.amount(row.wholesale),
                "margin": writing.amount(row.margin),
                "share": _share(row.margin, row.retail, writing),
            }
            for row in statement.rows
        ],
        "totals": [
            _("Total"),
            writing.amount(statement.retail),
            writing.amount(statement.wholesale),
            writing.amount(statement.margin),
            _share(statement.margin, statement.retail, writing),
        ],
        "notes": notes,
    }


def _share(margin: int, retail: int, writing: Writing) -> str:
    if retail <= 0:
        return "–"
    return writing.percent((Decimal(margin) * 100 / retail).quantize(Decimal("0.1"), ROUND_HALF_UP))
