"""Changing a team: who may give what to whom, and what can never be given."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sublet.core.marks import only_clean
from sublet.core.rights import FLOOR, PORTAL_SECTIONS, Rights
from sublet.foundation.actor import Actor, platform_actor
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound, Refusal
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.people import operations, queries
from sublet.people.models import ApiKey, Collaborator, Impersonation, Invitation, Reach
from tests import factories
from tests.people import AT, CARL_HOST, ROSA_HOST, World

LATER = AT + timedelta(hours=1)
SECTIONS = [*sorted({key for keys in PORTAL_SECTIONS.values() for key in keys}), "product.design", "product.content"]


def entries(event: str) -> list[JournalEntry]:
    return list(JournalEntry.unscoped.filter(event=event).order_by("id"))


def rights_now(place: Collaborator) -> dict[str, str]:
    return dict(Collaborator.unscoped.get(id=place.id).rights_words)


def installation(world: World) -> Actor:
    return platform_actor(
        name="Command line",
        account_id=world.vendor.id,
        account_ref=world.vendor.ref,
        account_name=world.vendor.name,
        via="cli",
    )


# Who changes whose rights ---------------------------------------------------------------------------------------------


def change(world: World, by: str, account: str, of: str, **rights: str) -> None:
    with world.scope(by) as actor:
        operations.change_rights(
            account_ref=getattr(world, account).ref,
            collaborator_ref=world.places[of].ref,
            rights={key.replace("__", "."): word for key, word in rights.items()},
            actor=actor,
            at=LATER,
        )


def test_the_owner_of_a_client_changes_the_rights_of_its_people(world: World) -> None:
    change(world, "carl", "carl", "cleo", product__content="view", team="view")
    assert rights_now(world.places["cleo"]) == {"product.content": "view", "team": "view"}
    (entry,) = entries("collaborator.rights_changed")
    assert entry.account_id == world.carl.id
    assert entry.parent_id == world.rosa.id
    assert entry.data == {
        "collaborator": world.places["cleo"].ref,
        "person": "Cleo Costa",
        "before": {"product.content": "manage", "team": "none"},
        "after": {"product.content": "view", "team": "view"},
        "reaches": "all",
    }


def test_the_reseller_changes_the_rights_of_a_clients_people(world: World) -> None:
    change(world, "rosa", "carl", "cleo", product__design="manage")
    assert rights_now(world.places["cleo"]) == {"product.design": "manage"}


def test_rights_hold_from_the_next_request_on(world: World) -> None:
    browser = world.browser("cleo")
    change(world, "rosa", "carl", "cleo", product__design="manage")
    assert browser.cookies  # the same session as before the change
    assert world.actor("cleo").rights.as_words() == {"product.design": "manage"}


def test_changing_nothing_is_not_recorded(world: World) -> None:
    change(world, "rosa", "carl", "cleo", product__content="manage")
    assert entries("collaborator.rights_changed") == []


@pytest.mark.parametrize(
    ("by", "account", "of", "fault"),
    [
        ("ruth", "carl", "cleo", Forbidden),  # looks at clients only
        ("ruth", "rosa", "rico", Forbidden),  # nothing on the team at all
        ("cleo", "carl", "cleo", Forbidden),
        ("remo", "carl", "cleo", NotFound),  # another reseller
        ("nora", "carl", "cleo", NotFound),  # another reseller's client
        ("carl", "rosa", "rico", NotFound),  # the account above
        ("carl", "bakery", "nora", NotFound),
        ("dora", "carl", "cleo", NotFound),
        ("vera", "carl", "cleo", NotFound),  # the vendor is not above a reseller's client
        ("rosa", "bakery", "nora", NotFound),
        ("rosa", "carl", "rico", NotFound),  # not on that team
    ],
)
def test_nobody_else_changes_rights(world: World, by: str, account: str, of: str, fault: type[Exception]) -> None:
    before = rights_now(world.places[of])
    with pytest.raises(fault):
        change(world, by, account, of, product__design="view")
    assert rights_now(world.places[of]) == before
    assert entries("collaborator.rights_changed") == []


def test_staff_changes_only_teams_of_clients_within_its_reach(world: World) -> None:
    other = factories.make_collaborator(world.elan, factories.make_user("Élise Durand"), rights={})
    world.places["elise"] = other
    change(world, "rico", "carl", "cleo", product__design="view")
    with pytest.raises(NotFound):
        change(world, "rico", "elan", "elise", product__design="view")
    assert rights_now(other) == {}


@pytest.mark.parametrize("section", sorted(FLOOR))
@pytest.mark.parametrize("by", ["rosa", "carl"])
def test_the_floor_holds_whatever_is_asked(world: World, by: str, section: str) -> None:
    with pytest.raises(operations.CannotChangeRights) as refusal:
        change(world, by, "carl", "cleo", **{section: "view"})
    assert refusal.value.code == "floor"
    assert rights_now(world.places["cleo"]) == {"product.content": "manage"}


@pytest.mark.parametrize(
    "rights", [{"nonsense": "view"}, {"product.gone": "manage"}, {"clients": "manage"}, {"team": "admin"}, {"": "view"}]
)
def test_what_is_not_on_offer_is_refused(world: World, rights: dict[str, str]) -> None:
    with world.scope("rosa") as actor, pytest.raises(operations.CannotChangeRights) as refusal:
        operations.change_rights(
            account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, rights=rights, actor=actor, at=LATER
        )
    assert refusal.value.code == "unknown-section"
    assert rights_now(world.places["cleo"]) == {"product.content": "manage"}


def deputy(world: World, **rights: str) -> None:
    """Dina of Carl's team may manage it, and has these rights besides."""
    words = {"team": "manage", **{key.replace("__", "."): word for key, word in rights.items()}}
    world.users["dina"] = factories.make_user("Dina Duarte")
    world.places["dina"] = factories.make_collaborator(world.carl, world.users["dina"], rights=words)
    world.hosts["dina"] = CARL_HOST


def test_nobody_gives_more_than_it_has(world: World) -> None:
    deputy(world, product__content="view")
    with pytest.raises(operations.CannotChangeRights) as refusal:
        change(world, "dina", "carl", "cleo", product__content="manage", product__design="view")
    assert (refusal.value.code, refusal.value.params["section"]) == ("beyond-own", "Design")
    assert rights_now(world.places["cleo"]) == {"product.content": "manage"}


def test_what_goes_beyond_ones_own_rights_stays_as_it_is(world: World) -> None:
    deputy(world, product__push="manage")
    change(world, "dina", "carl", "cleo", product__content="manage", product__push="view")
    assert rights_now(world.places["cleo"]) == {"product.content": "manage", "product.push": "view"}
    with pytest.raises(operations.CannotChangeRights):
        change(world, "dina", "carl", "cleo", product__push="view")  # would take content, which Dina has not


def test_nobody_raises_its_own_rights(world: World) -> None:
    deputy(world, product__content="view")
    with pytest.raises(operations.CannotChangeRights) as refusal:
        change(world, "dina", "carl", "dina", team="manage", product__content="manage")
    assert refusal.value.code == "beyond-own"
    assert rights_now(world.places["dina"]) == {"team": "manage", "product.content": "view"}


def test_people_of_a_client_do_not_touch_their_owner(world: World) -> None:
    deputy(world, product__design="manage")
    with pytest.raises(operations.CannotChangeRights) as refusal:
        change(world, "dina", "carl", "carl", product__design="view")
    assert refusal.value.code == "owner"


def test_the_reseller_keeps_a_section_from_a_clients_owner(world: World) -> None:
    change(world, "rosa", "carl", "carl", product__content="manage")
    assert world.actor("carl").rights.as_words() == {
        "journal": "manage",
        "keys": "manage",
        "product.content": "manage",
        "settings": "manage",
        "team": "manage",
        "usage": "manage",
    }


def test_a_tick_on_a_section_that_is_gone_for_now_survives_a_change(world: World) -> None:
    factories.make_section("calendar", 20)
    change(world, "rosa", "carl", "cleo", product__content="manage", product__calendar="view")
    with platform_scope("test"):
        queries_section = operations.sync_sections(
            sections=[operations.SectionFacts(key="content", names={"en": "Content"}, group_names={})],
            presets=[],
            actor=installation(world),
            at=LATER,
        )
    assert queries_section.removed == ("design", "push", "statistics", "add-ons", "calendar")
    assert world.actor("cleo").rights.as_words() == {"product.content": "manage"}
    change(world, "rosa", "carl", "cleo", product__content="view")
    assert rights_now(world.places["cleo"]) == {"product.content": "view", "product.calendar": "view"}


words = st.dictionaries(st.sampled_from(SECTIONS), st.sampled_from(["none", "view", "manage", "owner"]), max_size=6)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=words, by=st.sampled_from(["rosa", "rico", "carl", "cleo", "remo"]))
def test_whatever_is_asked_a_clients_person_stays_below_the_floor_and_the_giver(
    world: World, wanted: dict[str, str], by: str
) -> None:
    with world.scope(by) as actor:
        before = Rights.of(rights_now(world.places["cleo"]))
        try:
            operations.change_rights(
                account_ref=world.carl.ref,
                collaborator_ref=world.places["cleo"].ref,
                rights=wanted,
                actor=actor,
                at=LATER,
            )
        except (Refusal, Forbidden, NotFound):
            assert Rights.of(rights_now(world.places["cleo"])) == before
    held = world.actor("cleo").rights
    assert set(held.levels) & FLOOR == set()
    assert set(held.levels) <= {"team", "settings", "journal", "keys", "product.design", "product.content"}


# Reach of staff -------------------------------------------------------------------------------------------------------


def confine(world: World, by: str, of: str, *, all_clients: bool, reach: list[str]) -> None:
    with world.scope(by) as actor:
        operations.change_rights(
            account_ref=world.rosa.ref,
            collaborator_ref=world.places[of].ref,
            rights=rights_now(world.places[of]),
            reaches_all=all_clients,
            reach=reach,
            actor=actor,
            at=LATER,
        )


def test_staff_is_confined_to_chosen_clients_and_freed_again(world: World) -> None:
    confine(world, "rosa", "ruth", all_clients=False, reach=[world.elan.ref, world.carl.ref])
    assert world.actor("ruth").reach == frozenset({world.elan.id, world.carl.id})
    confine(world, "rosa", "ruth", all_clients=False, reach=[world.carl.ref])
    assert world.actor("ruth").reach == frozenset({world.carl.id})
    confine(world, "rosa", "ruth", all_clients=True, reach=[])
    assert world.actor("ruth").reach is None
    assert [entry.data["reaches"] for entry in entries("collaborator.rights_changed")] == ["2", "1", "all"]


@pytest.mark.parametrize(
    ("refs", "code"), [([], "reach-empty"), (["bakery"], "reach-unknown"), (["dora"], "reach-unknown")]
)
def test_only_ones_own_clients_can_be_chosen(world: World, refs: list[str], code: str) -> None:
    with pytest.raises(operations.CannotChangeRights) as refusal:
        confine(world, "rosa", "ruth", all_clients=False, reach=[getattr(world, ref).ref for ref in refs])
    assert refusal.value.code == code
    assert world.actor("ruth").reach is None


def test_confined_staff_widens_nobodys_reach(world: World) -> None:
    Collaborator.unscoped.filter(id=world.places["rico"].id).update(
        rights_words={"clients": "manage", "team": "manage"}
    )
    confined = factories.make_user("Rea Roth")
    world.places["rea"] = factories.make_collaborator(
        world.rosa, confined, rights={"clients": "manage"}, reach=[world.carl]
    )
    for all_clients, reach, code in (
        (True, [], "reach-all"),
        (False, [world.elan.ref], "reach-unknown"),  # not in its scope, so it does not exist
    ):
        with pytest.raises(operations.CannotChangeRights) as refusal:
            confine(world, "rico", "rea", all_clients=all_clients, reach=reach)
        assert refusal.value.code == code
    with pytest.raises(operations.CannotChangeRights):
        confine(world, "rico", "rico", all_clients=True, reach=[])
    assert set(Reach.unscoped.filter(collaborator=world.places["rea"]).values_list("client_id", flat=True)) == {
        world.carl.id
    }


def test_confined_staff_neither_sees_nor_takes_a_colleagues_other_clients(world: World) -> None:
    Collaborator.unscoped.filter(id=world.places["rico"].id).update(
        rights_words={"clients": "manage", "team": "manage"}
    )
    assert world.actor("rico").reach == frozenset({world.carl.id})
    colleague = factories.make_user("Rea Roth")
    world.places["rea"] = factories.make_collaborator(
        world.rosa, colleague, rights={"clients": "manage"}, reach=[world.carl, world.elan]
    )

    def shown_to(who: str) -> list[tuple[str, str]]:
        with world.scope(who) as actor:
            place = world.places["rea"].ref
            return list(
                queries.collaborator_form(actor, account_ref=world.rosa.ref, collaborator_ref=place, at=AT).reach
            )

    def reached() -> set[int]:
        rows = Reach.unscoped.filter(collaborator=world.places["rea"])
        return set(rows.values_list("client_id", flat=True))

    assert shown_to("rico") == [(world.carl.ref, world.carl.name)]
    confine(world, "rico", "rea", all_clients=False, reach=[world.carl.ref])
    assert reached() == {world.carl.id, world.elan.id}
    confine(world, "rico", "rea", all_clients=False, reach=[])
    assert reached() == {world.elan.id}
    assert shown_to("rosa") == [(world.elan.ref, world.elan.name)]


# Ending access --------------------------------------------------------------------------------------------------------


def remove(world: World, by: str, account: str, of: str, *, revoke_keys: bool = False) -> None:
    with world.scope(by) as actor:
        operations.remove_collaborator(
            account_ref=getattr(world, account).ref,
            collaborator_ref=world.places[of].ref,
            revoke_keys=revoke_keys,
            reason="Left the company",
            actor=actor,
            at=LATER,
        )


def test_a_person_removed_is_out_at_once_everywhere(world: World) -> None:
    with world.scope("rico") as actor:
        visit = operations.begin_impersonation(
            client_ref=world.carl.ref,
            mode="reseller",
            reason="Looking at the menu",
            session_hash="a" * 64,
            second_factor_at=AT,
            actor=actor,
            at=AT,
        )
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="new@example.test", rights={"product.design": "view"}, actor=actor, at=AT
        )
    remove(world, "rosa", "rosa", "rico")
    assert (
        queries.enter(user_id=world.users["rico"].id, account_ref=world.rosa.ref, host=ROSA_HOST, request_id="r", at=AT)
        is None
    )
    assert Impersonation.unscoped.get(ref=visit.impersonation_ref).ended_by == "access"
    assert Invitation.unscoped.get(email="new@example.test").revoked_at == LATER
    (entry,) = entries("collaborator.removed")
    assert (entry.data["person"], entry.reason, entry.account_id) == ("Rico Russo", "Left the company", world.rosa.id)
    assert [entry.data["ended_by"] for entry in entries("impersonation.ended")] == ["access"]


def test_the_keys_that_a_person_made_go_when_asked(world: World) -> None:
    deputy(world, keys="manage", product__design="view")
    with world.scope("dina") as actor:
        operations.create_key(name="Site", rights={"product.design": "view"}, actor=actor, at=AT)
        operations.create_key(name="Shop", rights={"product.design": "view"}, actor=actor, at=AT)
    with world.scope("carl") as actor:
        operations.create_key(name="Carl's own", rights={"team": "view"}, actor=actor, at=AT)
    remove(world, "carl", "carl", "dina", revoke_keys=True)
    assert list(ApiKey.unscoped.filter(revoked_at__isnull=True).values_list("name", flat=True)) == ["Carl's own"]
    assert entries("collaborator.removed")[0].data["keys_revoked"] == 2


def test_the_owner_is_not_removed_by_its_people(world: World) -> None:
    deputy(world)
    with pytest.raises(operations.CannotRemoveCollaborator) as refusal:
        remove(world, "dina", "carl", "carl")
    assert refusal.value.code == "owner"


def test_nobody_removes_itself(world: World) -> None:
    deputy(world)
    with pytest.raises(operations.CannotRemoveCollaborator) as refusal:
        remove(world, "dina", "carl", "dina")
    assert refusal.value.code == "yourself"


def test_a_reseller_takes_the_owners_access_only_where_it_owns_the_account(world: World) -> None:
    with platform_scope("test"):
        world.carl.ownership = "client"
        world.carl.save()
    with pytest.raises(operations.CannotRemoveCollaborator):
        remove(world, "rosa", "carl", "carl")
    with platform_scope("test"):
        world.carl.ownership = "reseller"
        world.carl.save()
    remove(world, "rosa", "carl", "carl")
    assert Collaborator.unscoped.get(id=world.places["carl"].id).ended_at == LATER


@pytest.mark.parametrize(
    ("by", "fault"), [("ruth", Forbidden), ("cleo", Forbidden), ("remo", NotFound), ("nora", NotFound)]
)
def test_others_remove_nobody(world: World, by: str, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        remove(world, by, "carl", "cleo")
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at is None


def test_a_person_leaves_by_itself(world: World) -> None:
    with world.scope("cleo") as actor:
        operations.leave_account(account_ref=world.carl.ref, actor=actor, at=LATER)
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at == LATER
    assert entries("collaborator.left")[0].data["person"] == "Cleo Costa"


def test_an_owner_hands_over_before_it_leaves(world: World) -> None:
    with world.scope("carl") as actor, pytest.raises(operations.CannotLeaveAccount) as refusal:
        operations.leave_account(account_ref=world.carl.ref, actor=actor, at=LATER)
    assert refusal.value.code == "owner"


# Ownership ------------------------------------------------------------------------------------------------------------


def hand_over(world: World, by: str, account: str, to: str, *, leave: bool = False) -> None:
    with world.scope(by) as actor:
        operations.hand_over_ownership(
            account_ref=getattr(world, account).ref,
            collaborator_ref=world.places[to].ref,
            leave=leave,
            actor=actor,
            at=LATER,
        )


def test_the_owner_hands_the_account_over_and_stays_with_what_it_had(world: World) -> None:
    hand_over(world, "carl", "carl", "cleo")
    carl, cleo = world.actor("carl"), world.actor("cleo")
    assert (carl.is_owner, cleo.is_owner) == (False, True)
    assert cleo.rights == carl.rights
    (entry,) = entries("ownership.handed_over")
    assert entry.data == {
        "collaborator": world.places["cleo"].ref,
        "person": "Cleo Costa",
        "before": "Carl Conti",
        "before_left": False,
    }


def test_an_owner_hands_over_and_leaves(world: World) -> None:
    hand_over(world, "carl", "carl", "cleo", leave=True)
    assert Collaborator.unscoped.get(id=world.places["carl"].id).ended_at == LATER
    assert world.actor("cleo").is_owner


def test_a_reseller_hands_over_an_account_that_it_owns(world: World) -> None:
    hand_over(world, "rosa", "carl", "cleo")
    assert world.actor("cleo").is_owner


def test_a_reseller_does_not_hand_over_an_account_that_the_client_owns(world: World) -> None:
    with platform_scope("test"):
        world.carl.ownership = "client"
        world.carl.save()
    with pytest.raises(operations.CannotHandOverOwnership) as refusal:
        hand_over(world, "rosa", "carl", "cleo")
    assert refusal.value.code == "client-owns"
    assert not world.actor("cleo").is_owner


def test_only_the_owner_hands_over(world: World) -> None:
    deputy(world)
    with pytest.raises(Forbidden):
        hand_over(world, "dina", "carl", "dina")
    with pytest.raises(NotFound):
        hand_over(world, "remo", "carl", "cleo")
    with pytest.raises(operations.CannotHandOverOwnership) as refusal:
        hand_over(world, "carl", "carl", "carl")
    assert refusal.value.code == "already"


def test_nobody_hands_over_in_the_owners_place(world: World) -> None:
    with world.scope("rosa") as actor:
        visit = operations.begin_impersonation(
            client_ref=world.carl.ref,
            mode="client",
            reason="Looking at the menu",
            session_hash="a" * 64,
            second_factor_at=AT,
            actor=actor,
            at=AT,
        )
    with platform_scope("test"):
        operations.enter_with_code(code=visit.code, session_hash="b" * 64, host=CARL_HOST, at=AT)
    entry = queries.enter_as(
        impersonation_ref=visit.impersonation_ref,
        session_hash="b" * 64,
        account_ref=world.carl.ref,
        host=CARL_HOST,
        request_id="r",
        at=AT,
    )
    assert entry is not None
    assert entry.actor.is_owner
    with actor_scope(entry.actor), pytest.raises(CannotWhileImpersonating):
        operations.hand_over_ownership(
            account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, actor=entry.actor, at=AT
        )
    assert not world.actor("cleo").is_owner


def test_the_database_knows_one_owner_for_an_account(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Collaborator.unscoped.filter(id=world.places["cleo"].id).update(is_owner=True)


# Places given by the installation itself ------------------------------------------------------------------------------


def test_the_installation_gives_a_place_without_an_invitation(world: World) -> None:
    with platform_scope("test"):
        ref = operations.add_collaborator(
            account_ref=world.elan.ref,
            user_ref=world.users["sam"].ref,
            rights={"product.design": "manage"},
            is_owner=True,
            actor=installation(world),
            at=LATER,
        )
    row = Collaborator.unscoped.get(ref=ref)
    assert (row.is_owner, row.rights_words, row.account_id) == (True, {"product.design": "manage"}, world.elan.id)
    assert entries("collaborator.added")[0].data["person"] == "Sam Stranger"


def test_no_person_gives_a_place_without_an_invitation(world: World) -> None:
    with world.scope("rosa") as actor, pytest.raises(Forbidden):
        operations.add_collaborator(
            account_ref=world.elan.ref, user_ref=world.users["sam"].ref, rights={}, actor=actor, at=LATER
        )
    assert not Collaborator.unscoped.filter(user=world.users["sam"]).exists()


# Reading --------------------------------------------------------------------------------------------------------------


def test_a_team_shows_its_owner_first_then_in_order_of_coming(world: World) -> None:
    factories.make_collaborator(world.carl, factories.make_user("Ada Adler"), rights={"team": "view"})
    with world.scope("carl") as actor:
        page = queries.team(actor, account_ref=world.carl.ref, at=AT)
    assert [(row.name, row.is_owner, row.is_me) for row in page.people] == [
        ("Carl Conti", True, True),
        ("Cleo Costa", False, False),
        ("Ada Adler", False, False),
    ]
    assert page.people[1].summary == "Content"
    assert page.people[2].summary == "Team (view)"
    assert (page.own, page.may_manage, page.may_make_owner, page.has_owner) == (True, True, True, True)


def test_a_team_is_paged_and_searched(world: World) -> None:
    for number in range(7):
        factories.make_collaborator(world.carl, factories.make_user(f"Person {number}"), rights={})
    with world.scope("rosa") as actor:
        first = queries.team(actor, account_ref=world.carl.ref, at=AT, size=4)
        second = queries.team(actor, account_ref=world.carl.ref, at=AT, size=4, cursor=first.next_cursor)
        third = queries.team(actor, account_ref=world.carl.ref, at=AT, size=4, cursor=second.next_cursor)
        found = queries.team(actor, account_ref=world.carl.ref, at=AT, search="person 3")
    names = [row.name for page in (first, second, third) for row in page.people]
    assert names == ["Carl Conti", "Cleo Costa", *(f"Person {number}" for number in range(7))]
    assert third.next_cursor == ""
    assert [row.name for row in found.people] == ["Person 3"]
    assert found.has_owner


@pytest.mark.parametrize(
    ("by", "fault"),
    [("cleo", Forbidden), ("remo", NotFound), ("nora", NotFound), ("vera", NotFound), ("dora", NotFound)],
)
def test_others_do_not_read_a_team(world: World, by: str, fault: type[Exception]) -> None:
    with world.scope(by) as actor, pytest.raises(fault):
        queries.team(actor, account_ref=world.carl.ref, at=AT)


def test_a_form_offers_nothing_past_the_floor(world: World) -> None:
    for by in ("rosa", "carl"):
        with world.scope(by) as actor:
            form = queries.collaborator_form(
                actor, account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, at=AT
            )
        assert set(form.form.offer.sections) & FLOOR == set()
        assert set(form.form.grantable.levels) & FLOOR == set()


def test_only_clean_leaves_out_every_section_with_the_vendor_mark(world: World) -> None:
    offer = queries.offer_for("client")
    everything = next(preset for preset in offer.presets if preset.key == "everything")
    assert "product.add-ons" in everything.rights
    assert set(everything.rights) - set(only_clean(everything.rights, queries.marks_of(offer))) == {"product.add-ons"}


@pytest.mark.parametrize("rubbish", ["\x00", "\ud800", "a\x00b", "x" * 100_000, "‮evil", "🙂" * 300])
def test_rubbish_in_any_text_is_refused_or_cleaned(world: World, rubbish: str) -> None:
    """Nothing ends as a fault of the database: what cannot be stored is dropped, what is no reference is not found."""
    cleo = world.places["cleo"].ref
    with world.scope("rosa") as actor:
        operations.change_rights(
            account_ref=world.carl.ref,
            collaborator_ref=cleo,
            rights={"team": "view"},
            role=rubbish,
            actor=actor,
            at=LATER,
        )
        operations.create_key(name=f"k{rubbish}"[:60], rights={"clients": "view"}, actor=actor, at=LATER)
        queries.team(actor, account_ref=world.carl.ref, at=AT, search=rubbish, cursor=rubbish)
        for fault in (
            lambda: operations.begin_impersonation(
                client_ref=world.carl.ref, mode="client", reason="Looking around here", collaborator_ref=rubbish,
                session_hash="a" * 64, second_factor_at=AT, actor=actor, at=AT,
            ),
            lambda: operations.withdraw_section(section=rubbish, client_refs=[rubbish], actor=actor, at=AT),
            lambda: operations.withdraw_section(section="product.design", client_refs=[rubbish], actor=actor, at=AT),
            lambda: queries.requests_of_visit(actor, client_ref=world.carl.ref, impersonation_ref=rubbish),
            lambda: queries.team(actor, account_ref=rubbish, at=AT),
            lambda: operations.revoke_invitation(
                account_ref=world.carl.ref, invitation_ref=rubbish, actor=actor, at=AT
            ),
            lambda: operations.change_rights(
                account_ref=world.rosa.ref, collaborator_ref=world.places["ruth"].ref, rights={}, reaches_all=False,
                reach=[rubbish], actor=actor, at=AT,
            ),
        ):  # fmt: skip
            with pytest.raises((NotFound, Refusal)):
                fault()
        operations.remove_collaborator(
            account_ref=world.carl.ref, collaborator_ref=cleo, reason=rubbish, actor=actor, at=LATER
        )
    assert "\x00" not in entries("collaborator.removed")[0].reason


@pytest.mark.parametrize("cursor", ["²", "١٢", "-1", "1e3", "9" * 30, "\x00"])
def test_a_cursor_that_is_no_number_means_the_first_page(world: World, cursor: str) -> None:
    with world.scope("rosa") as actor:
        team = queries.team(actor, account_ref=world.rosa.ref, at=AT, cursor=cursor)
        assert team.people[0].is_owner
        assert queries.keys_of_account(actor, at=AT, cursor=cursor).next_cursor == ""
        visits = queries.visits_of_client(actor, client_ref=world.carl.ref, cursor=cursor)
        assert visits.account_ref == world.carl.ref
