"""Opens a workbook and hands out its rows. Runs as a process of its own, by its path; imports nothing of ours.

Why a process: the reader fills every cell between the first and the last one, so a workbook of 6 kB with a word in A1 and
one in XFD1048576 asks for 500 GB – and the library aborts the process that asks. Here that ends a child.

Standard input: the workbook. One argument: the options as JSON. Standard output: pickles, first a dict of facts, then (mode
``rows``) lists of ``(line, cells)``, last None; a refusal is a tuple ``(code, params)`` and ends the stream.
"""

from __future__ import annotations

import io
import json
import pickle  # the other end takes dates only; see `workbooks`
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool | date | datetime | time | timedelta
Kept: TypeAlias = str | int | float | bool | date | datetime | time | None
BATCH = 500


class Refused(Exception):
    """A limit is passed, or there is nothing to read."""


def limit_this_process(memory: int, seconds: int) -> None:
    """From here on more memory or time than that ends this process. Where the system cannot, it goes unlimited."""
    try:
        import resource  # not on every system
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue


def kept(value: Value) -> Kept:
    """The value as a `Cell`: empty is None, whole numbers are ints, durations are text."""
    if value == "":
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, timedelta):
        return str(value)
    return value


def rows_of(lines: Iterator[list[Value]], options: dict[str, int]) -> Iterator[tuple[int, list[Kept]]]:
    """The rows that hold something, with their line, without the empty cells at their end."""
    count, most_length = 0, options["cell_length"]
    for line, values in enumerate(lines, 1):
        cells = [kept(value) for value in values]
        while cells and cells[-1] is None:
            cells.pop()
        if not cells:
            continue
        count += 1
        if count > options["rows"]:
            raise Refused("too-many-rows", {"limit": options["rows"]})
        if len(cells) > options["columns"]:
            raise Refused("too-many-columns", {"limit": options["columns"]})
        for cell in cells:
            if isinstance(cell, str) and len(cell) > most_length:
                raise Refused("cell-too-long", {"line": line, "limit": most_length})
        yield line, cells


def work(
    content: bytes, options: dict[str, int], wanted: str | None, mode: str, send: Callable[[object], None]
) -> None:
    """Open, choose the sheet, send. Without a wanted one it is the first visible sheet that holds something."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # only after the limits are set

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    names = [each.name for each in sheets]
    if wanted is not None and wanted not in names:
        raise Refused("no-such-sheet", {"sheet": wanted[:80]})
    visible = [each.name for each in sheets if each.visible == SheetVisibleEnum.Visible] or names
    for name in [wanted] if wanted is not None else visible:
        rows = rows_of(book.get_sheet_by_name(name).iter_rows(), options)
        first = next(rows, None)
        if first is None:
            continue
        if mode == "rows":
            send({"sheets": names, "sheet": name})
            batch = [first]
            for row in rows:
                batch.append(row)
                if len(batch) == BATCH:
                    send(batch)
                    batch = []
            send(batch)
            return
        sample, count, width = [first], 1, len(first[1])
        for row in rows:
            count += 1
            width = max(width, len(row[1]))
            if count <= options["sample"]:
                sample.append(row)
        send({"sheets": names, "sheet": name, "rows": count, "width": width, "sample": sample})
        return
    raise Refused("no-rows", {})


def main() -> None:
    asked = json.loads(sys.argv[1])
    content = sys.stdin.buffer.read()
    limit_this_process(asked["limits"]["memory"], asked["limits"]["seconds"])
    out = sys.stdout.buffer

    def send(message: object) -> None:
        out.write(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))

    try:
        work(content, asked["limits"], asked["sheet"], asked["mode"], send)
        send(None)
    except Refused as refused:
        send(refused.args)
    except MemoryError:
        send(("too-many-cells", {}))
    except BrokenPipeError:
        return
    except BaseException as error:  # the library's panics are no Exception; whatever it was, the file is to blame
        send(("encrypted" if "password" in f"{type(error).__name__} {error}".lower() else "broken", {}))
    out.flush()


if __name__ == "__main__":
    main()
