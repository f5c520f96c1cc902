"""A document as plain data that is kept for as long as the document, and back again: the same value, to the last cent and word."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sublet.core.invoicing import (
    Adjustment,
    Document,
    Line,
    Party,
    Payment,
    Preceding,
    TaxElsewhere,
    TaxTotal,
    Totals,
)

#: Grows when what is kept means something else; `from_snapshot` reads all of them.
SNAPSHOT: Final = 1


def to_snapshot(document: Document) -> dict[str, Any]:
    """The document as JSON has it: dates as ISO days, decimals as text."""
    return {
        "snapshot": SNAPSHOT,
        **{each.name: _plain(getattr(document, each.name)) for each in dataclasses.fields(document)},
    }


def from_snapshot(kept: Mapping[str, Any]) -> Document:
    """The document that `to_snapshot` kept. Raises ValueError when it is something else; what is missing is as usual."""
    if kept.get("snapshot") != SNAPSHOT:
        raise ValueError("no snapshot of a document")
    try:
        return Document(
            kind=kept["kind"],
            number=kept["number"],
            issued_on=date.fromisoformat(kept["issued_on"]),
            due_on=_day(kept.get("due_on")),
            currency=kept["currency"],
            language=kept["language"],
            seller=Party(**kept["seller"]),
            buyer=Party(**kept["buyer"]),
            lines=tuple(Line(**_read(each, _LINE)) for each in kept["lines"]),
            adjustments=tuple(Adjustment(**_read(each, _ADJUSTMENT)) for each in kept["adjustments"]),
            taxes=tuple(TaxTotal(**_read(each, _TAX)) for each in kept["taxes"]),
            totals=Totals(**kept["totals"]),
            payment=Payment(**kept["payment"]) if kept.get("payment") else None,
            first=_day(kept.get("first")),
            last=_day(kept.get("last")),
            notes=tuple(kept.get("notes") or ()),
            preceding=tuple(Preceding(**_read(each, _PRECEDING)) for each in kept.get("preceding") or ()),
            buyer_reference=kept.get("buyer_reference", ""),
            tax_elsewhere=TaxElsewhere(**_read(kept["tax_elsewhere"], _ELSEWHERE))
            if kept.get("tax_elsewhere")
            else None,
            footer=kept.get("footer", ""),
        )
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError("no snapshot of a document") from fault


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


_LINE = {"rate": _decimal, "quantity": _decimal, "unit_price": _decimal, "first": _day, "last": _day}
_ADJUSTMENT = {"rate": _decimal, "percent": _decimal}
_TAX = {"rate": _decimal}
_PRECEDING = {"issued_on": _day}
_ELSEWHERE = {"rate": _decimal, "rate_on": _day}


def _read(kept: Mapping[str, Any], readers: Mapping[str, Any]) -> dict[str, Any]:
    return {key: readers[key](value) if key in readers else value for key, value in kept.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    return value
