"""A year of Rosa's and Carl's in a sandbox: the trial ends, he upgrades, his card fails, what follows, contracts renew and end."""

from __future__ import annotations

from collections import Counter as Times

import pytest

from sublet.sandboxes import operations, queries
from tests.people import AT, World
from tests.sandboxes import begin, furnished, move, seen, told

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_year_of_a_portfolio(world: World) -> None:
    with furnished(world):
        row = begin(world)
        assert (row.state, row.clock) == ("ready", AT)
        row = move(world, row, until="2026-07-01")
        print(told(world, row))
        with world.scope("rosa") as rosa:
            for each in queries.invoices_of(rosa, row.ref):
                print(
                    each.number,
                    each.book,
                    each.state,
                    each.issued_on,
                    each.due_on,
                    each.gross_minor,
                    each.open_minor,
                    each.lines,
                )
            for mail in queries.mails_of(rosa, row.ref).rows:
                print(mail.at, mail.template, mail.to_name, mail.subject)
            operations.set_declined_cards(ref=row.ref, declines=[world.carl.ref], actor=rosa, at=AT)
        row = move(world, row, until="2027-03-02")
        print(row.found)
        print(told(world, row))
        print(Times(event for _day, event in told(world, row)), seen)
        raise AssertionError
