"""The statement of account between the actor's account and another: what was charged and paid, and how the balance came about.

All of it is what the ledger says (`core.accountstatement`): each entry that is no charge is a movement. Who asks is one of the two
parties; of whoever was left, or has left, it is what was between them, and nobody else ever reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.models import Invoice, LedgerEntry, LedgerPosting, Payout
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.ledger import CHARGE, CREDITED, INVOICED
from sublet.billing.queries.currencies import told_in
from sublet.billing.queries.former import Party, parties_told
from sublet.billing.queries.invoices import SENT, require_received, require_view
from sublet.billing.queries.losses import of_losses
from sublet.core.accountstatement import OWED, Movement, Sums, kind_of, running, year_around
from sublet.core.ledger import PAYABLE, PREPAID, RECEIVABLE
from sublet.core.periods import start_of_day
from sublet.core.proration import day_of
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.keyset import read_number
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.scope import actor_scope
from sublet.foundation.unscoped import past_scope

PAGE: Final = 100
#: So many movements are read at once for a file.
BATCH: Final = 500
_EARLIER: Final = "earlier-"


class CannotShowAccountStatement(Refusal):
    """Why there is no statement."""

    SENTENCES: ClassVar = {
        "wrong-days": _("The last day is before the first one."),
        "too-long": _("This is too long for a PDF. Choose fewer days, or take the table."),
        "impersonating": _("Nobody takes files away during a visit."),
    }


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A movement on its day in the issuer's zone, in minor units. `number`: of the document that it is or pays.

    `invoice` names that document where it is between these two. `amount` is what moved: of what changes no balance (`charged` and
    `paid` are 0 then) all that can be told.
    """

    day: date
    kind: str
    number: str
    invoice: str
    amount: int
    charged: int
    paid: int
    balance: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What the balance is made of now: open on invoices, less what was paid ahead, less what was `collected` and is not paid out."""

    open: int = 0
    prepaid: int = 0
    collected: int = 0

    @property
    def balance(self) -> int:
        """What the debtor owes; below nothing: what it has to its credit."""
        return self.open - self.prepaid - self.collected


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """A page of a statement, oldest first: `issuer` claims, `debtor` owes. Of the days from `first` on and before `before`.

    `currencies` are those in which anything ever moved; without any there is nothing to show. `creditors`: of whom the debtor may
    ask for a statement. `opening` of the page, `sums` of all these days, `now` of today; minor units of `currency`.
    """

    issuer: Party
    debtor: Party
    mine: bool
    creditors: Sequence[Party]
    currency: str
    currencies: Sequence[str]
    first: date
    before: date
    sums: Sums
    now: Standing
    rows: Sequence[StatementRow]
    earlier: str = ""
    later: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is read of an entry: its rows are wide, and a page has many."""

    id: int
    key: str
    item: str
    minor: int
    due_at: datetime


def _read(rows: QuerySet[LedgerEntry], most: int) -> list[_Entry]:
    return [_Entry(*each) for each in rows.values_list("id", "key", "item", "minor", "due_at")[:most]]


@dataclass(frozen=True, slots=True)
class _Between:
    """Who claims, who owes, and what is read of them."""

    issuer: Party
    debtor: Party
    issuer_id: int
    debtor_id: int
    mine: bool
    #: Whether the scope lets the actor read them: a client nothing of its reseller's ledger, of which it is shown no charge here.
    scoped: bool = True
    #: What became known later is left out.
    known: datetime | None = None
    creditors: Sequence[Party] = ()

    def entries(self, currency: str) -> QuerySet[LedgerEntry]:
        """What moved in that currency."""
        # unscoped: what is between the actor's account and whom it owes, which `_owed` has found
        rows = LedgerEntry.objects.all() if self.scoped else LedgerEntry.unscoped.all()
        rows = rows.filter(account_id=self.issuer_id, debtor_id=self.debtor_id, currency=currency)
        rows = rows if self.known is None else rows.filter(at__lte=self.known)
        # What only went to whoever asks for it now is owed on that one's invoice.
        # What the processor kept is between it and whoever collects.
        return rows.exclude(kind=CHARGE).exclude(key__startswith="carried:").exclude(key__startswith="fee:")

    def postings(self) -> QuerySet[LedgerPosting]:
        """What makes the balance, in all currencies."""
        # unscoped: as above
        rows = LedgerPosting.objects.all() if self.scoped else LedgerPosting.unscoped.all()
        rows = rows if self.known is None else rows.filter(entry__at__lte=self.known)
        return rows.filter(account_id=self.issuer_id, debtor_id=self.debtor_id, code__in=OWED).order_by()


def _between(actor: Actor, side: str, account: str) -> _Between:
    if side == SENT:
        return _claimed(actor, account)
    return _owed(actor, account)


def _claimed(actor: Actor, account: str) -> _Between:
    """What the actor's account claims from `account`: one below it, or one that was and has left something."""
    require_view(actor)
    if actor.account_kind not in (VENDOR, RESELLER) or not looks_like_ref(account, "acc"):
        raise NotFound
    with past_scope("who has left is no longer below; whether anything was between the two is asked next"):
        # unscoped: as above
        other = Account.unscoped.filter(ref=account).exclude(id=actor.account_id).first()
    if other is None or not actor.reaches(other.id):
        raise NotFound
    if other.parent_id != actor.account_id:
        moved = LedgerPosting.objects.filter(account_id=actor.account_id, debtor_id=other.id, code__in=OWED)
        if not moved.exists():
            raise NotFound
    names = parties_told(actor, {actor.account_id, other.id})
    return _Between(names[actor.account_id], names[other.id], actor.account_id, other.id, mine=True)


def _owed(actor: Actor, account: str) -> _Between:
    """What the actor's account owes: whoever stands above it, or has sent it invoices; to a visitor its own account alone."""
    require_received(actor)
    if actor.account_kind == VENDOR:
        raise NotFound
    own = Account.objects.get(id=actor.account_id)
    if own.kind == CLIENT and not own.gets_invoices:
        raise NotFound  # its reseller pays
    books = dict(Invoice.objects.filter(debtor_id=own.id).order_by().values_list("account_id", "book").distinct())
    if own.parent_id is not None:
        books.setdefault(own.parent_id, RETAIL if own.kind == CLIENT else WHOLESALE)
    ids = set(books)
    if actor.impersonator is not None:
        ids &= {actor.impersonator.account_id}
    names = parties_told(actor, {own.id, *ids})
    by_ref = {names[each].ref: each for each in ids}
    usual = own.parent_id if own.parent_id in ids else max(ids, default=0)
    chosen = by_ref.get(account) if account else usual
    if not chosen:
        raise NotFound
    creditors = sorted((names[each] for each in ids), key=lambda each: (each.name.casefold(), each.ref))
    return _Between(
        names[chosen], names[own.id], chosen, own.id, mine=False, scoped=books[chosen] == WHOLESALE, creditors=creditors
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """A statement before its rows are read; `begin` and `end` are the instants of its days."""

    between: _Between
    currency: str
    currencies: tuple[str, ...]
    first: date
    before: date
    begin: datetime
    end: datetime
    sums: Sums
    now: Standing

    def entries(self) -> QuerySet[LedgerEntry]:
        """Those of its days, in order."""
        rows = self.between.entries(self.currency).filter(due_at__gte=self.begin, due_at__lt=self.end)
        return rows.order_by("due_at", "id")

    def postings(self) -> QuerySet[LedgerPosting]:
        """What they changed."""
        return self.between.postings().filter(currency=self.currency, entry__due_at__gte=self.begin)

    def page(self, rows: Sequence[StatementRow], earlier: str = "", later: str = "") -> AccountStatement:
        """With those rows."""
        return AccountStatement(
            self.between.issuer, self.between.debtor, self.between.mine, self.between.creditors, self.currency,
            self.currencies, self.first, self.before, self.sums, self.now, rows, earlier, later,
        )  # fmt: skip


def _asked(
    actor: Actor, side: str, account: str, currency: str, first: date | None, before: date | None, at: datetime,
    known: datetime | None = None,
) -> _Asked:  # fmt: skip
    between = replace(_between(actor, side, account), known=known)
    zone = between.issuer.timezone
    begins, ends = year_around(first, before, at.astimezone(ZoneInfo(zone)).date())
    if ends <= begins:
        raise CannotShowAccountStatement("wrong-days", field="before")
    begin, end = start_of_day(begins, zone), start_of_day(ends, zone)
    made: dict[str, dict[str, int]] = {}
    for each, code, minor in between.postings().values_list("currency", "code").annotate(all=Sum("minor")):
        made.setdefault(each, {})[code] = int(minor)
    told = told_in(currency, _usual(made))
    codes = made.get(told, {})
    now = Standing(codes.get(RECEIVABLE, 0), -codes.get(PREPAID, 0), -codes.get(PAYABLE, 0))
    earlier, within = Q(entry__due_at__lt=begin), Q(entry__due_at__gte=begin, entry__due_at__lt=end)
    documents = Q(entry__kind__in=(INVOICED, CREDITED)) | of_losses("entry__")
    # In one statement: what moves meanwhile is in all of it, or in none.
    sums = between.postings().filter(currency=told).aggregate(
        opening=Sum("minor", filter=earlier, default=0),
        charged=Sum("minor", filter=within & documents, default=0),
        paid=Sum("minor", filter=within & ~documents, default=0),
    )  # fmt: skip
    return _Asked(
        between, told, tuple(sorted(made)), begins, ends, begin, end,
        Sums(int(sums["opening"]), int(sums["charged"]), -int(sums["paid"])), now,
    )  # fmt: skip


def _usual(made: Mapping[str, Mapping[str, int]]) -> str:
    """The currency that is shown unasked: one in which something is open, else the first one; empty for none."""
    return next((each for each in sorted(made) if any(made[each].values())), min(made, default=""))


def account_statement(
    actor: Actor, *, side: str = SENT, account: str = "", currency: str = "", first: date | None = None,
    before: date | None = None, known: datetime | None = None, cursor: str = "", size: int = PAGE, at: datetime,
) -> AccountStatement:  # fmt: skip
    """A page of the statement between the actor's account and `account`: of what it claims (`side` ``sent``) or owes.

    Of whom it owes, `account` may be empty: whoever stands above it. In `currency`, also where nothing moved in it; not asked for, in one
    in which something did. Of the days from `first` on and before `before` where the issuer is; without them of the running year.
    `known`: as it was known then; the same is told for ever, whatever becomes known later of those days.
    Fourteen statements at most, however much there is. Raises Forbidden, NotFound, CannotShowAccountStatement, CannotTellMoney.
    """
    asked = _asked(actor, side, account, currency, first, before, at, known)
    entries, earlier, later = _page(asked, cursor, size)
    opening = _before(asked, entries[0]) if entries and earlier else asked.sums.opening
    return asked.page(_rows(asked.between, entries, opening), earlier, later)


def _page(asked: _Asked, cursor: str, size: int) -> tuple[list[_Entry], str, str]:
    """The entries of a page, and the cursors of the earlier and the later one. An unknown cursor is the first page."""
    rows = asked.entries()
    back = cursor.startswith(_EARLIER)
    number = read_number(cursor.removeprefix(_EARLIER))
    place = next(iter(_read(rows.filter(id=number), 1)), None) if number is not None else None
    if place is None:
        found = _read(rows, size + 1)
        return found[:size], "", str(found[size - 1].id) if len(found) > size else ""
    if back:
        part = rows.filter(due_at__lte=place.due_at).filter(Q(due_at__lt=place.due_at) | Q(id__lt=place.id))
        found = _read(part.reverse(), size + 1)
        more = len(found) > size
        found = found[:size][::-1]
        if not found:
            return [], "", ""
        return found, f"{_EARLIER}{found[0].id}" if more else "", str(found[-1].id)
    found = _read(_after(rows, place), size + 1)
    more = len(found) > size
    found = found[:size]
    if not found:
        return [], "", ""
    return found, f"{_EARLIER}{found[0].id}", str(found[-1].id) if more else ""


def _after(rows: QuerySet[LedgerEntry], place: _Entry) -> QuerySet[LedgerEntry]:
    return rows.filter(due_at__gte=place.due_at).filter(Q(due_at__gt=place.due_at) | Q(id__gt=place.id))


def _before(asked: _Asked, entry: _Entry) -> int:
    """The balance before that entry."""
    rows = asked.postings().filter(entry__due_at__lte=entry.due_at)
    rows = rows.filter(Q(entry__due_at__lt=entry.due_at) | Q(entry_id__lt=entry.id))
    return asked.sums.opening + int(rows.aggregate(all=Sum("minor", default=0))["all"])


def _rows(between: _Between, entries: Sequence[_Entry], opening: int) -> list[StatementRow]:
    """Those entries as rows. Three statements at most."""
    if not entries:
        return []
    of_these = between.postings().filter(entry_id__in=[each.id for each in entries])
    effects = dict(of_these.values_list("entry_id").annotate(all=Sum("minor")))
    moved = [Movement(kind_of(each.key), int(effects.get(each.id, 0))) for each in entries]
    numbers = _numbers(between, {each.item for each in entries})
    return [
        StatementRow(
            day_of(entry.due_at, between.issuer.timezone), each.kind, *numbers.get(entry.item, ("", "")), abs(entry.minor),
            each.charged, each.paid, balance,
        )
        for entry, each, balance in zip(entries, moved, running(opening, moved), strict=True)
    ]  # fmt: skip


def _numbers(between: _Between, refs: set[str]) -> dict[str, tuple[str, str]]:
    """Reference → number, and the reference once more where that is a document between the two. Each reads it on its own side."""
    found: dict[str, tuple[str, str]] = {}
    invoices = [each for each in refs if each.startswith("inv_")]
    if invoices:
        told = Invoice.objects.filter(ref__in=invoices, number__isnull=False)
        for ref, series, number, *whose in told.values_list("ref", "series", "number", "account_id", "debtor_id"):
            own = whose == [between.issuer_id, between.debtor_id]
            found[ref] = (f"{series}{number}", ref if own else "")
    payouts = [each for each in refs if each.startswith("pyo_")]
    if payouts:
        found |= {row.ref: (row.number_shown, "") for row in Payout.objects.filter(ref__in=payouts)}
    return found


def account_statement_whole(
    actor: Actor, *, side: str = SENT, account: str = "", currency: str = "", first: date | None = None,
    before: date | None = None, known: datetime | None = None, at: datetime,
) -> tuple[AccountStatement, Iterator[StatementRow]]:  # fmt: skip
    """The statement without rows, and all of its rows, read piece by piece while they are taken, in the actor's scope.

    For a file: raises as `account_statement`, and CannotShowAccountStatement in a visit.
    """
    asked = _asked(actor, side, account, currency, first, before, at, known)
    if actor.impersonator is not None:
        raise CannotShowAccountStatement("impersonating")
    return asked.page(()), _each(actor, asked)


def _each(actor: Actor, asked: _Asked) -> Iterator[StatementRow]:
    balance, place = asked.sums.opening, None
    while True:
        with actor_scope(actor):
            rows = asked.entries()
            batch = _read(rows if place is None else _after(rows, place), BATCH)
            told = _rows(asked.between, batch, balance)
        yield from told
        if len(batch) < BATCH:
            return
        balance, place = told[-1].balance, batch[-1]


__all__ = [
    "AccountStatement",
    "CannotShowAccountStatement",
    "Standing",
    "StatementRow",
    "account_statement",
    "account_statement_whole",
]
