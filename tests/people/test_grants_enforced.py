"""X10: what a grant does not cover, or no longer covers, is closed at the next request on every way in.

Each way is tried with the grant first (the positive control), then without.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.core.rights import Level
from sublet.foundation.actor import Actor
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.people import operations, queries
from sublet.people.models import Collaborator, Grant, Invitation, StaffTeam, StaffTeamMember, Withdrawal
from sublet.people.operations import CannotImpersonate
from sublet.people.queries.authority import NotGranted
from sublet.people.queries.entry import Entry
from sublet.people.queries.invitation_page import _inviter_still_may
from tests.people import AT, CARL_HOST, ROSA_HOST, World

HERE = "a" * 64
LATER = AT + timedelta(minutes=5)


def grant_of(client: Account) -> Grant:
    with platform_scope("test"):
        return Grant.objects.get(account=client)


def change(client: Account, **values: object) -> None:
    with platform_scope("test"):
        Grant.objects.filter(account=client).update(**values)


CLOSED: dict[str, dict[str, object]] = {
    "ended": {"state": "ended"},
    "lapsed, though nobody has written it down yet": {"ends_at": LATER},
    "not begun": {"starts_at": LATER + timedelta(seconds=1)},
    "to somebody else": {"staff_ids": [0]},
    "to a team": {"team": "Design"},  # in which nobody is
    "to a team that is no more": {"team": "removed"},
    "asked for only": {"state": "requested", "starts_at": None},
    "to another reseller": {"reseller_id": 0},
}


def team_for(world: World, *, removed: bool) -> StaffTeam:
    """A team of Rosa's: with her in it but removed, or there and empty."""
    with platform_scope("test"):
        row = StaffTeam.objects.create(
            account=world.rosa, name="Design", name_key="design", created_at=AT, removed_at=AT if removed else None
        )
        if removed:
            StaffTeamMember.objects.create(team=row, collaborator=world.places["rosa"])
    return row


def close(world: World, client: Account, how: str) -> None:
    values = dict(CLOSED[how])
    if "reseller_id" in values:
        values["reseller_id"] = world.remo.id
    if "team" in values:
        values["team"] = team_for(world, removed=values["team"] == "removed")
    change(client, **values)


def visit(world: World, *, by: str = "rosa", client: str = "elan", mode: str = "reseller", at: datetime = AT) -> str:
    with world.scope(by) as actor:
        begun = operations.begin_impersonation(
            client_ref=getattr(world, client).ref, mode=mode, reason="Checking the opening hours",
            session_hash=HERE, second_factor_at=at, actor=actor, at=at,
        )  # fmt: skip
    if begun.code:
        with platform_scope("test"):
            operations.enter_with_code(code=begun.code, session_hash=HERE, host=begun.host, at=at)
    return begun.impersonation_ref


def entry(world: World, ref: str, client: str = "elan", *, host: str = ROSA_HOST, at: datetime = LATER) -> Entry | None:
    with platform_scope("test"):
        return queries.enter_as(
            impersonation_ref=ref, session_hash=HERE, account_ref=getattr(world, client).ref, host=host,
            request_id="r", at=at,
        )  # fmt: skip


@pytest.mark.parametrize("how", CLOSED)
def test_an_open_visit_is_over_at_the_next_request(world: World, how: str) -> None:
    ref = visit(world)
    assert entry(world, ref) is not None
    close(world, world.elan, how)
    assert entry(world, ref) is None
    with platform_scope("test"):
        over = operations.end_visit_that_is_over(impersonation_ref=ref, session_hash=HERE, host=ROSA_HOST, at=LATER)
    assert over is not None
    assert over.ended_by == "access"


@pytest.mark.parametrize("how", CLOSED)
def test_no_visit_begins(world: World, how: str) -> None:
    visit(world, at=LATER)
    close(world, world.elan, how)
    with pytest.raises(CannotImpersonate) as refused:
        visit(world, at=LATER)
    assert refused.value.code == "not-granted"


@pytest.mark.parametrize("mode", ["reseller", "client"])
def test_a_narrowed_grant_leaves_an_open_visit_what_it_still_covers(world: World, mode: str) -> None:
    ref = visit(world, client="carl", mode=mode)
    before = entry(world, ref, "carl", host=CARL_HOST)
    assert before is not None
    assert before.actor.rights.level("product.design") == before.actor.rights.level("product.push") == Level.MANAGE
    change(world.carl, everywhere="none", scope_words={"product.design": "manage", "product.statistics": "view"})
    after = entry(world, ref, "carl", host=CARL_HOST)
    assert after is not None
    assert after.actor.rights.as_words() == {"product.design": "manage", "product.statistics": "view"}


def test_a_grant_never_adds_to_what_staff_may_do(world: World) -> None:
    change(world.elan, everywhere="manage")
    found = entry(world, visit(world, by="ruth"))  # who only looks at clients
    assert found is not None
    assert max(found.actor.rights.levels.values()) == Level.VIEW


def _key(world: World) -> Actor:
    with world.scope("rosa") as rosa:
        made = operations.create_key(name="Sync", rights={"clients": "manage"}, actor=rosa, at=AT)
    with platform_scope("test"):
        found = queries.actor_for_key(made.secret, request_id="r", host=ROSA_HOST, at=AT)
    assert found is not None
    return found.actor


def _team(world: World, actor: Actor) -> dict[str, Callable[[], Any]]:
    """Each thing that staff does to a client's team from outside a visit."""
    carl, cleo = world.carl.ref, world.places["cleo"].ref
    common: dict[str, Any] = {"actor": actor, "at": LATER}
    return {
        "team": lambda: queries.team(actor, account_ref=carl, at=LATER),
        "form": lambda: queries.team_form(actor, account_ref=carl, at=LATER),
        "person": lambda: queries.collaborator_form(actor, account_ref=carl, collaborator_ref=cleo, at=LATER),
        "invite": lambda: operations.invite_collaborator(
            account_ref=carl, email="new@example.test", rights={"product.push": "view"}, **common
        ),
        "resend": lambda: operations.resend_invitation(account_ref=carl, invitation_ref=_invitation(world), **common),
        "revoke": lambda: operations.revoke_invitation(account_ref=carl, invitation_ref=_invitation(world), **common),
        "rights": lambda: operations.change_rights(
            account_ref=carl, collaborator_ref=cleo, rights={"product.push": "view"}, **common
        ),
        "owner": lambda: operations.hand_over_ownership(account_ref=carl, collaborator_ref=cleo, **common),
        "remove": lambda: operations.remove_collaborator(
            account_ref=carl, collaborator_ref=world.places["cleo"].ref, **common
        ),
    }


def _invitation(world: World) -> str:

    with platform_scope("test"):
        return Invitation.objects.get(account=world.carl).ref


WAYS = ("team", "form", "person", "invite", "resend", "revoke", "rights", "owner", "remove")


@pytest.mark.parametrize("how", CLOSED)
@pytest.mark.parametrize("who", ["rosa", "key"])
def test_the_team_of_a_client_is_closed_without_a_grant(world: World, how: str, who: str) -> None:
    if who == "key" and how == "to somebody else":
        change(world.carl, staff_ids=[world.users["rosa"].id])  # a grant to people is no key's
    actor = _key(world) if who == "key" else world.actor("rosa")
    with world.scope("rosa") as rosa:  # something to send again, were it not closed
        change_back = grant_of(world.carl).staff_ids
        change(world.carl, staff_ids=None)
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="first@example.test", rights={"product.push": "view"}, actor=rosa, at=AT
        )
        change(world.carl, staff_ids=change_back)
    close(world, world.carl, how)

    with actor_scope(actor):
        for name, do in _team(world, actor).items():
            with pytest.raises(NotGranted) as refused:
                do()
            assert (name, refused.value.code) == (name, "team")
    with platform_scope("test"):
        cleo = Collaborator.objects.get(id=world.places["cleo"].id)
    assert (cleo.rights_words, cleo.ended_at) == ({"product.content": "manage"}, None)


def test_the_team_of_a_client_is_open_with_a_grant(world: World) -> None:
    with world.scope("rosa") as actor:
        for name in WAYS:  # in that order: inviting before sending again, looking before removing
            _team(world, actor)[name]()
    with platform_scope("test"):
        assert Collaborator.objects.get(id=world.places["cleo"].id).is_owner is False


def test_a_grant_that_leaves_the_team_out_closes_it_and_one_that_shows_it_shows_it(world: World) -> None:
    change(world.carl, everywhere="none", scope_words={"product.design": "manage"})
    with world.scope("rosa") as actor, pytest.raises(NotGranted):
        queries.team(actor, account_ref=world.carl.ref, at=LATER)
    change(world.carl, scope_words={"team": "view", "product.design": "manage"})
    with world.scope("rosa") as actor:
        assert queries.team(actor, account_ref=world.carl.ref, at=LATER).may_manage is False


def test_nobody_gives_in_a_clients_team_what_the_grant_does_not_cover(world: World) -> None:
    change(world.carl, everywhere="none", scope_words={"team": "manage", "product.design": "manage"})
    with world.scope("rosa") as actor:
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="a@example.test", rights={"product.design": "view"}, actor=actor, at=AT
        )
        with pytest.raises(operations.CannotInviteCollaborator) as refused:
            operations.invite_collaborator(
                account_ref=world.carl.ref, email="b@example.test", rights={"product.push": "view"}, actor=actor, at=AT
            )
    assert refused.value.code == "beyond-own"


@pytest.mark.parametrize("still", [True, False])
def test_an_invitation_of_the_reseller_is_worth_what_its_grant_is_when_accepted(world: World, still: bool) -> None:
    with world.scope("rosa") as actor:
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="late@example.test", rights={"product.push": "view"}, actor=actor, at=AT
        )
    if not still:
        change(world.carl, state="ended")

    with platform_scope("test"):
        row = Invitation.objects.select_related("account", "inviter__user", "inviter__account").get(
            email="late@example.test"
        )
        assert _inviter_still_may(row, LATER) is still


def test_a_section_is_taken_only_from_clients_that_open_their_team(world: World) -> None:
    def hold(place: str) -> bool:
        with platform_scope("test"):
            return "product.design" in Collaborator.objects.get(id=world.places[place].id).rights_words

    with platform_scope("test"):
        elan = Collaborator(
            account=world.elan, user=world.users["sam"], is_owner=True, created_at=AT,
            rights_words={"product.design": "manage"},
        )  # fmt: skip
        elan.save()
        world.places["elan"] = elan
    change(world.carl, staff_ids=[world.users["ruth"].id])
    with world.scope("rosa") as actor:
        seen = queries.withdrawal_preview(actor, section="product.design", level="none", client_refs=None, at=LATER)
        assert (seen.people, seen.clients) == (1, 1)
        operations.withdraw_section(section="product.design", client_refs=None, actor=actor, at=LATER)
    assert (hold("carl"), hold("elan")) == (True, False)
    change(world.carl, staff_ids=[world.users["ruth"].id, world.users["rosa"].id])
    with world.scope("rosa") as actor:
        operations.withdraw_section(section="product.design", client_refs=None, actor=actor, at=LATER)
    assert hold("carl") is False
    with platform_scope("test"):
        assert list(Withdrawal.objects.order_by("id").values_list("people", flat=True)) == [1, 1]


def test_a_section_is_given_back_only_to_clients_that_still_open_their_team(world: World) -> None:
    with platform_scope("test"):
        elan = Collaborator(
            account=world.elan, user=world.users["sam"], is_owner=True, created_at=AT,
            rights_words={"product.design": "manage"},
        )  # fmt: skip
        elan.save()
        world.places["elan"] = elan

    def hold(place: str) -> bool:
        with platform_scope("test"):
            return "product.design" in Collaborator.objects.get(id=world.places[place].id).rights_words

    def take() -> str:
        with world.scope("rosa") as actor:
            return operations.withdraw_section(section="product.design", client_refs=None, actor=actor, at=AT)

    def give_back(ref: str) -> None:
        with world.scope("rosa") as actor:
            operations.give_section_back(withdrawal_ref=ref, actor=actor, at=LATER)

    ref = take()
    change(world.carl, state="ended")
    give_back(ref)
    assert (hold("carl"), hold("elan")) == (False, True)
    ref = take()
    change(world.elan, everywhere="view")
    with pytest.raises(operations.CannotGiveSectionBack) as refused:
        give_back(ref)
    assert (refused.value.code, hold("elan")) == ("no-access", False)
    change(world.elan, everywhere="manage")
    give_back(ref)  # refused once, not lost
    assert hold("elan") is True


# Where grants come from -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ownership", ["reseller", "client"])
def test_a_new_client_comes_with_an_open_grant_of_everything_to_all_staff(world: World, ownership: str) -> None:
    with world.scope("rosa") as actor:
        account = account_operations.create_client(name="New Client", ownership=ownership, actor=actor, at=AT)
    row = grant_of(account)
    assert (row.reseller_id, row.state, row.everywhere, row.staff_ids, row.starts_at, row.ends_at) == (
        world.rosa.id, "active", "manage", None, AT, None,
    )  # fmt: skip


def test_a_client_without_any_grant_is_closed(world: World) -> None:
    with platform_scope("test"):
        Grant.objects.filter(account=world.elan).delete()
    with pytest.raises(CannotImpersonate):
        visit(world)
