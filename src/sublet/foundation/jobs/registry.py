"""Which kinds of job exist, and on which schedule: filled by the decorators in each app's `jobs.py`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from importlib import import_module
from typing import Any, TypeVar

from django.utils.module_loading import autodiscover_modules

from sublet.core.schedule import Daily, Every, Rule

Handler = Callable[..., object]
H = TypeVar("H", bound=Handler)


class UnknownJob(LookupError):
    """No handler is registered under that name: a programming fault, or a process of another version."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job. `lease` and `timeout` are seconds."""

    name: str
    handler: Handler
    max_attempts: int
    lease: int
    timeout: float
    long: bool = False

    def check(self, payload: Mapping[str, Any]) -> None:
        """Raise TypeError when the handler could not be called with that payload."""
        try:
            inspect.signature(self.handler).bind(None, **payload)
        except TypeError as fault:
            raise TypeError(f"job {self.name}: {fault}") from None


@dataclass(frozen=True, slots=True)
class Plan:
    """A declared schedule: it enqueues the job `kind`, platform-wide, once for each slot of `rule`."""

    name: str
    kind: str
    rule: Rule


KINDS: dict[str, Kind] = {}
PLANS: dict[str, Plan] = {}


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises UnknownJob."""
    try:
        return KINDS[name]
    except KeyError:
        raise UnknownJob(f"no job is called {name!r}") from None


def job(
    name: str, *, max_attempts: int = 8, lease: int = 60, timeout: float = 900, long: bool = False
) -> Callable[[H], H]:
    """Register a handler ``(context: JobContext, *, …payload) -> None`` under a name that nothing else has.

    `max_attempts` counts every start, also those that ended with a killed process. `lease` is how many seconds after
    the last sign of life another worker takes the job over; the worker renews it while the handler runs. A handler
    that takes longer than `timeout` seconds loses the job, which counts as a failure. Of `long` ones a worker does so few at the
    same time that a thread is left to others, if it has more than one. Raises ValueError for a name that
    is taken or figures that cannot be kept.
    """
    if max_attempts < 1 or lease < 1 or timeout <= 0:
        raise ValueError(f"job {name}: at least one attempt, a lease of a second and a time limit")

    def register(handler: H) -> H:
        known = KINDS.get(name)
        if known is not None and _place(known.handler) != _place(handler):
            raise ValueError(f"two jobs are called {name}")
        KINDS[name] = Kind(
            name=name, handler=handler, max_attempts=max_attempts, lease=lease, timeout=timeout, long=long
        )
        return handler

    return register


def schedule(
    name: str, *, every: timedelta | None = None, daily: time | None = None, zone: str = "UTC"
) -> Callable[[H], H]:
    """Run the job `name` on a schedule: above or below its `@job(name)`, or alone, which registers the job as well.

    Give `every` (an interval; the slots are spread by name, so that not everything runs at midnight) or `daily` (a
    wall-clock time in `zone`). The handler takes the context alone and runs platform-wide. Raises ValueError unless
    exactly one of both is given.
    """
    rule: Rule
    if every is not None and daily is None:
        rule = Every(every, offset=_spread(name, every))
    elif daily is not None and every is None:
        rule = Daily(daily, zone)
    else:
        raise ValueError(f"schedule {name}: give either every= or daily=")

    def register(handler: H) -> H:
        known = KINDS.get(name)
        if known is None or _place(known.handler) != _place(handler):
            job(name)(handler)
        PLANS[name] = Plan(name=name, kind=name, rule=rule)
        return handler

    return register


def discover() -> None:
    """Import every installed app's `jobs` and `invariants`, and the queue's own chores. Called when the apps are ready."""
    autodiscover_modules("jobs", "invariants")
    import_module("sublet.foundation.jobs.chores")
    import_module("sublet.foundation.jobs.tasks_backend")
    import_module("sublet.foundation.idempotency.jobs")
    import_module("sublet.foundation.journal.jobs")
    import_module("sublet.foundation.journal.invariants")
    import_module("sublet.foundation.invariants.jobs")


def _place(handler: Handler) -> tuple[str, str]:
    return handler.__module__, handler.__qualname__


def _spread(name: str, every: timedelta) -> timedelta:
    """A share of the interval that depends on the name alone: the same in every process and every version."""
    share = sum(value * (position + 1) for position, value in enumerate(name.encode())) % 997
    return every * share / 997
