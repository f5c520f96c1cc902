"""API keys of one's own account."""

from __future__ import annotations

from datetime import timedelta

from ninja import Query

from sublet.people.operations.keys import (
    CannotChangeKey,
    CannotCreateKey,
    change_key_addresses,
    create_key,
    end_old_secret,
    revoke_key,
    rotate_key,
)
from sublet.people.queries.keys import KeyRow, key_of_account, keys_of_account
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Made, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.common import PageAsked
from sublet.portals.api.schemas.people import Key, KeyChange, KeyIn, KeyPage, KeyRotation, NewKey

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
        allowed_from=list(row.allowed_from),
        refused_at=row.refused_at,
        refused_from=row.refused_from,
        rotated_at=row.rotated_at,
        old_prefix=row.old_prefix,
        old_until=row.old_until,
        old_used_at=row.old_used_at,
        old_used_from=row.old_used_from,
    )


@routes.get("/keys", needs="keys:view", kinds=EVERYBODY, answer=KeyPage)
def list_keys(request: ApiRequest, asked: Query[PageAsked]) -> KeyPage:
    """List the keys of the account, newest first, revoked ones too. Never a secret."""
    cursors = Cursors("keys", request.actor)
    page = keys_of_account(request.actor, at=request.at, cursor=cursors.place(asked), size=asked.limit)
    return KeyPage(
        items=[_key(row) for row in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


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
        name=body.name,
        rights=body.rights,
        expires_at=body.expires_at,
        allowed_from=body.allowed_from,
        actor=request.actor,
        at=request.at,
    )
    return Made(NewKey(ref=made.ref, name=made.name, secret=made.secret), f"/keys/{made.ref}")


@routes.get("/keys/{key}", needs="keys:view", kinds=EVERYBODY, answer=Key)
def get_key(request: ApiRequest, key: str) -> Key:
    """Show a key: from where it works, when each of its secrets was used last. Never a secret."""
    return _key(key_of_account(request.actor, key, at=request.at))


@routes.patch("/keys/{key}", needs="keys:manage", kinds=EVERYBODY, answer=Key, refusals=[CannotChangeKey])
def change_key(request: ApiRequest, key: str, body: KeyChange) -> Key:
    """Say from which addresses a key works. It must not be able to do more than this one."""
    change_key_addresses(key_ref=key, allowed_from=body.allowed_from, actor=request.actor, at=request.at)
    return _key(key_of_account(request.actor, key, at=request.at))


@routes.post(
    "/keys/{key}/rotation",
    needs="keys:manage",
    kinds=EVERYBODY,
    answer=NewKey,
    status=201,
    refusals=[CannotChangeKey],
    shown_once=True,
)
def rotate(request: ApiRequest, key: str, body: KeyRotation) -> Made:
    """Give a key a new secret at once. The one before works for some hours longer; one that was old already ends now.

    If the newest secret was never used, that one ends instead, and the old one works on: programs still have it.
    A key may rotate itself. The new secret is in this answer and nowhere else.
    """
    made = rotate_key(key_ref=key, overlap=timedelta(hours=body.overlap_hours), actor=request.actor, at=request.at)
    return Made(NewKey(ref=made.ref, name=made.name, secret=made.secret), f"/keys/{made.ref}")


@routes.delete(
    "/keys/{key}/old-secret",
    needs="keys:manage",
    kinds=EVERYBODY,
    answer=None,
    refusals=[CannotChangeKey],
    ends=True,
)
def end_secret_before(request: ApiRequest, key: str) -> None:
    """End the secret that a key had before its rotation, before its time."""
    end_old_secret(key_ref=key, actor=request.actor, at=request.at)


@routes.delete("/keys/{key}", needs="keys:manage", kinds=EVERYBODY, answer=None, ends=True)
def revoke(request: ApiRequest, key: str) -> None:
    """Revoke a key, at once and for good. A key may revoke itself."""
    revoke_key(key_ref=key, actor=request.actor, at=request.at)
