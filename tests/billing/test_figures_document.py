"""The tables of docs/howto/figures.md, reckoned again through the ledger and the job that keeps the figures."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from sublet.accounts.models import Account
from sublet.billing.operations import enter_effort, keep_figures
from sublet.billing.queries.figures import Figures, figures
from sublet.billing.queries.profit import profit_of
from sublet.core.margin import percent_of
from sublet.core.money import plain, read_amount
from sublet.core.periods import plus_months
from tests import factories
from tests.billing.rows import make_entry
from tests.billing.selling import day, installation
from tests.people import World

pytestmark = pytest.mark.django_db

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "figures.md").read_text()


def block(name: str) -> dict[str, Any]:
    found = re.search(rf"```toml {name}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return tomllib.loads(found[1])


def tables(first: str) -> list[list[list[str]]]:
    """The rows of each table whose first head that is."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()]
        if rows[0][0] == first:
            found.append(rows[2:])
    return found


def euro(text: str) -> int:
    return read_amount(text, "EUR")


@pytest.fixture
def portfolio(world: World) -> dict[str, Account]:
    """The clients of the page, charged in advance as it says."""
    said = block("portfolio")
    until = date.fromisoformat(said["until"])
    clients: dict[str, Account] = {}
    for name, interval, retail, listed, begins, ends in said["held"]:
        client = clients.get(name) or factories.make_client(world.rosa, name)
        clients[name] = client
        first, last = date.fromisoformat(begins), date.fromisoformat(ends) if ends else until
        while first < last and first <= until:
            after = plus_months(first, 12 if interval == "year" else 1)
            about: dict[str, Any] = {
                "client": client, "first_day": first, "last_day": date.fromordinal(after.toordinal() - 1),
                "days": (after - first).days, "of_days": (after - first).days, "due_at": day(first.isoformat(), hour=0),
            }  # fmt: skip
            make_entry(world.rosa, client, euro(retail), **about)
            make_entry(world.vendor, world.rosa, euro(listed), **about)
            first = after
    keep_figures(actor=installation(), at=day(said["until"]))
    return clients


def written(told: Figures) -> list[list[str]]:
    def percent(part: Fraction | None) -> str:
        found = None if part is None else percent_of(part.numerator, part.denominator)
        return "–" if found is None else str(found)

    rows = []
    for each in told.months:
        moved = each.moved
        assert each.margin is not None
        minors = (
            moved.start, moved.new, moved.reactivated, moved.expansion, moved.contraction, moved.churned, moved.end, each.margin
        )  # fmt: skip
        amounts = [plain(minor, "EUR") for minor in minors]
        rows.append([f"{each.month:%Y-%m}", *amounts, percent(moved.churn), percent(moved.net_retention)])
    return rows


def test_the_tables_of_figures_are_what_is_kept(world: World, portfolio: dict[str, Account]) -> None:
    at = day(block("portfolio")["until"])
    retail, wholesale = tables("month")
    with world.scope("rosa") as rosa:
        told = figures(rosa, at=at)
    assert written(told) == retail
    assert told.worth is not None
    assert f"**lifetime value {plain(told.worth, 'EUR')}**" in PAGE.replace("\n", " ")
    with world.scope("vera") as vera:
        assert written(figures(vera, at=at)) == wholesale


def test_the_table_of_what_a_client_leaves_is_what_the_page_shows(world: World, portfolio: dict[str, Account]) -> None:
    said = block("profit")
    client, month, at = (
        portfolio[said["client"]],
        date.fromisoformat(said["month"] + "-01"),
        day(block("portfolio")["until"]),
    )
    with world.scope("rosa") as rosa:
        for kind, minutes, amount in said["efforts"]:
            money: dict[str, Any] = {"rate" if kind == "time" else "amount": euro(amount)}
            enter_effort(client=client.ref, kind=kind, day=month, minutes=minutes, actor=rosa, at=at, **money)
        told = next(each for each in profit_of(rosa, client.ref, at=at).months if each.month == month)
    amounts = [plain(minor, "EUR") for minor in (told.revenue, told.wholesale, told.effort, told.margin)]
    assert tables("revenue") == [[[*amounts, str(told.share)]]]
    assert told.share == Decimal("7.9")
