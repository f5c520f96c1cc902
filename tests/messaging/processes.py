"""What the tests with several processes start: ``python -m tests.messaging.processes COUNT`` queues so many mails.

With ``batch COUNT`` they are queued as batches, in one transaction. With ``return-paths COUNT`` so many are sent already, to
one address each, and it prints where they would come back to.
With ``same`` instead of a number eight processes queue one and the same at the same moment.
"""

from __future__ import annotations

import copy
import dataclasses
import sys
from pathlib import Path

import django
from django.conf import settings
from django.db import transaction

from tests.installation import together


def main(count: int, *, same: bool = False, sent: bool = False, batch: bool = False) -> None:
    from sublet.foundation.clock import now
    from sublet.foundation.jobs.registry import KINDS
    from sublet.messaging.bounces import return_to
    from sublet.messaging.models import OutboxMail
    from sublet.messaging.operations import NewMail, queue_mail, queue_mails
    from tests.people import make_world

    # A killed worker's job is taken over after its lease: two seconds instead of ninety, for the test's patience.
    for kind in ("messaging.send", "messaging.send_batch"):
        KINDS[kind] = dataclasses.replace(KINDS[kind], lease=2)
    world = make_world()

    def write(number: int) -> str:
        # As every mail: in the transaction of a write, which must go on whoever wins.
        with transaction.atomic():
            queue_mail(
                template="test-welcome",
                account_id=world.carl.id,
                to_email=f"person{number}@example.test",
                to_name=f"Person {number}",
                language="en",
                context={"name": str(number), "note": "hello", "url": "https://rosa.localhost/x", "hours": 2},
                key="welcome:same" if same else f"welcome:{number}",
                actor=world.actor("rosa"),
                at=now(),
            )
            return str(OutboxMail.unscoped.count())  # unscoped: a test looks at everything

    if same:
        together(8, write)
        return
    if batch:
        words: dict[str, str | int] = {"name": "Carl", "note": "hello", "url": "https://rosa.localhost/x", "hours": 2}
        mails = [
            NewMail(world.carl.id, f"person{number}@example.test", f"Person {number}", "en", words, f"welcome:{number}")
            for number in range(count)
        ]
        with transaction.atomic():
            queue_mails(template="test-welcome", mails=mails, actor=world.actor("rosa"), at=now())
        return
    for number in range(count):
        write(number)
    if sent:
        OutboxMail.unscoped.update(state="sent", sent_at=now())  # unscoped: as above
        for mail in OutboxMail.unscoped.order_by("id"):  # unscoped: as above
            print(return_to(mail.id, "bounce.agency.example"))


if __name__ == "__main__":
    settings.TEMPLATES = copy.deepcopy(settings.TEMPLATES)
    settings.TEMPLATES[0]["DIRS"] = [Path(__file__).parent / "templates"]
    django.setup()
    main(
        0 if sys.argv[1] == "same" else int(sys.argv[-1]),
        same=sys.argv[1] == "same",
        sent=sys.argv[1] == "return-paths",
        batch=sys.argv[1] == "batch",
    )
