"""Lists of banks in six languages and German: columns, amounts, days."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.bankfiles import CannotReadStatement, Parsed
from sublet.core.banklists import WORDS, decimal_sign, find_columns, is_month_first, parse_amount, read_list
from sublet.core.cells import Cell, fold


def read(text: str, *, separator: str = ";", currency: str = "EUR") -> Parsed:
    rows: list[tuple[int, list[Cell]]] = [
        (number, list(cells))
        for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=separator), 1)
        if any(cells)
    ]
    return read_list(rows, currency=currency)


LISTS = {
    "it": "Conto corrente;IT60X\n\nData contabile;Data valuta;Causale;Dare;Avere;Divisa\n"
    "20/03/2026;21/03/2026;Bonifico da Salone Anna;;1.234,50;EUR\n21/03/2026;21/03/2026;Commissioni;-2,00;;EUR\n",
    "nl": "Datum;Naam / Omschrijving;Rekening;Tegenrekening;Code;Af Bij;Bedrag (EUR);Mededelingen\n"
    "20260320;Salone Anna;NL39RABO0300065264;IT60X0542811101000000123456;GT;Bij;1234,50;Factuur\n"
    "20260321;Bank;NL39RABO0300065264;;DV;Af;2,00;Kosten\n",
    "fr": "Date;Date valeur;Libellé;Débit euros;Crédit euros\n20/03/2026;21/03/2026;VIR Salone Anna;;1 234,50\n"
    "21/03/2026;21/03/2026;Frais;2,00;\n",
    "pt": "Data mov.;Data valor;Descrição;Montante\n20-03-2026;21-03-2026;TRF Salone Anna;1.234,50\n21-03-2026;21-03-2026;Comissão;-2,00\n",
    "de": "Auftragskonto;Buchungstag;Valutadatum;Buchungstext;Verwendungszweck;Beguenstigter/Zahlungspflichtiger;Kontonummer/IBAN;"
    "Betrag;Waehrung\nDE89;20.03.26;21.03.26;GUTSCHRIFT;Rechnung;Salone Anna;IT60X;1234,50;EUR\n"
    "DE89;21.03.26;21.03.26;ENTGELT;Preis;Bank;;-2,00;EUR\n",
    "en": 'Date,Description,Amount,Currency\n2026-03-20,From Salone Anna,"1,234.50",EUR\n2026-03-21,Fee,-2.00,EUR\n',
}


@pytest.mark.parametrize("language", LISTS)
def test_lists_of_banks_are_read(language: str) -> None:
    found = read(LISTS[language], separator="," if language == "en" else ";")
    assert found.faults == ()
    assert [(line.booked_on, line.minor, line.currency) for line in found.lines] == [
        (date(2026, 3, 20), 123_450, "EUR"), (date(2026, 3, 21), -200, "EUR"),
    ]  # fmt: skip
    first = found.lines[0]
    assert "Salone Anna" in f"{first.party} {first.text}"
    if language in ("it", "fr", "pt", "de"):
        assert first.value_on == date(2026, 3, 21)
    if language == "nl":
        assert (first.party_iban, first.iban) == ("IT60X0542811101000000123456", "NL39RABO0300065264")


def test_a_word_means_one_thing() -> None:
    seen: dict[str, str] = {}
    doubled = set()
    for meaning, words in WORDS.items():
        for word in words.replace("·", "|").split("|"):
            if seen.setdefault(fold(word), meaning) != meaning:
                doubled.add(word.strip())
    # Two headings of banks that do mean two things: the first is taken, in the order of the table.
    assert doubled <= {"credit", "debit", "valuta", "valutadatum", "dare avere", "kontonummer", "nome", "id"}


def test_the_order_of_the_columns_does_not_matter() -> None:
    one = read("Date;Amount;Description\n20.03.2026;12,50;x\n")
    other = read("Description;Date;Amount\nx;20.03.2026;12,50\n")
    assert [line.key for line in one.lines] == [line.key for line in other.lines]


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("1.234,56", "", "1234.56"), ("1,234.56", "", "1234.56"), ("1 234,56", "", "1234.56"), ("1'234.56", "", "1234.56"),
        ("1234", "", "1234"), ("12,5", "", "12.5"), ("12.50", "", "12.50"), ("-12,50", "", "-12.50"), ("12,50-", "", "-12.50"),
        ("(12.50)", "", "-12.50"), ("+12,50", "", "12.50"), ("€ 12,50", "", "12.50"), ("12,50 EUR", "", "12.50"),
        ("1.234", ",", "1234"), ("1.234", ".", "1.234"), ("1,234", ".", "1234"), ("1.234.567", "", "1234567"),
        ("1.234.567,8", "", "1234567.8"), ("−12,50", "", "-12.50"), ("1\N{NO-BREAK SPACE}234,50", "", "1234.50"), ("0,00", "", "0"),
    ],
)  # fmt: skip
def test_amounts_as_banks_write_them(text: str, decimal: str, expected: str) -> None:
    assert parse_amount(text, decimal) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "code"),
    [("1.234", "amount-unclear"), ("1,234", "amount-unclear"), ("1.23.456", "amount-unclear"), ("=1+1", "no-amount"),
     ("abc", "no-amount"), ("1e5", "no-amount"), ("12,345,6.7", "amount-unclear"), ("--5", "no-amount"), ("12 %", "no-amount")],
)  # fmt: skip
def test_amounts_that_are_not_guessed(text: str, code: str) -> None:
    found = read(f"Date;Amount\n2026-03-20;{text}\n")
    assert [(fault.line, fault.code, fault.value) for fault in found.faults] == [(2, code, text)]
    assert found.lines == ()


def test_a_column_shows_what_one_amount_does_not() -> None:
    found = read("Date;Amount\n2026-03-20;1.234\n2026-03-20;5,50\n")
    assert [line.minor for line in found.lines] == [123_400, 550]
    found = read("Date;Amount\n2026-03-20;1,234\n2026-03-20;5.50\n")
    assert [line.minor for line in found.lines] == [123_400, 550]
    # Contradictions show nothing.
    assert decimal_sign(["5,50", "5.50", "1.234"]) == ""


def test_a_column_says_which_side() -> None:
    rows = "".join(f"2026-03-20;5,00;{side}\n" for side in ("Bij", "Af", "C", "D", "+", "-", "Haben", "S", "x", ""))
    found = read("Datum;Bedrag;Af Bij\n" + rows)
    assert [line.minor for line in found.lines] == [500, -500] * 4
    assert [(fault.line, fault.code) for fault in found.faults] == [(10, "no-amount"), (11, "no-amount")]


def test_too_many_decimals_and_currencies() -> None:
    found = read(
        "Date;Amount;Currency\n2026-03-20;5.505;EUR\n2026-03-20;500;JPY\n2026-03-20;5.50;XXX\n2026-03-20;5.50;JPY\n2026-03-20;5.50;\n"
    )
    assert [(line.minor, line.currency) for line in found.lines] == [(500, "JPY"), (550, "EUR")]
    assert [fault.code for fault in found.faults] == ["too-precise", "currency", "too-precise"]
    assert read("Datum;Bedrag (CHF)\n2026-03-20;5,50\n").lines[0].currency == "CHF"


def test_days() -> None:
    found = read("Date;Amount\n03/04/2026;1,00\n31/02/2026;1,00\nx;1,00\n2026/03/05;1,00\n05.03.26;1,00\n")
    assert [line.booked_on for line in found.lines] == [date(2026, 4, 3), date(2026, 3, 5), date(2026, 3, 5)]
    assert [(fault.line, fault.code) for fault in found.faults] == [(3, "date"), (4, "date")]
    # The month first only where a day shows it, and none denies it.
    assert is_month_first(["03/04/2026", "03/13/2026"])
    assert not is_month_first(["13/03/2026", "03/13/2026"])
    assert not is_month_first(["03/04/2026"])
    found = read("Date;Amount\n03/04/2026;1.00\n03/13/2026;1.00\n")
    assert [line.booked_on for line in found.lines] == [date(2026, 3, 4), date(2026, 3, 13)]


def test_cells_of_a_workbook_need_no_guessing() -> None:
    rows: list[tuple[int, list[Cell]]] = [
        (1, ["Date", "Amount", "Description"]), (2, [datetime(2026, 3, 20, 9), 1234.5, "x"]), (3, [date(2026, 3, 21), 7, None]),
        (4, [date(2026, 3, 22), 0.1 + 0.2, "binary"]),
    ]  # fmt: skip
    found = read_list(rows, currency="EUR")
    assert [(line.booked_on.day, line.minor) for line in found.lines] == [(20, 123_450), (21, 700)]
    assert [fault.code for fault in found.faults] == ["too-precise"]


def test_sums_and_empty_rows_are_no_lines() -> None:
    found = read("Date;Amount;Description\n2026-03-20;1,00;x\n;1,00;Saldo\n2026-03-21;;y\nTotale;;\n")
    assert [line.line for line in found.lines] == [2]
    assert [(fault.line, fault.code) for fault in found.faults] == [(4, "no-amount")]


@pytest.mark.parametrize(("text", "code"), [("a;b\n1;2\n", "no-headings"), ("Date;Description\n2026-03-20;x\n", "no-headings"),
                                            ("Date;Amount\n", "no-lines")])  # fmt: skip
def test_lists_that_are_none(text: str, code: str) -> None:
    with pytest.raises(CannotReadStatement) as refused:
        read(text)
    assert refused.value.code == code


@given(st.integers(-(10**9), 10**9), st.sampled_from([".", ","]), st.booleans())
def test_what_is_written_is_read(minor: int, decimal: str, grouped: bool) -> None:
    whole, part = divmod(abs(minor), 100)
    other = "," if decimal == "." else "."
    text = f"{whole:,}".replace(",", other if grouped else "") + f"{decimal}{part:02d}"
    sign = "-" if minor < 0 else ""
    assert parse_amount(sign + text, "") == Decimal(minor) / 100


@given(st.text("0123456789.,- '", max_size=12))
def test_an_amount_is_a_number_or_a_fault(text: str) -> None:
    """Never anything else, whatever stands there."""
    found = read_list([(1, ["Date", "Amount"]), (2, ["2026-03-20", text]), (3, ["2026-03-20", "1.00"])], currency="EUR")
    assert len(found.lines) + len(found.faults) in (1, 2)


def test_headings_in_forty_rows() -> None:
    rows: list[tuple[int, list[Cell]]] = [(number, ["x"]) for number in range(1, 40)]
    assert find_columns([*rows, (40, ["Date", "Amount"])]) is not None
    assert find_columns([*rows, (40, ["x"]), (41, ["Date", "Amount"])]) is None
