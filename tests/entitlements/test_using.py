"""Consuming up to limits, what is noted, and the change stream."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.core.quota import NEAR, OPEN, REFUSED
from sublet.entitlements.models import Alert, EntitlementChange, EntitlementDue, MeterState
from sublet.entitlements.operations import SourceFacts, replace_sources, set_override, set_pool, set_service
from sublet.entitlements.operations.looking import harvest
from sublet.entitlements.operations.using import Consumed, commit, consume, release, reserve
from sublet.entitlements.queries.facts import places
from sublet.entitlements.queries.standing import AccountStanding, head, standings_of
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs.models import Job
from sublet.foundation.scope import platform_scope
from sublet.metering.models import UsageTotal
from sublet.metering.operations import CannotTakeUsage, Usage, record_usage
from tests import factories
from tests.entitlements import load
from tests.people import AT, World

DAY = timedelta(days=1)


def use(
    world: World, quantity: int = 1, *, event_id: str, meter: str = "appointments", at: datetime = AT, ref: str = "",
    person: str = "vera",
) -> Consumed:  # fmt: skip
    with world.scope(person) as actor:
        return consume(
            account_ref=ref or world.carl.ref, meter=meter, quantity=quantity, source="test", event_id=event_id,
            actor=actor, at=at,
        )  # fmt: skip


def agree(world: World, account: Account, *sources: SourceFacts, at: datetime = AT) -> None:
    with world.scope("vera") as vera, transaction.atomic():
        replace_sources(account_id=account.id, sources=sources, actor=vera, at=at)


def harvested(world: World, at: datetime) -> int:
    with world.scope("vera") as vera:
        return harvest(actor=vera, at=at)


def stands(account: Account, at: datetime = AT) -> AccountStanding:
    with platform_scope("test"):
        return standings_of(list(places([account.id]).values()), at=at)[account.id]


def number_of(account: Account) -> int:
    """The account's last number in the stream; 0 for none. In a test nothing is committed: the numbering is asked for."""
    if connection.vendor == "postgresql":
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    row = EntitlementChange.unscoped.filter(account_id=account.id).first()
    return (row.sequence or 0) if row else 0


def test_the_50th_is_allowed_the_51st_refused_and_taking_one_back_makes_room(world: World) -> None:
    load(world)
    assert use(world, 49, event_id="a").allowed
    last = use(world, event_id="b")
    assert (last.allowed, last.standing.standing.used, last.standing.standing.state) == (True, 50, REFUSED)
    refused = use(world, event_id="c")
    assert (refused.allowed, refused.reason, refused.standing.standing.used) == (False, "limit-reached", 50)
    with world.scope("vera") as vera:
        record_usage(
            events=[Usage(id="d", source="test", at=AT, account=world.carl.ref, meter="appointments", quantity=-1)],
            actor=vera, at=AT,
        )  # fmt: skip
    assert use(world, event_id="c").allowed


def test_the_same_id_counts_once_and_is_answered_the_same_even_at_the_limit(world: World) -> None:
    load(world)
    use(world, 50, event_id="a")
    again = use(world, 50, event_id="a")
    assert (again.allowed, again.again, again.standing.standing.used) == (True, True, 50)


def test_what_would_pass_the_limit_is_refused_whole(world: World) -> None:
    load(world)
    use(world, 40, event_id="a")
    assert not use(world, 11, event_id="b").allowed
    assert use(world, 10, event_id="c").allowed


def test_the_ways_in_which_it_is_refused(world: World) -> None:
    load(world)
    assert use(world, event_id="0", meter="text_messages").reason == "limit-reached"  # the free plan has none
    agree(world, world.carl, SourceFacts("plan", "small", 1, AT))
    assert use(world, event_id="a", meter="text_messages").reason == "service-off"
    assert use(world, event_id="b", ref=world.zorba.ref).reason == "account-closed"
    with pytest.raises(CannotTakeUsage):
        use(world, event_id="c", meter="nothing")
    with pytest.raises(NotFound):
        use(world, event_id="d", ref="acc_nobody")
    with pytest.raises(NotFound):
        use(world, event_id="e", ref=world.bakery.ref, person="rosa")
    with pytest.raises(Forbidden):
        use(world, event_id="f", person="cleo")
    assert stands(world.carl).meters["appointments"].standing.used == 0


def test_a_standing_that_is_near_and_then_reached_is_noted_and_told_in_the_stream(world: World) -> None:
    load(world)
    use(world, 39, event_id="a")
    assert (MeterState.unscoped.count(), number_of(world.carl)) == (0, 0)
    use(world, event_id="b")
    first = number_of(world.carl)
    assert (MeterState.unscoped.get().state, first > 0) == (NEAR, True)
    use(world, event_id="c")
    assert number_of(world.carl) == first
    use(world, 9, event_id="d")
    assert (MeterState.unscoped.get().state, number_of(world.carl) > first) == (REFUSED, True)
    assert head() == number_of(world.carl)


def test_thresholds_and_the_first_refusal_wake_the_job_that_tells(world: World) -> None:
    load(world)
    waiting = Job.unscoped.filter(kind="entitlements.check_limits", account_id=world.carl.id)
    use(world, 39, event_id="a")
    assert waiting.count() == 0
    use(world, event_id="b")
    assert waiting.count() == 1
    use(world, 10, event_id="c")
    for number in range(3):
        use(world, event_id=f"no {number}")
    assert (waiting.count(), Alert.unscoped.get().threshold) == (1, Alert.REFUSAL)


def test_grace_goes_on_for_its_days_and_then_refuses(world: World) -> None:
    load(world)
    agree(world, world.carl, SourceFacts("plan", "small", 1, AT))
    use(world, 500, event_id="a", at=AT)
    assert use(world, 5, event_id="b", at=AT + DAY).allowed
    assert MeterState.unscoped.get().reached_at == AT
    over = AT + 14 * DAY
    assert stands(world.carl, AT + DAY).until == over
    assert use(world, event_id="c", at=over - timedelta(seconds=1)).allowed
    assert not use(world, event_id="d", at=over).allowed


def test_grace_that_ends_by_itself_is_told_by_whoever_reads_the_stream(world: World) -> None:
    load(world)
    agree(world, world.carl, SourceFacts("plan", "small", 1, AT))
    use(world, 500, event_id="a", at=AT)
    before, over = number_of(world.carl), AT + 14 * DAY
    assert (harvested(world, over - DAY), number_of(world.carl)) == (0, before)
    assert (harvested(world, over), harvested(world, over)) == (1, 0)
    assert number_of(world.carl) > before
    assert MeterState.unscoped.get().state == REFUSED


def test_a_plan_that_begins_by_itself_is_told_at_its_instant(world: World) -> None:
    load(world)
    agree(world, world.carl, SourceFacts("plan", "small", 1, AT + DAY, AT + 2 * DAY))
    before = number_of(world.carl)
    assert EntitlementDue.unscoped.get().due_at == AT + DAY
    assert harvested(world, AT + DAY) == 1
    assert number_of(world.carl) > before
    assert EntitlementDue.unscoped.get().due_at == AT + 2 * DAY
    assert harvested(world, AT + 2 * DAY) == 1
    assert EntitlementDue.unscoped.count() == 0


def test_what_a_reseller_holds_no_more_by_itself_is_told_of_its_clients(world: World) -> None:
    load(world)
    with world.scope("vera") as vera:
        set_override(ref=world.rosa.ref, kind="meter", key="appointments", value=200, until=AT + DAY, actor=vera, at=AT)
    with world.scope("rosa") as rosa:
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=200, actor=rosa, at=AT)
    EntitlementDue.unscoped.filter(account=world.carl).delete()  # as it was said before the vendor set an end
    before, stranger = number_of(world.carl), number_of(world.bakery)
    harvested(world, AT + DAY)
    assert number_of(world.carl) > before
    assert number_of(world.bakery) == stranger
    assert stands(world.carl, AT + DAY).meters["appointments"].answer.units == 50


def test_many_whose_answer_changes_at_once_are_looked_at_together(world: World) -> None:
    load(world)

    def asked(*accounts: Account) -> int:
        for account in accounts:
            agree(world, account, SourceFacts("plan", "small", 1, AT, AT + DAY))
        with CaptureQueriesContext(connection) as told:
            assert harvested(world, AT + DAY) == len(accounts)
        return len([each for each in told if "usage_total" in each["sql"] or "entitlement_source" in each["sql"]])

    assert asked(world.carl) == asked(world.elan, world.bakery, world.dora) == 2


def test_of_one_pool_is_asked_once_whoever_draws_from_it(world: World) -> None:
    load(world)
    long_ago = AT - 400 * DAY
    with world.scope("vera") as vera:
        for account in (world.rosa, world.carl, world.elan):
            set_override(ref=account.ref, kind="meter", key="appointments", value=None, actor=vera, at=AT)
        set_pool(ref=world.rosa.ref, meter="appointments", size=100, actor=vera, at=AT)
    use(world, 30, event_id="a")
    use(world, 20, event_id="b", ref=world.elan.ref)
    # unscoped: use of a period that is over for long
    UsageTotal.unscoped.filter(account=world.elan).update(start=long_ago)

    def asked(*accounts: Account) -> tuple[list[int], int]:
        with platform_scope("test"), CaptureQueriesContext(connection) as told:
            found = standings_of(list(places([each.id for each in accounts]).values()), at=AT)
        room = [found[each.id].meters["appointments"].standing.remaining or 0 for each in accounts]
        return room, len([each for each in told if "quota_share" in each["sql"]])

    assert asked(world.carl) == ([70], 1)
    assert asked(world.carl, world.elan) == ([70, 70], 1)


def test_a_new_period_begins_anew(world: World) -> None:
    load(world, "marketing-automation")
    agree(world, world.carl, SourceFacts("plan", "client_license", 1, AT))
    with world.scope("rosa") as rosa:
        set_service(ref=world.carl.ref, service="litmus_tests", enabled=True, actor=rosa, at=AT)
    for number in range(20):
        assert use(world, event_id=f"a {number}", meter="litmus_tests").allowed
    assert not use(world, event_id="b", meter="litmus_tests").allowed
    end = stands(world.carl).meters["litmus_tests"].resets
    assert end is not None
    assert harvested(world, end) == 1
    assert stands(world.carl, end).meters["litmus_tests"].standing.state == OPEN
    assert use(world, event_id="c", meter="litmus_tests", at=end).allowed


def test_degrade_lowers_features_beyond_the_limit(world: World) -> None:
    load(world, "funnels")
    with world.scope("vera") as vera:
        plan = next(p for p in _plans_with_degrade())
        agree(world, world.carl, SourceFacts("plan", plan.key, plan.version, AT))
        limit = next(limit for limit in plan.limits if limit.policy == "degrade")
        assert limit.amount is not None
        record_usage(
            events=[Usage(id="a", source="t", at=AT, account=world.carl.ref, meter=limit.meter, quantity=limit.amount + 1)],
            actor=vera, at=AT,
        )  # fmt: skip
    found = stands(world.carl)
    assert found.meters[limit.meter].standing.state == "over"
    assert found.entitlements.features["webinars"].value is False
    assert found.entitlements.features["webinars"].source == "degraded"


def _plans_with_degrade() -> list:  # type: ignore[type-arg]
    from sublet.catalog.queries import offer

    return [plan for plan in offer().plans_on_sale if any(limit.policy == "degrade" for limit in plan.limits)]


def test_what_is_reserved_is_held_back_and_then_counted_or_given_back(world: World) -> None:
    load(world)

    def hold(quantity: int, event_id: str) -> Consumed:
        with world.scope("vera") as vera:
            return reserve(
                account_ref=world.carl.ref, meter="appointments", quantity=quantity, lasts=timedelta(minutes=5),
                source="test", event_id=event_id, actor=vera, at=AT,
            )  # fmt: skip

    first, second = hold(30, "a"), hold(20, "b")
    assert (first.allowed, second.allowed, hold(1, "c").allowed, use(world, event_id="d").allowed) == (
        True,
        True,
        False,
        False,
    )
    with world.scope("vera") as vera:
        done = commit(reservation=first.reservation, quantity=25, actor=vera, at=AT)
        assert (done.standing.standing.used, done.standing.standing.reserved) == (25, 20)
        back = release(reservation=second.reservation, actor=vera, at=AT)
        assert (back.standing.standing.used, back.standing.standing.reserved) == (25, 0)
    with world.scope("rosa") as rosa, pytest.raises((NotFound, Forbidden)):
        commit(reservation="rsv_nobody", quantity=1, actor=rosa, at=AT)
    assert use(world, 25, event_id="e").allowed


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("used", [1, None])
def test_what_was_answered_as_counted_or_given_back_is_on_the_disk(world: World, used: int | None) -> None:
    if connection.vendor != "sqlite":
        return  # its commits are on the disk as they are
    load(world)
    with world.scope("vera") as vera:
        held = reserve(
            account_ref=world.carl.ref, meter="appointments", quantity=2, lasts=DAY, source="test", event_id="a",
            actor=vera, at=AT,
        )  # fmt: skip
        with CaptureQueriesContext(connection) as statements:
            if used is None:
                release(reservation=held.reservation, actor=vera, at=AT)
            else:
                commit(reservation=held.reservation, quantity=used, actor=vera, at=AT)
    told = [row["sql"] for row in statements if row["sql"].startswith(("PRAGMA synchronous", "BEGIN", "COMMIT"))]
    first = told.index("PRAGMA synchronous=FULL")
    assert [each.partition(" ")[0] for each in told[first:]] == ["PRAGMA", "BEGIN", "COMMIT", "PRAGMA"]


def test_suspending_is_in_the_stream_in_the_same_transaction(world: World) -> None:
    from sublet.accounts.operations.lifecycle import suspend_account

    load(world)
    before = number_of(world.carl)
    with world.scope("rosa") as rosa:
        suspend_account(ref=world.carl.ref, reason="unpaid bills", actor=rosa, at=AT)
    assert number_of(world.carl) > before


def test_the_number_of_statements_for_many_does_not_grow(world: World, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    load(world)
    more = [factories.make_client(world.rosa, f"Client {n}") for n in range(3)]
    with world.scope("rosa") as rosa:
        set_override(ref=more[0].ref, kind="meter", key="appointments", value=9, actor=rosa, at=AT)
    with platform_scope("test"):
        for ids in ([more[0].id], [each.id for each in more]):
            found = list(places(ids).values())
            with django_assert_num_queries(9):
                standings_of(found, at=AT)
