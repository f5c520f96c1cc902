"""Processes that are killed while they seal the journal: what is sealed holds, and the next one goes on from there."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.installation import installed


@pytest.mark.slow
def test_a_sealer_killed_at_any_moment_leaves_whole_chains(tmp_path: Path) -> None:
    with installed(tmp_path, "seals") as there:
        told = json.loads(there.run("tests.foundation.sealing"))
    codes = [code for code, _left, _after in told]
    assert codes == [-signal.SIGKILL] * (len(told) - 1) + [0]  # each statement of a run was somebody's last
    assert len(told) > 15
    assert {(broken, too_many) for _code, (_waiting, broken, too_many), _after in told} == {(0, 0)}
    left = {waiting for _code, (waiting, _broken, _too_many), _after in told}
    assert left > {0, 9}  # some died before, some after, and some between the transactions of one run
    assert [after for _code, _left, after in told] == [[0, 0, 0]] * len(told)
