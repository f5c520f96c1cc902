"""What the tests with several processes start: ``python -m tests.messaging.processes COUNT`` queues so many mails."""

from __future__ import annotations

import copy
import dataclasses
import sys
from pathlib import Path

import django
from django.conf import settings


def main(count: int) -> None:
    from sublet.foundation.clock import now
    from sublet.foundation.jobs.registry import KINDS
    from sublet.messaging.operations import queue_mail
    from tests.people import make_world

    # A killed worker's job is taken over after its lease: two seconds instead of ninety, for the test's patience.
    KINDS["messaging.send"] = dataclasses.replace(KINDS["messaging.send"], lease=2)
    world = make_world()
    for number in range(count):
        queue_mail(
            template="test-welcome",
            account_id=world.carl.id,
            to_email=f"person{number}@example.test",
            to_name=f"Person {number}",
            language="en",
            context={"name": str(number), "note": "hello", "url": "https://rosa.localhost/x", "hours": 2},
            key=f"welcome:{number}",
            actor=world.actor("rosa"),
            at=now(),
        )


if __name__ == "__main__":
    settings.TEMPLATES = copy.deepcopy(settings.TEMPLATES)
    settings.TEMPLATES[0]["DIRS"] = [Path(__file__).parent / "templates"]
    django.setup()
    main(int(sys.argv[1]))
