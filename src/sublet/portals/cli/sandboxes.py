"""`sublet sandbox`: copies of a portfolio with a clock of their own, for whoever runs the installation."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sublet.foundation.actor import Actor
from sublet.portals.cli.acting import as_operator, complain

if TYPE_CHECKING:
    from sublet.sandboxes.models import Sandbox

_PAUSE = 0.5
_AMOUNTS = (("invoiced", "invoiced"), ("paid", "paid"), ("open", "open_now"), ("overdue", "overdue_now"))


def listing(arguments: argparse.Namespace) -> int:
    """Show the sandboxes of the vendor, or of a reseller, newest first."""

    def work(actor: Actor, _at: datetime) -> int:
        from sublet.sandboxes.queries import sandboxes_of

        rows = [_told(row) for row in sandboxes_of(actor)]
        if arguments.json:
            print(json.dumps(rows, ensure_ascii=False, indent=2))
            return 0
        for row in rows:
            print(f"{row['ref']}  {row['state']:<8} {row['clock'][:16].replace('T', ' ')}  {row['name']}")
        if not rows:
            print("There is no sandbox.")
        return 0

    return _for_owner(arguments, work)


def new(arguments: argparse.Namespace) -> int:
    """Copy a portfolio, and wait until that is done; its reference."""

    def work(actor: Actor, at: datetime) -> int:
        from sublet.sandboxes.operations import begin_sandbox

        clients = arguments.client or None
        row = begin_sandbox(name=arguments.name, clients=clients, reseller=arguments.clients_of, actor=actor, at=at)
        row = _worked_off(actor, row.ref)
        if row.state != row.State.READY:
            complain(f"The portfolio was not copied: {_why(row)}")
            return 1
        print(row.ref)
        return 0

    return _for_owner(arguments, work)


def advance(arguments: argparse.Namespace) -> int:
    """Move the clock of a sandbox, and wait until it is there; where it stands, and what money came to."""

    def work(actor: Actor, at: datetime) -> int:
        from sublet.core.sandboxes import DATE
        from sublet.sandboxes.operations import move_sandbox
        from sublet.sandboxes.queries import moves_of, own_sandbox

        own_sandbox(arguments.sandbox, actor)
        by = DATE if arguments.to else arguments.by
        move_sandbox(ref=arguments.sandbox, by=by, until=arguments.to, actor=actor, at=at)
        row = _worked_off(actor, arguments.sandbox)
        [last, *_before] = moves_of(actor, row.ref)
        _print_standing(_told(row))
        if last.state != last.State.DONE:
            complain(f"The clock stopped on its way: {_why(row)}")
            return 1
        return 0

    return _for_owner(arguments, work)


def remove(arguments: argparse.Namespace) -> int:
    """Throw a sandbox away with all that is told of it."""

    def work(actor: Actor, at: datetime) -> int:
        from sublet.sandboxes.operations import delete_sandbox

        delete_sandbox(ref=arguments.sandbox, actor=actor, at=at)
        return 0

    return _for_owner(arguments, work)


def _for_owner(arguments: argparse.Namespace, work: Callable[[Actor, datetime], int]) -> int:
    """Do `work` as the vendor, or as the reseller that is named, within its own walls."""

    def within(operator: Actor, at: datetime) -> int:
        from sublet.accounts.queries import acting_for_reseller
        from sublet.foundation.errors import NotFound
        from sublet.foundation.scope import actor_scope

        try:
            actor = acting_for_reseller(operator, arguments.reseller) if arguments.reseller else operator
        except NotFound:
            complain(f"There is no reseller {arguments.reseller}. The vendor's list of accounts shows the references.")
            return 1
        try:
            with actor_scope(actor):
                return work(actor, at)
        except NotFound:
            complain("There is no such sandbox, or no such reseller. `sublet sandbox list` shows the references.")
            return 1

    return as_operator(within)


def _worked_off(actor: Actor, ref: str) -> Sandbox:
    """The sandbox when no job works on it any more. The jobs are done here, unless a worker is faster."""
    from sublet.foundation.jobs.worker import run_worker
    from sublet.foundation.scope import actor_scope
    from sublet.sandboxes.queries import own_sandbox

    while True:
        with actor_scope(actor):
            row = own_sandbox(ref, actor)
        if row.state not in (row.State.COPYING, row.State.MOVING):
            return row
        run_worker(threads=1, once=True)
        time.sleep(_PAUSE)


def _why(row: Sandbox) -> str:
    return {
        "too-much": "there are too many rows.",
        "large": "it has become too large.",
        "late": "it took too long.",
    }.get(row.why, "the log says why.")


def _told(row: Sandbox) -> dict[str, Any]:
    from sublet.sandboxes.queries import shown

    told = shown(row)
    return {
        "ref": told.ref, "name": told.name, "state": told.state, "portfolio": told.portfolio, "clients": len(told.clients),
        "copied_at": told.copied_at.isoformat(), "clock": told.clock.isoformat(), "next_at": told.next_at,
        "expires_at": told.expires_at.isoformat(), "lines": told.lines, "money": list(told.money),
    }  # fmt: skip


def _print_standing(told: dict[str, Any]) -> None:
    from sublet.core.money import plain

    print(f"{told['clock'][:16].replace('T', ' ')} UTC, {told['lines']} events")
    for row in told["money"]:
        amounts = ", ".join(f"{key} {plain(row[name], row['currency'])}" for key, name in _AMOUNTS)
        print(f"  {row['book']} {row['currency']}: {amounts}")
    sys.stdout.flush()
