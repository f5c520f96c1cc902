"""P14: what a company's directory waits for: 1,000 people named and put into groups, one request each, in one process.

Each person takes three requests, as Entra and Okta send them: looked for, named (with an invitation and its mail), put into
a group that stands for a role. `first` and `last` are the milliseconds for one person among the first and the last hundred.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from typing import Any

from bench.installation import installed

PEOPLE, GROUPS, SAMPLE = 1_000, 10, 100
SCIM = "urn:ietf:params:scim:"


def main() -> Iterator[str]:
    with installed() as kind:
        from django.test import Client

        from sublet.foundation.scope import platform_scope
        from sublet.people.models import Directory, RolePreset
        from sublet.people.operations import create_key
        from sublet.portals.api import limits
        from tests.factories import AT
        from tests.people import CARL_HOST, make_world

        with platform_scope("bench"):
            world = make_world()
            Directory.objects.create(account=world.carl, is_on=True, switched_at=AT)
            RolePreset.objects.create(key="editor", names={"en": "Editor"}, rights={"content": "manage"})
        with world.scope("carl") as actor:
            key = create_key(
                name="Directory", rights={"team": "manage", "product.content": "manage"}, actor=actor, at=AT
            )
        limits.BY_KEY = limits.BY_ADDRESS = limits.Buckets(rate=1e6, burst=1_000_000)
        browser = Client(headers={"host": CARL_HOST, "authorization": f"Bearer {key.secret}"})

        def ask(method: str, path: str, body: Any = None) -> Any:
            sent = b"" if body is None else json.dumps(body).encode()
            answer = browser.generic(method, "/scim/v2" + path, sent, content_type="application/scim+json")
            if answer.status_code >= 300:
                raise RuntimeError(answer.content.decode())
            return json.loads(answer.content) if answer.content else None

        schemas = [SCIM + "schemas:core:2.0:Group"]
        groups = [
            ask("POST", "/Groups", {"schemas": schemas, "displayName": "Editor" if not number else f"SG {number}"})[
                "id"
            ]
            for number in range(GROUPS)
        ]
        spent = []
        for number in range(PEOPLE):
            email = f"person{number}@kitchen.example"
            started = time.perf_counter()
            ask("GET", f'/Users?filter=userName eq "{email}"')
            body = {"schemas": [SCIM + "schemas:core:2.0:User"], "userName": email, "active": True}
            ref = ask("POST", "/Users", body)["id"]
            join = {"op": "Add", "path": "members", "value": [{"value": ref}]}
            path = f"/Groups/{groups[0 if number % 2 else number % GROUPS]}"
            ask("PATCH", path, {"schemas": [SCIM + "api:messages:2.0:PatchOp"], "Operations": [join]})
            spent.append(time.perf_counter() - started)
        first, last = statistics.median(spent[:SAMPLE]), statistics.median(spent[-SAMPLE:])
        yield (
            f"P14.sync.{kind} people={PEOPLE} seconds={sum(spent):.1f} person_ms={statistics.median(spent) * 1e3:.1f}"
            f" first_ms={first * 1e3:.1f} last_ms={last * 1e3:.1f} growth={last / first:.2f}"
        )
