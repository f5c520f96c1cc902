"""A spreadsheet of signals: which column tells what, and what a line says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.manifest import parse_manifest
from sublet.core.signals import SignalValue
from sublet.core.signalsheets import CellFault, find_headings, guess_meanings, read_line
from tests.core.manifests import EXAMPLES

SENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SIGNALS = {
    signal.key: signal
    for signal in parse_manifest(
        next(path for path in EXAMPLES if path.stem == "app-builder").read_text(), file="a.toml"
    ).signals
}


def test_columns_are_known_by_key_and_by_name_in_any_language() -> None:
    italian = SIGNALS["downloads"].name.it
    assert guess_meanings(["Cliente", italian, "last_push_sent", "Data", "Note"], SIGNALS) == {
        0: "client", 1: "signal:downloads", 2: "signal:last_push_sent", 3: "at",
    }  # fmt: skip
    assert find_headings([["A list"], ["Client", "Downloads"], ["Bella", 3]], SIGNALS) == 1
    assert find_headings([["a", "b"], ["c", "d"]], SIGNALS) is None


def test_a_line_is_read_cell_by_cell() -> None:
    meanings = {0: "client", 1: "signal:downloads", 2: "signal:last_push_sent", 3: "signal:push_certificate_expires"}
    read = read_line(["Bella", "1.234", "2026-02-01", "1.12.2026"], meanings, SIGNALS, sent_at=SENT)
    assert (read.client, read.faults) == ("Bella", ())
    past, future = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    assert read.facts == (
        ("downloads", SENT, SignalValue(number=Decimal(1234))),
        ("last_push_sent", past, SignalValue(moment=past)),
        ("push_certificate_expires", SENT, SignalValue(moment=future)),
    )
    dated = read_line(["Bella", 3, "2026-02-28"], {0: "client", 1: "signal:downloads", 2: "at"}, SIGNALS, sent_at=SENT)
    assert [at for _key, at, _value in dated.facts] == [datetime(2026, 2, 28, tzinfo=UTC)]


def test_a_faulty_cell_tells_nothing_and_leaves_the_others() -> None:
    meanings = {0: "client", 1: "signal:downloads", 2: "signal:store_version"}
    read = read_line(["", "many", "2.1"], meanings, SIGNALS, sent_at=SENT)
    assert read.faults == (CellFault("no-client", 0), CellFault("wrong-value", 1, "number", "many"))
    assert [key for key, _at, _value in read.facts] == ["store_version"]


cells = st.one_of(
    st.none(), st.text(max_size=12), st.integers(-5, 10**6), st.booleans(), st.sampled_from(["3", "2026-01-01", "sì"])
)


@given(st.lists(st.one_of(cells, st.sampled_from([*SIGNALS, "Client", "Name", "Date"])), max_size=12))
def test_no_meaning_is_given_twice(headings: list[object]) -> None:
    found = guess_meanings(headings, SIGNALS)  # type: ignore[arg-type]  # as a sheet gives them
    assert len(set(found.values())) == len(found)
    assert set(found) <= set(range(len(headings)))


@given(st.lists(cells, max_size=6), st.lists(st.sampled_from([*SIGNALS]), max_size=5, unique=True))
def test_a_line_tells_nothing_that_its_cells_do_not_hold(line: list[object], keys: list[str]) -> None:
    meanings = {0: "client"} | {column: f"signal:{key}" for column, key in enumerate(keys, start=1)}
    read = read_line(line, meanings, SIGNALS, sent_at=SENT)  # type: ignore[arg-type]  # as a sheet gives them
    filled = {column for column, cell in enumerate(line) if cell is not None and str(cell).strip()}
    assert len(read.facts) + sum(fault.code == "wrong-value" for fault in read.faults) <= len(filled)
    assert {key for key, _at, _value in read.facts} <= set(keys)
    assert all(at <= SENT for _key, at, _value in read.facts)
