"""What can be ordered: the empty tables, a copy in them, a move of the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.core.management import call_command
from django.db import connection

from sublet.foundation import clock
from sublet.sandboxes.engine import clockwork, loading, processor, telling, using

Order = Mapping[str, Any]
Told = dict[str, Any]


def do(order: Order, folder: Path) -> Told:
    """Do it; what is told of it as plain values."""
    with connection.cursor() as cursor:  # past the scope: the file as such, no rows
        cursor.execute("PRAGMA synchronous=OFF")  # whoever is killed begins with the file as it was packed last
    told = _DOING[order["do"]](order, folder)
    _close()
    return told


def _empty(_order: Order, _folder: Path) -> Told:
    call_command("migrate", verbosity=0, interactive=False)
    return {}


def _copy(order: Order, folder: Path) -> Told:
    at = datetime.fromisoformat(order["at"])
    clock.stand_at(at)
    counts = loading.load(folder / "rows.jsonl")
    loading.wake_all(at=at)
    told = telling.standing(order["owner"], at=at)
    return {**told, "rows": counts, "copied": telling.copied(order["owner"]), "next": _coming(at)}


def _move(order: Order, folder: Path) -> Told:
    after, until = datetime.fromisoformat(order["after"]), datetime.fromisoformat(order["until"])
    processor.take_over(declines=frozenset(order["declines"]))
    using.use(order["uses"], after=after)
    stopped = clockwork.run(
        after=after, until=until, to_next=order["to_next"], owner=order["owner"], tell=_reporter(folder)
    )
    told = telling.happened(order["owner"], after=after, until=stopped)
    return {
        **told, **telling.standing(order["owner"], at=stopped), "clock": stopped.isoformat(), "next": _coming(stopped),
        "dead": clockwork.dead(),
    }  # fmt: skip


def _coming(at: datetime) -> str:
    """The next instant at which something that is known by now comes by itself; empty where nothing is."""
    coming = clockwork.next_job()
    return max(coming, at).isoformat() if coming is not None else ""


def _reporter(folder: Path) -> Callable[[datetime], None]:
    def tell(at: datetime) -> None:
        (folder / "reached").write_text(at.isoformat(), encoding="ascii")

    return tell


def _close() -> None:
    """One file, without what was deleted: it is packed and kept as it is."""
    with connection.cursor() as cursor:  # past the scope: the file as such, no rows
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA journal_mode=DELETE")
        cursor.execute("VACUUM")
    connection.close()


_DOING: Final[Mapping[str, Callable[[Order, Path], Told]]] = {"empty": _empty, "copy": _copy, "move": _move}
