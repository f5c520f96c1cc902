"""The chain of hashes: whole when nobody touched it, broken at the right place when somebody did."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.chain import (
    CHANGED,
    GRACE,
    INSERTED,
    MISSING,
    REORDERED,
    Found,
    Seal,
    Walk,
    beginning,
    entry_hash,
    linked,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACCOUNT = 7


def fields(number: int) -> dict[str, Any]:
    return {"id": uuid.UUID(int=number + 1), "at": AT + timedelta(minutes=number), "data": {"n": number}, "reason": ""}


def chain(numbers: list[int], cuts: frozenset[int] = frozenset()) -> tuple[list[Seal], dict[uuid.UUID, Found]]:
    """Seals and entries; a new run of the sealer begins at each cut."""
    seals, entries, before, at = [], {}, beginning(ACCOUNT), AT + timedelta(hours=1)
    for position, number in enumerate(numbers, 1):
        if position in cuts:
            at += timedelta(minutes=1)
        entry = fields(number)
        hashed = entry_hash(entry)
        before = linked(before, position, entry["id"], hashed)
        seals.append(Seal(position, entry["id"], hashed, before, at))
        entries[entry["id"]] = Found(hashed, entry["at"])
    return seals, entries


def first_break(seals: list[Seal], entries: dict[uuid.UUID, Found]) -> tuple[int, str] | None:
    walk = Walk(ACCOUNT)
    for seal in seals:
        if kind := walk.step(seal, entries.get(seal.entry_id)):
            return walk.position + 1, kind
    return None


sizes = st.integers(2, 12)


@given(st.permutations(range(8)), st.frozensets(st.integers(1, 8)))
def test_a_chain_that_nobody_touched_has_no_break(numbers: list[int], cuts: frozenset[int]) -> None:
    assert first_break(*chain(numbers, cuts)) is None


@given(sizes, st.data())
def test_a_changed_entry_is_named(size: int, data: st.DataObject) -> None:
    seals, entries = chain(list(range(size)))
    at = data.draw(st.integers(0, size - 1))
    entries[seals[at].entry_id] = Found(entry_hash(fields(at) | {"reason": "another"}), AT)

    assert first_break(seals, entries) == (at + 1, CHANGED)


@given(sizes, st.data())
def test_a_missing_entry_or_seal_is_named(size: int, data: st.DataObject) -> None:
    seals, entries = chain(list(range(size)))
    at = data.draw(st.integers(0, size - 2))
    without = {key: found for key, found in entries.items() if key != seals[at].entry_id}

    assert first_break(seals, without) == (at + 1, MISSING)
    assert first_break(seals[:at] + seals[at + 1 :], entries) == (at + 1, MISSING)


@given(sizes, st.data())
def test_exchanged_seals_are_named(size: int, data: st.DataObject) -> None:
    seals, entries = chain(list(range(size)))
    at = data.draw(st.integers(0, size - 2))
    one, other = seals[at], seals[at + 1]
    seals[at : at + 2] = [
        replace(one, entry_id=other.entry_id, entry_hash=other.entry_hash),
        replace(other, entry_id=one.entry_id, entry_hash=one.entry_hash),
    ]

    assert first_break(seals, entries) == (at + 1, REORDERED)


@given(sizes, st.data())
def test_an_entry_that_was_put_between_breaks_all_that_follow(size: int, data: st.DataObject) -> None:
    """Whoever adds a seal must number those behind it anew, and their hashes do not fit any more."""
    seals, entries = chain(list(range(size)))
    at = data.draw(st.integers(0, size - 1))
    entry = fields(99)
    before = seals[at - 1].chain_hash if at else beginning(ACCOUNT)
    hashed = entry_hash(entry)
    added = Seal(at + 1, entry["id"], hashed, linked(before, at + 1, entry["id"], hashed), AT + timedelta(hours=1))
    entries[entry["id"]] = Found(hashed, entry["at"])
    moved = [replace(seal, position=seal.position + 1) for seal in seals[at:]]

    assert first_break([*seals[:at], added, *moved], entries) == (at + 2, REORDERED)


def test_an_entry_of_a_time_long_sealed_is_named() -> None:
    seals, entries = chain([0, 1, 2], frozenset({3}))
    entries[seals[2].entry_id] = replace(entries[seals[2].entry_id], at=seals[1].sealed_at - GRACE)
    assert first_break(seals, entries) is None

    entries[seals[2].entry_id] = replace(
        entries[seals[2].entry_id], at=seals[1].sealed_at - GRACE - timedelta(seconds=1)
    )
    assert first_break(seals, entries) == (3, INSERTED)


def test_what_does_not_change_a_hash() -> None:
    """The zone in which an instant is written, the order of keys, and columns that are added with an empty default."""
    entry = {"at": AT, "data": {"a": 1, "b": "ë"}, "id": uuid.UUID(int=1)}
    same = {"data": {"b": "ë", "a": 1}, "id": uuid.UUID(int=1), "at": AT.astimezone(timezone(timedelta(hours=2)))}

    assert entry_hash(entry) == entry_hash(same | {"added": "", "later": None, "more": {}})
    assert entry_hash(entry) != entry_hash(entry | {"data": {"a": 1, "b": "e"}})


def test_the_form_is_fixed() -> None:
    """A chain that was sealed by an earlier version must hold for ever: these are its bytes."""
    entry = {"account_id": 7, "id": uuid.UUID(int=1), "at": AT, "data": {"name": "Élan", "n": 1}, "reason": ""}

    assert entry_hash(entry).hex() == "4241c8362123c245b45b691f8cdf46a88cc53c5845487648b98e4aed0f645884"
    assert (
        linked(beginning(7), 1, uuid.UUID(int=1), entry_hash(entry)).hex()
        == "c4be25a06126d90e0497e6421f85c2d53f9e1c5f7ebc5bf30975108416b7259c"
    )


def test_a_value_without_a_form_is_refused() -> None:
    with pytest.raises(TypeError):
        entry_hash({"data": object()})
