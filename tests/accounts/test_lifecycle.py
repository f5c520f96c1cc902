"""Suspended, resumed, closed, taken back, ended: by whom, and what the law forbids."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sublet.accounts import operations, queries
from sublet.accounts.models import Account
from sublet.foundation.actor import Impersonator
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound, Refusal
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from tests.people import AT, World

LATER = AT + timedelta(days=3)


def stored(account: Account) -> Account:
    return Account.unscoped.get(id=account.id)  # unscoped: as stored


def entries() -> list[tuple[str, str, str]]:
    rows = JournalEntry.unscoped.order_by("id")  # unscoped: the whole journal
    return [(entry.event, entry.data["name"], entry.reason) for entry in rows]


def test_a_reseller_suspends_and_resumes_its_client(world: World) -> None:
    with world.scope("rosa") as actor:
        operations.suspend_account(ref=world.carl.ref, reason="Has not paid", actor=actor, at=LATER)
        suspended = stored(world.carl)
        operations.resume_account(ref=world.carl.ref, actor=actor, at=LATER)
    assert (suspended.state, suspended.state_since, suspended.state_reason) == ("suspended", LATER, "Has not paid")
    assert (stored(world.carl).state, stored(world.carl).state_reason) == ("active", "")
    assert entries() == [
        ("account.suspended", "Carl’s Kitchen", "Has not paid"),
        ("account.resumed", "Carl’s Kitchen", ""),
    ]
    parents = set(JournalEntry.unscoped.values_list("parent_id", flat=True))  # unscoped: the whole journal
    assert parents == {world.rosa.id}


def test_an_invited_account_is_invited_again_when_resumed_unless_somebody_moved_in(world: World) -> None:
    with world.scope("rosa") as actor:
        operations.suspend_account(ref=world.elan.ref, reason="wait", actor=actor, at=AT)
        operations.resume_account(ref=world.elan.ref, actor=actor, at=AT)
        assert stored(world.elan).state == "invited"
        operations.suspend_account(ref=world.elan.ref, reason="wait", actor=actor, at=AT)
        operations.activate_account(ref=world.elan.ref, actor=actor, at=AT)
        assert stored(world.elan).state == "suspended"
        operations.resume_account(ref=world.elan.ref, actor=actor, at=AT)
    assert stored(world.elan).state == "active"


OPERATIONS = [
    lambda ref, actor: operations.suspend_account(ref=ref, reason="x", actor=actor, at=AT),
    lambda ref, actor: operations.resume_account(ref=ref, actor=actor, at=AT),
    lambda ref, actor: operations.close_account(ref=ref, reason="x", actor=actor, at=AT),
    lambda ref, actor: operations.reopen_account(ref=ref, actor=actor, at=AT),
    lambda ref, actor: operations.change_details(ref=ref, changes={"name": "Mine"}, version=None, actor=actor, at=AT),
    lambda ref, actor: operations.change_ownership(ref=ref, ownership="client", actor=actor, at=AT),
    lambda ref, actor: operations.set_tags(ref=ref, tags=["mine"], actor=actor, at=AT),
    lambda ref, actor: operations.assign_responsible(ref=ref, responsible_id=1, actor=actor, at=AT),
    lambda ref, actor: operations.mark_demonstration(ref=ref, until=LATER, actor=actor, at=AT),
    lambda ref, actor: operations.extend_demonstration(ref=ref, until=LATER, actor=actor, at=AT),
    lambda ref, actor: operations.turn_prospect_into_client(ref=ref, actor=actor, at=AT),
    lambda ref, actor: operations.mark_invited(ref=ref, actor=actor, at=AT),
]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("person", "account"),
    [
        ("rosa", "bakery"),  # another reseller's client
        ("remo", "carl"),
        ("rosa", "remo"),  # another reseller
        ("rosa", "dora"),  # a direct account
        ("rosa", "vendor"),
        ("rico", "elan"),  # the same reseller's client, outside this person's reach
        ("vera", "carl"),  # the vendor does not reach over its resellers
        ("carl", "bakery"),
        ("dora", "carl"),
        ("ruth", "carl"),  # may only look
        ("cleo", "carl"),  # neither owner nor settings
    ],
)
def test_what_is_not_yours_is_not_found_and_nothing_moves(
    world: World, operation: object, person: str, account: str
) -> None:
    target: Account = getattr(world, account)
    before = Account.unscoped.filter(id=target.id).values().get()  # unscoped: as stored
    with world.scope(person) as actor, pytest.raises((NotFound, Forbidden)) as refused:
        operation(target.ref, actor)  # type: ignore[operator]
    if person in {"rosa", "remo", "rico", "vera"}:
        assert refused.type is NotFound
    assert Account.unscoped.filter(id=target.id).values().get() == before  # unscoped: as stored
    assert entries() == []


@pytest.mark.parametrize("ref", ["acc_" + "2" * 14, "acc_", "x", "", "acc_'; DROP", "\x00", "usr_" + "2" * 14])
def test_rubbish_instead_of_a_reference_is_not_found(world: World, ref: str) -> None:
    with world.scope("rosa") as actor, pytest.raises(NotFound):
        operations.suspend_account(ref=ref, reason="x", actor=actor, at=AT)


@pytest.mark.parametrize(
    ("state", "operation", "code"),
    [
        ("prospect", "suspend_account", "backwards"),
        ("closed", "suspend_account", "backwards"),
        ("suspended", "suspend_account", "same"),
        ("active", "resume_account", "not-suspended"),
        ("closed", "resume_account", "not-suspended"),
        ("closed", "close_account", "same"),
        ("active", "reopen_account", "not-closed"),
        ("closed", "reopen_account", "ended"),
        ("closed", "activate_account", "backwards"),
    ],
)
def test_an_unlawful_change_of_state_is_refused(world: World, state: str, operation: str, code: str) -> None:
    Account.unscoped.filter(id=world.carl.id).update(state=state)  # unscoped: set up
    call = getattr(operations, operation)
    with world.scope("rosa") as actor, pytest.raises(Refusal) as refused:
        call(ref=world.carl.ref, reason="x", actor=actor, at=AT)
    assert refused.value.code == code
    assert refused.value.sentence
    assert (stored(world.carl).state, entries()) == (state, [])


def test_a_closed_account_can_be_taken_back_for_thirty_days(world: World) -> None:
    with world.scope("rosa") as actor:
        operations.close_account(ref=world.zorba.ref, reason="Moved away", actor=actor, at=AT)
        closed = stored(world.zorba)
        assert (closed.state, closed.gone_at) == ("closed", AT + timedelta(days=30))
        late = AT + timedelta(days=30)
        with pytest.raises(operations.CannotReopenAccount):
            operations.reopen_account(ref=world.zorba.ref, actor=actor, at=late)
        operations.reopen_account(ref=world.zorba.ref, actor=actor, at=late - timedelta(seconds=1))
    again = stored(world.zorba)
    assert (again.state, again.gone_at, again.state_before_close) == ("suspended", None, "")
    assert [event for event, _, _ in entries()] == ["account.closed", "account.reopened"]


def test_the_job_ends_what_nobody_took_back_and_only_that(world: World) -> None:
    with world.scope("rosa") as actor:
        operations.close_account(ref=world.zorba.ref, reason="x", actor=actor, at=AT)
        operations.close_account(ref=world.elan.ref, reason="x", actor=actor, at=AT + timedelta(days=1))
    machine = queries.installation_actor(name="Schedule", via="job")
    with platform_scope("test"):
        assert operations.end_closed_accounts(actor=machine, at=AT + timedelta(days=30)) == 1
        assert operations.end_closed_accounts(actor=machine, at=AT + timedelta(days=30)) == 0
    with world.scope("rosa") as actor:
        assert queries.client_facts(actor, world.zorba.ref).ended
        assert queries.client_facts(actor, world.elan.ref).grace_until == AT + timedelta(days=31)
        with pytest.raises(operations.CannotReopenAccount):
            operations.reopen_account(ref=world.zorba.ref, actor=actor, at=AT)
        with pytest.raises(operations.CannotChangeDetails) as refused:
            operations.change_details(ref=world.zorba.ref, changes={"name": "Z"}, version=None, actor=actor, at=AT)
    assert refused.value.code == "ended"
    assert entries()[-1][:2] == ("account.ended", "Zorba Sports Club")


def test_whoever_owns_the_account_closes_it(world: World) -> None:
    with world.scope("carl") as carl, pytest.raises(operations.CannotCloseAccount) as refused:
        operations.close_account(ref=world.carl.ref, reason="x", actor=carl, at=AT)
    assert refused.value.code == "reseller-owns"
    with world.scope("rosa") as rosa:
        operations.change_ownership(ref=world.carl.ref, ownership="client", actor=rosa, at=AT)
        with pytest.raises(operations.CannotCloseAccount) as refused:
            operations.close_account(ref=world.carl.ref, reason="x", actor=rosa, at=AT)
        assert refused.value.code == "client-owns"
        with pytest.raises(operations.CannotChangeOwnership):
            operations.change_ownership(ref=world.carl.ref, ownership="reseller", actor=rosa, at=AT)
    rosa_as_carl = replace(
        world.actor("carl"),
        impersonator=Impersonator(
            user_id=world.users["rosa"].id,
            name="Rosa",
            account_id=world.rosa.id,
            impersonation_ref="ims_x",
            mode="client",
        ),
    )
    with actor_scope(rosa_as_carl), pytest.raises(CannotWhileImpersonating):
        operations.close_account(ref=world.carl.ref, reason="x", actor=rosa_as_carl, at=AT)
    assert stored(world.carl).state == "active"
    with world.scope("carl") as carl:
        operations.close_account(ref=world.carl.ref, reason="Retiring", actor=carl, at=AT)
        operations.reopen_account(ref=world.carl.ref, actor=carl, at=AT)
        operations.change_ownership(ref=world.carl.ref, ownership="reseller", actor=carl, at=AT)
    assert (stored(world.carl).state, stored(world.carl).ownership) == ("active", "reseller")


def test_the_vendor_closes_a_reseller_only_without_open_clients(world: World) -> None:
    with world.scope("vera") as actor:
        operations.suspend_account(ref=world.remo.ref, reason="x", actor=actor, at=AT)
        with pytest.raises(operations.CannotCloseAccount) as refused:
            operations.close_account(ref=world.remo.ref, reason="x", actor=actor, at=AT)
        assert refused.value.code == "has-clients"
        Account.unscoped.filter(id=world.bakery.id).update(state="closed")  # unscoped: set up
        operations.close_account(ref=world.remo.ref, reason="x", actor=actor, at=AT)
        operations.close_account(ref=world.dora.ref, reason="x", actor=actor, at=AT)
        with pytest.raises(Forbidden):
            operations.close_account(ref=world.vendor.ref, reason="x", actor=actor, at=AT)
    assert (stored(world.remo).state, stored(world.dora).state, stored(world.vendor).state) == (
        "closed", "closed", "active",
    )  # fmt: skip


def test_a_person_who_moves_in_activates_the_account_once(world: World) -> None:
    Account.unscoped.filter(id=world.carl.id).update(state="invited")  # unscoped: set up
    with world.scope("cleo") as actor:
        operations.activate_account(ref=world.carl.ref, actor=actor, at=AT)
        operations.activate_account(ref=world.carl.ref, actor=actor, at=AT)
    assert stored(world.carl).state == "active"
    assert [event for event, _, _ in entries()] == ["account.activated"]


def test_a_demonstration_is_prolonged_won_or_lapses(world: World) -> None:
    machine = queries.installation_actor(name="Schedule", via="job")
    with world.scope("rosa") as actor:
        show = operations.create_client(actor=actor, at=AT, name="Show", state="prospect", demo_until=LATER)
        won = operations.create_client(actor=actor, at=AT, name="Won", state="prospect", demo_until=LATER)
        longer = LATER + timedelta(days=4)
        operations.extend_demonstration(ref=show.ref, until=longer, actor=actor, at=AT)
        operations.turn_prospect_into_client(ref=won.ref, actor=actor, at=AT)
        with pytest.raises(operations.CannotMarkDemonstration):
            operations.mark_demonstration(ref=show.ref, until=LATER, actor=actor, at=AT)
        with pytest.raises(operations.CannotExtendDemonstration):
            operations.extend_demonstration(ref=won.ref, until=LATER, actor=actor, at=AT)
        with pytest.raises(operations.CannotTurnProspectIntoClient):
            operations.turn_prospect_into_client(ref=won.ref, actor=actor, at=AT)
    with platform_scope("test"):
        assert operations.close_lapsed_demonstrations(actor=machine, at=LATER) == 0
        assert operations.close_lapsed_demonstrations(actor=machine, at=longer) == 1
        assert operations.close_lapsed_demonstrations(actor=machine, at=longer) == 0
    assert (stored(won).state, stored(won).demo_until) == ("active", None)
    assert (stored(show).state, stored(show).gone_at) == ("closed", longer + timedelta(days=30))
    with world.scope("rosa") as actor:
        operations.reopen_account(ref=show.ref, actor=actor, at=longer)
    assert (stored(show).state, stored(show).demo_until) == ("prospect", longer + timedelta(days=14))
    assert [event for event, _, _ in entries()] == [
        "client.created", "client.created", "demonstration.extended", "prospect.turned_into_client",
        "demonstration.lapsed", "account.reopened",
    ]  # fmt: skip
