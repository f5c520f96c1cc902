"""The pages: prices of a reseller with what is left of each, one client's, wholesale of the vendor, the margin guard, letters."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.core.periods import start_of_day
from sublet.core.portfolio import DISCOUNT, LISTED, Change
from sublet.core.rights import Rights
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import Collaborator
from sublet.portals.shared.locales import write_date
from sublet.pricing.models import Extra, PriceCheck, PriceCheckLine, PriceLetter, RetailPriceSet
from sublet.pricing.operations import (
    CannotSetPrice,
    CannotWriteLetters,
    check_prices,
    checks,
    letters,
    make_extra,
    preview_letters,
    set_retail_price,
    share_prices,
    write_letters,
)
from sublet.pricing.queries import check_of, wholesale
from sublet.subscriptions.operations import take_plan
from tests.people import AT, World
from tests.pricing import PLAN, flat, load, once


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def at(world: World, rest: str) -> str:
    return f"/reseller/{world.rosa.ref}/{rest}"


def text(response: object) -> str:
    return html.unescape(str(response.content.decode()))  # type: ignore[attr-defined]  # of the test client


PRICE = {"model": "flat", "amount": "99.00", "interval": "month"}


def test_the_price_of_what_is_sold_once_begins_as_once(sold: World) -> None:
    page = text(sold.browser("rosa").get(at(sold, "prices/of/add_on/redesign/")))
    assert '<option value="once" selected>' in page
    assert '<option value="month" selected>' in text(sold.browser("rosa").get(at(sold, f"prices/of/plan/{PLAN}/")))


def test_a_price_is_said_and_stands_beside_wholesale(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"prices/of/plan/{PLAN}/")
    assert "No price said" in text(rosa.get(at(sold, "prices/")))
    tried = text(rosa.post(path + "try/", PRICE))
    for words in ("€36.00", "€99.00", "€63.00", "175 %", "63.6 %"):
        assert words in tried, words
    with platform_scope("test"):
        assert RetailPriceSet.objects.count() == 0  # trying says nothing
    assert rosa.post(path, PRICE).status_code == 302
    shown = text(rosa.get(at(sold, "prices/")))
    for words in ("Content", "€36.00", "€99.00", "€63.00", "175 %", "€70.00 to €200.00", "for 1,000 units"):
        assert words in shown, words
    later = (now() + timedelta(days=40)).date().isoformat()
    assert rosa.post(path, PRICE | {"amount": "109", "since": later, "group": "vip"}).status_code == 302
    shown = text(rosa.get(path))
    assert "Comes later" in shown
    assert "Group “vip”</bdi>: €109.00 a month" in shown


def test_a_price_below_cost_is_told_while_it_is_typed(sold: World) -> None:
    tried = text(sold.browser("rosa").post(at(sold, f"prices/of/plan/{PLAN}/try/"), PRICE | {"amount": "35.99"}))
    assert "You lose money: it costs you €36.00." in tried


def test_faults_stand_beside_their_fields(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"prices/of/plan/{PLAN}/")
    for sent, field in (
        ({"amount": ""}, "amount"),
        ({"amount": "1.234"}, "amount"),
        ({"model": "graduated", "steps": "10: x"}, "steps"),
        ({"model": "graduated", "steps": "10: 5"}, "steps"),
        ({"since": "2020-01-01"}, "since"),
    ):
        answer = rosa.post(path, PRICE | sent)
        assert answer.status_code in {409, 422}
        assert list(answer.context["form"].errors) == [field], sent
    steps = PRICE | {"model": "graduated", "steps": "10: 5 + 1\n*: 4.5"}
    assert rosa.post(path, steps).status_code == 302
    assert "from €5.00, by steps" in text(rosa.get(path))


HUGE = ("1E30", "1E9999999", "-1E9999999", "1E-9999999", "9" * 60, "Infinity", "NaN", "10000000000.01")


@pytest.mark.parametrize("amount", HUGE)
def test_what_is_no_amount_is_told_at_its_field_on_every_page_of_money(sold: World, amount: str) -> None:
    rosa, thing = sold.browser("rosa"), at(sold, f"prices/of/plan/{PLAN}/")
    one = at(sold, f"clients/{sold.carl.ref}/prices/")
    rosa.post(at(sold, "prices/terms/"), {"what": "extra", "name": "Set-up", "amount": "250"})
    extra = rosa.get(one).context["sale_form"].fields["extra"].choices[0][0]
    contract = {"once": "a", "kind": "maintenance", "name": "Care", "first_day": "2030-01-01", "months": "12",
                "renew_months": "12", "notice_days": "30", "interval": "month"}  # fmt: skip
    for path, sent, form in (
        (thing, PRICE, "form"),
        (f"{one}plan/{PLAN}/", PRICE, "form"),
        (at(sold, "prices/terms/"), {"what": "extra", "name": "Training"}, "extra_form"),
        (one, {"what": "own", "interval": "month"}, "own_form"),
        (one, {"what": "contract"} | contract, "contract_form"),
        (one, {"what": "sale", "once": "b", "extra": extra, "quantity": "1"}, "sale_form"),
    ):
        answer = rosa.post(path, sent | {"amount": amount})
        assert answer.status_code == 422, (path, sent)
        assert list(answer.context[form].errors) == ["amount"], (path, sent)
    tried = rosa.post(thing + "try/", PRICE | {"amount": amount})
    assert (tried.status_code, tried.context["left"]) == (200, None)
    for steps in (f"10: {amount}\n*: 1", f"10: 1 + {amount}\n*: 1", f"{amount}: 1\n*: 1"):
        answer = rosa.post(thing, PRICE | {"model": "graduated", "steps": steps})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["steps"]), steps
        assert rosa.post(thing + "try/", PRICE | {"model": "graduated", "steps": steps}).status_code == 200
    with platform_scope("test"):
        assert RetailPriceSet.objects.exclude(kind="extra").count() == 0


@pytest.mark.parametrize(
    "steps", ["10: 1\n5: 1\n*: 1", "*: 1\n10: 1\n*: 1", "0: 1\n*: 1", "-5: 1\n*: 1", "10: -1\n*: 1"]
)
def test_steps_that_do_not_rise_to_an_open_one_are_told_beside_them(sold: World, steps: str) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"prices/of/plan/{PLAN}/")
    for model in ("graduated", "volume"):
        sent = PRICE | {"model": model, "steps": steps}
        answer = rosa.post(path, sent)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["steps"])
        tried = rosa.post(path + "try/", sent)
        assert (tried.status_code, tried.context["left"]) == (200, None)


def test_the_largest_amount_and_the_finest_one_are_said(sold: World) -> None:
    rosa, thing = sold.browser("rosa"), at(sold, f"prices/of/plan/{PLAN}/")
    assert rosa.post(thing, PRICE | {"amount": "10000000000"}).status_code == 302
    overage = next(
        row for row in rosa.get(at(sold, "prices/")).context["groups"] if row[0] == "overage"
    )[3][0].url  # fmt: skip
    finest = {"model": "unit", "amount": "0.00000001", "interval": "month"}
    assert rosa.post(overage, finest).status_code == 302
    refused = rosa.post(overage, finest | {"amount": "0.000000001"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["amount"])
    with platform_scope("test"):
        said = [each.price or {} for each in RetailPriceSet.objects.order_by("id")]
        assert [Decimal(str(each["amount"])) for each in said] == [Decimal(10**12), Decimal("0.000001")]


def test_mark_ups_floor_rates_services_and_sharing_are_said(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, "prices/terms/")
    assert "No mark-up" in text(rosa.get(path))
    for sent in (
        {"what": "mark-up", "percent": "50", "on": "wholesale"},
        {"what": "floor", "percent": "20"},
        {"what": "rate", "source": "EUR", "target": "CHF", "rate": "0.95"},
        {"what": "extra", "name": "Set-up", "amount": "250"},
    ):
        assert rosa.post(path, sent).status_code == 302, sent
    rosa.post(path + "share/", {"shared": "1"})
    shown = text(rosa.get(path))
    for words in ("50 % on wholesale", "EUR → CHF", "0.95", "Set-up", "€250.00 once", "The vendor may read"):
        assert words in shown, words
    assert "By your mark-up" in text(rosa.get(at(sold, "prices/")))


def test_one_clients_prices_are_agreed_on_its_page(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"clients/{sold.carl.ref}/prices/")
    rosa.post(at(sold, "prices/terms/"), {"what": "extra", "name": "Set-up", "amount": "250"})
    rosa.post(at(sold, "prices/promotions/"), {"code": "HALF3", "percent": "50", "months": "3"})
    extra = rosa.get(path).context["sale_form"].fields["extra"].choices[0][0]
    for sent in (
        {"what": "own", "amount": "59", "interval": "month"},
        {"what": "promotion", "code": "half3"},
        {"what": "contract", "once": "a", "kind": "maintenance", "name": "Care", "first_day": now().date().isoformat(),
         "months": "12", "renew_months": "12", "notice_days": "30", "amount": "29", "interval": "month"},
        {"what": "sale", "once": "b", "extra": extra, "quantity": "2"},
    ):  # fmt: skip
        answer = rosa.post(path, sent)
        assert answer.status_code == 302, (sent, text(answer))
    rosa.post(at(sold, f"clients/{sold.carl.ref}/prices/plan/{PLAN}/"), PRICE | {"amount": "79"})
    shown = text(rosa.get(path))
    for words in (
        "€59.00 a month",
        "HALF3",
        "50 % off your prices",
        "Care",
        "€29.00 a month",
        "2 × €250.00 once",
        "€79.00 a month",
    ):
        assert words in shown, words
    assert "Care" in text(rosa.get(at(sold, "prices/contracts/")))
    assert "taken by 1 account" in text(rosa.get(at(sold, "prices/promotions/")))
    contract = rosa.get(path).context["contracts"][0][2]
    assert rosa.post(contract, {"last_day": ""}).status_code == 302
    assert "ends with" in text(rosa.get(path))


def test_a_promotion_that_cannot_be_given_again_is_ended_only_after_a_question(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"clients/{sold.carl.ref}/prices/")
    rosa.post(at(sold, "prices/promotions/"), {"code": "HALF3", "percent": "50", "months": "3"})
    take = {"what": "promotion", "code": "half3"}
    assert rosa.post(path, take).status_code == 302
    page = text(rosa.get(path))
    (stop,) = re.findall(r'<form method="post" action="([^"]+/stop/)"', page)
    (dialog,) = re.findall(r'<dialog class="dialog confirm" id="([^"]+)"', page)
    assert page.index("<dialog") < page.index(stop)  # the form stands in it, and nowhere else
    assert f'commandfor="{dialog}"' in page
    assert "it cannot be given this promotion again" in page
    assert rosa.post(stop).status_code == 302
    assert "has had this promotion already" in text(rosa.post(path, take))


def test_a_price_that_is_refused_as_a_whole_says_why(sold: World) -> None:
    with platform_scope("test data"):
        Account.objects.filter(id=sold.carl.id).update(state="closed")
    path = at(sold, f"clients/{sold.carl.ref}/prices/")
    answer = sold.browser("rosa").post(path, {"what": "own", "amount": "49.00", "interval": "month"})
    assert answer.status_code == 409
    page = text(answer)
    assert "This account is closed." in page
    assert 'value="49.00"' in page


def test_an_exception_is_found_among_those_of_hundreds_of_other_clients(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"clients/{sold.carl.ref}/prices/plan/{PLAN}/")
    with sold.scope("rosa") as actor:
        set_retail_price(kind="plan", key=PLAN, price=flat(7900), client=sold.carl.ref, actor=actor, at=AT)
        set_retail_price(kind="plan", key=PLAN, price=flat(5500), actor=actor, at=AT)
    with platform_scope("test data"):
        mine = RetailPriceSet.objects.get(client_id=sold.carl.id)
        RetailPriceSet.objects.bulk_create(
            RetailPriceSet(
                account_id=sold.rosa.id, layer="client", client_id=sold.elan.id, kind="plan", key=PLAN, interval="month",
                currency="EUR", price=mine.price, since=AT + timedelta(minutes=number), decided_at=AT, decided_by="Rosa",
            )
            for number in range(1, 250)
        )  # fmt: skip
    assert rosa.get(path).context["form"].initial["amount"] == Decimal(79)
    # What is for all clients is still shown, and begins the form, on the page of the thing.
    thing = rosa.get(at(sold, f"prices/of/plan/{PLAN}/"))
    assert thing.context["form"].initial["amount"] == Decimal(55)
    assert rosa.post(path, {"drop": "1"}).status_code == 302
    assert rosa.get(path).context["form"].initial == {}
    with platform_scope("test"):
        assert RetailPriceSet.objects.filter(client_id=sold.carl.id).order_by("-id")[0].price is None


def test_an_exception_by_the_year_is_changed_and_taken_back_by_its_own_address(sold: World) -> None:
    rosa, one = sold.browser("rosa"), at(sold, f"clients/{sold.carl.ref}/prices/")
    with sold.scope("rosa") as actor:
        for price in (flat(7900), flat(79000, "year")):
            set_retail_price(kind="plan", key=PLAN, price=price, client=sold.carl.ref, actor=actor, at=AT)
    urls = {url for _name, _price, _since, url in rosa.get(one).context["rules"]}
    assert urls == {f"{one}plan/{PLAN}/month/", f"{one}plan/{PLAN}/year/"}
    yearly = rosa.get(f"{one}plan/{PLAN}/year/").context["form"].initial
    assert (yearly["amount"], yearly["interval"]) == (Decimal(790), "year")
    assert rosa.post(f"{one}plan/{PLAN}/year/", {"drop": "1"}).status_code == 302
    assert {url for *_rest, url in rosa.get(one).context["rules"]} == {f"{one}plan/{PLAN}/month/"}
    assert rosa.get(f"{one}plan/{PLAN}/quarter/").context["form"].initial == {"interval": "quarter"}
    assert rosa.get(f"{one}plan/{PLAN}/week/").status_code == 404


def test_a_price_is_tried_with_few_statements(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"prices/of/plan/{PLAN}/try/")
    rosa.post(path, PRICE)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            rosa.post(path, PRICE)
        return len(asked)

    before = statements()
    with sold.scope("rosa") as actor:
        for client in (sold.carl, sold.elan):
            set_retail_price(kind="plan", key=PLAN, price=flat(7900), client=client.ref, actor=actor, at=AT)
    assert statements() == before


def test_a_service_and_its_price_are_said_in_one_write_or_not_at_all(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, "prices/terms/")
    with platform_scope("test data"):  # more than any price can be, past the form
        with sold.scope("rosa") as actor, pytest.raises(CannotSetPrice):
            make_extra(name="Set-up", price=once(10**13), actor=actor, at=AT)
        assert Extra.objects.count() == 0
    assert rosa.post(path, {"what": "extra", "name": "Set-up", "amount": "250"}).status_code == 302
    assert "€250.00 once" in text(rosa.get(path))
    assert rosa.post(path, {"what": "extra", "name": "Set-up", "amount": "300"}).status_code == 302
    with platform_scope("test"):
        assert Extra.objects.count() == 1
    assert "€300.00 once" in text(rosa.get(path))


def test_staff_without_billing_finds_no_figure_and_no_link(sold: World) -> None:
    place = Collaborator.unscoped.get(id=sold.places["rosa"].id)
    place.is_owner, place.rights_words = False, Rights.of({"clients": "manage", "subscription": "view"}).as_words()
    with platform_scope("test"):
        place.save()
    rosa = sold.browser("rosa")
    assert rosa.get(at(sold, "prices/")).status_code == 403
    assert "/prices/" not in text(rosa.get(at(sold, f"clients/{sold.carl.ref}/")))
    for rest in ("prices/terms/", "prices/checks/", f"prices/of/plan/{PLAN}/", f"clients/{sold.carl.ref}/prices/"):
        assert rosa.get(at(sold, rest)).status_code == 403, rest


def test_the_vendor_agrees_a_discount_and_sees_no_retail_price(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        set_retail_price(kind="plan", key=PLAN, price=flat(98_765), actor=rosa, at=AT)
    vera = sold.browser("vera")
    base = f"/vendor/{sold.vendor.ref}/wholesale/"
    assert "as usual" in text(vera.get(base))
    path = f"{base}of/{sold.rosa.ref}/"
    wrong = vera.post(path, {"percent": "25", "tiers": "x"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["tiers"])
    assert vera.post(path, {"percent": "25", "tiers": "10000: 30", "note": "Three years"}).status_code == 302
    shown = text(vera.get(path))
    for words in ("25 %", "30 % from €10,000.00 on", "Three years"):
        assert words in shown, words
    assert "agreed" in text(vera.get(base))
    for page in (base, path, f"{base}promotions/", f"{base}checks/", f"/vendor/{sold.vendor.ref}/journal/"):
        assert "987.65" not in text(vera.get(page))
    assert vera.post(f"{base}promotions/", {"code": "BLACK", "percent": "50", "months": "3"}).status_code == 302
    assert "50 % off list prices with the code BLACK" in text(sold.browser("rosa").get(at(sold, "prices/")))


# The margin guard -----------------------------------------------------------------------------------------------------


def take(world: World, *clients: Any) -> None:
    with world.scope("rosa") as rosa:
        for client in clients:
            take_plan(ref=client.ref, plan=PLAN, actor=rosa, at=AT)


def test_resellers_are_listed_in_pages_that_lead_on_and_back(sold: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wholesale, "PAGE", 1)
    vera, path = sold.browser("vera"), f"/vendor/{sold.vendor.ref}/wholesale/"

    def names(query: str) -> tuple[list[str], str, str]:
        table = vera.get(path + query).context["table"]
        return [row.label for row in table.rows], table.pager.previous, table.pager.next

    first, none_before, on = names("")
    second, back, none_after = names(f"?cursor={quote(on)}")
    assert (first, none_before, second, none_after) == (["Remo Digital"], "", ["Rosa Web Studio"], "")
    assert names(f"?cursor={quote(back)}") == (first, "", on)
    assert names("?q=rosa")[0] == ["Rosa Web Studio"]
    part = vera.get(path + "?q=rosa", headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    assert 'id="wholesale-results"' in text(part)


def test_who_would_lose_money_is_shown_before_it_happens(sold: World) -> None:
    take(sold, sold.carl, sold.elan)
    rosa = sold.browser("rosa")
    with sold.scope("rosa") as actor:
        set_retail_price(kind="plan", key=PLAN, price=flat(3900), actor=actor, at=AT)
        set_retail_price(kind="plan", key=PLAN, price=flat(9900), client=sold.elan.ref, actor=actor, at=AT)
    answer = rosa.post(at(sold, "prices/checks/"), {"kind": "list", "percent": "10", "thing": f"plan:{PLAN}"})
    assert answer.status_code == 302
    shown = text(rosa.get(answer.headers["Location"]))
    for words in ("With 1 client money would be lost that is earned today.", "€39.60", "-€0.60", "€59.40"):
        assert words in shown, words
    assert shown.index("Carl’s Kitchen") < shown.index("Élan Coiffure")
    assert "1 loses" in text(rosa.get(at(sold, "prices/checks/")))
    remo = sold.browser("remo")
    ref = answer.headers["Location"].rstrip("/").rsplit("/", 1)[-1]
    assert remo.get(f"/reseller/{sold.remo.ref}/prices/checks/{ref}/").status_code == 404


def test_many_clients_are_reckoned_by_a_job_and_twice_is_once(sold: World, monkeypatch: pytest.MonkeyPatch) -> None:
    take(sold, sold.carl, sold.elan)
    monkeypatch.setattr(checks, "AT_ONCE", 1)
    monkeypatch.setattr(checks, "BATCH", 1)
    with sold.scope("rosa") as rosa:
        row = check_prices(change=Change(DISCOUNT, Decimal(0)), actor=rosa, at=now())
        assert check_of(rosa, row.ref).done_at is None
    page = at(sold, f"prices/checks/{row.ref}/")
    assert "The portfolio is being reckoned" in text(sold.browser("rosa").get(page))
    run_due_jobs(at=now() + timedelta(seconds=5))
    with platform_scope("test"):
        PriceCheck.objects.update(done_at=None)  # as if the worker had died before the last word
    with sold.scope("rosa") as rosa:
        checks.run_check(ref=row.ref, actor=rosa, at=now(), progress=lambda _done, _total: None)
        found = check_of(rosa, row.ref)
    assert (found.clients, found.changing, len(found.lines)) == (3, 2, 2)
    assert [each.wholesale_after for each in found.lines] == [4500, 4500]


def test_the_vendor_learns_what_resellers_would_owe_and_who_loses_only_where_it_is_shared(sold: World) -> None:
    take(sold, sold.carl)
    with sold.scope("rosa") as rosa:
        set_retail_price(kind="plan", key=PLAN, price=flat(3700), actor=rosa, at=AT)

    def check() -> tuple[int, list[tuple[str, int, int, int, bool]]]:
        with sold.scope("vera") as vera:
            row = check_prices(change=Change(LISTED, Decimal(10)), actor=vera, at=now())
            found = check_of(vera, row.ref)
        return found.losing, [
            (each.name, each.wholesale_before, each.wholesale_after, each.retail_after, each.loses)
            for each in found.lines
        ]

    assert check() == (0, [("Rosa Web Studio", 3600, 3960, 0, False), ("Remo Digital", 0, 0, 0, False)])
    with sold.scope("rosa") as rosa:
        share_prices(shared=True, actor=rosa, at=AT)
        with platform_scope("test"):
            assert PriceCheckLine.objects.filter(account_id=sold.rosa.id).count() == 0
    assert check() == (1, [("Rosa Web Studio", 3600, 3960, 0, True), ("Remo Digital", 0, 0, 0, False)])


# Letters --------------------------------------------------------------------------------------------------------------


def test_clients_are_written_to_about_a_price_that_comes_once(sold: World) -> None:
    take(sold, sold.carl, sold.elan)
    start = now()
    day = (start + timedelta(days=40)).date()
    with sold.scope("rosa") as rosa:
        set_retail_price(kind="plan", key=PLAN, price=flat(9900), actor=rosa, at=start)
        set_retail_price(kind="plan", key=PLAN, price=flat(7900), client=sold.elan.ref, actor=rosa, at=start)
        set_retail_price(kind="plan", key=PLAN, price=flat(10900), since=start_of_day(day, "UTC"), actor=rosa, at=start)
    page = at(sold, f"prices/of/plan/{PLAN}/letters/")
    asked = {"interval": "month", "day": day.isoformat()}
    rosa_browser = sold.browser("rosa")
    shown = text(rosa_browser.get(page, asked))
    assert "1 client is written to." in shown
    assert "€99.00 a month → €109.00 a month" in shown
    assert "Élan" not in shown  # it keeps its own price
    assert rosa_browser.post(page, asked).status_code == 302
    mail = OutboxMail.unscoped.get(template="price-change")
    assert mail.account_id == sold.carl.id
    assert "€109.00 a month" in mail.text
    assert "Nobody has to be written to" in text(rosa_browser.get(page, asked))
    with sold.scope("rosa") as rosa, pytest.raises(CannotWriteLetters) as refused:
        write_letters(kind="plan", key=PLAN, interval="month", day=day, actor=rosa, at=start)
    assert refused.value.code == "nobody"
    with platform_scope("test"):
        assert PriceLetter.objects.count() == 1


def test_letters_are_about_a_day_ahead(sold: World) -> None:
    with sold.scope("rosa") as rosa, pytest.raises(CannotWriteLetters) as refused:
        preview_letters(kind="plan", key=PLAN, interval="month", day=date(2020, 1, 1), actor=rosa, at=now())
    assert refused.value.code == "past"
    assert letters.TEMPLATE == "price-change"


def test_the_example_of_a_promotion_has_one_percent_sign(sold: World) -> None:
    for page in (at(sold, "prices/promotions/"), f"/vendor/{sold.vendor.ref}/wholesale/promotions/"):
        shown = text(sold.browser("vera" if page.startswith("/vendor") else "rosa").get(page))
        assert "For example 50 % off" in shown


def test_days_that_are_agreed_on_are_told_as_they_were_typed(sold: World) -> None:
    """They begin where the account is, whatever zone its person reads in: west of it they were told a day too early."""
    with platform_scope("test data"):
        Account.objects.filter(id=sold.vendor.id).update(timezone="Europe/Rome")
        type(sold.users["vera"]).objects.filter(id=sold.users["vera"].id).update(timezone="America/New_York")
    vera, base = sold.browser("vera"), f"/vendor/{sold.vendor.ref}/wholesale/"
    day = (now() + timedelta(days=40)).date()
    assert vera.post(base + "usual/", {"percent": "15", "since": day.isoformat()}).status_code == 302
    assert f"from {write_date(day)} on" in text(vera.get(base + "usual/"))
    assert vera.post(f"{base}of/{sold.rosa.ref}/", {"percent": "30", "since": day.isoformat()}).status_code == 302
    assert f"from {write_date(day)} · Vera" in text(vera.get(f"{base}of/{sold.rosa.ref}/"))
    assert f"changes on {write_date(day)}" in text(vera.get(base))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_promotion_closes_with_the_day_that_was_typed_for_all_who_read_of_it(sold: World, zone: str) -> None:
    with platform_scope("test data"):
        Account.objects.filter(id=sold.vendor.id).update(timezone="Europe/Rome")
        type(sold.users["vera"]).objects.filter(id=sold.users["vera"].id).update(timezone=zone)
    vera, base = sold.browser("vera"), f"/vendor/{sold.vendor.ref}/wholesale/promotions/"
    day = (now() + timedelta(days=40)).date()
    assert vera.post(base, {"code": "BLACK", "percent": "50", "closes": day.isoformat()}).status_code == 302
    assert f"until {write_date(day)}" in text(vera.get(base))
    assert f"until {write_date(day)}" in text(sold.browser("rosa").get(at(sold, "prices/")))


def test_no_rate_of_a_currency_into_itself_is_offered(sold: World) -> None:
    form = sold.browser("rosa").get(at(sold, "prices/terms/")).context["rate_form"]
    assert (form.initial["source"], form.initial["target"]) == ("EUR", "")
