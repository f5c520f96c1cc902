"""docs/howto/prices.md: every figure in it is reckoned again from the facts that stand above it, so that none goes stale.

Below each block of facts (```toml KIND) stands a table; `reckoned` says what must be in it, cell by cell. Accounts are reckoned by the
second calculator as well, and what a line says about how it comes about is done again with the numbers as they are written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sublet.core.bases import BasisSince, by_basis
from sublet.core.charging import (
    ADD_ON_USE,
    ADJUSTMENT,
    OVERAGE,
    PLAN_USE,
    SERVICE_USE,
    Beside,
    Charge,
    Commitment,
    Facts,
    OneOff,
    PlanHeld,
    Span,
    Usage,
    charges,
)
from sublet.core.crediting import Billed, CreditNote, Issued, credit
from sublet.core.dunning import Schedule, steps
from sublet.core.metrics import lifetime_value, movement, mrr
from sublet.core.money import plain, read_amount
from sublet.core.periods import Anchor, Since
from sublet.core.pricing import Price, Step, price_lines
from sublet.core.promised import Promise, stretches
from sublet.core.proration import Days, period_of
from sublet.core.tax import Treatment
from sublet.core.totals import Discount, Line, totals
from tests.oracle.accounts import BEGIN, Table
from tests.oracle.calculator import missing_to_promises
from tests.oracle.calculator import reckoned as reckoned_again

DOCUMENT = Path(__file__).parents[2] / "docs/howto/prices.md"
CURRENCIES = ("EUR", "JPY")
LONG_AGO = BEGIN - timedelta(days=60)


@dataclass(frozen=True)
class Example:
    """Facts as they stand in the document, and the table below them."""

    title: str
    kind: str
    facts: dict[str, Any]
    table: list[list[str]]


def examples() -> list[Example]:
    text = DOCUMENT.read_text()
    found = []
    for match in re.finditer(r"```toml (\w+)\n(.*?)```\n+((?:\|[^\n]*\n)+)", text, re.DOTALL):
        title = re.findall(r"^## (.*)$", text[: match.start()], re.MULTILINE)[-1]
        rows = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in match[3].strip().split("\n")]
        found.append(Example(title, match[1], tomllib.loads(match[2]), [rows[0], *rows[2:]]))
    return found


def price(facts: dict[str, Any], currency: str) -> Price:
    """``{ EUR = "29.00", JPY = "4800", a = "month" }``; steps: ``{ up_to = 10, EUR = …, flat = { … } }``."""
    model = facts.get("model", "flat")

    def unit(text: str) -> Decimal:
        return Decimal(text) * (100 if currency == "EUR" else 1)

    return Price(
        model,
        facts.get("a", "month"),
        currency,
        Decimal(facts["percent"]) if model == "percent" else unit(facts[currency]) if currency in facts else None,
        facts.get("meter"),
        facts.get("package"),
        tuple(
            Step(
                step.get("up_to"), unit(step[currency]), read_amount(step.get("flat", {}).get(currency, "0"), currency)
            )
            for step in facts.get("steps", ())
        ),
        read_amount(facts["minimum"][currency], currency) if "minimum" in facts else None,
        facts.get("free", 0),
    )


# An account -----------------------------------------------------------------------------------------------------------


def account(facts: dict[str, Any], currency: str) -> tuple[Facts, datetime]:
    zone = facts.get("zone", "Europe/Rome")

    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))

    table = Table()
    things = {key.partition(" from ")[0] for key in facts["prices"]}
    for key, said in facts["prices"].items():
        name, _, since = key.partition(" from ")
        kind = "add_on" if name in facts.get("add_ons", {}) else "plan"
        table.say("list", kind, name, 1, price(said, currency), moment(since) if since else LONG_AGO)
    turns = [*((moment(at), what) for at, what in facts.get("held", ())), (None, "")]
    plans = []
    for (starts, what), (ends, _) in pairwise(turns):
        name, _, seats = what.partition(" × ")
        assert starts is not None
        plans.append(
            PlanHeld(starts, ends, name if name in things else "", 1, facts.get("interval", "month"), int(seats or 1))
        )
    anchor = facts["periods_from"] if "periods_from" in facts else date(2026, 1, 1)
    beside = tuple(
        Beside(key, key, 1, (Span(moment(starts), moment(ends) if ends else None),), count)
        for key, (starts, ends, count) in facts.get("add_ons", {}).items()
    )
    month = facts.get("use", {}).get("month")
    usage: tuple[Usage, ...] = ()
    if month:
        kinds = {"service": SERVICE_USE, "plan": PLAN_USE, "add_on": ADD_ON_USE}
        use, first = facts["use"], datetime.fromisoformat(f"{month}-01").date()
        days = period_of("calendar", "month", first, first)
        last = use["held_to"] + timedelta(days=1) if "held_to" in use else days.next
        held = Days(use.get("held_from", first), last) if {"held_to", "held_from"} & use.keys() else None
        kind, of = next(((kinds[name], use[name]) for name in kinds if name in use), (OVERAGE, ""))
        usage = (
            Usage(
                f"sms@{of}" if of else "sms",
                month,
                days,
                use["totals"][-1],
                price(use["price"], currency),
                None,
                use.get("included", 0),
                held,
                tuple(use["totals"]),
                kind,
                of if kind == SERVICE_USE else "",
                of,
                None,
                moment(use["ends"]) if "ends" in use else None,
                use.get("stands", False),
                use.get("days"),
            ),
        )
    commitments: tuple[Commitment, ...] = ()
    if "commitment" in facts:
        promise = facts["commitment"]
        commitments = (
            Commitment(
                "promise",
                moment(promise["from"]),
                None,
                "month",
                read_amount(promise[currency], currency),
                None,
                currency,
                currency,
            ),
        )
    known = Facts(
        by_basis(
            (Since(LONG_AGO - timedelta(days=1000), Anchor(anchor, zone)),),
            [BasisSince(moment(at), basis) for at, basis in facts.get("bases", ())],
        ),
        table, tuple(plans), beside,
        tuple(Span(moment(starts), moment(ends)) for starts, ends in facts.get("free", ())), usage,
        tuple(OneOff(what, what, moment(at), price(said, currency), None) for at, what, said in facts.get("once", ())),
        commitments, "calendar" if facts.get("calendar") else "anniversary",
    )  # fmt: skip
    return known, moment(facts["until"])


def named(charge: Charge) -> str:
    name = "shortfall" if charge.key.startswith("minimum:") else charge.item.partition("@")[0]
    if charge.kind == ADJUSTMENT:
        return f"{name}, late"
    return f"credit for {name}" if charge.credits else name


def short(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def of_account(facts: dict[str, Any]) -> list[list[str]]:
    found: list[list[str]] = []
    for place, currency in enumerate(CURRENCIES):
        known, until = account(facts, currency)
        made = charges(known, until=until)
        # The second calculator agrees.
        rows = sorted(row[4] for row in reckoned_again(known, until))
        assert sorted(charge.list_minor or 0 for charge in made) == rows
        for number, charge in enumerate(made):
            minor = plain(charge.list_minor or 0, currency)
            if place == 0:
                found.append([
                    named(charge), f"{short(charge.first_day)} – {short(charge.last_day)}", f"{charge.days}/{charge.of_days}", minor,
                ])  # fmt: skip
            else:
                found[number].append(minor)
    total = ["**together**", "", ""]
    for currency in CURRENCIES:
        known, until = account(facts, currency)
        total.append(f"**{plain(sum(charge.list_minor or 0 for charge in charges(known, until=until)), currency)}**")
    return [["what", "for", "days", *CURRENCIES], *found, total]


# A price, an invoice, credit notes, revenue, dunning ------------------------------------------------------------------


def of_price(facts: dict[str, Any]) -> list[list[str]]:
    part = Fraction(facts.get("part", "1"))
    found = [["quantity", *CURRENCIES]]
    for quantity in facts["quantities"]:
        row = [str(quantity)]
        for currency in CURRENCIES:
            lines = price_lines(price(facts["price"], currency), Decimal(str(quantity)), part=part)
            minors = [plain(line.minor, currency) for line in lines]
            whole = plain(sum(line.minor for line in lines), currency)
            row.append(whole if len(lines) == 1 else f"{' + '.join(minors)} = {whole}")
        found.append(row)
    return found


def treatment(rate: str) -> Treatment:
    return Treatment("S", Decimal(rate), "") if Decimal(rate) else Treatment("AE", Decimal(0), "reverse-charge")


def of_invoice(facts: dict[str, Any]) -> list[list[str]]:
    columns = []
    for currency in CURRENCIES:
        lines = [
            Line(name, read_amount(said[currency], currency), treatment(said["tax"]))
            for name, said in facts["lines"].items()
        ]
        off = [
            Discount(key, Decimal(said["percent"]))
            if "percent" in said
            else Discount(key, fixed=read_amount(said[currency], currency))
            for key, said in facts.get("discounts", {}).items()
        ]
        found = totals(lines, off)
        cells = [
            f"{plain(line.minor, currency)} → {plain(net, currency)}"
            for line, net in zip(lines, found.nets, strict=True)
        ]
        cells += [plain(-each.minor, currency) for each in found.offs]
        cells += [plain(found.net, currency)]
        cells += [f"{plain(each.tax, currency)} on {plain(each.base, currency)}" for each in found.taxes]
        columns.append([*cells, f"**{plain(found.total, currency)}**"])
    names = [*facts["lines"], *facts.get("discounts", {}), "net"]
    rates = {Decimal(said["tax"]): None for said in facts["lines"].values()}
    names += [f"tax {rate} %" for rate in rates]
    return [
        ["line", *CURRENCIES],
        *([name, one, other] for name, one, other in zip([*names, "**total**"], *columns, strict=True)),
    ]


def of_credit(facts: dict[str, Any]) -> list[list[str]]:
    columns = []
    for currency in CURRENCIES:
        billed = tuple(
            Billed(name, read_amount(said[currency], currency), "S", Decimal(said["tax"]))
            for name, said in facts["lines"].items()
        )
        invoice = Issued(billed, totals([Line(each.key, each.net, treatment(str(each.rate))) for each in billed]).taxes)
        tax = sum(each.tax for each in invoice.taxes)
        cells = [f"{plain(invoice.total - tax, currency)} + {plain(tax, currency)} = {plain(invoice.total, currency)}"]
        notes: list[CreditNote] = []
        for names in facts["notes"]:
            note = credit(
                invoice, notes, {name: next(each.net for each in billed if each.key == name) for name in names}
            )
            notes.append(note)
            cells.append(
                f"{plain(note.net, currency)} + {plain(note.total - note.net, currency)} = {plain(note.total, currency)}"
            )
        assert sum(note.total for note in notes) == invoice.total
        columns.append(cells)
    names = ["invoice", *(f"credit note over {', '.join(each)}" for each in facts["notes"])]
    return [["document", *CURRENCIES], *([name, one, other] for name, one, other in zip(names, *columns, strict=True))]


def of_revenue(facts: dict[str, Any]) -> list[list[str]]:
    columns = []
    for currency in CURRENCIES:

        def minors(which: str, currency: str = currency) -> dict[str, int]:
            return {
                name: mrr((read_amount(amount, currency), interval) for amount, interval in [said[currency]])
                for name, said in facts[which].items()
            }

        found = movement(minors("start"), minors("end"), set(facts.get("paid_before", ())))
        percents = [found.churn, found.gross_retention, found.net_retention]
        margin = read_amount(facts["margin"][currency], currency)
        worth = lifetime_value(margin, found.paying, found.account_churn)
        columns.append([
            *(plain(minor, currency) for minor in (
                found.start, found.new, found.reactivated, found.expansion, -found.contraction, -found.churned, found.end,
            )),
            *(f"{Decimal(100 * each.numerator) / each.denominator:.1f} %" for each in percents if each is not None),
            plain(worth or 0, currency),
        ])  # fmt: skip
    names = [
        "MRR at the start", "new", "reactivation", "expansion", "contraction", "churn", "MRR at the end", "churn rate", "gross retention",
        "net retention (NRR)", "lifetime value",
    ]  # fmt: skip
    return [["figure", *CURRENCIES], *([name, one, other] for name, one, other in zip(names, *columns, strict=True))]


def of_dunning(facts: dict[str, Any]) -> list[list[str]]:
    schedule = Schedule(
        tuple(facts["retries"]), tuple(facts["reminders"]), facts["grace"], facts["last_call"], facts["ending"]
    )
    by_day: dict[date, list[str]] = {}
    for step in steps(schedule, facts["due"], facts["zone"]):
        local = step.at.astimezone(ZoneInfo(facts["zone"]))
        assert local.time() == time(9)
        by_day.setdefault(local.date(), []).append(step.kind.replace("_", " "))
    return [
        ["day", "at 9:00 on", "what"],
        *([str((day - facts["due"]).days), short(day), ", ".join(kinds)] for day, kinds in by_day.items()),
    ]


def of_promised(facts: dict[str, Any]) -> list[list[str]]:
    zone, columns, rows = facts["zone"], [], []
    until = datetime.fromisoformat(facts["until"]).replace(tzinfo=ZoneInfo(zone))
    for currency in CURRENCIES:
        words = [
            (date.fromisoformat(day), read_amount(said[currency], currency), "month") for day, said in facts["promised"]
        ]
        spent = {date.fromisoformat(day): read_amount(said[currency], currency) for day, said in facts["spent"].items()}
        promised = [
            Promise(datetime.combine(day, time(), ZoneInfo(zone)), minor, currency, interval)
            for day, minor, interval in words
        ]
        found = list(stretches(promised, zone=zone, until=until))
        sums = [sum(minor for day, minor in spent.items() if each.days.first <= day < each.days.next) for each in found]
        told = [(each, sum_, each.missing(sum_)) for each, sum_ in zip(found, sums, strict=True)]
        # The second calculator agrees.
        assert [(each.days.first, each.days.next, each.minor, missing) for each, _sum, missing in told] == (
            missing_to_promises(words, spent, until.date())
        )
        rows = [
            [f"{short(each.days.first)} – {short(each.days.last)}", f"{each.days.count}/{each.of_days}"]
            for each in found
        ]
        columns.append([
            f"{plain(each.minor, currency)} − {plain(sum_, currency)} = {plain(missing, currency)}"
            for each, sum_, missing in told
        ])  # fmt: skip
    return [["for", "days", *CURRENCIES], *([*row, *cells] for row, *cells in zip(rows, *columns, strict=True))]


RECKONED: dict[str, Callable[[dict[str, Any]], list[list[str]]]] = {
    "account": of_account,
    "promised": of_promised,
    "price": of_price,
    "invoice": of_invoice,
    "credit": of_credit,
    "revenue": of_revenue,
    "dunning": of_dunning,
}


@pytest.mark.parametrize("example", examples(), ids=lambda each: f"{each.kind}: {each.title}")
def test_each_figure_in_the_document_is_reckoned_again(example: Example) -> None:
    assert example.table == RECKONED[example.kind](example.facts)


def test_each_block_of_facts_has_a_table() -> None:
    text = DOCUMENT.read_text()
    assert len(examples()) == text.count("```toml ") >= 20
    assert {example.kind for example in examples()} == set(RECKONED)


def test_what_is_written_in_the_text_is_right_as_well() -> None:
    """``59.00 × 14/30 = 27.53``: done again with the numbers as they are written."""
    found = re.findall(r"`(-?[\d.]+) × (\d+)/(\d+) = (-?[\d.]+)`", DOCUMENT.read_text())
    assert len(found) >= 8
    for amount, days, of, result in found:
        exact = Decimal(amount) * int(days) / int(of)
        assert exact.quantize(Decimal(result), ROUND_HALF_UP) == Decimal(result), (amount, days, of)


def test_a_figure_that_went_stale_is_found() -> None:
    example = next(each for each in examples() if each.kind == "account")
    spoiled = {
        **example.facts,
        "until": (datetime.fromisoformat(example.facts["until"]) - timedelta(days=40)).isoformat(),
    }
    assert RECKONED["account"](spoiled) != replace(example).table
