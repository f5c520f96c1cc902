"""Processes that are killed while they move a clock: the sandbox comes to the same as one that was moved in peace."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from tests.installation import installed


@pytest.mark.slow
def test_a_move_killed_at_any_point_goes_on_to_the_same(tmp_path: Path, empty_file: Path) -> None:
    with installed(tmp_path, "killed_sandbox") as there:
        (tmp_path / "sandboxes").mkdir(mode=0o700)
        shutil.copy(empty_file, tmp_path / "sandboxes")
        told = json.loads(there.run("tests.sandboxes.killed"))
    *killed, last = told["ended"]
    assert {point for point, _code in killed} == {"child", "before", "after"}
    assert {code for _point, code in killed} == {-signal.SIGKILL}  # positive control: each of them died
    assert last[1] == 0
    assert len(told["peace"]["lines"]) > 8
    assert told["war"] == told["peace"]
    assert told["war"]["places"] == list(range(1, len(told["war"]["lines"]) + 1))
    assert (told["war"]["state"], told["war"]["moves"]) == ("ready", ["done"])
    assert told["left"] == 0
