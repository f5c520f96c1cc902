"""Two people side by side: what is said is what holds, and nobody sees whom it may not see."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sublet.core.rights import Level, acting_as_reseller
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.scope import platform_scope
from sublet.people import operations, queries
from sublet.people.models import AccessPolicy, Collaborator, CompanyLogIn, Grant, RolePreset
from sublet.people.queries import Comparison
from sublet.people.queries.log_in_rules import demands_second_factor, second_factor_demanded
from sublet.portals.shared.locales import write_date
from tests import factories
from tests.people import AT, World, proved
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db
PRODUCT = ("design", "content", "push", "statistics", "add-ons")


def compared(world: World, who: str, left: str = "", right: str = "", account: str = "carl") -> Comparison:
    with world.scope(who) as actor:
        refs = [world.places[each].ref if each else "" for each in (left, right)]
        return queries.compare(actor, account_ref=getattr(world, account).ref, left=refs[0], right=refs[1], at=AT)


def levels(found: Comparison) -> dict[str, tuple[str, str, str, str]]:
    """Section → level and layer of the left, level and layer of the right."""
    return {
        row.key: (row.left.level.word, row.left.decided_by, row.right.level.word, row.right.decided_by)
        for _name, rows in found.groups
        for row in rows
        if row.left is not None and row.right is not None
    }


def test_the_owner_and_a_collaborator_of_a_client(world: World) -> None:
    found = levels(compared(world, "carl", "carl", "cleo"))
    assert found["team"] == ("manage", "owner", "none", "not-ticked")
    assert found["billing"] == ("manage", "owner", "none", "floor")  # its own bills, in person
    assert found["product.design"] == ("manage", "ticked", "none", "not-ticked")
    assert found["product.content"] == ("manage", "ticked", "manage", "ticked")


def test_every_level_is_the_one_that_holds(world: World) -> None:
    found = compared(world, "rosa", "cleo", "rico")
    assert (found.left and found.left.staff, found.right and found.right.staff) == (False, True)
    told = levels(found)
    cleo = world.actor("cleo").rights
    rico = acting_as_reseller(clients_level=Level.MANAGE, own=world.actor("rico").rights, product_sections=PRODUCT)
    assert {key: (each[0], each[2]) for key, each in told.items()} == {
        key: (cleo.level(key).word, rico.level(key).word) for key in told
    }
    assert told["team"][2:] == ("view", "only-looking")
    assert told["billing"][2:] == told["subscription"][2:] == ("none", "at-home")
    assert levels(compared(world, "rosa", "cleo", "ruth"))["brand"][2:] == ("view", "clients-level")


def test_staff_for_another_client_gets_in_nowhere_here(world: World) -> None:
    world.users["rita"] = factories.make_user("Rita Rossi")
    world.places["rita"] = factories.make_collaborator(
        world.rosa, world.users["rita"], rights={"clients": "manage"}, reach=[world.elan]
    )
    assert set(levels(compared(world, "rosa", "cleo", "rita")).values()) >= {("none", "floor", "none", "reach")}


def test_a_section_taken_from_all_clients_says_so(world: World) -> None:
    with world.scope("rosa") as rosa:
        operations.withdraw_section(section="product.design", client_refs=None, actor=rosa, at=AT)
    found = levels(compared(world, "carl", "carl", "cleo"))
    assert found["product.design"] == ("none", "withdrawn", "none", "withdrawn")


@pytest.mark.parametrize(
    ("who", "account", "person", "fault"),
    [
        ("cleo", "carl", "carl", Forbidden),
        ("carl", "carl", "rosa", NotFound),  # the reseller's staff is not the client's to see
        ("ruth", "carl", "rosa", NotFound),  # nor that of a colleague who may not see the team
        ("remo", "carl", "carl", NotFound),
        ("rosa", "bakery", "nora", NotFound),
        ("rico", "elan", "", NotFound),
    ],
)
def test_others_are_not_compared(world: World, who: str, account: str, person: str, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        compared(world, who, person, "", account)


def test_a_comparison_takes_as_many_statements_whatever_the_team(world: World) -> None:
    counts = []
    for more in (1, 3):
        for number in range(more):
            factories.make_collaborator(world.carl, factories.make_user(f"Person {more}-{number}"))
        with world.scope("carl") as actor, CaptureQueriesContext(connection) as found:
            queries.compare(actor, account_ref=world.carl.ref, at=AT)
        counts.append(len(found))
    assert counts == [7, 7]


def url(name: str, *args: str) -> str:
    return reverse(name, urlconf="sublet.config.urls_main", args=args)


def test_the_page_says_who_can_do_what_and_why(world: World) -> None:
    place = f"?left={world.places['carl'].ref}&right={world.places['cleo'].ref}"
    page = world.browser("carl").get(url("client-team-compare", world.carl.ref) + place).content.decode()
    for words in ("Owns the account.", "Not ticked for this person.", "keeps this for itself", "Differs"):
        assert words in page, words
    less = world.browser("carl").get(url("client-team-compare", world.carl.ref) + place + "&differences=1")
    assert "Ticked for this person." in less.content.decode()
    words = "keeps this for itself"  # of what differs only bills, which the owner sees in person
    assert less.content.decode().count(words) == 1 < page.count(words)
    staff = world.browser("rosa").get(url("reseller-client-team-compare", world.rosa.ref, world.carl.ref))
    assert "staff, on a visit" in staff.content.decode()


def test_one_person_alone_is_told_so(world: World) -> None:
    page = world.browser("dora").get(url("client-team-compare", world.dora.ref))
    assert (page.status_code, "There are no two people to compare" in page.content.decode()) == (200, True)


def test_the_api_says_the_same(world: World) -> None:
    answer = make_caller(world, "carl").get(f"/accounts/{world.carl.ref}/comparison")
    assert (answer["left"]["name"], answer["right"]["name"]) == ("Carl Conti", "Cleo Costa")
    (team,) = [each for each in answer["sections"] if each["section"] == "team"]
    assert (team["left"]["decided_by"], team["right"], team["differs"]) == (
        "owner",
        {"level": "none", "decided_by": "not-ticked", "reasons": [{"layer": "not-ticked", "level": "none"}]},
        True,
    )


def test_a_grant_that_binds_is_named_and_so_is_that_there_is_none(world: World) -> None:
    with platform_scope("test"):
        Grant.objects.filter(account=world.carl).update(
            everywhere="none", scope_words={"team": "view", "product.design": "view"}
        )
    found = levels(compared(world, "rosa", "cleo", "rosa"))
    assert found["product.design"][2:] == ("view", "grant")
    assert found["product.push"][2:] == ("none", "grant")
    assert found["team"][2:] == ("view", "only-looking")
    with platform_scope("test"):
        Grant.objects.filter(account=world.carl).update(staff_ids=[world.users["rosa"].id])
    assert levels(compared(world, "rosa", "rosa", "rico"))["product.design"] == ("view", "grant", "none", "no-grant")


def test_the_access_by_which_staff_gets_in_is_named(world: World) -> None:
    page = url("reseller-client-team-compare", world.rosa.ref, world.carl.ref)
    asked = f"{page}?left={world.places['cleo'].ref}&right={world.places['rosa'].ref}"
    assert "By access: the access that came with the client." in world.browser("rosa").get(asked).content.decode()
    with platform_scope("test"):
        Grant.objects.filter(account=world.carl).update(
            reason="Redesign", staff_ids=[world.users["rosa"].id], ends_at=AT + timedelta(days=20_000)
        )
    both = f"{page}?left={world.places['rosa'].ref}&right={world.places['rico'].ref}"
    text = world.browser("rosa").get(both).content.decode()
    assert text.count(": Redesign.") == 1
    assert f"By access until {write_date(AT + timedelta(days=20_000))}: Redesign." in text
    assert "No access to this client’s account is in force." in text


def test_the_api_names_the_accesses_too(world: World) -> None:
    ends = AT + timedelta(days=20_000)
    with platform_scope("test"):
        Grant.objects.filter(account=world.carl).update(reason="Redesign", ends_at=ends)
    asked = f"?left={world.places['cleo'].ref}&right={world.places['rosa'].ref}"
    told = make_caller(world, "rosa").get(f"/accounts/{world.carl.ref}/comparison{asked}")
    assert told["left"]["grants"] == []  # of the account itself: nobody had to let Cleo in
    assert [(each["reason"], datetime.fromisoformat(each["ends_at"])) for each in told["right"]["grants"]] == [
        ("Redesign", ends)
    ]


def test_the_api_names_the_role_that_filled_the_form(world: World) -> None:
    with platform_scope("test"):
        RolePreset.objects.create(key="writer", names={"en": "Writer"}, rights={"content": "manage"})
        Collaborator.objects.filter(id=world.places["cleo"].id).update(role="writer")
    told = make_caller(world, "carl").get(f"/accounts/{world.carl.ref}/comparison")
    assert (told["left"]["role"], told["right"]["role"]) == ("", "Writer")


def test_what_is_demanded_on_the_way_in_is_said_too(world: World) -> None:
    """The policy of the account or of one above, and nothing about what somebody has set up."""
    place = f"?left={world.places['carl'].ref}&right={world.places['cleo'].ref}"
    page = world.browser("carl").get(url("client-team-compare", world.carl.ref) + place).content.decode()
    assert page.count("By the person’s own log-in.") == 2
    with platform_scope("test"):
        AccessPolicy.objects.create(account=world.rosa, below=True, changed_at=AT)
        CompanyLogIn.objects.create(
            account=world.carl, issuer="https://c.example", client_id="x", is_on=True, only=True, changed_at=AT
        )
    found = compared(world, "carl", "carl", "cleo")
    assert found.left is not None
    assert found.right is not None
    assert (found.left.gets_in, found.right.gets_in) == (("second-factor",), ("second-factor", "company"))
    found = compared(world, "rosa", "cleo", "rico")
    assert found.right is not None
    assert found.right.gets_in == ("visit",)
    browser = proved(world.browser("carl"))
    page = browser.get(url("client-team-compare", world.carl.ref) + place).content.decode()
    assert page.count("Only with a second step: the rules for logging in demand it.") == 2
    assert page.count("Only by the company log-in.") == 1
    told = make_caller(world, "carl").get(f"/accounts/{world.carl.ref}/comparison{place}")
    assert told["right"]["gets_in"] == ["second-factor", "company"]


@pytest.mark.parametrize(
    "policy", [("vendor", "below"), ("vendor", "team"), ("rosa", "below"), ("rosa", "team"), ("carl", "team")]
)
def test_what_is_said_of_the_policy_is_what_is_asked_for_at_the_door(world: World, policy: tuple[str, str]) -> None:
    owner, field = policy
    with platform_scope("test"):
        AccessPolicy.objects.create(account=getattr(world, owner), changed_at=AT, **{field: True})
        for who, account in (("vera", "vendor"), ("rosa", "rosa"), ("carl", "carl"), ("dora", "dora")):
            place = Collaborator.objects.filter(id=world.places[who].id).annotate(asked=demands_second_factor()).get()
            assert second_factor_demanded(getattr(world, account)) is place.asked, who
