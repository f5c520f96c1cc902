"""Access that begins on a day: nothing before it, its days from there on, in the client's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sublet.core.grants import EVERYTHING, NOTHING
from sublet.foundation.scope import platform_scope
from sublet.people.models import Grant
from sublet.people.operations import CannotImpersonate, grants
from sublet.people.operations.grants import CannotChangeGrant
from sublet.people.queries.grants import granted
from tests import factories
from tests.people import AT, World
from tests.people.test_staff_teams import DESIGN, REASON, TO_DESIGN, _visit, give, make, owned, page, scope, told

__all__ = ["owned"]  # the fixture

ROME = ZoneInfo("Europe/Rome")


def test_an_access_gives_nothing_before_the_day_on_which_it_begins(owned: World) -> None:
    with platform_scope("test"):
        owned.carl.timezone = "Europe/Rome"
        owned.carl.save(update_fields=["timezone"])
    day = AT.astimezone(ROME).date() + timedelta(days=9)
    ref = give(owned, start=day, days=10)
    with platform_scope("test"):
        row = Grant.objects.get(ref=ref)
    begins = row.starts_at
    assert begins is not None
    assert (begins.astimezone(ROME).date(), begins.astimezone(ROME).hour) == (day, 0)
    assert row.ends_at == begins + timedelta(days=10)
    second = timedelta(seconds=1)
    instants = (AT, begins - second, begins, begins + timedelta(days=10) - second, begins + timedelta(days=10))
    assert [scope(owned, "ruth", at) for at in instants] == [NOTHING, NOTHING, TO_DESIGN, TO_DESIGN, NOTHING]
    for reader in ("carl", "rosa"):
        found = page(owned, reader)
        assert [(each.upcoming, each.over, each.wanted_start) for each in found.running] == [(True, False, begins)]
        assert [each.name for each in found.people if each.side == "reseller"] == []
        later = page(owned, reader, begins)
        assert [each.upcoming for each in later.running] == [False]
        assert "Ruth Renard" in [each.name for each in later.people]
    with pytest.raises(CannotImpersonate):
        _visit(owned, "ruth")
    assert [datetime.fromisoformat(data["starts"]) for _name, data in told("grant.")] == [begins, begins]


def test_an_access_that_is_approved_after_its_day_begins_when_it_is_approved(owned: World) -> None:
    with owned.scope("rosa") as actor:
        asked = grants.request_grant(
            client_ref=owned.carl.ref, sections=DESIGN, days=3, start=AT.date() + timedelta(days=2), reason=REASON,
            actor=actor, at=AT,
        )  # fmt: skip
    late = AT + timedelta(days=5)
    with owned.scope("carl") as actor:
        grants.approve_grant(client_ref=owned.carl.ref, grant_ref=asked.ref, actor=actor, at=late)
    with platform_scope("test"):
        row = Grant.objects.get(ref=asked.ref)
    assert (row.starts_at, row.ends_at) == (late, late + timedelta(days=3))


@pytest.mark.parametrize(("days", "fine"), [(-1, False), (0, True), (1, True), (366, True), (367, False)])
def test_a_day_to_begin_on_is_today_at_the_earliest_and_within_a_year(owned: World, days: int, fine: bool) -> None:
    day: date = AT.date() + timedelta(days=days)
    if not fine:
        with pytest.raises(CannotChangeGrant) as refused:
            give(owned, start=day)
        assert (refused.value.code, refused.value.field) == ("start", "start")
        return
    ref = give(owned, start=day)
    with platform_scope("test"):
        row = Grant.objects.get(ref=ref)
    assert row.starts_at is not None
    assert row.starts_at.date() == day
    assert (row.wanted_start is None) == (days == 0)


def test_an_access_that_begins_later_goes_on_by_itself_as_any_other(owned: World) -> None:
    ref = give(owned, start=AT.date() + timedelta(days=4), days=10, extend=True)
    with platform_scope("test"):
        row = Grant.objects.get(ref=ref)
        end = row.ends_at
        assert end is not None
        job = factories.actor_for(owned.places["vera"], host="vendor.localhost")
        assert grants.run_out(actor=job, at=AT + timedelta(days=5)) == 0
        assert grants.run_out(actor=job, at=end - timedelta(minutes=30)) == 1
        row.refresh_from_db()
    assert row.ends_at == end + timedelta(days=10)
    assert scope(owned, "ruth", end) == TO_DESIGN


def test_what_has_not_begun_is_narrowed_without_a_second_access(owned: World) -> None:
    ref = give(owned, start=AT.date() + timedelta(days=9), notice_days=2, sections=DESIGN | {"product.push": "manage"})
    with owned.scope("carl") as actor:
        grants.narrow_grant(client_ref=owned.carl.ref, grant_ref=ref, sections=DESIGN, actor=actor, at=AT)
    with platform_scope("test"):
        assert Grant.objects.filter(account=owned.carl).count() == 1
    assert scope(owned, "ruth", AT + timedelta(days=10)) == TO_DESIGN


def test_a_reseller_that_owns_the_account_gives_a_team_access_from_a_day_on(world: World) -> None:
    with platform_scope("test"):
        Grant.objects.filter(account=world.elan).delete()
    ref = make(world, "ruth")
    with world.scope("rosa") as actor:
        asked = grants.request_grant(
            client_ref=world.elan.ref, everywhere="manage", days=None, team=ref, start=AT.date() + timedelta(days=1),
            reason=REASON, actor=actor, at=AT,
        )  # fmt: skip
    assert asked.active
    ruth = world.users["ruth"].id
    found = [
        granted(client_id=world.elan.id, reseller_id=world.rosa.id, person=ruth, at=AT + timedelta(days=days))
        for days in (0, 2)
    ]
    assert found == [NOTHING, EVERYTHING]


@pytest.mark.parametrize(("notice_days", "over"), [(0, True), (5, True), (8, True), (10, False)])
def test_what_the_client_ends_before_it_begins_is_over_unless_the_notice_goes_beyond(
    owned: World, notice_days: int, over: bool
) -> None:
    """It would stand there as something that is to come, and end before it comes."""
    ref = give(owned, start=AT.date() + timedelta(days=9), days=30, notice_days=notice_days, reason=REASON)
    with owned.scope("carl") as actor:
        grants.end_grant(client_ref=owned.carl.ref, grant_ref=ref, actor=actor, at=AT)
    with platform_scope("test"):
        row = Grant.objects.get(ref=ref)
    assert row.state == ("ended" if over else "active")
    assert row.ends_at == (AT if over else AT + timedelta(days=notice_days))
    found = page(owned, "carl")
    assert ([each.upcoming for each in found.running], len(found.over)) == (([], 1) if over else ([True], 0))


def test_its_days_are_as_long_when_it_is_given_at_once_as_when_it_is_approved(world: World) -> None:
    """Across the night on which the clocks change, too: days of the clock and of the calendar differ by an hour there."""
    at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    lengths = []
    for ownership in ("reseller", "client"):
        with platform_scope("test"):
            world.carl.timezone, world.carl.ownership = "Europe/Rome", ownership
            world.carl.save(update_fields=["timezone", "ownership"])
        with world.scope("rosa") as actor:
            asked = grants.request_grant(
                client_ref=world.carl.ref, sections=DESIGN, days=7, start=date(2026, 3, 26), reason=REASON,
                actor=actor, at=at,
            )  # fmt: skip
        if not asked.active:
            with world.scope("carl") as actor:
                grants.approve_grant(client_ref=world.carl.ref, grant_ref=asked.ref, actor=actor, at=at)
        with platform_scope("test"):
            row = Grant.objects.get(ref=asked.ref)
        assert row.starts_at == datetime(2026, 3, 25, 23, tzinfo=UTC)
        assert row.ends_at is not None
        lengths.append(row.ends_at - row.starts_at)
    assert lengths == [timedelta(days=7)] * 2
