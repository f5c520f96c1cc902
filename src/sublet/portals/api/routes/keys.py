"""API keys of one's own account."""

from __future__ import annotations

from ninja import Query

from sublet.people.operations.keys import CannotCreateKey, create_key, revoke_key
from sublet.people.queries.keys import KeyRow, keys_of_account
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Made, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.common import PageAsked
from sublet.portals.api.schemas.people import Key, KeyIn, KeyPage, NewKey

routes = Routes("API keys", "The keys of the account.")


def _key(row: KeyRow) -> Key:
    return Key(
        ref=row.ref,
        name=row.name,
        prefix=row.prefix,
        state=row.state,  # type: ignore[arg-type]  # there is no other word
        rights=dict(row.rights),
        summary=row.summary,
        reaches_all=row.reaches_all,
        reach_count=row.reach_count,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        last_used_from=row.last_used_from,
        revoked_at=row.revoked_at,
    )


@routes.get("/keys", needs="keys:view", kinds=EVERYBODY, answer=KeyPage)
def list_keys(request: ApiRequest, asked: Query[PageAsked]) -> KeyPage:
    """List the keys of the account, newest first, revoked ones too. Never a secret."""
    cursors = Cursors("keys", request.actor)
    page = keys_of_account(request.actor, at=request.at, cursor=cursors.place(asked), size=asked.limit)
    return KeyPage(items=[_key(row) for row in page.rows], next=cursors.sealed(page.next_cursor))


@routes.post(
    "/keys",
    needs="keys:manage",
    kinds=EVERYBODY,
    answer=NewKey,
    status=201,
    refusals=[CannotCreateKey],
    shown_once=True,
)
def make_key(request: ApiRequest, body: KeyIn) -> Made:
    """Make a key for the account, with no more rights than this one has.

    Its secret is in this answer and nowhere else: neither stored nor shown again, also not to the same request with the
    same Idempotency-Key.
    """
    made = create_key(
        name=body.name, rights=body.rights, expires_at=body.expires_at, actor=request.actor, at=request.at
    )
    return Made(NewKey(ref=made.ref, name=made.name, secret=made.secret), f"/keys/{made.ref}")


@routes.delete("/keys/{key}", needs="keys:manage", kinds=EVERYBODY, answer=None)
def revoke(request: ApiRequest, key: str) -> None:
    """Revoke a key, at once and for good. A key may revoke itself."""
    revoke_key(key_ref=key, actor=request.actor, at=request.at)
