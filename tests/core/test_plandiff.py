"""What changes from one plan to another (`sublet.core.plandiff`)."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from sublet.core.manifest import Manifest, parse_manifest_bytes
from sublet.core.plandiff import GAINED, LOST, OTHER, Line, compare

PRODUCTS = Path(__file__).resolve().parents[2] / "examples" / "products"


def manifest(name: str) -> Manifest:
    return parse_manifest_bytes((PRODUCTS / f"{name}.toml").read_bytes(), file=name)


def lines(of: Manifest, before: str, after: str) -> list[Line]:
    return list(compare(of.plan(before), of.plan(after), of.features, of.meters))


def test_from_free_to_small_in_bookings() -> None:
    found = {(line.kind, line.key): line for line in lines(manifest("bookings"), "free", "small")}
    assert found["feature", "agendas"] == Line("feature", "agendas", 1, 2, GAINED)
    assert found["feature", "calendar_feed"] == Line("feature", "calendar_feed", False, True, GAINED)
    assert found["feature", "synchronization"] == Line("feature", "synchronization", "off", "one_way", GAINED)
    assert found["meter", "appointments"] == Line("meter", "appointments", 50, 500, GAINED, "grace")
    assert found["meter", "text_messages"] == Line("meter", "text_messages", 0, 50, GAINED, "block")


def test_no_limit_is_more_than_any() -> None:
    (line,) = [each for each in lines(manifest("bookings"), "unlimited", "medium") if each.key == "appointments"]
    assert (line.before, line.after, line.way) == (None, 3000, LOST)


@pytest.mark.parametrize("name", [path.stem for path in sorted(PRODUCTS.glob("*.toml"))])
def test_nothing_changes_to_itself_and_the_way_back_is_the_same_way(name: str) -> None:
    of = manifest(name)
    back = {GAINED: LOST, LOST: GAINED, OTHER: OTHER}
    for one, other in product([plan.key for plan in of.plans], repeat=2):
        there, again = lines(of, one, other), lines(of, other, one)
        if one == other:
            assert there == []
        assert [(each.key, each.before, each.after, each.way) for each in there] == [
            (each.key, each.after, each.before, back[each.way]) for each in again
        ]
