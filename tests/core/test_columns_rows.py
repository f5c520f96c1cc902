"""Laws of client rows: cleaning is stable, keys are blind to writing, double rows are told."""

from __future__ import annotations

import random
import unicodedata
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sublet.core.cells import Cell
from sublet.core.clientrows import FAULTS, MAX_LENGTHS, ClientRow, RowChecker, RowRules, row_key
from sublet.core.columnwords import FIELDS, Field
from sublet.core.fieldvalues import (
    language_of,
    looks_like_date,
    parse_date,
    parse_email,
    parse_website,
    split_tags,
    state_of,
)
from sublet.core.fingerprints import Fingerprints
from tests.thorough import examples


def normalize_phone(text: str, country: str) -> str | None:
    """A plain law in the place of the real one: eight digits or more, in Italy unless said."""
    digits = "".join(filter(str.isdigit, text))
    if not 8 <= len(digits) <= 13 or not set(text) <= set("+0123456789 ()/.-"):
        return None
    return f"+{digits}" if text.startswith("+") else f"+{'33' if country == 'FR' else '39'}{digits}"


RULES = RowRules(
    normalize_phone=normalize_phone,
    country_of=lambda text: {"it": "IT", "italia": "IT", "fr": "FR", "france": "FR"}.get(text.casefold()),
    timezone_of=lambda text: "Europe/Rome" if text.casefold() == "europe/rome" else None,
)
EACH: dict[int, Field] = dict(enumerate(FIELDS))


def check(rules: RowRules = RULES, /, **values: Cell) -> ClientRow:
    return RowChecker(EACH, rules).check(2, [values.get(name) for name in FIELDS])


def codes(row: ClientRow) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in row.faults]


def test_a_row_is_cleaned_and_understood() -> None:
    row = check(
        name="  Caffe\u0301\u00a0 Roma  S.r.l.",
        first_name="ANNA",
        last_name="de Luca",
        email="Anna.DeLuca@CaffeRoma.IT ",
        phone="(06) 123 456 78",
        postal_code=184,
        country="Italia",
        language="Italiano",
        timezone="europe/rome",
        website="WWW.CaffeRoma.it/",
        tags="bar; Centro, bar|VIP",
        notes="one\r\n\r\ntwo",
        state="Sospeso",
        created="3/2/2024",
        external_id=1042.0,
    )
    assert row == ClientRow(
        line=2,
        name="Caffé Roma S.r.l.",
        contact="ANNA de Luca",
        first_name="ANNA",
        last_name="de Luca",
        email="Anna.DeLuca@cafferoma.it",
        phone="+390612345678",
        postal_code="00184",
        country="IT",
        language="it",
        timezone="Europe/Rome",
        website="https://www.cafferoma.it",
        tags=("bar", "Centro", "VIP"),
        notes="one\n\ntwo",
        state="suspended",
        created=date(2024, 2, 3),
        external_id="1042",
        row_key=row_key("1042", "", "", "", ""),
        faults=row.faults,
    )
    assert codes(row) == [("postal_code", "postal-code-padded")]
    assert row.usable


@pytest.mark.parametrize(
    ("values", "expected", "usable"),
    [
        ({"name": "A", "email": "a@x.it"}, [], True),
        ({"email": "a@x.it"}, [("name", "name-missing")], False),
        ({"name": " - ", "email": "a@x.it"}, [("name", "name-missing")], False),
        ({"name": "A" * 201, "email": "a@x.it"}, [("name", "name-too-long")], False),
        ({"name": "A"}, [("email", "email-missing")], True),
        ({"name": "A", "email": "n/a"}, [("email", "email-missing")], True),
        ({"name": "A", "email": "nessuna"}, [("email", "email-missing")], True),
        ({"name": "A", "email": "a@@x.it"}, [("email", "email-invalid")], False),
        ({"name": "A", "email": "a@x"}, [("email", "email-invalid")], False),
        ({"name": "A", "email": "a@x.it; b@x.it"}, [("email", "email-several")], True),
        ({"name": "A", "email": "a@x.it", "phone": "call Mario"}, [("phone", "phone-unclear")], True),
        ({"name": "A", "email": "a@x.it", "phone": "3,93331E+11"}, [("phone", "number-shortened")], True),
        ({"name": "A", "email": "a@x.it", "phone": "06 12345678 / 333 1234567"}, [("phone", "phone-several")], True),
        ({"name": "A", "email": "a@x.it", "country": "Atlantis"}, [("country", "country-unknown")], True),
        ({"name": "A", "email": "a@x.it", "language": "Klingon"}, [("language", "language-unknown")], True),
        ({"name": "A", "email": "a@x.it", "timezone": "Rome"}, [("timezone", "timezone-unknown")], True),
        ({"name": "A", "email": "a@x.it", "website": "javascript:alert(1)"}, [("website", "website-invalid")], True),
        ({"name": "A", "email": "a@x.it", "state": "so-so"}, [("state", "state-unknown")], True),
        ({"name": "A", "email": "a@x.it", "created": "31/02/2024"}, [("created", "created-invalid")], True),
        ({"name": "A", "email": "a@x.it", "city": "R" * 101}, [("city", "value-cut")], True),
        ({"name": "A", "email": "a@x.it", "tags": ",".join(map(str, range(31)))}, [("tags", "tags-left-out")], True),
        ({"name": "A", "email": "a@x.it", "external_id": "1E+05"}, [("external_id", "number-shortened")], True),
        ({"name": "A", "email": "a@x.it", "external_id": "9" * 101}, [("external_id", "external-id-too-long")], False),
        (
            {"name": "A\x00\u202eB", "email": "a@x.it"},
            [("name", "control-characters"), ("name", "direction-marks")],
            True,
        ),
    ],
)
def test_each_fault_is_told(values: dict[str, Cell], expected: list[tuple[str, str]], usable: bool) -> None:
    row = check(RULES, **values)
    assert codes(row) == expected
    assert row.usable is usable


def test_a_person_stands_in_for_a_company_that_has_no_name() -> None:
    assert check(first_name="Zoé", last_name="Durand").name == "Zoé Durand"
    assert check(contact="Zoé Durand", name="n/a").name == "Zoé Durand"
    assert check(contact="Zoé Durand").name == "Zoé Durand"


def test_a_second_number_in_the_cell_becomes_the_mobile() -> None:
    row = check(name="A", phone="06 12345678 / 333 1234567")
    assert (row.phone, row.mobile) == ("+390612345678", "+393331234567")
    row = check(name="A", phone="06 12345678 / 333 1234567", mobile="347 7654321")
    assert (row.phone, row.mobile) == ("+390612345678", "+393477654321")


def test_the_country_of_the_row_goes_before_that_of_the_reseller() -> None:
    rules = RowRules(normalize_phone, RULES.country_of, RULES.timezone_of, default_country="FR")
    assert check(rules, name="A", phone="06 12345678").phone == "+330612345678"
    assert check(rules, name="A", phone="06 12345678", country="Italia").phone == "+390612345678"


def test_several_columns_may_feed_street_tags_and_notes() -> None:
    checker = RowChecker({0: "name", 1: "street", 2: "street", 3: "tags", 4: "tags"}, RULES)
    row = checker.check(1, ["A", "Via Roma 1", "scala B", "bar", "vip"])
    assert (row.street, row.tags) == ("Via Roma 1, scala B", ("bar", "vip"))
    assert checker.check(1, ["A", "Via Roma 1"]).street == "Via Roma 1"


def test_a_mapping_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ValueError, match="no-name"):
        RowChecker({0: "email"}, RULES)


def doubles(*rows: dict[str, Cell]) -> list[list[tuple[str, object]]]:
    checker = RowChecker(EACH, RULES)
    cells = [(line, [row.get(name) for name in FIELDS]) for line, row in enumerate(rows, 2)]
    codes = ("repeated-row", "possible-duplicate")
    return [[(f.code, f.params["line"]) for f in row.faults if f.code in codes] for row in checker.check_all(cells)]


def test_double_rows_name_the_earliest_line() -> None:
    assert doubles(
        {"name": "Bar Roma", "email": "Info@bar.it", "city": "Roma", "phone": "06 12345678"},
        {"name": "BAR  ROMA", "email": "info@BAR.it"},
        {"name": "Another", "email": "info@bar.it"},
        {"name": "Bár Roma", "city": "ROMA"},
        {"name": "Bar Roma", "phone": "0612345678"},
        {"name": "Bar Roma", "city": "Milano"},
        {"name": "Bar Roma", "city": "milano"},
    ) == [
        [],
        [("repeated-row", 2)],
        [("possible-duplicate", 2)],
        [("possible-duplicate", 2)],
        [("possible-duplicate", 2)],
        [],
        [("repeated-row", 7)],
    ]


def test_a_row_with_an_error_makes_no_other_row_double() -> None:
    assert doubles({"name": "Bar", "city": "Roma", "email": "bad@"}, {"name": "Bar", "city": "Roma"}) == [[], []]


def test_a_number_of_ones_own_decides_alone() -> None:
    assert doubles({"name": "A", "external_id": "C-17"}, {"name": "B", "external_id": "c 17"}) == [
        [],
        [("repeated-row", 2)],
    ]
    assert doubles({"name": "A", "external_id": "1"}, {"name": "A", "external_id": "2"}) == [[], []]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Mario.Rossi@Esempio.IT", "Mario.Rossi@esempio.it"),
        ("mailto:a@b.it?subject=x", "a@b.it"),
        ("Anna <anna@b.it>", "anna@b.it"),
        ("<anna@b.it>;", "anna@b.it"),
        ("info@caffè.it", "info@caffè.it"),
        ("a+tag@sub.domain.co.uk", "a+tag@sub.domain.co.uk"),
        ("o'neil@b.ie", "o'neil@b.ie"),
        ("a@b", None),
        ("a.@b.it", None),
        (".a@b.it", None),
        ("a..b@c.it", None),
        ("a b@c.it", None),
        ("@b.it", None),
        ("a@", None),
        ("a@-b.it", None),
        ("a@b-.it", None),
        ("a@b..it", None),
        ("a@1.2.3.4", None),
        ("a@b.it\r\nBcc: c@d.it", None),
        ("é@b.it", None),
        ("a" * 65 + "@b.it", None),
        ("a@" + "b" * 64 + ".it", None),
        ("a@" + "b." * 127 + "it", None),
        ("a@b@c.it", None),
    ],
)
def test_addresses(text: str, address: str | None) -> None:
    assert parse_email(text) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("www.Esempio.it/", "https://www.esempio.it"),
        ("HTTP://Esempio.it/A?b=C#d", "http://esempio.it/A?b=C#d"),
        ("esempio.it:8080/x", "https://esempio.it:8080/x"),
        ("//esempio.it", "https://esempio.it"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("https://user:pw@esempio.it", None),
        ("a@b.it", None),
        ("ftp://esempio.it", None),
        ("https://", None),
        ("https://127.0.0.1", None),
        ("two words.it", None),
        ("https://x.it:99999", None),
        ("https://[::1", None),
        ("none", None),
    ],
)
def test_web_addresses(text: str, address: str | None) -> None:
    assert parse_website(text) == address


def test_dates_are_read_both_ways_round() -> None:
    assert (
        parse_date("2024-02-03T10:11:12+01:00")
        == parse_date("3.2.24")
        == parse_date("03/02/2024 10:11")
        == date(2024, 2, 3)
    )
    assert parse_date("03/02/2024", day_first=False) == date(2024, 3, 2)
    assert parse_date(datetime(2024, 2, 3, 4)) == date(2024, 2, 3)
    assert [parse_date(cell) for cell in ("soon", 45000, None, "2024-13-01")] == [None] * 4
    assert looks_like_date("13/25/2024") is False
    assert check(name="A", created="12/25/2023").created == date(2023, 12, 25)


def test_languages_and_states_are_known_by_their_names() -> None:
    assert [
        language_of(w)
        for w in ("English", "Italiano", "Shqip", "Nederlands", "Français", "Português", "pt-BR", "fr_FR", "Dutch (NL)")
    ] == ["en", "it", "sq", "nl", "fr", "pt", "pt", "fr", "nl"]
    assert [state_of(w) for w in ("Attivo", "GESLOTEN", "en attente", "Inactive", "trial", "maybe")] == [
        "active",
        "closed",
        "invited",
        "suspended",
        "prospect",
        None,
    ]
    assert language_of("Deutsch") is None
    assert split_tags(" bar; Bar |#vip,\n,") == ("bar", "vip")


CELLS = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.integers(-(10**12), 10**12),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.sampled_from(
        [
            "a@b.it",
            "A <A@B.it>; c@d.it",
            "06 12345678 / 333 1234567",
            "+39 333 1234567",
            "Italia",
            "FR",
            "Italiano",
            "www.X.it",
            "3/2/2024",
            "attivo",
            "bar;vip",
            "n/a",
            "-",
            "184",
            "x" * 300,
            "e\u0301",
            "\u202eabc\x00",
            "a, b",
            "1E+05",
        ]
    ),
)


@given(st.lists(CELLS, min_size=len(FIELDS), max_size=len(FIELDS)))
def test_checking_a_clean_row_again_changes_nothing(cells: list[Cell]) -> None:
    once = RowChecker(EACH, RULES).check(1, cells)
    values = once.values()
    twice = RowChecker(EACH, RULES).check(1, [values.get(name) for name in FIELDS])
    assert twice.values() == values
    if once.name:
        assert twice.row_key == once.row_key
    assert [
        fault.code for fault in twice.faults if fault.code not in ("email-missing", "name-missing", "phone-unclear")
    ] == []


@given(st.lists(CELLS, min_size=len(FIELDS), max_size=len(FIELDS)), st.randoms(use_true_random=False))
def test_the_order_of_the_columns_does_not_matter(cells: list[Cell], rng: random.Random) -> None:
    order = list(range(len(FIELDS)))
    rng.shuffle(order)
    shuffled = RowChecker({new: FIELDS[old] for new, old in enumerate(order)}, RULES).check(
        1, [cells[old] for old in order]
    )
    assert shuffled == RowChecker(EACH, RULES).check(1, cells)


LETTERS = st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x24F), min_size=1, max_size=12)


@given(LETTERS, LETTERS, st.sampled_from(["", "a@b.it"]), st.sampled_from(["", "+39061234567"]))
def test_the_key_is_blind_to_case_accents_and_spacing(one: str, two: str, email: str, phone: str) -> None:
    key = row_key("", email, f"{one} {two}", phone, two)
    for name, city in (
        (f" {one}  {two} ", two),
        (f"{one}-{two}", f"{two}."),
        (unicodedata.normalize("NFD", f"{one} {two}"), two),
        (f"{one} {two}".swapcase().swapcase(), two),
    ):
        assert row_key("", email.upper(), name, phone, city) == key
    assert row_key("", email, f"{one} {two}x", phone, two) != key


def test_the_key_sees_what_matters() -> None:
    assert row_key("", "", "Caffè Roma", "", "Città") == row_key("", "", "CAFFE ROMA", "", "citta")
    keys = [
        row_key("7", "a@b.it", "A", "", ""),
        row_key("", "a@b.it", "A", "", ""),
        row_key("", "", "A", "+391", ""),
        row_key("", "", "A", "", "Roma"),
        row_key("", "", "🍕", "", ""),
        row_key("", "", "🍝", "", ""),
    ]
    assert len(set(keys)) == 6
    assert {len(key) for key in keys} == {32}


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5), st.integers(1, 10**6)), max_size=50))
def test_fingerprints_answer_what_a_dict_would(pairs: list[tuple[int, int]]) -> None:
    pairs += [(number * 2**40, number + 1) for number in range(1500)]  # more than fits at first
    seen, plain = Fingerprints(), dict[int, int]()
    for key, line in pairs:
        seen.add(key, line)
        plain.setdefault(key, line)
    assert {key: seen.first(key) for key, _ in pairs} == plain
    assert seen.first(-7) == plain.get(-7, 0)


def test_every_field_has_a_length_and_every_fault_a_weight() -> None:
    assert set(MAX_LENGTHS) == set(FIELDS)
    assert set(FAULTS.values()) == {"error", "warning"}
