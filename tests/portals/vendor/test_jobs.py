"""The queue on its pages: what waits, what failed and why, what comes by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from django.test import Client

from sublet.foundation.clock import now
from sublet.foundation.jobs.models import Job, Schedule, State, Worker
from sublet.foundation.jobs.schedules import schedule_actor, sync_schedules
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.refs import uuid7
from tests.people import World
from tests.portals.vendor.counting import statements


def make(at: datetime, **more: object) -> Job:
    fields: dict[str, object] = {
        "id": uuid7(at), "kind": "messaging.send", "actor": {"name": "Rosa Ricci"}, "run_at": at, "max_attempts": 8,
        "lease": 60, "created_at": at, "touched_at": at,
    }  # fmt: skip
    return Job.unscoped.create(**(fields | more))  # unscoped: a test's own row


def dead(at: datetime, **more: object) -> Job:
    return make(
        at,
        state=State.DEAD,
        finished_at=at,
        attempts=8,
        last_error="TimeoutError\nat gateway.py:80\nthe server is silent",
        **more,
    )


def kinds(page: str) -> list[str]:
    return re.findall(r'<a class="row-link"[^>]*><bdi>(.*?)</bdi></a>', page)


def test_jobs_are_listed_newest_first_and_narrowed(world: World, vera: Client, base: str) -> None:
    at = now()
    make(at - timedelta(hours=3), kind="people.answer_sign_up", state=State.DONE, finished_at=at)
    make(at - timedelta(hours=2), account_id=world.carl.id)
    dead(at - timedelta(hours=1), kind="accounts.change_clients")

    page = vera.get(base + "jobs/").content.decode()
    assert kinds(page) == ["accounts.change_clients", "messaging.send", "people.answer_sign_up"]
    assert "the server is silent" in page
    assert "Carl’s Kitchen" in page
    assert kinds(vera.get(base + "jobs/?state=ready").content.decode()) == ["messaging.send"]
    assert kinds(vera.get(base + "jobs/?state=dead").content.decode()) == ["accounts.change_clients"]
    assert kinds(vera.get(base + "jobs/?q=people.answer_sign_up").content.decode()) == ["people.answer_sign_up"]
    assert len(kinds(vera.get(base + "jobs/?state=rubbish&cursor=rubbish").content.decode())) == 3


def test_the_list_goes_on_and_back(world: World, vera: Client, base: str) -> None:
    at = now()
    for number in range(120):
        make(at + timedelta(seconds=number), kind=f"kind.{number:03}")

    first = vera.get(base + "jobs/").content.decode()
    onward = re.findall(r'rel="next" href="([^"]*)"', first)[0].replace("&amp;", "&")
    second = vera.get(onward).content.decode()
    back = re.findall(r'rel="prev" href="([^"]*)"', second)[0].replace("&amp;", "&")

    assert kinds(first)[0] == "kind.119"
    assert kinds(second)[0] == "kind.069"
    assert kinds(vera.get(back).content.decode()) == kinds(first)


def test_the_list_asks_the_same_at_1_and_3_rows(world: World, vera: Client, base: str) -> None:
    at = now()
    make(at, account_id=world.carl.id)
    vera.get(base + "jobs/")
    with statements() as one:
        vera.get(base + "jobs/")
    for which in (world.carl, world.rosa):
        make(at, account_id=which.id)
    with statements() as three:
        vera.get(base + "jobs/")

    assert (len(one), len(three)) == (14, 14), three


def test_workers_and_figures(world: World, vera: Client, base: str) -> None:
    make(now())
    assert "No worker is running" in vera.get(base + "jobs/").content.decode()
    Worker.unscoped.create(  # unscoped: a test's own row
        name="machine:12:abc", pid=1, host="h", threads=2, version="1", started_at=now(), last_seen=now()
    )

    page = vera.get(base + "jobs/").content.decode()

    assert "machine:12:abc" in page
    assert "2 jobs at a time" in page
    assert [part.partition("<")[0] for part in page.split('class="stat-value">')[1:]] == ["1", "0", "0"]


def test_a_dead_job_tells_why_and_is_tried_again(world: World, vera: Client, base: str) -> None:
    job = dead(now(), account_id=world.carl.id)
    here = f"{base}jobs/{job.id}/"

    page = vera.get(here).content.decode()
    assert "TimeoutError\nat gateway.py:80\nthe server is silent" in page
    assert "Carl’s Kitchen" in page
    assert "Try again" in page
    answer = vera.post(here + "retry/", follow=True)

    assert answer.redirect_chain == [(here, 302)]
    assert "The job is in the queue again." in answer.content.decode()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("ready", 0)
    assert JournalEntry.unscoped.get(event="job.retried").account_id == world.vendor.id
    assert "This job has not failed for good." in vera.post(here + "retry/", follow=True).content.decode()


def test_a_schedule_is_called_by_its_name_in_each_language(world: World, vera: Client, base: str) -> None:
    due = make(now(), kind="messaging.check_senders", actor={"name": schedule_actor().name})

    vera.cookies["language"] = "it"
    page = vera.get(f"{base}jobs/{due.id}/").content.decode()

    assert re.search(r"Per conto di</dt>\s*<dd[^>]*>(<[^>]*>)*\s*Pianificazione\b", page)
    assert "Schedule" not in page


def test_a_dead_job_is_discarded_with_a_reason(world: World, vera: Client, base: str) -> None:
    job = dead(now())

    page = vera.post(f"{base}jobs/{job.id}/discard/", {"reason": "Sent by hand\x00"}, follow=True).content.decode()

    assert "The job is discarded." in page
    job.refresh_from_db()
    assert job.state == "discarded"
    assert JournalEntry.unscoped.get(event="job.discarded").reason == "Sent by hand"


def test_progress_is_asked_again_until_the_end(world: World, vera: Client, base: str) -> None:
    job = make(
        now(), state=State.RUNNING, lease_until=now(), worker="w", fence=1, progress_done=30, progress_total=120,
        progress_note="Row 30",
    )  # fmt: skip
    here = f"{base}jobs/{job.id}/"

    page = vera.get(here).content.decode()
    assert f'hx-get="{here}progress/"' in page
    assert 'value="25"' in page
    Job.unscoped.update(state=State.DONE, progress_done=120, lease_until=None, finished_at=now())  # unscoped: as above
    part = vera.get(here + "progress/", headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in part
    assert "<html" not in part


@pytest.mark.parametrize("number", ["rubbish", "00000000-0000-7000-8000-000000000000", "%00"])
def test_a_job_that_is_not_there(world: World, vera: Client, base: str, number: str) -> None:
    for address in ("", "progress/"):
        assert vera.get(f"{base}jobs/{number}/{address}").status_code == 404
    for address in ("retry/", "discard/"):
        assert vera.post(f"{base}jobs/{number}/{address}").status_code == 404


def test_schedules_are_switched_off_and_on(world: World, vera: Client, base: str) -> None:
    assert "No schedules yet" in vera.get(base + "jobs/schedules/").content.decode()
    sync_schedules(at=now())
    page = vera.get(base + "jobs/schedules/").content.decode()
    assert "accounts.end_closed" in page
    assert "every 1 h" in page
    here = base + "jobs/schedules/accounts.end_closed/switch/"

    off = vera.post(here, {"enabled": "0"}, follow=True).content.decode()
    assert "accounts.end_closed is switched off." in off
    assert Schedule.unscoped.get(name="accounts.end_closed").enabled is False  # unscoped: the installation's
    on = vera.post(here, {"enabled": "1"}, follow=True).content.decode()
    assert "accounts.end_closed is switched on." in on
    assert vera.post(base + "jobs/schedules/nothing.such/switch/", {"enabled": "0"}).status_code == 404


def test_whoever_only_looks_changes_nothing(
    world: World, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    victor = colleague({"jobs": "view"})
    job = dead(now())

    assert "/retry/" not in victor.get(f"{base}jobs/{job.id}/").content.decode()
    for act in ("retry", "discard"):
        assert victor.post(f"{base}jobs/{job.id}/{act}/").status_code == 403
    assert victor.post(base + "jobs/schedules/accounts.end_closed/switch/").status_code == 403
    job.refresh_from_db()
    assert job.state == "dead"
