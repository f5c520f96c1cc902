"""What people, keys and visits of a reseller lose with a client that leaves it: everything, in the transaction of the move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Q

from sublet.accounts.operations.leavers import Leaving
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.messaging.leaving import end_webhooks, webhooks_of_makers
from sublet.people.events import CollaboratorRemoved, InvitationRevoked, KeyRevoked
from sublet.people.models import (
    AccessRequest,
    ApiKey,
    Collaborator,
    DirectoryPerson,
    Grant,
    Invitation,
    Reach,
    WithdrawnRight,
)
from sublet.people.operations.impersonation import end_impersonations_in
from sublet.people.operations.team import end_keys_of, end_place


def revoke_at_leaving(leaving: Leaving, actor: Actor, at: datetime) -> None:
    """Part of `accounts.operations.leavers`: in the caller's transaction and scope.

    Ends grants and requests for them, visits, places of the other's staff on the accounts' teams (but that of an owner, whose
    account it is), keys, webhooks and invitations that it made there, what was asked of it, and its people's reach. Of accounts
    that end for good every key and invitation goes, whoever made it. Told one by one is what somebody looks for in a history:
    visits, places, keys, invitations, webhooks.
    """
    ids = list(leaving.account_ids)
    _end_grants(ids, actor=actor, at=at)
    end_impersonations_in(account_ids=ids, at=at)
    _end_invitations(leaving, actor=actor, at=at)
    staff = _staff_of(leaving.former_id)
    _end_places(leaving, staff, actor=actor, at=at)
    _end_what_was_made(leaving, staff, actor=actor, at=at)
    # unscoped: what was asked of the one above, which answers no more
    asked = AccessRequest.unscoped.filter(account_id__in=ids, state=AccessRequest.State.OPEN)
    if not leaving.ends:
        asked = asked.filter(addressee=AccessRequest.Addressee.RESELLER)
    asked.update(state=AccessRequest.State.WITHDRAWN, answered_at=at)
    # unscoped: giving back what was taken is not for somebody who has no say there any more
    WithdrawnRight.unscoped.filter(
        Q(collaborator__account_id__in=ids) | Q(invitation__account_id__in=ids),
        withdrawal__account_id=leaving.former_id,
    ).delete()
    _shorten_reach(leaving.former_id, frozenset(ids))


def _end_grants(ids: Collection[int], *, actor: Actor, at: datetime) -> None:
    # unscoped: the accounts' own rows, for whoever moves them
    rows = Grant.unscoped.filter(account_id__in=ids)
    over = {
        "state": Grant.State.ENDED,
        "ended_at": at,
        "ended_by": actor.name[:200],
        "extend_days": 0,
        "end_asked_at": None,
    }
    rows.filter(state=Grant.State.ACTIVE).update(ends_at=at, **over)
    rows.filter(state=Grant.State.REQUESTED).update(**over)


def _end_invitations(leaving: Leaving, *, actor: Actor, at: datetime) -> None:
    # unscoped: as above
    rows = Invitation.unscoped.select_for_update(of=("self",)).select_related("account")
    rows = rows.filter(account_id__in=leaving.account_ids, accepted_at__isnull=True, revoked_at__isnull=True)
    if not leaving.ends:
        rows = rows.filter(Q(inviter__account_id=leaving.former_id) | Q(inviter_key__account_id=leaving.former_id))
    for row in rows.order_by("id"):
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        # unscoped: as above. A directory that keeps the person learns of it, as in `revoke_invitation`.
        DirectoryPerson.unscoped.filter(account=row.account, email=row.email, collaborator=None).update(
            is_active=False, changed_at=at, version=F("version") + 1
        )
        told = InvitationRevoked(invitation=row.ref, email=row.email)
        record(told, account_id=row.account_id, parent_id=row.account.parent_id, actor=actor, at=at)


def _staff_of(account_id: int) -> frozenset[int]:
    """Everybody who ever had a place there: a key or webhook that somebody made who has left by now is the reseller's, too."""
    # unscoped: the other side of the line
    return frozenset(Collaborator.unscoped.filter(account_id=account_id).values_list("user_id", flat=True))


def _end_places(leaving: Leaving, staff: Collection[int], *, actor: Actor, at: datetime) -> None:
    # unscoped: as above
    on_staff = Collaborator.unscoped.filter(account_id=leaving.former_id, ended_at__isnull=True).values("user_id")
    # unscoped: as above
    rows = Collaborator.unscoped.select_for_update(of=("self",)).select_related("user", "account")
    rows = rows.filter(account_id__in=leaving.account_ids, ended_at__isnull=True, is_owner=False, user_id__in=on_staff)
    for row in rows.order_by("id"):
        end_place(row, at=at)
        keys = end_keys_of(row, at=at)
        told = CollaboratorRemoved(collaborator=row.ref, person=str(row.user), owner=False, keys_revoked=keys)
        record(told, account_id=row.account_id, parent_id=row.account.parent_id, actor=actor, at=at)


def _end_what_was_made(leaving: Leaving, staff: Collection[int], *, actor: Actor, at: datetime) -> None:
    """Keys and webhooks in the accounts that the other's people made, unless they have a place of their own there."""
    # unscoped: as above
    own = Collaborator.unscoped.filter(account_id__in=leaving.account_ids, ended_at__isnull=True)
    own_of: dict[int, set[int]] = {}
    for account_id, user_id in own.filter(user_id__in=staff).values_list("account_id", "user_id"):
        own_of.setdefault(account_id, set()).add(user_id)
    # unscoped: as above
    keys = ApiKey.unscoped.select_for_update(of=("self",)).select_related("account")
    keys = keys.filter(account_id__in=leaving.account_ids, revoked_at__isnull=True)
    if not leaving.ends:
        keys = keys.filter(created_by_id__in=staff)
    ended: list[str] = []
    for key in keys.order_by("id"):
        if not leaving.ends and key.created_by_id in own_of.get(key.account_id, ()):
            continue
        key.revoked_at, key.old_until = at, None
        key.save(update_fields=["revoked_at", "old_until"])
        ended.append(key.ref)
        told = KeyRevoked(key=key.ref, name=key.name)
        record(told, account_id=key.account_id, parent_id=key.account.parent_id, actor=actor, at=at)
    found = webhooks_of_makers(leaving.account_ids, users=staff, keys=ended)
    lost = [
        row for row in found if row.answers_user_id not in own_of.get(row.account_id, ()) or row.answers_key in ended
    ]
    end_webhooks(lost, actor=actor, at=at)


def _shorten_reach(former_id: int, gone: frozenset[int]) -> None:
    """Lists of clients that somebody or something is confined to: one that comes back is reached by nobody by an old list."""
    # unscoped: rows of the account that is left
    Reach.unscoped.filter(client_id__in=gone).delete()
    # unscoped: as above
    invitations = Invitation.unscoped.filter(account_id=former_id, accepted_at__isnull=True, revoked_at__isnull=True)
    # unscoped: as above
    keys = ApiKey.unscoped.filter(account_id=former_id, revoked_at__isnull=True)
    rows: list[Invitation | ApiKey] = [*invitations.filter(reaches_all=False), *keys.filter(reaches_all=False)]
    for row in rows:
        kept = [each for each in row.reach_ids if each not in gone]
        if kept != row.reach_ids:
            row.reach_ids = kept
            row.save(update_fields=["reach_ids"])
