"""`sublet maintenance on|off`: close every page while something is done to the installation, and open them again."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sublet.foundation.actor import Actor
from sublet.portals.cli.acting import as_operator, complain

if TYPE_CHECKING:
    from sublet.portals.cli.findings import Finding

_HOUR = re.compile(r"^([01]?[0-9]|2[0-3]):([0-5][0-9])\Z")


def read_until(text: str, at: datetime) -> datetime | None:
    """An hour of this machine's clock (``22:30``, the next one) or a moment in ISO form, without an offset in this machine's
    zone. None for neither, and for what is past."""
    local = at.astimezone()
    match = _HOUR.match(text)
    if match:
        wanted = local.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
        return wanted if wanted > local else wanted + timedelta(days=1)
    try:
        found = datetime.fromisoformat(text).astimezone()  # what names no offset is this machine's
    except (ValueError, OverflowError):
        return None
    return found if found > at else None


def on(arguments: argparse.Namespace) -> int:
    """Close every page; say what still runs."""

    def work(actor: Actor, at: datetime) -> int:
        from sublet.foundation.jobs.queries import queue_state
        from sublet.foundation.maintenance import begin_maintenance

        until = read_until(arguments.until, at) if arguments.until else None
        if arguments.until and until is None:
            complain(f"{arguments.until} is no moment to come. Write 22:30, or 2026-03-02T22:30.")
            return 2
        begun = begin_maintenance(until=until, actor=actor, at=at)
        told = f" People are told {begun.until.astimezone():%Y-%m-%d %H:%M}." if begun.until is not None else ""
        print(f"Maintenance is on: every process follows within a second.{told} `sublet maintenance off` ends it.")
        running = queue_state(at=at).running
        if running:
            print(f"{running} {'job is' if running == 1 else 'jobs are'} still running and will end; no other begins.")
        return 0

    return as_operator(work)


def off(_arguments: argparse.Namespace) -> int:
    """Open every page."""

    def work(actor: Actor, at: datetime) -> int:
        from sublet.foundation.maintenance import end_maintenance

        print("Maintenance is over." if end_maintenance(actor=actor, at=at) else "Maintenance was not on.")
        return 0

    return as_operator(work)


def finding(at: datetime) -> Iterator[Finding]:
    """For `sublet doctor`: nothing while it is off."""
    from sublet.foundation.maintenance import maintenance_now
    from sublet.portals.cli.findings import NOTE, WRONG, Finding

    going_on = maintenance_now()
    if going_on is None:
        return
    sentence = f"Maintenance has been on since {going_on.since:%Y-%m-%d %H:%M} UTC: nobody gets in, and no job is done."
    late = going_on.until is not None and going_on.until < at
    if going_on.until is not None:
        said = "should have been over at" if late else "is expected to be over at"
        sentence = f"{sentence} It {said} {going_on.until:%Y-%m-%d %H:%M} UTC."
    yield Finding("maintenance", WRONG if late else NOTE, sentence, "`sublet maintenance off` ends it.")
