"""Lists that banks let one download (CSV and the like): columns by their words in six languages and German, amounts, days.

Pure. Laws (tests/core/test_banklists.py):

* an amount is never guessed: what could be a thousand or one with decimals is a fault of its line, unless another line of the
  column shows which sign parts decimals;
* days are read with the day first unless the column itself shows otherwise; a day that does not exist is a fault;
* the order of the columns does not matter; what no word is known for is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sublet.core.bankfiles import MOST_LINES, CannotReadStatement, Fault, Parsed, StatementLine, keyed
from sublet.core.cells import Cell, cell_text, clean_text, fold
from sublet.core.money import MOST_MINOR, exponent

#: Meaning of a column → its headings: en · it · nl · fr · pt · de. Albanian banks write Italian or English, and a few of these.
WORDS: Final[Mapping[str, str]] = {
    "booked": "date|booking date|transaction date|posting date|completed date|date started · data|data contabile|data operazione|"
    "data registrazione|data movimento · datum|boekdatum|boekingsdatum|transactiedatum|uitvoeringsdatum · date opération|"
    "date de l'opération|date comptable|date de comptabilisation|date d'exécution · data mov|data do movimento|data lançamento|"
    "data operação · buchungstag|buchungsdatum|buchung · data e transaksionit",
    "value": "value date · data valuta · valutadatum|rentedatum · date valeur|date de valeur · data valor · valutadatum|wertstellung",
    "amount": "amount|amount eur|transaction amount · importo|importo eur|importo in euro · bedrag|bedrag eur|transactiebedrag · montant|"
    "montant eur|montant de l'opération · montante|valor|importância|montante eur · betrag|betrag eur|umsatz|umsatz in eur · shuma",
    "credit": "credit|paid in|money in|credit amount · avere|entrate|accrediti|accredito|dare avere avere · credit|bijgeschreven · "
    "crédit|crédit euros · crédito|créditos · haben|gutschrift|eingang",
    "debit": "debit|paid out|money out|debit amount · dare|uscite|addebiti|addebito · debet|afgeschreven · débit|débit euros · débito|"
    "débitos · soll|belastung|ausgang",
    "side": "debit credit|credit debit indicator|dc|d c|type d c · segno|dare avere · af bij|bij af|code af bij · sens · sinal · "
    "soll haben|s h|sh|soll haben kennzeichen",
    "currency": "currency · divisa|valuta · munt|muntsoort · devise · moeda · währung|waehrung · monedha",
    "party": "payee|payer|counterparty|counterparty name|name · controparte|ordinante|ordinante beneficiario|beneficiario|nome "
    "controparte · naam tegenpartij|tegenpartij|naam tegenrekening|naam omschrijving|naam · contrepartie|nom contrepartie|nom de la "
    "contrepartie|nom · contraparte|ordenante|nome · beguenstigter zahlungspflichtiger|begünstigter zahlungspflichtiger|name "
    "zahlungsbeteiligter|auftraggeber empfänger|auftraggeber|zahlungspflichtiger e|name zahlungspflichtiger",
    "party_iban": "counterparty iban|counterparty account|iban counterparty · iban controparte|iban ordinante|conto controparte · "
    "tegenrekening|tegenrekening iban bban|iban tegenpartij|rekening tegenpartij · compte contrepartie|iban contrepartie|compte de la "
    "contrepartie · iban contraparte|conta contraparte · kontonummer iban|iban zahlungsbeteiligter|iban auftraggeber|kontonummer",
    "own": "account|account number|iban|own account · conto|iban conto|numero conto · rekening|rekeningnummer|iban bban · compte|numéro "
    "de compte · conta|número de conta · auftragskonto|iban auftragskonto · llogaria",
    "text": "description|details|memo|narrative|remittance information|payment details · causale|descrizione|descrizione estesa|"
    "descrizione operazione|dettagli · omschrijving|omschrijving 1|omschrijving 2|omschrijving 3|mededelingen|mededeling · libellé|"
    "libellé opération|communication|communications|motif|détail|détails · descrição|descritivo|detalhes · verwendungszweck|"
    "vorgang verwendungszweck · përshkrimi",
    "reference": "reference|structured reference|payment reference|end to end reference|end to end id · riferimento|riferimento end to "
    "end · betalingskenmerk|kenmerk|gestructureerde mededeling · référence|référence structurée|communication structurée · referência · "
    "kundenreferenz|kundenreferenz end to end|end to end referenz|mandatsreferenz",
    "bank_ref": "transaction id|bank reference|transaction reference|id · id transazione|cro|codice operazione|trn · transactiereferentie|"
    "volgnr|volgnummer · référence banque|référence de l'opération|numéro de mouvement · id transação|número de operação · "
    "transaktionsid|buchungsreferenz|bankreferenz",
}  # fmt: skip
_MANY: Final = frozenset({"text", "reference"})
_IN: Final = frozenset(
    map(fold, "c cr crdt credit bij bijschrijving avere a accredito crédit crédito haben h in entrata plus".split())
)
_OUT: Final = frozenset(
    map(fold, "d dr dbit debit debet af afschrijving dare addebito débit débito soll s out uscita minus".split())
)
_HEAD: Final = 40  # banks write the account and its holder above the headings
_TEXT: Final = 500
_AMOUNT: Final = re.compile(r"[+-]?[0-9][0-9.,'’ ]*[+-]?")
_CODE: Final = re.compile(r"\b[A-Z]{3}\b")


def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    for meaning, words in WORDS.items():
        for word in re.split(r"\s*[|·]\s*", words):
            found.setdefault(fold(word), meaning)
    return found


_BY_WORD: Final = _table()


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the headings stand, and the meaning of each column that has one; currencies that headings name."""

    line: int
    at: Mapping[str, tuple[int, ...]]
    currency: str

    def first(self, meaning: str) -> int | None:
        found = self.at.get(meaning)
        return found[0] if found else None


def find_columns(rows: Sequence[tuple[int, Sequence[Cell]]]) -> Columns | None:
    """The first row that names a day and an amount; None if there is none among the first forty."""
    for line, cells in rows[:_HEAD]:
        found: dict[str, list[int]] = {}
        currency = ""
        for place, cell in enumerate(cells):
            heading = cell_text(cell)
            meaning = _BY_WORD.get(fold(heading)) or _BY_WORD.get(fold(re.sub(r"[(\[].*", "", heading)))
            if meaning is None or (meaning in found and meaning not in _MANY):
                continue
            found.setdefault(meaning, []).append(place)
            if meaning in ("amount", "credit") and (named := _CODE.search(heading.upper())):
                currency = named.group()
        if "booked" not in found and "value" in found:
            found["booked"] = found["value"]
        if "booked" in found and ("amount" in found or {"credit", "debit"} <= set(found)):
            return Columns(line, {meaning: tuple(places) for meaning, places in found.items()}, _known(currency))
    return None


def _known(currency: str) -> str:
    try:
        exponent(currency)
    except KeyError:
        return ""
    return currency


def read_list(rows: Iterable[tuple[int, Sequence[Cell]]], *, currency: str) -> Parsed:
    """The lines of a list; `currency` for those that name none. Raises CannotReadStatement."""
    table = list(rows)
    columns = find_columns(table)
    if columns is None:
        raise CannotReadStatement("no-headings")
    body = [(line, cells) for line, cells in table if line > columns.line]
    if len(body) > MOST_LINES:
        raise CannotReadStatement("too-many-lines")
    decimals = {
        place: decimal_sign(cell_text(_cell(cells, place)) for _, cells in body)
        for meaning in ("amount", "credit", "debit")
        for place in columns.at.get(meaning, ())
    }
    month_first = {
        place: is_month_first(cell_text(_cell(cells, place)) for _, cells in body)
        for meaning in ("booked", "value")
        for place in columns.at.get(meaning, ())
    }
    lines: list[StatementLine] = []
    faults: list[Fault] = []
    for line, cells in body:
        try:
            found = _line(line, cells, columns, decimals, month_first, columns.currency or currency)
        except _Wrong as wrong:
            faults.append(Fault(line, wrong.code, wrong.value[:80]))
        else:
            if found is not None:
                lines.append(found)
    if not lines and not faults:
        raise CannotReadStatement("no-lines")
    return Parsed(keyed(lines), tuple(faults), 0, "csv")


class _Wrong(Exception):
    def __init__(self, code: str, value: str = "") -> None:
        self.code, self.value = code, value


def _cell(cells: Sequence[Cell], place: int | None) -> Cell:
    return cells[place] if place is not None and place < len(cells) else None


def _line(
    line: int, cells: Sequence[Cell], columns: Columns, decimals: Mapping[int, str], month_first: Mapping[int, bool],
    otherwise: str,
) -> StatementLine | None:  # fmt: skip
    def said(meaning: str) -> str:
        return clean_text(cell_text(_cell(cells, columns.first(meaning))))[0]

    place = columns.at["booked"][0]
    day_text = cell_text(_cell(cells, place)).strip()
    amounts = [(meaning, columns.first(meaning)) for meaning in ("amount", "credit", "debit")]
    if not any(cell_text(_cell(cells, at)).strip() for _, at in amounts if at is not None):
        if not day_text or _day(_cell(cells, place), month_first[place]) is None:
            return None  # a heading inside, a sum below, an empty row
        raise _Wrong("no-amount")
    booked = _day(_cell(cells, place), month_first[place])
    if booked is None:
        if not day_text:
            return None  # a total: an amount without a day
        raise _Wrong("date", day_text)
    code = said("currency").upper() or otherwise
    if not _known(code):
        raise _Wrong("currency", code)
    minor = _minor(cells, columns, decimals, code)
    value_place = columns.first("value")
    value = None if value_place is None else _day(_cell(cells, value_place), month_first[value_place])
    texts = [
        clean_text(cell_text(_cell(cells, at)))[0]
        for meaning in ("reference", "text")
        for at in columns.at.get(meaning, ())
    ]
    return StatementLine(
        line=line, booked_on=booked, minor=minor, currency=code, iban=_iban(said("own")), value_on=value,
        party=said("party")[:140], party_iban=_iban(said("party_iban")),
        text=" ".join(dict.fromkeys(filter(None, texts)))[:_TEXT], bank_ref=said("bank_ref")[:140],
    )  # fmt: skip


def _iban(text: str) -> str:
    return re.sub(r"\s", "", text).upper()[:34]


def _minor(cells: Sequence[Cell], columns: Columns, decimals: Mapping[int, str], currency: str) -> int:
    amount = columns.first("amount")
    if amount is not None and cell_text(_cell(cells, amount)).strip():
        minor = _read(_cell(cells, amount), decimals[amount], currency)
        if columns.first("side") is None:
            return minor
        side = cell_text(_cell(cells, columns.first("side"))).strip()
        if side == "-" or (side and fold(side) in _OUT):
            return -abs(minor)
        if side == "+" or (side and fold(side) in _IN):
            return minor
        raise _Wrong("no-amount", side)
    total = 0
    for meaning, sign in (("credit", 1), ("debit", -1)):
        place = columns.first(meaning)
        if place is not None and cell_text(_cell(cells, place)).strip():
            minor = _read(_cell(cells, place), decimals[place], currency)
            total += minor if meaning == "credit" else sign * abs(minor)
    return total


def _read(cell: Cell, decimal: str, currency: str) -> int:
    text = cell_text(cell).strip()
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        number = Decimal(str(cell))  # a workbook's number needs no guessing
    else:
        number = parse_amount(text, decimal)
    scaled = number.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise _Wrong("too-precise", text)
    if abs(scaled) > MOST_MINOR:
        raise _Wrong("no-amount", text)
    return int(scaled)


def parse_amount(text: str, decimal: str) -> Decimal:
    """An amount as people and banks write it; `decimal`: the sign that parts decimals in its column, or empty if nothing in the
    column shows it. Raises `_Wrong`, which `read_list` makes a fault of the line."""
    plain = text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ").replace("−", "-")
    negative = plain.startswith("(") and plain.endswith(")")
    plain = re.sub(r"^\(|\)$|€|\$|£|\b[A-Z]{3}\b", "", plain).strip()
    if not _AMOUNT.fullmatch(plain):
        raise _Wrong("no-amount", text)
    if plain[-1] in "+-":
        plain = plain[-1] + plain[:-1]
    sign = -1 if plain[0] == "-" else 1
    plain = re.sub(r"['’ ]", "", plain.lstrip("+-"))
    marks = re.findall(r"[.,]", plain)
    sure = decimal or own_decimal_sign(plain)
    if not marks:
        whole, part = plain, ""
    elif sure == "":
        if not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain):
            raise _Wrong("amount-unclear", text)
        if len(marks) == 1:
            raise _Wrong("amount-unclear", text)  # a thousand, or one with three decimals
        whole, part = re.sub(r"[.,]", "", plain), ""
    else:
        other = "," if sure == "." else "."
        if plain.count(sure) > 1:
            raise _Wrong("amount-unclear", text)
        whole, _, part = plain.partition(sure)
        if other in part or not re.fullmatch(rf"\d{{1,3}}(?:\{other}\d{{3}})+|\d*", whole):
            raise _Wrong("amount-unclear", text)
        whole = whole.replace(other, "")
    number = Decimal(f"{whole or '0'}.{part or '0'}") * sign
    return -abs(number) if negative else number


def own_decimal_sign(plain: str) -> str:
    """The sign that can only part decimals, seen from one amount alone; empty if it could be either."""
    marks = re.findall(r"[.,]", plain)
    if len(set(marks)) == 2:
        return str(marks[-1])
    if len(marks) == 1 and len(plain) - plain.index(marks[0]) - 1 != 3:
        return str(marks[0])
    return ""


def decimal_sign(column: Iterable[str]) -> str:
    """The same over a column: what its amounts agree on; empty if none shows it, or if they differ."""
    signs = {own_decimal_sign(re.sub(r"[^0-9.,]", "", text)) for text in column} - {""}
    return signs.pop() if len(signs) == 1 else ""


_PARTS: Final = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{2,4})(?:[ T].*)?")


def is_month_first(column: Iterable[str]) -> bool:
    """Whether the days of a column are written as in the United States: only if some show it and none shows the contrary."""
    shows, denies = False, False
    for text in column:
        found = _PARTS.fullmatch(text.strip())
        if found is None or len(found.group(1)) == 4:
            continue
        shows |= int(found.group(2)) > 12
        denies |= int(found.group(1)) > 12
    return shows and not denies


def _day(cell: Cell, month_first: bool) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = cell_text(cell).strip()
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    found = _PARTS.fullmatch(text)
    if found is None:
        return None
    first, second, third = found.groups()
    if len(first) == 4:
        year, month, day = int(first), int(second), int(third)
    elif len(third) == 3 or len(first) > 2:
        return None
    else:
        day, month, year = int(first), int(second), int(third)
        if month_first:
            day, month = month, day
        if len(third) == 2:
            year += 2000
    try:
        return date(year, month, day)
    except ValueError:
        return None
