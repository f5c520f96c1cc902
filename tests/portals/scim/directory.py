"""A company's directory, as a program that speaks SCIM with an API key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.test import Client

from sublet.accounts.models import Account
from sublet.core.rights import all_rights, effective
from sublet.foundation.scope import platform_scope
from sublet.people.models import ApiKey, Directory
from sublet.people.queries.keys import hash_secret
from tests.factories import AT
from tests.people import World
from tests.portals.api.caller import KEYS, PRODUCT

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


@dataclass
class Speaker:
    """A directory with its key."""

    account: Account
    key: ApiKey
    secret: str
    host: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request below ``/scim/v2``."""
        sent = b"" if body is None else json.dumps(body).encode()
        browser = Client(headers={"host": self.host, "authorization": f"Bearer {self.secret}"})
        response = browser.generic(
            method, "/scim/v2" + path, sent, content_type="application/scim+json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )  # fmt: skip
        content = json.loads(response.content) if response.content else None
        return Answer(response.status_code, content, response.headers)

    def add(self, email: str, **more: Any) -> str:
        """Name a person; returns its id."""
        answer = self.ask("POST", "/Users", {"schemas": [USER], "userName": email, "active": True, **more})
        assert answer.status == 201, answer.body
        return str(answer["id"])

    def group(self, name: str, members: Sequence[str] = ()) -> str:
        """Name a group; returns its id."""
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": each} for each in members]}
        answer = self.ask("POST", "/Groups", body)
        assert answer.status == 201, answer.body
        return str(answer["id"])

    def patch(self, path: str, *operations: Mapping[str, Any], **headers: str) -> Answer:
        """Change something."""
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **headers)


def make_speaker(
    world: World, of: str, *, rights: Mapping[str, str] | None = None, on: bool = True, **fields: Any
) -> Speaker:
    """A directory of the account in which that person works, with a key that may do everything, or `rights`."""
    name, host = KEYS[of]
    account: Account = getattr(world, name)
    everything = effective(
        kind=account.kind, is_owner=False, ticked=all_rights(account.kind, PRODUCT), product_sections=PRODUCT
    )
    secret = f"sk_directory-of-{of}-{'x' * 20}{len(rights or ())}"
    with platform_scope("test data"):
        key = ApiKey(
            account=account, name="Directory", prefix=secret[:11], secret_hash=hash_secret(secret), created_at=AT,
            rights_words=everything.as_words() if rights is None else dict(rights), created_by_name="Test", **fields,
        )  # fmt: skip
        key.save()
        Directory.objects.update_or_create(account=account, defaults={"is_on": on, "switched_at": AT})
    return Speaker(account=account, key=key, secret=secret, host=host)
