"""Writing off on pages and by programs; what whoever owes reads; the link that is closed; the files for accounting."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from sublet.billing.models import DunningCase, Invoice, WriteOff
from sublet.billing.operations.dunning import way_to_pay
from sublet.billing.operations.papers import CSV, DATEV, export_invoices
from sublet.billing.queries.profit import profit_of, profits
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from tests.billing.dunned import on, owes, passes
from tests.billing.payments import Counter
from tests.billing.statements import claimed, paid
from tests.billing.test_invoice_files import NOW, issued
from tests.billing.test_write_offs import asks_again, gives_up, stands
from tests.people import CARL_HOST, World
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db
ISSUED = datetime(2026, 3, 17, 9, tzinfo=UTC)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def place(world: World, invoice: Invoice, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/money/invoices/{invoice.ref}/{rest}"


@pytest.fixture
def invoice(world: World) -> Invoice:
    """Carl owes Rosa 100.00, of which 40.00 are paid."""
    of = claimed(world.rosa, world.carl, 10_000, ISSUED)
    paid(of, 4_000, ISSUED)
    return of


def test_it_is_asked_first_done_once_and_taken_back(world: World, invoice: Invoice) -> None:
    browser = world.browser("rosa")
    assert place(world, invoice, "write-off/") in browser.get(place(world, invoice)).content.decode()
    page = browser.get(place(world, invoice, "write-off/"))
    said = text_of(page)
    assert "€60.00 is booked as a loss." in said
    assert "Let the plan go on" not in said  # nothing rests because of it
    for words in ("nobody is reminded", "makes the loss smaller", "with its VAT"):
        assert words in said
    assert stands(invoice)[0] == "partly-paid"

    refused = browser.post(place(world, invoice, "write-off/"), {"reason": ""})
    assert (refused.status_code, stands(invoice)[0]) == (422, "partly-paid")
    for _time in range(2):
        browser.post(place(world, invoice, "write-off/"), {"reason": "<b>Bankrupt</b>"})
    shown = browser.get(place(world, invoice))
    told = text_of(shown)
    for words in (
        "Written off",
        "wrote €60.00 off.",
        "&lt;b&gt;Bankrupt&lt;/b&gt;",
        "Lost €60.00",
        "Ask for this invoice again?",
    ):
        assert words in told
    assert place(world, invoice, "write-off/") not in shown.content.decode()
    with platform_scope("test"):
        assert WriteOff.objects.count() == 1

    listed = text_of(browser.get(f"/reseller/{world.rosa.ref}/money/receivables/"))
    assert "€60.00" not in listed
    assert "€60.00" in text_of(browser.get(f"/reseller/{world.rosa.ref}/money/receivables/?state=written-off"))
    assert "€60.00" in text_of(browser.get(f"/reseller/{world.rosa.ref}/money/"))

    browser.post(place(world, invoice, "reopen/"), {"reason": ""})
    assert stands(invoice)[0] == "uncollectible"
    browser.post(place(world, invoice, "reopen/"), {"reason": "It pays after all"})
    assert stands(invoice)[0] == "partly-paid"
    assert "took that back." in text_of(browser.get(place(world, invoice)))


def test_the_vendor_writes_off_what_a_reseller_owes(world: World) -> None:
    of = claimed(world.vendor, world.rosa, 5_000, ISSUED)
    browser = world.browser("vera")
    start = f"/vendor/{world.vendor.ref}/money/invoices/{of.ref}/"
    browser.post(f"{start}write-off/", {"reason": "Closed down"})
    assert stands(of) == ("uncollectible", 0, 0, 5_000, 0)
    told = text_of(world.browser("rosa").get(f"/reseller/{world.rosa.ref}/money/invoices/{of.ref}/"))
    assert "No longer asked for" in told
    assert "Closed down" not in told


def test_who_owes_reads_that_it_is_closed_and_not_why(world: World, invoice: Invoice) -> None:
    gives_up(world, invoice)
    browser = world.browser("carl")
    page = browser.get(f"/client/{world.carl.ref}/billing/{invoice.ref}/")
    told = text_of(page)
    for words in ("Closed", "No longer asked for", "-€60.00", "you are not asked to pay it any more"):
        assert words in told, words
    for words in ("Bankrupt", "Written off", "loss"):
        assert words not in told
    assert "Closed" in text_of(browser.get(f"/client/{world.carl.ref}/billing/"))
    with world.scope("carl"):
        assert WriteOff.objects.count() == 0
    assert browser.post(f"/client/{world.carl.ref}/billing/{invoice.ref}/write-off/").status_code == 404
    assert world.browser("remo").get(place(world, invoice, "write-off/")).status_code == 404


def test_what_rests_is_decided_on_the_page(counter: Counter) -> None:
    world = counter.world
    of = owes(world)
    with platform_scope("test"):
        DunningCase(
            account=world.rosa, book="retail", collected_by="own", debtor=world.carl, invoice=of, counted_from=date(2026, 3, 16),
            zone="Europe/Rome", schedule={}, opened_at=ISSUED, looked_at=ISSUED, state="ended", holds=True,
        ).save()  # fmt: skip
    browser = world.browser("rosa")
    assert "Let the plan go on" in text_of(browser.get(place(world, of, "write-off/")))
    browser.post(place(world, of, "write-off/"), {"reason": "Gone"})  # not ticked
    with platform_scope("test"):
        assert WriteOff.objects.get().resumes is False


def test_a_link_to_pay_it_says_that_it_is_closed(counter: Counter) -> None:
    world = counter.world
    of = claimed(world.rosa, world.carl, 4_900, ISSUED)
    with world.scope("carl") as carl:
        url = way_to_pay(invoice=of.ref, actor=carl, at=now())
    path = url[url.index("/pay/") :]
    phone = Client(headers={"host": CARL_HOST})
    assert "49.00" in text_of(phone.get(path))
    gives_up(world, of, at=now())
    told = text_of(phone.get(path))
    assert "is closed: it is not to be paid here any more" in told
    assert "has paid" not in told
    assert stands(of)[0] == "uncollectible"


def test_programs_write_off_reopen_and_hear_of_it(world: World, invoice: Invoice) -> None:
    rosa = make_caller(world, "rosa", rights={"billing": "manage"})
    start = f"/invoices/{invoice.ref}"
    assert rosa.ask("POST", f"{start}/write-off", {}).status == 422
    for _time in range(2):
        answer = rosa.ask("POST", f"{start}/write-off", {"reason": "Bankrupt"})
        assert (answer.status, answer["invoice"]["state"]) == (200, "uncollectible")
        assert (answer["invoice"]["open"], answer["invoice"]["written_off"], answer["recovered"]) == (0, 6_000, 0)
        assert [(row["amount"], row["reason"]) for row in answer["write_offs"]] == [(6_000, "Bankrupt")]
    assert rosa.ask("GET", "/receivables")["items"] == []
    [row] = rosa.ask("GET", "/receivables?state=written-off")["items"]
    assert (row["invoice"], row["open"], row["written_off"]) == (invoice.ref, 0, 6_000)
    assert rosa.ask("GET", "/money")["written_off"] == [{"currency": "EUR", "number": 1, "amount": 6_000}]
    answer = rosa.ask("POST", f"{start}/reopen", {"reason": "It pays"})
    assert (answer["invoice"]["state"], answer["invoice"]["open"]) == ("partly-paid", 6_000)
    assert answer["write_offs"][0]["taken_back_reason"] == "It pays"
    paid(invoice, 6_000, ISSUED)
    assert rosa.ask("POST", f"{start}/write-off", {"reason": "x"}).code == "cannot_write_off.not-open"
    other = claimed(world.rosa, world.carl, 100, ISSUED)
    refused = rosa.ask("POST", f"/invoices/{other.ref}/reopen", {"reason": "x"})
    assert refused.code == "cannot_reopen_invoice.not-written-off"


def test_other_programs_do_not(world: World, invoice: Invoice) -> None:
    looks = make_caller(world, "rosa", rights={"billing": "view"})
    remo = make_caller(world, "remo", rights={"billing": "manage"})
    asked = ("POST", f"/invoices/{invoice.ref}/write-off", {"reason": "x"})
    assert (looks.ask(*asked).status, remo.ask(*asked).status) == (403, 404)
    assert stands(invoice)[0] == "partly-paid"


def test_the_files_for_accounting_have_lines_of_their_own_and_add_up(world: World) -> None:
    _wholesale, _note, of = issued(world)
    gives_up(world, of, at=NOW + timedelta(days=1))
    asks_again(world, of, at=NOW + timedelta(days=2))
    gives_up(world, of, at=NOW + timedelta(days=3))
    with world.scope("rosa") as rosa:
        asked: dict[str, Any] = {"actor": rosa, "at": NOW, "first": date(2026, 5, 1), "last": date(2026, 5, 31)}
        table = export_invoices(kind=CSV, **asked)
        bookings = export_invoices(kind=DATEV, **asked)
    rows = list(csv.DictReader(io.StringIO(b"".join(table).decode())))
    gross = f"{of.due_minor / 100:.2f}"
    assert [(row["kind"], row["gross"], row["issued_on"]) for row in rows if row["category"] == "loss"] == [
        ("write-off", f"-{gross}", "2026-05-04"), ("recovery", gross, "2026-05-05"), ("write-off", f"-{gross}", "2026-05-06"),
    ]  # fmt: skip
    assert {row["number"] for row in rows if row["category"] == "loss"} == {of.number_shown}
    assert sum(Decimal(row["gross"]) for row in rows) == 0
    assert b"".join(bookings).count(b";1400;2400;") == 3
    with world.scope("rosa") as rosa:
        before = export_invoices(kind=CSV, **{**asked, "last": date(2026, 5, 3)})
    assert b"loss" not in b"".join(before)


def test_what_a_client_leaves_is_less_by_what_is_lost(world: World, invoice: Invoice) -> None:
    at = datetime(2026, 3, 25, 9, tzinfo=UTC)
    gives_up(world, invoice, at=at)
    with world.scope("rosa") as rosa:
        told = profits(rosa, at=at)
        one = profit_of(rosa, world.carl.ref, at=at)
    assert [(row.name, row.lost, row.margin) for row in told.rows] == [(world.carl.name, 6_000, -6_000)]
    assert [(each.month, each.lost) for each in one.months if each.lost] == [(date(2026, 3, 1), 6_000)]
    asks_again(world, invoice, at=at + timedelta(days=10))
    with world.scope("rosa") as rosa:
        assert profits(rosa, at=at).total.lost == 6_000  # of March: what was taken back in April is April's
        assert profits(rosa, at=at + timedelta(days=10)).total.lost == -6_000


def test_nothing_more_is_announced_before_the_schedule_has_come_by(counter: Counter) -> None:
    world = counter.world
    of = owes(world)
    passes(1)
    page = place(world, of)
    assert "Next step" in text_of(world.browser("rosa").get(page))
    gives_up(world, of, at=on(2))
    told = text_of(world.browser("rosa").get(page))
    assert "Reminder" in told  # what was done stays readable
    for words in ("Next step", "Remind now", "Settled"):
        assert words not in told
