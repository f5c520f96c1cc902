"""What the test of killed tellings starts: ``python -m tests.proof.killed``, on a database with all tables.

Two scans of one night are told to the vendor, and then to the reseller, by processes that are killed at each point. Prints as
JSON what each left, and to whom mail was written in the end.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import django

from tests.killing import Killing


def main() -> int:
    django.setup()
    from sublet.foundation.clock import now
    from sublet.foundation.scope import account_scope, platform_scope
    from sublet.messaging.models import OutboxMail
    from sublet.proof.alerts import tell_reseller, tell_vendor
    from sublet.proof.models import Scan, ScanFinding
    from tests import factories
    from tests.people import make_world

    at, world = now(), make_world()
    factories.make_collaborator(world.vendor, world.users["sam"], rights={"accounts": "manage"})
    with platform_scope("test data"):
        for account in (world.carl, world.elan):
            scan = Scan.objects.create(
                account=account, cause="night", state="done", version="1", asked_by_name="S", created_at=at, leaking=1,
                untold=True, held_until=at + timedelta(hours=24),
            )  # fmt: skip
            ScanFinding.objects.create(
                account=account, scan=scan, key="k", address="/", place="text", line=1, column=1, word="Vantage", kind="name",
                excerpt="Vantage", is_new=True,
            )  # fmt: skip

    def vendor() -> None:
        with platform_scope("test"):
            tell_vendor(actor=world.actor("vera"), at=at)

    def reseller() -> None:
        with account_scope(world.rosa.id):
            tell_reseller(actor=world.actor("vera"), at=at + timedelta(hours=24))

    killing = Killing(
        ("jobs", "journal", "outbox_mail"),
        {
            "untold": "SELECT count(*) FROM scan WHERE untold",
            "held": "SELECT count(*) FROM scan WHERE held_until IS NOT NULL",
        },
    )
    told = {}
    for name, work in {"vendor": vendor, "reseller": reseller}.items():
        told[name] = [*killing.at_each_point(work), killing.left_by(work)]
    with platform_scope("test"):
        mails = list(OutboxMail.objects.order_by("created_at", "id").values_list("to_email", "text"))
    print(json.dumps([told, mails]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
