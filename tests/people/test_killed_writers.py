"""Processes that are killed while somebody gets in: nothing is half, and who tries again does nothing twice."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.installation import installed


@pytest.mark.slow
def test_a_write_killed_at_any_change_is_whole_or_not_there(tmp_path: Path) -> None:
    with installed(tmp_path, "killed") as there:
        told = json.loads(there.run("tests.people.killed"))
    assert list(told) == ["accept", "link", "approve", "rotate"]
    for name, (before, left, (code, after), again) in told.items():
        assert len(left) >= 3, name
        assert left == [[-signal.SIGKILL, before]] * len(left), name
        assert (code, after != before) == (-signal.SIGKILL, True), name
        assert after["journal"] == before["journal"] + 1, name  # one write, one entry
        # Whoever saw no answer tries again: it is done already. Another secret is another one, each time.
        assert again is None or again[1] == after, name
