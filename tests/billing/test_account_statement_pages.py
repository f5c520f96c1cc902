"""The pages, files and the API of the statement of account: who gets in, what stands there, and what leaves."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from openpyxl import load_workbook

from sublet.accounts.models import Account
from sublet.billing.documents.account_statements import AccountSheet, Moved, columns_of, sheet_data, table_of
from sublet.core.accountstatement import Sums
from sublet.foundation.scope import platform_scope
from sublet.foundation.sheets.writing import write_csv
from tests.billing.selling import day
from tests.billing.statements import claimed, credited, given_back, paid
from tests.billing.test_visits import visit
from tests.moves.steps import transfer
from tests.people import World
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db


def text(browser: Client, path: str, status: int = 200) -> str:
    response = browser.get(path)
    assert response.status_code == status, path
    return re.sub(r"\s+", " ", response.content.decode())


def of(world: World, rest: str = "") -> str:
    """Rosa’s page about Carl."""
    return f"/reseller/{world.rosa.ref}/money/invoices/to/{world.carl.ref}/statement/{rest}"


def moved(world: World) -> None:
    """2025: 100.00 charged. 2026: 60.00 paid, 10.00 credited, 5.00 given back; and 1000 yen."""
    first = claimed(world.rosa, world.carl, 10000, day("2025-11-05"))
    paid(first, 6000, day("2026-01-05"))
    credited(first, 1000, day("2026-02-05"))
    given_back(first, 500, day("2026-03-05"))
    claimed(world.rosa, world.carl, 1000, day("2026-03-06"), currency="JPY")


YEAR = "?since=2026-01-01&until=2026-12-31&currency=EUR"


def test_the_reseller_sees_how_the_balance_came_about(world: World) -> None:
    moved(world)
    page = text(world.browser("rosa"), of(world, YEAR))
    cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", page)]
    assert [cell for cell in cells if "€" in cell] == [
        "€100.00",
        "€60.00", "€40.00",
        "-€10.00", "€30.00",
        "-€5.00", "€35.00",
        "€35.00",
    ]  # fmt: skip
    assert [re.sub(r"( ·)? [0-9]+$", "", cell) for cell in cells[1::5]] == [
        "Opening balance", "Payment", "Credit note", "Refund", "Closing balance",
    ]  # fmt: skip
    assert "Today: €35.00 open on invoices." in page
    assert "currency=JPY" in page
    yen = text(world.browser("rosa"), of(world, YEAR.replace("EUR", "JPY")))
    assert "¥1,000" in yen
    assert "€" not in yen


def test_it_is_found_where_one_looks_for_it(world: World) -> None:
    invoice = claimed(world.rosa, world.carl, 10000, day("2026-03-05"))
    owed = claimed(world.vendor, world.rosa, 900, day("2026-03-05"))
    rosa, start = world.browser("rosa"), f"/reseller/{world.rosa.ref}/money/"
    assert f'href="{of(world)}"' in text(rosa, f"{start}invoices/{invoice.ref}/")
    assert f'href="{of(world)}"' in text(rosa, f"{start}to/{world.carl.ref}/")
    assert f'href="{of(world)}"' in text(rosa, f"{start}payments/payers/{world.carl.ref}/")
    assert f'href="{start}received/statement/"' in text(rosa, f"{start}received/")
    assert f'href="{start}received/statement/?account={world.vendor.ref}"' in text(rosa, f"{start}invoices/{owed.ref}/")
    own = f"/client/{world.carl.ref}/billing/"
    assert f'href="{own}statement/"' in text(world.browser("carl"), own)
    vendor = f"/vendor/{world.vendor.ref}/money/"
    page = text(world.browser("vera"), f"{vendor}invoices/{owed.ref}/")
    assert f'href="{vendor}invoices/to/{world.rosa.ref}/statement/"' in page


def test_each_side_gets_in_and_nobody_else(world: World) -> None:
    moved(world)
    claimed(world.vendor, world.rosa, 7700, day("2026-03-05"))
    own = f"/client/{world.carl.ref}/billing/statement/"
    page = text(world.browser("carl"), own + YEAR)
    assert "€35.00" in page
    assert "Rosa Web Studio" in page
    assert "77.00" not in page
    received = text(world.browser("rosa"), f"/reseller/{world.rosa.ref}/money/received/statement/{YEAR}")
    assert "€77.00" in received
    assert "€35.00" not in received
    text(world.browser("cleo"), own, 403)
    for rest in ("", "csv/", "xlsx/", "pdf/"):
        text(world.browser("remo"), of(world, rest), 404)
        other = f"/reseller/{world.remo.ref}/money/invoices/to/{world.carl.ref}/statement/{rest}"
        text(world.browser("remo"), other, 404)
        text(world.browser("ruth"), of(world, rest), 403)
        vendor = f"/vendor/{world.vendor.ref}/money/invoices/to/{world.carl.ref}/statement/{rest}"
        text(world.browser("vera"), vendor, 404)
        assert world.stranger().get(of(world, rest)).status_code == 302
    text(world.browser("rosa"), of(world, "docx/"), 404)


def test_a_client_that_pays_nothing_here_has_no_such_page(world: World) -> None:
    text(world.browser("carl"), f"/client/{world.carl.ref}/billing/statement/", 404)


def test_where_nothing_moved_it_says_so(world: World) -> None:
    page = text(world.browser("rosa"), of(world))
    assert "Nothing was charged or paid yet" in page
    assert "CSV" not in page
    assert body(world.browser("rosa").get(of(world, "csv/"))).count(b"\r\n") == 3
    text(world.browser("rosa"), of(world, "pdf/"), 404)


def test_wrong_days_are_said_beside_the_field(world: World) -> None:
    moved(world)
    page = text(world.browser("rosa"), of(world, "?since=2026-03-01&until=2026-02-01"))
    assert "This day is before the first one." in page
    assert "Enter a valid date." in text(world.browser("rosa"), of(world, "?since=never"))


def test_an_invoice_leads_to_no_address_of_a_client_that_has_left(world: World) -> None:
    invoice, start = claimed(world.rosa, world.carl, 10000, day("2026-03-05")), f"/reseller/{world.rosa.ref}/money/"
    rosa, address = world.browser("rosa"), f"{start}to/{world.carl.ref}/"
    assert f'href="{address}"' in text(rosa, f"{start}invoices/{invoice.ref}/")
    transfer(world)
    page = text(rosa, f"{start}invoices/{invoice.ref}/")
    assert "Carl’s Kitchen" in page
    assert f'href="{address}"' not in page
    text(rosa, address, 404)
    assert f'href="{of(world)}"' in page  # what was between the two stays


def test_after_a_move_the_page_stays_with_who_was_left(world: World) -> None:
    moved(world)
    transfer(world)
    assert "€35.00" in text(world.browser("rosa"), of(world, YEAR))
    new = f"/reseller/{world.remo.ref}/money/invoices/to/{world.carl.ref}/statement/"
    assert "€" not in text(world.browser("remo"), new + YEAR)
    # The client chooses between both, in the brand of the one it has.
    carl, own = world.browser("carl"), f"/client/{world.carl.ref}/billing/statement/"
    assert "€" not in text(carl, own)
    assert f"account={world.rosa.ref}" in text(carl, own)
    assert "€35.00" in text(carl, f"{own}{YEAR}&account={world.rosa.ref}")
    assert b"35.00" in body(carl.get(f"{own}csv/{YEAR}&account={world.rosa.ref}"))


def test_a_visitor_reads_what_its_own_account_asked_and_takes_no_file(world: World) -> None:
    moved(world)
    there, first = visit(world)
    page = text(there, first + "billing/statement/" + YEAR)
    assert "€35.00" in page
    assert "statement/csv/" not in page
    assert there.get(first + "billing/statement/csv/").status_code == 403
    claimed(world.remo, world.carl, 100, day("2026-03-05"))
    assert there.get(f"{first}billing/statement/?account={world.remo.ref}").status_code == 404


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_the_table_has_each_movement_between_both_balances(world: World) -> None:
    moved(world)
    response = world.browser("rosa").get(of(world, "csv/" + YEAR))
    assert "attachment" in response.headers["Content-Disposition"]
    lines = body(response).decode("utf-8-sig").split("\r\n")
    assert lines[0] == "Day,What for,Number,Charged,Paid,Balance,Without effect on the balance,Currency"
    assert [re.sub(r"(,)\d*(,)", r"\1\2", line, count=1) if "," in line else line for line in lines[1:]] == [
        "2026-01-01,Opening balance,,,,100.00,,EUR",
        "2026-01-05,Payment,,,60.00,40.00,,EUR",
        "2026-02-05,Credit note,,-10.00,,30.00,,EUR",
        "2026-03-05,Refund,,,-5.00,35.00,,EUR",
        "2026-12-31,Closing balance,,-10.00,55.00,35.00,,EUR",
        "",
    ]


def test_the_table_speaks_the_language_of_who_takes_it_to_its_end(world: World) -> None:
    """It is written after the request, when no language is active any more."""
    moved(world)
    world.users["rosa"].language = "fr"
    world.users["rosa"].save()
    lines = body(world.browser("rosa").get(of(world, "csv/" + YEAR))).decode("utf-8-sig").split("\r\n")
    assert [line.split(";")[1] for line in lines[:-1]] == [
        "Pour quoi", "Solde initial", "Paiement", "Avoir", "Remboursement", "Solde final",
    ]  # fmt: skip


def test_a_number_that_a_spreadsheet_would_compute_is_text() -> None:
    sheet = AccountSheet("Rosa", "Carl", date(2026, 1, 1), date(2026, 12, 31), "EUR", Sums(0, 100, 0))
    row = Moved(date(2026, 3, 5), "invoice", "=1+1", 100, 100, 0, 100)
    table = b"".join(write_csv(table_of(sheet, [row]), columns_of("EUR"))).decode()
    assert ",'=1+1," in table


def test_the_workbook_has_numbers(world: World) -> None:
    moved(world)
    sheet = load_workbook(io.BytesIO(body(world.browser("rosa").get(of(world, "xlsx/" + YEAR))))).active
    assert sheet is not None
    assert [row[5].value for row in sheet.iter_rows(min_row=2)] == [100, 40, 30, 35, 35]


def test_the_sheet_is_a_pdf_in_the_language_of_who_owes(world: World) -> None:
    moved(world)
    with platform_scope("test"):
        Account.objects.filter(id=world.carl.id).update(language="fr")
    response = world.browser("rosa").get(of(world, "pdf/" + YEAR))
    assert (response.headers["Content-Type"], response.content[:5]) == ("application/pdf", b"%PDF-")
    assert (
        world.browser("carl").get(f"/client/{world.carl.ref}/billing/statement/pdf/{YEAR}").content == response.content
    )


def test_the_sheet_tells_all_of_it() -> None:
    sheet = AccountSheet("Rosa", "Carl", date(2026, 1, 1), date(2026, 1, 31), "EUR", Sums(500, 1000, 0))
    rows = [
        Moved(date(2026, 1, 5), "invoice", "R-1", 1000, 1000, 0, 1500),
        Moved(date(2026, 1, 6), "prepaid-used", "R-1", 200, 0, 0, 1500),
    ]
    data = sheet_data(sheet, rows)
    assert data["opening"] == ("Opening balance", "5.00")
    assert [(row["name"], row["more"], row["charged"], row["balance"]) for row in data["rows"]] == [
        ("Invoice R-1", "", "10.00", "15.00"),
        ("Paid from credit · R-1", "€2.00", "", "15.00"),
    ]
    assert data["totals"] == ["Closing balance", "10.00", "0.00", "15.00"]


def test_whoever_claims_is_no_day_in_italian() -> None:
    """There *from* a person and *from* a day are two words."""
    sheet = AccountSheet("Rosa", "Carl", date(2026, 1, 1), date(2026, 1, 31), "EUR", Sums(0, 0, 0), "it")
    with translation.override("it"):
        assert sheet_data(sheet, ())["facts"][0] == ("Da", "Rosa")


def test_a_sheet_that_is_too_long_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    moved(world)
    monkeypatch.setattr("sublet.billing.operations.account_statements.MOST_LINES", 1)
    rosa = world.browser("rosa")
    response = rosa.get(of(world, "pdf/" + YEAR))
    assert (response.status_code, response.headers["Location"]) == (302, of(world, YEAR))
    assert "This is too long for a PDF." in text(rosa, response.headers["Location"])


def test_the_api_tells_the_same_page_by_page(world: World) -> None:
    moved(world)
    caller = make_caller(world, "rosa")
    asked = f"/account-statement?account={world.carl.ref}&currency=EUR&first=2026-01-01&before=2027-01-01"
    told = caller.get(asked)
    assert {name: told[name] for name in ("opening", "charged", "paid", "closing", "open", "prepaid", "collected")} == {
        "opening": 10000, "charged": -1000, "paid": 5500, "closing": 3500, "open": 3500, "prepaid": 0, "collected": 0,
    }  # fmt: skip
    assert [(row["day"], row["kind"], row["charged"], row["paid"], row["balance"]) for row in told["items"]] == [
        ("2026-01-05", "payment", 0, 6000, 4000),
        ("2026-02-05", "credit", -1000, 0, 3000),
        ("2026-03-05", "refund", 0, -500, 3500),
    ]
    first = caller.get(f"{asked}&limit=2")
    second = caller.get(f"{asked}&limit=2&cursor={first['next']}")
    assert [*first["items"], *second["items"]] == told["items"]
    assert (second["next"], caller.get(f"{asked}&limit=2&cursor={second['previous']}")["items"]) == (
        None,
        first["items"],
    )
    assert caller.get(f"{asked}&limit=2&cursor={first['next']}x").status == 422
    wrong = caller.get(asked.replace("2027", "2025"))
    assert (wrong.status, wrong.code) == (409, "cannot_show_account_statement.wrong-days")
    assert make_caller(world, "remo").get(asked).status == 404
    assert make_caller(world, "vera").get(asked).status == 404
    file = asked.replace("account-statement", "account-statement/file")
    assert b"Closing balance" in caller.get(file).content
    assert caller.get(f"{file}&form=xlsx").content[:2] == b"PK"
    assert caller.get(file + "&form=pdf").content[:5] == b"%PDF-"
