"""What the test of killed moves starts: ``python -m tests.moves.killed``, on a database with all tables.

Each write is begun by one process after another, and each is killed by SIGKILL: after its first change, its second and so on,
just before its commit, and just after (`tests.killing`). Prints as JSON what each left, as rows by table.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

from tests.killing import Killing


def main() -> int:
    django.setup()
    from sublet.accounts.models import Account
    from sublet.foundation.clock import now
    from sublet.foundation.jobs.models import Job
    from sublet.foundation.scope import platform_scope
    from sublet.moves import operations
    from tests import factories
    from tests.moves.steps import agree, ask_merge, ask_transfer
    from tests.people import make_world

    at, world = now(), make_world()
    for number in range(3):
        factories.make_client(world.rosa, f"More {number}")
    transfer = ask_transfer(world, at=at)

    def detach() -> None:
        with world.scope("rosa") as actor:
            operations.detach(account_ref=world.zorba.ref, actor=actor, at=at)

    with platform_scope("test data"):
        factories.make_collaborator(world.zorba, world.users["sam"], owner=True)

    def approve() -> None:
        agree(world, "remo", transfer, at)

    counted = ("journal", "outbox_mail", "former_client", "grant_of_access", "jobs")
    marks = {
        "with rosa": f"SELECT count(*) FROM account WHERE parent_id = {world.rosa.id}",
        "with remo": f"SELECT count(*) FROM account WHERE parent_id = {world.remo.id}",
        "direct": "SELECT count(*) FROM account WHERE kind = 'direct'",
        "done": "SELECT count(*) FROM move WHERE state = 'done'",
        "in force": "SELECT count(*) FROM grant_of_access WHERE state = 'active'",
        "tags": "SELECT count(*) FROM account_tag",
        "words of rosa": f"SELECT count(*) FROM account_word WHERE parent_id = {world.rosa.id}",
    }
    killing = Killing(counted, marks)
    told: dict[str, Any] = {}
    for name, work in {"detach": detach, "approve": approve}.items():
        told[name] = killing.at_each_point(work)

    # A merge, two clients at a time: killed in the middle of its second batch, then taken up by another process.
    move = ask_merge(world, at)
    agree(world, "remo", move, at)
    merging = operations.merging
    merging.BATCH = 2

    def run() -> None:
        from sublet.foundation.jobs import run_due_jobs

        run_due_jobs(at=at, limit=1000)

    whole = Killing((), marks)
    with platform_scope("test"):
        before = set(Account.objects.filter(kind="client").values_list("id", flat=True))
        Job.unscoped.exclude(kind="moves.merge").delete()
    steps: list[Any] = [whole.rows()]
    for dies in (12, 40, 75):
        code, rows = whole.left_by(run, dies)
        steps.append([code, rows])
        with platform_scope("test"):  # its lease is over
            Job.unscoped.filter(kind="moves.merge").update(state="ready", lease_until=None, worker="", run_at=at)
    last = whole.left_by(run)
    with platform_scope("test"):
        after = set(Account.objects.filter(kind="client").values_list("id", flat=True))
        lost = sorted(before - after)
        gone = Account.objects.get(id=world.rosa.id)
        told["merge"] = {
            "steps": steps,
            "last": last,
            "lost": lost,
            "left": Account.objects.filter(parent=gone).count(),
            "state": [gone.state, gone.state_before_close],
            "orphans": _broken(at),
        }
    print(json.dumps(told))
    return 0


def _broken(at: object) -> list[str]:
    """What the nightly look over all invariants finds."""
    from sublet.foundation.invariants.checks import INVARIANTS

    return [f"{each.name}: {place.words}" for each in INVARIANTS.values() for place in each.look(at)]  # type: ignore[arg-type]  # an instant


if __name__ == "__main__":
    sys.exit(main())
