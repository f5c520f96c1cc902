"""A spreadsheet of signals: a line for each client, a column for each signal. Which column tells what, and what a line says.

Pure. A guess is a proposal: the person sees it and may change every column. Laws (tests/core/test_signalsheets.py): no
signal is given to two columns, there is one column of clients at most, and a line tells nothing that its cells do not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sublet.core.cells import Cell, cell_text, fold
from sublet.core.manifest import LANGUAGES, Signal
from sublet.core.signals import AHEAD, SignalValue, WrongValue, read_cell

CLIENT: Final = "client"
AT: Final = "at"
SIGNAL: Final = "signal:"

_CLIENT_WORDS: Final = frozenset(
    map(
        fold,
        (
            "client,account,customer,reference,ref,name,number,account reference,client number,your own number,cliente,"
            "riferimento,nome,numero,codice,nome cliente,numero cliente,klient,llogari,referenca,emri,numri,klant,naam,"
            "nummer,referentie,klantnummer,compte,nom,référence,numéro,conta,referência,número"
        ).split(","),
    )
)
_AT_WORDS: Final = frozenset(
    map(fold, "at date day when time data giorno quando dita kur datum dag wanneer jour quand dia reported".split())
)


def guess_meanings(headings: Sequence[Cell], signals: Mapping[str, Signal]) -> dict[int, str]:
    """Column → `CLIENT`, `AT` or `SIGNAL` with a key, by the headings: the key, or the name in one of the six languages."""
    words: dict[str, str] = {}
    for key, signal in signals.items():
        for word in (key, key.replace("_", " "), *(getattr(signal.name, language) for language in LANGUAGES)):
            words.setdefault(fold(word), key)
    found: dict[int, str] = {}
    for column, cell in enumerate(headings):
        heading = fold(cell_text(cell).strip())
        meaning = ""
        if heading in words:
            meaning = SIGNAL + words[heading]
        elif heading in _CLIENT_WORDS:
            meaning = CLIENT
        elif heading in _AT_WORDS:
            meaning = AT
        if meaning and meaning not in found.values():
            found[column] = meaning
    return found


def find_headings(rows: Sequence[Sequence[Cell]], signals: Mapping[str, Signal]) -> int | None:
    """The position of the line of headings among the first ones: the first that names a signal; None where none does."""
    for position, row in enumerate(rows[:10]):
        if any(meaning.startswith(SIGNAL) for meaning in guess_meanings(row, signals).values()):
            return position
    return None


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong in a line: ``no-client``, ``wrong-date``, or ``wrong-value`` with the kind of the signal."""

    code: str
    column: int
    kind: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class LineRead:
    """What one line says: about whom (as it stands there), and which facts. A faulty cell tells nothing."""

    client: str
    facts: tuple[tuple[str, datetime, SignalValue], ...]
    faults: tuple[CellFault, ...]


def read_line(
    cells: Sequence[Cell], meanings: Mapping[int, str], signals: Mapping[str, Signal], *, sent_at: datetime
) -> LineRead:
    """One line. Without a date of its own a fact is of when the list was sent; a moment that is past, of that moment."""
    client, at, faults = "", None, []
    for column, meaning in meanings.items():
        cell = cells[column] if column < len(cells) else None
        if meaning == CLIENT:
            client = cell_text(cell).strip()
        elif meaning == AT and cell_text(cell).strip():
            at = _dated(cell, sent_at)
            if at is None:
                faults.append(CellFault("wrong-date", column, text=cell_text(cell)[:60]))
    if not client:
        faults.append(CellFault("no-client", next((c for c, m in meanings.items() if m == CLIENT), 0)))
    facts = []
    for column, meaning in sorted(meanings.items()):
        cell = cells[column] if column < len(cells) else None
        signal = signals.get(meaning.removeprefix(SIGNAL)) if meaning.startswith(SIGNAL) else None
        if signal is None or not cell_text(cell).strip():
            continue
        try:
            value = read_cell(signal.kind, cell)
        except WrongValue:
            faults.append(CellFault("wrong-value", column, signal.kind, cell_text(cell)[:60]))
            continue
        facts.append((signal.key, at or _of_itself(value, sent_at), value))
    return LineRead(client, tuple(facts), tuple(faults))


def _dated(cell: Cell, sent_at: datetime) -> datetime | None:
    """The moment that a cell names; None for no moment, and for one to come: it would stay the latest for ever."""
    try:
        at = read_cell("moment", cell).moment
    except WrongValue:
        return None
    return None if at is None or at > sent_at + AHEAD else at


def _of_itself(value: SignalValue, sent_at: datetime) -> datetime:
    return value.moment if value.moment is not None and value.moment <= sent_at else sent_at
