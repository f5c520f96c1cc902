"""What a reseller is shown of its prices: wholesale beside retail, and what is left; who has another price; what was and comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db.models import BooleanField, ExpressionWrapper, Q

from sublet.accounts.models import Account
from sublet.accounts.queries import own_facts
from sublet.core.currencies import exchange
from sublet.core.manifest import GuidePrice
from sublet.core.margin import Margin, floor_price, wholesale_of
from sublet.core.money import rounded
from sublet.core.pricebook import (
    EXTRA,
    GROUP,
    ITEM,
    SERVICE,
    Book,
    Retail,
    WholesaleTerms,
    price_from_json,
)
from sublet.core.pricing import FLAT, ONCE, Price, total
from sublet.core.promised import Promise
from sublet.core.proration import MONTHS
from sublet.core.rights import RESELLER, VENDOR
from sublet.core.useprices import list_use, meters_by_use, retail_use
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.pricing.models import (
    CurrencyRate,
    Extra,
    PriceSharing,
    Promotion,
    RetailFloor,
    RetailMarkUp,
    RetailPriceSet,
)
from sublet.pricing.queries.books import book_for_everybody, rule_from
from sublet.pricing.queries.commitments import promise_at, promises_said
from sublet.pricing.queries.things import Thing, things

VIEW = "billing:view"
#: Use is shown by so many units: a single one often costs less than the smallest coin.
UNITS_SHOWN = 1000
#: So many exceptions and words of the past are shown.
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """What a price comes to for so many `units`: retail and wholesale in minor units of `currency`; None where unknown."""

    units: int
    currency: str
    list_minor: int | None
    list_currency: str
    wholesale: int | None
    retail: int | None
    floor: int | None

    @property
    def margin(self) -> Margin | None:
        """What is left; None where one side is not known."""
        return None if self.retail is None or self.wholesale is None else Margin(self.retail, self.wholesale)

    @property
    def below_floor(self) -> bool:
        """Whether less stays than the reseller wishes."""
        return self.retail is not None and self.floor is not None and self.retail < self.floor


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One thing by one interval, as it is for everybody: list, wholesale, retail, margin."""

    thing: Thing
    interval: str
    list_price: Price | None
    retail: Retail | None
    shown: Shown
    guide: GuidePrice | None
    exceptions: int


@dataclass(frozen=True, slots=True)
class Said:
    """A dated word, with who said it. `client` and `client_ref` where it is about one; `value` a price or a percentage."""

    since: datetime
    by: str
    layer: str
    tag: str
    client: str
    client_ref: str
    price: Price | None
    percent: Decimal | None = None
    on: str = ""
    interval: str = ""
    currency: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One thing with all that is needed to say what would be left of a price of it, and no more."""

    thing: Thing
    book: Book
    floor: Decimal

    def shown(self, price: Price, at: datetime) -> Shown:
        """What would be left of that retail price."""
        return shown(self.book, self.thing, price.interval, price, self.floor, at)


@dataclass(frozen=True, slots=True)
class PricesView:
    """The reseller's page of prices."""

    reseller: Account
    book: Book
    terms: WholesaleTerms
    coming_terms: Sequence[WholesaleTerms]
    floor: Decimal
    shared: bool
    mark_ups: Sequence[Said]
    rows: Sequence[PriceRow]
    extras: Sequence[Extra]
    offers: Sequence[Promotion]  # the vendor's that can be taken now
    promised: Promise | None  # what it spends with the vendor at least


@dataclass(frozen=True, slots=True)
class ThingView:
    """One thing: each interval as it is for everybody, who has another price, what comes and what was."""

    reseller: Account
    book: Book
    thing: Thing
    floor: Decimal
    rows: Sequence[PriceRow]
    now: Sequence[Said]
    coming: Sequence[Said]
    past: Sequence[Said]

    @property
    def exceptions(self) -> Sequence[Said]:
        """Words that hold now for a group or a client."""
        return [each for each in self.now if each.layer != ITEM]


def reseller_seen(actor: Actor) -> Account:
    """The acting reseller (``billing:view``). Raises NotFound, Forbidden."""
    if actor.account_kind != RESELLER:
        raise NotFound
    actor.require(VIEW)
    return Account.objects.get(id=own_facts(actor).id)


def prices_of_reseller(actor: Actor, *, at: datetime) -> PricesView:
    """All that the reseller sells, with wholesale beside retail (``billing:view``). Raises NotFound, Forbidden."""
    reseller = reseller_seen(actor)
    book = book_for_everybody(reseller, at=at)
    floor = floor_of(reseller.id, at)
    extras = list(Extra.objects.filter(account_id=reseller.id, removed_at__isnull=True).order_by("name"))
    said = _exceptions(reseller.id, at)
    rows = []
    for thing in things(extras):
        number = sum(1 for kind, key in said if (kind, key) == (thing.kind, thing.key))
        rows += _rows(book, thing, floor, number, at)
    return PricesView(
        reseller=reseller,
        book=book,
        terms=book.wholesale_terms(at),
        coming_terms=[each for each in book.terms if each.since > at],
        floor=floor,
        shared=shares(reseller.id),
        mark_ups=mark_ups_said(actor, reseller.id, at),
        rows=rows,
        extras=extras,
        offers=open_offers(reseller, at),
        promised=promise_at(promises_said(reseller.id), at),
    )


def thing_of_reseller(actor: Actor, *, kind: str, key: str, at: datetime) -> ThingView:
    """One thing with all that was said about its retail price (``billing:view``). Raises NotFound, Forbidden."""
    reseller = reseller_seen(actor)
    thing = _thing(reseller.id, kind, key)
    book = book_for_everybody(reseller, at=at)
    floor = floor_of(reseller.id, at)
    told = _told(actor, kind, key)
    coming = [each for each in told if each.since > at]
    seen: set[tuple[object, ...]] = set()
    now: list[Said] = []
    past: list[Said] = []
    for each in told:
        if each.since > at:
            continue
        about = (each.layer, each.tag, each.client_ref, each.version, each.interval, each.currency)
        (past if about in seen or each.price is None else now).append(each)
        seen.add(about)
    return ThingView(
        reseller=reseller,
        book=book,
        thing=thing,
        floor=floor,
        rows=_rows(book, thing, floor, 0, at),
        now=now,
        coming=coming[::-1],
        past=past,
    )


def not_left(reseller: int) -> Q:
    """What was said for many, or for a client that is with the reseller still: of one that has left it reads nothing newer, not even
    a name."""
    return Q(client_id__isnull=True) | Q(client__parent_id=reseller)


def _told(actor: Actor, kind: str, key: str) -> list[Said]:
    """What was said of a thing, newest first. Where that is too much, exceptions of clients give way to what is for many."""
    rows = RetailPriceSet.objects.filter(account_id=actor.account_id, kind=kind, key=key, dropped_at__isnull=True)
    rows = rows.filter(not_left(actor.account_id))
    if actor.reach is not None:
        rows = rows.filter(Q(client_id__isnull=True) | Q(client_id__in=actor.reach))
    first = rows.annotate(for_many=ExpressionWrapper(Q(client_id__isnull=True), BooleanField()))
    found = first.select_related("client").order_by("-for_many", "-since", "-id")[:MOST_SHOWN]
    return [said_from(row) for row in sorted(found, key=lambda row: (row.since, row.id), reverse=True)]


def reckoning_of(actor: Actor, *, kind: str, key: str, at: datetime) -> Reckoning:
    """What a price of one thing is tried with (``billing:view``). Raises NotFound, Forbidden."""
    reseller = reseller_seen(actor)
    thing = _thing(reseller.id, kind, key)
    return Reckoning(thing, book_for_everybody(reseller, at=at), floor_of(reseller.id, at))


def try_price(actor: Actor, *, kind: str, key: str, price: Price, at: datetime) -> Shown:
    """What would be left of that retail price (``billing:view``), before anything is saved. Raises NotFound, Forbidden."""
    return reckoning_of(actor, kind=kind, key=key, at=at).shown(price, at)


# Things ---------------------------------------------------------------------------------------------------------------


def extras_of(actor: Actor) -> list[Extra]:
    """The services of the acting reseller's own that it offers, by name (``billing:view``). Raises NotFound, Forbidden."""
    return list(Extra.objects.filter(account_id=reseller_seen(actor).id, removed_at__isnull=True).order_by("name"))


def things_listed(actor: Actor) -> list[Thing]:
    """What the vendor offers and a reseller sells on (``billing:view``), without prices. Raises NotFound, Forbidden."""
    reseller_seen(actor)
    return list(things(()))


def thing_of(actor: Actor, *, kind: str, key: str) -> Thing:
    """One thing that the reseller sells or sold (``billing:view``), without prices. Raises NotFound, Forbidden."""
    return _thing(reseller_seen(actor).id, kind, key)


def require_thing(actor: Actor, *, kind: str, key: str) -> None:
    """Raise NotFound where the acting reseller has nothing of that kind and key to price (``billing:view``), or Forbidden."""
    _thing(reseller_seen(actor).id, kind, key)


def _thing(reseller_id: int, kind: str, key: str) -> Thing:
    extras = list(Extra.objects.filter(account_id=reseller_id, ref=key[:40])) if kind == EXTRA else []
    found = [each for each in things(extras, every=True) if (each.kind, each.key) == (kind, key)]
    if not found:
        raise NotFound
    return max(found, key=lambda each: (each.sold, each.version))


# Parts ----------------------------------------------------------------------------------------------------------------


def intervals_of(book: Book, thing: Thing, at: datetime) -> list[str]:
    """By which intervals the thing has a price: the vendor's, and those that the reseller has said."""
    if thing.kind == EXTRA:
        return [ONCE]
    listed = book.lists.of((thing.kind, thing.key, thing.version), book.list_currency)
    found = {each.interval for each in listed}
    found |= {
        rule.interval for rule in book.rules_about(thing.kind, thing.key) if rule.key == thing.key and rule.since <= at
    }
    return [each for each in (*MONTHS, ONCE) if each in found] or ["month"]


def _rows(book: Book, thing: Thing, floor: Decimal, exceptions: int, at: datetime) -> list[PriceRow]:
    """By each interval; of a managed service that costs something for time and for use, the use after that."""
    found = [_row(book, thing, interval, floor, exceptions, at) for interval in intervals_of(book, thing, at)]
    if thing.kind != SERVICE or any(row.list_price is not None and row.list_price.is_usage for row in found):
        return found
    service = (SERVICE, thing.key, 0)
    for meter in meters_by_use(book, service):
        listed, retail = list_use(book, service, meter), retail_use(book, service, meter, at)
        if listed is not None:
            price = None if retail is None else retail.price
            told = beside(book, thing, listed, price, floor, at)
            found.append(PriceRow(thing, listed.interval, listed, retail, told, None, exceptions))
    return found


def _row(book: Book, thing: Thing, interval: str, floor: Decimal, exceptions: int, at: datetime) -> PriceRow:
    retail = book.retail(thing.kind, thing.key, thing.version, interval, at)
    guide = next((g for g in thing.guides if g.interval == interval and g.currency == book.currency), None)
    return PriceRow(
        thing=thing,
        interval=interval,
        list_price=book.list_price(thing.kind, thing.key, thing.version, interval, at),
        retail=retail,
        shown=shown(book, thing, interval, retail.price if retail is not None else None, floor, at),
        guide=guide,
        exceptions=exceptions,
    )


def shown(book: Book, thing: Thing, interval: str, price: Price | None, floor: Decimal, at: datetime) -> Shown:
    """Retail beside wholesale of one unit, or of `UNITS_SHOWN` of what is paid by use."""
    listed = book.list_price(thing.kind, thing.key, thing.version, interval, at)
    return beside(book, thing, listed, price, floor, at)


def beside(book: Book, thing: Thing, listed: Price | None, price: Price | None, floor: Decimal, at: datetime) -> Shown:
    """The same of these two prices; one that is for time is the same for however many units."""
    by_use = any(each is not None and each.is_usage for each in (listed, price))
    units = UNITS_SHOWN if by_use else 1
    list_minor = None if listed is None else _of_units(listed, units)
    wholesale = None if list_minor is None else wholesale_of(list_minor, book.discount(at))
    if not book.lists.of((thing.kind, thing.key, thing.version)):
        wholesale = 0  # nobody asks the reseller anything for it: a service of its own, the free plan
    if wholesale and book.list_currency != book.currency:
        rate = book.rate(book.list_currency, book.currency, at)
        wholesale = (
            None if rate is None else rounded(Fraction(wholesale) * exchange(rate, book.list_currency, book.currency))
        )
    return Shown(
        units=units,
        currency=book.currency,
        list_minor=list_minor,
        list_currency=book.list_currency,
        wholesale=wholesale,
        retail=None if price is None else _of_units(price, units),
        floor=None if wholesale is None else floor_price(wholesale, floor),
    )


def _of_units(price: Price, units: int) -> int:
    return total(price, units if price.is_usage and price.model != FLAT else 1)


def floor_of(reseller_id: int, at: datetime) -> Decimal:
    """How many percent of a retail price should stay, as the reseller wishes it at that moment."""
    rows = RetailFloor.objects.filter(account_id=reseller_id, dropped_at__isnull=True, since__lte=at)
    row = rows.order_by("-since", "-id").first()
    return row.percent if row is not None else Decimal(0)


def shares(reseller_id: int) -> bool:
    """Whether that reseller lets the vendor read its retail figures."""
    return reseller_id in sharing([reseller_id])


def sharing(reseller_ids: Iterable[int]) -> set[int]:
    """Those of these resellers that do. One statement."""
    # unscoped: the answer of accounts by which others decide what they show; also where nobody has entered a scope
    said = PriceSharing.unscoped.filter(account_id__in=list(reseller_ids), dropped_at__isnull=True)
    last = dict(said.order_by("since", "id").values_list("account_id", "shared"))
    return {account_id for account_id, shared in last.items() if shared}


def open_offers(reseller: Account, at: datetime) -> list[Promotion]:
    """The vendor's promotions that a reseller can give its clients now."""
    # unscoped: what the vendor promotes is meant for its resellers
    rows = Promotion.unscoped.filter(
        account_id=reseller.parent_id or 0, account__kind=VENDOR, ended_at__isnull=True, opens_at__lte=at
    )
    return list(rows.filter(Q(closes_at__isnull=True) | Q(closes_at__gt=at)).order_by("closes_at", "id")[:20])


def _exceptions(reseller_id: int, at: datetime) -> list[tuple[str, str]]:
    """Kind and key of each word for a group or a client that holds now."""
    rows = RetailPriceSet.objects.filter(account_id=reseller_id, dropped_at__isnull=True, since__lte=at)
    last: dict[tuple[object, ...], tuple[str, str] | None] = {}
    for row in rows.exclude(layer=ITEM).order_by("since", "id"):
        rule = rule_from(row)
        last[rule.about] = None if rule.price is None else (rule.kind, rule.key)
    return [each for each in last.values() if each is not None]


def said_from(row: RetailPriceSet) -> Said:
    """A row as pages tell it."""
    return Said(
        since=row.since,
        by=row.decided_by,
        layer=row.layer,
        tag=row.tag,
        client=row.client.name if row.client is not None else "",
        client_ref=row.client.ref if row.client is not None else "",
        price=price_from_json(row.price) if row.price is not None else None,
        interval=row.interval,
        currency=row.currency,
        version=row.version,
    )


def mark_ups_said(actor: Actor, reseller_id: int, at: datetime) -> list[Said]:
    """The mark-ups that hold now or come, those for everybody first; none of clients out of reach."""
    rows = RetailMarkUp.objects.filter(not_left(reseller_id), account_id=reseller_id, dropped_at__isnull=True)
    rows = rows.select_related("client")
    last: dict[tuple[object, ...], Said] = {}
    for row in rows.order_by("since", "id"):
        if row.client_id is not None and not actor.reaches(row.client_id):
            continue
        key = (row.layer, row.tag, row.client_id, row.since if row.since > at else None)
        last[key] = Said(
            row.since, row.decided_by, row.layer, row.tag, row.client.name if row.client is not None else "",
            row.client.ref if row.client is not None else "", None, row.percent, row.on,
        )  # fmt: skip
    found = [each for each in last.values() if each.percent is not None or each.since > at]
    order = {ITEM: 0, GROUP: 1}
    return sorted(found, key=lambda each: (order.get(each.layer, 2), each.tag, each.client, each.since))[:MOST_SHOWN]


def rates_said(actor: Actor, *, at: datetime) -> list[CurrencyRate]:
    """The rates that hold now or come (``billing:view``). Raises NotFound, Forbidden."""
    reseller = reseller_seen(actor)
    rows = CurrencyRate.objects.filter(account_id=reseller.id, dropped_at__isnull=True).order_by("since", "id")
    last = {(row.source, row.target, row.since if row.since > at else None): row for row in rows}
    return sorted(last.values(), key=lambda row: (row.source, row.target, row.since))
