"""What the test of killed dunning starts: ``python -m tests.billing.killed_dunning``, on a database with all tables.

The last call, the pause and the going on are each begun by one process after another, each killed by SIGKILL: after its first
change, its second and so on, just before its commit, and just after. Prints as JSON what each left, as rows by table.
"""

from __future__ import annotations

import json
import sys

import django

from tests.killing import Killing


def main() -> int:
    django.setup()
    from sublet.billing.operations.dunning_acting import run_dunning
    from tests.billing.dunned import is_paid, on, owes, takes
    from tests.billing.payments import machine
    from tests.people import make_world

    world = make_world()
    takes(world)
    invoice = owes(world)
    run_dunning(actor=machine(), at=on(0))
    counted = ("dunning_case", "dunning_step", "jobs", "journal", "outbox_mail", "plan_change")
    marks = {
        "holds": "SELECT count(*) FROM dunning_case WHERE holds",
        "settled": "SELECT count(*) FROM dunning_case WHERE state = 'settled'",
    }
    killing = Killing(counted, marks)
    told = {}
    for name, days in (("reminder", 1), ("last-call", 18), ("pause", 21), ("settle", 22)):
        if name == "settle":
            is_paid(invoice)

        def look(days: int = days) -> None:
            run_dunning(actor=machine(), at=on(days))

        told[name] = [*killing.at_each_point(look), killing.left_by(look)]
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
