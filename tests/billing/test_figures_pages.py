"""The pages of figures and profit, the home of money, and the same by the API: each side its own, entered and taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client

from sublet.billing.models import BankLine, BankStatement, Invoice
from sublet.billing.operations import keep_figures
from sublet.foundation.clock import now
from sublet.foundation.invariants.models import InvariantState
from sublet.foundation.scope import platform_scope
from tests.billing.rows import make_entry, make_invoice
from tests.billing.selling import installation
from tests.people import World
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_the_middle_of_a_month() -> Iterator[None]:
    """In the last hour of a month by UTC Rosa has the next one already, and what stands here is of another month for each side."""
    with time_machine.travel(datetime(2026, 9, 16, 10, tzinfo=UTC)):
        yield


def text(browser: Client, path: str, status: int = 200) -> str:
    response = browser.get(path)
    assert response.status_code == status, path
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def charged(world: World) -> World:
    """Carl pays 90.00 a month at retail and 40.00 at list, since this month; Élan 10.00 at list alone."""
    at = now()
    first = at.date().replace(day=1)
    last = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    about = {"first_day": first, "last_day": last, "days": 30, "of_days": 30, "due_at": at}
    make_entry(world.rosa, world.carl, 9000, **about)
    make_entry(world.vendor, world.rosa, 4000, client=world.carl, **about)
    make_entry(world.vendor, world.rosa, 1000, client=world.elan, **about)
    keep_figures(actor=installation(), at=at)
    return world


def money(world: World, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/money/{rest}"


def test_the_page_of_figures_tells_each_side_its_own(charged: World) -> None:
    page = text(charged.browser("rosa"), money(charged, "figures/"))
    assert "€90.00" in page
    assert "€50.00" in page  # 90.00 − (40.00 + 10.00) × 0.8
    assert page.count("<svg") >= 2
    assert page.count("<details") >= 2
    vendors = text(charged.browser("vera"), f"/vendor/{charged.vendor.ref}/money/figures/")
    assert "€40.00" in vendors
    assert "Rosa Web Studio" in vendors
    assert "90.00" not in vendors
    assert "Margin" not in vendors
    assert text(charged.browser("ruth"), money(charged, "figures/"), 403)
    assert text(charged.browser("remo"), money(charged, "figures/"), 404)


def test_without_figures_the_page_says_when_they_come(world: World) -> None:
    assert "No figures yet" in text(world.browser("rosa"), money(world, "figures/"))
    assert "Nothing was charged yet" in text(world.browser("rosa"), money(world, "profit/"))
    page = text(world.browser("rosa"), money(world))
    assert "Nothing waits for you" in page
    assert "Nothing is open" in page


def test_a_currency_is_chosen_where_there_are_several(charged: World) -> None:
    make_entry(charged.rosa, charged.carl, 90000, currency="JPY", due_at=now())
    keep_figures(actor=installation(), at=now())
    assert "currency=JPY" in text(charged.browser("rosa"), money(charged, "figures/"))
    assert "¥90,000" in text(charged.browser("rosa"), money(charged, "profit/?currency=JPY"))
    assert "€90.00" in text(charged.browser("rosa"), money(charged, "profit/?currency=%00"))


@pytest.mark.parametrize("cursor", ["²", "١", "-1", "x"])
def test_a_cursor_that_is_no_number_begins_at_the_first_page(charged: World, cursor: str) -> None:
    assert "Carl" in text(charged.browser("rosa"), money(charged, f"profit/?cursor={cursor}"))


def test_time_and_costs_are_entered_and_taken_out(charged: World) -> None:
    rosa, path = charged.browser("rosa"), f"/reseller/{charged.rosa.ref}/clients/{charged.carl.ref}/profit/"
    assert "Nothing entered yet" in text(rosa, path)
    today = now().date().isoformat()
    said = {"kind": "time", "day": today, "time": "1:30", "rate": "40.00", "amount": "", "text": "New menu"}
    assert rosa.post(path, said).status_code == 302
    assert rosa.post(path, {"kind": "cost", "day": today, "time": "", "rate": "", "amount": "5"}).status_code == 302
    page = text(rosa, path)
    assert "New menu" in page
    assert "1:30 h at €40.00 an hour" in page
    assert "-€7.00" in page  # 90.00 − 32.00 − 60.00 − 5.00
    for wrong, words in (
        ({"time": "soon"}, "Enter a time such as"),
        ({"time": ""}, "Time is between one minute"),
        ({"rate": "much"}, "This is no amount in EUR."),
        ({"day": "2999-01-01"}, "Choose a day within"),
    ):
        refused = rosa.post(path, said | wrong)
        assert (refused.status_code, words in refused.content.decode()) == (422, True), wrong
    drop = re.findall(r'action="([^"]+/drop/)"', page)
    assert len(drop) == 2
    assert rosa.post(drop[0]).status_code == 302
    assert len(re.findall(r"/drop/", text(rosa, path))) == 1
    assert charged.browser("remo").post(drop[1]).status_code == 404
    assert charged.browser("ruth").post(drop[1]).status_code == 403


def test_a_form_that_is_sent_twice_enters_time_once(charged: World) -> None:
    rosa, path = charged.browser("rosa"), f"/reseller/{charged.rosa.ref}/clients/{charged.carl.ref}/profit/"
    found = re.search(r'name="once" value="([^"]+)"', text(rosa, path))
    assert found is not None
    said = {"kind": "cost", "day": now().date().isoformat(), "amount": "5.00", "text": "Photos", "once": found.group(1)}
    for _ in range(2):
        assert rosa.post(path, said).status_code == 302
    assert len(re.findall(r"/drop/", text(rosa, path))) == 1
    # Who comes back to the form and types something else means it.
    assert rosa.post(path, said | {"amount": "7.00"}).status_code == 302
    assert len(re.findall(r"/drop/", text(rosa, path))) == 2


def test_the_list_is_sorted_and_downloaded(charged: World) -> None:
    rosa = charged.browser("rosa")
    page = text(rosa, money(charged, "profit/"))
    assert page.index("Carl’s Kitchen") < page.index("Élan Coiffure")
    page = text(rosa, money(charged, "profit/?sort=margin"))
    assert page.index("Élan Coiffure") < page.index("Carl’s Kitchen")
    file = rosa.get(money(charged, "profit/file/"))
    assert file.headers["Content-Type"].startswith("text/csv")
    lines = file.content.decode().splitlines()
    month = f"{now():%Y-%m}"
    assert lines == [
        "account,name,first_month,last_month,currency,revenue,wholesale,minutes,effort,written_off,margin",
        f"{charged.carl.ref},Carl’s Kitchen,{month},{month},EUR,90.00,32.00,0,0.00,0.00,58.00",
        f"{charged.elan.ref},Élan Coiffure,{month},{month},EUR,0.00,8.00,0,0.00,0.00,-8.00",
    ]


def test_the_home_of_money_shows_what_is_open_by_age_and_what_waits(charged: World) -> None:
    for number, days in enumerate((-5, 10, 45, 75, 200), 1):
        due = date.fromordinal(now().date().toordinal() - days)
        make_invoice(charged.rosa, charged.carl, number=number, lines=number, due_on=due)
    with platform_scope("test data"):
        statement = BankStatement(
            account=charged.rosa,
            book="retail",
            file_name="s",
            digest="1" * 64,
            format="csv",
            imported_at=now(),
            imported_by="t",
        )
        statement.save()
        BankLine(
            account=charged.rosa, book="retail", statement=statement, place=1, key="k", booked_on=now().date(), minor=1,
            currency="EUR",
        ).save()  # fmt: skip
    page = text(charged.browser("rosa"), money(charged))
    aged = re.search(r"Not due yet.*?Together", page)
    assert aged is not None
    assert re.findall(r"€[\d.,]+", aged[0]) == ["€29.00", "€58.00", "€87.00", "€116.00", "€145.00"]
    assert "1 bank movement fits no invoice yet" in page
    assert "€90.00" in page


def test_what_is_open_and_overdue_leads_to_as_many_invoices(charged: World) -> None:
    tomorrow, yesterday = (date.fromordinal(now().date().toordinal() + days) for days in (1, -1))
    soon = make_invoice(charged.rosa, charged.carl, number=1, due_on=tomorrow)
    late = make_invoice(charged.rosa, charged.carl, number=2, due_on=yesterday)
    part = make_invoice(charged.rosa, charged.carl, number=3, due_on=yesterday)
    with platform_scope("test data"):
        Invoice.objects.filter(id=part.id).update(state="partly-paid", paid_minor=100)
    rosa = charged.browser("rosa")
    home = text(rosa, money(charged))
    for label, wanted in (("Open invoices", {soon.ref, late.ref, part.ref}), ("Overdue", {late.ref, part.ref})):
        found = re.search(r'<a[^>]* href="([^"]+)"[^>]*>(?:(?!</a>).)*?' + label, home)
        assert found is not None, label
        assert set(re.findall(r"/(inv_\w+)/", text(rosa, found[1]))) == wanted


def test_the_vendors_home_of_money_says_how_many_nightly_checks_of_money_fail(charged: World) -> None:
    vera, path = charged.browser("vera"), f"/vendor/{charged.vendor.ref}/money/"
    assert "nightly check" not in text(vera, path)
    known = {"checked_at": now(), "number": 3, "places": []}
    for name, broken in (
        ("billing.balanced", True),
        ("billing.payouts", True),
        ("billing.numbers", False),
        ("journal.chain", True),
    ):
        since = now() if broken else None
        InvariantState.unscoped.update_or_create(name=name, defaults=known | {"broken_since": since})
    # One that is not of money, and one that holds, do not count.
    assert "2 nightly checks about money fail" in text(vera, path)
    InvariantState.unscoped.filter(name="billing.payouts").update(broken_since=None)
    assert "1 nightly check about money fails" in text(vera, path)
    assert "nightly check" not in text(charged.browser("rosa"), money(charged))


def test_a_currency_in_which_there_is_nothing_is_told_as_that(charged: World) -> None:
    """Never in another one, which a program that asked would take for its own."""
    rosa = make_caller(charged, "rosa")
    told = rosa.get("/revenue?currency=USD")
    assert (told["currency"], told["currencies"], told["months"]) == ("USD", ["EUR"], [])
    listed = rosa.get("/profit?currency=USD")
    assert (listed["currency"], listed["items"], listed["total"]["margin"]) == ("USD", [], 0)
    one = rosa.get(f"/accounts/{charged.carl.ref}/profit?currency=USD")
    assert (one["currency"], [month["margin"] for month in one["months"]]) == ("USD", [0])
    statement = rosa.get(f"/account-statement?account={charged.carl.ref}&currency=USD")
    assert (statement["currency"], statement["closing"], statement["items"]) == ("USD", 0, [])
    for path in (
        "/revenue?",
        "/profit?",
        f"/accounts/{charged.carl.ref}/profit?",
        f"/account-statement?account={charged.carl.ref}&",
    ):
        refused = rosa.get(f"{path}currency=XXX")
        assert (refused.status, refused.code) == (409, "cannot_tell_money.currency"), path
    browser = charged.browser("rosa")
    assert "Nothing in USD" in text(browser, money(charged, "figures/?currency=USD"))
    for page in (money(charged, "profit/"), f"/reseller/{charged.rosa.ref}/clients/{charged.carl.ref}/profit/"):
        shown = text(browser, f"{page}?currency=USD")
        assert "€90.00" not in shown
        assert "currency=EUR" in shown


def test_the_api_tells_and_takes_the_same(charged: World) -> None:
    rosa = make_caller(charged, "rosa")
    told = rosa.get("/revenue")
    assert (told["currency"], told["resellers"], told["lifetime_value"]) == ("EUR", [], None)
    month = told["months"][-1]
    assert (month["end"], month["new"], month["margin"], month["running"]) == (9000, 9000, 5000, True)
    listed = rosa.get("/profit?sort=name&ascending=true")
    assert [(row["name"], row["margin"], row["share"]) for row in listed["items"]] == [
        ("Carl’s Kitchen", 5800, "64.4"),
        ("Élan Coiffure", -800, None),
    ]
    said = {"kind": "cost", "day": now().date().isoformat(), "amount": 800, "text": "Photos"}
    made = rosa.post(f"/accounts/{charged.carl.ref}/efforts", said)
    assert [(row["kind"], row["amount"], row["text"]) for row in made["efforts"]] == [("cost", 800, "Photos")]
    assert made["months"][-1]["margin"] == 5000
    refused = rosa.post(f"/accounts/{charged.carl.ref}/efforts", said | {"amount": 0})
    assert (refused.status, refused.code) == (409, "cannot_enter_effort.amount")
    assert rosa.delete(f"/accounts/{charged.carl.ref}/efforts/{made['efforts'][0]['ref']}").status == 204
    assert rosa.get(f"/accounts/{charged.carl.ref}/profit")["efforts"] == []
    remo = make_caller(charged, "remo")
    assert remo.get(f"/accounts/{charged.carl.ref}/profit").status == 404
    vendor = make_caller(charged, "vera")
    assert [(row["name"], row["amount"], row["list_amount"]) for row in vendor.get("/revenue")["resellers"]] == [
        ("Rosa Web Studio", 4000, 5000)
    ]
    assert vendor.get("/profit").status == 403
