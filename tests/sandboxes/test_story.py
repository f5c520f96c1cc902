"""A year of Rosa's and Carl's in a sandbox: the trial ends, he upgrades, his card fails, what follows, contracts renew and end.

docs/howto/sandbox.md tells the same year: its tables are what happens here, line by line and to the cent.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sublet.core.money import plain
from sublet.sandboxes import operations, queries
from sublet.sandboxes.models import Sandbox, SandboxInvoice
from tests.people import AT, World
from tests.sandboxes.portfolio import begin, furnished, move, moves

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DOCUMENT = Path(__file__).parents[2] / "docs/howto/sandbox.md"
#: What only says that something has begun.
BEGINS = "payment.started"


def written(heading: str) -> list[list[str]]:
    """The rows of the table below that heading of the document, cell by cell."""
    part = DOCUMENT.read_text(encoding="utf-8").partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[2:]]


def happened(world: World, row: Sandbox) -> list[list[str]]:
    with world.scope("rosa") as rosa:
        lines = queries.timeline_of(rosa, row.ref, size=5000).rows
    return [[f"{each.day}", each.event] for each in lines if each.event != BEGINS]


def reckoned(world: World, row: Sandbox) -> list[list[str]]:
    def lines(invoice: SandboxInvoice) -> str:
        found = queries.lines_of_invoice(invoice)
        return ", ".join(
            f"{each['item']} {plain(each['net'], 'EUR')}" for each in sorted(found, key=lambda each: -each["net"])
        )

    with world.scope("rosa") as rosa:
        return [
            [each.number, f"{each.issued_on}", lines(each), plain(each.gross_minor, "EUR"), each.state]
            for each in sorted(queries.invoices_of(rosa, row.ref), key=lambda each: (f"{each.issued_on}", each.number))
        ]


def test_a_year_of_a_portfolio(world: World) -> None:
    with furnished(world):
        row = begin(world)
        assert (row.state, row.clock) == ("ready", AT)
        row = move(world, row, until="2026-07-01")
        with world.scope("rosa") as rosa:
            operations.set_declined_cards(ref=row.ref, declines=[world.carl.ref], actor=rosa, at=AT)
        row = move(world, row, until="2026-09-06")
        with world.scope("rosa") as rosa:
            operations.set_declined_cards(ref=row.ref, declines=[], actor=rosa, at=AT)
        row = move(world, row, until="2027-03-02")
    assert happened(world, row) == [each[:2] for each in written("What happened")]
    assert reckoned(world, row) == written("What was invoiced")
    assert [each.state for each in moves(row)] == ["done"] * 3
    shown = queries.shown(row)
    assert (shown.dead, shown.standing[0]) == (0, {"trial": 1, "plan": 0, "paused": 0, "none": 2})
    assert shown.standing[1] == {"trial": 0, "plan": 0, "paused": 1, "none": 2}
    [retail, _wholesale] = shown.money
    with world.scope("rosa") as rosa:
        made = [each for each in queries.invoices_of(rosa, row.ref) if each.book == "retail"]
        mails = [mail.template for mail in queries.mails_of(rosa, row.ref, size=500).rows]
    assert retail["invoiced"] == sum(each.gross_minor for each in made)
    assert retail["paid"] == sum(each.gross_minor for each in made if each.state == "paid")
    assert retail["open_now"] == retail["overdue_now"] == sum(each.open_minor for each in made) == 15067
    assert mails == [
        "trial-ending", "trial-ending", "trial-ended", "invoice-reminder", "invoice-reminder", "invoice-reminder",
        "invoice-last-call", "invoice-paused", "invoice-reminder",
    ]  # fmt: skip


def test_the_next_event_and_the_one_after_it(world: World) -> None:
    """Each step stops at the first thing that happens; nothing is told twice, and none is left out."""
    with furnished(world):
        row = begin(world)
        clocks = []
        for _step in range(4):
            row = move(world, row, "next")
            clocks.append(f"{row.clock:%Y-%m-%d %H:%M}")
    assert clocks == ["2026-03-03 00:05", "2026-03-07 08:00", "2026-03-09 08:00", "2026-03-09 09:30"]
    assert happened(world, row) == [
        ["2026-03-03", "invoice.issued"], ["2026-03-03", "payment.succeeded"], ["2026-03-07", "trial.reminded"],
        ["2026-03-09", "trial.reminded"], ["2026-03-09", "trial.ended"],
    ]  # fmt: skip
    assert [f"{each.target:%Y-%m-%d %H:%M}" for each in moves(row)] == clocks
