"""Named teams of a reseller's staff, and access given to one: whoever is in it gets in, whoever leaves is out at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from sublet.core.grants import NOTHING, Scope
from sublet.core.rights import Level, Rights
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.locales import day_in_words
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people import operations, queries
from sublet.people.models import Collaborator, Grant, StaffTeam, StaffTeamMember, User
from sublet.people.operations import CannotImpersonate, grants
from sublet.people.operations.grants import CannotChangeGrant
from sublet.people.operations.staff_teams import (
    CannotChangeStaffTeam,
    change_staff_team,
    make_staff_team,
    remove_staff_team,
)
from sublet.people.operations.team import end_place
from sublet.people.queries.access import AccessPage, who_can_enter
from sublet.people.queries.grants import granted, only_granted, teams_letting_in
from sublet.people.queries.staff_teams import MOST_TEAMS, staff_team, staff_team_form, staff_teams, teams_to_choose
from tests.people import AT, CARL_HOST, World

DESIGN = {"product.design": "manage"}
TO_DESIGN = Scope(Level.NONE, Rights.of(DESIGN))
REASON = "Redesign for the summer menu"
LATER = AT + timedelta(minutes=5)
HERE = "a" * 64


@pytest.fixture
def owned(world: World) -> World:
    """Carl owns his account and nobody of Rosa's has access; Ruth may do things with clients now, and reaches all."""
    with platform_scope("test"):
        world.carl.ownership = "client"
        world.carl.save(update_fields=["ownership"])
        Grant.objects.filter(account=world.carl).delete()
        world.places["ruth"].rights_words = {"clients": "manage"}
        world.places["ruth"].save(update_fields=["rights_words"])
    return world


def make(world: World, *people: str, name: str = "Design", by: str = "rosa", **more: Any) -> str:
    with world.scope(by) as actor:
        refs = [world.places[each].ref for each in people]
        return make_staff_team(name=name, people=refs, actor=actor, **({"at": AT} | more))


def change(world: World, ref: str, *people: str, by: str = "rosa", name: str | None = None) -> bool:
    with world.scope(by) as actor:
        refs = [world.places[each].ref for each in people]
        return change_staff_team(ref=ref, name=name, people=refs, actor=actor, at=AT)


def remove(world: World, ref: str, by: str = "rosa") -> None:
    with world.scope(by) as actor:
        remove_staff_team(ref=ref, actor=actor, at=AT)


def give(world: World, team: str = "", **more: Any) -> str:
    """Access that Rosa asks for and Carl approves; its reference."""
    values: dict[str, Any] = {"sections": DESIGN, "days": 30, "reason": REASON, "team": team, "at": AT} | more
    with world.scope("rosa") as actor:
        asked = grants.request_grant(client_ref=world.carl.ref, actor=actor, **values)
    with world.scope("carl") as actor:
        grants.approve_grant(client_ref=world.carl.ref, grant_ref=asked.ref, actor=actor, at=values["at"])
    return asked.ref


def scope(world: World, person: str, at: Any = LATER) -> Scope:
    user = world.users[person].id if person else None
    return granted(client_id=world.carl.id, reseller_id=world.rosa.id, person=user, at=at)


def page(world: World, by: str, at: Any = LATER) -> AccessPage:
    with world.scope(by) as actor:
        return who_can_enter(actor, client_ref=world.carl.ref, at=at)


def told(event: str = "staff_team.") -> list[tuple[str, dict[str, Any]]]:
    rows = JournalEntry.unscoped.filter(event__startswith=event).order_by("id")
    return [(row.event, row.data) for row in rows]


# Making, changing, removing --------------------------------------------------------------------------------------------


def test_a_team_is_made_renamed_filled_and_removed_and_each_leaves_one_entry(world: World) -> None:
    ref = make(world, "rico", name="  Design ")
    with world.scope("rosa") as actor:
        row = staff_team(actor, ref=ref, at=AT)
        assert (row.name, row.members, row.grants) == ("Design", ((world.places["rico"].ref, "Rico Russo"),), 0)
        assert change_staff_team(ref=ref, name="Grafica", actor=actor, at=AT)
        assert staff_team(actor, ref=ref, at=AT).members == row.members
        assert not change_staff_team(ref=ref, name="Grafica", actor=actor, at=AT)
    assert change(world, ref, "ruth", "rosa")
    with world.scope("rosa") as actor:
        assert [name for _ref, name in staff_team(actor, ref=ref, at=AT).members] == ["Rosa Ricci", "Ruth Renard"]
        assert teams_to_choose(actor) == [(ref, "Grafica")]
    remove(world, ref)
    with world.scope("rosa") as actor:
        assert (staff_teams(actor, at=AT).teams, teams_to_choose(actor)) == ((), [])
        for gone in (ref, "tea_0000000000000000", "nonsense"):
            with pytest.raises(NotFound):
                staff_team(actor, ref=gone, at=AT)
    assert told() == [
        ("staff_team.made", {"team": ref, "name": "Design", "people": ["Rico Russo"]}),
        ("staff_team.changed", {
            "team": ref, "name": "Grafica", "name_before": "Design", "joined": [], "left": [],
        }),
        ("staff_team.changed", {
            "team": ref, "name": "Grafica", "name_before": "Grafica", "joined": ["Rosa Ricci", "Ruth Renard"],
            "left": ["Rico Russo"],
        }),
        ("staff_team.removed", {"team": ref, "name": "Grafica"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("\u3164", "name-empty"),
        (" ​\n", "name-empty"),
        ("x" * 81, "name-long"),
        ("DESIGN", "name-taken"),
        ("design", "name-taken"),
    ],
)
def test_a_name_is_there_short_and_of_one_team(world: World, name: str, code: str) -> None:
    make(world)
    other = make(world, name="Sales")
    with pytest.raises(CannotChangeStaffTeam) as refused:
        make(world, name=name)
    assert (refused.value.code, refused.value.field) == (code, "name")
    with pytest.raises(CannotChangeStaffTeam) as refused, world.scope("rosa") as actor:
        change_staff_team(ref=other, name=name, actor=actor, at=AT)
    assert refused.value.code == code
    with platform_scope("test"):
        assert sorted(StaffTeam.objects.values_list("name", flat=True)) == ["Design", "Sales"]


def test_the_name_of_a_team_that_is_gone_or_of_another_reseller_is_free(world: World) -> None:
    remove(world, make(world))
    make(world)
    assert make(world, by="remo")
    assert change(world, make(world, name="x" * 80), name="y" * 80)


def test_the_database_keeps_names_apart_too(world: World) -> None:
    make(world)
    with platform_scope("test"), pytest.raises(IntegrityError), transaction.atomic():
        StaffTeam(account=world.rosa, name="DESIGN", name_key="design", created_at=AT).save()


def test_there_is_an_end_to_teams(world: World) -> None:
    with platform_scope("test"):
        StaffTeam.objects.bulk_create(
            StaffTeam(account=world.rosa, name=f"T{n}", name_key=f"t{n}", created_at=AT, ref=f"tea_{n:016}")
            for n in range(MOST_TEAMS)
        )
    with pytest.raises(CannotChangeStaffTeam) as refused:
        make(world)
    assert refused.value.code == "too-many"


@pytest.mark.parametrize("person", ["remo", "carl", "vera"])
def test_nobody_of_another_account_gets_into_a_team(world: World, person: str) -> None:
    with pytest.raises(CannotChangeStaffTeam) as refused:
        make(world, "rico", person)
    assert refused.value.code == "people"
    ref = make(world, "rico")
    with pytest.raises(CannotChangeStaffTeam):
        change(world, ref, person)
    with platform_scope("test"):
        assert [row.collaborator_id for row in StaffTeamMember.objects.all()] == [world.places["rico"].id]


WAYS: dict[str, Callable[[Any, str], Any]] = {
    "make": lambda actor, _ref: make_staff_team(name="Sales", actor=actor, at=AT),
    "change": lambda actor, ref: change_staff_team(ref=ref, name="Sales", actor=actor, at=AT),
    "remove": lambda actor, ref: remove_staff_team(ref=ref, actor=actor, at=AT),
    "list": lambda actor, _ref: staff_teams(actor, at=AT),
    "one": lambda actor, ref: staff_team(actor, ref=ref, at=AT),
    "form": lambda actor, ref: staff_team_form(actor, ref=ref, at=AT),
}


@pytest.mark.parametrize("how", WAYS)
def test_teams_are_for_the_resellers_own_people_with_that_right(world: World, how: str) -> None:
    ref, do = make(world, "rico"), WAYS[how]
    writes = how in {"make", "change", "remove"}
    for person, level in (("ruth", None), ("ruth", "view"), ("carl", "manage"), ("remo", "manage"), ("vera", "manage")):
        actor = world.actor(person)
        rights = {} if level is None else {"team": level}
        actor = replace(actor, rights=Rights.of(rights))
        with actor_scope(actor):
            if person == "ruth" and (level is None or writes):
                with pytest.raises(Forbidden):
                    do(actor, ref)
            elif person in {"carl", "vera"} or (person == "remo" and how not in {"make", "list"}):
                with pytest.raises(NotFound):
                    do(actor, ref)
            elif person == "remo" and how == "list":
                assert do(actor, ref).teams == ()
            elif person == "ruth":
                do(actor, ref)
    with platform_scope("test"):
        row = StaffTeam.objects.get(ref=ref)
    assert (row.name, row.removed_at) == ("Design", None)


def test_who_reaches_chosen_clients_only_changes_no_team(world: World) -> None:
    """Otherwise it could let a colleague into a client that it does not reach itself."""
    ref = make(world)
    actor = replace(world.actor("rico"), rights=Rights.of({"team": "manage", "clients": "manage"}))
    with actor_scope(actor):
        assert staff_teams(actor, at=AT).may_manage is False
        for how in ("make", "change", "remove"):
            with pytest.raises(CannotChangeStaffTeam) as refused:
                WAYS[how](actor, ref)
            assert refused.value.code == "confined"


@pytest.mark.parametrize("teams", [1, 3])
def test_a_list_of_teams_takes_as_many_statements_however_many(
    world: World, teams: int, django_assert_num_queries: Any
) -> None:
    for number in range(teams):
        make(world, "rico", "ruth", name=f"Team {number}")
    with world.scope("rosa") as actor, django_assert_num_queries(3):
        assert len(staff_teams(actor, at=AT).teams) == teams


# Access that is given to a team ----------------------------------------------------------------------------------------


def test_who_joins_gets_in_and_who_leaves_is_out(owned: World) -> None:
    ref = make(owned, "rico")
    give(owned, ref)
    assert [scope(owned, who) for who in ("rico", "ruth", "rosa", "")] == [TO_DESIGN, NOTHING, NOTHING, NOTHING]
    change(owned, ref, "ruth")
    assert [scope(owned, who) for who in ("rico", "ruth")] == [NOTHING, TO_DESIGN]
    remove(owned, ref)
    assert [scope(owned, who) for who in ("rico", "ruth")] == [NOTHING, NOTHING]


def test_a_team_adds_to_what_somebody_has_otherwise_and_takes_nothing(owned: World) -> None:
    ref = make(owned, "ruth")
    give(owned, ref)
    give(owned, sections={"product.push": "view"})
    assert scope(owned, "ruth") == Scope(Level.NONE, Rights.of(DESIGN | {"product.push": "view"}))
    assert scope(owned, "rico") == Scope(Level.NONE, Rights.of({"product.push": "view"}))


def test_who_loses_the_place_is_out_of_the_team_and_stays_out_when_given_back(owned: World) -> None:
    ref = make(owned, "ruth")
    give(owned, ref)
    with platform_scope("test"):
        place = Collaborator.objects.get(id=owned.places["ruth"].id)
        end_place(place, at=AT)
    assert scope(owned, "ruth") == NOTHING
    with platform_scope("test"):
        Collaborator.objects.filter(id=place.id).update(ended_at=None)  # as a directory does
    assert scope(owned, "ruth") == NOTHING


def _visit(world: World, person: str) -> str:
    with world.scope(person) as actor:
        begun = operations.begin_impersonation(
            client_ref=world.carl.ref, mode="reseller", reason=REASON, session_hash=HERE, second_factor_at=LATER,
            actor=actor, at=LATER,
        )  # fmt: skip
    with platform_scope("test"):
        operations.enter_with_code(code=begun.code, session_hash=HERE, host=CARL_HOST, at=LATER)
    return begun.impersonation_ref


def _entry(world: World, visit: str) -> Any:
    with platform_scope("test"):
        return queries.enter_as(
            impersonation_ref=visit, session_hash=HERE, account_ref=world.carl.ref, host=CARL_HOST, request_id="r",
            at=LATER,
        )  # fmt: skip


@pytest.mark.parametrize("how", ["left", "team removed", "place ended"])
def test_an_open_visit_is_over_at_the_next_request(owned: World, how: str) -> None:
    ref = make(owned, "ruth", "rosa")
    give(owned, ref)
    visit = _visit(owned, "ruth")
    assert _entry(owned, visit).actor.rights.as_words() == DESIGN
    if how == "left":
        change(owned, ref, "rosa")
    elif how == "team removed":
        remove(owned, ref)
    else:
        with platform_scope("test"):
            end_place(Collaborator.objects.get(id=owned.places["ruth"].id), at=AT)
    assert _entry(owned, visit) is None
    if how != "place ended":
        with pytest.raises(CannotImpersonate) as refused:
            _visit(owned, "ruth")
        assert refused.value.code == "not-granted"


def test_the_diary_tells_the_team_as_it_was_called(owned: World) -> None:
    ref = make(owned, "ruth")
    give(owned, ref)
    with owned.scope("ruth") as actor:
        assert teams_letting_in(actor, owned.carl, at=LATER) == ["Design"]
    _visit(owned, "ruth")
    change(owned, ref, name="Grafica")
    for reader in ("rosa", "carl"):
        with owned.scope(reader) as actor:
            found = queries.diary(actor, client_ref=owned.carl.ref)
        assert [(row.staff, row.teams) for row in found.visits] == [("Ruth Renard", ("Design",))]


def test_lists_over_many_clients_ask_for_the_team_too(owned: World) -> None:
    ref = make(owned, "ruth")
    give(owned, ref, sections={"team": "manage"})

    def open_to(person: str) -> int:
        with owned.scope(person) as actor:
            places = Collaborator.objects.filter(account=owned.carl)
            return only_granted(places, actor, section="team", level=Level.MANAGE, at=LATER).count()

    assert (open_to("ruth"), open_to("rosa")) == (2, 0)
    change(owned, ref, "rosa")
    assert (open_to("ruth"), open_to("rosa")) == (0, 2)
    remove(owned, ref)
    assert open_to("rosa") == 0


def test_a_grant_is_to_a_team_that_there_is_or_to_people_and_a_client_names_no_team(owned: World) -> None:
    ref, gone = make(owned, "ruth"), make(owned, name="Gone")
    remove(owned, gone)
    others = make(owned, by="remo")
    rico = owned.places["rico"].ref
    for values in ({"team": gone}, {"team": others}, {"team": "tea_x"}, {"team": ref, "people": [rico]}):
        with pytest.raises(CannotChangeGrant) as refused:
            give(owned, **values)
        assert (refused.value.code, refused.value.field) == ("team", "team")
    with owned.scope("carl") as actor, pytest.raises(CannotChangeGrant) as refused:
        grants.request_grant(
            client_ref=owned.carl.ref, sections=DESIGN, days=30, reason=REASON, team=ref, actor=actor, at=AT
        )
    assert refused.value.code == "team"
    with platform_scope("test"):
        assert not Grant.objects.filter(account=owned.carl).exists()


def test_both_sides_read_the_team_and_who_is_in_it_and_the_client_nobody_else(owned: World) -> None:
    ref = make(owned, "ruth")
    with owned.scope("rosa") as actor:
        grants.request_grant(
            client_ref=owned.carl.ref, sections=DESIGN, days=30, reason=REASON, team=ref, actor=actor, at=AT
        )
    waiting = page(owned, "carl").waiting[0]
    assert (waiting.team, waiting.people, waiting.team_ref) == ("Design", ("Ruth Renard",), "")
    with owned.scope("carl") as actor:
        grants.approve_grant(client_ref=owned.carl.ref, grant_ref=waiting.ref, actor=actor, at=AT)
    for reader in ("carl", "rosa"):
        found = page(owned, reader)
        assert [(row.team, row.people, row.team_removed) for row in found.running] == [
            ("Design", ("Ruth Renard",), False)
        ]
        assert [each.name for each in found.people if each.side == "reseller"] == ["Ruth Renard"]
    assert page(owned, "rosa").running[0].team_ref == ref
    assert "Rico" not in repr(page(owned, "carl"))
    change(owned, ref, "rico", name="Grafica")
    found = page(owned, "carl")
    assert [(row.team, row.people) for row in found.running] == [("Grafica", ("Rico Russo",))]
    assert [each.name for each in found.people if each.side == "reseller"] == ["Rico Russo"]
    assert "Ruth" not in repr(found)
    remove(owned, ref)
    found = page(owned, "carl")
    assert [(row.team, row.people, row.team_removed) for row in found.running] == [("Grafica", (), True)]
    assert [each.name for each in found.people if each.side == "reseller"] == []
    entries = told("grant.")
    assert [(name, data["team"], data["people"]) for name, data in entries] == [
        ("grant.requested", "Design", None), ("grant.approved", "Design", None),
    ]  # fmt: skip


def test_a_client_reads_no_address_of_somebody_without_a_name(owned: World) -> None:
    with platform_scope("test"):
        owned.users["ruth"].name = ""
        owned.users["ruth"].save(update_fields=["name"])
    give(owned, make(owned, "ruth"))
    give(owned, people=[owned.places["ruth"].ref])
    assert [each.people for each in page(owned, "carl").running] == [("Rosa Web Studio",)] * 2
    assert [each.people for each in page(owned, "rosa").running] == [("ruth@example.test",)] * 2
    assert "example.test" not in repr([page(owned, "carl").running, page(owned, "carl").people[:1]])


def test_who_asked_and_gave_without_a_name_is_no_address_to_the_other_side(owned: World) -> None:
    with platform_scope("test"):
        for each in ("rosa", "carl"):
            owned.users[each].name = ""
            owned.users[each].save(update_fields=["name"])
            owned.places[each].refresh_from_db()
    ref = give(owned)
    with owned.scope("carl") as actor:
        (row,) = who_can_enter(actor, client_ref=owned.carl.ref, at=LATER).running
        assert (row.asked_by, row.decided_by) == ("Without a name", owned.users["carl"].email)
    for more, decided in (({"people": "view"}, owned.users["carl"].email), ({}, "Without a name")):
        actor = replace(owned.actor("rosa"), rights=Rights.of({"clients": "manage"} | more))
        with actor_scope(actor):
            (row,) = who_can_enter(actor, client_ref=owned.carl.ref, at=LATER).running
            assert (row.asked_by, row.decided_by) == (owned.users["rosa"].email, decided)
    with owned.scope("rosa") as actor:
        grants.end_grant(client_ref=owned.carl.ref, grant_ref=ref, actor=actor, at=AT)
        assert who_can_enter(actor, client_ref=owned.carl.ref, at=LATER).over[0].ended_by == owned.users["rosa"].email
    assert page(owned, "carl").over[0].ended_by == "Without a name"


def test_a_narrowed_access_of_a_team_stays_one_of_the_team(owned: World) -> None:
    ref = make(owned, "ruth")
    one = give(owned, ref, sections=DESIGN | {"product.push": "manage"}, notice_days=5)
    with owned.scope("carl") as actor:
        grants.narrow_grant(client_ref=owned.carl.ref, grant_ref=one, sections=DESIGN, actor=actor, at=AT)
    assert len(scope(owned, "ruth").sections.levels) == 2  # during the notice
    assert scope(owned, "rico") == NOTHING
    assert scope(owned, "ruth", AT + timedelta(days=6)) == TO_DESIGN


def test_teams_of_a_reseller_say_how_many_clients_they_get_into(owned: World) -> None:
    ref = make(owned, "ruth")
    first = give(owned, ref)
    give(owned, ref, sections={"product.push": "view"})
    with owned.scope("rosa") as actor:
        assert staff_team(actor, ref=ref, at=LATER).grants == 1
        grants.end_grant(client_ref=owned.carl.ref, grant_ref=first, actor=actor, at=AT)
        assert staff_team(actor, ref=ref, at=LATER).grants == 1
        assert staff_team(actor, ref=ref, at=AT + timedelta(days=31)).grants == 0


def test_who_reaches_chosen_clients_only_does_not_learn_how_many_others_a_team_gets_into(owned: World) -> None:
    ref = make(owned, "ruth")
    give(owned, ref)
    for reach, clients in ((frozenset({owned.carl.id}), 1), (frozenset({owned.elan.id}), 0), (None, 1)):
        actor = replace(owned.actor("rico"), rights=Rights.of({"team": "view"}), reach=reach)
        with actor_scope(actor):
            assert staff_team(actor, ref=ref, at=LATER).grants == clients


def test_the_mails_tell_the_team_and_the_day(owned: World) -> None:
    ref = make(owned, "ruth")
    give(owned, ref, start=AT.date() + timedelta(days=9))
    give(owned)
    bodies = list(
        OutboxMail.unscoped.filter(template="grant").order_by("created_at", "id").values_list("text", flat=True)
    )
    with translation.override("en"):
        day = day_in_words(AT.date() + timedelta(days=9))
    assert day[:1].isdigit()
    assert "-" not in day
    told_of = [("for the team “Design”." in text, f"It begins on {day}." in text) for text in bodies]
    assert sorted(told_of) == [(False, False), (False, False), (True, True), (True, True)]


def test_the_day_is_written_as_whoever_reads_it_writes_days(owned: World) -> None:
    with platform_scope("test"):
        User.objects.filter(id=owned.users["carl"].id).update(language="it")
    with owned.scope("rosa") as actor:
        grants.request_grant(
            client_ref=owned.carl.ref, sections=DESIGN, days=30, reason=REASON, start=AT.date() + timedelta(days=9),
            actor=actor, at=AT,
        )  # fmt: skip
    with translation.override("it"):
        day = day_in_words(AT.date() + timedelta(days=9))
    assert day in OutboxMail.unscoped.get(template="grant").text


def test_somebody_whose_log_in_is_locked_stays_in_its_team(owned: World) -> None:
    ref = make(owned, "ruth", "rico")
    with platform_scope("test"):
        User.objects.filter(id=owned.users["ruth"].id).update(is_active=False)
    url = f"/reseller/{owned.rosa.ref}/team/named/{ref}/"
    page = owned.browser("rosa").get(url).content.decode()
    assert "Ruth Renard (log-in locked)" in page
    ticked = re.findall(r'name="people" value="(col_\w+)"[^>]*checked', page)
    assert sorted(ticked) == sorted(owned.places[who].ref for who in ("ruth", "rico"))
    saved = owned.browser("rosa").post(url, {"name": "Grafica", "people": ticked})
    assert saved.status_code == 302
    with owned.scope("rosa") as actor:
        row = staff_team(actor, ref=ref, at=AT)
    assert [name for _ref, name in row.members] == ["Rico Russo", "Ruth Renard"]
    assert row.locked == {owned.places["ruth"].ref}
    give(owned, ref)
    assert scope(owned, "ruth") == NOTHING  # as before: who cannot log in gets in nowhere
    assert scope(owned, "rico") == TO_DESIGN


def test_access_to_a_team_that_is_no_more_is_not_given(owned: World) -> None:
    """It would say “given” and let nobody in."""
    ref = make(owned, "ruth")
    with owned.scope("rosa") as actor:
        asked = grants.request_grant(
            client_ref=owned.carl.ref, sections=DESIGN, days=30, reason=REASON, team=ref, actor=actor, at=AT
        )
    remove(owned, ref)
    with owned.scope("carl") as actor, pytest.raises(CannotChangeGrant) as refused:
        grants.approve_grant(client_ref=owned.carl.ref, grant_ref=asked.ref, actor=actor, at=AT)
    assert refused.value.code == "team-gone"
    assert Grant.unscoped.get(ref=asked.ref).state == "requested"  # unscoped: a test
    with owned.scope("carl") as actor:
        grants.decline_grant(client_ref=owned.carl.ref, grant_ref=asked.ref, actor=actor, at=AT)
