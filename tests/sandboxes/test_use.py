"""Use in a sandbox: said for a client, counted when the clock moves on, with the limits and the money that come of it."""

from __future__ import annotations

import pytest

from sublet.metering.models import UsageEvent
from sublet.sandboxes import operations, queries
from sublet.sandboxes.models import Sandbox
from sublet.sandboxes.operations import CannotMoveSandbox
from tests.people import AT, World
from tests.sandboxes.portfolio import begin, furnished, move


def said(world: World, row: Sandbox, units: int, meter: str = "appointments", client: str = "carl") -> None:
    with world.scope("rosa") as rosa:
        ref = getattr(world, client).ref
        operations.set_use(ref=row.ref, client=ref, meter=meter, units=units, actor=rosa, at=AT)


def lines(world: World, row: Sandbox) -> list[tuple[str, str]]:
    with world.scope("rosa") as rosa:
        found = queries.timeline_of(rosa, row.ref, group="use", size=500).rows
        return [(each.event, queries.sentence_of_line(each)) for each in found]


def test_what_is_used_crosses_limits_and_costs(world: World) -> None:
    with furnished(world):
        row = move(world, begin(world), until="2026-04-02")
        said(world, row, 7)
        said(world, row, 3200)  # the last word holds; 3000 are included
        said(world, row, 300, "text_messages")  # 200 are included, each further one is 0.09
        said(world, row, 5, client="elan")
        said(world, row, 0, client="elan")
        waits = [(world.carl.ref, "appointments", 3200), (world.carl.ref, "text_messages", 300)]
        assert queries.shown(Sandbox.unscoped.get(id=row.id)).uses == waits
        row = move(world, row, until="2026-06-03")
    assert row.uses == []
    told = lines(world, row)
    assert [each for each in told if each[0] == "sandbox.used"] == [
        ("sandbox.used", "“Carl’s Kitchen” used Appointments: 3,200."),
        ("sandbox.used", "“Carl’s Kitchen” used Text messages: 300."),
    ]
    crossed = [sentence for event, sentence in told if event == "limit.threshold_crossed"]
    assert len(crossed) == 2, crossed
    with world.scope("rosa") as rosa:
        billed = {
            (each.book, line[0]): line[3]
            for each in queries.invoices_of(rosa, row.ref)
            for line in each.lines
            if line[0] not in {"Care", "medium"}
        }
    # 100 x 0.09 = 9.00; half as much again 13.50; less 20 % 7.20
    assert billed == {("retail", "text_messages"): 1350, ("wholesale", "text_messages"): 720}
    assert not UsageEvent.unscoped.exists()  # nobody has used anything


@pytest.mark.parametrize(
    ("meter", "units", "code"),
    [("nothing", 1, "unknown-meter"), ("appointments", -1, "units"), ("appointments", 10**10, "units")],
)
def test_what_makes_no_sense_is_refused(world: World, meter: str, units: int, code: str) -> None:
    with furnished(world):
        row = begin(world)
        with pytest.raises(CannotMoveSandbox) as refused:
            said(world, row, units, meter)
    assert refused.value.code == code
