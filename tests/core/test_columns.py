"""Finding the headings and guessing what each column tells."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.cells import Cell
from sublet.core.columns import (
    FIELDS,
    MANY_COLUMNS,
    Field,
    Layout,
    find_layout,
    guess_columns,
    guess_day_first,
    mapping_fault,
)

COUNTRIES = {
    "italia": "IT",
    "it": "IT",
    "france": "FR",
    "fr": "FR",
    "netherlands": "NL",
    "albania": "AL",
    "portugal": "PT",
}


def country_of(text: str) -> str | None:
    return COUNTRIES.get(text.lower())


def fields(headings: list[str] | None, rows: list[list[Cell]]) -> list[Field | None]:
    return [guess.field for guess in guess_columns(headings, rows, country_of=country_of)]


ROWS: list[list[Cell]] = [
    [
        "Trattoria da Mario",
        "Mario Rossi",
        "mario@damario.it",
        "+39 06 1234567",
        "Via Roma 1",
        "00184",
        "Roma",
        "Italia",
    ],
    [
        "Pizzeria Bella Napoli",
        "Anna Esposito",
        "info@bellanapoli.it",
        "081 7654321",
        "Piazza Dante 2",
        "80135",
        "Napoli",
        "Italia",
    ],
    [
        "Le Petit Salon",
        "Zoé Durand",
        "zoe@petitsalon.fr",
        "04 78 12 34 56",
        "12 rue Victor Hugo",
        "69002",
        "Lyon",
        "France",
    ],
    ["Chez Paul", "Paul Petit", "", "01 23 45 67 89", "3 rue de Paris", "75001", "Paris", "France"],
    ["Studio Verdi", "Luca Verdi", "luca@verdi.it", "333 1234567", "Via Milano 5", "20121", "Milano", "Italia"],
]
PLAIN: list[Field] = ["name", "contact", "email", "phone", "street", "postal_code", "city", "country"]
HEADINGS: dict[str, list[str]] = {
    "en": ["Company", "Contact person", "E-mail", "Phone", "Address", "Postal code", "City", "Country"],
    "it": ["Ragione sociale", "Referente", "Posta elettronica", "Telefono", "Indirizzo", "CAP", "Città", "Paese"],
    "sq": ["Kompania", "Personi i kontaktit", "E-mail", "Telefoni", "Adresa", "Kodi postar", "Qyteti", "Shteti"],
    "nl": [
        "Bedrijfsnaam",
        "Contactpersoon",
        "E-mailadres",
        "Telefoonnummer",
        "Straat en huisnummer",
        "Postcode",
        "Plaats",
        "Land",
    ],
    "fr": ["Raison sociale", "Interlocuteur", "Courriel", "Téléphone", "Adresse", "Code postal", "Ville", "Pays"],
    "pt": [
        "Nome da empresa",
        "Pessoa de contacto",
        "Correio eletrónico",
        "Telefone",
        "Morada",
        "Código postal",
        "Localidade",
        "País",
    ],
    "de": ["Firma", "Ansprechpartner", "E-Mail-Adresse", "Telefon", "Straße", "PLZ", "Ort", "Land"],
    "es": [
        "Empresa",
        "Persona de contacto",
        "Correo electrónico",
        "Teléfono",
        "Dirección",
        "Código postal",
        "Ciudad",
        "País",
    ],
}


@pytest.mark.parametrize("language", HEADINGS)
def test_headings_are_understood_in_each_language(language: str) -> None:
    assert fields(HEADINGS[language], ROWS) == PLAIN
    assert fields(HEADINGS[language], []) == PLAIN
    assert find_layout([HEADINGS[language], *ROWS]) == Layout(0, 1)


def test_a_list_without_headings_is_told_by_its_contents() -> None:
    assert find_layout(ROWS) == Layout(None, 0)
    assert fields(None, ROWS) == PLAIN


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        # a hosting panel
        (
            [
                "Client ID",
                "First Name",
                "Last Name",
                "Company Name",
                "Email Address",
                "Address 1",
                "Address 2",
                "City",
                "State/Region",
                "Postcode",
                "Country",
                "Phone Number",
                "Status",
                "Created",
                "VAT Number",
            ],
            [
                "external_id",
                "first_name",
                "last_name",
                "name",
                "email",
                "street",
                "street",
                "city",
                None,
                "postal_code",
                "country",
                "phone",
                "state",
                "created",
                None,
            ],
        ),
        # an address book
        (
            [
                "Given Name",
                "Family Name",
                "Organization Name",
                "E-mail 1 - Value",
                "Phone 1 - Value",
                "Phone 2 - Value",
                "Address 1 - City",
                "Website 1 - Value",
                "Notes",
                "Group Membership",
                "Birthday",
            ],
            ["first_name", "last_name", "name", "email", "phone", "mobile", "city", "website", "notes", "tags", None],
        ),
        # a marketing panel, names as in code
        (
            [
                "businessName",
                "firstName",
                "lastName",
                "email",
                "phone",
                "postalCode",
                "country",
                "timezone",
                "locationId",
                "dateAdded",
            ],
            [
                "name",
                "first_name",
                "last_name",
                "email",
                "phone",
                "postal_code",
                "country",
                "timezone",
                "external_id",
                "created",
            ],
        ),
        (
            ["account_name", "contact_email", "mobile_phone", "website_url", "language", "last_login", "plan", "tags"],
            ["name", "email", "mobile", "website", "language", None, None, "tags"],
        ),
        # what "name" means is told by its neighbors
        (["Prénom", "Nom", "Email"], ["first_name", "last_name", "email"]),
        (["Cognome", "Nome", "Azienda"], ["last_name", "first_name", "name"]),
        (["Voornaam", "Naam", "Bedrijf"], ["first_name", "last_name", "name"]),
        (["Name", "Company", "E-mail"], ["contact", "name", "email"]),
        (["Emri", "Mbiemri", "Email"], ["first_name", "last_name", "email"]),
        (["Name", "E-mail"], ["name", "email"]),
        (["Nom", "Tél. (fixe)", "Tél. portable", "Fax"], ["name", "phone", "mobile", None]),
        # a slip of the pen, decorations, a column of something else
        (
            ["Company *", "E-mail adress", "Telephon number", "Partita IVA", "Codice fiscale"],
            ["name", "email", "phone", None, None],
        ),
        (
            ["Klant", "E-mail klant", "Telefoon kantoor", "KvK-nummer", "Klant sinds"],
            ["name", "email", "phone", None, "created"],
        ),
    ],
)
def test_exports_of_other_panels_are_understood(headings: list[str], expected: list[Field | None]) -> None:
    assert fields(headings, []) == expected


def test_state_is_a_region_or_a_status_as_the_contents_say() -> None:
    assert fields(["Company", "State"], [["A", "active"], ["B", "suspended"], ["C", "Active"]]) == ["name", "state"]
    assert fields(["Azienda", "Stato"], [["A", "Italia"], ["B", "France"], ["C", "IT"]]) == ["name", "country"]


def test_words_of_two_meanings_are_settled_by_their_neighbors() -> None:
    assert fields(["Azienda", "Città", "Paese", "Stato"], []) == ["name", "city", "country", "state"]
    assert fields(["Azienda", "Paese", "Stato"], []) == ["name", "city", "country"]
    assert fields(["Bedrijf", "Contact", "E-mail", "Telefoon"], []) == ["name", "contact", "email", "phone"]


def test_contents_that_contradict_a_heading_lower_the_confidence() -> None:
    wrong = guess_columns(["Company", "Phone"], [["A", "a@x.org"], ["B", "b@x.org"], ["C", "c@x.org"]])
    right = guess_columns(["Company", "E-mail"], [["A", "a@x.org"], ["B", "b@x.org"], ["C", "c@x.org"]])
    assert [(guess.field, guess.confidence, guess.reason) for guess in right] == [
        ("name", 0.99, "both"),
        ("email", 0.99, "both"),
    ]
    assert [(guess.field, guess.reason) for guess in wrong] == [("name", "both"), ("email", "contents")]
    assert wrong[1].confidence < 0.6


def test_titles_above_the_headings_are_passed_over() -> None:
    rows: list[list[Cell]] = [
        ["Elenco clienti 2024"],
        ["Agenzia Rossi", None, "aggiornato il 3/2/2024"],
        [*HEADINGS["it"]],
        *ROWS,
    ]
    layout = find_layout(rows)
    assert (layout.header, layout.first, layout.titles) == (2, 3, 2)


def test_headings_in_an_unknown_language_are_known_by_their_form() -> None:
    assert find_layout(
        [["Nazwa firmy", "Poczta", "Numer"], ["A", "a@x.pl", "22 123 45 67"], ["B", "b@x.pl", "22 123 45 68"]]
    ) == Layout(0, 1)


def test_words_of_headings_among_the_data_do_not_make_a_heading() -> None:
    rows: list[list[Cell]] = [
        ["Rossi", "Roma", "Restaurant"],
        ["Bianchi", "Milano", "Shop"],
        ["Verdi", "Torino", "Club"],
    ]
    assert find_layout(rows) == Layout(None, 0)
    assert find_layout([]) == Layout(None, 0)
    assert find_layout([["Email"], ["a@x.org"]]) == Layout(0, 1)
    assert find_layout([["a@x.org"], ["b@x.org"]]) == Layout(None, 0)


def test_a_mapping_names_each_field_once_and_something_to_be_called_by() -> None:
    assert mapping_fault({0: "name", 1: "email", 2: "notes", 3: "notes"}) is None
    assert mapping_fault({0: "first_name"}) is None
    assert mapping_fault({0: "name", 1: "name"}) == ("field-twice", {"field": "name"})
    assert mapping_fault({0: "name", 1: "shoe size"}) == ("unknown-field", {"field": "shoe size"})
    assert mapping_fault({0: "email"}) == ("no-name", {})


def test_day_and_month_are_told_apart_by_their_neighbors() -> None:
    assert guess_day_first(["03/04/2024", "25/12/2023"]) is True
    assert guess_day_first(["03/04/2024", "12/25/2023"]) is False
    assert guess_day_first(["03/04/2024", None, 5]) is True


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(HEADINGS)), st.booleans())
def test_the_order_of_the_columns_does_not_matter(rng: random.Random, language: str, filled: bool) -> None:
    order = list(range(8))
    rng.shuffle(order)
    headings = HEADINGS[language]
    shuffled = fields([headings[at] for at in order], [[row[at] for at in order] for row in ROWS] if filled else [])
    assert shuffled == [PLAIN[at] for at in order]


WORDS = st.one_of(st.sampled_from([word for words in HEADINGS.values() for word in words]), st.text(max_size=12))
CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.sampled_from(["a@b.it", "06 1234567", "www.x.it", "Italia"]),
)


@given(st.lists(WORDS, max_size=8), st.lists(st.lists(CELLS, max_size=9), max_size=12))
def test_no_field_is_given_twice(headings: list[str], rows: list[list[Cell]]) -> None:
    guesses = guess_columns(headings, rows, country_of=country_of)
    given_ = [guess.field for guess in guesses if guess.field is not None and guess.field not in MANY_COLUMNS]
    assert len(given_) == len(set(given_))
    assert {guess.field for guess in guesses} <= {None, *FIELDS}
    assert all((guess.field is None) == (guess.confidence == 0.0) for guess in guesses)
    layout = find_layout([headings, *rows])
    assert 0 <= layout.first <= len(rows) + 1
