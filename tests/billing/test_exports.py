"""Exports of issued documents: a table, bookings, an archive; streamed, safe for spreadsheets, and nothing is lost."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sublet.billing import documents
from sublet.billing.documents import exports
from sublet.core.invoicing import Document
from tests.billing.papers import CARL, CLEO, paper, papers

YEAR: dict[str, Any] = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}


def test_the_table_has_a_line_for_each_rate_and_credit_notes_are_negative() -> None:
    wanted = [papers()["two-rates-and-a-discount"], papers()["credit-note"], papers()["yen"]]
    rows = list(csv.DictReader(io.StringIO(b"".join(exports.table(wanted)).decode())))
    assert [(row["number"], row["category"], row["rate"], row["net"], row["tax"], row["gross"]) for row in rows] == [
        ("2026-0017", "S", "22", "103.06", "22.67", "125.73"),
        ("2026-0017", "S", "4", "16.00", "0.64", "16.64"),
        ("C-3", "S", "22", "-128.83", "-28.34", "-157.17"),
        ("2026-0017", "O", "0", "12883", "0", "12883"),
    ]
    assert rows[2]["preceding"] == "2026-0017"


def test_what_a_sum_was_rounded_by_is_in_both_and_all_add_up_to_what_is_owed() -> None:
    rounded = papers()["rounded-and-partly-paid"]
    assert rounded.totals.rounding != 0
    for document, sign in ((rounded, 1), (replace(rounded, kind="credit-note"), -1)):
        rows = list(csv.DictReader(io.StringIO(b"".join(exports.table([document])).decode())))
        last = rows[-1]
        assert (last["category"], last["tax"], last["net"]) == ("rounding", "0.00", last["gross"])
        owed = sign * (document.totals.gross + document.totals.rounding)
        assert sum(round(Decimal(row["gross"]) * 100) for row in rows) == owed
        lines = b"".join(exports.bookings([document], **YEAR)).decode("cp1252").split("\r\n")[2:-1]
        booked = [(line.split(";")[7], line.split(";")[1], line.split(";")[0]) for line in lines]
        assert [account for account, *_rest in booked] == ["8400", "2700"]
        assert sum((1 if side == '"S"' else -1) * int(minor.replace(",", "")) for _to, side, minor in booked) == owed


def test_names_are_no_formulas() -> None:
    odd = paper(buyer=replace(CLEO, name='=HYPERLINK("x","y")'))
    rows = list(csv.DictReader(io.StringIO(b"".join(exports.table([odd])).decode())))
    assert rows[0]["buyer"] == '\'=HYPERLINK("x","y")'


def test_bookings_are_in_the_shape_that_datev_reads() -> None:
    wanted = [paper(), papers()["credit-note"], papers()["reverse-charge"]]
    lines = b"".join(exports.bookings(wanted, **YEAR)).decode("cp1252").split("\r\n")
    assert lines[0].startswith('"EXTF";700;21;"Buchungsstapel";13;')
    assert lines[0].split(";")[14:16] == ["20260101", "20261231"]
    assert lines[2:] == [
        '157,17;"S";"EUR";;;;1400;8400;;0112;"2026-0017";151226;;"Carl & Söhne GmbH"',
        '157,17;"H";"EUR";;;;1400;8400;;0112;"C-3";;;"Cleo Verdi"',
        '128,83;"S";"EUR";;;;1400;8336;;0112;"2026-0017";151226;;"Carl & Söhne GmbH"',
        "",
    ]
    odd = b"".join(exports.bookings([paper(buyer=replace(CARL, name='A";"S"\r\n猫'))], **YEAR)).decode("cp1252")
    assert odd.split("\r\n")[2].endswith(';"A"";""S"" ?"')


def test_the_archive_holds_each_electronic_invoice_and_says_what_it_lacks() -> None:
    wanted = [
        paper(number="2026/1"),
        paper(number="2026_1"),
        papers()["credit-note"],
        paper(number="K-1", currency="KWD"),
    ]
    with zipfile.ZipFile(io.BytesIO(b"".join(exports.archive(wanted)))) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["2026_1.xml", "2026_1-2.xml", "C-3.xml", "left-out.csv"]
        assert packed.read("C-3.xml") == documents.ubl(papers()["credit-note"])
        assert packed.read("left-out.csv").decode().splitlines() == ["number,reason", "K-1,decimals"]


def test_an_archive_of_none_is_an_archive() -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(exports.archive([])))) as packed:
        assert packed.namelist() == []


def test_what_was_sent_is_not_kept() -> None:
    """The pieces come as documents do: with a hundred of them no piece holds more than one."""
    asked: list[int] = []

    def many() -> Iterator[Document]:
        for number in range(100):
            asked.append(number)
            yield paper(number=f"2026-{number}")

    pieces = exports.archive(many())
    first = next(pieces)
    assert (len(asked), first[:2]) == (1, b"PK")
    most = max(len(piece) for piece in pieces)
    assert len(asked) == 100
    assert most < 40_000


def test_what_is_written_off_and_recovered_has_lines_of_its_own_and_all_add_up_to_what_is_not_lost() -> None:
    paper_of = paper()
    lost = [exports.Loss(paper_of, date(2026, 3, 4), 15_717), exports.Loss(paper_of, date(2026, 5, 6), -5_000)]
    rows = list(csv.DictReader(io.StringIO(b"".join(exports.table([paper_of], lost)).decode())))
    assert [(row["number"], row["kind"], row["issued_on"], row["category"], row["gross"]) for row in rows[1:]] == [
        ("2026-0017", "write-off", "2026-03-04", "loss", "-157.17"),
        ("2026-0017", "recovery", "2026-05-06", "loss", "50.00"),
    ]
    assert {(row["tax"], row["rate"], row["preceding"]) for row in rows[1:]} == {("0.00", "0", "2026-0017")}
    assert sum(Decimal(row["gross"]) for row in rows) == Decimal("50.00")
    lines = b"".join(exports.bookings([paper_of], lost, **YEAR)).decode("cp1252").split("\r\n")
    assert [line.split(";")[:10] for line in lines[3:-1]] == [
        ["157,17", '"H"', '"EUR"', "", "", "", "1400", "2400", "", "0403"],
        ["50,00", '"S"', '"EUR"', "", "", "", "1400", "2400", "", "0605"],
    ]
