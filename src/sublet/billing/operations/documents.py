"""Making documents: from lines to rows, many at once; numbering, freezing and posting those that are issued."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.utils import translation

from sublet.accounts.models import Account
from sublet.accounts.operations.invoices_shown import show_invoices
from sublet.billing.events import AboutInvoice, InvoiceCredited, InvoiceIssued
from sublet.billing.models import Invoice, InvoiceLine, Issuer, LedgerEntry
from sublet.billing.models.invoices import CREDIT_NOTE, DRAFT, INVOICE, ISSUED, PAID
from sublet.billing.models.ledger import CREDITED, INVOICED
from sublet.billing.models.terms import NOBODY
from sublet.billing.operations.posting import event_row, posting_rows, write_events, write_postings
from sublet.billing.queries.cards import Owing, charged_of
from sublet.billing.queries.invoices import names_of
from sublet.billing.queries.parties import Buyer, seller_data, taxed_between
from sublet.core import ledger
from sublet.core.creditor import reference_of
from sublet.core.invoicing import EXACT, rounded_due
from sublet.core.proration import day_of
from sublet.core.tax import TaxLine, Treatment, taxes
from sublet.foundation.actor import Actor
from sublet.foundation.bulk import insert_rows, next_ids
from sublet.foundation.jobs import PLATFORM, enqueue
from sublet.foundation.journal.operations import record_many
from sublet.foundation.languages import in_language
from sublet.foundation.refs import new_ref
from sublet.foundation.unscoped import past_scope

_INVOICE: Final = (
    "id", "account_id", "book", "ref", "kind", "debtor_id", "state", "key", "first_day", "last_day", "currency", "list_minor",
    "discount_minor", "net_minor", "tax_minor", "gross_minor", "rounding_minor", "discount_percent", "collected_by", "paid_minor",
    "credited_minor", "made_at", "issuer_id", "series", "number", "issued_at", "issued_on", "due_on", "issued_by", "frozen",
    "digest", "corrects_id", "reason",
)  # fmt: skip
#: What a draft says anew when it is issued.
_ISSUED: Final = (
    "state", "tax_minor", "gross_minor", "rounding_minor", "made_at", "issuer", "series", "number", "issued_at", "issued_on", "due_on",
    "issued_by",
    "frozen", "digest",
)  # fmt: skip
_BATCH: Final = 50
_MAILED_AT_ONCE: Final = 250
# One way to write each, for ever: the digests of what was issued go by it.
_FROZEN: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_TOLD: Final = json.JSONEncoder(separators=(",", ":"))
_LINE: Final = (
    "account_id", "book", "invoice_id", "position", "entry_id", "corrects_id", "client_id", "about", "item", "first_day",
    "last_day", "days", "of_days", "quantity", "minor", "discount_minor", "net_minor",
)  # fmt: skip


@dataclass(slots=True)
class Line:
    """A line before it is a row. `entry`: the charge; `corrects`: the line of which a part is taken back."""

    client: int
    about: str
    item: str
    first_day: date
    last_day: date
    days: int
    of_days: int
    quantity: Decimal
    minor: int
    discount: int = 0
    entry: int | None = None
    corrects: int | None = None

    @property
    def net(self) -> int:
        return self.minor - self.discount


@dataclass(slots=True)
class Making:
    """A document before it is a row."""

    owner: int
    book: str
    debtor: int
    key: str
    currency: str
    collected_by: str
    lines: list[Line]
    percent: Decimal = Decimal(0)
    kind: str = INVOICE
    corrects: Invoice | None = None
    reason: str = ""
    tax: int | None = None  # of a credit note: what is left of the invoice's
    rounding: int = 0  # of a credit note that gives the last of it back: what was rounded, with the other sign
    ahead: int = 0  # of a credit note: so much of it was paid already, and is the payer's to pay others with
    treatment: Treatment | None = None
    ref: str = field(default_factory=lambda: new_ref("inv"))

    @property
    def list_minor(self) -> int:
        return sum(line.minor for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def net(self) -> int:
        return self.list_minor - self.discount


def tax_lines(making: Making, issuer: Issuer | None, buyer: Buyer) -> tuple[TaxLine, ...]:
    """The tax on a document; none before anybody has said who issues it."""
    if making.treatment is not None:
        how = making.treatment
    elif issuer is None:
        return ()
    else:
        how = taxed_between(issuer, buyer)
    if making.tax is not None:
        return (TaxLine(how.category, how.rate, making.net, making.tax, how.reason, how.vatex),)
    return taxes([(making.net, how)])


def write_drafts(
    makings: Sequence[Making], issuers: Mapping[int, Issuer], buyers: Mapping[int, Buyer], *, at: datetime
) -> None:
    """Rows of drafts: numbers come when they are issued."""
    rows, lines = [], []
    for number, making in zip(next_ids(Invoice, len(makings)), makings, strict=True):
        tax = sum(one.tax for one in tax_lines(making, issuers.get(making.owner), buyers[making.debtor]))
        rows.append(_row(number, making, DRAFT, tax, at))
        lines += _lines(number, making)
    insert_rows(Invoice, _INVOICE, rows)
    insert_rows(InvoiceLine, _LINE, lines)


@dataclass(frozen=True, slots=True)
class Given:
    """A number of a series, and the day of issue that goes with it."""

    series: str
    number: int
    day: date


def give_numbers(wanted: Iterable[tuple[int, str, str, date]]) -> list[Given]:
    """The next number for each (owner, book, series, day), in the order given.

    Each series is one row, raised by one statement that locks it to the end of the caller's transaction: what is rolled
    back gives its numbers back, and nobody else has seen them. A later number never has an earlier day.
    """
    asked = list(wanted)
    series: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place, (owner, _book, name, _day) in enumerate(asked):
        series[owner, name].append(place)
    given: dict[int, Given] = {}
    for owner, name in sorted(series):
        places = series[owner, name]
        book, day = asked[places[0]][1], max(asked[place][3] for place in places)
        # past the scope: whoever issues holds the book; the wall stands
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO number_series (account_id, book, series, last, last_day) VALUES (%s, %s, %s, 0, %s)"
                " ON CONFLICT (account_id, series) DO NOTHING",
                [owner, book, name, day],
            )
            cursor.execute(
                "UPDATE number_series SET last = last + %s, last_day = CASE WHEN last_day < %s THEN %s ELSE last_day END"
                " WHERE account_id = %s AND series = %s RETURNING last, last_day",
                [len(places), day, day, owner, name],
            )
            last, last_day = cursor.fetchone()
        last_day = date.fromisoformat(last_day) if isinstance(last_day, str) else last_day
        for number, place in enumerate(places, last - len(places) + 1):
            given[place] = Given(name, number, last_day)
    return [given[place] for place in range(len(asked))]


def write_issued(
    makings: Sequence[Making],
    issuers: Mapping[int, Issuer],
    buyers: Mapping[int, Buyer],
    *,
    actor: Actor,
    at: datetime,
    zones: Mapping[int, str],
    replacing: Mapping[str, int] | None = None,
) -> list[str]:
    """Rows of documents that are issued now: numbers, frozen, posted, told. In the caller's transaction; their references.

    `replacing`: reference → id of a draft whose row and lines are there already and become this document.
    """
    days = [day_of(at, zones[making.owner]) for making in makings]
    given = give_numbers(
        (making.owner, making.book, _series(issuers[making.owner], making.kind), day)
        for making, day in zip(makings, days, strict=True)
    )
    fresh = [making for making in makings if making.ref not in (replacing or {})]
    ids = dict(zip((one.ref for one in fresh), next_ids(Invoice, len(fresh)) if fresh else [], strict=True))
    ids |= {making.ref: (replacing or {})[making.ref] for making in makings if making.ref not in ids}
    rows: list[Any] = []
    changed: list[Any] = []
    lines: list[tuple[Any, ...]] = []
    booked: list[tuple[Any, ...]] = []
    told: list[tuple[Making, str]] = []
    entries = next_ids(LedgerEntry, len(makings))
    names = _names_of_clients(makings)
    charged = charged_of(one for one in map(_owing, makings) if one is not None)
    postings: list[tuple[Any, ...]] = []
    for making, one, entry in zip(makings, given, entries, strict=True):
        issuer, buyer = issuers[making.owner], buyers[making.debtor]
        taxed = tax_lines(making, issuer, buyer)
        tax = sum(each.tax for each in taxed)
        if making.kind == INVOICE:
            gross = making.net + tax
            making.rounding = rounded_due(gross, making.currency, issuer.rounding) - gross
        row = _row(ids[making.ref], making, ISSUED, tax, at, issuer=issuer, given=one, by=actor.name)
        due = one.day + timedelta(days=issuer.payment_days)
        of_lines = _lines(ids[making.ref], making)
        frozen = _frozen(making, issuer, buyer, one, due, taxed) | {"words": _words(making, buyer, names)}
        if making.kind == INVOICE:
            frozen["charged"] = _owing(making) in charged
        row |= {"due_on": due, "frozen": frozen, "digest": digest_of(frozen, of_lines)}
        if making.net + tax + making.rounding == 0:
            row["state"] = PAID
        if making.ref in (replacing or {}):
            changed.append(row)
        else:
            rows.append(row)
            lines += of_lines
        kind, minor = (INVOICED, making.net + tax + making.rounding)
        if making.kind == CREDIT_NOTE:
            kind = CREDITED
            postings += posting_rows(entry, making.owner, making.debtor, _credit(making, tax))
        else:
            postings += posting_rows(entry, making.owner, making.debtor, _claim(making, tax))
        booked.append(
            event_row(
                entry, owner=making.owner, book=making.book, debtor=making.debtor, key=f"{kind}:{making.ref}", kind=kind,
                about=making.ref, minor=minor, currency=making.currency, at=at, by=actor.name,
            )
        )  # fmt: skip
        told.append((making, f"{one.series}{one.number}"))
    # The lines first: what is issued takes no more of them.
    insert_rows(InvoiceLine, _LINE, lines)
    insert_rows(Invoice, _INVOICE, [[row[name] for name in _INVOICE] for row in rows])
    # The caller has locked them as drafts.
    Invoice.objects.bulk_update([Invoice(**row) for row in changed], _ISSUED, batch_size=_BATCH)
    write_events(booked)
    write_postings(postings)
    show_invoices(making.debtor for making in makings)
    _tell(told, buyers, actor, at)
    _mail(makings, issuers, actor, at)
    return [making.ref for making in makings]


def _mail(makings: Sequence[Making], issuers: Mapping[int, Issuer], actor: Actor, at: datetime) -> None:
    """Enqueue the mails of what was issued, in the transaction that issues it: one is never without the other.

    Not where nobody collects here: that account bills by itself, and its clients would hear of it twice.
    """
    mailed = [one.ref for one in makings if issuers[one.owner].by_mail and one.collected_by != NOBODY]
    for start in range(0, len(mailed), _MAILED_AT_ONCE):
        refs = mailed[start : start + _MAILED_AT_ONCE]
        enqueue("billing.mail_issued", account_id=PLATFORM, actor=actor, at=at, payload={"refs": refs})


def _owing(making: Making) -> Owing | None:
    """Who claims, who collects it, who owes; None of a credit note."""
    return None if making.kind == CREDIT_NOTE else (making.owner, making.collected_by, making.debtor)


def _series(issuer: Issuer, kind: str) -> str:
    return issuer.invoice_prefix if kind == INVOICE else issuer.credit_prefix or issuer.invoice_prefix


def _claim(making: Making, tax: int) -> ledger.Entry:
    """What was reckoned is owed now: less the discount, with tax."""
    return ledger.entry(
        making.book,
        making.currency,
        receivable=making.net + tax + making.rounding,
        discount=making.discount,
        unbilled=-making.list_minor,
        tax=-tax,
        difference=-making.rounding,
    )


def _credit(making: Making, tax: int) -> ledger.Entry:
    """Amounts of a credit note are negative; what is taken back is not earned. What the ledger has reckoned as given back already is
    on a document now.
    """
    reckoned = sum(line.minor for line in making.lines if line.entry is not None)
    return ledger.entry(
        making.book,
        making.currency,
        receivable=making.net + tax + making.rounding + making.ahead,
        prepaid=-making.ahead,
        discount=making.discount,
        revenue=reckoned - making.list_minor,
        unbilled=-reckoned,
        tax=-tax,
        difference=-making.rounding,
    )


def _row(
    number: int, making: Making, state: str, tax: int, at: datetime, *, issuer: Issuer | None = None,
    given: Given | None = None, by: str = "",
) -> Any:  # fmt: skip
    net = making.net
    row = {
        "id": number, "account_id": making.owner, "book": making.book, "ref": making.ref, "kind": making.kind,
        "debtor_id": making.debtor, "state": state, "key": making.key,
        "first_day": min(line.first_day for line in making.lines), "last_day": max(line.last_day for line in making.lines),
        "currency": making.currency, "list_minor": making.list_minor, "discount_minor": making.discount, "net_minor": net,
        "tax_minor": tax, "gross_minor": net + tax, "rounding_minor": making.rounding,
        "discount_percent": making.percent, "collected_by": making.collected_by,
        "paid_minor": 0, "credited_minor": 0, "made_at": at, "issuer_id": None if issuer is None else issuer.id,
        "series": "" if given is None else given.series, "number": None if given is None else given.number,
        "issued_at": None if given is None else at, "issued_on": None if given is None else given.day, "due_on": None,
        "issued_by": by, "frozen": None, "digest": "",
        "corrects_id": None if making.corrects is None else making.corrects.id, "reason": making.reason[:500],
    }  # fmt: skip
    return row if given is not None else [row[name] for name in _INVOICE]


def _lines(invoice_id: int, making: Making) -> list[tuple[Any, ...]]:
    return [
        (
            making.owner, making.book, invoice_id, position, line.entry, line.corrects, line.client, line.about, line.item,
            line.first_day, line.last_day, line.days, line.of_days, line.quantity, line.minor, line.discount, line.net,
        )
        for position, line in enumerate(making.lines, 1)
    ]  # fmt: skip


def _frozen(
    making: Making, issuer: Issuer, buyer: Buyer, given: Given, due: date, taxed: Sequence[TaxLine]
) -> dict[str, Any]:
    """All that the document says beside its lines, as it is on the day of issue."""
    # What is due is what is claimed: a file must not round it by itself.
    rounded = {} if issuer.rounding == EXACT else {"rounding_minor": making.rounding}
    return rounded | {
        "ref": making.ref, "reference": reference_of(making.ref) if making.kind == INVOICE else "", "kind": making.kind,
        "number": f"{given.series}{given.number}", "issued_on": given.day.isoformat(),
        "due_on": due.isoformat(), "currency": making.currency, "seller": seller_data(issuer), "buyer": dict(buyer.data),
        "list_minor": making.list_minor, "discount_minor": making.discount, "discount_percent": str(making.percent),
        "net_minor": making.net, "tax_minor": sum(one.tax for one in taxed),
        "taxes": [
            {"category": one.category, "rate": str(one.rate), "base": one.base, "tax": one.tax, "reason": one.reason, "vatex": one.vatex}
            for one in taxed
        ],
        "collected_by": making.collected_by, "reason": making.reason,
        "corrects": None if making.corrects is None else making.corrects.number_shown,
        "rounding": "half up, away from zero, once a line; tax once a rate on the sum",
    }  # fmt: skip


def _names_of_clients(makings: Iterable[Making]) -> Mapping[int, str]:
    """What the clients are called now that stand on documents of somebody else. One statement, or none."""
    grouped = (making for making in makings if any(line.client != making.debtor for line in making.lines))
    ids = {line.client for making in grouped for line in making.lines}
    if not ids:
        return {}
    with past_scope("who is billed is told for which client; whoever calls holds the book"):
        # unscoped: as above
        return dict(Account.unscoped.filter(id__in=ids).values_list("id", "name"))


def _words(making: Making, buyer: Buyer, names: Mapping[int, str]) -> dict[str, dict[str, str]]:
    """What its lines call clients and things, in the document's language: a file that is made later must not say another name."""
    with translation.override(buyer.data.get("language") or "en"):
        things = {
            f"{about}:{item}": in_language(names_of(about, item), item)
            for about, item in {(line.about, line.item) for line in making.lines}
        }
    clients = {str(line.client): names[line.client] for line in making.lines if line.client in names}
    return {"clients": clients, "things": things}


def digest_of(frozen: Mapping[str, Any], lines: Iterable[Sequence[Any]]) -> str:
    """SHA-256 over what is frozen and the lines, in hexadecimal. `lines` as the columns of `_LINE` have them."""
    found = hashlib.sha256(_FROZEN.encode(frozen).encode())
    for line in lines:
        told = [line[3], line[7], line[8], line[9].isoformat(), line[10].isoformat(), line[11], line[12]]
        quantity = f"{line[13]:f}"
        told.append(quantity.rstrip("0").rstrip(".") if "." in quantity else quantity)
        found.update(_TOLD.encode([*told, *line[14:17]]).encode())
    return found.hexdigest()


def _tell(told: Sequence[tuple[Making, str]], buyers: Mapping[int, Buyer], actor: Actor, at: datetime) -> None:
    """One entry for each, below whom it is issued by."""
    by_owner: dict[int, list[tuple[int, AboutInvoice]]] = defaultdict(list)
    for making, number in told:
        account = buyers[making.debtor].account
        facts = {"invoice": making.ref, "number": number, "ref": account.ref, "name": account.name}
        event: AboutInvoice = InvoiceIssued(**facts)
        if making.kind == CREDIT_NOTE and making.corrects is not None:
            event = InvoiceCredited(**facts, corrects=making.corrects.number_shown)
        by_owner[making.owner].append((making.debtor, event))
    for owner, events in by_owner.items():
        record_many(events, actor=actor, at=at, parent_id=owner)
