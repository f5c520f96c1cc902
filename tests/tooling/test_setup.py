"""What a newcomer meets whose machine lacks something: one sentence, before anything is made."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def set_up_in(folder: Path, *, python: Path) -> subprocess.CompletedProcess[str]:
    """`make check` in a clone that has no environment yet, with that Python."""
    (folder / "scripts").mkdir()
    for name in ("pyproject.toml", "scripts/do.sh"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    return subprocess.run(
        ["sh", "scripts/do.sh", "check"], cwd=folder, capture_output=True, text=True, timeout=60,
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(python)},
    )  # fmt: skip


def test_a_python_that_is_too_old_is_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    clone = tmp_path / "clone"
    clone.mkdir()

    told = set_up_in(clone, python=old)

    assert told.returncode == 1
    assert told.stderr == f"Sublet needs Python 3.11 or newer, and PYTHON={old} is not one.\n"
    assert not (clone / ".venv").exists()
