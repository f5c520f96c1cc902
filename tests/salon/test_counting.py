"""What counts at Sublet and what is kept here stay together: at the limit, cut off, and when the process is killed between two steps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bookings import appointments, business, counting
from bookings.appointments import LimitReached, Person
from tests.salon.conftest import ACCOUNT, AT, Salon
from tests.salon.test_booking import at, book

ROOT = Path(__file__).parents[2]
LATER = AT + timedelta(minutes=10)


def make(salon: Salon, when: datetime, service: int) -> str:
    row = business.service(salon.parts.database, ACCOUNT, service)
    assert row is not None
    agenda = business.agendas(salon.parts.database, ACCOUNT)[0]["id"]
    return appointments.make(
        salon.parts.database, salon.platform, salon.place, service=row, agenda=agenda, starts=when, person=Person("Mara"), origin="agenda",
        at=salon.at,
    )  # fmt: skip


def fill(salon: Salon, service: int, number: int) -> list[str]:
    return [make(salon, at(0, day=date(2026, 8, 10)) + timedelta(minutes=30 * each), service) for each in range(number)]


def test_the_fiftieth_is_made_and_the_next_one_is_refused_with_nothing_written(salon: Salon) -> None:
    service = salon.service()
    refs = fill(salon, service, 50)
    with pytest.raises(LimitReached) as refused:
        make(salon, at(9), service)
    assert [way.kind for way in refused.value.ways_out] == ["trial", "ask-reseller"]
    assert salon.parts.database.number("SELECT count(*) FROM appointment") == salon.platform.used(ACCOUNT) == 50
    appointments.delete(salon.parts.database, salon.platform, salon.place, refs[0], at=salon.at)
    assert salon.platform.used(ACCOUNT) == 49
    make(salon, at(9), service)
    assert salon.platform.used(ACCOUNT) == 50


def test_a_visitor_at_the_limit_hears_how_to_reach_the_business_and_nothing_of_limits(salon: Salon) -> None:
    service = salon.service()
    salon.open(contact_phone="+39 055 123456")
    fill(salon, service, 50)
    answer = book(salon, service, at(9))
    assert answer.status_code == 409
    assert "Please contact us directly" in answer.text
    assert "+39 055 123456" in answer.text
    for word in ("limit", "plan", "50", "trial", "sublet", "slotbook"):
        assert word not in answer.text.lower()
    salon.open(contact_phone="", contact_mail="")
    assert "help@studio-rosa.example" in book(salon, service, at(9)).text


def test_the_owner_at_the_limit_sees_what_happened_and_the_way_out(salon: Salon) -> None:
    service = salon.service()
    fill(salon, service, 49)
    client = salon.signed_on()
    page = client.get(f"/bookings/{ACCOUNT}/agenda").text
    assert "There is room for 1 more appointment in your plan." in page
    told = {"service": service, "agenda": 1, "day": "2026-08-04", "name": "Ada"}
    assert salon.send(client, "agenda/new", time="09:00", **told).status_code == 303
    answer = salon.send(client, "agenda/new", time="10:00", **told)
    assert answer.status_code == 409
    assert "Your plan keeps 50 appointments, past and future ones together. 50 are there now." in answer.text
    assert f'href="http://salon.localhost/client/{ACCOUNT}/plan/"' in answer.text
    assert "Start the free trial" in answer.text
    assert "help@studio-rosa.example" in answer.text
    salon.platform.triable = False
    assert "Start the free trial" not in salon.send(client, "agenda/new", time="10:00", **told).text
    page = client.get(f"/bookings/{ACCOUNT}/agenda").text
    assert "Your plan keeps 50 appointments, and that many are there." in page


def test_moving_and_canceling_count_nothing_and_time_off_never_does(salon: Salon) -> None:
    service = salon.service()
    ref = make(salon, at(9), service)
    agenda = business.agendas(salon.parts.database, ACCOUNT)[0]["id"]
    appointments.move(salon.parts.database, salon.place, ref, agenda=agenda, starts=at(11), at=salon.at)
    appointments.cancel(salon.parts.database, salon.place, ref, by="business", at=salon.at)
    off = appointments.block(
        salon.parts.database, salon.place, agenda=agenda, starts=at(14), ends=at(15), note="", at=salon.at
    )
    appointments.delete(salon.parts.database, salon.platform, salon.place, off, at=salon.at)
    assert salon.platform.used(ACCOUNT) == 1


def test_after_a_trial_all_is_kept_and_only_new_ones_are_refused(salon: Salon) -> None:
    service = salon.service()
    salon.platform.limits["appointments"] = None
    refs = fill(salon, service, 60)
    salon.platform.limits["appointments"] = 50
    with pytest.raises(LimitReached):
        make(salon, at(9), service)
    assert len(appointments.between(salon.parts.database, ACCOUNT, at(0), at(0, day=date(2026, 9, 1)))) == 60
    for ref in refs[:10]:
        appointments.delete(salon.parts.database, salon.platform, salon.place, ref, at=salon.at)
    with pytest.raises(LimitReached):
        make(salon, at(9), service)
    appointments.delete(salon.parts.database, salon.platform, salon.place, refs[10], at=salon.at)
    make(salon, at(9), service)


def test_cut_off_people_go_on_booking_and_sublet_is_told_afterwards(salon: Salon) -> None:
    service = salon.service()
    fill(salon, service, 2)
    salon.platform.away = True
    refs = [make(salon, at(9), service), make(salon, at(10), service)]
    appointments.delete(salon.parts.database, salon.platform, salon.place, refs[1], at=salon.at)
    counting.settle(salon.parts.database, salon.platform, LATER)
    salon.platform.away = False
    for _ in range(2):
        counting.settle(salon.parts.database, salon.platform, LATER)
    assert salon.parts.database.number("SELECT count(*) FROM appointment") == salon.platform.used(ACCOUNT) == 3


def test_cut_off_at_the_limit_the_last_that_was_heard_decides(salon: Salon) -> None:
    service = salon.service()
    fill(salon, service, 50)
    salon.platform.away = True
    with pytest.raises(LimitReached):
        make(salon, at(9), service)


def test_cut_off_between_reserving_and_committing(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    service = salon.service()
    settled = counting.settle_one
    monkeypatch.setattr(counting, "settle_one", lambda *_: setattr(salon.platform, "away", True))
    make(salon, at(9), service)
    monkeypatch.setattr(counting, "settle_one", settled)
    assert (salon.platform.used(ACCOUNT), salon.platform.held()) == (0, 1)
    counting.settle(salon.parts.database, salon.platform, LATER)  # still cut off
    salon.platform.away = False
    salon.platform.lapse()
    counting.settle(salon.parts.database, salon.platform, LATER)
    assert salon.platform.used(ACCOUNT) == 1


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from bookings import appointments, business, counting
    from bookings.appointments import Person
    from bookings.database import Database
    from tests.salon.standin import StandIn
    from tests.salon.conftest import ACCOUNT, AT
    from tests.salon.test_booking import at

    def die(*_args, **_more):
        os.kill(os.getpid(), signal.SIGKILL)

    def before(owner, name):
        setattr(owner, name, die)

    def after(owner, name):
        done = getattr(owner, name)
        setattr(owner, name, lambda *args, **more: (done(*args, **more), die()))

    folder, what = Path(sys.argv[1]), sys.argv[2]
    database, platform = Database(folder / "bookings.sqlite3"), StandIn(folder / "sublet.sqlite3")
    place = business.find(database, ACCOUNT)
    if what == "before reserving": before(platform, "reserve")
    if what == "after reserving": after(platform, "reserve")
    if what == "inside our transaction": before(appointments, "_occupy")
    if what == "after our transaction": before(counting, "settle_one")
    if what == "before committing": before(platform, "commit")
    if what == "after committing": after(platform, "commit")
    if what == "inside deleting": before(counting, "owe_deletion")
    if what == "after deleting": before(counting, "pay")
    if what == "before telling": before(platform, "record")
    if what == "after telling": after(platform, "record")
    if what in ("inside deleting", "after deleting", "before telling", "after telling"):
        ref = database.row("SELECT ref FROM appointment")["ref"]
        appointments.delete(database, platform, place, ref, at=AT)
    else:
        row, agenda = business.services(database, ACCOUNT)[0], business.agendas(database, ACCOUNT)[0]["id"]
        appointments.make(database, platform, place, service=row, agenda=agenda, starts=at(11), person=Person("x"), origin="agenda", at=AT)
"""
STEPS = {
    "before reserving": 1, "after reserving": 1, "inside our transaction": 1, "after our transaction": 2, "before committing": 2,
    "after committing": 2, "inside deleting": 1, "after deleting": 0, "before telling": 0, "after telling": 0,
}  # fmt: skip


@pytest.mark.parametrize("lapsed", [False, True], ids=["in time", "after the reservation has lapsed"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_between_any_two_steps_both_sides_agree_afterwards(
    salon: Salon, tmp_path: Path, step: str, lapsed: bool
) -> None:
    """There was one appointment; a process is killed (SIGKILL) while it makes a second, or deletes the first."""
    service = salon.service()
    make(salon, at(9), service)
    paths = [str(ROOT / each) for each in ("", "src", "sdk/python/src", "examples/bookings")]
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), step], cwd=ROOT, check=False, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    if lapsed:
        salon.platform.lapse()
    for _ in range(2):
        counting.settle(salon.parts.database, salon.platform, LATER)
    kept = salon.parts.database.number("SELECT count(*) FROM appointment")
    assert kept == STEPS[step]
    assert salon.platform.used(ACCOUNT) == kept
    assert salon.parts.database.number("SELECT count(*) FROM owed WHERE kind = 'usage'") == 0
    assert salon.parts.database.number("SELECT count(*) FROM appointment WHERE counted <> 'counted'") == 0


def test_the_control_without_settling_the_sides_differ(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    """That the tests above can fail: what they settle is really apart before."""
    service = salon.service()
    monkeypatch.setattr(counting, "settle_one", lambda *_: None)
    make(salon, at(9), service)
    assert salon.platform.used(ACCOUNT) == 0
    assert salon.parts.database.number("SELECT count(*) FROM appointment") == 1


def test_what_is_being_made_right_now_is_left_alone(salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    service = salon.service()
    monkeypatch.setattr(counting, "settle_one", lambda *_: pytest.fail("it is at work"))
    with pytest.raises(pytest.fail.Exception):
        make(salon, at(9), service)
    counting.settle(salon.parts.database, salon.platform, AT + timedelta(seconds=5))
