"""CAMT.053: what of it is a line, and what is refused."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.bankfiles import MOST_BYTES, CannotReadStatement, is_xml, keyed, read_camt
from tests.core.bankpapers import V2, V8, camt, detail, entry


@pytest.mark.parametrize(("namespace", "new"), [(V2, False), (V8, True)])
def test_a_movement_is_read_in_both_versions(namespace: str, new: bool) -> None:
    status = "<Sts><Cd>BOOK</Cd></Sts>" if new else "<Sts>BOOK</Sts>"
    told = detail(text="Fattura R-101", reference="RF18539007547034", new=new)
    [line] = read_camt(camt(entry("1234.50", details=told, status=status), namespace=namespace)).lines
    assert (line.booked_on, line.value_on) == (date(2026, 3, 20), date(2026, 3, 20))
    assert (line.minor, line.currency, line.reversal) == (123_450, "EUR", False)
    assert (line.party, line.party_iban) == ("Salone Anna Srl", "IT60X0542811101000000123456")
    assert (line.text, line.bank_ref) == ("RF18539007547034 Fattura R-101", "B1")
    assert line.iban == "DE89370400440532013000"


def test_what_goes_out_is_negative_and_a_reversal_says_so() -> None:
    found = read_camt(
        camt(entry("5.00", side="DBIT", ref="1"), entry("5.00", reversal=True, ref="2"),
             entry("7.00", side="DBIT", reversal=True, ref="3"))
    ).lines  # fmt: skip
    assert [(line.minor, line.reversal) for line in found] == [(-500, False), (500, True), (-700, True)]


def test_amounts_are_of_their_currency() -> None:
    found = read_camt(
        camt(entry("1200", currency="JPY", ref="1"), entry("1.234", currency="KWD", ref="2"), entry("0.01", ref="3"))
    )
    assert [(line.minor, line.currency) for line in found.lines] == [(1200, "JPY"), (1234, "KWD"), (1, "EUR")]


@pytest.mark.parametrize("new", [False, True])
def test_a_batch_becomes_its_parts_if_they_add_up(new: bool) -> None:
    namespace = V8 if new else V2
    parts = detail(name="Anna", amount="60.00", new=new) + detail(name="Bea", amount="40.00", new=new)
    found = read_camt(camt(entry("100.00", details=parts), namespace=namespace)).lines
    assert [(line.minor, line.party) for line in found] == [(6_000, "Anna"), (4_000, "Bea")]
    assert len({line.key for line in found}) == 2
    # Of parts that do not add up, or say nothing of amounts, nobody knows what each came to.
    for other in (detail(name="Anna", amount="60.00", text="a", new=new) + detail(name="Bea", amount="39.99", text="b", new=new),
                  detail(name="Anna", text="a", new=new) + detail(name="Bea", text="b", new=new)):  # fmt: skip
        [line] = read_camt(camt(entry("100.00", details=other), namespace=namespace)).lines
        assert (line.minor, line.party, line.text) == (10_000, "", "a · b")


def test_the_amount_is_what_the_account_got() -> None:
    """A payer's 100.00 less the bank's charges."""
    [line] = read_camt(camt(entry("97.50", details=detail(amount="100.00", text="x")))).lines
    assert (line.minor, line.text) == (9_750, "x")


def test_what_is_only_announced_is_counted_and_left_out() -> None:
    found = read_camt(camt(entry(status="<Sts>PDNG</Sts>"), entry(status="<Sts><Cd>INFO</Cd></Sts>"), entry(ref="2")))
    assert (len(found.lines), found.waiting) == (1, 2)


def test_faults_are_told_with_their_line() -> None:
    found = read_camt(
        camt("\n", entry("12.345", ref="1"), "\n", entry(currency="XXX", ref="2"), "\n", entry(day="2026-02-30", ref="3"), "\n",
             entry("abc", ref="4"), entry("1.00", side="", ref="5"), entry(ref="6"))
    )  # fmt: skip
    assert [(fault.line, fault.code) for fault in found.faults] == [
        (2, "too-precise"), (3, "currency"), (4, "date"), (5, "no-amount"), (5, "no-amount"),
    ]  # fmt: skip
    assert len(found.lines) == 1


def test_the_same_movement_has_the_same_key_and_two_never() -> None:
    data = camt(entry(ref="1"), entry(ref="2"), entry(ref=""), entry(ref=""), entry(ref="", details=detail(text="x")))
    first, again = read_camt(data), read_camt(data)
    assert [line.key for line in first.lines] == [line.key for line in again.lines]
    assert len({line.key for line in first.lines}) == 5
    # A bank that counts anew each day, and another account.
    others = read_camt(camt(entry(ref="1", day="2026-03-21"), entry(ref="1", amount="2.00")))
    other = read_camt(camt(entry(ref="1"), iban="DE02120300000000202051"))
    keys = {line.key for found in (first, others, other) for line in found.lines}
    assert len(keys) == 8


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=12), st.integers(0, 12))
def test_parts_that_share_whole_days_give_the_same_keys(days: list[str], cut: int) -> None:
    """A file of one day, and a file of the week with it: the day's movements are known again."""
    names = {"a": "2026-03-20", "b": "2026-03-21", "c": "2026-03-22"}
    rows = [entry(ref="", day=names[day]) for day in sorted(days)]
    if not rows:
        return
    whole = {line.key for line in read_camt(camt(*rows)).lines}
    parts = set()
    for day in set(days):
        parts |= {line.key for line in read_camt(camt(*[row for row in rows if names[day] in row])).lines}
    assert whole == parts
    assert len(whole) == len(rows)


def test_keys_count_like_movements() -> None:
    [line] = read_camt(camt(entry(ref=""))).lines
    assert len({one.key for one in keyed([line, line, line])}) == 3


# What is refused --------------------------------------------------------------------------------------------------------


def code(data: bytes) -> str:
    with pytest.raises(CannotReadStatement) as refused:
        read_camt(data)
    return refused.value.code


def test_files_of_this_machine_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    head = f'<!DOCTYPE Document [<!ENTITY x SYSTEM "file://{secret}">]>'
    assert code(camt(entry(details=detail(text="&x;")), head=head)) == "external"
    assert code(camt(entry(), head='<!DOCTYPE Document SYSTEM "http://127.0.0.1:1/x.dtd">')) == "external"


def test_what_would_grow_in_memory_is_refused() -> None:
    names = "abcdefghij"
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {two} "{f"&{one};" * 10}">' for one, two in itertools.pairwise(names)
    )
    assert code(camt(entry(details=detail(text="&j;")), head=f"<!DOCTYPE Document [{entities}]>")) in (
        "external",
        "not-xml",
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<Document", "not-xml"),
        (b"Datum;Bedrag\n", "not-xml"),
        (b"PK\x03\x04" + b"\0" * 100, "not-xml"),
        (b"<Document/>", "not-camt053"),
        (camt(namespace="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02"), "not-camt053"),
        (camt(namespace="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"), "not-camt053"),
        (camt(), "no-lines"),
        (b"<" + b"x" * MOST_BYTES, "too-large"),
        (camt(entry(details=detail(text="\xe9"))).replace(b"\xc3\xa9", b"\xe9"), "not-xml"),
    ],
)
def test_what_is_no_statement(data: bytes, expected: str) -> None:
    assert code(data) == expected


def test_other_encodings_and_prefixes_are_read() -> None:
    text = camt(entry(details=detail(name="Café"))).decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    [line] = read_camt(text.encode("utf-16")).lines
    assert line.party == "Café"
    assert is_xml(text.encode("utf-16"))
    latin = camt(entry(details=detail(name="Café"))).decode().replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')
    assert read_camt(latin.encode("latin-1")).lines[0].party == "Café"
    prefixed = (
        camt(entry())
        .decode()
        .replace("<", "<n:")
        .replace("<n:/", "</n:")
        .replace("<n:?", "<?")
        .replace("xmlns=", "xmlns:n=")
    )
    assert len(read_camt(prefixed.encode()).lines) == 1
    assert not is_xml(b"Datum;Bedrag")
