"""What the browser of a killed scan takes away: its own folder, and never what others keep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path


def test_a_folder_that_is_gone_already_takes_no_other_along(tmp_path: Path) -> None:
    others, own = tmp_path / "machine", tmp_path / "own"
    for folder in (others, own):
        folder.mkdir()
        (folder / "kept").write_text("x")
    command = "import sys; from sublet.proof.rendering import _end_with; _end_with(-1, sys.argv[1])"
    for _time in ("there", "gone"):
        done = subprocess.run(
            [sys.executable, "-c", command, str(own)], start_new_session=True, env=os.environ | {"TMPDIR": str(others)},
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL
        assert not own.exists()
        assert (others / "kept").exists()
