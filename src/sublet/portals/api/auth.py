"""From the header to the key: which account acts, whether it is served on this host, and whether it is open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sublet.branding.queries import HostView
from sublet.core.lifecycle import CLOSED, lets_people_in
from sublet.core.peopledata import Way
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden
from sublet.people import queries as people_queries
from sublet.people.queries import Entry
from sublet.people.queries.keys import actor_for_key, ending_only
from sublet.portals.api import limits
from sublet.portals.api.problems import Problem
from sublet.portals.shared.http import SubletRequest

_NOBODY = {"WWW-Authenticate": "Bearer"}


def entry_of(request: SubletRequest, at: datetime, *, ends: bool = False) -> Entry:
    """The key that the request carries. `ends`: it asks for something that only ends access, which the key of an account that is
    closed, and can still be opened again, may do (`ending_only`).

    Raises Problem: ``unauthorized`` in the same words for none, a wrong, an ended and another host's key,
    ``too-many-requests``, ``account-suspended`` and ``account-closed``.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    entry = entry_by_key(
        secret_in(request.headers.get("Authorization", "")),
        site=request.site, request_id=request.request_id, remote=remote, at=at,
    )  # fmt: skip
    if entry is None:
        take(limits.BY_ADDRESS, remote)
        raise Problem("unauthorized", headers=_NOBODY)
    take(limits.BY_KEY, entry.actor.key_ref)
    state = entry.account.state
    if lets_people_in(state):
        return entry
    # Not that of a suspended one: it is also suspended because somebody has its keys, and then nothing must move.
    if state == CLOSED and ends:
        return ending_only(entry)
    raise Problem("account-closed" if state == CLOSED else "account-suspended")


def as_told(entry: Entry, fault: Exception) -> Exception:
    """What is answered: where a closed account lacks a right, that it is closed; no key has that right there."""
    closed = isinstance(fault, Forbidden) and entry.account.state == CLOSED
    return Problem("account-closed") if closed else fault


def entry_by_key(secret: str, *, site: HostView, request_id: str, remote: str, at: datetime) -> Entry | None:
    """Who enters with that secret on that host; None for none, a wrong, an ended and another host's key. The account may be
    closed: that is the caller's to ask. Here for every door, the hot application's as well."""
    if not secret:
        return None
    entry = actor_for_key(secret, request_id=request_id, host=site.host, at=at, remote=remote)
    return entry if entry is not None and is_served(site, entry) else None


def bearer_of(request: SubletRequest) -> str:
    """The secret that the request carries as ``Authorization: Bearer …``, or empty."""
    return secret_in(request.headers.get("Authorization", ""))


def secret_in(authorization: str) -> str:
    """The secret in such a header, or empty."""
    scheme, _, secret = authorization.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def is_served(site: HostView, entry: Entry) -> bool:
    """Whether that host serves the account that was entered."""
    return people_queries.served_here(
        site_path=site.path_ids,
        site_kind=site.account_kind,
        account_id=entry.account.id,
        account_kind=entry.account.kind,
        parent_id=entry.account.parent_id,
    )


def count_look_up(entry: Entry) -> None:
    """A key is about to be shown the people of one account below its own. Raises Problem ``too-many-requests``: a key without
    ``people:manage`` reads no list of them, one by one either (`core.peopledata`)."""
    if not entry.actor.gets_people(Way.BULK):
        take(limits.LOOK_UPS, entry.actor.key_ref)


def take_of_tenants(actor: Actor, wanted: Mapping[str, int]) -> None:
    """A product asks or reports about those accounts, so much about each. Raises Problem ``too-many-requests`` when all of them
    are beyond their share; the key's own pace then counts nothing, or one account would slow the others' product."""
    if actor.account_kind != VENDOR:
        return
    seconds = limits.BY_TENANT.take_together(wanted)
    if seconds:
        limits.BY_KEY.give_back(actor.key_ref)
        raise Problem("too-many-requests", headers={"Retry-After": str(seconds)})


def take(buckets: limits.Buckets, caller: str) -> None:
    """Count a request of that caller. Raises Problem ``too-many-requests``."""
    seconds = buckets.take(caller)
    if seconds:
        raise Problem("too-many-requests", headers={"Retry-After": str(seconds)})
