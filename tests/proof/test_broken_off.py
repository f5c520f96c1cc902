"""A scan that breaks off: the vendor hears of it, nobody waits for it longer than for its next sign of life, and it says how far it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sublet.accounts.models import Account
from sublet.foundation.jobs import JobLost
from sublet.foundation.scope import account_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.proof import operations
from sublet.proof.alerts import tell_vendor
from sublet.proof.far import BEAT, LEASE, Far
from sublet.proof.gathering import Gathered, Looking
from sublet.proof.models import Scan
from sublet.proof.operations import CannotScan, ask_for_scan, end_lost_scans, run_scan, scan_now
from sublet.proof.queries import scan_report, scan_under_way
from tests.factories import AT
from tests.people import CARL_HOST, World

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
AS_OWNER = Looking(Account(), "", (), (), AT, seen_as="owner")


def scan_of(account: Account, **facts: Any) -> Scan:
    usual = {
        "cause": "night",
        "state": "running",
        "version": "1",
        "host": CARL_HOST,
        "created_at": AT,
        "started_at": AT,
    }
    with platform_scope("test data"):
        return Scan.objects.create(account=account, asked_by_name="S", **(usual | facts))


def told(world: World) -> list[str]:
    """What the vendor's owner is written in the morning of scans that broke off."""
    with platform_scope("test"):
        end_lost_scans(at=MORNING)
        tell_vendor(actor=world.actor("vera"), at=MORNING)
        mails = OutboxMail.objects.filter(template="scan-broken", to_email=world.users["vera"].email)
        return list(mails.order_by("id").values_list("text", flat=True))


def breaks(world: World, monkeypatch: pytest.MonkeyPatch, cause: str = "night", *, last: bool = True) -> Scan:
    def broken(*_scan: Any) -> Any:
        raise ValueError("x")

    monkeypatch.setattr(operations, "_gathered", broken)
    with world.scope("vera") as vera:
        ref = ask_for_scan(account_ref=world.carl.ref, actor=vera, at=AT, cause=cause)
    with account_scope(world.carl.id), pytest.raises(ValueError, match="x"):
        run_scan(scan_ref=ref, actor=world.actor("vera"), at=AT, last=last)
    with platform_scope("test"):
        return Scan.objects.get(ref=ref)


@pytest.mark.parametrize("cause", ["night", "release"])
def test_the_vendor_hears_once_of_what_broke_off_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    assert breaks(world, monkeypatch, cause).state == "failed"
    (text,) = told(world)
    assert "Carl’s Kitchen" in text
    assert len(told(world)) == 1
    with platform_scope("test"):
        assert not OutboxMail.objects.filter(template__startswith="scan-").exclude(to_email=world.users["vera"].email)


def test_who_asked_sees_it_and_gets_no_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(world, monkeypatch, "person")
    assert told(world) == []


def test_what_is_tried_again_is_not_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = breaks(world, monkeypatch, last=False)
    assert (scan.state, told(world)) == ("waiting", [])


def test_what_was_looked_at_since_is_no_news(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(world, monkeypatch)
    scan_of(world.carl, state="done", cause="person")
    assert told(world) == []


def test_one_whose_worker_was_killed_too_often_is_told_as_well(world: World) -> None:
    scan = scan_of(world.carl)  # and there is no job for it
    (text,) = told(world)
    assert "Carl’s Kitchen" in text
    scan.refresh_from_db()
    assert (scan.state, scan.untold, scan.pass_digest) == ("failed", False, "")


def test_a_command_that_was_killed_stands_in_the_way_for_minutes_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_of(world.carl, cause="command", beat_at=AT)
    monkeypatch.setattr(operations, "_gathered", lambda *_scan: (Gathered(looked_at=1), {}, AS_OWNER))
    soon, late = AT + LEASE, AT + LEASE + timedelta(seconds=1)
    with world.scope("vera") as vera:
        running = scan_under_way(vera, world.carl.ref, at=soon)
        assert running is not None
        with pytest.raises(CannotScan, match="running"):
            ask_for_scan(account_ref=world.carl.ref, actor=vera, at=soon)
        assert scan_under_way(vera, world.carl.ref, at=late) is None  # and the page has its button again
        assert scan_report(vera, world.carl.ref, at=late).scans[0].state == "failed"
        assert scan_now(account_ref=world.carl.ref, actor=vera, at=late)
    assert LEASE <= timedelta(minutes=5)
    with platform_scope("test"):
        assert list(Scan.objects.order_by("id").values_list("state", flat=True)) == ["failed", "done"]


def test_a_command_that_lives_says_so_and_its_passes_are_good_for_longer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, seen = [AT], list[tuple[Any, Any]]()

    def gathered(scan: Scan, _actor: Any, now: Any, told: Any) -> Any:
        far = Far(told, ahead={}, beat=lambda at: operations._beat(scan, at), now=now)
        for _step in range(3):
            clock[0] += BEAT
            far(1, 2)
            row = Scan.objects.get(id=scan.id)
            seen.append((row.beat_at, row.pass_until))
        return Gathered(looked_at=1), {}, AS_OWNER

    monkeypatch.setattr(operations, "_gathered", gathered)
    with world.scope("vera") as vera:
        scan_now(account_ref=world.carl.ref, actor=vera, at=AT, now=lambda: clock[0])
    assert seen == [(AT + BEAT * n, AT + BEAT * n + operations.PASS_LASTS) for n in (1, 2, 3)]


def test_one_that_was_taken_for_dead_and_lives_writes_nothing_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gathered(scan: Scan, *_more: Any) -> Any:
        with platform_scope("test"):
            Scan.objects.filter(id=scan.id).update(state="failed")
        with pytest.raises(JobLost):
            operations._beat(scan, AT)
        raise JobLost(scan.ref)

    monkeypatch.setattr(operations, "_gathered", gathered)
    with world.scope("vera") as vera, pytest.raises(CannotScan, match="taken"):
        scan_now(account_ref=world.carl.ref, actor=vera, at=AT)
    with platform_scope("test"):
        assert Scan.objects.get().state == "failed"


def test_nothing_is_done_before_all_of_it_is() -> None:
    said: list[tuple[int, int]] = []
    far = Far(lambda done, known: said.append((done, known)), ahead={"mails": 10, "keeping": 1}, beat=lambda _at: None,
              now=lambda: AT)  # fmt: skip
    far(3, 5)
    far(5, 5)
    far.begun("mails")
    far(5, 9)
    far(9, 9)
    assert said == [(3, 16), (5, 16), (5, 10), (9, 10)]
    assert all(done < known for done, known in said)
