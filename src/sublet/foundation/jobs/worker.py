"""The worker process: threads that claim and run, a heartbeat, schedules, and an orderly end."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock, Thread, current_thread, main_thread
from types import FrameType

from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections

from sublet import __version__
from sublet.foundation import clock
from sublet.foundation.jobs import queue
from sublet.foundation.jobs.context import JobContext
from sublet.foundation.jobs.gate import Gate
from sublet.foundation.jobs.jumps import JumpGuard
from sublet.foundation.jobs.models import Job, State, Worker
from sublet.foundation.jobs.registry import KINDS, kind_of
from sublet.foundation.jobs.runner import execute, prepared
from sublet.foundation.jobs.schedules import fire_due, sync_schedules
from sublet.foundation.maintenance.queries import maintenance

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 1.0
SIGN_OF_LIFE = 5.0
LOOK_AT_SCHEDULES, LOOK_AFTER_FAULT = 1.0, 15.0
#: A job lost this often runs alone from then on: whatever kills its process then kills no other job with it.
SUSPECT_AFTER = 2
#: With so many threads stuck past their time limits the process ends, for a fresh one to be started.
MOST_ABANDONED = 8


@dataclass(slots=True, eq=False)
class Running:
    """A job that a thread of this worker has in hand. `since` and `renewed` are on the running clock."""

    job: Job
    context: JobContext
    thread: Thread
    renewed: float
    since: float | None = None
    abandoned: bool = False


@dataclass(slots=True, eq=False)
class WorkerProcess:
    """One worker: what it does is in `run`; everything else is called by its threads."""

    threads: int
    once: bool
    stop: Event
    patience: float
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:80]}:{os.getpid()}:{secrets.token_hex(4)}")
    guard: JumpGuard = field(default_factory=JumpGuard)
    gate: Gate = field(default_factory=Gate)
    _lock: Lock = field(default_factory=Lock)
    _running: dict[object, Running] = field(default_factory=dict)
    _runners: list[Thread] = field(default_factory=list)
    _busy: set[object] = field(default_factory=set)
    _choosing: set[object] = field(default_factory=set)  # who is about to take a job that may be a long one
    _stuck: list[Thread] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)
    _broken: bool = False
    _signals: int = 0
    _breathed: float = field(default_factory=time.monotonic)

    def run(self) -> int:
        """Work until `stop` is set (or, with `once`, until nothing is due); 0 after an orderly end, else 1."""
        if not self._signed_in():
            return 1
        beat = Thread(target=self._beat, name="heartbeat", daemon=True)
        beat.start()
        look_again = self._fire_due()
        for _ in range(self.threads):
            self._start_runner()
        while not self._asked_to_stop() and any(thread.is_alive() for thread in self._runners):
            if time.monotonic() >= look_again:
                look_again = self._fire_due()
            self._abandon_overdue()
            self.stop.wait(0.02 if self.once else FIRST_PAUSE)
        self.stop.set()
        orderly = self._runners_ended()
        self._ended.set()
        beat.join(timeout=SIGN_OF_LIFE)
        self._try(self._sign_out)
        connections.close_all()
        return 0 if orderly and not self._broken else 1

    def note_signal(self, number: int, frame: FrameType | None) -> None:
        """For SIGTERM and SIGINT: the first ends the worker after its jobs, the second at once.

        Only counts: an Event could be locked by the very code that the signal interrupted.
        """
        self._signals += 1

    def _asked_to_stop(self) -> bool:
        if self._signals:
            self.stop.set()
        return self.stop.is_set()

    def _fire_due(self) -> float:
        """Fire the schedules that are due; when to look again, on the running clock."""
        if maintenance() is not None:
            return time.monotonic() + LOOK_AFTER_FAULT
        fine = self._try(lambda: fire_due(at=self.guard.now()))
        return time.monotonic() + (LOOK_AT_SCHEDULES if fine else LOOK_AFTER_FAULT)

    def _try(self, write: Callable[[], object]) -> bool:
        """Do what will be done again anyway; False when it failed, which must not end the worker."""
        try:
            write()
        except Exception:
            logger.exception("the queue could not be looked after")
            connection.close()
            return False
        return True

    # Threads that run jobs

    def _start_runner(self) -> None:
        thread = Thread(target=self._claim_and_run, name="jobs", daemon=True)
        self._runners.append(thread)
        thread.start()

    def _claim_and_run(self) -> None:
        ticket, pause = object(), FIRST_PAUSE
        try:
            while self.gate.share(ticket, stopped=self._asked_to_stop) and not self._asked_to_stop():
                try:
                    worked = self._one(ticket)
                except Exception:
                    # The database is away or busy beyond its timeout: a lease or a later claim puts everything right.
                    # Whatever else it is must not leave the worker alive with no thread that works.
                    logger.exception("a job could not be claimed or ended")
                    connection.close()
                    worked = False
                finally:
                    self.gate.leave(ticket)
                if worked is None:
                    return
                if worked:
                    pause = FIRST_PAUSE
                    continue
                if self.once and self._nobody_works():
                    return
                self.stop.wait(0.02 if self.once else pause)
                pause = min(LONGEST_PAUSE, pause * 1.5)
        finally:
            connections.close_all()

    def _nobody_works(self) -> bool:
        with self._lock:
            return not self._busy

    def _one(self, ticket: object) -> bool | None:
        """Claim and do one job. False when nothing is due; None when this thread was abandoned meanwhile."""
        if maintenance() is not None:
            return False  # it takes none; those in hand go on to their end
        with self._lock:
            self._busy.add(ticket)
        try:
            at = self.guard.now()
            kinds = self._kinds_for(ticket)
            job = queue.claim(worker=self.name, kinds=kinds, at=at, takeover=self._may_take_over())
            if job is None:
                return False
            if job.state == State.DEAD:
                logger.error("job %s %s: dead after %d attempts: %s", job.kind, job.id, job.attempts, job.last_error)
                return True
            context = prepared(job, at=at, now=clock.now)
            if context is None:
                return True
            running = Running(job=job, context=context, thread=current_thread(), renewed=time.monotonic())
            with self._lock:
                self._running[ticket] = running
                self._choosing.discard(ticket)
            try:
                if job.losses >= SUSPECT_AFTER and not self._wait_until_alone(ticket):
                    queue.give_back(job, context.claim, at=self.guard.now())
                    return True
                running.since = time.monotonic()
                outcome = execute(job, context)
            finally:
                with self._lock:
                    if not running.abandoned:
                        del self._running[ticket]
            seconds = time.monotonic() - running.since
            logger.info("job %s %s: %s, attempt %d, %.2f s", job.kind, job.id, outcome.value, job.attempts, seconds)
            return None if running.abandoned else True
        finally:
            with self._lock:
                self._busy.discard(ticket)
                self._choosing.discard(ticket)

    def _kinds_for(self, ticket: object) -> list[str]:
        """What this thread may take: no long job where another one would leave no thread to mails, which somebody waits for."""
        with self._lock:
            long = sum(kind_of(each.job.kind).long for each in self._running.values())
            if long + len(self._choosing) < max(1, self.threads - 1):
                self._choosing.add(ticket)
                return sorted(KINDS)
        return sorted(name for name, kind in KINDS.items() if not kind.long)

    def _may_take_over(self) -> bool:
        """Whether a lease that has run out means that its worker is gone.

        Not when the clock has just been moved, and not when this worker's own heartbeat does not get through: a long
        transaction on SQLite stops everybody's.
        """
        return self.guard.may_take_over() and time.monotonic() - self._breathed < 3 * SIGN_OF_LIFE

    def _wait_until_alone(self, ticket: object) -> bool:
        self.gate.leave(ticket)
        return self.gate.alone(ticket, stopped=self._asked_to_stop)

    # Time limits

    def _abandon_overdue(self) -> None:
        """Take jobs that overran their time limit away from their threads, and put fresh threads in their place.

        A thread cannot be ended from outside. It goes on, but its claim is gone: it can neither report nor finish.
        """
        now = time.monotonic()
        with self._lock:
            in_hand = list(self._running.items())
        for ticket, running in in_hand:
            limit = kind_of(running.job.kind).timeout
            if running.since is None or now - running.since <= limit:
                continue
            if not running.context.completing:
                self._try(partial(self._abandon, ticket, running, limit))
            elif now - running.since > 2 * limit:
                # Its transaction locks the row, so the job cannot be taken away from it; only ending the process can.
                logger.critical("job %s %s: stuck inside its transaction", running.job.kind, running.job.id)
                self._broken = True
                self.stop.set()

    def _abandon(self, ticket: object, running: Running, limit: float) -> None:
        error = f"It took longer than its time limit of {limit:g} seconds."
        if not queue.fail(running.job, running.context.claim, error=error, at=self.guard.now()):
            return  # it ended in this very moment
        running.context.lost = True
        logger.error("job %s %s: %s", running.job.kind, running.job.id, error)
        with self._lock:
            if self._running.get(ticket) is not running:
                return  # as above: its thread is free again
            running.abandoned = True
            del self._running[ticket]
            self._busy.discard(ticket)
        self.gate.leave(ticket)
        self._runners.remove(running.thread)
        self._stuck = [thread for thread in (*self._stuck, running.thread) if thread.is_alive()]
        if len(self._stuck) >= MOST_ABANDONED:
            logger.critical("%d jobs are stuck past their time limits; this worker ends", len(self._stuck))
            self._broken = True
            self.stop.set()
        self._start_runner()

    # Signs of life

    def _beat(self) -> None:
        """Renew leases and the worker's own row until the very end."""
        shortest = min((kind.lease for kind in KINDS.values()), default=60)
        pause = min(SIGN_OF_LIFE, shortest / 3)
        signed, jumps = time.monotonic(), 0
        try:
            while not self._ended.wait(pause):
                self.guard.now()
                jumped, jumps = self.guard.jumps > jumps, self.guard.jumps
                fine = self._renew(everything=jumped)
                if time.monotonic() - signed >= SIGN_OF_LIFE or jumped:
                    signed = time.monotonic()
                    fine = self._try(self._say_alive) and fine
                if fine:
                    self._breathed = time.monotonic()
        finally:
            connections.close_all()

    def _renew(self, *, everything: bool) -> bool:
        """Renew the leases that need it; False when one could not be."""
        fine = True
        with self._lock:
            in_hand = list(self._running.values())
        for running in in_hand:
            context = running.context
            due = time.monotonic() - running.renewed >= running.job.lease / 3
            if context.completing or context.completed or context.lost or not (due or everything):
                continue
            try:
                held = queue.renew(context.claim, at=self.guard.now())
            except (DatabaseError, InterfaceError):
                logger.warning("a lease could not be renewed", exc_info=True)
                connection.close()
                fine = False
                continue
            running.renewed = time.monotonic()
            if not held and not (context.completing or context.completed):
                context.lost = True
        return fine

    def _say_alive(self) -> None:
        Worker.unscoped.filter(name=self.name).update(last_seen=self.guard.now())  # unscoped: the installation's

    def _signed_in(self) -> bool:
        """Store the worker's row, waiting for the database if it is not there yet; False when asked to stop before."""
        pause = FIRST_PAUSE
        while not self._asked_to_stop():
            try:
                at = self.guard.now()
                Worker.unscoped.create(  # unscoped: the installation's
                    name=self.name,
                    pid=os.getpid(),
                    host=socket.gethostname()[:80],
                    threads=self.threads,
                    version=__version__,
                    started_at=at,
                    last_seen=at,
                )
                sync_schedules(at=at)
                return True
            except (OperationalError, InterfaceError):
                logger.warning("waiting for the database", exc_info=True)
                connection.close()
                self.stop.wait(pause)
                pause = min(5.0, pause * 2)
        return False

    def _sign_out(self) -> None:
        at = self.guard.now()
        Worker.unscoped.filter(name=self.name).update(last_seen=at, stopped_at=at)  # unscoped: the installation's

    def _runners_ended(self) -> bool:
        """Wait for the jobs in hand, as long as patience and the signals allow."""
        until = time.monotonic() + self.patience
        while any(thread.is_alive() for thread in self._runners):
            if time.monotonic() > until or self._signals > 1:
                logger.error("some jobs did not end in time; they are taken over when their leases run out")
                return False
            self._abandon_overdue()
            time.sleep(0.02)
        return True


def run_worker(*, threads: int = 2, once: bool = False, stop: Event | None = None, patience: float = 25.0) -> int:
    """Do jobs until SIGTERM, SIGINT or `stop`; with `once`, until nothing is due. Returns the exit status: 0 or 1.

    Asked to stop, it takes no new job and waits up to `patience` seconds for those in hand; a second signal ends the
    waiting. What was not finished then is taken over by another worker when the lease runs out. 1 means that something
    was left in hand or stuck: the process must end, and a supervisor should start another. Signals are handled when
    called in the main thread, and the handlers of before put back afterwards.
    """
    if threads < 1:
        raise ValueError("a worker has at least one thread")
    process = WorkerProcess(threads=threads, once=once, stop=stop or Event(), patience=patience)
    with _signals_to(process):
        return process.run()


@contextmanager
def _signals_to(process: WorkerProcess) -> Iterator[None]:
    if current_thread() is not main_thread():
        yield
        return
    before = {number: signal.signal(number, process.note_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
