"""Statements of a bank account as plain lines: CAMT.053 as ISO 20022 has it, versions 2 to 13.

(Lists of a bank's page are read by `core.banklists`.) Pure. Laws (tests/core/test_bankfiles.py):

* only what is booked is a line; a batch whose parts are told becomes its parts exactly if these add up to it;
* the sign is the account's own: what came in is positive, a reversal of it negative;
* a file that is read twice, or in parts that share whole days, gives each line the same key, and two lines never the same;
* nothing outside the file is read, and a file that would grow in memory is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from sublet.core.cells import clean_text
from sublet.core.money import WrongAmount, exponent, read_amount

if TYPE_CHECKING:
    from lxml import etree  # type: ignore[import-untyped]  # has no types

MEGABYTE: Final = 1024 * 1024
#: A year of a busy account has less.
MOST_BYTES: Final = 10 * MEGABYTE
MOST_LINES: Final = 20_000
_TEXT: Final = 500
LONGEST_ACCOUNT: Final = 34  # an IBAN’s; other numbers are no longer either
_NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(\d\d)\Z")


class CannotReadStatement(ValueError):
    """The file as a whole; `code` says why: ``too-large empty not-xml external not-camt053 too-many-lines no-headings
    no-lines``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement. `minor`: smallest units of `currency`, positive for what came in. `line`: where in the file, from 1.

    `iban` is the account's own (empty where the file does not say); `party` and `party_iban` the other side's; `text` what was
    written to it; `bank_ref` the bank's own number of it. `reversal`: it takes back an earlier one. `key`: see `keyed`.
    """

    line: int
    booked_on: date
    minor: int
    currency: str
    iban: str = ""
    value_on: date | None = None
    party: str = ""
    party_iban: str = ""
    text: str = ""
    bank_ref: str = ""
    reversal: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be read: ``no-amount amount-unclear too-precise currency date``; `value` is what stands there."""

    line: int
    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file holds. `waiting`: movements that are announced and not booked yet."""

    lines: tuple[StatementLine, ...]
    faults: tuple[Fault, ...] = ()
    waiting: int = 0
    format: str = "csv"


def keyed(lines: Iterable[StatementLine]) -> tuple[StatementLine, ...]:
    """The lines with their keys (SHA-256): by which the same movement is known in another file.

    By the bank's own number of it with account, day and amount (some banks begin to count anew each day); without a number by
    all that is said of it, and by how many like it came before on that day.
    """
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        parts = [line.iban, line.booked_on.isoformat(), str(line.minor), line.currency, str(line.reversal)]
        parts += ["ref", line.bank_ref] if line.bank_ref else ["", line.party, line.party_iban, line.text]
        base = "\x1f".join(parts)
        seen[base] += 1
        found.append(replace(line, key=hashlib.sha256(f"{base}\x1f{seen[base]}".encode()).hexdigest()))
    return tuple(found)


def is_xml(data: bytes) -> bool:
    """Whether a file means to be XML, in any encoding that XML has."""
    start = data[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith((b"<?xml", b"<Document", b"<!DOCTYPE", b"<ns", b"<camt"))


def read_camt(data: bytes) -> Parsed:
    """The booked lines of a CAMT.053 file. Raises CannotReadStatement."""
    root = _root(data)
    lines: list[StatementLine] = []
    faults: list[Fault] = []
    waiting = 0
    for statement in _all(root, "BkToCstmrStmt", "Stmt"):
        iban = _text(statement, "Acct", "Id", "IBAN") or _text(statement, "Acct", "Id", "Othr", "Id")
        for entry in _all(statement, "Ntry"):
            status = _text(entry, "Sts", "Cd") or _text(entry, "Sts")
            if status != "BOOK":
                waiting += 1
                continue
            try:
                lines += _entry(entry, iban.replace(" ", "").upper()[:LONGEST_ACCOUNT])
            except _Wrong as wrong:
                faults.append(Fault(entry.sourceline or 0, wrong.code, wrong.value[:80]))
            if len(lines) + len(faults) > MOST_LINES:
                raise CannotReadStatement("too-many-lines")
    if not lines and not faults and not waiting:
        raise CannotReadStatement("no-lines")
    return Parsed(keyed(lines), tuple(faults), waiting, "camt.053")


class _Wrong(Exception):
    def __init__(self, code: str, value: str = "") -> None:
        self.code, self.value = code, value


def _root(data: bytes) -> etree._Element:
    if len(data) > MOST_BYTES:
        raise CannotReadStatement("too-large")
    if not data.strip():
        raise CannotReadStatement("empty")
    from lxml import etree  # takes long to load, every process reads this module, and few read a statement

    # Entities would read files of this machine, or grow: nothing of the kind is resolved, and who declares any is refused.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True, recover=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise CannotReadStatement("not-xml") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise CannotReadStatement("external")
    namespace, _brace, name = str(root.tag).removeprefix("{").rpartition("}")
    if name != "Document" or _NAMESPACE.match(namespace) is None:
        raise CannotReadStatement("not-camt053")
    return root


def _children(node: etree._Element, name: str) -> Iterator[etree._Element]:
    """By the local name: banks of one group write each version with a namespace of its own."""
    return (child for child in node if isinstance(child.tag, str) and child.tag.rpartition("}")[2] == name)


def _all(node: etree._Element, *path: str) -> list[etree._Element]:
    found = [node]
    for name in path:
        found = [child for parent in found for child in _children(parent, name)]
    return found


def _text(node: etree._Element, *path: str) -> str:
    """The text of the first such element; empty without one."""
    for found in _all(node, *path):
        if found.text and found.text.strip():
            return clean_text(found.text)[0]
    return ""


def _entry(entry: etree._Element, iban: str) -> list[StatementLine]:
    minor, currency = _amount(entry, entry)
    line = StatementLine(
        line=entry.sourceline or 0, booked_on=_day(entry, "BookgDt") or _missing_day(entry), minor=minor,
        currency=currency, iban=iban, value_on=_day(entry, "ValDt"),
        bank_ref=_text(entry, "AcctSvcrRef"), reversal=_text(entry, "RvslInd") in ("true", "1"),
        text=_text(entry, "AddtlNtryInf")[:_TEXT],
    )  # fmt: skip
    details = _all(entry, "NtryDtls", "TxDtls")
    if len(details) == 1:
        return [_detailed(line, details[0])]
    if len(details) > 1:
        parts = [_part(line, detail, number) for number, detail in enumerate(details, 1)]
        told = [part for part in parts if part is not None]
        if len(told) == len(parts) and sum(part.minor for part in told) == minor:
            return told
        # The parts do not say what the whole came to: it stays one line, with the texts of all.
        texts = " · ".join(filter(None, (_said(detail) for detail in details)))
        return [replace(line, text=(texts or line.text)[:_TEXT])]
    return [line]


def _amount(node: etree._Element, entry: etree._Element) -> tuple[int, str]:
    found = _all(node, "Amt")
    if not found:
        raise _Wrong("no-amount")
    currency = (found[0].get("Ccy") or "").upper()
    text = (found[0].text or "").strip()
    try:
        exponent(currency)
    except KeyError:
        raise _Wrong("currency", currency) from None
    try:
        minor = read_amount(text, currency)
    except WrongAmount as wrong:
        raise _Wrong("too-precise" if wrong.code == "too-precise" else "no-amount", text) from None
    side = _text(node, "CdtDbtInd") or _text(entry, "CdtDbtInd")
    if side not in ("CRDT", "DBIT") or minor < 0:
        raise _Wrong("no-amount", f"{text} {side}")
    return (minor if side == "CRDT" else -minor), currency


def _day(entry: etree._Element, name: str) -> date | None:
    text = _text(entry, name, "Dt") or _text(entry, name, "DtTm")
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _Wrong("date", text) from None


def _missing_day(entry: etree._Element) -> date:
    """The day of value stands for a day of booking that is not said."""
    day = _day(entry, "ValDt")
    if day is None:
        raise _Wrong("date")
    return day


def _detailed(line: StatementLine, detail: etree._Element) -> StatementLine:
    """The other side and the texts; the amount stays that of the entry, which is what the account got after charges."""
    side = "Dbtr" if (line.minor >= 0) != line.reversal else "Cdtr"
    party = _text(detail, "RltdPties", side, "Pty", "Nm") or _text(detail, "RltdPties", side, "Nm")
    account = _text(detail, "RltdPties", f"{side}Acct", "Id", "IBAN")
    return replace(
        line, party=party[:140], party_iban=account.replace(" ", "").upper(), text=(_said(detail) or line.text)[:_TEXT],
        bank_ref=line.bank_ref or _text(detail, "Refs", "AcctSvcrRef"),
    )  # fmt: skip


def _part(line: StatementLine, detail: etree._Element, number: int) -> StatementLine | None:
    node = detail if _all(detail, "Amt") else next(iter(_all(detail, "AmtDtls", "TxAmt")), None)
    if node is None:
        return None
    try:
        minor, currency = _amount(node, detail if _text(detail, "CdtDbtInd") else detail.getparent().getparent())
    except _Wrong:
        return None
    if currency != line.currency:
        return None
    own = _text(detail, "Refs", "AcctSvcrRef") or _text(detail, "Refs", "TxId") or _text(detail, "Refs", "EndToEndId")
    # Without a number of the whole the part has none either: then all that is said of it makes its key.
    ref = f"{line.bank_ref}/{number}/{own}" if line.bank_ref else ""
    part = _detailed(replace(line, minor=minor, bank_ref=ref, text=""), detail)
    return replace(part, bank_ref=ref, text=part.text or line.text)


def _said(detail: etree._Element) -> str:
    """Structured references first, then what was written, then the payer's own number."""
    told = [_text(node, "CdtrRefInf", "Ref") for node in _all(detail, "RmtInf", "Strd")]
    told += [clean_text(node.text or "")[0] for node in _all(detail, "RmtInf", "Ustrd")]
    own = _text(detail, "Refs", "EndToEndId")
    if own and own.upper() not in ("NOTPROVIDED", "NOT PROVIDED"):
        told.append(own)
    return " ".join(dict.fromkeys(text for text in told if text))


__all__: Sequence[str] = [
    "MOST_BYTES", "MOST_LINES", "CannotReadStatement", "Fault", "Parsed", "StatementLine", "is_xml", "keyed", "read_camt",
]  # fmt: skip
