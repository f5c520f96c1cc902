"""The worked example as one process with a clock of its own: ``python -m tests.worked.running PORT CURRENCY``.

It fills an empty database, serves the pages on that port, and does what each line of its input says: ``["move", "2027-02-01 12:00"]``
sets the clock there, ``["passes", …]`` also does what the worker does then, any other word is a step of `Year`; an account is said by
its name. Each answer is one line of JSON.
"""

from __future__ import annotations

import json
import sys
import threading

import django
import pytest  # noqa: F401  # the settings of tests, as time_machine gives them to the processes that run
import time_machine

STEPS = ("sets_up", "takes", "texts", "passes", "months", "raises", "agrees")


def main(port: int, currency: str) -> None:
    """Until its input ends."""
    django.setup()
    from sublet.config.wsgi import application
    from sublet.foundation.scope import platform_scope
    from sublet.people.models import Collaborator, Section
    from tests.loop.moved import serve
    from tests.worked.year import furnished

    year = furnished(currency)
    clock = time_machine.travel(year.when("2026-12-15 09:00"), tick=True).start()
    year.sets_up()
    with platform_scope("furnishing a test"):
        opened = {f"product.{each.key}": each.levels[-1] for each in Section.objects.all()}
        Collaborator.objects.filter(account=year.bella).update(rights_words=opened)
    threading.Thread(target=serve, args=(application, port), daemon=True).start()
    named = {name: getattr(year, name) for name in ("vendor", "agency", "carl", "bella", "dino")}
    print(json.dumps({name: account.ref for name, account in named.items()}), flush=True)
    for line in sys.stdin:
        step, *said = json.loads(line)
        if step == "move" or step == "passes":
            clock.move_to(year.when(said[0]))
        if step == "months":
            clock.move_to(year.when(f"{said[1]}-01 12:00"))
        told = [int(each) if each.isdigit() else named.get(each, each) for each in said]
        answer = getattr(year, step)(*told) if step in STEPS else None
        print(json.dumps(answer if isinstance(answer, int) else None), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
