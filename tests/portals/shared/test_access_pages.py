"""Who can enter: the client's page and its reseller's, and what is done there. And that an open tab is closed by it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.people.models import Collaborator, Grant
from sublet.pricing.operations import agree_contract
from tests.people import World, proved

ASK = {"reason": "Redesign for the summer menu", "days": "30", "people": "all", "right-product.design": "manage"}


@pytest.fixture
def owned(world: World) -> World:
    """Carl owns his account, and has ended the access that came with it."""
    with platform_scope("test"):
        world.carl.ownership = "client"
        world.carl.save(update_fields=["ownership"])
        Grant.objects.filter(account=world.carl).update(state="ended")
    return world


def pages(world: World) -> tuple[str, str]:
    """The page of Rosa, and that of Carl."""
    return (
        f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/access/",
        f"/client/{world.carl.ref}/access/",
    )


def agree(world: World, **more: Any) -> None:
    """A contract of Rosa's with Carl."""
    said: dict[str, Any] = {"kind": "term", "name": "Website care", "first_day": now().date(), "months": 12} | more
    with world.scope("rosa") as rosa:
        agree_contract(client=world.carl.ref, actor=rosa, at=now(), **said)


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        ({"renew_months": 12, "notice_days": 30}, 30),
        ({"renew_months": 12, "notice_days": 200}, 90),  # no access goes on for longer
        ({"notice_days": 30}, 0),  # it ends without notice
        ({"renew_months": 12, "notice_days": 30, "first_day": now().date() + timedelta(days=20)}, 0),
        ({"renew_months": 12}, 0),
    ],
)
def test_access_is_asked_for_with_the_notice_of_the_contract(owned: World, terms: dict[str, Any], days: int) -> None:
    agree(owned, **terms)
    for person, page in zip(("rosa", "carl"), pages(owned), strict=True):
        form = owned.browser(person).get(f"{page}ask/").content.decode()
        field = re.search(r"<input[^>]*name=\"notice_days\"[^>]*>", form)
        assert field is not None
        assert f'value="{days}"' in field[0], person
        assert ("The contract “Website care” has" in form) is bool(days), person


def test_what_the_client_approves_with_notice_goes_on_for_so_long(owned: World) -> None:
    agree(owned, renew_months=12, notice_days=30)
    rosas, carls = pages(owned)
    assert (
        owned.browser("rosa")
        .post(f"{rosas}ask/", ASK | {"days": "90", "extend": "on", "notice_days": "30"})
        .status_code
        == 302
    )
    carl = owned.browser("carl")
    asked = carl.get(carls).content.decode()
    assert ("30 days of notice" in asked, "goes on by itself" in asked) == (True, True)  # before it is agreed to
    assert carl.post(f"{carls}{newest(owned).ref}/approve/").status_code == 302
    assert carl.post(f"{carls}{newest(owned).ref}/end/").status_code == 302
    row = newest(owned)
    assert row.state == "active"
    assert row.ends_at is not None
    assert timedelta(days=29, hours=23) < row.ends_at - now() <= timedelta(days=30)


def newest(world: World) -> Grant:
    with platform_scope("test"):
        return Grant.objects.filter(account=world.carl).order_by("-id")[0]


def test_asked_for_approved_used_and_ended_all_in_pages(owned: World) -> None:
    rosas, carls = pages(owned)
    rosa, carl = proved(owned.browser("rosa")), owned.browser("carl")
    assert "Ask for access" in rosa.get(rosas).content.decode()
    assert rosa.post(f"{rosas}ask/", ASK).status_code == 302
    row = newest(owned)
    page = carl.get(carls).content.decode()
    assert "Redesign for the summer menu" in page
    assert f"{carls}{row.ref}/approve/" in page
    assert carl.post(f"{carls}{row.ref}/approve/").status_code == 302
    assert "Rosa Ricci" in carl.get(carls).content.decode()
    begun = rosa.post(
        f"/reseller/{owned.rosa.ref}/clients/{owned.carl.ref}/impersonate/",
        {"mode": "reseller", "reason": "Checking the opening hours"},
    )
    assert begun.status_code == 200  # on the way to the client's own host
    assert carl.post(f"{carls}{row.ref}/end/").status_code == 302
    assert newest(owned).state == "ended"
    refused = rosa.post(
        f"/reseller/{owned.rosa.ref}/clients/{owned.carl.ref}/impersonate/",
        {"mode": "reseller", "reason": "Checking the opening hours"},
    )
    assert refused.status_code == 409
    assert "You have no access to this client’s account at present." in refused.content.decode()


def test_the_tab_of_a_visit_is_refused_at_its_next_click_after_the_end(world: World) -> None:
    rosa = proved(world.browser("rosa"))
    begun = rosa.post(
        f"/reseller/{world.rosa.ref}/clients/{world.elan.ref}/impersonate/",
        {"mode": "reseller", "reason": "Checking the opening hours"},
    )
    first = str(begun["Location"])
    assert rosa.get(first).status_code == 200
    with platform_scope("test"):
        Grant.objects.filter(account=world.elan).update(everywhere="none", scope_words={"settings": "view"})
    assert rosa.get(f"{first}information/").status_code == 200
    assert rosa.get(f"{first}team/").status_code == 403  # narrowed
    with platform_scope("test"):
        Grant.objects.filter(account=world.elan).update(state="ended")
    over = rosa.get(f"{first}information/")
    assert over.status_code == 403
    assert world.elan.name in over.content.decode()


def test_a_faulty_request_comes_back_with_what_was_typed(owned: World) -> None:
    rosas, _carls = pages(owned)
    answer = owned.browser("rosa").post(f"{rosas}ask/", ASK | {"reason": "short"})
    page = answer.content.decode()
    assert (answer.status_code, "short" in page) == (409, True)
    assert "Say in at least 10 characters what the access is for." in page
    assert owned.browser("rosa").post(f"{rosas}ask/", ASK | {"days": "8"}).status_code == 422


def test_who_only_looks_sees_the_page_and_no_button(owned: World) -> None:
    rosas, _carls = pages(owned)
    page = owned.browser("ruth").get(rosas).content.decode()
    assert "Who can enter" in page
    assert "ask/" not in page
    assert owned.browser("ruth").get(f"{rosas}ask/").status_code == 403


def test_the_narrowing_form_offers_what_is_granted_and_takes_less(world: World) -> None:
    rosas, _carls = pages(world)
    row, rosa = newest(world), world.browser("rosa")
    page = rosa.get(f"{rosas}{row.ref}/narrow/").content.decode()
    assert 'name="right-product.push"' in page
    assert "data-marked" in page
    assert "data-only-clean" not in page  # what names the vendor is nothing to keep from the reseller's own staff
    assert rosa.post(f"{rosas}{row.ref}/narrow/", {"right-product.design": "manage"}).status_code == 302
    assert (newest(world).everywhere, newest(world).scope_words) == ("none", {"product.design": "manage"})
    assert 'name="right-product.push"' not in rosa.get(f"{rosas}{row.ref}/narrow/").content.decode()


def test_a_client_of_a_reseller_that_owns_the_account_can_ask_for_an_end_only(world: World) -> None:
    _rosas, carls = pages(world)
    row, carl = newest(world), world.browser("carl")
    page = carl.get(carls).content.decode()
    assert f"{row.ref}/ask-end/" in page
    assert f"{row.ref}/end/" not in page
    assert carl.post(f"{carls}{row.ref}/ask-end/").status_code == 302
    assert carl.post(f"{carls}{row.ref}/end/").status_code == 302  # says no
    assert (newest(world).state, newest(world).end_asked_at is not None) == ("active", True)
    assert carl.get(f"{carls}ask/").status_code == 404


def test_a_direct_account_has_no_such_page(world: World) -> None:
    assert world.browser("dora").get(f"/client/{world.dora.ref}/access/").status_code == 404


def test_chosen_people_and_a_notice_are_asked_for(owned: World) -> None:
    rosas, carls = pages(owned)
    rosa, rico = owned.browser("rosa"), owned.places["rico"]
    form = rosa.get(f"{rosas}ask/").content.decode()
    assert f'value="{rico.ref}"' in form
    assert f'value="{owned.places["cleo"].ref}"' not in form  # the client's
    chosen = ASK | {"people": "chosen", "staff": [rico.ref], "notice_days": "2"}
    assert rosa.post(f"{rosas}ask/", chosen).status_code == 302
    row = newest(owned)
    assert (row.staff_ids, row.notice_days) == ([rico.user_id], 2)
    nobody = rosa.post(f"{rosas}ask/", ASK | {"people": "chosen"})
    assert (nobody.status_code, "Choose at least one person." in nobody.content.decode()) == (422, True)
    assert rosa.post(f"{rosas}ask/", chosen | {"staff": [owned.places["cleo"].ref]}).status_code == 422
    assert rosa.post(f"{rosas}ask/", ASK | {"notice_days": "91"}).status_code == 422
    owned.browser("carl").post(f"{carls}{row.ref}/approve/")
    assert "It ends after the 2 days of notice that were agreed." in owned.browser("carl").get(carls).content.decode()
    assert "It ends at once." in rosa.get(rosas).content.decode()


def test_what_is_over_is_asked_for_again_as_it_was(owned: World) -> None:
    rosas, _carls = pages(owned)
    rosa = owned.browser("rosa")
    rosa.post(f"{rosas}ask/", ASK | {"days": "90", "notice_days": "5"})
    row = newest(owned)
    rosa.post(f"{rosas}{row.ref}/end/")
    assert f"ask/?like={row.ref}" in rosa.get(rosas).content.decode()
    form = rosa.get(f"{rosas}ask/?like={row.ref}").content.decode()
    assert 'value="Redesign for the summer menu"' in form
    assert '<option value="90" selected>' in form
    assert rosa.get(f"{rosas}ask/?like=gra_7HqWm2Zr9KtXbd").status_code == 200  # nothing to begin with


def test_a_reseller_answers_the_wish_for_an_end_or_for_less(world: World) -> None:
    rosas, carls = pages(world)
    row, rosa, carl = newest(world), world.browser("rosa"), world.browser("carl")
    assert carl.post(f"{carls}{row.ref}/ask-end/", {"reason": "We do it ourselves"}).status_code == 302
    page = rosa.get(rosas).content.decode()
    assert ("We do it ourselves" in page, f"{row.ref}/keep/" in page) == (True, True)
    assert rosa.post(f"{rosas}{row.ref}/keep/", {"reason": "Until the summer"}).status_code == 302
    assert (newest(world).state, newest(world).end_asked_at) == ("active", None)
    assert "The client asks" not in rosa.get(rosas).content.decode()

    less = {"right-product.design": "view"}
    assert carl.get(f"{carls}{row.ref}/narrow/").status_code == 200
    assert carl.post(f"{carls}{row.ref}/narrow/", less).status_code == 302
    assert (newest(world).everywhere, newest(world).end_asked_left) == (
        "manage", {"everywhere": "none", "sections": {"product.design": "view"}},
    )  # fmt: skip
    assert "Only this is to be left: Design (view)" in rosa.get(rosas).content.decode()
    assert rosa.post(f"{rosas}{row.ref}/keep/", {"accept": "1"}).status_code == 302
    now = newest(world)
    assert (now.everywhere, now.scope_words, now.end_asked_at) == ("none", {"product.design": "view"}, None)
    assert carl.post(f"{carls}{row.ref}/narrow/", {}).status_code == 409


def test_inside_a_visit_what_is_closed_names_the_access_and_the_next_step(world: World) -> None:
    rosa = proved(world.browser("rosa"))
    begun = rosa.post(
        f"/reseller/{world.rosa.ref}/clients/{world.elan.ref}/impersonate/",
        {"mode": "reseller", "reason": "Checking the opening hours"},
    )
    first = str(begun["Location"])
    with platform_scope("test"):
        Grant.objects.filter(account=world.elan).update(everywhere="none", scope_words={"product.design": "manage"})
    refused = rosa.get(f"{first}team/")
    assert (refused.status_code, f"{first}locked/team/" in refused.content.decode()) == (403, True)
    why = rosa.get(f"{first}locked/team/").content.decode()
    assert "As far as the access goes that the client’s account gives." in why
    assert "Ask for it on the page “Access” of this client" in why
    here = rosa.get(f"{first}locked/").content.decode()
    assert here.index("Closed to you") < here.index("Push") < here.index("Open to you") < here.rindex("Design")
    assert f"{first}requests/" not in here


@pytest.mark.parametrize(
    ("right", "leads_to", "called"), [("manage", "ask/", "Ask for access"), ("view", "", "Access")]
)
def test_a_team_that_the_client_has_closed_leads_to_asking_for_access(
    world: World, right: str, leads_to: str, called: str
) -> None:
    """Whoever may not ask is led to the page that says who can enter."""
    with platform_scope("test"):
        Grant.objects.filter(account=world.carl).update(everywhere="none", scope_words={"product.design": "manage"})
        Collaborator.objects.filter(id=world.places["rosa"].id).update(is_owner=False, rights_words={"clients": right})
    below = f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/"
    browser = world.browser("rosa")
    for page in ("team/", f"team/{world.places['cleo'].ref}/"):
        answer = browser.get(below + page)
        assert answer.status_code == 403
        said = answer.content.decode()
        assert "Your access to this client does not include its team." in said
        assert f'<a class="btn btn-primary" href="{below}access/{leads_to}">{called}</a>' in said
    assert browser.get(f"{below}access/{leads_to}").status_code == 200


def test_everybody_who_can_enter_leads_to_where_that_is_ended(world: World) -> None:
    """A grant is ended above the list; a place on the page of its person, where the reader gets there."""
    rosas, carls = pages(world)
    cleo, ruth = world.places["cleo"].ref, world.places["ruth"].ref
    below = f"/reseller/{world.rosa.ref}/"
    of_client = f"{below}clients/{world.carl.ref}/team/{cleo}/"
    page = world.browser("carl").get(carls).content.decode()
    assert f'href="/client/{world.carl.ref}/team/{cleo}/"' in page
    assert ruth not in page
    assert world.browser("carl").get(f"/client/{world.carl.ref}/team/{cleo}/").status_code == 200
    page = world.browser("rosa").get(rosas).content.decode()
    for url in (of_client, f"{below}team/{ruth}/"):
        assert f'href="{url}"' in page
        assert world.browser("rosa").get(url).status_code == 200
    with platform_scope("test"):
        Grant.objects.filter(account=world.carl).update(everywhere="none", scope_words={"product.design": "manage"})
    page = world.browser("rosa").get(rosas).content.decode()
    assert of_client not in page  # the team is closed to it
    assert f'href="{below}team/{ruth}/"' in page
