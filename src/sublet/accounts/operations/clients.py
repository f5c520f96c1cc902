"""What a reseller's settings page of a client saves: details, tags and the responsible person, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from sublet.accounts.models import Account
from sublet.accounts.operations.details import CannotChangeDetails, Conflict, change_details
from sublet.accounts.operations.places import below, tags_of
from sublet.accounts.operations.tags import CannotSetTags, clean_tags, store_responsible, store_tags
from sublet.foundation.actor import Actor


def change_client(
    *,
    ref: str,
    changes: Mapping[str, str],
    version: int | None,
    tags: Sequence[str],
    responsible_id: int | None,
    responsible_name: str = "",
    actor: Actor,
    at: datetime,
) -> Account:
    """Change details, tags and the responsible person of a client together (``clients:manage``), each told in the journal.

    `version` is the one that the form began with. Raises NotFound, Forbidden, CannotSetTags, CannotChangeDetails; with the
    code ``changed-meanwhile`` the `conflicts` also name ``tags`` (joined by commas) and ``responsible`` (user ids as text).
    """
    wanted = clean_tags(tags, CannotSetTags)
    with transaction.atomic():
        account = below(ref, actor)
        if version is not None and version != account.version:
            _refuse_stale(account, changes, version, wanted, responsible_id, actor=actor, at=at)
        account = change_details(ref=ref, changes=changes, version=None, actor=actor, at=at)
        store_tags(account, wanted, actor=actor, at=at)
        store_responsible(account, responsible_id=responsible_id, responsible_name=responsible_name, actor=actor, at=at)
        return account


def _refuse_stale(
    account: Account,
    changes: Mapping[str, str],
    version: int,
    tags: Sequence[str],
    responsible_id: int | None,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Raise unless everything that was sent is stored already."""
    refusal = CannotChangeDetails("changed-meanwhile")
    refusal.version = account.version
    try:
        change_details(ref=account.ref, changes=changes, version=version, actor=actor, at=at)
    except CannotChangeDetails as details:
        if details.code != "changed-meanwhile":
            raise
        refusal.conflicts = details.conflicts
    stored = tags_of(account)
    if stored != list(tags):
        refusal.conflicts += (Conflict("tags", ", ".join(stored), ", ".join(tags)),)
    if account.responsible_id != responsible_id:
        refusal.conflicts += (Conflict("responsible", str(account.responsible_id or ""), str(responsible_id or "")),)
    if refusal.conflicts:
        raise refusal
