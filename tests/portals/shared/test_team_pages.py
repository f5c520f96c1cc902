"""The pages of a team, in every portal: what they show, what they send, and what forged posts come to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sublet.core.rights import FLOOR
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import ApiKey, Collaborator, Invitation, Section
from sublet.proof.models import Scan
from sublet.proof.queries import measured_sections
from tests import factories
from tests.factories import AT
from tests.people import CARL_HOST, ROSA_HOST, VENDOR_HOST, World

pytestmark = pytest.mark.django_db

BRAND, MAIN = "sublet.config.urls_brand", "sublet.config.urls_main"


def at(name: str, *args: str) -> str:
    return reverse(name, urlconf=MAIN, args=args)


def words(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, (url, response.status_code)
    return response.content.decode()


PLACES = [
    ("vera", "vendor-team", ("vendor",)),
    ("rosa", "reseller-team", ("rosa",)),
    ("rosa", "reseller-client-team", ("rosa", "carl")),
    ("carl", "client-team", ("carl",)),
    ("dora", "client-team", ("dora",)),
]


@pytest.mark.parametrize(("who", "name", "accounts"), PLACES)
def test_every_portal_has_its_team(world: World, who: str, name: str, accounts: tuple[str, ...]) -> None:
    refs = [getattr(world, account).ref for account in accounts]
    browser = world.browser(who)
    page = words(browser, at(name, *refs))
    owner = {"vendor": "Vera Voss", "rosa": "Rosa Ricci", "carl": "Carl Conti", "dora": "Dora Dekker"}[accounts[-1]]
    assert owner in page
    assert "Invite" in page
    assert "Invite" in words(browser, at(f"{name}-invite", *refs))
    place = Collaborator.unscoped.get(account=getattr(world, accounts[-1]), is_owner=True)
    assert owner in words(browser, at(f"{name}-person", *refs, place.ref))


@pytest.mark.parametrize(
    ("who", "name", "accounts", "status"),
    [
        ("cleo", "client-team", ("carl",), 403),
        ("cleo", "client-team-invite", ("carl",), 403),
        ("ruth", "reseller-team", ("rosa",), 403),
        ("ruth", "reseller-client-team", ("rosa", "carl"), 200),
        ("ruth", "reseller-client-team-invite", ("rosa", "carl"), 403),
        ("rico", "reseller-client-team", ("rosa", "carl"), 200),
        ("rico", "reseller-client-team", ("rosa", "elan"), 404),
        ("rosa", "reseller-client-team", ("rosa", "bakery"), 404),
        ("rosa", "reseller-client-team", ("rosa", "dora"), 404),
        ("rosa", "reseller-team", ("remo",), 404),
        ("rosa", "client-team", ("carl",), 404),
        ("carl", "reseller-client-team", ("rosa", "carl"), 404),
        ("sam", "client-team", ("carl",), 404),
    ],
)
def test_others_meet_a_closed_door(world: World, who: str, name: str, accounts: tuple[str, ...], status: int) -> None:
    refs = [getattr(world, account).ref for account in accounts]
    page = words(world.browser(who), at(name, *refs), status)
    if status == 404:
        assert "Carl" not in page
        assert "Nora" not in page


def test_a_stranger_is_sent_to_the_log_in(world: World) -> None:
    response = world.stranger().get(at("reseller-team", world.rosa.ref))
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/login/")


def test_a_team_of_any_size_takes_as_many_statements(world: World, django_assert_num_queries: object) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = world.browser("carl")
    url = at("client-team", world.carl.ref)
    counts = []
    for more in (0, 2, 20):
        for number in range(more):
            factories.make_collaborator(world.carl, factories.make_user(f"Person {more}-{number}"), rights={})
        browser.get(url)
        with CaptureQueriesContext(connection) as found:
            browser.get(url)
        counts.append(len(found))
    assert counts == [9, 9, 9]


# Inviting -------------------------------------------------------------------------------------------------------------


def test_the_two_kinds_of_access_are_told_apart(world: World) -> None:
    rosa = world.browser("rosa")
    own = words(rosa, at("reseller-team-invite", world.rosa.ref))
    assert "This is access to your reseller portal, not to one client" in own
    assert "Do not confuse the two" in own
    client = words(rosa, at("reseller-client-team-invite", world.rosa.ref, world.carl.ref))
    assert "Access to this one client" in client
    assert "This is access to your reseller portal" not in client


def test_an_invitation_is_sent_from_the_page(world: World) -> None:
    url = at("reseller-client-team-invite", world.rosa.ref, world.carl.ref)
    response = world.browser("rosa").post(
        url, {"email": " Nina@New.TEST ", "name": "Nina", "language": "it", "right-product.content": "view"}
    )
    assert (response.status_code, response["Location"]) == (
        302,
        at("reseller-client-team", world.rosa.ref, world.carl.ref),
    )
    row = Invitation.unscoped.get()
    assert (row.email, row.language, row.rights_words, row.account_id) == (
        "nina@new.test", "it", {"product.content": "view"}, world.carl.id,
    )  # fmt: skip
    assert OutboxMail.unscoped.filter(to_email="nina@new.test").count() == 1


def test_faults_are_shown_beside_what_was_typed(world: World) -> None:
    url = at("client-team-invite", world.carl.ref)
    response = world.browser("carl").post(url, {"email": "nobody", "right-product.design": "manage"})
    assert response.status_code == 422
    page = response.content.decode()
    assert 'value="nobody"' in page
    assert 'name="right-product.design" value="manage" checked' in page
    again = world.browser("carl").post(url, {"email": "cleo@example.test"})
    assert (again.status_code, Invitation.unscoped.count()) == (409, 0)
    assert "cleo@example.test is on the team already." in again.content.decode()


def test_a_section_past_the_floor_is_not_offered_and_not_taken_from_a_forged_post(world: World) -> None:
    url = at("reseller-client-team-invite", world.rosa.ref, world.carl.ref)
    rosa = world.browser("rosa")
    page = words(rosa, url)
    for section in FLOOR:
        assert f'name="right-{section}"' not in page
    forged = {f"right-{section}": "manage" for section in (*FLOOR, "clients", "accounts", "product.gone")}
    rosa.post(url, {"email": "nina@new.test", **forged, "right-team": "view", "is_staff": "1", "rights_words": "{}"})
    assert Invitation.unscoped.get().rights_words == {"team": "view"}


def test_presets_and_only_clean_fill_the_form_without_script(world: World) -> None:
    url = at("client-team-invite", world.carl.ref)
    carl = world.browser("carl")
    every = carl.post(url, {"email": "nina@new.test", "fill": "preset:everything"}).content.decode()
    assert 'name="right-product.add-ons" value="manage" checked' in every
    assert 'value="nina@new.test"' in every
    ticked = {"right-product.add-ons": "manage", "right-product.design": "view", "fill": "clean"}
    clean = carl.post(url, ticked).content.decode()
    assert 'name="right-product.add-ons" value="none" checked' in clean
    assert 'name="right-product.design" value="view" checked' in clean
    assert Invitation.unscoped.count() == 0


def test_a_client_without_marked_sections_does_not_read_that_there_is_a_vendor(world: World) -> None:
    carl, url = world.browser("carl"), at("client-team-invite", world.carl.ref)
    assert "vendor" in words(carl, url)  # what is marked says so, and can be closed in one go
    with platform_scope("a product that names nobody"):
        Section.objects.update(vendor_mark=False)
    main = re.search(r"<main.*</main>", words(carl, url), re.DOTALL)
    assert main is not None
    assert "data-preset" in main[0]
    assert "vendor" not in re.sub(r"<[^>]*>", "", main[0])


def test_the_vendor_mark_stands_beside_what_is_not_clean(world: World) -> None:
    page = words(world.browser("carl"), at("client-team-invite", world.carl.ref))
    assert page.count("data-marked") == 1
    assert 'data-section="product.add-ons" data-marked' in page


def measured(world: World, sections: dict[str, str], *, days: int = 0, **more: Any) -> None:
    with platform_scope("test data"):
        Scan.objects.create(
            account=world.carl, cause="night", state="done", version="1", asked_by_name="S", sections=sections,
            created_at=AT - timedelta(days=days), **more,
        )  # fmt: skip


def test_what_was_measured_stands_beside_what_is_declared(world: World) -> None:
    measured(world, {"design": "found", "content": "unseen"}, days=3)
    measured(world, {"design": "unseen", "content": "clean", "add-ons": "clean"}, days=2)
    measured(world, {"push": "found"}, days=1, held_until=AT)  # the vendor's time with it is not over
    url = at("reseller-client-team-invite", world.rosa.ref, world.carl.ref)
    rosa, page = world.browser("rosa"), words(world.browser("rosa"), url)
    rows = {key: part.partition('<div class="levels"')[0] for key, part in by_section(page).items()}
    assert [key for key in rows if "names the vendor" in rows[key]] == ["product.design"]
    assert [key for key in rows if "Checked: clean" in rows[key]] == ["product.content", "product.add-ons"]
    assert [key for key in rows if "data-marked" in rows[key]] == ["product.design", "product.add-ons"]
    ticked = {f"right-product.{key}": "view" for key in ("design", "content", "push", "add-ons")}
    clean = rosa.post(url, {**ticked, "email": "nina@new.test", "fill": "clean"}).text
    for key, level in {"design": "none", "content": "view", "push": "view", "add-ons": "none"}.items():
        assert f'name="right-product.{key}" value="{level}" checked' in clean


def test_the_vendor_sees_what_is_held_and_the_clients_people_nothing(world: World) -> None:
    measured(world, {"push": "found"}, held_until=AT)
    with world.scope("vera") as vera:
        assert measured_sections(vera, world.carl.ref) == {"product.push": "found"}
    for name, ref in {"rosa": world.carl.ref, "carl": world.carl.ref, "remo": world.carl.ref}.items():
        with world.scope(name) as actor:
            assert measured_sections(actor, ref) == {}, name
    Scan.unscoped.update(held_until=None)
    with world.scope("rosa") as rosa:
        assert measured_sections(rosa, world.carl.ref) == {"product.push": "found"}
        assert measured_sections(rosa, world.bakery.ref) == {}
    with world.scope("remo") as remo:
        assert measured_sections(remo, world.carl.ref) == {}
    page = words(world.browser("carl"), at("client-team-invite", world.carl.ref))
    assert "Checked" not in page
    assert page.count("data-marked") == 1


def by_section(page: str) -> dict[str, str]:
    """Of each row of the grid what stands in it, by its section."""
    parts = re.split(r'data-section="([^"]+)"', page)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_staff_is_invited_for_chosen_clients(world: World) -> None:
    url = at("reseller-team-invite", world.rosa.ref)
    rosa = world.browser("rosa")
    found = rosa.post(at("reseller-team-find-clients", world.rosa.ref), {"find": "elan", "client": [world.carl.ref]})
    page = found.content.decode()
    assert f'value="{world.carl.ref}" checked' in page
    assert f'value="{world.elan.ref}"' in page
    assert world.bakery.ref not in page
    values = {"email": "nina@new.test", "reach": "chosen", "client": [world.elan.ref], "right-clients": "manage"}
    assert rosa.post(url, values).status_code == 302
    row = Invitation.unscoped.get()
    assert (row.reaches_all, row.reach_ids) == (False, [world.elan.id])
    refused = rosa.post(url, {**values, "email": "other@new.test", "client": [world.bakery.ref]})
    assert refused.status_code == 409
    assert Invitation.unscoped.count() == 1


def test_invitations_are_sent_again_and_taken_back_from_the_list(world: World) -> None:
    carl = world.browser("carl")
    carl.post(at("client-team-invite", world.carl.ref), {"email": "nina@new.test"})
    ref = Invitation.unscoped.get().ref
    assert "nina@new.test" in words(carl, at("client-team", world.carl.ref))
    carl.post(at("client-team-invitation-resend", world.carl.ref, ref))
    assert OutboxMail.unscoped.filter(to_email="nina@new.test").count() == 2
    carl.post(at("client-team-invitation-revoke", world.carl.ref, ref))
    assert Invitation.unscoped.get().revoked_at is not None
    gone = carl.post(at("client-team-invitation-revoke", world.carl.ref, ref))
    assert gone.status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        {"email": "x" * 10_000_000},
        {"email": "n\x00ina@new.test\x00", "name": "\x00"},
        {"email": "‮nina@new.test"},
        {"name": "🙂" * 500, "email": "nina@new.test"},
        {"email": "nina@new.test", "reach": "chosen", "client": ["x"] * 4000},
        {"email": ["a@b.test", "c@d.test"], "language": "zz"},
    ],
)
def test_rubbish_is_answered_clearly(world: World, values: dict[str, object]) -> None:
    response = world.browser("rosa").post(at("reseller-team-invite", world.rosa.ref), values)
    assert response.status_code in {302, 409, 422}
    assert Invitation.unscoped.count() == (1 if response.status_code == 302 else 0)


# One person -----------------------------------------------------------------------------------------------------------


def test_rights_are_changed_by_ticking_and_hold_at_the_next_request(world: World) -> None:
    cleo = world.browser("cleo")
    assert cleo.get(at("client-team", world.carl.ref)).status_code == 403
    url = at("client-team-person", world.carl.ref, world.places["cleo"].ref)
    world.browser("carl").post(url, {"right-team": "view", "right-product.content": "view"})
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).rights_words == {
        "team": "view",
        "product.content": "view",
    }
    assert cleo.get(at("client-team", world.carl.ref)).status_code == 200


def test_forged_fields_of_a_person_are_not_looked_at(world: World) -> None:
    url = at("reseller-client-team-person", world.rosa.ref, world.carl.ref, world.places["cleo"].ref)
    forged = {f"right-{section}": "manage" for section in FLOOR} | {"is_owner": "1", "reach": "all", "user": "1"}
    world.browser("rosa").post(url, {**forged, "right-team": "owner", "right-product.design": "manage"})
    row = Collaborator.unscoped.get(id=world.places["cleo"].id)
    assert (row.rights_words, row.is_owner) == ({"product.design": "manage"}, False)


def test_what_goes_beyond_ones_own_rights_is_locked_on_the_page(world: World) -> None:
    user = factories.make_user("Dina Duarte")
    factories.make_collaborator(world.carl, user, rights={"team": "manage", "product.design": "view"})
    world.users["dina"], world.hosts["dina"] = user, CARL_HOST
    url = at("client-team-person", world.carl.ref, world.places["cleo"].ref)
    dina = world.browser("dina")
    page = words(dina, url)
    assert 'name="right-product.content" value="manage" checked disabled' in page
    assert page.count("This is more than you have here yourself. Somebody who has it can change it.") == 1
    assert 'name="right-product.design" value="manage"' not in page
    assert 'name="right-product.push"' not in page
    dina.post(url, {"right-product.design": "view", "right-product.content": "none", "right-product.push": "manage"})
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).rights_words == {
        "product.content": "manage",
        "product.design": "view",
    }


def test_a_clients_owner_is_shown_its_portal_sections_as_fixed(world: World) -> None:
    url = at("reseller-client-team-person", world.rosa.ref, world.carl.ref, world.places["carl"].ref)
    rosa = world.browser("rosa")
    assert 'name="right-team" value="manage" checked disabled' in words(rosa, url)
    assert words(rosa, url).count("The owner of an account has this always.") == 5
    rosa.post(url, {"right-product.content": "manage"})
    assert world.actor("carl").rights.as_words() == {
        "journal": "manage", "keys": "manage", "product.content": "manage", "settings": "manage", "team": "manage",
        "usage": "manage",
    }  # fmt: skip
    assert "The owner has every right" in words(
        world.browser("rosa"), at("reseller-team-person", world.rosa.ref, world.places["rosa"].ref)
    )


def test_a_person_is_removed_and_out_at_once(world: World) -> None:
    cleo = world.browser("cleo")
    assert cleo.get(at("client-home", world.carl.ref)).status_code == 200
    url = at("client-team-remove", world.carl.ref, world.places["cleo"].ref)
    world.browser("carl").post(url, {"reason": "Left"})
    assert cleo.get(at("client-home", world.carl.ref)).status_code == 404


def test_a_person_leaves_and_an_owner_hands_over(world: World) -> None:
    carl, cleo = world.browser("carl"), world.browser("cleo")
    refused = carl.post(at("client-team-leave", world.carl.ref, world.places["carl"].ref))
    assert refused.status_code in {404, 409}
    carl.post(at("client-team-owner", world.carl.ref, world.places["cleo"].ref), {"leave": "1"})
    assert carl.get(at("client-home", world.carl.ref)).status_code == 404
    assert world.actor("cleo").is_owner
    assert cleo.get(at("client-team", world.carl.ref)).status_code == 200


@pytest.mark.parametrize(
    "name", ["client-team-remove", "client-team-leave", "client-team-owner", "client-team-invitation-revoke"]
)
def test_nothing_changes_by_following_a_link(world: World, name: str) -> None:
    ref = world.places["cleo"].ref
    assert world.browser("carl").get(at(name, world.carl.ref, ref)).status_code == 405
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at is None


def test_a_post_without_the_forms_token_changes_nothing(world: World) -> None:
    browser = world.browser("carl")
    strict = Client(enforce_csrf_checks=True, headers={"host": CARL_HOST})
    strict.cookies = browser.cookies
    response = strict.post(at("client-team-remove", world.carl.ref, world.places["cleo"].ref))
    assert response.status_code == 403
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at is None


@pytest.mark.parametrize("host", [ROSA_HOST, CARL_HOST])
def test_no_page_of_a_team_names_the_vendor(world: World, host: str) -> None:
    who, names = (
        ("rosa", ("reseller-team", "reseller-team-invite"))
        if host == ROSA_HOST
        else ("carl", ("client-team", "client-team-invite"))
    )
    account = world.rosa if who == "rosa" else world.carl
    for name in names:
        assert "Vantage" not in words(world.browser(who), at(name, account.ref))


# API keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "portal", "account"),
    [
        ("vera", "vendor", "vendor"),
        ("rosa", "reseller", "rosa"),
        ("carl", "client", "carl"),
        ("dora", "client", "dora"),
    ],
)
def test_a_key_is_made_shown_once_and_revoked(world: World, who: str, portal: str, account: str) -> None:
    ref = getattr(world, account).ref
    browser = world.browser(who)
    assert "No API keys yet" in words(browser, at(f"{portal}-keys", ref))
    values = {"name": "Website", "lasts": "30", "right-team": "view", "once": "a" * 32}
    made = browser.post(at(f"{portal}-keys-new", ref), values)
    key = ApiKey.unscoped.get()
    shown = made.content.decode()
    assert shown.count(key.prefix) >= 1
    again = browser.post(at(f"{portal}-keys-new", ref), values)
    assert (again.status_code, ApiKey.unscoped.count()) == (302, 1)
    page = words(browser, at(f"{portal}-keys", ref))
    assert "Website" in page
    secret = shown.partition('value="sk_')[2].partition('"')[0]
    assert len(secret) == 43
    assert secret not in page
    assert browser.post(at(f"{portal}-keys-revoke", ref, key.ref)).status_code == 302
    assert ApiKey.unscoped.get().revoked_at is not None


@pytest.mark.parametrize(("who", "portal", "account"), [("rosa", "reseller", "rosa"), ("carl", "client", "carl")])
def test_a_key_is_confined_and_rotated(world: World, who: str, portal: str, account: str) -> None:
    ref = getattr(world, account).ref
    browser = world.browser(who)
    values = {"name": "Website", "lasts": "30", "right-team": "view", "once": "a" * 32, "allowed_from": "10.0.0.0/8"}
    browser.post(at(f"{portal}-keys-new", ref), values)
    key = ApiKey.unscoped.get()
    page = at(f"{portal}-keys-key", ref, key.ref)
    wrong = browser.post(at(f"{portal}-keys-addresses", ref, key.ref), {"allowed_from": "office, 10.0.0.1"})
    assert wrong.status_code == 409
    assert "“office” is neither an address nor a range" in wrong.content.decode()
    right = {"allowed_from": "192.0.2.1, 2001:db8::/48\n10.0.0.1"}
    assert browser.post(at(f"{portal}-keys-addresses", ref, key.ref), right).status_code == 302
    assert "192.0.2.1/32, 2001:db8::/48, 10.0.0.1/32" in words(browser, page)
    rotated = browser.post(at(f"{portal}-keys-rotate", ref, key.ref), {"overlap": "24", "once": "b" * 32})
    secret = rotated.content.decode().partition('value="sk_')[2].partition('"')[0]
    assert len(secret) == 43
    again = browser.post(at(f"{portal}-keys-rotate", ref, key.ref), {"overlap": "24", "once": "b" * 32})
    assert again.status_code == 302
    shown = words(browser, page)
    assert "Two secrets work at the moment" in shown
    assert secret not in shown
    assert browser.post(at(f"{portal}-keys-end-old", ref, key.ref)).status_code == 302
    assert "Two secrets work at the moment" not in words(browser, page)


def test_forged_rights_of_a_key_are_not_taken(world: World) -> None:
    values = {
        "name": "Website",
        "lasts": "0",
        "right-team": "view",
        "right-billing": "manage",
        "right-accounts": "manage",
    }
    world.browser("carl").post(at("client-keys-new", world.carl.ref), values)
    assert ApiKey.unscoped.get().rights_words == {"team": "view"}


@pytest.mark.parametrize(("who", "host"), [("cleo", CARL_HOST), ("ruth", ROSA_HOST), ("vera", VENDOR_HOST)])
def test_keys_are_closed_to_others(world: World, who: str, host: str) -> None:
    name = {"cleo": "client-keys", "ruth": "reseller-keys", "vera": "reseller-keys"}[who]
    account = world.carl if who == "cleo" else world.rosa
    status = 404 if who == "vera" else 403
    assert world.browser(who, host).get(at(name, account.ref)).status_code == status
    assert world.browser(who, host).post(at(f"{name}-new", account.ref), {"name": "x"}).status_code == status


@pytest.mark.parametrize("more", [{}, {"clients": "view"}], ids=["without clients", "with clients"])
def test_who_may_not_see_clients_is_not_sent_to_them_from_the_invitation(world: World, more: dict[str, str]) -> None:
    Collaborator.unscoped.filter(id=world.places["ruth"].id).update(
        rights_words={"team": "manage"} | more, reaches_all=True
    )
    browser = world.browser("ruth")
    page = browser.get(f"/reseller/{world.rosa.ref}/team/invite/", secure=True)
    listing = f"/reseller/{world.rosa.ref}/clients/"
    assert (f'href="{listing}"' in page.content.decode()) == bool(more)
    assert browser.get(listing, secure=True).status_code == (200 if more else 403)
