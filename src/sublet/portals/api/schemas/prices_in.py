"""Prices as programs say them. What is left open is said in the operations."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from sublet.core.pricebook import price_from_json
from sublet.core.pricing import Price
from sublet.portals.api.schemas.common import (
    Asked,
    Day,
    Input,
    RefIn,
    Text,
    When,
    fault,
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


# What comes in --------------------------------------------------------------------------------------------------------


class PriceStepIn(Input):
    """A step of a price: up to and including `up_to` units, null without an end."""

    up_to: Annotated[int | None, Field(ge=1, le=10**12)]
    amount: Amount
    flat: Annotated[int, Field(ge=0, le=10**12, description="Once the step is entered, in minor units.")] = 0


class PriceIn(Input):
    """A price. `amount` is null exactly where `steps` are given."""

    model: ModelWord
    interval: IntervalWord
    currency: Currency
    amount: Amount | None = None
    meter: Annotated[Text, Field(max_length=60)] | None = None
    package_size: Annotated[int, Field(ge=1, le=10**9)] | None = None
    steps: Annotated[list[PriceStepIn], Field(max_length=20)] = []
    minimum: Annotated[int, Field(ge=0, le=10**12)] | None = None
    included: Annotated[int, Field(ge=0, le=10**12)] = 0


class PriceSayIn(Input):
    """A retail price, for everybody, for a group or for one client; `price` null takes it back."""

    price: PriceIn | None
    interval: Annotated[IntervalWord | None, Field(description="Of the price that is taken back.")] = None
    currency: Annotated[Currency | None, Field(description="Of the price that is taken back.")] = None
    version: Annotated[int, Field(ge=0, le=10**6, description="Of a plan or add-on; 0: every.")] = 0
    client: RefIn = ""
    group: Annotated[Text, Field(max_length=40, description="A tag of clients.")] = ""
    since: When | None = None


class PriceTryIn(Input):
    """A price to be tried."""

    price: PriceIn


class MarkUpIn(Input):
    """A mark-up on what has no price; `percent` null: none any more."""

    percent: Percent | None
    on: Literal["wholesale", "list"] = "wholesale"
    client: RefIn = ""
    group: Annotated[Text, Field(max_length=40)] = ""
    since: When | None = None


class PriceFloorIn(Input):
    """How many percent of a price should stay at least."""

    percent: Percent
    since: When | None = None


class CurrencyRateIn(Input):
    """How much of `target` one of `source` is."""

    source: Currency
    target: Currency
    rate: Percent
    since: When | None = None


class PriceSharingIn(Input):
    """Whether the vendor may read retail figures."""

    shared: bool


class OwnPriceIn(Input):
    """A client's own price for whatever plan it has; `amount` null: none any more."""

    amount: Annotated[int, Field(ge=0, le=10**12)] | None
    interval: Literal["month", "quarter", "year"] = "month"
    since: When | None = None


class PromotionIn(Input):
    """A promotion."""

    code: Annotated[Text, Field(max_length=40, examples=["HALF3"])]
    percent: Percent
    months: Annotated[int, Field(ge=1, le=120)] | None = None
    name: Annotated[Text, Field(max_length=100)] = ""
    things: Annotated[list[Annotated[Text, Field(max_length=200)]], Field(max_length=50)] = []
    opens_at: When | None = None
    closes_at: When | None = None
    most: Annotated[int, Field(ge=1, le=10**6)] | None = None


class PromotionTakeIn(Input):
    """The code of a promotion."""

    code: Annotated[Text, Field(min_length=1, max_length=40, examples=["HALF3"])]


class ContractIn(Input):
    """A contract with a client."""

    kind: Literal["term", "maintenance", "commitment"]
    name: Annotated[Text, Field(max_length=120, examples=["Care"])]
    first_day: Day
    months: Annotated[int, Field(ge=1, le=120)]
    renew_months: Annotated[int, Field(ge=0, le=120)] = 0
    notice_days: Annotated[int, Field(ge=0, le=366)] = 0
    price: PriceIn | None = None


class ContractEndIn(Input):
    """With which day a contract ends; without one, the earliest."""

    last_day: Day | None = None


class ExtraIn(Input):
    """A service of the reseller's own."""

    name: Annotated[Text, Field(max_length=120, examples=["Set-up"])]
    text: Annotated[Text, Field(max_length=500)] = ""


class ExtraSaleIn(Input):
    """A service sold to a client, at its price of the day unless another is said."""

    extra: RefIn
    quantity: Annotated[int, Field(ge=1, le=1000)] = 1
    price: PriceIn | None = None
    day: Day | None = None


class WholesaleTierIn(Input):
    """From a volume of one invoice on, another discount, on all of it."""

    volume: Annotated[int, Field(ge=1, le=10**15)]
    percent: Percent


class WholesaleTermsIn(Input):
    """What is agreed with a reseller; `percent` null: the usual discount."""

    percent: Percent | None
    tiers: Annotated[list[WholesaleTierIn], Field(max_length=20)] = []
    note: Annotated[Text, Field(max_length=500)] = ""
    since: When | None = None


class UsualDiscountIn(Input):
    """What a reseller gets with which nothing else was agreed."""

    percent: Percent
    note: Annotated[Text, Field(max_length=500)] = ""
    since: When | None = None


class WholesaleCommitmentIn(Input):
    """What a reseller spends at least in each calendar month, quarter or year; `amount` null: nothing any more."""

    amount: Annotated[int, Field(ge=1, le=10**15)] | None
    currency: Annotated[Text, Field(max_length=3)]
    interval: Literal["month", "quarter", "year"] = "month"
    note: Annotated[Text, Field(max_length=500)] = ""
    since: When | None = None


class WholesaleAsked(Asked):
    """Which resellers."""

    search: Annotated[Text, Field(max_length=200)] = ""
    after: Annotated[Text, Field(max_length=200, description="`next` of the page before.")] = ""


class PriceCheckIn(Input):
    """What is tried: `discount` and `list` and `use` take `percent`, `rate` takes the rest."""

    kind: Literal["discount", "list", "rate", "use"]
    percent: Percent = "0"
    thing: Annotated[
        Text, Field(max_length=200, description="`kind:key`; empty: everything.", examples=["plan:content"])
    ] = ""
    source: Annotated[Text, Field(max_length=3)] = ""
    target: Annotated[Text, Field(max_length=3)] = ""
    rate: Percent = "0"
    reseller: Annotated[RefIn, Field(description="The vendor's: only this one.")] = ""


class PriceLettersIn(Input):
    """Letters about a price that begins on a day ahead; `dry_run`: who would be written to."""

    interval: Literal["month", "quarter", "year"]
    day: Day
    dry_run: bool = False


def price_in(said: PriceIn | None) -> Price | None:
    """As core reads it. What does not fit together, the operation refuses."""
    if said is None:
        return None
    data: dict[str, Any] = said.model_dump(exclude={"steps"})
    data["steps"] = [[each.up_to, each.amount, each.flat] for each in said.steps]
    return price_from_json(data)
