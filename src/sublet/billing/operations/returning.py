"""What is given back of issued invoices where no charge stands against it: on a credit note for each of them.

A credit of unused days is set against what is charged at the same time. Of who is charged nothing more (it has left, it pays in another
currency, another pays for it) it would wait for ever, and its money with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum
from django.utils import translation
from django.utils.translation import gettext as _

from sublet.billing.models import Invoice, InvoiceLine
from sublet.billing.models.invoices import INVOICE
from sublet.billing.operations.documents import Line, Making
from sublet.billing.operations.issuing import in_proportion, note_of
from sublet.billing.queries.parties import Buyer
from sublet.core.metrics import CREDIT, Posted


class Unused(NamedTuple):
    """A credit of the ledger that is on no document; `minor` is below nothing."""

    id: int
    client: int
    about: str
    item: str
    key: str
    first_day: date
    last_day: date
    days: int
    of_days: int
    quantity: Decimal
    minor: int
    due_at: datetime

    @property
    def whose(self) -> tuple[object, ...]:
        """By which the charge of which it gives something back is known."""
        return (
            self.about,
            self.item,
            Posted(self.id, str(self.client), self.key, self.due_at, self.last_day, 1).about[1:3],
        )


def given_back(
    credits: Sequence[Unused], *, owner: int, debtor: int, currency: str, buyer: Buyer
) -> list[Making] | None:
    """The credit notes that give all of it back, one for each invoice; None where something of it is on no invoice of these two, or was
    credited by somebody already. In the caller's transaction, which holds the debtor; locks the invoices."""
    if not all(one.key.startswith(CREDIT) for one in credits):
        return None
    clients, lasts = {one.client for one in credits}, {one.last_day for one in credits}
    charged = InvoiceLine.objects.filter(
        invoice__account_id=owner, invoice__debtor_id=debtor, invoice__currency=currency, invoice__kind=INVOICE,
        invoice__number__isnull=False, entry__isnull=False, client_id__in=clients, last_day__in=lasts, minor__gt=0,
    )  # fmt: skip
    ids = sorted(set(charged.values_list("invoice_id", flat=True)))
    invoices = {
        row.id: row for row in Invoice.objects.select_for_update(of=("self",)).filter(id__in=ids).order_by("id")
    }
    taken = InvoiceLine.objects.filter(corrects__invoice_id__in=ids).order_by().values_list("corrects_id")
    gone = {
        line: (int(minor), int(less)) for line, minor, less in taken.annotate(a=Sum("minor"), b=Sum("discount_minor"))
    }
    left: dict[tuple[object, ...], list[list[int]]] = defaultdict(list)
    lines: dict[int, InvoiceLine] = {}
    due: dict[int, datetime] = {}
    for line in charged.select_related("entry").order_by("entry__due_at", "id"):
        assert line.entry is not None  # noqa: S101 - asked for
        minor, less = gone.get(line.id, (0, 0))
        lines[line.id], due[line.id] = line, line.entry.due_at
        of = Unused(
            line.id, line.client_id, line.about, line.item, line.entry.key, line.first_day, line.last_day, 0, 0, Decimal(1), 0,
            line.entry.due_at,
        )  # fmt: skip
        left[line.client_id, *of.whose].append([line.id, line.minor + minor, line.discount_minor + less])
    found: dict[int, list[Line]] = defaultdict(list)
    for one in credits:
        room = next((each for each in left[one.client, *one.whose] if each[1] >= -one.minor), None)
        if room is None or due[room[0]] > one.due_at:
            return None
        line, minor = lines[room[0]], -one.minor
        less = room[2] if minor == room[1] else in_proportion(line.discount_minor, minor, line.minor)
        room[1], room[2] = room[1] - minor, room[2] - less
        found[line.invoice_id].append(
            Line(
                one.client, one.about, one.item, one.first_day, one.last_day, one.days, one.of_days, one.quantity,
                -minor, -less, entry=one.id, corrects=line.id,
            )
        )  # fmt: skip
    makings = [_making(invoices[number], of, buyer) for number, of in sorted(found.items())]
    return None if any(making is None for making in makings) else [making for making in makings if making is not None]


def _making(invoice: Invoice, lines: list[Line], buyer: Buyer) -> Making | None:
    notes = Invoice.objects.filter(corrects_id=invoice.id)
    told = notes.aggregate(net=Sum("net_minor"), tax=Sum("tax_minor"))
    net = -sum(line.net for line in lines)
    net_left, tax_left = invoice.net_minor + int(told["net"] or 0), invoice.tax_minor + int(told["tax"] or 0)
    tax = tax_left if net == net_left else min(in_proportion(invoice.tax_minor, net, invoice.net_minor), tax_left)
    if net <= 0 or net > net_left or tax < 0:
        return None
    with translation.override(buyer.data.get("language") or "en"):
        return note_of(invoice, lines, _("Paid in advance and not used"), tax)


__all__ = ["Unused", "given_back"]
