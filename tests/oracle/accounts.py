"""Accounts as they come: random ones, the same for the same number."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from sublet.core.charging import (
    ADD_ON_USE,
    OVERAGE,
    PLAN_USE,
    SERVICE_USE,
    Beside,
    Commitment,
    Facts,
    OneOff,
    PlanHeld,
    Span,
    Usage,
)
from sublet.core.periods import Anchor, Since
from sublet.core.pricing import Price, Step
from sublet.core.proration import Days, period_of

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
HOURS = int((END - BEGIN).total_seconds()) // 3600
ZONES = (
    "Europe/Rome",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Africa/Casablanca",
)
INTERVALS = ("month", "quarter", "year")


@dataclass(frozen=True)
class Said:
    """What a reseller asks."""

    price: Price


@dataclass
class Table:
    """(side, kind, key, version, interval) → prices, each from an instant on."""

    rows: dict[tuple[str, str, str, int, str], list[tuple[datetime, Price]]] = field(default_factory=dict)

    def say(self, side: str, kind: str, key: str, version: int, price: Price, since: datetime = BEGIN) -> None:
        self.rows.setdefault((side, kind, key, version, price.interval), []).append((since, price))
        self.rows[side, kind, key, version, price.interval].sort(key=lambda row: row[0])

    def at(self, side: str, kind: str, key: str, version: int, interval: str, at: datetime) -> Price | None:
        found = None
        for since, price in self.rows.get((side, kind, key, version, interval), ()):
            if since <= at:
                found = price
        return found

    def list_price(self, kind: str, key: str, version: int, interval: str, at: datetime) -> Price | None:
        return self.at("list", kind, key, version, interval, at)

    def retail(self, kind: str, key: str, version: int, interval: str, at: datetime) -> Said | None:
        price = self.at("retail", kind, key, version, interval, at)
        return None if price is None else Said(price)


def moment(random: Random) -> datetime:
    """Some instant; often the first of a month, or close to a midnight."""
    found = BEGIN + timedelta(hours=random.randrange(HOURS), minutes=random.choice((0, 0, 15, 59)))
    if random.random() < 0.2:
        found = found.replace(day=random.choice((1, 28, 29, 30, 31)) if found.month not in (2, 4, 6, 9, 11) else 28)
    return found


def steps(random: Random, unit: int) -> tuple[Step, ...]:
    bounds = sorted(random.sample(range(1, 12), random.randrange(3)))
    return tuple(Step(bound, amount(random, unit), random.choice((0, 0, 100, 999))) for bound in [*bounds, None])


def amount(random: Random, most: int) -> Decimal:
    return Decimal(random.randrange(most)) if random.random() < 0.8 else Decimal(random.randrange(most * 1000)) / 1000


def price_of_time(random: Random, interval: str, currency: str) -> Price:
    model = random.choice(("flat", "flat", "flat", "seat", "unit", "graduated", "volume", "package"))
    stepped = model in ("graduated", "volume")
    return Price(
        model,
        interval,
        currency,
        None if stepped else amount(random, 20_000),
        package_size=random.randrange(1, 6) if model == "package" else None,
        steps=steps(random, 3_000) if stepped else (),
        minimum=random.choice((None, None, None, random.randrange(20_000))),
        included=random.choice((0, 0, 0, 2)),
    )


def price_of_use(random: Random, currency: str) -> Price:
    model = random.choice(("unit", "graduated", "volume", "package", "flat"))
    stepped = model in ("graduated", "volume")
    return Price(
        model,
        "month",
        currency,
        None if stepped else amount(random, 500),
        "sms",
        package_size=random.randrange(1, 60) if model == "package" else None,
        steps=steps(random, 300) if stepped else (),
        minimum=random.choice((None, None, random.randrange(3_000))),
        included=random.choice((0, 0, 7)),
    )


def prices(random: Random, currency: str, retail_currency: str) -> Table:
    table = Table()
    things = [
        *(("plan", key, version) for key in ("basic", "business", "large") for version in (1, 2)),
        ("add_on", "extra", 1),
        ("add_on", "set_up", 1),
        ("service", "updates", 0),
    ]
    for kind, key, version in things:
        for side, money in (("list", currency), ("retail", retail_currency)):
            if side == "retail" and random.random() < 0.2:
                continue
            intervals = random.sample(INTERVALS, random.randrange(1, 4))
            for interval in intervals:
                for since in (BEGIN, *(moment(random) for _ in range(random.choice((0, 0, 0, 1, 2))))):
                    table.say(side, kind, key, version, price_of_time(random, interval, money), since)
            if random.random() < 0.3:
                table.say(side, kind, key, version, Price("flat", "once", money, amount(random, 9_000)))
        if random.random() < 0.25 and currency == retail_currency:
            for interval in INTERVALS:
                table.rows.pop(("retail", kind, key, version, interval), None)
                mark_up = Price("percent", interval, currency, Decimal(random.choice(("25", "12.5", "-10"))))
                table.say("retail", kind, key, version, mark_up)
    return table


def plans(random: Random) -> tuple[PlanHeld, ...]:
    """Plans one after the other, some for hours only, with gaps and other numbers of seats."""
    turns = [moment(random)]
    for _ in range(random.randrange(7)):
        if random.random() < 0.35:
            turns.append(turns[-1] + timedelta(minutes=random.randrange(1, 600)))
        else:
            turns.append(moment(random))
    turns.sort()
    found = []
    key, version, interval, seats = "basic", 1, random.choice(INTERVALS), random.randrange(1, 9)
    for place, starts in enumerate(turns):
        if random.random() < 0.6 or place == 0:
            key, version = random.choice(("basic", "business", "large", "business", "")), random.randrange(1, 3)
        if random.random() < 0.4:
            seats = random.randrange(13)
        if random.random() < 0.2:
            interval = random.choice(INTERVALS)
        ends = turns[place + 1] if place + 1 < len(turns) else random.choice((None, None, END - timedelta(days=20)))
        if ends is None or ends > starts:
            found.append(PlanHeld(starts, ends, key, version if key else 0, interval, seats))
    return tuple(found)


def beside(random: Random, number: int) -> Beside:
    key, kind, version = random.choice((("extra", "add_ons", 1), ("set_up", "add_ons", 1), ("updates", "service", 0)))
    instants = sorted({moment(random) for _ in range(random.choice((1, 2, 2, 3, 4)))})
    spans = [
        Span(starts, instants[place + 1] if place + 1 < len(instants) else None)
        for place, starts in enumerate(instants)
        if place % 2 == 0
    ]
    return Beside(f"t{number}", key, version, tuple(spans), random.randrange(1, 4), random.choice(INTERVALS), kind)


def usage(random: Random, basis: str, anchor: date, month: date, currency: str, retail_currency: str) -> Usage:
    period = period_of(basis, "month", anchor, month)
    totals = [random.randrange(200) for _ in range(random.randrange(4))]
    first = random.randrange(period.count)
    held = Days(
        period.first + timedelta(days=first),
        period.first + timedelta(days=random.randrange(first + 1, period.count + 1)),
    )
    return Usage(
        "sms",
        f"{period.first}",
        period,
        random.choice((random.randrange(200), Decimal(random.randrange(20_000)) / 100)),
        random.choice((None, price_of_use(random, currency))),
        random.choice(
            (None, price_of_use(random, retail_currency), *([MARK_UP[currency]] if currency == retail_currency else []))
        ),
        random.choice((0, 30, None)),
        random.choice((None, held)),
        tuple(totals),
    )


def served(use: Usage) -> Usage:
    """The same as use of a managed service that has a price for it."""
    return replace(use, meter="sms@updates", kind=SERVICE_USE, item="updates", included=0)


def priced(random: Random, use: Usage) -> Usage:
    """The same as use of a plan or an add-on that has a price for it; some gave way to another thing in the middle of a day,
    some were given up for a while."""
    kind, thing, of = random.choice(((PLAN_USE, "basic.1", "basic"), (ADD_ON_USE, "extra.1", "extra")))
    held = use.held or use.days
    over = datetime.combine(held.next, time(random.randrange(24), 15), UTC)
    return replace(
        use, meter=f"sms@{thing}", kind=kind, item="sms", of=of, included=0, ends=random.choice((None, over)),
        stands=random.random() < 0.5, count=random.choice((None, random.randrange(1, held.count + 1))),
    )  # fmt: skip


def standing(random: Random, use: Usage) -> Usage:
    """The same as what stands at the end beyond a limit of a plan; included is what the plan and its additions give."""
    held = use.held or use.days
    return replace(
        use, meter="sms@basic.1", item="sms", of="sms@basic", included=random.choice((0, 30, 100, None)), stands=True,
        count=random.choice((None, random.randrange(1, held.count + 1))),
    )  # fmt: skip


MARK_UP = {currency: Price("percent", "month", currency, Decimal(30)) for currency in ("EUR", "JPY", "KWD")}


def bases(number: int) -> tuple[tuple[datetime, str], ...]:
    """From when on the account with that number is charged by which basis; mostly for a while, seldom for hours only."""
    random = Random(f"basis {number}")
    instants = [moment(random) for _ in range(random.choice((0, 1, 1, 2, 3)))]
    if instants and random.random() < 0.3:
        instants.append(instants[0] + timedelta(minutes=random.randrange(1, 900)))
    word, found = "anniversary", []
    for since in sorted(set(instants)):
        word = "calendar" if word == "anniversary" else "anniversary"
        found.append((since, word))
    return tuple(found)


def account(number: int) -> Facts:
    """The account with that number."""
    random = Random(number)
    basis = random.choice(("anniversary", "calendar"))
    currency = random.choice(("EUR", "JPY", "KWD"))
    retail_currency = currency if random.random() < 0.8 else "EUR"
    anchor = moment(random).date()
    line = [Since(BEGIN - timedelta(days=400), Anchor(anchor, random.choice(ZONES)))]
    for since in sorted(moment(random) for _ in range(random.choice((0, 0, 0, 0, 1, 2)))):
        day = line[-1].anchor.day if random.random() < 0.6 else moment(random).date()
        line.append(Since(since, Anchor(day, random.choice(ZONES))))
    held = plans(random)
    free = []
    if held and random.random() < 0.4:
        free.append(Span(held[0].starts, held[0].starts + timedelta(days=14)))
    if random.random() < 0.1:
        starts = moment(random)
        free.append(Span(starts, starts + timedelta(hours=random.randrange(1, 2000))))
    months = random.sample(range(24), random.randrange(4))
    commitments = []
    if random.random() < 0.15:
        starts = moment(random)
        commitments.append(
            Commitment(
                "c",
                starts,
                random.choice((None, starts + timedelta(hours=random.randrange(24 * 300)))),
                random.choice(INTERVALS),
                random.randrange(40_000),
                random.choice((None, random.randrange(60_000))),
                currency,
                retail_currency,
            )
        )
    table = prices(random, currency, retail_currency)
    things = tuple(beside(random, place) for place in range(random.choice((0, 0, 1, 2))))
    used = [
        usage(random, basis, anchor, date(2025 + month // 12, month % 12 + 1, 15), currency, retail_currency)
        for month in months
    ]
    used += [served(each) for each in used if random.random() < 0.3]
    by_chance = Random(f"use of {number}")
    used += [priced(by_chance, each) for each in used if each.kind == OVERAGE and by_chance.random() < 0.4]
    of_limits = Random(f"beyond limits of {number}")
    used += [standing(of_limits, each) for each in used if each.kind == OVERAGE and of_limits.random() < 0.4]
    return Facts(
        line=tuple(line),
        prices=table,
        plans=held,
        beside=things,
        free=tuple(free),
        usage=tuple(used),
        one_offs=tuple(
            OneOff(
                f"o{place}",
                "training",
                moment(random),
                Price("flat", "once", currency, amount(random, 9_000)),
                random.choice((None, Price("flat", "once", retail_currency, amount(random, 9_000)))),
                random.randrange(1, 4),
            )
            for place in range(random.choice((0, 0, 1)))
        ),
        commitments=tuple(commitments),
        basis=basis,
    )
