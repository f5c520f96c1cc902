"""Lists that leave: typed, inert, flat in memory – and read again by our own reader."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from sublet.core.cells import FORMULA_STARTS, Cell
from sublet.core.columns import guess_columns
from sublet.core.columnwords import FIELDS
from sublet.foundation.sheets import writing
from sublet.foundation.sheets.places import country_of
from sublet.foundation.sheets.reading import read_sheet
from sublet.foundation.sheets.writing import SEPARATOR_BY_LANGUAGE, Column, Value, stream_xlsx, write_csv, write_xlsx
from tests.thorough import FULL

ROME = ZoneInfo("Europe/Rome")
COLUMNS = (
    Column("Name"),
    Column("Count", "number"),
    Column("Since", "date"),
    Column("Seen", "datetime"),
    Column("Owed", "money", decimals=2, currency="EUR"),
    Column("Direct", "boolean"),
)
MOMENT = datetime(2024, 7, 1, 22, 30, tzinfo=UTC)
ROWS: list[tuple[Value, ...]] = [
    ("Caffè Roma", 3, date(2024, 2, 29), MOMENT, -123456, True),
    ("0612345678", 2.5, date(1815, 6, 18), None, 5, False),
    ("", None, None, None, None, None),
]


def text_of(rows: list[tuple[Value, ...]], columns: tuple[Column, ...] = COLUMNS, **options: object) -> str:
    return b"".join(write_csv(rows, columns, **options)).decode()  # type: ignore[arg-type] # options by name


def book_of(path: Path, rows: list[tuple[Value, ...]], columns: tuple[Column, ...] = COLUMNS) -> openpyxl.Workbook:
    write_xlsx(rows, columns, title="Clients", out_path=path, zone=ROME)
    return openpyxl.load_workbook(path)


def test_csv_tells_dates_numbers_and_amounts_plainly() -> None:
    assert text_of(ROWS, zone=ROME) == (
        "\ufeffName,Count,Since,Seen,Owed,Direct\r\n"
        "Caffè Roma,3,2024-02-29,2024-07-02 00:30:00,-1234.56,true\r\n"
        "0612345678,2.5,1815-06-18,,0.05,false\r\n"
        ",,,,,\r\n"
    )
    assert text_of([], separator=";", bom=False) == "Name;Count;Since;Seen;Owed;Direct\r\n"
    assert text_of([(5,)], (Column("Owed", "money", decimals=0),), bom=False) == "Owed\r\n5\r\n"


def test_every_language_of_ours_has_a_separator() -> None:
    assert set(SEPARATOR_BY_LANGUAGE) == {"en", "it", "sq", "nl", "fr", "pt"}


def test_xlsx_holds_real_numbers_dates_and_truth(tmp_path: Path) -> None:
    sheet = book_of(tmp_path / "x.xlsx", ROWS)["Clients"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Name", "Count", "Since", "Seen", "Owed", "Direct"],
        ["Caffè Roma", 3, datetime(2024, 2, 29), datetime(2024, 7, 2, 0, 30), -1234.56, True],
        ["0612345678", 2.5, "1815-06-18", None, 0.05, False],
    ]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "d", "d", "n", "b"]
    assert (sheet["E2"].number_format, sheet.freeze_panes, sheet.auto_filter.ref) == ('#,##0.00 "EUR"', "A2", "A1:F4")


def test_an_amount_that_is_no_whole_number_of_minor_units_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        text_of([("A", 1, None, None, 12.5, True)])


HOSTILE = [
    "=1+1", "+39 06 1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", "  =1", "\u00a0=1", "'=1", "''=1",
    '=cmd|"/C calc"!A0', '=HYPERLINK("http://evil.example","x")', "http://evil.example", "1,5", "00123", "1e5", "TRUE", "2024-02-29",
    '=DDE("cmd","/C calc","A0")', "+cmd|' /C calc'!A0", "@=1",
    "{=1}", "_x0041_", 'a"b', "a;b,c\td", "two\r\nlines", "עברית ‮x", "👩‍🍳", "%s", "#REF!",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_ever_computed(text: str, tmp_path: Path) -> None:
    sheet = book_of(tmp_path / "x.xlsx", [(text,)], (Column(text),))["Clients"]
    for at in ("A1", "A2"):
        kept = text.replace("\r\n", "\n").replace("\r", "\n") if at == "A2" else text
        assert (unescape(sheet[at].value), sheet[at].data_type) == (kept, "s")
        assert sheet[at].hyperlink is None
    with zipfile.ZipFile(tmp_path / "x.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    rows = list(csv.reader(io.StringIO(text_of([(text,)], (Column(text),), bom=False), newline="")))
    for (cell,) in rows:
        assert cell.lstrip(" \u00a0")[:1] not in FORMULA_STARTS


def computed(sheet: bytes, book: Path) -> list[str]:
    """What a spreadsheet program would compute, of both files, read again by readers that are not ours."""
    rows = csv.reader(io.StringIO(sheet.decode("utf-8-sig"), newline=""))
    found = [cell for row in rows for cell in row if cell.lstrip(" \u00a0")[:1] in FORMULA_STARTS and cell]
    cells = [cell for row in openpyxl.load_workbook(book).worksheets[0].iter_rows() for cell in row]
    return found + [str(cell.value) for cell in cells if cell.data_type == "f" or cell.hyperlink is not None]


def test_all_of_them_beside_numbers_stay_texts_and_the_numbers_numbers(tmp_path: Path) -> None:
    """I4: as one list, with what must not become a text by it."""
    columns = (Column("Text"), Column("Count", "number"), Column("Owed", "money", currency="EUR"))
    rows: list[tuple[Value, ...]] = [(text, -number, -100 * number) for number, text in enumerate(HOSTILE, start=1)]
    write_xlsx(rows, columns, title="All", out_path=tmp_path / "all.xlsx")
    sheet = b"".join(write_csv(rows, columns))
    texts = b"".join(write_csv([row[:1] for row in rows], columns[:1]))
    assert computed(texts, tmp_path / "all.xlsx") == []
    told = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"), newline="")))[1:]
    assert [row[1:] for row in told] == [[str(-number), f"-{number}.00"] for number in range(1, len(HOSTILE) + 1)]
    book = openpyxl.load_workbook(tmp_path / "all.xlsx")["All"]
    kinds = {(row[0].data_type, row[1].data_type, row[2].data_type) for row in book.iter_rows(min_row=2)}
    assert kinds == {("s", "n", "n")}


def test_a_text_that_is_written_as_it_came_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """I4's positive control: no apostrophe in the one file, and the writer's own guess in the other."""
    monkeypatch.setattr(writing, "guard", lambda text: text)
    sheet = text_of([("=1+1",), ("@x",)], (Column("n"),)).encode()
    book = openpyxl.Workbook()
    book.worksheets[0].append(["=1+1"])
    book.save(tmp_path / "x.xlsx")
    assert computed(sheet, tmp_path / "x.xlsx") == ["=1+1", "@x", "=1+1"]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip), min_size=1, max_size=5
    )
)
def test_what_was_written_as_csv_is_read_as_it_was(texts: list[str]) -> None:
    texts = [text for text in texts if not text.lower().startswith("sep=")] or ["x"]
    rows: list[tuple[Value, ...]] = [(text, "end") for text in texts]
    for separator in (",", ";", "\t"):
        sheet = read_sheet(
            text_of(rows, (Column("one"), Column("two")), separator=separator).encode(), separator=separator
        )
        assert [tuple(cells) for _, cells in sheet.rows()] == [("one", "two"), *rows]


def test_characters_that_break_a_workbook_are_left_out(tmp_path: Path) -> None:
    sheet = book_of(tmp_path / "x.xlsx", [("a\x00b\x1b\ufffe",)], (Column("x\x01y"),))["Clients"]
    assert (sheet["A1"].value, sheet["A2"].value) == ("xy", "ab")
    assert text_of([("a\x00b\ud800c",)], (Column("x"),), bom=False) == "x\r\nabc\r\n"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (10**15, "1000000000000000"),
        (10**15 - 1, 10**15 - 1),
        (Decimal("1.25"), 1.25),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ("=1", "=1"),
        (True, "True"),
    ],
)
def test_a_number_that_a_spreadsheet_cannot_hold_is_text(value: Value, kept: object, tmp_path: Path) -> None:
    assert book_of(tmp_path / "x.xlsx", [(value,)], (Column("n", "number"),))["Clients"]["A2"].value == kept


def test_texts_are_cut_to_what_a_cell_holds(tmp_path: Path) -> None:
    assert len(book_of(tmp_path / "x.xlsx", [("x" * 40_000,)], (Column("n"),))["Clients"]["A2"].value) == 32_767


def test_a_long_list_goes_on_in_the_next_sheet(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    rows: list[tuple[Value, ...]] = [(f"Client {at}",) for at in range(7)]
    assert write_xlsx(rows, (Column("Name"),), title="Clients", out_path=path, rows_per_sheet=4) == 7
    book = openpyxl.load_workbook(path)
    assert {sheet.title: [row[0].value for row in sheet.iter_rows()] for sheet in book} == {
        "Clients": ["Name", "Client 0", "Client 1", "Client 2"],
        "Clients (2)": ["Name", "Client 3", "Client 4", "Client 5"],
        "Clients (3)": ["Name", "Client 6"],
    }
    assert write_xlsx([], (Column("Name"),), title="Clients", out_path=path) == 0
    assert openpyxl.load_workbook(path).sheetnames == ["Clients"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Clients: A/B [x]", "Clients A B x"),
        ("'quoted'", "quoted"),
        ("", "List"),
        ("History", "List"),
        ("x" * 40, "x" * 31),
        ("\x00?*", "List"),
    ],
)
def test_any_title_makes_a_lawful_sheet_name(title: str, name: str, tmp_path: Path) -> None:
    write_xlsx([], (Column("Name"),), title=title, out_path=tmp_path / "x.xlsx")
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").sheetnames == [name]


def test_equal_lists_give_equal_workbooks_and_leave_no_file() -> None:
    one = b"".join(stream_xlsx(ROWS, COLUMNS, title="Clients", at=MOMENT))
    assert one == b"".join(stream_xlsx(iter(ROWS), COLUMNS, title="Clients", at=MOMENT))
    assert read_sheet(one).row_count == 3


def test_rows_that_do_not_fit_the_columns_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="zip"):
        text_of([("a", "b")], (Column("one"),))
    with pytest.raises(ValueError, match="zip"):
        book_of(tmp_path / "x.xlsx", [("a", "b")], (Column("one"),))


def many(count: int) -> Iterator[tuple[Value, ...]]:
    for at in range(count):
        yield f"Client {at}", at, date(2024, 1, 1), MOMENT, at, True


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_list(kind: str, tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        if kind == "csv":
            size = sum(map(len, write_csv(many(count), COLUMNS)))
        else:
            size = write_xlsx(
                (row[:3] for row in many(count)), COLUMNS[:3], title="Clients", out_path=tmp_path / "x.xlsx"
            )
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size >= count
        return most

    peak(10)  # what is loaded once
    assert peak(50_000 if FULL else 12_000) < peak(1_000) + 1_000_000


# The headings of an export in each language, in the order of `FIELDS`.
HEADINGS = {
    "en": "Company; Contact person; First name; Last name; E-mail; Phone; Mobile phone; Address; Postal code; City; Country; Language;"
    " Time zone; Website; Tags; Notes; State; Created; Client number",
    "it": "Azienda; Persona di contatto; Nome; Cognome; E-mail; Telefono; Cellulare; Indirizzo; Codice postale; Città; Paese; Lingua;"
    " Fuso orario; Sito web; Etichette; Note; Stato; Creato; Numero cliente",
    "sq": "Kompania; Personi i kontaktit; Emri; Mbiemri; E-mail; Telefoni; Celulari; Adresa; Kodi postar; Qyteti; Vendi; Gjuha;"
    " Zona kohore; Faqja e internetit; Etiketat; Shënime; Gjendja; Krijuar; Numri i klientit",
    "nl": "Bedrijf; Contactpersoon; Voornaam; Achternaam; E-mail; Telefoon; Mobiele telefoon; Adres; Postcode; Plaats; Land; Taal;"
    " Tijdzone; Website; Labels; Notities; Toestand; Aangemaakt; Klantnummer",
    "fr": "Entreprise; Personne de contact; Prénom; Nom; E-mail; Téléphone; Téléphone portable; Adresse; Code postal; Ville; Pays; Langue;"
    " Fuseau horaire; Site web; Étiquettes; Notes; État; Créé; Numéro de client",
    "pt": "Empresa; Pessoa de contacto; Primeiro nome; Apelido; E-mail; Telefone; Telemóvel; Morada; Código postal; Cidade; País; Idioma;"
    " Fuso horário; Site; Etiquetas; Notas; Estado; Criado; Número de cliente",
}
CLIENTS: list[tuple[Value, ...]] = [
    (
        "Trattoria da Mario", "Mario Rossi", "Mario", "Rossi", "mario@damario.example", "+390612345678", "+393331234567", "Via Roma 1",
        "00184", "Roma", "IT", "it", "Europe/Rome", "https://damario.example", "bar, VIP",
        "=call later", "active", date(2024, 2, 29), "C-1",
    ),
    (
        "Çelësi i Artë", "Blerta Çela", "Blerta", "Çela", "", "", "+355691234567", "Rruga e Durrësit 5",
        "1001", "Tiranë", "AL", "sq", "Europe/Tirane", "", "", "", "suspended", date(2023, 1, 2), "C-2",
    ),
]  # fmt: skip


@pytest.mark.parametrize("language", HEADINGS)
@pytest.mark.parametrize("filled", [True, False])
def test_an_export_maps_to_its_own_columns_when_it_is_read_again(language: str, filled: bool) -> None:
    names = [name.strip() for name in HEADINGS[language].split(";")]
    columns = [
        Column(name, "date" if field == "created" else "text") for name, field in zip(names, FIELDS, strict=True)
    ]
    rows = CLIENTS if filled else []
    text = b"".join(write_csv(rows, columns, separator=SEPARATOR_BY_LANGUAGE[language]))
    book = b"".join(stream_xlsx(rows, columns, title="Clients"))
    for data, created in ((text, "2024-02-29"), (book, date(2024, 2, 29))):
        sheet = read_sheet(data)
        lines = [cells for _, cells in sheet.rows()]
        assert (sheet.layout().header, sheet.layout().first) == (0, 1)
        assert [guess.field for guess in guess_columns(lines[0], lines[1:], country_of=country_of)] == list(FIELDS)
        first: list[Cell] = [created if isinstance(cell, date) else str(cell) for cell in CLIENTS[0]]
        assert [list(cells) for cells in lines[1:2]] == ([first] if filled else [])
