"""Asking for access, answering, narrowing, extending, ending: who may, what follows, and what both sides read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sublet.core.grants import Scope
from sublet.core.rights import Level
from sublet.foundation.actor import Impersonator
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import Collaborator, Grant
from sublet.people.operations import grants
from sublet.people.operations.grant_mails import remind_of_ends
from sublet.people.operations.grants import CannotChangeGrant
from sublet.people.queries.access import who_can_enter
from sublet.people.queries.grants import granted
from tests.people import AT, World

DESIGN = {"product.design": "manage", "product.statistics": "view"}
REASON = "Redesign for the summer menu"
DAY = timedelta(days=1)


@pytest.fixture
def owned(world: World) -> World:
    """Carl owns his account, and has ended the access that came with it."""
    with platform_scope("test"):
        world.carl.ownership = "client"
        world.carl.save(update_fields=["ownership"])
        Grant.objects.filter(account=world.carl).delete()
    return world


def ask(world: World, by: str = "rosa", client: str = "carl", **more: Any) -> grants.Asked:
    values: dict[str, Any] = {"sections": DESIGN, "days": 30, "reason": REASON, "at": AT} | more
    with world.scope(by) as actor:
        return grants.request_grant(client_ref=getattr(world, client).ref, actor=actor, **values)


def do(world: World, by: str, what: Callable[..., None], ref: str, client: str = "carl", **more: Any) -> None:
    with world.scope(by) as actor:
        what(client_ref=getattr(world, client).ref, grant_ref=ref, actor=actor, **({"at": AT} | more))


def scope(world: World, person: str = "rosa", *, client: str = "carl", at: datetime = AT) -> Scope:
    account = getattr(world, client)
    return granted(client_id=account.id, reseller_id=account.parent_id, person=world.users[person].id, at=at)


def born(world: World, client: str = "elan") -> Grant:
    with platform_scope("test"):
        return Grant.objects.get(account=getattr(world, client))


def told() -> list[str]:
    return list(JournalEntry.unscoped.filter(event__startswith="grant.").order_by("id").values_list("event", flat=True))


def mails() -> list[tuple[str, str]]:
    return list(
        OutboxMail.unscoped.filter(template="grant").order_by("created_at", "id").values_list("to_email", "subject")
    )


def test_a_client_that_owns_its_account_approves_what_the_reseller_asks_for(owned: World) -> None:
    asked = ask(owned)
    assert asked.active is False
    assert scope(owned).empty
    do(owned, "carl", grants.approve_grant, asked.ref, at=AT + DAY)
    assert scope(owned, at=AT + DAY).sections.as_words() == DESIGN
    assert scope(owned, at=AT + 31 * DAY).empty  # its days begin with the answer, and the end is not in it
    assert not scope(owned, at=AT + 31 * DAY - timedelta(microseconds=1)).empty
    assert told() == ["grant.requested", "grant.approved"]
    entries = JournalEntry.unscoped.filter(event__startswith="grant.")
    assert set(entries.values_list("account_id", "parent_id")) == {(owned.carl.id, owned.rosa.id)}  # both sides read it
    assert mails() == [
        ("carl@example.test", "Rosa Ricci asks for access to Carl’s Kitchen"),
        ("rosa@example.test", "Access to Carl’s Kitchen was given"),
    ]


def test_a_reseller_that_owns_the_account_gives_and_ends_by_itself(world: World) -> None:
    with platform_scope("test"):
        Grant.objects.filter(account=world.carl).delete()
    asked = ask(world, days=None)
    assert asked.active is True
    assert scope(world).level("product.design") == Level.MANAGE
    do(world, "rosa", grants.end_grant, asked.ref)
    assert scope(world).empty
    assert told() == ["grant.approved", "grant.ended"]


def test_staff_that_does_not_lead_the_team_asks_also_where_the_reseller_decides(world: World) -> None:
    asked = ask(world, by="rico")
    assert asked.active is False
    with pytest.raises(Forbidden):
        do(world, "rico", grants.approve_grant, asked.ref)
    do(world, "rosa", grants.approve_grant, asked.ref)
    assert told() == ["grant.requested", "grant.approved"]


@pytest.mark.parametrize("what", [grants.approve_grant, grants.decline_grant])
def test_the_side_that_does_not_own_the_account_answers_no_request(owned: World, what: Callable[..., None]) -> None:
    asked = ask(owned)
    with pytest.raises(CannotChangeGrant) as refused:
        do(owned, "rosa", what, asked.ref)
    assert refused.value.code == "not-yours"
    assert scope(owned).empty


def test_a_client_whose_reseller_owns_the_account_asks_for_an_end_and_ends_nothing(world: World) -> None:
    row = born(world, "carl")
    tries: tuple[tuple[Callable[..., None], dict[str, Any]], ...] = (
        (grants.end_grant, {}),
        (grants.narrow_grant, {"sections": DESIGN}),
    )
    for what, more in tries:
        with pytest.raises(CannotChangeGrant) as refused:
            do(world, "carl", what, row.ref, **more)
        assert refused.value.code == "not-yours"
    do(world, "carl", grants.request_end_of_grant, row.ref, reason="We work alone now")
    assert scope(world).everywhere == Level.MANAGE
    assert told() == ["grant.end_requested"]
    assert mails() == [("rosa@example.test", "Carl Conti asks that the access to Carl’s Kitchen end")]
    with pytest.raises(CannotChangeGrant):
        do(world, "carl", grants.request_end_of_grant, row.ref, reason="Again")


def test_a_client_that_owns_its_account_gives_unasked_and_ends_at_once_without_notice(owned: World) -> None:
    asked = ask(owned, by="carl", sections={"product.push": "manage"}, days=None)
    assert asked.active is True
    assert scope(owned, "ruth").level("product.push") == Level.MANAGE
    do(owned, "carl", grants.end_grant, asked.ref, reason="Done")
    assert scope(owned, "ruth").empty


def test_the_notice_that_was_agreed_runs_before_the_client_s_end_and_not_before_the_reseller_s(owned: World) -> None:
    asked = ask(owned, notice_days=10, days=None)
    do(owned, "carl", grants.approve_grant, asked.ref)
    do(owned, "carl", grants.end_grant, asked.ref, at=AT + DAY)
    assert not scope(owned, at=AT + 11 * DAY - timedelta(seconds=1)).empty
    assert scope(owned, at=AT + 11 * DAY).empty
    do(owned, "rosa", grants.end_grant, asked.ref, at=AT + 2 * DAY)
    assert scope(owned, at=AT + 2 * DAY).empty


def test_narrowing_is_effective_at_once_and_never_widens(owned: World) -> None:
    asked = ask(owned)
    do(owned, "carl", grants.approve_grant, asked.ref)
    with pytest.raises(CannotChangeGrant) as refused:
        do(owned, "carl", grants.narrow_grant, asked.ref, sections={"product.push": "view"})
    assert refused.value.code == "wider"
    do(owned, "carl", grants.narrow_grant, asked.ref, sections={"product.design": "view"})
    assert scope(owned).sections.as_words() == {"product.design": "view"}
    assert told()[-1] == "grant.narrowed"


def test_narrowing_under_notice_leaves_what_was_agreed_until_then(owned: World) -> None:
    asked = ask(owned, notice_days=5, days=None)
    do(owned, "carl", grants.approve_grant, asked.ref)
    do(owned, "carl", grants.narrow_grant, asked.ref, sections={"product.design": "view"}, at=AT + DAY)
    assert scope(owned, at=AT + 5 * DAY).sections.as_words() == DESIGN
    assert scope(owned, at=AT + 6 * DAY).sections.as_words() == {"product.design": "view"}


def test_an_access_to_chosen_people_lets_nobody_else_in(owned: World) -> None:
    asked = ask(owned, people=[owned.places["ruth"].ref])
    do(owned, "carl", grants.approve_grant, asked.ref)
    assert [scope(owned, who).empty for who in ("ruth", "rosa", "rico")] == [False, True, True]
    with pytest.raises(CannotChangeGrant) as refused:
        ask(owned, people=[owned.places["remo"].ref])
    assert refused.value.code == "people"


def test_what_runs_out_is_written_down_and_what_goes_on_goes_on(owned: World) -> None:
    short, long = ask(owned, days=5), ask(owned, days=10, extend=True)
    late = ask(owned, days=1)
    for each in (short, long):
        do(owned, "carl", grants.approve_grant, each.ref)
    with platform_scope("test"):
        assert grants.run_out(actor=owned.actor("vera"), at=AT + 4 * DAY) == 0
        assert grants.run_out(actor=owned.actor("vera"), at=AT + 14 * DAY) == 3
        assert grants.run_out(actor=owned.actor("vera"), at=AT + 14 * DAY) == 0
        found = {row.ref: (row.state, row.ends_at) for row in Grant.objects.filter(account=owned.carl)}
    assert found == {
        short.ref: ("lapsed", AT + 5 * DAY),
        long.ref: ("active", AT + 20 * DAY),
        late.ref: ("lapsed", None),
    }
    assert told()[-3:] == ["grant.lapsed", "grant.extended", "grant.lapsed"]


def test_what_goes_on_by_itself_never_pauses(owned: World) -> None:
    """It is extended before its end: otherwise nobody would get in, and open visits would end, until the next run."""
    asked = ask(owned, days=10, extend=True)
    do(owned, "carl", grants.approve_grant, asked.ref)
    end, quarter = AT + 10 * DAY, timedelta(minutes=15)
    open_all_along = []
    with platform_scope("test"):
        assert grants.run_out(actor=owned.actor("vera"), at=end - timedelta(hours=1, seconds=1)) == 0
    for run in range(-5, 5):
        with platform_scope("test"):
            grants.run_out(actor=owned.actor("vera"), at=end + run * quarter + timedelta(minutes=1))
        open_all_along.append(not scope(owned, at=end + (run + 1) * quarter).empty)
    assert open_all_along == [True] * 10
    assert told().count("grant.extended") == 1
    with platform_scope("test"):
        row = Grant.objects.get(ref=asked.ref)
    assert row.ends_at == AT + 20 * DAY
    do(owned, "carl", grants.end_grant, asked.ref, at=AT + 11 * DAY)
    assert scope(owned, at=AT + 11 * DAY).empty


def test_what_another_reseller_stands_above_runs_to_its_end_and_no_further(owned: World) -> None:
    asked = ask(owned, days=10, extend=True)
    do(owned, "carl", grants.approve_grant, asked.ref)
    with platform_scope("test"):
        type(owned.carl).objects.filter(id=owned.carl.id).update(parent_id=owned.remo.id)
        assert grants.run_out(actor=owned.actor("vera"), at=AT + 10 * DAY - timedelta(minutes=1)) == 0
        assert grants.run_out(actor=owned.actor("vera"), at=AT + 10 * DAY) == 1
        assert Grant.objects.get(ref=asked.ref).state == "lapsed"


def test_both_sides_are_reminded_once_of_an_end_that_is_near(owned: World) -> None:
    asked = ask(owned)
    do(owned, "carl", grants.approve_grant, asked.ref)
    before = len(mails())
    with platform_scope("test"):
        assert remind_of_ends(actor=owned.actor("vera"), at=AT + 26 * DAY) == 0
        assert remind_of_ends(actor=owned.actor("vera"), at=AT + 28 * DAY) == 1
        assert remind_of_ends(actor=owned.actor("vera"), at=AT + 28 * DAY) == 0
    subject = "Access to Carl’s Kitchen is about to end"
    assert sorted(mails()[before:]) == [("carl@example.test", subject), ("rosa@example.test", subject)]
    do(owned, "carl", grants.extend_grant, asked.ref, days=30, at=AT + 29 * DAY)
    assert not scope(owned, at=AT + 59 * DAY).empty


def test_a_reseller_s_mail_and_a_client_s_mail_lead_to_the_page_on_their_own_host(owned: World) -> None:
    do(owned, "carl", grants.approve_grant, ask(owned).ref)
    bodies = list(
        OutboxMail.unscoped.filter(template="grant").order_by("created_at", "id").values_list("text", flat=True)
    )
    assert f"carl.localhost/client/{owned.carl.ref}/access/" in bodies[0]
    assert f"rosa.localhost/reseller/{owned.rosa.ref}/clients/{owned.carl.ref}/access/" in bodies[1]


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("reason-too-short", {"reason": "short"}),
        ("scope-empty", {"sections": {}}),
        ("scope-unknown", {"sections": {"product.nothing": "view"}}),
        ("scope-unknown", {"sections": {"team": "all"}}),
        ("days", {"days": 0}),
        ("days", {"days": 5000}),
        ("notice", {"notice_days": 91}),
        ("people", {"people": []}),
    ],
)
def test_what_cannot_be_asked_for_is_refused_and_nothing_is_kept(owned: World, code: str, more: dict[str, Any]) -> None:
    with pytest.raises(CannotChangeGrant) as refused:
        ask(owned, **more)
    assert refused.value.code == code
    with platform_scope("test"):
        assert Grant.objects.filter(account=owned.carl).count() == 0
    assert told() == []


def test_a_stranger_finds_no_grant(owned: World) -> None:
    ref = ask(owned).ref
    for who in ("remo", "dora", "nora"):
        with pytest.raises(NotFound):
            ask(owned, by=who)
        with pytest.raises(NotFound):
            do(owned, who, grants.end_grant, ref)
        with owned.scope(who) as actor, pytest.raises(NotFound):
            who_can_enter(actor, client_ref=owned.carl.ref, at=AT)
    with pytest.raises(NotFound):
        do(owned, "carl", grants.approve_grant, born(owned, "elan").ref)  # of another client
    with pytest.raises(NotFound):
        ask(owned, by="rico", client="elan")  # outside the reach


@pytest.mark.parametrize(("who", "right"), [("ruth", "clients:manage"), ("cleo", "team:manage")])
def test_who_lacks_the_right_changes_no_access(world: World, who: str, right: str) -> None:
    with pytest.raises(Forbidden) as refused:
        do(world, who, grants.end_grant, born(world, "carl").ref)
    assert refused.value.right == right


def test_nobody_gives_itself_access_inside_a_visit(owned: World) -> None:
    """S3: granting access is refused while acting in another person's place, whatever the mode."""
    ref = ask(owned).ref
    for mode in ("client", "reseller"):
        acting = Impersonator(owned.users["rosa"].id, "Rosa Ricci", owned.rosa.id, "ims_1", mode)
        actor = replace(owned.actor("carl"), impersonator=acting)
        for what in (grants.approve_grant, grants.end_grant):
            with actor_scope(actor), pytest.raises(CannotWhileImpersonating):
                what(client_ref=owned.carl.ref, grant_ref=ref, actor=actor, at=AT)


# Who can enter --------------------------------------------------------------------------------------------------------


def test_the_page_names_everybody_who_can_enter_and_by_what(owned: World) -> None:
    asked = ask(owned)
    with owned.scope("carl") as actor:
        page = who_can_enter(actor, client_ref=owned.carl.ref, at=AT)
    assert [(row.ref, row.may_answer, row.may_end) for row in page.waiting] == [(asked.ref, True, False)]
    assert [(each.name, each.side) for each in page.people] == [("Carl Conti", "client"), ("Cleo Costa", "client")]
    do(owned, "carl", grants.approve_grant, asked.ref)
    with owned.scope("carl") as actor:
        page = who_can_enter(actor, client_ref=owned.carl.ref, at=AT)
    assert [(each.name, each.side, each.summary) for each in page.people[:3]] == [
        ("Rosa Ricci", "reseller", "Design, Statistics (view)"),
        ("Rico Russo", "reseller", "Design, Statistics (view)"),
        ("Ruth Renard", "reseller", "Design (view), Statistics (view)"),  # who only looks
    ]
    assert [(row.may_end, row.may_narrow, row.may_extend, row.may_ask_end) for row in page.running] == [
        (True, True, True, False)
    ]
    with owned.scope("rosa") as actor:
        page = who_can_enter(actor, client_ref=owned.carl.ref, at=AT)
    assert [(row.may_end, row.may_narrow, row.may_extend, row.may_ask_end) for row in page.running] == [
        (True, True, False, False)
    ]


def test_staff_confined_to_other_clients_is_not_among_them(world: World) -> None:
    with world.scope("rosa") as actor:
        page = who_can_enter(actor, client_ref=world.elan.ref, at=AT)
    assert [each.name for each in page.people] == ["Rosa Ricci", "Ruth Renard"]  # Rico reaches Carl only
    with platform_scope("test"):
        Collaborator.objects.filter(id=world.places["ruth"].id).update(ended_at=AT)
    with world.scope("rosa") as actor:
        assert len(who_can_enter(actor, client_ref=world.elan.ref, at=AT).people) == 1


def test_a_wish_for_an_end_or_for_less_is_answered_by_whoever_owns_the_account(world: World) -> None:
    ref = born(world, "carl").ref
    with pytest.raises(CannotChangeGrant) as refused:
        do(world, "rosa", grants.answer_end_request, ref, accept=True)
    assert refused.value.code == "nothing-asked"
    do(world, "carl", grants.request_end_of_grant, ref, reason="We do it ourselves", sections={"team": "view"})
    with pytest.raises(CannotChangeGrant) as refused:
        do(world, "carl", grants.answer_end_request, ref, accept=True)
    assert refused.value.code == "not-yours"
    do(world, "rosa", grants.answer_end_request, ref, accept=False, reason="Until the summer")
    assert scope(world) == Scope(Level.MANAGE)
    do(world, "carl", grants.request_end_of_grant, ref, reason="", sections={"team": "view"})
    do(world, "rosa", grants.answer_end_request, ref, accept=True)
    assert scope(world).sections.as_words() == {"team": "view"}
    with pytest.raises(CannotChangeGrant) as refused:
        do(world, "carl", grants.request_end_of_grant, ref, reason="", sections={"team": "manage"})
    assert refused.value.code == "wider"
    do(world, "carl", grants.request_end_of_grant, ref, reason="")
    do(world, "rosa", grants.answer_end_request, ref, accept=True)
    assert scope(world).empty
    assert told() == [
        "grant.narrowing_requested",
        "grant.end_declined",
        "grant.narrowing_requested",
        "grant.narrowed",
        "grant.end_requested",
        "grant.ended",
    ]
    assert ("carl@example.test", "Access to Carl’s Kitchen stays as it is") in mails()


def test_a_form_that_is_sent_twice_asks_once(owned: World) -> None:
    first, again = ask(owned), ask(owned, at=AT + timedelta(minutes=2))
    assert (first.ref, again.active) == (again.ref, False)
    others = [ask(owned, days=31), ask(owned, reason=REASON + "!"), ask(owned, sections={"product.design": "view"})]
    assert len({first.ref, *(each.ref for each in others)}) == 4
    assert OutboxMail.unscoped.filter(account=owned.carl).count() == 4  # unscoped: a test
    do(owned, "carl", grants.approve_grant, first.ref)
    assert ask(owned).ref != first.ref  # answered: it is another one


def test_access_that_is_given_twice_within_the_hour_is_given_once(owned: World) -> None:
    first = ask(owned, "carl")
    assert first.active
    assert ask(owned, "carl", at=AT + timedelta(minutes=59)).ref == first.ref
    assert ask(owned, "carl", at=AT + timedelta(minutes=61)).ref != first.ref
