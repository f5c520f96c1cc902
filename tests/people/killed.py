"""What the test of killed writers starts: ``python -m tests.people.killed``, on a database with all tables.

Each write is begun by one process after another, and each is killed by SIGKILL: after its first change, its second and so on,
just before its commit, and just after. Then a last one tries again. Prints as JSON what each left, as rows by table.
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
    from sublet.foundation.scope import platform_scope
    from sublet.people import operations
    from sublet.people.models import CompanyLogIn, Grant, Invitation
    from sublet.people.operations import company_log_ins, grants
    from sublet.people.queries.company_log_ins import CameIn
    from sublet.people.queries.links import hash_token
    from tests.people import CARL_HOST, make_world, shown

    at, world = now(), make_world()
    issuer, token = "https://company.example", "t" * 43

    # What there must be before.
    with platform_scope("test data"):
        world.carl.ownership = "client"
        world.carl.save(update_fields=["ownership"])
        Grant.objects.filter(account=world.carl).delete()
        log_in = CompanyLogIn.objects.create(
            account=world.carl, issuer=issuer, client_id="x", is_on=True, changed_at=at, domains=["kitchen.example"]
        )
    with world.scope("carl") as carl:
        operations.invite_collaborator(
            account_ref=world.carl.ref, email="ada@kitchen.example", rights={"team": "view"}, actor=carl, at=at
        )
        key = operations.create_key(name="Sync", rights={"team": "view"}, actor=carl, at=at)
    with world.scope("rosa") as rosa:
        asked = grants.request_grant(
            client_ref=world.carl.ref, sections={"product.design": "manage"}, days=30, reason="Redesign for summer",
            actor=rosa, at=at,
        )  # fmt: skip
    with platform_scope("test data"):
        Invitation.objects.update(token_hash=hash_token(token), host=CARL_HOST)

    def accept() -> None:
        operations.accept_invitation(
            token=token, host=CARL_HOST, name="Ada", password="a long and quiet sentence", user_id=None, at=at
        )

    def link() -> None:
        came = CameIn(account_id=world.carl.id, stamp=log_in.stamp)
        with world.scope("carl") as actor:
            company_log_ins.link_company_log_in(
                came=came, issuer=issuer, subject="carl-7", shown=shown(at), actor=actor, at=at
            )

    def approve() -> None:
        with world.scope("carl") as actor:
            grants.approve_grant(client_ref=world.carl.ref, grant_ref=asked.ref, actor=actor, at=at)

    def rotate() -> None:
        with world.scope("carl") as actor:
            operations.rotate_key(key_ref=key.ref, overlap=timedelta(days=1), actor=actor, at=at)

    counted = (
        "api_key", "collaborator", "company_identity", "grant_of_access", "invitation", "jobs", "journal", "outbox_mail",
        "person",
    )  # fmt: skip
    #: Of rows that are changed, not added: what tells before from after.
    marks = {
        "accepted": "SELECT count(*) FROM invitation WHERE accepted_at IS NOT NULL",
        "running": "SELECT count(*) FROM grant_of_access WHERE state = 'active'",
        "rotated": "SELECT count(*) FROM api_key WHERE old_secret_hash IS NOT NULL",
    }

    killing, told = Killing(counted, marks), {}
    for name, work in {"accept": accept, "link": link, "approve": approve, "rotate": rotate}.items():
        told[name] = [*killing.at_each_point(work), killing.left_by(work) if name != "rotate" else None]
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
