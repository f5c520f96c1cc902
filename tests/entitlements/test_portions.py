"""What each person of a team may use: counted, kept, refused, and set by the account or the one above it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sublet.core.entitled import COLLABORATOR
from sublet.entitlements.models import Apportionment, Portion
from sublet.entitlements.operations import (
    PERSON_LIMIT,
    UNCHANGED,
    CannotSetPortion,
    Unchanged,
    Wanted,
    commit,
    release,
    reserve,
    set_override,
    set_portions,
)
from sublet.entitlements.operations.using import Consumed, consume
from sublet.entitlements.queries import apportioned_of, standing_of_collaborator
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.metering.models import UsageOfPerson
from sublet.metering.operations import (
    CannotRecordUsage,
    CannotTakeUsage,
    Usage,
    rebuild_totals,
    record_usage,
)
from tests.entitlements import load
from tests.people import AT, World

METER = "appointments"


@pytest.fixture
def sold(world: World) -> World:
    """Carl's free plan: 50 appointments for ever."""
    load(world)
    return world


def col(world: World, person: str = "cleo") -> str:
    return world.places[person].ref


def share_out(
    world: World,
    oversell: int | Unchanged | None = UNCHANGED,
    *,
    by: str = "carl",
    **people: Wanted | None,
) -> bool:
    with world.scope(by) as actor:
        return set_portions(
            ref=world.carl.ref, meter=METER, people={col(world, name): each for name, each in people.items()},
            oversell=oversell, actor=actor, at=AT,
        )  # fmt: skip


def use(world: World, quantity: int, name: str, who: str = "") -> Consumed:
    with world.scope("vera") as vera:
        return consume(
            account_ref=world.carl.ref, meter=METER, quantity=quantity, source="app", event_id=name,
            collaborator=col(world, who) if who else "", actor=vera, at=AT,
        )  # fmt: skip


def report(world: World, *events: Usage) -> None:
    with world.scope("vera") as vera:
        record_usage(events=events, actor=vera, at=AT)


def event(world: World, name: str, quantity: int | None = 1, who: str = "cleo", **more: str) -> Usage:
    return Usage(
        id=name, source="app", at=AT, account=world.carl.ref, meter=METER, quantity=quantity,
        collaborator=col(world, who) if who else "", **more,  # type: ignore[arg-type]  # `corrects` alone
    )  # fmt: skip


def used(world: World, who: str = "cleo") -> int:
    row = UsageOfPerson.unscoped.filter(account_id=world.carl.id, person=world.users[who].id).first()
    return row.quantity if row is not None else 0


def stands(world: World, who: str = "cleo") -> tuple[int, int | None, str, str]:
    with world.scope("carl") as carl:
        found = standing_of_collaborator(world.carl.ref, col(world, who), actor=carl, at=AT).meters[METER]
    standing = found.standing
    return standing.used, standing.limit, found.answer.source, standing.state


def test_a_person_is_refused_beyond_its_own_limit_while_the_account_goes_on(sold: World) -> None:
    share_out(sold, cleo=Wanted(0, 20))
    assert use(sold, 20, "a", "cleo").allowed
    refused = use(sold, 1, "b", "cleo")
    assert (refused.allowed, refused.reason) == (False, PERSON_LIMIT)
    # The account has room; it is this person who has none, and that level is named.
    assert (refused.standing.standing.used, refused.standing.standing.state) == (20, "open")
    assert refused.person is not None
    standing = refused.person.standing
    assert (standing.used, standing.limit, standing.state) == (20, 20, "refused")
    assert refused.person.answer.source == COLLABORATOR
    assert [(each.layer, each.value, each.key) for each in refused.person.answer.why if each.decides] == [
        (COLLABORATOR, 20, col(sold))
    ]
    assert use(sold, 1, "c", "carl").allowed
    assert use(sold, 1, "d").allowed


def test_what_was_allowed_is_answered_the_same_though_nothing_is_left(sold: World) -> None:
    share_out(sold, cleo=Wanted(0, 5))
    assert use(sold, 5, "a", "cleo").allowed
    again = use(sold, 5, "a", "cleo")
    assert (again.allowed, again.again, used(sold)) == (True, True, 5)


def test_what_is_kept_for_somebody_nobody_else_uses_up(sold: World) -> None:
    share_out(sold, cleo=Wanted(10))
    assert use(sold, 40, "a", "carl").allowed
    for name, who in (("b", "carl"), ("c", "")):
        refused = use(sold, 1, name, who)
        assert (refused.allowed, refused.reason) == (False, PERSON_LIMIT)
    assert [use(sold, 1, f"d{number}", "cleo").allowed for number in range(11)] == [True] * 10 + [False]


def test_the_account_itself_ends_everybody(sold: World) -> None:
    share_out(sold, cleo=Wanted(0, 60))
    assert use(sold, 45, "a").allowed
    assert stands(sold) == (0, 5, "plan", "near")
    refused = use(sold, 6, "b", "cleo")
    assert (refused.allowed, refused.reason) == (False, "limit-reached")
    assert use(sold, 5, "b", "cleo").allowed


def test_the_answer_for_a_person_says_how_far_and_why(sold: World) -> None:
    assert stands(sold) == (0, 50, "plan", "open")
    share_out(sold, cleo=Wanted(5, 20))
    assert stands(sold) == (0, 20, COLLABORATOR, "open")
    use(sold, 17, "a", "cleo")
    assert stands(sold) == (17, 20, COLLABORATOR, "near")
    assert stands(sold, "carl") == (0, 33, "plan", "open")
    # By the user as sign-on names it, too; nobody else is found.
    with sold.scope("carl") as carl:
        found = standing_of_collaborator(sold.carl.ref, sold.users["cleo"].ref, actor=carl, at=AT)
        assert found.meters[METER].standing.used == 17
        for stranger in (sold.places["rosa"].ref, sold.users["nora"].ref, "col_0", ""):
            with pytest.raises(NotFound):
                standing_of_collaborator(sold.carl.ref, stranger, actor=carl, at=AT)


def test_without_a_limit_of_the_account_a_persons_own_still_binds(sold: World) -> None:
    with sold.scope("vera") as vera:
        set_override(ref=sold.carl.ref, kind="meter", key=METER, value=None, actor=vera, at=AT)
    share_out(sold, cleo=Wanted(1000, 2000))
    assert stands(sold) == (0, 2000, COLLABORATOR, "open")
    assert stands(sold, "carl") == (0, None, "vendor", "open")
    assert use(sold, 100_000, "a", "carl").allowed
    assert not use(sold, 2001, "b", "cleo").allowed
    assert use(sold, 2000, "b", "cleo").allowed


def test_what_is_reported_counts_and_is_taken_back_with_its_event(sold: World) -> None:
    report(sold, event(sold, "a", 7), event(sold, "b", 2, "carl"), event(sold, "c", 4, ""))
    assert (used(sold), used(sold, "carl")) == (7, 2)
    report(sold, event(sold, "a", 7))
    assert used(sold) == 7
    report(sold, event(sold, "d", None, "", corrects="a"))
    assert used(sold) == 0
    report(sold, event(sold, "e", 5, "carl", corrects="b"))
    assert used(sold, "carl") == 5
    # A portion that is passed by what was reported refuses what is asked.
    share_out(sold, carl=Wanted(0, 4))
    assert not use(sold, 1, "f", "carl").allowed


def test_what_has_become_too_much_can_be_lowered_and_lifted(sold: World) -> None:
    """The account may use less than it has promised: what mends that is never refused."""
    share_out(sold, 100, cleo=Wanted(30, 30), carl=Wanted(20, 20))
    with sold.scope("vera") as vera:
        set_override(ref=sold.carl.ref, kind="meter", key=METER, value=10, actor=vera, at=AT)
    with pytest.raises(CannotSetPortion) as refused:
        share_out(sold, cleo=Wanted(31, 31))
    assert (refused.value.code, refused.value.field) == ("more-than-there-is", col(sold))
    assert share_out(sold, cleo=Wanted(25, 30))
    assert share_out(sold, carl=None)
    assert share_out(sold, 300)
    with pytest.raises(CannotSetPortion) as tighter:
        share_out(sold, 100)
    assert (tighter.value.code, tighter.value.field) == ("oversold", "oversell")
    assert share_out(sold, None)


def test_nobody_of_that_name_is_refused(sold: World) -> None:
    with sold.scope("vera") as vera, pytest.raises(CannotRecordUsage) as refused:
        record_usage(events=[event(sold, "a"), event(sold, "b", 1, "nora")], actor=vera, at=AT)
    assert [(each.index, each.field, each.code) for each in refused.value.faults] == [
        (1, "collaborator", "unknown-collaborator")
    ]
    with pytest.raises(CannotTakeUsage) as unknown:
        use(sold, 1, "c", "nora")
    assert (unknown.value.code, unknown.value.field) == ("unknown-collaborator", "collaborator")
    assert used(sold) == 0


def test_what_is_held_back_counts_for_the_person_until_it_is_settled(sold: World) -> None:
    share_out(sold, cleo=Wanted(0, 10))

    def hold(name: str, quantity: int, at: object = AT) -> Consumed:
        with sold.scope("vera") as vera:
            return reserve(
                account_ref=sold.carl.ref, meter=METER, quantity=quantity, lasts=timedelta(minutes=5), source="app",
                event_id=name, collaborator=col(sold), actor=vera, at=at,  # type: ignore[arg-type]  # an instant
            )  # fmt: skip

    held = hold("a", 8)
    assert (held.allowed, held.person and held.person.standing.reserved) == (True, 8)
    assert hold("b", 3).reason == PERSON_LIMIT
    with sold.scope("vera") as vera:
        commit(reservation=held.reservation, quantity=6, actor=vera, at=AT)
    assert used(sold) == 6
    other = hold("c", 4)
    assert other.allowed
    with sold.scope("vera") as vera:
        release(reservation=other.reservation, actor=vera, at=AT)
    assert (used(sold), stands(sold)) == (6, (6, 10, COLLABORATOR, "open"))
    assert hold("d", 4).allowed
    # What has lapsed is free again for the person, though nobody has given it back yet.
    assert hold("e", 4, AT + timedelta(minutes=6)).allowed


def test_it_is_all_made_anew_from_the_events(sold: World) -> None:
    report(sold, event(sold, "a", 7), event(sold, "b", 2, "carl"))
    assert use(sold, 3, "c", "cleo").allowed
    UsageOfPerson.unscoped.all().delete()
    with sold.scope("vera") as vera:
        rebuild_totals(account_id=sold.carl.id, since=None, actor=vera, at=AT)
    assert (used(sold), used(sold, "carl")) == (10, 2)


def test_what_is_kept_cannot_add_up_to_more_than_there_is(sold: World) -> None:
    share_out(sold, cleo=Wanted(30))
    with pytest.raises(CannotSetPortion) as refused:
        share_out(sold, carl=Wanted(21))
    assert (refused.value.code, refused.value.field) == ("more-than-there-is", col(sold, "carl"))
    assert share_out(sold, carl=Wanted(20))
    # Together it is looked at as it will be: one gives what the other gets.
    assert share_out(sold, carl=Wanted(40), cleo=Wanted(10))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [(Wanted(5, 4), "cap-below-reserve"), (Wanted(-1), "below-nothing"), (Wanted(10**13), "too-large")],
)
def test_a_portion_that_is_none_is_refused(sold: World, wanted: Wanted, code: str) -> None:
    with pytest.raises(CannotSetPortion) as refused:
        share_out(sold, cleo=wanted)
    assert refused.value.code == code
    assert not Apportionment.unscoped.exists()


def test_upper_limits_may_be_promised_as_far_as_overselling_allows(sold: World) -> None:
    assert share_out(sold, cleo=Wanted(0, 40), carl=Wanted(0, 40))
    with pytest.raises(CannotSetPortion) as refused:
        share_out(sold, 100)
    assert (refused.value.code, refused.value.field) == ("oversold", "oversell")
    assert share_out(sold, 160)
    with pytest.raises(CannotSetPortion) as more:
        share_out(sold, carl=Wanted(0, 41))
    assert more.value.code == "oversold"
    with pytest.raises(CannotSetPortion) as wrong:
        share_out(sold, 99)
    assert wrong.value.code == "wrong-oversell"
    # Whatever was promised, never is more used than there is.
    assert (use(sold, 40, "a", "cleo").allowed, use(sold, 11, "b", "carl").allowed) == (True, False)
    assert use(sold, 10, "b", "carl").allowed


def test_it_is_the_accounts_and_its_resellers_to_set(sold: World) -> None:
    assert share_out(sold, cleo=Wanted(0, 10))
    assert not share_out(sold, by="rosa", cleo=Wanted(0, 10))
    assert share_out(sold, by="rosa", cleo=Wanted(0, 11))
    with pytest.raises(Forbidden):
        share_out(sold, by="cleo", cleo=Wanted(0, 50))
    with pytest.raises(Forbidden):
        share_out(sold, by="ruth", cleo=Wanted(0, 50))
    with pytest.raises(NotFound):
        share_out(sold, by="remo", cleo=Wanted(0, 50))
    with pytest.raises(NotFound):
        share_out(sold, nora=Wanted(0, 1))
    told = [row.data for row in JournalEntry.unscoped.filter(event="portion.set").order_by("id")]
    assert [each["people"] for each in told] == [
        [{"collaborator": col(sold), "reserve": 0, "cap": 10}],
        [{"collaborator": col(sold), "reserve": 0, "cap": 11}],
    ]


def test_who_has_left_keeps_nothing_and_has_used_it_all_the_same(sold: World) -> None:
    share_out(sold, cleo=Wanted(30))
    use(sold, 5, "a", "cleo")
    place = sold.places["cleo"]
    place.ended_at = AT
    with platform_scope("test"):
        place.save(update_fields=["ended_at"])
    assert use(sold, 45, "b", "carl").allowed
    report(sold, event(sold, "late", 2))
    assert used(sold) == 7


def test_taking_the_last_one_away_ends_it(sold: World) -> None:
    share_out(sold, cleo=Wanted(5), carl=Wanted(0, 3))
    assert share_out(sold, cleo=None)
    assert Portion.unscoped.count() == 1
    assert share_out(sold, carl=None)
    assert not Apportionment.unscoped.exists()
    assert use(sold, 50, "a").allowed


def test_how_everything_is_shared_out(sold: World) -> None:
    share_out(sold, cleo=Wanted(5, 20))
    use(sold, 3, "a", "cleo")
    use(sold, 2, "b", "carl")
    use(sold, 1, "c")
    with sold.scope("rosa") as rosa:
        found = next(each for each in apportioned_of(rosa, sold.carl.ref, at=AT) if each.meter == METER)
    assert (found.limit, found.used, found.promised, found.unnamed) == (50, 6, 5, 1)
    assert [(each.collaborator, each.reserve, each.cap, each.used) for each in found.people] == [
        (col(sold, "carl"), None, None, 2), (col(sold), 5, 20, 3),
    ]  # fmt: skip
