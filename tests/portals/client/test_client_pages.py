"""The pages of clients and direct accounts: what is open to whom, the account itself, what happened, the end and back."""

from __future__ import annotations

import html
import re

import pytest
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from sublet.accounts import operations
from sublet.accounts.models import Account
from sublet.foundation.journal.models import JournalEntry
from sublet.people.operations import withdraw_section
from tests.people import AT, World

#: Statements of the first page.
HOME = 7


def text(response: object) -> str:
    """What a person reads of an answer."""
    content = getattr(response, "content", b"").decode()
    body = re.sub(r"<(script|template|head)\b.*?</\1>", " ", content, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def without_closed(response: object) -> HttpResponse:
    """The same page without what stands under "Closed to you", in the menu and below the open sections."""
    content = getattr(response, "content", b"").decode()
    content = re.sub(r'<details class="side-group".*?</details>', " ", content, flags=re.S)
    return HttpResponse(
        re.sub(r'<section class="room" aria-labelledby="room-closed".*?</section>', " ", content, flags=re.S)
    )


def closed_links(response: object, css: str) -> dict[str, str]:
    """Name → address of the closed sections of the menu (``side-link locked``) or of the page (``door shut``), in order."""
    content = getattr(response, "content", b"").decode()
    found = re.findall(
        rf'<a class="{css}" href="([^"]+)".*?<(?:span class="side-label"|bdi class="door-shut")>([^<]+)', content
    )
    return {name: url for url, name in found}


def stored(account: Account) -> Account:
    return Account.unscoped.get(id=account.id)  # unscoped: as stored


def carls(world: World, rest: str = "") -> str:
    return f"/client/{world.carl.ref}/{rest}"


def doras(world: World, rest: str = "") -> str:
    return f"/client/{world.dora.ref}/{rest}"


def test_a_collaborator_sees_the_sections_that_are_open_and_no_others(world: World) -> None:
    page = world.browser("cleo").get(carls(world))
    assert page.status_code == 200
    shown = text(without_closed(page))
    assert "Welcome, Cleo" in shown
    assert "Content" in shown
    for closed in ("Design", "Push", "Statistics", "Add ons", "Team", "Information", "API keys", "Brand"):
        assert closed not in shown, closed
    assert f'href="/open/{world.carl.ref}/content/"' in page.content.decode()
    opened = world.browser("cleo").get(f"/open/{world.carl.ref}/content/")
    assert opened["Location"] == f"https://product.example/{world.carl.ref}/content"


def test_what_is_closed_is_named_and_leads_to_why_not(world: World) -> None:
    """All that a collaborator could be given, folded; never the floor, nor what carries the vendor's mark."""
    cleo = world.browser("cleo")
    page = cleo.get(carls(world))
    names = {"Design": "product.design", "Push": "product.push", "Statistics": "product.statistics"}
    product = {name: carls(world, f"locked/{key}/") for name, key in names.items()}
    portal = {"Team": "team", "Settings": "settings", "History": "journal", "Usage": "usage", "API keys": "keys"}
    assert closed_links(page, "side-link locked") == product | {
        name: carls(world, f"locked/{key}/") for name, key in portal.items()
    }
    assert closed_links(page, "door shut") == product
    shown = page.content.decode()
    assert shown.count('<details class="side-group">') == 1
    assert '<details class="room' not in shown  # three are not many
    why = cleo.get(product["Design"])
    assert "The owner of the account decides about this." in text(why)
    assert '<details class="side-group" open>' in why.content.decode()
    assert f'href="{product["Design"]}" aria-current="page"' in why.content.decode()


def test_an_owner_reads_what_the_reseller_keeps_and_nothing_else_is_closed(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The menu costs the same whether anything is closed or not."""
    carl = world.browser("carl")
    assert closed_links(carl.get(carls(world)), "side-link locked") == {}
    assert closed_links(carl.get(carls(world)), "door shut") == {}
    with django_assert_num_queries(HOME):
        carl.get(carls(world))
    with world.scope("rosa") as rosa:
        withdraw_section(section="product.design", client_refs=None, actor=rosa, at=AT)
    with django_assert_num_queries(HOME):
        page = carl.get(carls(world))
    design = {"Design": carls(world, "locked/product.design/")}
    assert closed_links(page, "side-link locked") == closed_links(page, "door shut") == design
    assert "Rosa Web Studio keeps this section for itself." in text(carl.get(design["Design"]))


def test_nothing_of_the_vendor_is_on_a_clients_pages(world: World) -> None:
    carl = world.browser("carl")
    for rest in ("", "information/", "history/"):
        page = carl.get(carls(world, rest)).content.decode()
        assert "Vantage" not in page
        assert "Become a reseller" not in page
        assert "Rosa Web Studio" in page


@pytest.mark.parametrize("person", ["rosa", "remo", "nora", "dora", "sam", "vera"])
@pytest.mark.parametrize("rest", ["", "information/", "history/", "close/", "closed/", "give-back/"])
def test_others_find_nothing(world: World, person: str, rest: str) -> None:
    answer = world.browser(person, "carl.localhost").get(carls(world, rest))
    assert answer.status_code == 404
    assert "Kitchen" not in text(answer)


@pytest.mark.parametrize("rest", ["information/", "history/", "close/", "give-back/"])
def test_parts_without_the_right_are_closed(world: World, rest: str) -> None:
    assert world.browser("cleo").get(carls(world, rest)).status_code == 403


def information(world: World, **values: str) -> dict[str, str]:
    return {"version": "0", "name": "Carl’s Kitchen", "timezone": "UTC", "language": "en", **values}


def test_the_account_is_changed_by_its_own_people(world: World) -> None:
    carl = world.browser("carl")
    answer = carl.post(carls(world, "information/"), information(world, email="CARL@New.example", city="Ostia"))
    assert answer.status_code == 302
    assert (stored(world.carl).email, stored(world.carl).city) == ("carl@new.example", "Ostia")
    stale = carl.post(carls(world, "information/"), information(world, email="other@new.example"))
    assert stale.status_code == 409
    assert "E-mail: stored now carl@new.example, you typed other@new.example" in text(stale)
    assert stored(world.carl).email == "carl@new.example"
    wrong = carl.post(carls(world, "information/"), information(world, version="1", website="javascript:alert(1)"))
    assert wrong.status_code == 409
    assert "This is not a web address." in text(wrong)


def test_whoever_may_only_look_changes_nothing(world: World) -> None:
    place = world.places["cleo"]
    type(place).unscoped.filter(id=place.id).update(rights_words={"settings": "view"})  # unscoped: set up
    cleo = world.browser("cleo")
    page = text(cleo.get(carls(world, "information/")))
    assert "hello@carls-kitchen.example" in page
    assert "Save" not in page
    assert cleo.post(carls(world, "information/"), information(world, city="x")).status_code == 403
    assert stored(world.carl).city == "Roma"


def test_the_history_leaves_out_what_the_reseller_keeps_for_itself(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = world.carl.ref
        operations.change_details(
            ref=ref, changes={"notes": "Difficult", "city": "Ostia"}, version=None, actor=actor, at=AT
        )
        operations.change_details(ref=ref, changes={"notes": "Very difficult"}, version=None, actor=actor, at=AT)
        operations.set_tags(ref=ref, tags=["late payer"], actor=actor, at=AT)
        operations.suspend_account(ref=ref, reason="Never pays", actor=actor, at=AT)
        operations.resume_account(ref=ref, actor=actor, at=AT)
    page = text(world.browser("carl").get(carls(world, "history/")))
    assert "Rosa Ricci suspended Carl’s Kitchen." in page
    assert "City: Roma → Ostia" in page
    for kept in ("ifficult", "late payer", "tags", "Never pays", "Notes"):
        assert kept not in page, kept


def test_a_direct_account_has_the_way_to_resell_for_its_owner_alone(world: World) -> None:
    page = world.browser("dora").get(doras(world))
    assert f"/become-reseller/{world.dora.ref}/" in page.content.decode()


def test_a_direct_account_is_closed_and_taken_back_by_its_owner(world: World) -> None:
    dora = world.browser("dora")
    assert "Close this account" in text(dora.get(doras(world, "information/")))
    assert dora.get(doras(world, "closed/")).status_code == 404
    wrong = dora.post(doras(world, "close/"), {"confirm": "Doras"})
    assert wrong.status_code == 422
    answer = dora.post(doras(world, "close/"), {"confirm": "dora’s diner", "reason": "Retiring"})
    assert answer.headers["Location"] == doras(world, "closed/")
    assert stored(world.dora).state == "closed"
    assert dora.get(doras(world)).status_code == 403
    page = text(dora.get(doras(world, "closed/")))
    assert "You can take that back until" in page
    assert dora.post(doras(world, "closed/")).headers["Location"] == doras(world)
    assert stored(world.dora).state == "active"
    assert dora.post(doras(world, "closed/")).status_code == 404
    events = JournalEntry.unscoped.order_by("id").values_list("event", flat=True)  # unscoped: the whole journal
    assert list(events) == ["account.closed", "account.reopened"]


def test_a_client_closes_or_gives_back_only_an_account_of_its_own(world: World) -> None:
    carl = world.browser("carl")
    assert "Close this account" not in text(carl.get(carls(world, "information/")))
    assert carl.post(carls(world, "close/"), {"confirm": "Carl’s Kitchen"}).status_code == 404
    assert carl.post(carls(world, "give-back/"), {"confirm": "on"}).status_code == 404
    Account.unscoped.filter(id=world.carl.id).update(ownership="client")  # unscoped: set up
    page = text(carl.get(carls(world, "information/")))
    assert "Close this account" in page
    assert "Give it back" in page
    assert carl.post(carls(world, "give-back/"), {}).status_code == 422
    assert carl.post(carls(world, "give-back/"), {"confirm": "on"}).status_code == 302
    assert stored(world.carl).ownership == "reseller"


def test_a_closed_account_of_the_reseller_is_not_the_clients_to_take_back(world: World) -> None:
    with world.scope("rosa") as actor:
        operations.close_account(ref=world.carl.ref, reason="x", actor=actor, at=AT)
    carl = world.browser("carl")
    assert carl.get(carls(world)).status_code == 403
    assert carl.get(carls(world, "closed/")).status_code == 404
    assert carl.post(carls(world, "closed/")).status_code == 404
    assert stored(world.carl).state == "closed"
