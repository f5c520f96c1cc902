"""C3: a promotion that three may take, and many who take it in the same moment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.installation import installed
from tests.pricing.processes import MOST
from tests.thorough import FULL

pytestmark = pytest.mark.slow


def told(folder: Path, command: str, processes: int) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    with installed(folder, command) as there:
        found: dict[str, Any] = json.loads(there.run("tests.pricing.processes", command, str(processes)))
        return found


def test_exactly_so_many_take_it_as_may(tmp_path: Path) -> None:
    processes = 20 if FULL else 8
    assert told(tmp_path, "race", processes) == {
        "told": {"taken": MOST, "used-up": processes - MOST}, "taken": MOST, "journal": MOST,
    }  # fmt: skip


def test_who_looks_and_then_writes_gives_it_to_more(tmp_path: Path) -> None:
    """The positive control."""
    assert told(tmp_path, "naive", 8)["taken"] > MOST
