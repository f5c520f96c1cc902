"""Processes that are killed while they act by the schedule: a step is whole or not there, and is done once."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.installation import installed


@pytest.mark.slow
def test_a_step_killed_at_any_change_is_whole_or_not_there(tmp_path: Path) -> None:
    with installed(tmp_path, "killed_dunning") as there:
        told = json.loads(there.run("tests.billing.killed_dunning"))
    assert list(told) == ["reminder", "last-call", "pause", "settle"]
    for name, (before, left, (code, after), again) in told.items():
        assert len(left) >= 3, name
        assert left == [[-signal.SIGKILL, before]] * len(left), name
        assert (code, after != before) == (-signal.SIGKILL, True), name
        assert again == [0, after], name  # whoever comes again adds nothing
    steps = [after["dunning_step"] for _before, _left, (_code, after), _again in told.values()]
    assert steps == [1, 3, 4, 4]
    _before, _left, (_code, after), _again = told["settle"]
    assert (after.get("holds", 0), after["settled"]) == (0, 1)
