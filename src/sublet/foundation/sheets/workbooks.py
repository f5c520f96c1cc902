"""A workbook's rows, from the process that opens it (`workbook_child`)."""

from __future__ import annotations

import io
import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, cast

from sublet.core.cells import Cell
from sublet.foundation.sheets.refusals import CannotReadSheet, Limits

_CHILD = Path(__file__).with_name("workbook_child.py")
_KNOWN: Mapping[tuple[str, str], type] = {
    ("datetime", "date"): date,
    ("datetime", "datetime"): datetime,
    ("datetime", "time"): time,
}


@dataclass(frozen=True, slots=True)
class Survey:
    """What a workbook holds: its sheets, the one chosen, how many rows and columns that has, its first rows."""

    sheets: tuple[str, ...]
    sheet: str
    rows: int
    width: int
    sample: tuple[tuple[int, list[Cell]], ...]


def survey_workbook(content: bytes | Path, *, sheet: str | None, sample: int, limits: Limits) -> Survey:
    """Read the whole sheet once and keep the first `sample` rows. Raises CannotReadSheet."""
    messages = _messages(content, mode="survey", sheet=sheet, sample=sample, limits=limits)
    try:
        facts = cast("dict[str, object]", next(messages))
        return Survey(
            sheets=tuple(cast("list[str]", facts["sheets"])),
            sheet=cast("str", facts["sheet"]),
            rows=cast("int", facts["rows"]),
            width=cast("int", facts["width"]),
            sample=tuple(cast("list[tuple[int, list[Cell]]]", facts["sample"])),
        )
    finally:
        messages.close()


def workbook_rows(content: bytes | Path, *, sheet: str | None, limits: Limits) -> Iterator[tuple[int, list[Cell]]]:
    """``(line, cells)`` of each row that holds something. Raises CannotReadSheet, perhaps on the way."""
    messages = _messages(content, mode="rows", sheet=sheet, sample=0, limits=limits)
    try:
        next(messages)
        for batch in messages:
            yield from cast("list[tuple[int, list[Cell]]]", batch)
    finally:
        messages.close()


class _DatesOnly(pickle.Unpickler):
    """Texts, numbers, lists and dates; nothing that could run."""

    def find_class(self, module: str, name: str) -> type:
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name}") from None


def _messages(content: bytes | Path, *, mode: str, sheet: str | None, sample: int, limits: Limits) -> _Messages:
    options = json.dumps({"mode": mode, "sheet": sheet, "limits": asdict(limits) | {"sample": sample}})
    # -I: neither the caller's folder nor its environment decide what the child imports.
    command = [sys.executable, "-I", str(_CHILD), options]
    return _Messages(command, content)


class _Messages(Iterator[object]):
    """What the child sends. Closing ends the child."""

    def __init__(self, command: list[str], content: bytes | Path) -> None:
        source: IO[bytes] | int = content.open("rb") if isinstance(content, Path) else subprocess.PIPE
        try:
            self._child = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        finally:
            if not isinstance(source, int):
                source.close()
        if isinstance(content, bytes) and self._child.stdin is not None:
            # The child reads all of it before it writes a byte, so neither waits for the other.
            try:
                with self._child.stdin as pipe:
                    pipe.write(content)
            except BrokenPipeError:
                pass
        self._pipe = cast("io.BufferedReader", self._child.stdout)

    def __next__(self) -> object:
        try:
            message = _DatesOnly(self._pipe).load()
        except (EOFError, pickle.UnpicklingError, ValueError):
            raise self._refusal() from None
        if message is None:
            self.close()
            raise StopIteration
        if isinstance(message, tuple):
            self.close()
            code, params = message
            raise CannotReadSheet(code, **params)
        return cast("object", message)

    def _refusal(self) -> CannotReadSheet:
        """The child died without a word: its memory or its time was at an end, or the library fell over."""
        self._pipe.close()
        code = self._child.wait()
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return CannotReadSheet("too-slow")
        return CannotReadSheet("too-many-cells" if code in (-signal.SIGABRT, -signal.SIGSEGV) else "broken")

    def close(self) -> None:
        """End the child, wherever it is."""
        self._pipe.close()
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
