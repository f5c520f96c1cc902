"""Processes that are killed while an account moves: it stands wholly here or wholly there, and a merge goes on where it was."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.installation import installed


@pytest.mark.slow
def test_a_move_killed_at_any_change_is_whole_or_not_there(tmp_path: Path) -> None:
    with installed(tmp_path, "moves") as there:
        told = json.loads(there.run("tests.moves.killed"))
    for name in ("detach", "approve"):
        before, left, (code, after) = told[name]
        assert len(left) >= 10, name
        assert left == [[-signal.SIGKILL, before]] * len(left), name
        assert (code, after["done"]) == (-signal.SIGKILL, before.get("done", 0) + 1), name
        assert after["with rosa"] == before["with rosa"] - 1, name
    merge = told["merge"]
    first, *killed = merge["steps"]
    whole = first["with rosa"] + first["with remo"]
    for code, rows in killed:
        assert code == -signal.SIGKILL
        assert rows.get("with rosa", 0) + rows["with remo"] == whole  # each client with one of the two
        assert rows.get("with rosa", 0) % 2 == first["with rosa"] % 2  # and whole batches only
    assert any(0 < rows.get("with rosa", 0) < first["with rosa"] for _code, rows in killed)
    assert (merge["last"][0], merge["lost"], merge["left"], merge["state"]) == (0, [], 0, ["closed", ""])
    assert merge["orphans"] == []
