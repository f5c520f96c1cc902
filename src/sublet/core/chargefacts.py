"""What an account's charges are reckoned from, and what a charge is: plain values.

Everything here is taken and told by `core.charging`; import it from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Protocol

from sublet.core.periods import Since
from sublet.core.pricing import Price, Priced, Quantity
from sublet.core.proration import ANNIVERSARY, Days

BASE, OVERAGE, ADD_ONS, ONE_OFF, SERVICE, ADJUSTMENT = "base", "overage", "add_ons", "one_off", "service", "adjustment"
#: What is missing to a commitment.
SHORTFALL = "shortfall"
#: What was used of a managed service that has a price by use.
SERVICE_USE = "service_use"
#: What a meter counted of a plan, or of an add-on, that has a price for it.
PLAN_USE, ADD_ON_USE = "plan_use", "add_on_use"
KINDS: Final = (
    BASE, OVERAGE, ADD_ONS, ONE_OFF, SERVICE, SERVICE_USE, PLAN_USE, ADD_ON_USE, ADJUSTMENT, SHORTFALL,
)  # fmt: skip
#: What was used, and is charged when its period is over.
USES: Final = (OVERAGE, SERVICE_USE, PLAN_USE, ADD_ON_USE)
#: Who pays is agreed for three kinds (clientsettings.PAID); the others go with one of them: use of a thing with that thing.
PAID_AS: Final = {
    BASE: BASE, OVERAGE: OVERAGE, ADD_ONS: ADD_ONS, ONE_OFF: ADD_ONS, SERVICE: ADD_ONS, SERVICE_USE: ADD_ONS, PLAN_USE: BASE,
    ADD_ON_USE: ADD_ONS, SHORTFALL: BASE,
}  # fmt: skip
#: What prices are asked for.
PLAN, ADD_ON, SERVICE_PRICE = "plan", "add_on", "service"
LIST, RETAIL = "list", "retail"
BEGINNING: Final = datetime(1, 1, 2, tzinfo=UTC)


class Offered(Protocol):
    """What has a price."""

    @property
    def price(self) -> Price: ...


class Prices(Protocol):
    """The prices in force for the account (core.pricebook.Book is one)."""

    def list_price(self, kind: str, key: str, version: int, interval: str, at: datetime) -> Price | None:
        """What the vendor asks, in the period that begins at `at`."""

    def retail(self, kind: str, key: str, version: int, interval: str, at: datetime) -> Offered | None:
        """What the reseller asks; None: nothing."""


# Facts ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts` up to and not including `ends`; None: without end."""

    starts: datetime
    ends: datetime | None = None


def without(span: Span, free: Iterable[Span]) -> list[Span]:
    """What is left of a span outside `free`, in order."""
    left = [span]
    for gap in free:
        kept: list[Span] = []
        for each in left:
            if each.ends is not None and gap.starts >= each.ends:
                kept.append(each)
            elif gap.ends is not None and gap.ends <= each.starts:
                kept.append(each)
            else:
                if each.starts < gap.starts:
                    kept.append(Span(each.starts, gap.starts))
                if gap.ends is not None and (each.ends is None or gap.ends < each.ends):
                    kept.append(Span(gap.ends, each.ends))
        left = kept
    return left


@dataclass(frozen=True, slots=True)
class PlanHeld:
    """A plan as it was held, for `seats`. `plan` empty: none (or the free one), and nothing is due; so it is in a pause."""

    starts: datetime
    ends: datetime | None
    plan: str
    version: int = 0
    interval: str = "month"
    seats: Quantity = 1


@dataclass(frozen=True, slots=True)
class Beside:
    """An add-on or a managed service: `count` of one version, in the spans in which it counts (`subscription.counting`).

    `ref` tells it from others of the same key. `kind` is ``add_ons`` or ``service``. `price`: what the reseller asks where
    that stands in no book, and the vendor then nothing (a contract's).
    """

    ref: str
    key: str
    version: int
    spans: tuple[Span, ...]
    count: Quantity = 1
    interval: str = "month"
    kind: str = ADD_ONS
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used of a meter in a period that is over, as far as it is paid for (nothing of a trial).

    `key` names the period (`periods.Period.key`). `days` is the whole period, `held` the days of it in which what is
    used was held, the day of ending among them (None: all); the minimum is prorated by them. `total` is in whole
    units, `included` what the plan and its additions give free (None: without limit). `billed` are the totals that
    charges were made for before, in their order: the ledger's.

    Of what has a price by use (`kind` ``service_use``, ``plan_use``, ``add_on_use``) `of` is the key of that, and `meter` says
    ``meter@thing``: two may count by one. `item`: how it is called where it is charged. `begins` and `ends` are the instants
    between which what counts was used, where days do not say it: it is due when both are over. `stands`: it is no use but an
    amount that stands at the end, and is paid for time, as seats are: for the days in which it was held. `count`: so many of the
    days of `held`, where it was given up for a while in between (None: all). `claimed_by`: whose claim it is at retail, where
    somebody else stood above the account when it became due than now (0: nobody else). It owes it at wholesale, too; the account
    itself where it stood alone then, and nobody claims it at retail. `more_at_retail`: how much more is free there (None: all).
    """

    meter: str
    key: str
    days: Days
    total: Quantity
    list_price: Price | None
    retail_price: Price | None
    included: Quantity | None = 0
    held: Days | None = None
    billed: tuple[Quantity, ...] = ()
    kind: str = OVERAGE
    item: str = ""
    of: str = ""
    begins: datetime | None = None
    ends: datetime | None = None
    stands: bool = False
    count: int | None = None
    claimed_by: int = 0
    more_at_retail: Quantity | None = 0

    @property
    def days_held(self) -> int:
        """For how many days of the period it was held."""
        return (self.held or self.days).count if self.count is None else self.count

    @property
    def stem(self) -> str:
        """How the key of its charge begins: what is used in the period named last."""
        return f"{self.kind}:{self.meter}:{self.key}"


def used_in(key: str) -> tuple[str, str] | None:
    """Of the key of a charge for use (`Usage.stem`), or of an adjustment of one, the meter and the period; None: it has no such key."""
    words = key.removeprefix(f"{ADJUSTMENT}:").split(":")
    return (words[1].partition("@")[0], words[2]) if len(words) > 2 else None


@dataclass(frozen=True, slots=True)
class OneOff:
    """Something done once (set-up, training): due at `at`. Add-ons that are paid once come so; fees of a plan are found by price."""

    ref: str
    item: str
    at: datetime
    list_price: Price | None
    retail_price: Price | None
    quantity: Quantity = 1


@dataclass(frozen=True, slots=True)
class Commitment:
    """What an account has promised to spend at least in each of its periods, in smallest units; prorated where it begins or ends.

    Amounts are for one `interval`; None: nothing on that side. What counts towards it is every charge of `kinds`, at its price.
    `item`: how it is called where it is charged; without one, by its `ref`.
    """

    ref: str
    starts: datetime
    ends: datetime | None
    interval: str
    list_minor: int | None
    retail_minor: int | None
    currency: str
    retail_currency: str
    kinds: tuple[str, ...] = (BASE, ADD_ONS, SERVICE, *USES)
    item: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is needed to reckon an account. Times are instants; `line` has its anchors and zones (`periods.Since`).

    `free` are spans in which the plan costs nothing: trials. Given in any order.
    """

    line: tuple[Since, ...]
    prices: Prices
    plans: tuple[PlanHeld, ...] = ()
    beside: tuple[Beside, ...] = ()
    free: tuple[Span, ...] = ()
    usage: tuple[Usage, ...] = ()
    one_offs: tuple[OneOff, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    basis: str = ANNIVERSARY


# Charges --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Charge:
    """One thing that is due, on one or both sides; a credit is negative.

    `due`: from when on. `priced_at`: the instant whose prices (and promotions) hold: of a credit that of what it credits.
    `start` to `end` (instants) and `first_day` to `last_day` are what it is for, `days` of the `of_days` of the period.
    None on a side: nothing is asked there. `credits`: the key of what is given back, or empty. The sides can give back
    different charges on one day (one was begun anew with more seats, the other went on): `priced_on_retail` and
    `credited_on_retail` are what holds there. `of`: the key of the thing whose price it is, where `item` is another.
    `claimed_by`: see `Usage`.
    """

    key: str
    kind: str
    paid_as: str
    item: str
    due: datetime
    priced_at: datetime
    start: datetime
    end: datetime
    first_day: date
    last_day: date
    days: int
    of_days: int
    quantity: Quantity
    list_minor: int | None
    retail_minor: int | None
    currency: str
    retail_currency: str
    list_parts: tuple[Priced, ...] = ()
    retail_parts: tuple[Priced, ...] = ()
    credits: str = ""
    of: str = ""
    retail_apart: tuple[datetime, str] | None = None
    claimed_by: int = 0
    retail_quantity: Quantity | None = None

    @property
    def quantity_on_retail(self) -> Quantity:
        """`quantity` of the retail side: of use, more may be free there."""
        return self.quantity if self.retail_quantity is None else self.retail_quantity

    @property
    def priced_on_retail(self) -> datetime:
        """`priced_at` of the retail side."""
        return self.priced_at if self.retail_apart is None else self.retail_apart[0]

    @property
    def credited_on_retail(self) -> str:
        """`credits` of the retail side."""
        return self.credits if self.retail_apart is None else self.retail_apart[1]
