"""The pages of money and the API: each side sees its own figures, and no other."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sublet.billing.models import BillingTerms, Invoice
from sublet.billing.operations import issue_invoice, set_billing_terms
from sublet.billing.queries.terms import own_terms
from sublet.foundation.scope import platform_scope
from tests.billing.rows import make_invoice
from tests.billing.selling import day, furnish, invoices, make_issuer, marks_up, run, texts
from tests.people import AT, World
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db


def text(browser: Client, path: str, status: int = 200) -> str:
    response = browser.get(path)
    assert response.status_code == status, path
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def billed(world: World) -> World:
    """Carl: base 24.00 and overage 2.70 at list; Rosa asks 36.00 for the base."""
    furnish(world)
    marks_up(world.rosa)
    texts(world, 230, at=day("2026-03-20"))
    run(day("2026-05-02"))
    return world


def money(world: World, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/money/{rest}"


def test_the_reseller_looks_at_a_draft_issues_it_and_credits_it(billed: World) -> None:
    rosa = billed.browser("rosa")
    home = text(rosa, money(billed))
    assert "Drafts to look at" in home
    assert 'href="/reseller/' in home
    draft = invoices("retail")[0]
    page = text(rosa, money(billed, f"invoices/{draft.ref}/"))
    assert "Draft for Carl’s Kitchen" in page
    assert "€36.00" in page
    assert "€43.92" in page

    issued = rosa.post(money(billed, f"invoices/{draft.ref}/issue/"))
    assert issued.headers["Location"] == money(billed, f"invoices/{draft.ref}/")
    assert "Invoice R-1" in text(rosa, money(billed, f"invoices/{draft.ref}/"))
    assert "The invoice is issued." not in text(rosa, money(billed, "invoices/"))

    rosa.post(money(billed, f"invoices/{draft.ref}/credit/"), {"reason": ""})
    assert "Say why" in text(rosa, money(billed, f"invoices/{draft.ref}/"))
    rosa.post(money(billed, f"invoices/{draft.ref}/credit/"), {"reason": "goodwill"})
    with platform_scope("test"):
        note = Invoice.objects.get(kind="credit")
    assert (note.gross_minor, note.reason) == (-4392, "goodwill")
    assert "Credit note R-2" in text(rosa, money(billed, f"invoices/{note.ref}/"))


def test_a_line_opens_down_to_its_usage(billed: World) -> None:
    rosa = billed.browser("rosa")
    owed = invoices()[1]
    assert text(rosa, money(billed, f"invoices/{owed.ref}/"), 404)  # a draft of the vendor's is the vendor's
    with billed.scope("vera") as vera:
        issue_invoice(ref=owed.ref, actor=vera, at=day("2026-05-03"))
    received = text(rosa, money(billed, "received/"))
    assert "V-1" in received
    page = text(rosa, money(billed, f"invoices/{owed.ref}/"))
    assert "Discount of 20 %" in page
    assert "Issue" not in re.findall(r"<button[^>]*>(.*?)</button>", page)
    line = text(rosa, money(billed, f"invoices/{owed.ref}/1/"))
    assert "Usage events" in line
    assert ">230<" in line


def test_neither_vendor_nor_client_ever_reads_the_other_sides_figures(billed: World) -> None:
    own, owed = invoices("retail")[1], invoices()[1]
    vera, carl = billed.browser("vera"), billed.browser("carl")
    start = f"/vendor/{billed.vendor.ref}/money/"
    pages = [text(vera, start), text(vera, f"{start}invoices/"), text(vera, f"{start}invoices/{owed.ref}/")]
    assert "Rosa Web Studio" in pages[1]
    assert not [page for page in pages if "36.00" in page or "R-1" in page]  # 36.00 is Carl's retail price
    text(vera, f"{start}invoices/{own.ref}/", 404)
    client = f"/client/{billed.carl.ref}/"
    assert f"{client}billing/" not in text(carl, f"{client}history/")
    with billed.scope("rosa") as rosa:
        issue_invoice(ref=own.ref, actor=rosa, at=day("2026-05-03"))
    assert f"{client}billing/" in text(carl, f"{client}history/")
    listing, shown = text(carl, f"{client}billing/"), text(carl, f"{client}billing/{own.ref}/")
    assert "R-1" in listing
    assert "€36.00" in shown
    assert "24.00" not in listing + shown
    text(carl, f"{client}billing/{owed.ref}/", 404)
    text(billed.browser("cleo"), f"{client}billing/", 403)  # its owner alone
    text(billed.browser("remo"), f"/reseller/{billed.remo.ref}/money/invoices/{own.ref}/", 404)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_statements_whatever_is_in_it(world: World, count: int) -> None:
    for number in range(count):
        make_invoice(world.rosa, world.carl if number else world.elan, number=number + 1)
    rosa = world.browser("rosa")
    rosa.get(money(world, "invoices/"))
    with CaptureQueriesContext(connection) as seen:
        page = text(rosa, money(world, "invoices/"))
    assert page.count("Paid") >= 1
    asked = [each for each in seen.captured_queries if "invoice" in each["sql"] or '"account"."id" IN' in each["sql"]]
    assert len([each for each in asked if 'FROM "invoice"' in each["sql"]]) == 1


def test_a_list_answers_htmx_with_the_part_that_changes(billed: World) -> None:
    rosa = billed.browser("rosa")
    for rest in ("invoices/", "received/", "payments/", "payments/payers/", "paying/"):
        part = rosa.get(money(billed, rest), headers={"HX-Request": "true"})
        assert (part.status_code, [each.name for each in part.templates][:1]) == (200, ["shared/list_results.html"]), (
            rest
        )
        boosted = rosa.get(money(billed, rest), headers={"HX-Request": "true", "HX-Boosted": "true"})
        assert "<!doctype html>" in boosted.content.decode(), rest


def test_terms_are_said_once_and_hold(world: World) -> None:
    rosa = world.browser("rosa")
    chosen = {"interval": "quarter", "basis": "calendar", "collected_by": "own", "automatic": "on"}
    for _ in range(2):
        assert rosa.post(money(world, "terms/"), chosen).headers["Location"] == money(world)
    with platform_scope("test"):
        [row] = BillingTerms.objects.all()
    assert (row.interval, row.collected_by, row.automatic, row.book) == ("quarter", "own", True, "retail")
    assert rosa.post(money(world, "terms/"), chosen | {"interval": "week"}).status_code == 422
    text(world.browser("rico"), money(world, "terms/"), 403)


def test_saying_once_more_how_one_is_billed_takes_back_what_was_decided_for_later(world: World) -> None:
    said: dict[str, Any] = {"basis": "calendar", "collected_by": "own", "automatic": False}
    with world.scope("rosa") as rosa:
        assert set_billing_terms(interval="month", **said, actor=rosa, at=AT)
        assert set_billing_terms(interval="quarter", **said, since=AT + timedelta(days=30), actor=rosa, at=AT)
        assert set_billing_terms(interval="month", **said, actor=rosa, at=AT + timedelta(days=1))
        assert not set_billing_terms(interval="month", **said, actor=rosa, at=AT + timedelta(days=2))
        assert own_terms(rosa, at=AT + timedelta(days=60)).interval == "month"


def test_programs_read_issue_and_credit_as_people_do(billed: World) -> None:
    rosa, vera = make_caller(billed, "rosa"), make_caller(billed, "vera")
    listed = rosa.get("/invoices")
    assert [(row["state"], row["gross"]) for row in listed.body["items"]] == [("draft", 4886), ("draft", 4392)]
    first = listed.body["items"][1]["ref"]
    issued = rosa.post(f"/invoices/{first}/issue")
    assert (issued.status, issued.body["invoice"]["number"], len(issued.body["digest"])) == (200, "R-1", 64)
    again = rosa.post(f"/invoices/{first}/issue")
    assert (again.status, again.body["code"]) == (409, "cannot_issue_invoice.not-a-draft")
    note = rosa.post(f"/invoices/{first}/credit", {"reason": "goodwill", "net": 1000})
    assert (note.body["invoice"]["gross"], note.body["corrects"]) == (-1220, first)
    assert rosa.get("/invoices?side=received").body["items"] == []
    assert vera.get(f"/invoices/{first}").status == 404
    assert {row["party"]["name"] for row in vera.get("/invoices").body["items"]} == {"Rosa Web Studio"}
    draft = vera.get("/invoices").body["items"][0]["ref"]
    usage = vera.get(f"/invoices/{draft}/lines/1/usage").body
    assert (usage["meter"], [row["quantity"] for row in usage["items"]]) == ("text_messages", [230])
    assert vera.delete(f"/invoices/{draft}").status == 204


def test_without_an_issuer_the_page_says_so(world: World) -> None:
    draft = make_invoice(world.rosa, world.carl)
    rosa = world.browser("rosa")
    assert "in whose name" in text(rosa, money(world))
    rosa.post(money(world, f"invoices/{draft.ref}/issue/"))
    assert "Say first in whose name" in text(rosa, money(world, f"invoices/{draft.ref}/"))
    make_issuer(world.rosa)
    rosa.post(money(world, f"invoices/{draft.ref}/issue/"))
    assert invoices("retail")[0].state == "issued"


def test_a_part_is_credited_by_its_amount_as_it_is_typed(billed: World) -> None:
    rosa = billed.browser("rosa")
    draft = invoices("retail")[0]
    rosa.post(money(billed, f"invoices/{draft.ref}/issue/"))
    credit = money(billed, f"invoices/{draft.ref}/credit/")
    for amount, said in (("a lot", "Enter an amount such as 12.50."), ("36.01", "At most €36.00 can be credited.")):
        refused = rosa.post(credit, {"reason": "goodwill & more", "amount": amount})
        page = refused.content.decode()
        assert refused.status_code == 409
        assert said in page
        assert "data-open-now" in page  # else the dialog is shut, and what was typed is gone
        assert 'value="goodwill &amp; more"' in page
        assert f'value="{amount}"' in page
    rosa.post(credit, {"reason": "goodwill", "amount": "10,00"})
    with platform_scope("test"):
        note = Invoice.objects.get(kind="credit")
    assert (note.net_minor, note.gross_minor) == (-1000, -1220)


def test_a_zero_byte_in_a_reason_is_dropped(billed: World) -> None:
    """PostgreSQL refuses one: what a program sends for a page would end as a fault of ours."""
    rosa = billed.browser("rosa")
    draft = invoices("retail")[0]
    rosa.post(money(billed, f"invoices/{draft.ref}/issue/"))
    sent = {"reason": "good\x00will", "amount": "1\x000", "once": "\x00"}
    assert rosa.post(money(billed, f"invoices/{draft.ref}/credit/"), sent).status_code == 302
    with platform_scope("test"):
        note = Invoice.objects.get(kind="credit")
    assert (note.reason, note.net_minor) == ("goodwill", -1000)


def test_the_same_form_sent_twice_credits_once(billed: World) -> None:
    """Else a second click gives the same part back again."""
    rosa = billed.browser("rosa")
    draft = invoices("retail")[0]
    rosa.post(money(billed, f"invoices/{draft.ref}/issue/"))
    path = money(billed, f"invoices/{draft.ref}/")
    found = re.findall(r'name="once" value="([^"]+)"', text(rosa, path))
    [once] = found
    assert once not in text(rosa, path)
    sent = {"reason": "goodwill", "amount": "10,00", "once": once}
    assert [rosa.post(f"{path}credit/", sent).status_code for _time in range(2)] == [302, 302]
    with platform_scope("test"):
        assert Invoice.objects.filter(kind="credit").count() == 1
    assert rosa.post(f"{path}credit/", {**sent, "once": "another"}).status_code == 302
    with platform_scope("test"):
        assert Invoice.objects.filter(kind="credit").count() == 2


def test_whoever_bills_elsewhere_is_not_asked_in_whose_name(world: World) -> None:
    assert "in whose name" not in text(world.browser("rosa"), money(world))
    assert "You bill your clients by yourself" in text(world.browser("rosa"), money(world))


def test_one_account_is_billed_otherwise_than_the_others(world: World) -> None:
    make_issuer(world.rosa)
    rosa, path = world.browser("rosa"), money(world, f"terms/{world.carl.ref}/")
    assert "it is billed as all others are" in text(rosa, path)
    chosen = {"interval": "year", "basis": "anniversary", "collected_by": "own", "automatic": "on"}
    assert rosa.post(path, chosen).headers["Location"] == path
    assert "it is billed as all others are" not in text(rosa, path)
    assert path in text(rosa, money(world, f"to/{world.carl.ref}/"))
    with platform_scope("test"):
        row = BillingTerms.objects.get()
    assert (row.client_id, row.interval, row.basis, row.automatic) == (world.carl.id, "year", "anniversary", True)
    text(world.browser("remo"), f"/reseller/{world.remo.ref}/money/terms/{world.carl.ref}/", 404)
    text(world.browser("rico"), path, 403)


def test_programs_say_how_an_account_is_billed(world: World) -> None:
    rosa = make_caller(world, "rosa", rights={"billing": "manage"})
    place = f"/accounts/{world.carl.ref}/billing-terms"
    usual = rosa.get(place)
    assert (usual["interval"], usual["collected_by"], usual["own"]) == ("month", "nobody", False)
    said = rosa.put(place, {"interval": "quarter", "basis": "anniversary", "collected_by": "own"})
    assert (said["interval"], said["basis"], said["own"]) == ("quarter", "anniversary", True)
    everybody = f"/accounts/{world.rosa.ref}/billing-terms"
    assert rosa.put(everybody, {"interval": "month", "basis": "calendar", "collected_by": "own"})["own"] is True
    assert rosa.get(place)["interval"] == "quarter"
    assert rosa.put(place, {"interval": "month", "basis": "calendar", "since": "2020-01-01T00:00:00Z"}).status == 409
    other = make_caller(world, "remo", rights={"billing": "manage"})
    assert other.get(place).status == 404
    looking = make_caller(world, "rosa", rights={"billing": "view"}, name="looks")
    assert looking.get(place).status == 200
    assert looking.put(place, {"interval": "month", "basis": "calendar"}).status == 403


def test_an_invoice_of_many_lines_shows_fifty_of_them_at_a_time(world: World) -> None:
    row = make_invoice(world.rosa, world.carl, lines=120, number=1)
    rosa, path = world.browser("rosa"), money(world, f"invoices/{row.ref}/")
    first, last = text(rosa, path), text(rosa, f"{path}?page=3")
    assert (first.count('class="cell-title"'), last.count('class="cell-title"')) == (50, 20)
    assert "Lines 1 to 50 of 120" in first
    assert "Lines 101 to 120 of 120" in last
    assert ('href="?page=2"' in first, 'href="?page=2"' in last, 'href="?page=4"' in last) == (True, True, False)
    for nothing in ("4", "0", "-1", "x", "²", "9" * 30):
        text(rosa, f"{path}?page={nothing}", 404)
    short = make_invoice(world.rosa, world.carl, lines=50, number=2)
    assert "?page=" not in text(rosa, money(world, f"invoices/{short.ref}/"))


def test_invoices_that_one_gets_say_whom_they_come_from(world: World) -> None:
    make_invoice(world.rosa, world.carl, number=1)
    assert 'data-label="From"' in text(world.browser("carl"), f"/client/{world.carl.ref}/billing/")
    assert 'data-label="Account"' in text(world.browser("rosa"), money(world, "invoices/"))
