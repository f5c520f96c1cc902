"""A spreadsheet of signals as it stands in its row: how it is read, and which clients its lines mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.cells import Cell, cell_text
from sublet.core.names import sort_name
from sublet.core.rights import CLIENT
from sublet.core.signalsheets import CLIENT as CLIENT_COLUMN
from sublet.core.signalsheets import SIGNAL, LineRead, find_headings, guess_meanings, read_line
from sublet.foundation.sheets.reading import Row, Sheet, read_sheet
from sublet.signals.models import SignalImport

#: Lines that are looked at together: their clients take two statements.
BATCH = 500
MOST_ROWS = 50_000


def survey(data: bytes, *, file_name: str) -> tuple[Sheet, dict[str, object], dict[int, str]]:
    """The sheet, how it is read, and what its columns probably tell. Raises CannotReadSheet."""
    sheet = read_sheet(data, filename=file_name)
    signals = offer().signals
    rows = [cells for _line, cells in sheet.sample]
    position = find_headings(rows, signals)
    if position is None:
        position = sheet.layout().header or 0
    header = sheet.sample[position][0]
    reading: dict[str, object] = {
        "encoding": sheet.encoding,
        "separator": sheet.separator,
        "sheet": sheet.sheet,
        "header": header,
    }
    return sheet, reading, guess_meanings(rows[position], signals)


def open_again(row: SignalImport) -> Sheet:
    """The sheet of a row that was surveyed before."""
    return read_sheet(
        bytes(row.data),
        filename=row.file_name,
        encoding=row.reading["encoding"] or None,
        separator=row.reading["separator"] or None,
        sheet=row.reading["sheet"] or None,
        survey=False,
    )


def meanings_of(row: SignalImport) -> dict[int, str]:
    """Column → what it tells."""
    return {int(column): meaning for column, meaning in row.meanings.items()}


def meanings_fault(meanings: Mapping[int, str]) -> str:
    """Why nothing can be taken in as it stands: ``no-client-column``, ``no-signal-column`` or empty."""
    if CLIENT_COLUMN not in meanings.values():
        return "no-client-column"
    return "" if any(meaning.startswith(SIGNAL) for meaning in meanings.values()) else "no-signal-column"


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was read, and whom it means: `account_id` is None for nobody, or for one of several (`several`)."""

    number: int
    read: LineRead
    account_id: int | None
    name: str = ""
    several: bool = False


def lines(row: SignalImport, sheet: Sheet) -> Iterator[list[Line]]:
    """The lines below the headings that were not taken in yet, batch by batch, with the clients of the row's account within the scope."""
    meanings, signals = meanings_of(row), offer().signals
    batch: list[Row] = []

    def done() -> list[Line]:
        read = [(line, read_line(cells, meanings, signals, sent_at=row.created_at)) for line, cells in batch]
        clients = _clients(row.account_id, {each.client for _line, each in read if each.client})
        return [_line(line, each, clients.get(each.client, ())) for line, each in read]

    for found in sheet.data_rows(max(int(row.reading["header"]), row.next_line)):
        batch.append(found)
        if len(batch) >= BATCH:
            yield done()
            batch = []
    if batch:
        yield done()


def _line(number: int, read: LineRead, clients: Sequence[tuple[int, str]]) -> Line:
    if len(clients) == 1:
        return Line(number, read, clients[0][0], clients[0][1])
    return Line(number, read, None, several=len(clients) > 1)


def _clients(reseller_id: int, words: set[str]) -> dict[str, tuple[tuple[int, str], ...]]:
    """Word → the clients that it means: by reference, else by the reseller's own number, else by the whole name."""
    if not words:
        return {}
    below = Account.objects.filter(parent_id=reseller_id, kind=CLIENT)
    keys = {sort_name(word) for word in words}
    rows = [
        *below.filter(ref__in=words).values_list("id", "name", "ref", "external_id"),
        *below.filter(external_id__in=words).values_list("id", "name", "ref", "external_id"),
        *below.filter(sort_name__in=keys).values_list("id", "name", "ref", "external_id"),
    ]
    by_ref = {ref: (number, name) for number, name, ref, _own in rows}
    by_own: dict[str, set[tuple[int, str]]] = {}
    by_name: dict[str, set[tuple[int, str]]] = {}
    for number, name, _ref, own in rows:
        by_own.setdefault(own, set()).add((number, name))
        by_name.setdefault(name.casefold(), set()).add((number, name))
    found: dict[str, tuple[tuple[int, str], ...]] = {}
    for word in words:
        if word in by_ref:
            found[word] = (by_ref[word],)
        else:
            found[word] = tuple(sorted(by_own.get(word) or by_name.get(word.casefold()) or ()))
    return found


def headings(sheet: Sheet, header: int) -> list[str]:
    """The texts of the line of headings."""
    cells: Sequence[Cell] = next((cells for line, cells in sheet.sample if line == header), ())
    return [cell_text(cell).strip() for cell in cells]
