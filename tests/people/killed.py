"""What the test of killed writers starts: ``python -m tests.people.killed``, on a database with all tables.

Each write is begun by one process after another, and each is killed by SIGKILL: after its first change, its second and so on,
just before its commit, and just after. Then a last one tries again. Prints as JSON what each left, as rows by table.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import django

_CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE)", re.IGNORECASE)


def main() -> int:
    django.setup()
    from django.db import connections

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

    def rows() -> Mapping[str, int]:
        asked_for = {**{name: f'SELECT count(*) FROM "{name}"' for name in counted}, **marks}
        with platform_scope("test"), connections["default"].cursor() as cursor:
            found = {name: cursor.execute(sql).fetchone()[0] for name, sql in asked_for.items()}
        connections.close_all()
        return {name: count for name, count in found.items() if count}

    fork, told = multiprocessing.get_context("fork"), {}
    changes = fork.Value("i")  # of the last process

    def writer(work: Callable[[], None], dies: int | str) -> None:
        connection: Any = connections["default"]  # `_commit` is no part of what is declared
        connection.ensure_connection()
        commit = connection._commit

        def watched(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
            found = execute(sql, *arguments)
            if _CHANGES.match(sql):
                changes.value += 1
                if changes.value == dies:
                    os.kill(os.getpid(), signal.SIGKILL)
            return found

        def committing() -> None:
            if dies == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            commit()
            if dies == "after":
                os.kill(os.getpid(), signal.SIGKILL)

        connection._commit = committing
        with connection.execute_wrapper(watched):
            work()

    def left_by(work: Callable[[], None], dies: int | str = "") -> list[Any]:
        """How that process ended, and the rows that there are then."""
        changes.value = 0
        process = fork.Process(target=writer, args=(work, dies))
        process.start()
        process.join()
        return [process.exitcode, rows()]

    for name, work in {"accept": accept, "link": link, "approve": approve, "rotate": rotate}.items():
        before = rows()
        left = [left_by(work, "before")]
        left += [left_by(work, number) for number in range(1, changes.value + 1)]
        told[name] = [before, left, left_by(work, "after"), left_by(work) if name != "rotate" else None]
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
