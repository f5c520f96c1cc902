"""The pages: one client's settings with a summary before Save, many clients', templates, and the list."""

from __future__ import annotations

import html
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from sublet.clientsettings import operations
from sublet.clientsettings.queries import settings_of, templates
from sublet.core.clientsettings import PRICE, Field, RetailPrice, Value
from sublet.core.entitled import Terms
from sublet.core.periods import start_of_day
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.portals.reseller.forms_settings import SetUpForm
from sublet.portals.shared.locales import write_date
from tests import entitlements, factories
from tests.clientsettings import DECIDED, complete, events, load, value
from tests.people import AT, World


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def at(world: World, rest: str) -> str:
    return f"/reseller/{world.rosa.ref}/{rest}"


def text(response: object) -> str:
    return html.unescape(str(response.content.decode()))  # type: ignore[attr-defined]  # of the test client


def boxes(browser: Client, path: str) -> dict[str, str]:
    """What the form of the page would send as it is."""
    form = browser.get(path).context["form"]
    found = {name: form[name].value() for name in form.fields}
    return {name: "" if each is None else str(each) for name, each in found.items()}


def test_an_allowance_that_nobody_decided_is_called_so_in_its_box_and_in_what_is_missing(sold: World) -> None:
    declared = 'meter = "litmus_tests"\nallowance = 20\npolicy = "block"\n'
    manifest = (entitlements.PRODUCTS / "marketing-automation.toml").read_text()
    assert declared in manifest
    bare = 'meter = "litmus_tests"\nenabled = true\n'
    entitlements.load(sold, at=AT + timedelta(1), text=manifest.replace(declared, bare))
    page, browser = at(sold, f"clients/{sold.carl.ref}/options/"), sold.browser("rosa")

    def box() -> str:
        """What the chosen one of the box is called."""
        field = browser.get(page).context["form"]["f-service.litmus_tests.allowance"]
        return str(dict(field.field.choices)[field.value()])

    assert box() == "Not decided: as in the plan so far"
    shown = text(browser.get(page))
    missing = "E-mail preview tests: allowance is not decided, and the service is on: say a number, or “No limit”."
    assert missing in shown
    sent = boxes(browser, page) | {"f-service.litmus_tests.allowance": "none"}
    lines = text(browser.post(page, sent))
    assert "not decided: as in the plan so far" in lines
    # The positive control: what the product names a number of is decided, and its box says so.
    other = browser.get(page).context["form"]["f-service.shutterstock.allowance"]
    assert str(dict(other.field.choices)[other.value()]) == "As it begins"
    assert "Stock photos: allowance is not decided" not in shown
    with sold.scope("rosa") as rosa:
        view = settings_of(rosa, sold.carl.ref, at=now())
        assert "allowance" in [gap.code for gap in view.gaps]
        operations.set_up(
            ref=sold.carl.ref, changes={"service.litmus_tests.allowance": None}, actor=rosa, at=now()
        )  # fmt: skip
        assert "allowance" not in [gap.code for gap in settings_of(rosa, sold.carl.ref, at=now()).gaps]
    assert (box(), missing in text(browser.get(page))) == ("No limit", False)


def test_the_page_shows_every_field_with_what_stands_beside_it(sold: World) -> None:
    shown = text(sold.browser("rosa").get(at(sold, f"clients/{sold.carl.ref}/options/")))
    for words in (
        "Direct support",
        "Sales optimizer: managed by",
        "E-mail synchronization: allowance",
        "Who pays the base fee",
        "Retail price",
        "The plan gives: 1 mailbox",
        "You hold: 0",
        "This decides what falls due.",
        "There is no retail price",
        "Not decided: Who pays the base fee, Who pays overage, Who pays add-ons.",
    ):
        assert words in shown, words


def test_a_price_is_said_with_the_decimals_that_its_currency_is_kept_with() -> None:
    """Languages' data give lek none: what was said as 100 would have been kept as one."""
    agreed = {"price": RetailPrice(4990, "ALL", "month")}
    said = {"f-price": "month", "n-price": "100.50"}
    form = SetUpForm(said, fields={"price": Field("price", PRICE)}, terms=Terms(), currency="ALL", values=agreed)
    assert form.fields["n-price"].initial == Decimal("49.90")
    assert (form.is_valid(), form.changes()) == (True, {"price": RetailPrice(10_050, "ALL", "month")})


def test_the_day_from_which_something_is_agreed_is_told_as_it_was_typed(sold: World) -> None:
    """A day begins where the client is: in Rosa’s zone, where Tokyo’s begins the evening before, it was told a day too early."""
    with platform_scope("test data"):
        type(sold.carl).objects.filter(id=sold.carl.id).update(timezone="Asia/Tokyo")
    rosa, path = sold.browser("rosa"), at(sold, f"clients/{sold.carl.ref}/options/")
    day = (now() + timedelta(days=40)).date()
    told = write_date(day)
    sent = boxes(rosa, path) | {"f-payer.base": "client", "since": day.isoformat()}
    assert f"From {told} on." in text(rosa.post(path, sent))
    with sold.scope("rosa") as actor:
        seen = operations.preview(
            ref=sold.carl.ref, changes={"payer.base": "client"}, since=start_of_day(day, "Asia/Tokyo"), actor=actor, at=now()
        )[1]  # fmt: skip
    assert rosa.post(path, sent | {"confirmed": "1", "seen": seen}).status_code == 302
    shown = text(rosa.get(path))
    assert f"Who pays the base fee, from {told} on" in shown  # what comes
    assert f"From {told} on." in shown  # what was changed last


def test_a_save_is_summed_up_first_and_then_confirmed(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"clients/{sold.carl.ref}/options/")
    sent = boxes(rosa, path) | {
        "f-service.direct_support.enabled": "on",
        "f-service.sales_optimizer.managed_by": "client",
        "f-service.email_sync.allowance": "own",
        "n-service.email_sync.allowance": "2",
        "f-payer.base": "client",
        "f-price": "month",
        "n-price": "49.90",
    }
    summary = rosa.post(path, sent)
    shown = text(summary)
    assert summary.status_code == 200
    for words in (
        "Direct support",
        "€49.90 a month",
        "3, as it begins",
        "The client’s people do this work",
        "2 mailboxes",
        "It comes to 1 mailboxes: the plan and what you hold give no more.",
    ):
        assert words in shown, words
    assert "Leads" not in shown
    assert events(sold.carl) == []
    seen = summary.context["seen"]
    done = rosa.post(path, sent | {"confirmed": "1", "seen": seen})
    assert (done.status_code, done.headers["Location"]) == (302, path)
    assert events(sold.carl) == ["client_settings.changed"]
    assert value(sold, sold.carl, "service.email_sync.allowance", now()) == 2
    again = rosa.post(path, sent | {"confirmed": "1", "seen": seen})  # what was seen is no more
    assert again.status_code == 409
    assert "in the meantime" in text(again)


def test_saving_what_is_there_says_that_nothing_would_change(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"clients/{sold.carl.ref}/options/")
    shown = text(rosa.post(path, boxes(rosa, path)))
    assert "Nothing would change." in shown


def test_a_later_day_is_told_and_waits(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"clients/{sold.carl.ref}/options/")
    day = (now() + timedelta(days=40)).date().isoformat()
    sent = boxes(rosa, path) | {"f-price": "year", "n-price": "480", "since": day}
    summary = rosa.post(path, sent)
    assert "€480.00 a year" in text(summary)
    rosa.post(path, sent | {"confirmed": "1", "seen": summary.context["seen"]})
    assert "Agreed for later" in text(rosa.get(path))


def test_faults_stand_beside_their_boxes(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, f"clients/{sold.carl.ref}/options/")
    sent = boxes(rosa, path)
    lacking = rosa.post(path, sent | {"f-price": "month"})
    assert (lacking.status_code, list(lacking.context["form"].errors)) == (422, ["n-price"])
    too_much = rosa.post(path, sent | {"f-limit.contacts": "own", "n-limit.contacts": "5000"})
    assert (too_much.status_code, list(too_much.context["form"].errors)) == (409, ["n-limit.contacts"])
    past = rosa.post(path, sent | {"f-price": "month", "n-price": "1", "since": "2020-01-01"})
    assert (past.status_code, list(past.context["form"].errors)) == (409, ["since"])


@pytest.mark.parametrize("method", ["get", "post"])
def test_others_find_nothing_there(sold: World, method: str) -> None:
    for person, ref, status in (
        ("remo", sold.carl.ref, 404),
        ("rosa", sold.bakery.ref, 404),
        ("carl", sold.carl.ref, 404),
    ):
        account = sold.rosa.ref if person != "remo" else sold.remo.ref
        response = getattr(sold.browser(person), method)(f"/reseller/{account}/clients/{ref}/options/")
        assert response.status_code == status, person


def test_staff_that_only_look_are_told_which_right_is_lacking(sold: World) -> None:
    user = factories.make_user("Vito Vedente", "vito@example.test")
    sold.users["vito"] = user
    sold.places["vito"] = factories.make_collaborator(sold.rosa, user, rights={"clients": "view"})
    sold.hosts["vito"] = sold.hosts["rosa"]
    with sold.scope("rosa") as rosa:
        template = operations.make_template(name="Basic", values=DECIDED, actor=rosa, at=AT)
    vito = sold.browser("vito")
    assert vito.get(at(sold, f"clients/{sold.carl.ref}/options/")).status_code == 403
    assert vito.get(at(sold, "templates/")).status_code == 200
    assert vito.get(at(sold, f"templates/{template.ref}/")).status_code == 200
    for path in ("templates/new/", f"templates/{template.ref}/push/", "clients/options/", "clients/options/template/"):
        assert vito.post(at(sold, path), {"keys": [sold.carl.ref]}).status_code == 403, path
    assert events(sold.carl) == []


def test_the_way_from_the_list(sold: World) -> None:
    """F05: the row menu, Options → Client settings; and the column and filter of what is complete."""
    rosa = sold.browser("rosa")
    shown = text(rosa.get(at(sold, "clients/?columns=name&columns=settings")))
    assert f"/clients/{sold.carl.ref}/options/" in shown or "/options/" in shown
    assert "Settings complete" in shown
    with sold.scope("rosa") as actor:
        operations.set_up(ref=sold.carl.ref, changes=DECIDED, actor=actor, at=AT)
    names = {
        choice: [row.label for row in rosa.get(at(sold, f"clients/?settings={choice}")).context["table"].rows]
        for choice in ("complete", "incomplete")
    }
    assert names == {"complete": ["Carl’s Kitchen"], "incomplete": ["Élan Coiffure", "Zorba Sports Club"]}


def test_many_clients_are_previewed_and_changed(sold: World) -> None:
    rosa, path = sold.browser("rosa"), at(sold, "clients/options/")
    keys = {"keys": [sold.carl.ref, sold.elan.ref], "all": "", "query": ""}
    form = rosa.post(path, keys)
    assert "2 clients are selected." in text(form)
    sent = keys | {"filled": "1", "f-service.direct_support.enabled": "on", "f-price": "keep"}
    seen = rosa.post(path, sent)
    assert "2 clients change." in text(seen)
    assert events(sold.carl) == []
    done = rosa.post(path, sent | {"confirmed": "1", "once": seen.context["once"]})
    assert done.status_code == 302
    assert value(sold, sold.carl, "service.direct_support.enabled", now()) is True
    assert value(sold, sold.elan, "service.direct_support.enabled", now()) is True
    nobody = rosa.post(path, {"keys": []})
    assert nobody.status_code == 302


def test_a_template_is_made_of_a_client_applied_changed_and_pushed(sold: World) -> None:
    rosa = sold.browser("rosa")
    changes: dict[str, Value] = {"service.direct_support.enabled": True, **DECIDED}
    with sold.scope("rosa") as actor:
        operations.set_up(ref=sold.carl.ref, changes=changes, actor=actor, at=AT)
    new = at(sold, "templates/new/")
    sent = boxes(rosa, f"{new}?from={sold.carl.ref}") | {"name": "Like Carl"}
    assert (sent["f-service.direct_support.enabled"], sent["f-price"]) == ("on", "month")
    made = rosa.post(new, sent)
    assert made.status_code == 302
    rosa.post(new, sent)  # sent twice
    with sold.scope("rosa") as actor:
        (row,) = templates(actor)
    path = at(sold, f"templates/{row.ref}/")
    assert made.headers["Location"] == path
    # to one
    one = at(sold, f"clients/{sold.elan.ref}/options/template/")
    check = rosa.post(one, {"template": row.ref})
    assert "Direct support" in text(check)
    rosa.post(one, {"template": row.ref, "version": check.context["version"], "confirmed": "1"})
    assert complete(sold.elan)
    # to many
    many = at(sold, "clients/options/template/")
    keys = {"keys": [sold.carl.ref, sold.zorba.ref], "all": "", "query": "", "template": row.ref}
    assert "1 client changes." in text(rosa.post(many, keys))
    rosa.post(many, keys | {"version": "1", "confirmed": "1"})
    # the next version
    edit = f"{path}edit/"
    rosa.post(edit, boxes(rosa, edit) | {"f-service.litmus_tests.enabled": "on"})
    page = text(rosa.get(path))
    for words in ("3 clients differ.", "Earlier versions", "Version 2", "Bring them in line"):
        assert words in page, words
    pushed = rosa.post(f"{path}push/", {})
    assert "3 clients change." in text(pushed)
    rosa.post(f"{path}push/", {"version": "2", "confirmed": "1"})
    assert "All are in line with it." in text(rosa.get(path))
    # one leaves, and it is removed
    rosa.post(at(sold, f"clients/{sold.elan.ref}/options/template/leave/"))
    with sold.scope("rosa") as actor:
        assert settings_of(actor, sold.elan.ref, at=now()).followed is None
    assert rosa.get(f"{path}remove/").status_code == 200
    rosa.post(f"{path}remove/")
    assert rosa.get(path).status_code == 404


def test_a_new_client_begins_with_a_template(sold: World) -> None:
    rosa = sold.browser("rosa")
    new = at(sold, "clients/new/")
    assert 'name="template"' not in text(rosa.get(new))
    with sold.scope("rosa") as actor:
        template = operations.make_template(name="Basic", values=DECIDED, actor=actor, at=AT)
    sent = boxes(rosa, new) | {"name": "Nuova", "template": template.ref}
    done = rosa.post(new, sent)
    assert done.status_code == 302, text(done)
    with sold.scope("rosa") as actor:
        page = operations.preview_many(
            selection=None, order=operations.Order(template=template.ref), actor=actor, at=now()
        )
    assert (page.selected.number, page.changing) == (1, 0)


def test_without_a_manifest_there_is_payment_alone(world: World) -> None:
    shown = text(world.browser("rosa").get(at(world, f"clients/{world.carl.ref}/options/")))
    assert "Retail price" in shown
    assert "Managed services" not in shown
