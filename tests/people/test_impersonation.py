"""Acting in a client's account: who may begin, on which host, how it ends, and that nothing is added by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.accounts.operations import change_details
from sublet.core.rights import FLOOR, Level
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound, Refusal
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.people import operations, queries
from sublet.people.models import Collaborator, Impersonation, ImpersonationRequest, User
from sublet.people.queries.entry import Entry
from tests.people import AT, CARL_HOST, ROSA_HOST, VENDOR_HOST, World

HERE, THERE = "a" * 64, "b" * 64  # digests of browser sessions, on the reseller's host and on the client's
REASON = "Checking the opening hours"


def begin(
    world: World, by: str = "rosa", client: str = "elan", mode: str = "reseller", **more: object
) -> operations.Begun:
    values = {"reason": REASON, "session_hash": HERE, "second_factor_at": AT, "at": AT, **more}
    with world.scope(by) as actor:
        return operations.begin_impersonation(
            client_ref=getattr(world, client).ref,
            mode=mode,
            actor=actor,
            **values,  # type: ignore[arg-type]
        )


def cross(
    begun: operations.Begun, *, at: datetime = AT, host: str = CARL_HOST, session: str = THERE
) -> operations.Entered:
    with platform_scope("test"):
        return operations.enter_with_code(code=begun.code, session_hash=session, host=host, at=at)


def entry(
    world: World,
    begun: operations.Begun,
    client: str = "elan",
    *,
    host: str = ROSA_HOST,
    session: str = HERE,
    at: datetime = AT,
) -> Entry | None:
    with platform_scope("test"):
        return queries.enter_as(
            impersonation_ref=begun.impersonation_ref,
            session_hash=session,
            account_ref=getattr(world, client).ref,
            host=host,
            request_id="r",
            at=at,
        )


def events() -> list[str]:
    found = JournalEntry.unscoped.filter(event__startswith="impersonation.").order_by("id")
    return [f"{each.event} {each.data.get('ended_by', '')}".strip() for each in found]


# Beginning ------------------------------------------------------------------------------------------------------------


def test_a_visit_to_a_client_without_a_host_goes_on_in_the_same_session(world: World) -> None:
    begun = begin(world)
    assert (begun.host, begun.code) == (ROSA_HOST, "")
    found = entry(world, begun)
    assert found is not None
    assert found.account.id == world.elan.id
    assert found.actor.name == "Rosa Ricci"
    assert found.actor.impersonator is not None
    assert found.actor.impersonator.mode == "reseller"
    assert set(found.actor.rights.levels) >= FLOOR  # brand and subscription, which the client never sees
    (told,) = JournalEntry.unscoped.filter(event="impersonation.started")
    assert (told.account_id, told.parent_id, told.reason, told.actor_name) == (
        world.elan.id, world.rosa.id, REASON, "Rosa Ricci",
    )  # fmt: skip
    assert told.data["acting_as"] == "Rosa Web Studio"


def test_acting_as_the_client_is_exactly_what_that_person_may_and_no_new_access(world: World) -> None:
    begun = begin(world, client="carl", mode="client")
    cross(begun)
    found = entry(world, begun, "carl", host=CARL_HOST, session=THERE)
    assert found is not None
    own = world.actor("carl").rights
    assert found.actor.user_id == world.users["carl"].id
    assert found.actor.is_owner
    assert found.actor.rights.within(own)
    assert {key for key in own.levels if found.actor.rights.level(key) != own.level(key)} == {"team", "keys"}
    assert found.actor.rights.level("team") == found.actor.rights.level("keys") == Level.VIEW


def test_one_of_the_clients_people_is_chosen(world: World) -> None:
    begun = begin(world, client="carl", mode="client", collaborator_ref=world.places["cleo"].ref)
    cross(begun)
    found = entry(world, begun, "carl", host=CARL_HOST, session=THERE)
    assert found is not None
    assert found.actor.rights.as_words() == {"product.content": "manage"}
    assert found.actor.name == "Cleo Costa"


def test_staff_that_only_looks_changes_nothing_inside_either(world: World) -> None:
    for mode in ("reseller", "client"):
        begun = begin(world, by="ruth", client="carl", mode=mode)
        cross(begun)
        found = entry(world, begun, "carl", host=CARL_HOST, session=THERE)
        assert found is not None
        assert max(found.actor.rights.levels.values()) == Level.VIEW


@pytest.mark.parametrize(
    ("by", "client", "fault"),
    [
        ("rico", "elan", NotFound),  # outside the reach
        ("rosa", "bakery", NotFound),  # another reseller's client
        ("rosa", "dora", NotFound),
        ("rosa", "rosa", NotFound),
        ("rosa", "remo", NotFound),
        ("carl", "elan", Forbidden),
        ("carl", "carl", Forbidden),
        ("cleo", "carl", Forbidden),
        ("vera", "carl", Forbidden),  # the vendor has no way around the reseller
        ("dora", "elan", Forbidden),
        ("remo", "carl", NotFound),
    ],
)
def test_nobody_else_begins(world: World, by: str, client: str, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        begin(world, by=by, client=client)
    assert (Impersonation.unscoped.count(), events()) == (0, [])


@pytest.mark.parametrize("reason", ["", "too short", "         ", "a b c d e", "\n\n\n\n\n\n\n\n\n\n\n"])
def test_a_reason_of_ten_characters_is_needed(world: World, reason: str) -> None:
    with pytest.raises(operations.CannotImpersonate) as refusal:
        begin(world, reason=reason)
    assert (refusal.value.code, refusal.value.field) == ("reason-too-short", "reason")
    assert Impersonation.unscoped.count() == 0


def test_what_cannot_be_begun_is_refused(world: World) -> None:
    for values, code in (
        ({"mode": "owner"}, "mode"),
        ({"mode": "client"}, "nobody"),  # nobody of Élan can log in yet
    ):
        with pytest.raises(operations.CannotImpersonate) as refusal:
            begin(world, **values)
        assert refusal.value.code == code
    with pytest.raises(NotFound):
        begin(world, client="carl", mode="client", collaborator_ref=world.places["nora"].ref)
    with pytest.raises(NotFound):
        begin(world, session_hash="")
    assert Impersonation.unscoped.count() == 0


def test_a_client_that_nobody_serves_is_not_entered_on_the_vendors_host(world: World) -> None:
    from sublet.branding.models import Domain
    from sublet.branding.queries import forget_hosts

    Domain.unscoped.filter(account=world.rosa).update(state="released")
    forget_hosts()
    with pytest.raises(operations.CannotImpersonate) as refusal:
        begin(world)
    assert refusal.value.code == "no-host"


def test_visits_are_never_nested_and_never_begun_by_machines(world: World) -> None:
    found = entry(world, begin(world))
    assert found is not None
    nested = replace(world.actor("rosa"), impersonator=found.actor.impersonator)
    key = replace(world.actor("rosa"), user_id=None, key_ref="key_23456789")
    for actor in (nested, key):
        with actor_scope(actor), pytest.raises(CannotWhileImpersonating):
            operations.begin_impersonation(
                client_ref=world.carl.ref,
                mode="reseller",
                reason=REASON,
                session_hash=HERE,
                second_factor_at=AT,
                actor=actor,
                at=AT,
            )
    with actor_scope(found.actor), pytest.raises(Refusal):
        operations.begin_impersonation(
            client_ref=world.elan.ref,
            mode="reseller",
            reason=REASON,
            session_hash=HERE,
            second_factor_at=AT,
            actor=found.actor,
            at=AT,
        )
    assert Impersonation.unscoped.count() == 1


def test_a_suspended_client_is_still_entered_by_its_reseller(world: World) -> None:
    assert entry(world, begin(world, client="zorba"), "zorba") is not None


# Crossing to the client's own host ------------------------------------------------------------------------------------


def test_a_client_on_its_own_host_is_entered_by_a_code_that_works_once(world: World) -> None:
    begun = begin(world, client="carl")
    row = Impersonation.unscoped.get()
    assert (begun.host, row.session_hash) == (CARL_HOST, "")
    assert len(begun.code) >= 43
    assert begun.code not in str(row.__dict__)
    assert entry(world, begun, "carl", host=CARL_HOST, session="") is None  # nobody has it yet
    cross(begun, at=AT + timedelta(seconds=59))
    assert entry(world, begun, "carl", host=CARL_HOST, session=THERE) is not None
    assert entry(world, begun, "carl", host=ROSA_HOST, session=HERE) is None
    with pytest.raises(operations.CannotEnter):
        cross(begun, at=AT + timedelta(seconds=59), session="c" * 64)
    assert entry(world, begun, "carl", host=CARL_HOST, session="c" * 64) is None


@pytest.mark.parametrize("host", [ROSA_HOST, VENDOR_HOST, "remo.localhost", ""])
def test_a_code_is_good_on_the_clients_host_only(world: World, host: str) -> None:
    with pytest.raises(operations.CannotEnter):
        cross(begin(world, client="carl"), host=host)
    assert Impersonation.unscoped.get().session_hash == ""


def test_a_code_is_over_after_a_minute(world: World) -> None:
    begun = begin(world, client="carl")
    with pytest.raises(operations.CannotEnter):
        cross(begun, at=AT + timedelta(seconds=60))
    assert entry(world, begun, "carl", host=CARL_HOST, session=THERE) is None


@pytest.mark.parametrize("code", ["", "x", "\x00", "x" * 10_000, "\udcff"])
def test_a_code_that_never_was_opens_nothing(world: World, code: str) -> None:
    begun = replace(begin(world, client="carl"), code=code)
    with pytest.raises(operations.CannotEnter):
        cross(begun)


# Ending ---------------------------------------------------------------------------------------------------------------


def test_a_visit_ends_by_itself_after_half_an_hour_without_use(world: World) -> None:
    begun = begin(world)
    almost = AT + timedelta(minutes=29, seconds=59)
    found = entry(world, begun, at=almost)
    assert found is not None
    assert found.impersonation_id is not None
    operations.note_impersonated_request(
        impersonation_id=found.impersonation_id, method="GET", path="/x", status=200, request_id="r", at=almost
    )
    assert entry(world, begun, at=almost + timedelta(minutes=29)) is not None
    assert entry(world, begun, at=almost + timedelta(minutes=30)) is None
    assert operations.end_overdue_impersonations(at=almost + timedelta(minutes=30)) == 1
    assert operations.end_overdue_impersonations(at=almost + timedelta(minutes=31)) == 0
    assert events() == ["impersonation.started", "impersonation.ended idle"]


def test_a_visit_ends_by_itself_after_an_hour_whatever_is_done(world: World) -> None:
    begun = begin(world)
    Impersonation.unscoped.update(last_used_at=AT + timedelta(hours=1))
    assert entry(world, begun, at=AT + timedelta(minutes=59)) is not None
    assert entry(world, begun, at=AT + timedelta(hours=1)) is None
    operations.end_overdue_impersonations(at=AT + timedelta(hours=1))
    assert events() == ["impersonation.started", "impersonation.ended time"]


@pytest.mark.parametrize(
    "how",
    [
        "removed",
        "level",
        "reach",
        "disabled",
        "epoch",
        "moved",
        "reseller-closed",
        "person-gone",
        "person-disabled",
        "session",
        "host",
    ],
)
def test_what_was_taken_away_ends_a_visit_at_once(world: World, how: str) -> None:
    begun = begin(world, by="rico", client="carl", mode="client", collaborator_ref=world.places["cleo"].ref)
    cross(begun)
    assert entry(world, begun, "carl", host=CARL_HOST, session=THERE) is not None
    staff = Collaborator.unscoped.filter(id=world.places["rico"].id)
    person = User.objects.filter(id=world.users["rico"].id)
    host, session = CARL_HOST, THERE
    if how == "removed":
        staff.update(ended_at=AT)
    elif how == "level":
        staff.update(rights_words={})
    elif how == "reach":
        world.places["rico"].reach.all().delete()
    elif how == "disabled":
        person.update(is_active=False)
    elif how == "epoch":
        person.update(session_epoch=7)
    elif how == "moved":
        Account.unscoped.filter(id=world.carl.id).update(parent=world.remo)
    elif how == "reseller-closed":
        Account.unscoped.filter(id=world.rosa.id).update(state="closed")
    elif how == "person-gone":
        Collaborator.unscoped.filter(id=world.places["cleo"].id).update(ended_at=AT)
    elif how == "person-disabled":
        User.objects.filter(id=world.users["cleo"].id).update(is_active=False)
    elif how == "session":
        session = HERE
    else:
        host = ROSA_HOST
    assert entry(world, begun, "carl", host=host, session=session) is None


def test_the_person_behind_it_ends_a_visit_and_ending_twice_changes_nothing(world: World) -> None:
    begun = begin(world)
    for _ in range(2):
        with platform_scope("test"):
            over = operations.end_impersonation(
                impersonation_ref=begun.impersonation_ref, session_hash=HERE, host=ROSA_HOST, at=AT
            )
        assert (over.reseller_ref, over.origin_host, over.ended_by) == (world.rosa.ref, ROSA_HOST, "person")
    assert entry(world, begun) is None
    assert events() == ["impersonation.started", "impersonation.ended person"]


@pytest.mark.parametrize(("session", "host"), [(THERE, ROSA_HOST), ("", ROSA_HOST), (HERE, CARL_HOST)])
def test_another_browser_ends_nothing(world: World, session: str, host: str) -> None:
    begun = begin(world)
    with platform_scope("test"), pytest.raises(NotFound):
        operations.end_impersonation(impersonation_ref=begun.impersonation_ref, session_hash=session, host=host, at=AT)
    assert entry(world, begun) is not None


def test_a_code_that_was_not_used_dies_with_its_visit(world: World) -> None:
    begun = begin(world, client="carl")
    operations.end_impersonations_of_session(session_hash=HERE, at=AT)
    with pytest.raises(operations.CannotEnter):
        cross(begun)
    assert events() == ["impersonation.started", "impersonation.ended log-out"]


def test_logging_out_ends_the_visits_of_that_session_alone(world: World) -> None:
    here, other = begin(world), begin(world, session_hash=THERE)
    operations.end_impersonations_of_session(session_hash=HERE, at=AT)
    assert entry(world, here) is None
    assert entry(world, other, session=THERE) is not None
    operations.end_impersonations_of_session(session_hash="", at=AT)
    assert entry(world, other, session=THERE) is not None


def test_ending_all_log_ins_ends_the_visits(world: World) -> None:
    begun = begin(world)
    operations.end_impersonations_of_person(user_id=world.users["rosa"].id, at=AT)
    assert entry(world, begun) is None
    assert events() == ["impersonation.started", "impersonation.ended access"]


def test_two_visits_in_two_modes_go_on_side_by_side(world: World) -> None:
    first, second = begin(world, client="carl"), begin(world, client="carl", mode="client")
    cross(first)
    cross(second)
    modes = []
    for begun in (first, second):
        found = entry(world, begun, "carl", host=CARL_HOST, session=THERE)
        assert found is not None
        assert found.actor.impersonator is not None
        modes.append(found.actor.impersonator.mode)
    assert modes == ["reseller", "client"]


# What is written down -------------------------------------------------------------------------------------------------


def test_each_request_is_recorded_in_two_statements(world: World) -> None:
    begin(world)
    row = Impersonation.unscoped.get()
    with CaptureQueriesContext(connection) as found:
        operations.note_impersonated_request(
            impersonation_id=row.id, method="POST", path="/client/x/" + "y" * 400, status=302, request_id="r", at=AT
        )
    assert [query["sql"].split()[0] for query in found if "SAVEPOINT" not in query["sql"]] == ["INSERT", "UPDATE"]
    request = ImpersonationRequest.unscoped.get()
    assert (request.method, len(request.path), request.status) == ("POST", 300, 302)


def test_a_request_that_cannot_be_recorded_does_not_fail(world: World, caplog: pytest.LogCaptureFixture) -> None:
    operations.note_impersonated_request(
        impersonation_id=1, method="GET", path="/", status=10**12, request_id="r", at=AT
    )
    begin(world)
    assert Impersonation.unscoped.count() == 1


def test_what_is_done_meanwhile_carries_both_identities(world: World) -> None:
    begun = begin(world, client="carl")
    cross(begun)
    found = entry(world, begun, "carl", host=CARL_HOST, session=THERE)
    assert found is not None
    with actor_scope(found.actor):
        change_details(ref=world.carl.ref, changes={"city": "Napoli"}, version=None, actor=found.actor, at=AT)
    told = JournalEntry.unscoped.get(event="account.details_changed")
    assert (told.actor_account_id, told.impersonator_name, told.impersonation_ref) == (
        world.carl.id, "Rosa Ricci", begun.impersonation_ref,
    )  # fmt: skip


def test_a_visitor_in_the_clients_place_changes_no_access(world: World) -> None:
    begun = begin(world, client="carl", mode="client")
    cross(begun)
    found = entry(world, begun, "carl", host=CARL_HOST, session=THERE)
    assert found is not None
    actor = found.actor
    with actor_scope(actor):
        for act in (
            lambda: operations.invite_collaborator(
                account_ref=world.carl.ref, email="x@y.test", rights={}, actor=actor, at=AT
            ),
            lambda: operations.change_rights(
                account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, rights={}, actor=actor, at=AT
            ),
            lambda: operations.remove_collaborator(
                account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, actor=actor, at=AT
            ),
            lambda: operations.leave_account(account_ref=world.carl.ref, actor=actor, at=AT),
            lambda: operations.create_key(name="x", rights={"team": "view"}, actor=actor, at=AT),
            lambda: operations.hand_over_ownership(
                account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, actor=actor, at=AT
            ),
        ):
            with pytest.raises((Forbidden, CannotWhileImpersonating)):
                act()
    assert Collaborator.unscoped.filter(account=world.carl, ended_at__isnull=True).count() == 2


# Reading --------------------------------------------------------------------------------------------------------------


def test_the_client_and_its_reseller_read_who_was_there(world: World) -> None:
    begun = begin(world, client="carl", mode="client")
    row = Impersonation.unscoped.get()
    for number in range(3):
        operations.note_impersonated_request(
            impersonation_id=row.id,
            method="POST" if number == 2 else "GET",
            path=f"/client/{number}/",
            status=200,
            request_id="r",
            at=AT + timedelta(minutes=number),
        )
    for by in ("carl", "rosa", "rico"):
        with world.scope(by) as actor:
            page = queries.visits_of_client(actor, client_ref=world.carl.ref)
            one = queries.requests_of_visit(
                actor, client_ref=world.carl.ref, impersonation_ref=begun.impersonation_ref, size=2
            )
            rest = queries.requests_of_visit(
                actor, client_ref=world.carl.ref, impersonation_ref=begun.impersonation_ref, cursor=one.next_cursor
            )
        assert [(each.staff, each.acting_as, each.mode, each.reason, each.requests) for each in page.rows] == [
            ("Rosa Ricci", "Carl Conti", "client", REASON, 3)
        ]
        assert [(each.method, each.path, each.changed) for each in (*one.rows, *rest.rows)] == [
            ("POST", "/client/2/", True),
            ("GET", "/client/1/", False),
            ("GET", "/client/0/", False),
        ]
        assert one.changes == 1


@pytest.mark.parametrize(
    ("by", "client", "fault"),
    [("cleo", "carl", Forbidden), ("remo", "carl", NotFound), ("nora", "carl", NotFound), ("rico", "elan", NotFound)],
)
def test_others_do_not_read_who_was_there(world: World, by: str, client: str, fault: type[Exception]) -> None:
    begin(world, client=client)
    with world.scope(by) as actor, pytest.raises((fault, Forbidden)):
        queries.visits_of_client(actor, client_ref=getattr(world, client).ref)


def test_a_visit_is_read_under_its_own_client_only(world: World) -> None:
    begun = begin(world, client="carl")
    with world.scope("rosa") as actor, pytest.raises(NotFound):
        queries.requests_of_visit(actor, client_ref=world.elan.ref, impersonation_ref=begun.impersonation_ref)
