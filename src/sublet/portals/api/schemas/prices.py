"""Prices as programs read and say them. Amounts of money are whole minor units; prices by use may have fractions, as texts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta
from pydantic import AfterValidator, Field

from sublet.core.pricebook import price_to_json
from sublet.core.pricing import Price
from sublet.portals.api.schemas.common import (
    Maybe,
    Out,
    Text,
    fault,
    instant,
    number,
    ref,
    text,
)

KindWord = Literal["plan", "add_on", "service", "overage", "extra"]
IntervalWord = Literal["month", "quarter", "year", "once"]
ModelWord = Literal["flat", "seat", "unit", "graduated", "volume", "package", "once"]


def _decimal(words: str) -> str:
    try:
        found = Decimal(words)
        # As a whole number 1e999999 has a million digits, which keep a process busy for minutes.
        if not found.is_finite() or len(words) > 30 or abs(found.adjusted()) > 20:
            raise ValueError
    except (ArithmeticError, ValueError):
        raise fault("not-a-number") from None
    return words


Amount = Annotated[
    Text,
    Field(max_length=30, examples=["4900"], description="Minor units, with up to six decimals."),
    AfterValidator(_decimal),
]
Percent = Annotated[Text, Field(max_length=30, examples=["22.5"]), AfterValidator(_decimal)]
Currency = Annotated[Text, Field(min_length=3, max_length=3, examples=["EUR"])]


# What goes out --------------------------------------------------------------------------------------------------------

PercentOut = Annotated[str, text("In percent.", "22.5")]
Minor = Annotated[int, number("In minor units.", 4900)]
MaybeMinor = Annotated[int | None, Meta(description="In minor units; null where it is not known.", examples=[4900])]


class PriceStepTold(Out):
    """A step of a price."""

    up_to: int | None
    amount: Annotated[str, text("Minor units a unit.", "0.5")]
    flat: Minor


class PriceTold(Out):
    """A price. Amounts in minor units, with up to six decimals."""

    model: str
    interval: str
    currency: Annotated[str, text("", "EUR")]
    amount: Annotated[str | None, Meta(examples=["4900"])]
    meter: str | None
    package_size: int | None
    steps: list[PriceStepTold]
    minimum: int | None
    included: int


class PriceMargin(Out):
    """Retail beside wholesale for so many `units`, and what is left."""

    units: Annotated[int, number("Of how many units this speaks.", 1)]
    currency: Annotated[str, text("", "EUR")]
    list_amount: MaybeMinor
    list_currency: Annotated[str, text("", "EUR")]
    wholesale: MaybeMinor
    retail: MaybeMinor
    margin: MaybeMinor
    mark_up: Annotated[str | None, Meta(description="Margin over wholesale, in percent.", examples=["104.2"])]
    share: Annotated[str | None, Meta(description="Margin over retail, in percent.", examples=["51.0"])]
    floor: MaybeMinor
    below_floor: bool


class PriceRowTold(Out):
    """One thing by one interval, as it is for everybody."""

    kind: str
    key: str
    version: int
    name: str
    interval: str
    price: PriceTold | None
    source: Annotated[str, text("`item`, `mark_up`, or empty for none.", "item")]
    margin: PriceMargin


class MarkUpTold(Out):
    """A mark-up that holds or comes."""

    layer: str
    group: str
    client: str
    percent: str | None
    on: str
    since: Annotated[datetime, instant("From when on.")]


class PriceSaid(Out):
    """A dated price: for everybody (`item`), a `group` or a `client`."""

    layer: str
    group: str
    client: str
    version: int
    interval: str
    currency: str
    price: PriceTold | None
    since: Annotated[datetime, instant("From when on.")]
    by: str


class WholesaleTier(Out):
    """From a volume on another discount, on all of the invoice."""

    volume: Minor
    percent: PercentOut


class Prices(Out):
    """All that a reseller sells."""

    currency: str
    list_currency: str
    discount: PercentOut
    tiers: list[WholesaleTier]
    floor: PercentOut
    shared: bool
    mark_ups: list[MarkUpTold]
    items: list[PriceRowTold]


class PriceOfThing(Out):
    """One thing with all that was said about its price."""

    kind: str
    key: str
    name: str
    items: list[PriceRowTold]
    now: list[PriceSaid]
    coming: list[PriceSaid]
    past: list[PriceSaid]


class PriceSaved(Out):
    """Whether something was said anew."""

    changed: bool


class PriceLetter(Out):
    """What one client is told."""

    account: Annotated[str, ref("acc", "")]
    before: PriceTold | None
    after: PriceTold


class PriceLetters(Out):
    """Who is, or (`dry_run`) would be, written to. `letters`: the first of them."""

    dry_run: bool
    count: int
    written: int
    job: str | None
    letters: list[PriceLetter]


class Promotion(Out):
    """A promotion."""

    ref: Annotated[str, ref("pro", "")]
    code: str
    name: str
    percent: PercentOut
    months: int | None
    things: list[str]
    opens_at: Annotated[datetime, instant("From when on it can be taken.")]
    closes_at: Maybe
    most: int | None
    taken: int
    open: bool


class PromotionList(Out):
    """Promotions, newest first."""

    items: list[Promotion]


class PromotionTaken(Out):
    """A promotion that an account has or had."""

    ref: Annotated[str, ref("prt", "")]
    code: str
    side: Annotated[str, text("Whose amounts it lowers: `list` or `retail`.", "retail")]
    percent: PercentOut
    starts_at: Annotated[datetime, instant("")]
    ends_at: Maybe
    runs: bool


class Contract(Out):
    """A contract with a client. `ends`: the end of the term that runs; `earliest_end`: if notice is given today."""

    ref: Annotated[str, ref("ctr", "")]
    account: Annotated[str, ref("acc", "")]
    kind: str
    name: str
    first_day: date
    months: int
    renew_months: int
    notice_days: int
    price: PriceTold | None
    last_day: date | None
    ends: date | None
    earliest_end: date | None
    runs: bool


class ContractList(Out):
    """Contracts, those that end first on top."""

    items: list[Contract]


class Extra(Out):
    """A service of the reseller's own. Its price: kind `extra`, key its reference."""

    ref: Annotated[str, ref("ext", "")]
    name: str
    text: str


class ExtraList(Out):
    """Services of the reseller's own."""

    items: list[Extra]


class ExtraSale(Out):
    """A service that was sold."""

    ref: Annotated[str, ref("sal", "")]
    name: str
    quantity: int
    price: PriceTold
    due_at: Annotated[datetime, instant("")]
    taken_back: bool


class ClientPrices(Out):
    """What was agreed with one client."""

    account: Annotated[str, ref("acc", "")]
    currency: str
    own: PriceTold | None
    exceptions: list[PriceSaid]
    promotions: list[PromotionTaken]
    contracts: list[Contract]
    sales: list[ExtraSale]


class WholesaleTerms(Out):
    """A discount that was agreed."""

    percent: PercentOut
    usual: Annotated[bool, Meta(description="Nothing but the usual was agreed.")]
    tiers: list[WholesaleTier]
    since: Annotated[datetime, instant("From when on.")]
    note: str
    by: str


class WholesaleCommitment(Out):
    """What a reseller spends at least, at list prices, over all of its clients; `amount` null: nothing any more."""

    amount: Minor | None
    currency: str
    interval: Annotated[str, Meta(examples=["month"])]
    since: Annotated[datetime, instant("From when on.")]
    note: str
    by: str


class Wholesale(Out):
    """One reseller's discount over time, and what it has promised to spend, newest first."""

    account: Annotated[str, ref("acc", "")]
    name: str
    percent: PercentOut
    agreed: bool
    tiers: list[WholesaleTier]
    shares: Annotated[bool, Meta(description="It lets the vendor read its retail figures.")]
    coming: list[WholesaleTerms]
    past: list[WholesaleTerms]
    commitments: list[WholesaleCommitment]


class UsualDiscountSaid(Out):
    """A discount that was said to be the usual one."""

    percent: PercentOut
    since: Annotated[datetime, instant("From when on.")]
    note: str
    by: str


class UsualDiscount(Out):
    """What a reseller gets with which nothing else was agreed: now, what comes next first, what was newest first."""

    percent: PercentOut
    coming: list[UsualDiscountSaid]
    past: list[UsualDiscountSaid]


class WholesaleRow(Out):
    """A reseller with its discount now."""

    account: Annotated[str, ref("acc", "")]
    name: str
    percent: PercentOut
    agreed: bool
    tiers: list[WholesaleTier]
    coming: Maybe
    shares: bool


class WholesaleList(Out):
    """Resellers by name."""

    items: list[WholesaleRow]
    next: str | None


class PriceCheckLine(Out):
    """What a change comes to in a month: of a client, or (the vendor's) of a reseller, without retail."""

    account: Annotated[str, ref("acc", "")]
    name: str
    currency: str
    retail_before: Minor
    retail_after: Minor
    wholesale_before: Minor
    wholesale_after: Minor
    loses: bool


class PriceCheck(Out):
    """A simulation. `done` is false while a job is at it."""

    ref: Annotated[str, ref("chk", "")]
    kind: str
    percent: str
    thing: str
    source: str
    target: str
    rate: str
    asked_at: Annotated[datetime, instant("")]
    done: bool
    job: str | None
    clients: int
    changing: int
    losing: int
    lost_before: int
    unknown: int
    lines: list[PriceCheckLine]
    more: bool


class PriceCheckList(Out):
    """Simulations, newest first, without their lines."""

    items: list[PriceCheck]


def price_told(price: Price | None) -> PriceTold | None:
    """As programs read it."""
    if price is None:
        return None
    data = price_to_json(price)
    return PriceTold(
        model=price.model,
        interval=price.interval,
        currency=price.currency,
        amount=data.get("amount"),
        meter=price.meter,
        package_size=price.package_size,
        steps=[PriceStepTold(up_to=up_to, amount=amount, flat=flat) for up_to, amount, flat in data.get("steps", ())],
        minimum=price.minimum,
        included=price.included,
    )
