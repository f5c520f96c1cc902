"""What is read from a file, and what is refused: by its bytes, never by its name."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from sublet.core.cells import Cell
from sublet.foundation.sheets.encodings import ENCODINGS, guess_separator
from sublet.foundation.sheets.reading import Sheet, read_sheet
from sublet.foundation.sheets.refusals import CannotReadSheet, Limits
from tests.foundation.make_sheets import compound_bytes, ods_bytes, xls_bytes, zip_bytes
from tests.thorough import FULL

WESTERN = (
    "Ragione sociale;Città;Note\r\nCaffè Società;Forlì;più\r\nL'Étoile d'Or;Besançon;à côté\r\nKafe Çelësi;Durrës;ë\r\n"
)
EASTERN = (
    "Nazwa;Miasto\r\nKawiarnia pod Łosiem;Łódź\r\nŻabka;Kraków\r\nPiękna Świnia;Wałbrzych\r\nKavárna Květ;Plzeň\r\n"
)


def workbook(fill: Callable[[xlsxwriter.Workbook], None]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        fill(book)
    return out.getvalue()


def one_sheet(*rows: list[str]) -> bytes:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Clients")
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell)

    return workbook(fill)


def cells(sheet: Sheet) -> list[list[Cell]]:
    return [list(row) for _, row in sheet.rows()]


def refusal(data: bytes | Path, *, limits: Limits | None = None, encoding: str | None = None, **options: str) -> str:
    """The code of the refusal; its sentence must be complete."""
    with pytest.raises(CannotReadSheet) as caught:
        read_sheet(
            data,
            limits=limits or Limits(),
            encoding=encoding,
            separator=options.get("separator"),
            sheet=options.get("sheet"),
        )
    assert "%(" not in caught.value.sentence
    assert caught.value.sentence
    return caught.value.code


@pytest.mark.parametrize(
    ("codec", "name", "text"),
    [
        ("utf-8", "UTF-8", WESTERN),
        ("utf-8-sig", "UTF-8", WESTERN),
        ("utf-8", "UTF-8", "a;b\r\nc;d\r\n"),
        ("utf-16", "UTF-16", EASTERN),
        ("utf-16-le", "UTF-16LE", WESTERN),
        ("utf-16-be", "UTF-16BE", WESTERN),
        ("cp1252", "Windows-1252", WESTERN),
        ("cp1252", "Windows-1252", "Nom;Prix\r\nL’Étoile;12 €\r\n"),
        ("iso8859-15", "ISO-8859-15", "Nom;Prix\r\nLe Cœur;12 €\r\nŒuvre;5 €\r\nŠkoda Žižka;3 €\r\n"),
        ("iso8859-2", "ISO-8859-2", EASTERN),
        ("cp1250", "Windows-1250", EASTERN),
        ("mac-roman", "Macintosh", WESTERN),
        ("cp850", "CP850", WESTERN),
    ],
)
def test_the_encoding_is_guessed(codec: str, name: str, text: str) -> None:
    sheet = read_sheet(text.encode(codec))
    assert (sheet.encoding, sheet.separator) == (name, ";")
    assert cells(sheet) == [line.split(";") for line in text.split("\r\n")[:-1]]


def test_encoding_and_separator_can_be_chosen() -> None:
    data = "a,b;c\r\nè,d;e\r\n".encode("cp1252")
    assert cells(read_sheet(data, separator=";")) == [["a,b", "c"], ["è,d", "e"]]
    assert cells(read_sheet(data, separator=",", encoding="Macintosh")) == [["a", "b;c"], ["Ë", "d;e"]]
    assert refusal(data, encoding="UTF-8") == "bad-encoding"
    assert refusal(data, encoding="EBCDIC") == "unknown-encoding"
    assert refusal(data, separator="x") == "unknown-separator"
    assert all(read_sheet(b"a,b\n", encoding=name) for name in ENCODINGS if not name.startswith("UTF-16"))


@pytest.mark.parametrize(
    ("text", "separator", "expected"),
    [
        ("a,b\n1,2\n", ",", [["a", "b"], ["1", "2"]]),
        ("a\tb\n1\t2\n", "\t", [["a", "b"], ["1", "2"]]),
        ("a|b\n1|2\n", "|", [["a", "b"], ["1", "2"]]),
        ("sep=;\r\na,b;c\r\n1,2;3\r\n", ";", [["a,b", "c"], ["1,2", "3"]]),
        ("sep=\t\r\na,b\tc\r\n", "\t", [["a,b", "c"]]),
        ('"sep=|"\r\na,b|c\r\n', "|", [["a,b", "c"]]),
        (
            "name;address\nA;Via Roma 1, scala B\nB;Via Po, 2\nC;x\n",
            ";",
            [["name", "address"], ["A", "Via Roma 1, scala B"], ["B", "Via Po, 2"], ["C", "x"]],
        ),
        ('a,b\r\n"x, ""y""\r\nz",2\r\n', ",", [["a", "b"], ['x, "y"\r\nz', "2"]]),
        ("Clients of 2024\n\nname;city\nA;Roma\n", ";", [["Clients of 2024"], ["name", "city"], ["A", "Roma"]]),
        ("mail\na@x.it\nb@x.it\n", ",", [["mail"], ["a@x.it"], ["b@x.it"]]),
        ("address\nVia Roma, 1\nVia Po\nVia Dora\n", ";", [["address"], ["Via Roma, 1"], ["Via Po"], ["Via Dora"]]),
        ("a;b\r1;2\r", ";", [["a", "b"], ["1", "2"]]),
        ("a;b;;\n;;;\n1;;2;\n", ";", [["a", "b"], ["1", "", "2"]]),
    ],
)
def test_the_separator_is_guessed(text: str, separator: str, expected: list[list[str]]) -> None:
    sheet = read_sheet(text.encode())
    assert sheet.separator == separator
    assert cells(sheet) == expected
    assert (sheet.row_count, sheet.width) == (len(expected), max(map(len, expected)))


def test_lines_are_counted_as_a_spreadsheet_counts_them() -> None:
    sheet = read_sheet(b'sep=,\n\na,b\n"x\ny",2\n,\nc,d\n')
    assert [line for line, _ in sheet.rows()] == [3, 4, 6]
    assert [line for line, _ in sheet.data_rows(3)] == [4, 6]
    assert [line for line, _ in sheet.data_rows(None)] == [3, 4, 6]


def test_guarded_and_forced_texts_come_back_as_they_were() -> None:
    assert cells(read_sheet(b'name,phone\n\'=1+1,\'+39 06 1\n\'s Gravenhage,"=""0612"""\n')) == [
        ["name", "phone"],
        ["=1+1", "+39 06 1"],
        ["'s Gravenhage", "0612"],
    ]


def test_a_workbook_keeps_numbers_dates_and_truth() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Clients")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        hour = book.add_format({"num_format": "hh:mm"})
        minute = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        sheet.write_string(1, 0, "Caffè _x0041_")
        sheet.write_number(1, 1, 393331234567)
        sheet.write_number(1, 2, 2.5)
        sheet.write_boolean(1, 3, True)
        sheet.write_datetime(1, 4, datetime(2024, 2, 29), day)
        sheet.write_datetime(1, 5, datetime(2024, 2, 29, 7, 5), minute)
        sheet.write_datetime(1, 6, time(7, 5), hour)
        sheet.write_formula(1, 7, "=1/0", None, "#DIV/0!")
        sheet.write_formula(1, 8, "=1+1", None, 2)
        sheet.write_blank(1, 9, None, day)

    sheet = read_sheet(workbook(fill), filename="..\\x/list.xlsx")
    row: list[Cell] = [
        "Caffè _x0041_",
        393331234567,
        2.5,
        True,
        date(2024, 2, 29),
        datetime(2024, 2, 29, 7, 5),
        time(7, 5),
        None,
        2,
    ]
    assert list(sheet.rows()) == [(2, row)]
    assert [type(cell) for cell in sheet.sample[0][1]] == [type(cell) for cell in row]
    assert (sheet.kind, sheet.filename, sheet.row_count, sheet.width, sheet.sheets) == (
        "xlsx",
        "list.xlsx",
        1,
        9,
        ("Clients",),
    )


def test_the_first_visible_sheet_that_holds_something_is_taken() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        for name in ("Empty", "Hidden", "Clients", "More"):
            sheet = book.add_worksheet(name)
            if name != "Empty":
                sheet.write_string(0, 0, name)
        book.worksheets()[1].hide()

    data = workbook(fill)
    sheet = read_sheet(data)
    assert (sheet.sheets, sheet.sheet, cells(sheet)) == (
        ("Empty", "Hidden", "Clients", "More"),
        "Clients",
        [["Clients"]],
    )
    assert cells(read_sheet(data, sheet="More")) == [["More"]]
    assert refusal(data, sheet="Missing") == "no-such-sheet"
    assert refusal(data, sheet="Empty") == "no-rows"


@pytest.mark.parametrize(("make", "kind"), [(xls_bytes, "xls"), (ods_bytes, "ods")])
def test_the_other_formats_are_read_too(
    make: Callable[[list[list[str | float]]], bytes], kind: str, tmp_path: Path
) -> None:
    data = make([["Name", "Number"], ["Caffè", 5.0], ["b", 2.5]])
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    for source in (data, path):
        sheet = read_sheet(source, filename="list.csv")
        assert (sheet.kind, sheet.sheet) == (kind, "Clients")
        assert list(sheet.rows()) == [(1, ["Name", "Number"]), (2, ["Caffè", 5]), (3, ["b", 2.5])]


def test_without_a_survey_only_the_beginning_is_looked_at() -> None:
    text = read_sheet(b"a;b\n" * 300, survey=False)
    assert (text.row_count, text.width, len(text.sample), len(cells(text))) == (None, None, 200, 300)
    book = read_sheet(one_sheet(["a", "b"]), survey=False)
    assert (book.row_count, book.sheets, cells(book)) == (None, (), [["a", "b"]])


def test_half_read_sheets_can_be_read_again() -> None:
    sheet = read_sheet(one_sheet(*([str(line), "x"] for line in range(2000))))
    for _ in range(3):
        rows = sheet.rows()
        assert next(rows) == (1, ["0", "x"])
        rows.close()  # type: ignore[attr-defined] # rows() is a generator behind its type
    assert sheet.row_count == len(cells(sheet)) == 2000


SMALL = Limits(bytes=4000, rows=20, columns=5, cell_length=50)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a;b\n" * 1001, "too-large"),
        (b"a;b\n" * 21, "too-many-rows"),
        (b"a;b;c;d;e;f\n", "too-many-columns"),
        (b"a;" + b"x" * 51, "cell-too-long"),
        (b"", "no-rows"),
        (b" \r\n\t\n", "no-rows"),
        (b";;\n;;\n", "no-rows"),
        (b"\xef\xbb\xbf\n", "no-rows"),
        (b"%PDF-1.7\n1 0 obj", "not-a-sheet"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not-a-sheet"),
        (bytes(range(256)) * 4, "not-a-sheet"),
        (b"name;city\nA\0;Roma\n", "not-a-sheet"),
        (b"\x7fELF\x02\x01\x01\x03" + b"\x01" * 60, "not-a-sheet"),
        (b"PK\x05\x06" + bytes(18), "not-a-sheet"),
        (b"<html><table><tr><td>name</td></tr></table></html>", "web-page"),
        (b'<?xml version="1.0"?><Workbook/>', "not-a-sheet"),
        (b'[{"name": "A"}]', "not-a-sheet"),
        (b"PK\x03\x04" + b"x" * 100, "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "not-a-sheet"),
        (compound_bytes("Workbook", b"nothing")[:3900], "broken"),
        (compound_bytes("WordDocument", b"text")[:3900], "not-a-sheet"),
        (zip_bytes({"word/document.xml": "<w/>", "[Content_Types].xml": "<t/>"}), "not-a-sheet"),
        (zip_bytes({"Index/Tables.iwa": "x"}), "apple-numbers"),
        (zip_bytes({"[Content_Types].xml": "<t/>", "xl/workbook.xml": "<broken"}), "broken"),
    ],
)
def test_what_is_no_list_is_refused_with_its_name(data: bytes, code: str) -> None:
    assert refusal(data, limits=SMALL) == code


@pytest.mark.parametrize(
    ("rows", "code"),
    [([["a"]] * 21, "too-many-rows"), ([["a"] * 6], "too-many-columns"), ([["x" * 51]], "cell-too-long")],
)
def test_a_workbook_has_the_same_limits(rows: list[list[str]], code: str) -> None:
    limits = Limits(rows=20, columns=5, cell_length=50)
    assert refusal(one_sheet(*rows), limits=limits) == code
    unsurveyed = read_sheet(one_sheet(*rows), limits=limits, survey=False)
    with pytest.raises(CannotReadSheet, match=code):
        list(unsurveyed.rows())


def test_a_missing_quotation_mark_does_not_swallow_the_list() -> None:
    assert refusal(b'a;b\n"c;d\n' + b"e;f\n" * 40_000) == "cell-too-long"


@pytest.mark.parametrize(
    "data",
    [
        compound_bytes("EncryptedPackage", b"x"),
        xls_bytes([["a"]], password=True),
        xls_bytes([["a"]], password=True, obfuscated=0),
        ods_bytes([["a"]], manifest="<manifest><encryption-data/></manifest>"),
    ],
)
def test_a_password_is_recognized(data: bytes) -> None:
    assert refusal(data) == "encrypted"


def test_a_zip_with_a_password_is_recognized() -> None:
    data = bytearray(one_sheet(["a"]))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    assert refusal(bytes(data)) == "encrypted"


def bomb(*, told: int) -> bytes:
    """A workbook whose sheet unpacks to 100 MB of spaces, whatever its directory tells."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<t/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(100):
                part.write(b" " * 1_000_000)
    data = out.getvalue()
    return data.replace(struct.pack("<I", 100_000_000), struct.pack("<I", told))


@pytest.mark.parametrize("told", [100_000_000, 10, 0])
def test_a_zip_bomb_is_counted_not_believed(told: int) -> None:
    data = bomb(told=told)
    assert len(data) < 200_000
    assert refusal(data, limits=Limits(unpacked_bytes=50_000_000)) == "zip-bomb"


def test_parts_that_share_bytes_are_a_bomb() -> None:
    data = bytearray(
        zip_bytes({"[Content_Types].xml": "<t/>", "xl/workbook.xml": "<workbook/>", "xl/a.xml": "x" * 100})
    )
    entries = [at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02"]
    data[entries[2] + 42 : entries[2] + 46] = data[entries[1] + 42 : entries[1] + 46]
    assert refusal(bytes(data)) == "zip-bomb"


def test_a_workbook_of_thousands_of_parts_is_a_bomb() -> None:
    assert refusal(zip_bytes({f"xl/{at}.xml": "" for at in range(30)}), limits=Limits(parts=20)) == "zip-bomb"


def test_a_damaged_part_is_told() -> None:
    data = bytearray(one_sheet(["a", "b"], ["c", "d"]))
    at = data.index(b"PK\x03\x04", 10)
    data[at + 60 : at + 90] = zlib.compress(b"something else")[:30].ljust(30, b"\xff")
    assert refusal(bytes(data)) == "broken"


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def test_entities_in_a_workbook_are_refused() -> None:
    assert refusal(ods_bytes([["a"]], head=LAUGHS)) == "unsafe-xml"
    split = "<!--" + "x" * (65536 - 70) + "-->" + LAUGHS  # across the border of two pieces
    assert refusal(ods_bytes([["a"]], head=split)) == "unsafe-xml"
    assert cells(read_sheet(ods_bytes([["&lt;!DOCTYPE fun"]]))) == [["<!DOCTYPE fun"]]


def test_six_kilobytes_that_ask_for_half_a_terabyte_end_a_child_and_not_us() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "a")
        sheet.write_string(1_048_575, 16_383, "b")

    assert refusal(workbook(fill)) == "too-many-cells"


def repeated(rows: int, columns: int, text: str) -> bytes:
    """An OpenDocument list whose last row stands there many times, as the format allows in one line."""
    cell = f'<table:table-cell table:number-columns-repeated="{columns}"'
    cell += f' office:value-type="string"><text:p>{text}</text:p></table:table-cell>' if text else "/>"
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'
    with zipfile.ZipFile(io.BytesIO(ods_bytes([["a"]]))) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name).decode() for name in archive.namelist()}
    parts["content.xml"] = str(parts["content.xml"]).replace("</table:table>", f"{row}</table:table>")
    return zip_bytes(parts)


def test_the_empty_rows_at_the_end_of_an_open_document_cost_nothing() -> None:
    assert cells(read_sheet(repeated(1_048_000, 1_000, ""))) == [["a"]]


def test_a_line_that_repeats_itself_without_end_is_refused() -> None:
    assert refusal(repeated(1_000_000, 16_000, "x")) == "broken"  # the library has a limit of its own here
    assert refusal(repeated(1_000_000, 60, "x")) == "too-many-cells"


def test_a_workbook_that_takes_too_long_is_given_up() -> None:
    limits = Limits(rows=10_000_000, memory=2048 * 1024 * 1024, seconds=1)
    assert refusal(repeated(1_000_000, 15, "x"), limits=limits) == "too-slow"


def test_memory_does_not_grow_with_a_text_list(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = tmp_path / f"{count}.csv"
        with path.open("w") as file:
            for at in range(count):
                file.write(f"Client {at};c{at}@x.example;+39 06 1{at:06};Via Roma {at};00184;Roma\n")
        tracemalloc.start()
        assert read_sheet(path).row_count == count  # goes through all of it
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    small, large = peak(2_000), peak(200_000 if FULL else 40_000)
    assert large < small + 500_000


def test_memory_does_not_grow_with_a_workbook() -> None:
    data = one_sheet(*([f"Client {at}", f"c{at}@x.example", "Roma"] for at in range(20_000)))
    tracemalloc.start()
    sheet = read_sheet(data)
    assert sum(1 for _ in sheet.rows()) == 20_000
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The file passes through once on its way to the child; the rows would be some 5 MB.
    assert most < 1_500_000


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        sheet = read_sheet(data, limits=SMALL)
    except CannotReadSheet:
        return
    assert len(cells(sheet)) == sheet.row_count


@given(st.text(max_size=200), st.sampled_from(sorted(ENCODINGS)))
def test_any_text_is_read_or_refused(text: str, encoding: str) -> None:
    try:
        sheet = read_sheet(text.encode(ENCODINGS[encoding], "replace"), limits=SMALL)
    except CannotReadSheet:
        return
    assert len(cells(sheet)) == sheet.row_count
    assert guess_separator(text) in (";", ",", "\t", "|")


@pytest.mark.parametrize("make", [one_sheet, lambda *rows: xls_bytes(rows), lambda *rows: ods_bytes(rows)])
@settings(max_examples=15)
@given(st.randoms(use_true_random=False))
def test_damaged_workbooks_are_read_or_refused(make: Callable[..., bytes], rng: random.Random) -> None:
    data = bytearray(make(["Name", "City"], ["Caffè", "Roma"]))
    for _ in range(rng.randrange(1, 12)):
        data[rng.randrange(8, len(data))] = rng.randrange(256)
    try:
        list(read_sheet(bytes(data), limits=Limits(memory=400 * 1024 * 1024, seconds=5)).rows())
    except CannotReadSheet:
        return
