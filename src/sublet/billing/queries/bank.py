"""The bank page: statements, what was booked, what is proposed, what is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import F, QuerySet

from sublet.billing.models import Invoice, Issuer
from sublet.billing.models.bank import BankLine, BankPayment, BankRefund, BankStatement
from sublet.billing.models.invoices import INVOICE, ISSUED, PARTLY_PAID, UNCOLLECTIBLE
from sublet.billing.queries.former import parties_told, told_as
from sublet.billing.queries.parties import buyers_of
from sublet.core.creditor import reference_of
from sublet.core.matching import LEFT, Claim, Claims, Found, Movement, same_name
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.refs import looks_like_ref

VIEW, MANAGE = "billing:view", "billing:manage"
SHOWN_STATEMENTS: Final = 12
SHOWN_LINES: Final = 100
SHOWN_CHOICES: Final = 200
SHOWN_OUT: Final = 20


@dataclass(frozen=True, slots=True)
class Paid:
    """So much of an invoice; `invoice` empty for what was paid ahead."""

    invoice: str
    number: str
    party: str
    minor: int
    open_minor: int = 0
    lost: bool = False  # it was written off: what comes for it is recovered


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A movement as it is shown; amounts in smallest units of `currency`. `why`: a word of `core.matching`."""

    ref: str
    booked_on: date
    minor: int
    currency: str
    party: str
    party_iban: str
    text: str
    why: str = ""
    paid: Sequence[Paid] = ()
    surplus: int = 0
    others: Sequence[Paid] = ()


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """A file that was brought in. `faults`: (line, code, what stands there)."""

    ref: str
    file_name: str
    format: str
    first_day: date | None
    last_day: date | None
    lines: int
    known: int
    waiting: int
    faults: Sequence[tuple[int, str, str]]
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True)
class BankPage:
    """Everything on the page. `iban`: the account that invoices name; `more_left`: there are older lines than those shown.
    `out`: the last that went out, of which nobody has said that they gave money back."""

    iban: str
    statements: Sequence[StatementFacts]
    proposals: Sequence[LineFacts]
    left: Sequence[LineFacts]
    booked: Sequence[LineFacts]
    more_left: bool
    out: Sequence[LineFacts] = ()


def require_bank(actor: Actor, right: str) -> None:
    """Raise Forbidden unless the actor may see all of the account's money: who reaches only some clients sees no statement."""
    actor.require(right)
    if actor.account_kind not in (VENDOR, RESELLER) or actor.reach is not None:
        raise Forbidden(right)


def bank_page(actor: Actor) -> BankPage:
    """The page of the actor's own account (``billing:view``). Raises Forbidden."""
    require_bank(actor, VIEW)
    statements = BankStatement.objects.filter(account_id=actor.account_id).order_by("-id")[:SHOWN_STATEMENTS]
    rows = list(_lines(actor, BankLine.State.OPEN)[: SHOWN_LINES + 1])
    open_lines = rows[:SHOWN_LINES]
    claims = open_claims(actor.account_id, reader=actor) if open_lines else []
    known = Claims(claims)
    by_invoice = {claim.invoice: claim for claim in claims}
    proposals: list[LineFacts] = []
    left: list[LineFacts] = []
    for row in open_lines:
        found = known.match(movement_of(row))
        facts = _proposed(row, found, by_invoice)
        (proposals if found.sure != LEFT else left).append(facts)
    issuer = Issuer.objects.filter(account_id=actor.account_id).order_by("-version").first()
    return BankPage(
        iban=issuer.iban if issuer is not None else "",
        statements=[_statement(row) for row in statements],
        proposals=proposals,
        left=left,
        booked=_booked(list(_lines(actor, BankLine.State.BOOKED)[:SHOWN_LINES]), actor),
        more_left=len(rows) > SHOWN_LINES,
        out=_out(actor),
    )


def statements_of(actor: Actor, *, cursor: str = "", size: int = SHOWN_LINES) -> tuple[list[StatementFacts], str, str]:
    """The statements of the actor's own account, newest first, with both cursors (``billing:view``). Raises Forbidden."""
    require_bank(actor, VIEW)
    rows = BankStatement.objects.filter(account_id=actor.account_id)
    page, newer, older = newest_first(rows, cursor=cursor, size=size)
    return [_statement(row) for row in page], newer, older


def bank_statement(ref: str, actor: Actor) -> StatementFacts:
    """One of them. Raises Forbidden, NotFound."""
    require_bank(actor, VIEW)
    rows = BankStatement.objects.filter(account_id=actor.account_id, ref=ref)
    row = rows.first() if looks_like_ref(ref, "stm") else None
    if row is None:
        raise NotFound
    return _statement(row)


def movements_of(
    actor: Actor, *, state: str = "", cursor: str = "", size: int = SHOWN_LINES
) -> tuple[list[tuple[str, LineFacts]], str, str]:
    """Movements of the actor's own account with their states, newest first, with both cursors (``billing:view``).

    Of open ones what they would pay is proposed, as on the page. Nine statements at most. Raises Forbidden.
    """
    require_bank(actor, VIEW)
    rows = BankLine.objects.filter(account_id=actor.account_id)
    if state in BankLine.State.values:
        rows = rows.filter(state=state)
    page, newer, older = newest_first(rows, cursor=cursor, size=size)
    return _told(page, actor), newer, older


def movement_shown(ref: str, actor: Actor) -> tuple[str, LineFacts]:
    """One of them, as `movements_of` tells it. Raises Forbidden, NotFound."""
    require_bank(actor, VIEW)
    [found] = _told([bank_line(ref, actor)], actor)
    return found


def _told(rows: Sequence[BankLine], actor: Actor) -> list[tuple[str, LineFacts]]:
    is_open = any(row.state == BankLine.State.OPEN for row in rows)
    claims = open_claims(actor.account_id, reader=actor) if is_open else []
    known, by_invoice = Claims(claims), {claim.invoice: claim for claim in claims}
    booked = {facts.ref: facts for facts in _booked([row for row in rows if row.state == BankLine.State.BOOKED], actor)}
    found = []
    for row in rows:
        facts = _plain(row)
        if row.state == BankLine.State.OPEN:
            facts = _proposed(row, known.match(movement_of(row)), by_invoice)
        found.append((row.state, booked.get(row.ref, facts)))
    return found


@dataclass(frozen=True, slots=True)
class LineShown:
    """One movement. `choices`: open invoices in its currency, those of its payer first; `more`: there are others. `goes_out`: it is a
    transfer of the account's own."""

    line: LineFacts
    state: str
    file_name: str
    choices: Sequence[Paid]
    more: bool
    goes_out: bool = False


def show_bank_line(ref: str, actor: Actor) -> LineShown:
    """One movement of the actor's own account (``billing:view``). Raises Forbidden, NotFound."""
    require_bank(actor, VIEW)
    row = bank_line(ref, actor)
    file_name = BankStatement.objects.filter(id=row.statement_id).values_list("file_name", flat=True).get()
    if row.state == BankLine.State.BOOKED:
        return LineShown(_booked([row], actor)[0], row.state, file_name, (), False)
    if row.state != BankLine.State.OPEN:
        return LineShown(_plain(row), row.state, file_name, (), False, goes_out(row))
    claims = [claim for claim in open_claims(actor.account_id, reader=actor) if claim.currency == row.currency]
    claims.sort(
        key=lambda claim: (
            claim.lost, not any(same_name(row.party, name) for name in claim.names), claim.open_minor != row.minor,
            claim.names[0].casefold(), claim.issued_on,
        )
    )  # fmt: skip
    choices = [
        Paid(one.invoice, one.number, one.names[0], 0, one.open_minor, one.lost) for one in claims[:SHOWN_CHOICES]
    ]
    return LineShown(_plain(row), row.state, file_name, choices, len(claims) > SHOWN_CHOICES)


def _out(actor: Actor) -> list[LineFacts]:
    gave = BankRefund.objects.filter(account_id=actor.account_id, line__isnull=False, taken_back_at__isnull=True)
    rows = _lines(actor, BankLine.State.OUT).filter(minor__lt=0, reversal=False).exclude(id__in=gave.values("line_id"))
    return [_plain(row) for row in rows[:SHOWN_OUT]]


def goes_out(line: BankLine) -> bool:
    """Whether it is a transfer of ours: not what takes another movement back. `_out` asks the database the same."""
    return line.minor < 0 and not line.reversal


def _plain(row: BankLine) -> LineFacts:
    """What the bank says of it."""
    return LineFacts(row.ref, row.booked_on, row.minor, row.currency, row.party, row.party_iban, row.text)


def _lines(actor: Actor, state: str) -> QuerySet[BankLine]:
    found: QuerySet[BankLine] = BankLine.objects.filter(account_id=actor.account_id, state=state).order_by(
        "-booked_on", "-id"
    )
    return found


def bank_line(ref: str, actor: Actor, *, lock: bool = False) -> BankLine:
    """A movement of the actor's own account. Raises NotFound."""
    rows = (
        BankLine.objects.filter(ref=ref, account_id=actor.account_id)
        if looks_like_ref(ref, "bln")
        else BankLine.objects.none()
    )
    found: BankLine | None = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise NotFound
    return found


def movement_of(row: Any) -> Movement:
    """What `core.matching` needs of a line, kept or just read."""
    return Movement(
        row.booked_on, row.minor, row.currency, row.text, row.party, row.reversal, getattr(row, "doubtful", False)
    )


def open_claims(account_id: int, *, reader: Actor | None = None) -> list[Claim]:
    """The invoices of who issues them on which money can be booked, those among them that were written off: each debtor called first as
    `reader` knows it. Four statements, however many they are, and those of `told_as`."""
    rows = list(
        Invoice.objects.filter(
            account_id=account_id, kind=INVOICE, state__in=(ISSUED, PARTLY_PAID, UNCOLLECTIBLE)
        ).filter(gross_minor__gt=F("paid_minor") + F("credited_minor") - F("rounding_minor"))
    )
    if not rows:
        return []
    buyers = buyers_of({row.debtor_id for row in rows}, at=max(row.made_at for row in rows))
    debtors = [buyer.account for buyer in buyers.values()]
    called = {} if reader is None else {number: each.name for number, each in told_as(reader, debtors).items()}

    def names(debtor: int) -> tuple[str, ...]:
        account, legal = buyers[debtor].account, str(buyers[debtor].data["legal_name"])
        return tuple(dict.fromkeys((called.get(debtor, account.name), account.name, legal)))

    return [
        Claim(
            invoice=row.ref, debtor=buyers[row.debtor_id].account.ref, reference=reference_of(row.ref),
            number=row.number_shown, open_minor=row.takes_minor, currency=row.currency, issued_on=row.issued_on,
            names=names(row.debtor_id), lost=row.written_off_minor > 0,
        )
        for row in rows
        if row.issued_on is not None
    ]  # fmt: skip


def _proposed(row: BankLine, found: Found, claims: dict[str, Claim]) -> LineFacts:
    def told(invoice: str, minor: int) -> Paid:
        claim = claims[invoice]
        return Paid(invoice, claim.number, claim.names[0], minor, claim.open_minor, claim.lost)

    return LineFacts(
        row.ref, row.booked_on, row.minor, row.currency, row.party, row.party_iban, row.text, found.why,
        [told(invoice, minor) for invoice, minor in found.paid], found.surplus,
        [told(one, claims[one].open_minor) for one in sorted(found.others, key=lambda one: claims[one].number)],
    )  # fmt: skip


def _booked(rows: Sequence[BankLine], actor: Actor) -> list[LineFacts]:
    ids = {row.id for row in rows}
    payments = (
        BankPayment.objects.filter(line_id__in=ids, taken_back_at__isnull=True).select_related("invoice").order_by("id")
    )
    by_line: defaultdict[int, list[BankPayment]] = defaultdict(list)
    for payment in payments:
        by_line[payment.line_id].append(payment)
    names = parties_told(actor, {payment.debtor_id for found in by_line.values() for payment in found})
    return [
        LineFacts(
            row.ref, row.booked_on, row.minor, row.currency, row.party, row.party_iban, row.text, "",
            [
                Paid(payment.invoice.ref, payment.invoice.number_shown, names[payment.debtor_id].name, payment.minor)
                for payment in by_line[row.id]
                if payment.invoice is not None
            ],
            sum(payment.minor for payment in by_line[row.id] if payment.invoice is None),
        )
        for row in rows
    ]  # fmt: skip


def _statement(row: BankStatement) -> StatementFacts:
    return StatementFacts(
        row.ref, row.file_name, row.format, row.first_day, row.last_day, row.lines, row.known, row.waiting,
        [(int(line), str(code), str(value)) for line, code, value in row.faults], row.imported_at, row.imported_by,
    )  # fmt: skip


__all__ = [
    "BankPage", "LineFacts", "LineShown", "Paid", "StatementFacts", "bank_line", "bank_page", "bank_statement", "movement_of",
    "movement_shown", "movements_of", "open_claims", "require_bank", "show_bank_line", "statements_of",
]  # fmt: skip
