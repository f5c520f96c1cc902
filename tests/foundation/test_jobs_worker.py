"""Inside a worker: who runs beside whom, and noticing that the clock was moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from sublet.foundation.jobs import worker
from sublet.foundation.jobs.gate import Gate
from sublet.foundation.jobs.jumps import GRACE_SECONDS, JumpGuard
from sublet.foundation.jobs.models import Job
from sublet.foundation.jobs.registry import Kind
from sublet.foundation.jobs.worker import Running, WorkerProcess, run_worker

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def never() -> bool:
    return False


def test_many_share_and_one_is_alone() -> None:
    gate, inside = Gate(), Event()
    first, second, suspect = object(), object(), object()
    assert gate.share(first, stopped=never)
    assert gate.share(second, stopped=never)

    def go_alone() -> None:
        gate.alone(suspect, stopped=never)
        inside.set()

    thread = Thread(target=go_alone)
    thread.start()
    gate.leave(first)
    assert not inside.is_set()
    gate.leave(second)
    thread.join(timeout=30)
    assert inside.is_set()
    assert not gate.share(first, stopped=inside.is_set)  # nobody gets in beside it
    gate.leave(suspect)
    assert gate.share(first, stopped=never)


def test_whoever_waits_to_be_alone_is_not_overtaken() -> None:
    gate, stop = Gate(), Event()
    holder, suspect = object(), object()
    gate.share(holder, stopped=never)
    answers: list[bool] = []
    thread = Thread(target=lambda: answers.append(gate.alone(suspect, stopped=stop.is_set)))
    thread.start()
    calls: list[int] = []

    def after_a_while() -> bool:
        calls.append(1)
        return len(calls) > 2

    while gate.share(object(), stopped=lambda: True):  # until the waiting one has come
        pass
    assert not gate.share(object(), stopped=after_a_while)
    stop.set()
    thread.join(timeout=30)
    assert answers == [False]


def test_leaving_what_one_does_not_hold_is_harmless() -> None:
    gate = Gate()
    gate.leave(object())
    assert gate.alone(object(), stopped=never)


class Clocks:
    """A wall clock that can be moved, and a running clock that cannot."""

    def __init__(self) -> None:
        self.wall, self.running = AT, 100.0

    def pass_by(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.running += seconds

    def guard(self) -> JumpGuard:
        return JumpGuard(now=lambda: self.wall, running=lambda: self.running)


def test_a_clock_that_goes_on_lets_leases_run_out() -> None:
    clocks = Clocks()
    guard = clocks.guard()
    for seconds in (0.2, 1, 3600):
        clocks.pass_by(seconds)
        assert guard.now() == clocks.wall
        assert guard.may_take_over()
    assert guard.jumps == 0


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1), timedelta(hours=1), timedelta(seconds=-5)])
def test_after_a_jump_nothing_is_taken_over_until_the_living_have_renewed(jump: timedelta) -> None:
    clocks = Clocks()
    guard = clocks.guard()
    clocks.wall += jump
    guard.now()
    assert (guard.jumps, guard.may_take_over()) == (1, False)
    clocks.pass_by(GRACE_SECONDS - 1)
    guard.now()
    assert not guard.may_take_over()
    clocks.pass_by(1)
    guard.now()
    assert (guard.jumps, guard.may_take_over()) == (1, True)


def test_a_slewed_clock_and_a_leap_second_are_no_jump() -> None:
    clocks = Clocks()
    guard = clocks.guard()
    for _ in range(1000):
        clocks.pass_by(1)
        clocks.wall += timedelta(milliseconds=0.5)
        guard.now()
    clocks.wall += timedelta(seconds=1)
    guard.now()
    assert guard.jumps == 0


def test_a_worker_has_a_thread() -> None:
    with pytest.raises(ValueError, match="at least one"):
        run_worker(threads=0)


@pytest.mark.parametrize(("threads", "taken"), [(1, 1), (2, 1), (4, 3)])
def test_long_jobs_leave_a_thread_to_others(monkeypatch: pytest.MonkeyPatch, threads: int, taken: int) -> None:
    """However many of them somebody asks for: mails go on leaving."""

    def nothing(_context: object) -> None:
        return None

    kinds = {name: Kind(name, nothing, 1, 60, 900, long=name == "scan") for name in ("mail", "scan")}
    monkeypatch.setattr(worker, "KINDS", kinds)
    monkeypatch.setattr(worker, "kind_of", kinds.__getitem__)
    process = WorkerProcess(threads=threads, once=False, stop=Event(), patience=1.0)
    begun = 0
    for _thread in range(threads):
        ticket = object()
        if "scan" in process._kinds_for(ticket):
            # Before it is known what it took, nobody else may take the last one.
            assert ("scan" in process._kinds_for(object())) == (begun + 1 < taken)
            process._choosing.clear()
            job = Job(kind="scan")
            process._running[ticket] = Running(job=job, context=None, thread=Thread(), renewed=0.0)  # type: ignore[arg-type]  # not run
            begun += 1
    assert begun == taken
    assert process._kinds_for(object()) == ["mail"]
    process._running.clear()
    assert process._kinds_for(object()) == ["mail", "scan"]
