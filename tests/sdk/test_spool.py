"""What was recorded is sent in order and counted once, whatever is killed, cut or refused on the way."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sublet_client import SetAside, Sublet
from sublet_client._clock import uuid7
from sublet_client._spool import Spool
from tests.sdk.conftest import Clocks, until
from tests.sdk.stand_in import Answer, Json, StandIn, problem

Make = Callable[..., Sublet]
TOP = Path(__file__).parents[2]


def ids_of(server: StandIn) -> list[str]:
    return [id for _source, id in server.events]


def test_what_is_recorded_is_counted_once_in_order(server: StandIn, sublet: Make) -> None:
    made = sublet()
    ids = [made.record("acc_bella", "appointments", 2, properties={"room": str(number)}) for number in range(20)]

    state = made.flush()

    assert (state.waiting, state.set_aside, state.trouble) == (0, 0, "")
    assert ids_of(server) == ids
    assert server.accounts["acc_bella"].meters["appointments"].used == 40
    assert next(iter(server.events.values()))["properties"] == {"room": "0"}


def test_ids_sort_by_their_time_and_are_of_version_seven(clocks: Clocks) -> None:
    first = uuid7()
    clocks.pass_by(0.01)
    second = uuid7()

    assert first < second
    assert (uuid.UUID(first).version, uuid.UUID(first).variant) == (7, uuid.RFC_4122)


def test_it_is_sent_by_itself(server: StandIn, sublet: Make) -> None:
    id = sublet().record("acc_bella", "appointments")

    until(lambda: ids_of(server) == [id])


def test_batches_have_a_thousand_at_most(server: StandIn, sublet: Make) -> None:
    server.__exit__()
    made = sublet(full_sync=False)
    made._api.spool.put(
        [made._api.event(made._driver.clock, "acc_bella", "appointments", 1, id=None, time=None, properties=None,
                         corrects=None)[0] for _ in range(2500)],
        untimed=False,
    )  # fmt: skip
    with server:
        assert made.flush().waiting == 0
        assert [len(each) for each in server.batches] == [1000, 1000, 500]
        assert server.accounts["acc_bella"].meters["appointments"].used == 2500


def test_a_line_cut_before_the_answer_counts_once(server: StandIn, sublet: Make) -> None:
    made = sublet()
    server.lose_answers = 3
    for _ in range(5):
        made.record("acc_bella", "appointments")

    assert made.flush().waiting == 0
    assert (len(server.events), server.accounts["acc_bella"].meters["appointments"].used) == (5, 5)
    assert len(server.batches) >= 2


def test_the_same_id_twice_is_one(server: StandIn, sublet: Make) -> None:
    made = sublet()
    for _ in range(3):
        made.record("acc_bella", "appointments", id="order-17")
        made.flush()

    assert server.accounts["acc_bella"].meters["appointments"].used == 1


def test_a_server_that_is_gone_loses_nothing(server: StandIn, sublet: Make, tmp_path: Path) -> None:
    server.__exit__()
    first = sublet()
    ids = [first.record("acc_bella", "appointments") for _ in range(7)]
    state = first.flush(timeout=0.3)
    first.close(0.1)
    assert (state.waiting, bool(state.trouble)) == (7, True)

    with server:
        assert sublet().flush().waiting == 0
        assert ids_of(server) == ids


def test_a_poisoned_event_is_set_aside_and_told_and_the_rest_goes_on(server: StandIn, sublet: Make) -> None:
    told: list[SetAside] = []
    made = sublet(on_set_aside=told.append)
    good = [made.record("acc_bella", "appointments") for _ in range(5)]
    unknown = made.record("acc_bella", "no_such_meter", 3)
    good += [made.record("acc_bella", "appointments") for _ in range(5)]
    stranger = made.record("acc_of_a_stranger", "appointments")
    good += [made.record("acc_bella", "appointments") for _ in range(5)]

    state = made.flush()

    assert (state.waiting, state.set_aside) == (0, 2)
    assert ids_of(server) == good
    aside = {each.id: each for each in made.set_aside()}
    assert (aside[unknown].code, aside[unknown].meter, aside[unknown].quantity) == ("unknown", "no_such_meter", 3)
    assert aside[stranger].code == "not-found"
    assert {each.id for each in told} == {unknown, stranger}


def test_what_was_set_aside_is_sent_once_it_can_be(server: StandIn, sublet: Make) -> None:
    made = sublet()
    late = made.record("acc_new", "appointments")
    lost = made.record("acc_never", "appointments")
    made.flush()
    server.account("acc_new", calendar_feed=True)

    again, dropped = made.retry_set_aside([late]), made.drop_set_aside([lost])
    made.flush()

    assert (again, dropped, made.set_aside()) == (1, 1, [])
    assert ids_of(server) == [late]


def test_whoever_is_told_may_fail(server: StandIn, sublet: Make) -> None:
    def fails(_event: SetAside) -> None:
        raise ValueError

    made = sublet(on_set_aside=fails)
    made.record("acc_bella", "no_such_meter")
    made.record("acc_bella", "appointments")

    assert (made.flush().set_aside, len(server.events)) == (1, 1)


def test_an_event_at_which_the_server_breaks_does_not_block_the_rest(server: StandIn, sublet: Make) -> None:
    def breaks(path: str, body: Json) -> Answer | None:
        bad = path.endswith("usage-events") and any(each["quantity"] == 13 for each in body["events"])
        return problem(500, "fault") if bad else None

    server.refuse = breaks
    made = sublet()
    good = [made.record("acc_bella", "appointments") for _ in range(3)]
    bad = made.record("acc_bella", "appointments", 13)
    good += [made.record("acc_bella", "appointments") for _ in range(3)]

    until(lambda: made.flush(5.0).waiting == 0)

    assert sorted(ids_of(server)) == sorted(good)
    assert [each.id for each in made.set_aside()] == [bad]


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, "fault"), (503, "maintenance"), (429, "too-many-requests"), (401, "unauthorized"), (403, "forbidden")],
)
def test_what_is_no_events_own_fault_sets_nothing_aside(server: StandIn, sublet: Make, status: int, code: str) -> None:
    server.refuse = lambda path, body: problem(status, code) if path.endswith("usage-events") else None
    made = sublet()
    ids = [made.record("acc_bella", "appointments") for _ in range(3)]
    state = made.flush(timeout=1.5)
    assert (state.waiting, state.set_aside) == (3, 0)
    assert code in state.trouble

    server.refuse = lambda path, body: None

    until(lambda: made.flush(1.0).waiting == 0)
    assert ids_of(server) == ids


def test_a_server_without_usage_events_sets_nothing_aside(server: StandIn, sublet: Make) -> None:
    """An older server, or a wrong address: there is nothing at that place, which says nothing of the event."""
    server.refuse = lambda path, body: problem(404, "not-found") if path.endswith("usage-events") else None
    made = sublet()
    made.record("acc_bella", "appointments")

    state = made.flush(timeout=1.0)

    assert (state.waiting, state.set_aside, "no-usage-events" in state.trouble) == (1, 0, True)


def test_kill_nine_loses_and_doubles_nothing(server: StandIn, tmp_path: Path) -> None:
    """What a killed process has said that it recorded is counted once; at most the one it had not said yet comes besides."""
    spool = tmp_path / "spool.sqlite3"
    said: set[str] = set()
    for round_ in range(4):
        with server if round_ % 2 and not server.is_open else _as_it_is():
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.sdk.recorder", server.url, str(spool), "acc_bella"],
                stdout=subprocess.PIPE, text=True, cwd=TOP,
                env={**os.environ, "PYTHONPATH": f"{TOP}{os.pathsep}{TOP / 'sdk/python/src'}"},
            )  # fmt: skip
            assert process.stdout is not None
            lines = [process.stdout.readline().strip() for _ in range(15 + 10 * round_)]
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.read().split("\n")[:-1]
            process.wait()
            said |= {each for each in lines if len(each) == 36}

    made = Sublet(server.url, "sk_of_the_tests", spool_path=spool)
    assert made.flush().waiting == 0
    made.close()

    counted = ids_of(server)
    assert said <= set(counted)
    assert len(counted) - len(said) <= 4  # one for each kill at most
    assert server.accounts["acc_bella"].meters["appointments"].used == len(counted)
    assert len(said) >= 90


def _as_it_is() -> Any:
    from contextlib import nullcontext

    return nullcontext()


def test_two_processes_share_a_spool(server: StandIn, tmp_path: Path) -> None:
    spool = tmp_path / "spool.sqlite3"
    environment = {**os.environ, "PYTHONPATH": f"{TOP}{os.pathsep}{TOP / 'sdk/python/src'}"}
    command = [sys.executable, "-m", "tests.sdk.recorder", server.url, str(spool), "acc_bella"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=TOP, env=environment) for _ in range(2)]
    said: list[list[str]] = []
    for process in both:
        assert process.stdout is not None
        said.append([process.stdout.readline().strip() for _ in range(40)])
    for process in both:
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        process.stdout.read()
        process.wait()
    made = Sublet(server.url, "sk_of_the_tests", spool_path=spool)
    assert made.flush().waiting == 0
    made.close()

    counted = ids_of(server)
    for each in said:  # each one's own in its order
        assert [id for id in counted if id in set(each)] == each
    sent = [id for batch in server.batches for id in batch]
    assert len(counted) == len(set(counted)) == server.accounts["acc_bella"].meters["appointments"].used
    assert len(sent) - len(counted) <= 2000  # only what a killed one had under way goes again


def test_who_comes_while_another_makes_the_file_waits(tmp_path: Path) -> None:
    """SQLite refuses at once, whatever the timeout, to change the way a file is written while another one holds it."""
    path = tmp_path / "spool.sqlite3"
    first = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    first.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, first.execute, ("COMMIT",))
    done.start()

    spool = Spool(path)
    spool.put([{"id": "one"}], untimed=False)

    done.join()
    assert spool.counts() == (1, 0)
    spool.close()
    first.close()


def test_only_one_sends_at_a_time(server: StandIn, sublet: Make) -> None:
    one, two = sublet(), sublet()
    with one._api.spool.sending() as first, two._api.spool.sending() as second:
        assert (first, second) == (True, False)
    with two._api.spool.sending() as third:
        assert third


def test_many_threads_record_at_once(server: StandIn, sublet: Make) -> None:
    made = sublet(full_sync=False)
    threads = [
        threading.Thread(target=lambda: [made.record("acc_bella", "appointments") for _ in range(50)]) for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert made.flush().waiting == 0
    assert server.accounts["acc_bella"].meters["appointments"].used == 400


@pytest.mark.parametrize("hours", [-26, 3])
def test_a_wrong_clock_here_is_put_right(server: StandIn, sublet: Make, clocks: Clocks, hours: int) -> None:
    """Also for what was recorded before the server was ever heard; an instant that was given is left alone."""
    server.__exit__()
    clocks.wall_ahead = hours * 3600.0
    made = sublet()
    before = datetime.now(UTC)  # noqa: TID251 - what the server takes for now
    first = made.record("acc_bella", "appointments")
    given = made.record("acc_bella", "appointments", time=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    with server:
        made.flush()
        second = made.record("acc_bella", "appointments")
        made.flush()

        times = {id: each["time"] for (_source, id), each in server.events.items()}
        for id in (first, second):
            assert abs(datetime.fromisoformat(times[id]) - before) < timedelta(seconds=20)
        assert times[given] == "2026-03-02T09:30:00.000Z"


def test_an_instant_needs_its_zone(sublet: Make) -> None:
    with pytest.raises(ValueError, match="time zone"):
        sublet().record("acc_bella", "appointments", time=datetime(2026, 3, 2, 9, 30))


def test_the_spool_is_its_owners_alone(server: StandIn, sublet: Make, tmp_path: Path) -> None:
    server.__exit__()
    sublet().record("acc_bella", "appointments")

    assert stat.S_IMODE(os.stat(tmp_path / "spool.sqlite3").st_mode) == 0o600
    content = b"".join(each.read_bytes() for each in tmp_path.glob("spool.sqlite3*"))
    assert b"sk_of_the_tests" not in content


def test_what_is_recorded_is_on_the_disk(server: StandIn, sublet: Make, tmp_path: Path) -> None:
    """Another program sees it as soon as `record` returns, and SQLite was told to wait for the disk."""
    server.__exit__()
    made = sublet()
    id = made.record("acc_bella", "appointments")

    with sqlite3.connect(tmp_path / "spool.sqlite3") as other:
        assert other.execute("SELECT id FROM waiting").fetchall() == [(id,)]
        assert other.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    assert made._api.spool._open().execute("PRAGMA synchronous").fetchall() == [(2,)]


def test_a_forked_child_records_into_the_same_spool(server: StandIn, sublet: Make) -> None:
    made = sublet()
    first = made.record("acc_bella", "appointments")
    pid = os.fork()
    if pid == 0:
        try:
            made.record("acc_bella", "appointments", id="from-the-child")
        finally:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0

    made.flush()

    assert sorted(ids_of(server)) == sorted([first, "from-the-child"])
