"""Tests that share an account of the demo run in one process, one after the other: the runner keeps its word on groups."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(6))
@pytest.mark.xdist_group("shared")
def test_it(number): pass

@pytest.mark.parametrize("number", range(6))
def test_others(number): pass
"""


def test_a_group_stays_in_one_process(tmp_path: Path) -> None:
    """Without it one test suspends the reseller that another works for: it looks as if the product failed now and then."""
    (tmp_path / "test_group.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "SUBLET_", "DJANGO_"))
    }
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "-p", "no:django"],
        cwd=tmp_path, env=clean, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ran_by = set(re.findall(r"\[(gw\d)\].* PASSED test_group\.py::test_it", ran.stdout))
    assert len(re.findall("PASSED", ran.stdout)) == 12
    assert len(ran_by) == 1, ran.stdout
