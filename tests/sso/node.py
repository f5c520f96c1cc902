"""A program that node runs beside the tests, and that answers questions: one line of JSON for each."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import playwright

#: The one that comes with the browser's driver.
NODE = Path(playwright.__file__).parent / "driver" / "node"


class Program:
    """The script, running."""

    def __init__(self, script: Path | str) -> None:
        self.process = subprocess.Popen([NODE, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, command: str, **given: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"command": command, **given}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer
