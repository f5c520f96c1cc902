"""``python -m bench [name …]``: run the benchmarks (all, or those named) and print one line for each figure.

Each module `bench.<name>` has ``main() -> Iterator[str]`` and runs in a process of its own. A line is
``P6.sqlite.10000 ratio_floor=1.004 goal=1.03 …``: a name, then ``key=value``. All lines are kept in ``var/bench.json``, so
that a later run of one benchmark leaves the figures of the others. SQLite unless SUBLET_DATABASE_URL names a PostgreSQL
(``python tests/postgres.py run python -m bench``).
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE.parent / "var" / "bench.json"
IN_THIS_PROCESS = "--here"


def names() -> list[str]:
    """All benchmarks, in order."""
    return sorted(file.stem for file in HERE.glob("p[0-9]*_*.py"))


def chosen(words: list[str]) -> list[str]:
    """The benchmarks whose names begin with one of the words; all without any."""
    found = [name for name in names() if not words or any(name.startswith(word) for word in words)]
    if not found:
        sys.exit(f"There is no benchmark of that name. There are: {', '.join(names())}.")
    return found


def parsed(line: str) -> tuple[str, dict[str, float | str]]:
    """A line as its name and its figures."""
    name, *pairs = line.split()
    figures: dict[str, float | str] = {}
    for key, _equals, value in (pair.partition("=") for pair in pairs):
        try:
            figures[key] = float(value)
        except ValueError:
            figures[key] = value
    return name, figures


def keep(lines: list[str]) -> None:
    """Add the lines to what was kept before."""
    KEPT.parent.mkdir(exist_ok=True)
    try:
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    kept |= dict(parsed(line) for line in lines)
    KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def run_here(name: str) -> None:
    """Run one benchmark in this process."""
    lines = []
    for line in importlib.import_module(f"bench.{name}").main():
        print(line, flush=True)
        lines.append(line)
    keep(lines)


def main(arguments: list[str]) -> int:
    """Run what was asked for; 1 when any of it failed."""
    if arguments[:1] == [IN_THIS_PROCESS]:
        run_here(arguments[1])
        return 0
    failed = [
        name
        for name in chosen(arguments)
        if subprocess.run([sys.executable, "-m", "bench", IN_THIS_PROCESS, name], check=False).returncode
    ]
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
