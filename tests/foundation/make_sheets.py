"""Makes the lists that tests read: `python tests/foundation/make_sheets.py` writes those that are kept in `data/`.

The same seed gives the same lists. Names, addresses and numbers are invented; mail domains end in `.example`.
"""

from __future__ import annotations

import csv
import io
import random
import struct
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

DATA = Path(__file__).with_name("data")
HEADINGS = (
    "Client", "Contact person", "E-mail", "Phone", "Mobile", "Address", "ZIP", "City", "Country", "Language", "Tags",
    "Website", "Client since", "Notes",
)  # fmt: skip
ROWS = 200
Typed = str | int | date | None


@dataclass(frozen=True)
class Place:
    """Where a part of the clients is, and how people there write things."""

    country: tuple[str, ...]
    language: tuple[str, ...]
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    people: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    phone: Callable[[random.Random], str]
    mobile: Callable[[random.Random], str]


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def one_of(rng: random.Random, code: str, area: str, rest: str) -> str:
    """One number, written in one of the ways in which people write numbers."""
    halves = f"{rest[:3]} {rest[3:]}"
    bare = area.lstrip("0") if code != "39" else area
    return rng.choice(
        (
            f"{area}{rest}",
            f"{area} {halves}",
            f"{area}/{rest}",
            f"({area}) {rest}",
            f"{area}-{rest[:3]}-{rest[3:]}",
            f"+{code} {bare} {halves}",
            f"00{code}{bare}{rest}",
            f"+{code}{bare}{rest}",
            f" {area}.{rest[:3]}.{rest[3:]} ",
        )
    )


PLACES = (
    Place(
        country=("Italia", "ITALIA", "IT", "Italy"),
        language=("Italiano", "it", "italiano", "IT"),
        kinds=("Trattoria", "Pizzeria", "Salone", "Bar", "Hotel", "Farmacia", "Palestra"),
        names=("da Mario", "Bella Napoli", "Caffè Città", "Verità", "Perché No", "L'Isolotto", "Fratelli Rossi", "Più Sport"),
        people=("Mario Rossi", "Anna De Luca", "Niccolò Conti", "Chiara D'Angelo", "Giosuè Ferrari", "Lucia Esposito"),
        cities=(("00184", "Roma"), ("20121", "Milano"), ("47121", "Forlì"), ("80135", "Napoli"), ("09124", "Cagliari")),
        streets=("Via Roma", "Piazza Dante", "Corso Italia", "Viale della Libertà"),
        phone=lambda rng: one_of(rng, "39", rng.choice(("06", "02")), rng.choice("23457") + digits(rng, 6)),
        mobile=lambda rng: one_of(rng, "39", rng.choice(("333", "347", "328")), rng.choice("123456789") + digits(rng, 6)),
    ),
    Place(
        country=("France", "FR", "france"),
        language=("Français", "fr", "French"),
        kinds=("Restaurant", "Boulangerie", "Salon de coiffure", "Café", "Club", "Garage"),
        names=("L'Étoile d'Or", "Chez Zoé", "Le Petit Prince", "Aux Délices", "La Forêt", "Noël & Fils", "Côté Sud"),
        people=("Zoé Durand", "François Lefèvre", "Hélène Petit", "Jérôme Noël", "Anaïs Garçon", "Benoît Roux"),
        cities=(("01000", "Bourg-en-Bresse"), ("69002", "Lyon"), ("75011", "Paris"), ("25000", "Besançon"), ("06000", "Nice")),
        streets=("12 rue Victor Hugo", "3 place de l'Église", "45 avenue Foch", "8 boulevard Saint-Michel"),
        phone=lambda rng: one_of(rng, "33", rng.choice(("04", "01")), rng.choice("4578") + digits(rng, 7)),
        mobile=lambda rng: one_of(rng, "33", "06", rng.choice("12345678") + "1" + digits(rng, 6)),
    ),
    Place(
        country=("Nederland", "NL", "Netherlands", "The Netherlands"),
        language=("Nederlands", "nl", "Dutch"),
        kinds=("Kapsalon", "Bakkerij", "Eetcafé", "Sportschool", "Fietsenwinkel", "Hotel", "Apotheek", "Garage"),
        names=("De Gouden Leeuw", "Het Hoekje", "Van den Berg", "Coöperatie Zuid", "Bij Joëlle", "'t Pleintje"),
        people=("Joëlle van den Berg", "Daniël de Vries", "Renée Jansen", "Sanne Bakker", "Kees van Dijk"),
        cities=(("1012 AB", "Amsterdam"), ("3511 LX", "Utrecht"), ("2511 CS", "'s-Gravenhage"), ("9711 HN", "Groningen")),
        streets=("Kerkstraat 12", "Dorpsplein 3", "Lange Voorhout 7", "Prinsengracht 200"),
        phone=lambda rng: one_of(rng, "31", rng.choice(("020", "030")), rng.choice("23456") + digits(rng, 6)),
        mobile=lambda rng: one_of(rng, "31", "06", rng.choice("12345") + digits(rng, 7)),
    ),
    Place(
        country=("Shqipëri", "Albania", "AL", "Shqipëria"),
        language=("Shqip", "sq", "Albanian"),
        kinds=("Restorant", "Kafe", "Dyqan", "Hotel", "Klinika", "Farmaci", "Palestër", "Agjenci"),
        names=("Çelësi i Artë", "Përroi", "Illyria", "Vëllezërit Hoxha", "Rruga e Re", "Shqiponja"),
        people=("Agron Hoxha", "Blerta Çela", "Ermal Kërri", "Drita Shehu", "Gëzim Leka"),
        cities=(("1001", "Tiranë"), ("2001", "Durrës"), ("9401", "Vlorë"), ("4001", "Shkodër")),
        streets=("Rruga e Durrësit 5", "Bulevardi Bajram Curri 10", "Sheshi Skënderbej 1"),
        phone=lambda rng: one_of(rng, "355", "04", "22" + digits(rng, 5)),
        mobile=lambda rng: one_of(rng, "355", rng.choice(("069", "068")), rng.choice("23456789") + digits(rng, 6)),
    ),
    Place(
        country=("Portugal", "PT", "portugal"),
        language=("Português", "pt", "Portuguese"),
        kinds=("Padaria", "Restaurante", "Ginásio", "Clínica", "Loja", "Farmácia", "Hotel", "Pastelaria"),
        names=("São João", "Três Irmãos", "O Pão Quente", "Coração Azul", "Bragança & Filhos", "Maçã Verde"),
        people=("João Gonçalves", "Conceição Araújo", "Inês Simões", "Tomás Magalhães", "António Assunção"),
        cities=(("1100-048", "Lisboa"), ("4000-322", "Porto"), ("7000-508", "Évora"), ("8000-077", "Faro")),
        streets=("Rua Augusta 10", "Avenida da República 22", "Praça do Giraldo 4", "Travessa da Conceição 9"),
        phone=lambda rng: one_of(rng, "351", "21", rng.choice("1234") + digits(rng, 6)),
        mobile=lambda rng: one_of(rng, "351", rng.choice(("91", "93")), digits(rng, 7)),
    ),
)  # fmt: skip


def plain(text: str) -> str:
    """The text as the name of a domain."""
    kept = "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKD", text.lower()) if c.isascii())
    return "-".join(kept.split())


def in_some_case(rng: random.Random, text: str) -> str:
    return rng.choice((text, text, text, text, text.upper(), text.lower(), f" {text} ", text.replace(" ", "  ")))


def agency_rows() -> list[list[Typed]]:
    """Two hundred clients as an agency keeps them, dates as dates."""
    rng = random.Random(20240229)
    rows: list[list[Typed]] = []
    taken: set[str] = set()
    for at in range(ROWS - 10):
        place = PLACES[at % len(PLACES)]
        name = f"{rng.choice(place.kinds)} {rng.choice(place.names)}"
        while name in taken:
            name = f"{rng.choice(place.kinds)} {rng.choice(place.names)}"
        taken.add(name)
        person = rng.choice(place.people)
        zip_code, city = rng.choice(place.cities)
        domain = f"{plain(name)}.example"
        email = rng.choice((f"info@{domain}", f"{plain(person).replace('-', '.')}@{domain}", f"Info@{domain.title()}"))
        email = rng.choice((email, email, email, email, email, email.upper(), email, email, "", "-"))
        street = rng.choice(place.streets)
        rows.append(
            [
                in_some_case(rng, name),
                in_some_case(rng, person) if rng.random() < 0.9 else "",
                email,
                place.phone(rng) if rng.random() < 0.85 else "",
                place.mobile(rng) if rng.random() < 0.5 else "",
                street if any(map(str.isdigit, street)) else f"{street} {rng.randrange(1, 120)}",
                zip_code,
                in_some_case(rng, city),
                rng.choice(place.country),
                rng.choice(place.language),
                ", ".join(rng.sample(("VIP", "menu", "push", "nuovo", "2023", "stagionale"), rng.randrange(3))),
                rng.choice((f"www.{domain}", f"https://{domain}/", "", "")),
                date(2019, 1, 7) + timedelta(days=rng.randrange(1900)),
                rng.choice(
                    ("", "", "", "richiamare in autunno", "prefers e-mail; not by phone", "says “later”", "à rappeler")
                ),
            ]
        )
    # What happens to every list: rows typed twice, an address with a slip, two numbers in one cell, a comment as a number.
    for at, with_email in ((3, True), (17, True), (42, True), (58, False), (77, True), (101, True)):
        copy = list(rows[at])
        copy[0] = str(copy[0]).strip().upper()
        copy[2] = str(copy[2]).upper() if with_email else ""
        rows.insert(at + 30, copy)
    slips = (
        "Pizzeria Senza Posta|Ugo Neri|ugo.neri(at)senzaposta.example|06 4567890||Via Po 2|00198|Roma|Italia|it|||2022-05-03|",
        "Café Double Tél|Luc Roy|luc@doubletel.example|04 78 12 34 56 / 06 12 34 56 78||1 rue du Lac|69003|Lyon|France|fr|||2021-09-09|",
        "Hotel Senza Numero|Ada Blu|ada@senzanumero.example|chiamare Ada||Via Mare 8|00121|Roma|Italia|it|VIP||2020-02-29|",
        "|Rosa Sola|||333 1234567|||Bari|Italia|italiano|||2023-03-01|solo telefono",
    )
    for slip in slips:
        cells: list[Typed] = [*slip.split("|")]
        cells[12] = date.fromisoformat(str(cells[12]))
        rows.append(cells)
    return rows


def agency_csv() -> bytes:
    """The list as a spreadsheet program of that agency saves it: semicolons, Windows-1252, day before month."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for row in agency_rows():
        writer.writerow([cell.strftime("%d/%m/%Y") if isinstance(cell, date) else cell for cell in row])
    return out.getvalue().encode("cp1252")


def agency_xlsx(path: Path) -> None:
    """The same list as a workbook: real dates, and numbers where the program took digits for a number."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": date(2024, 2, 29)})
        sheet = book.add_worksheet("Clienti")
        book.add_worksheet("Appunti").write_string(0, 0, "Da fare: chiedere le mail mancanti")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        bold = book.add_format({"bold": True})
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(0, column, heading, bold)
        for line, row in enumerate(agency_rows(), 1):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(line, column, cell, day)
                elif isinstance(cell, str) and cell.isdigit() and (column == 6 or not cell.startswith("0")):
                    sheet.write_number(line, column, int(cell))  # the postal code loses its zeros here
                elif cell:
                    sheet.write_string(line, column, str(cell))


def ods_bytes(rows: Sequence[Sequence[str | float]], *, manifest: str = "", head: str = "") -> bytes:
    """A small OpenDocument spreadsheet. `head` goes before its root element."""
    lines = []
    for row in rows:
        cells = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            if isinstance(cell, str)
            else f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
            for cell in row
        )
        lines.append(f"<table:table-row>{cells}</table:table-row>")
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content xmlns:office="{names}:office:1.0"'
        f' xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Clients">{"".join(lines)}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": content,
        "META-INF/manifest.xml": manifest or "<manifest/>",
    }
    return zip_bytes(parts)


def zip_bytes(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def xls_bytes(rows: Sequence[Sequence[str | float]], *, password: bool = False, obfuscated: int = 1) -> bytes:
    """A workbook of the old binary format (BIFF 8 in a compound file), with texts and numbers."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    cells = b""
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                cells += record(0x0204, struct.pack("<HHH", line, column, 0) + text)
            else:
                cells += record(0x0203, struct.pack("<HHHd", line, column, 0, cell))
    width = max(map(len, rows))
    dimensions = record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    sheet = (
        record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 6)) + dimensions + cells + record(0x000A, b"")
    )
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 6))
    if password:
        start += record(0x002F, struct.pack("<HHH", obfuscated, 0x1234, 0x5678))
    start += record(0x0042, struct.pack("<H", 1200))
    name = b"\x07\x00Clients"
    bound = len(start) + 4 + 6 + len(name) + 4
    start += record(0x0085, struct.pack("<IBB", bound, 0, 0) + name) + record(0x000A, b"")
    return compound_bytes("Workbook", start + sheet)


def compound_bytes(name: str, stream: bytes) -> bytes:
    """A compound file with one stream (at most some 60 kB), padded so that it needs no second allocation table."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // 512)
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    table += [0xFFFFFFFF] * (128 - len(table))

    def entry(called: str, kind: int, child: int, first: int, size: int) -> bytes:
        raw = called.encode("utf-16-le") + b"\0\0"
        return (
            raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36)
            + struct.pack("<IQ", first, size)
        )  # fmt: skip

    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    header += b"\xff" * (512 - len(header))
    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(stream))
    return header + struct.pack("<128I", *table) + folder.ljust(512, b"\0") + stream.ljust(sectors * 512, b"\0")


def main() -> None:
    DATA.mkdir(exist_ok=True)
    (DATA / "clients-agency.csv").write_bytes(agency_csv())
    agency_xlsx(DATA / "clients-agency.xlsx")


if __name__ == "__main__":
    main()
