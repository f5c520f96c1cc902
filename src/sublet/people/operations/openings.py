"""Opening an account below the vendor together with the invitation of its owner: both or neither."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.core.lifecycle import ACTIVE, INVITED
from sublet.core.rights import DIRECT, RESELLER
from sublet.foundation.actor import Actor
from sublet.people.models import Collaborator, Invitation
from sublet.people.operations.invitations import invite_collaborator


def open_account(
    *,
    kind: str,
    name: str,
    details: account_operations.Details = account_operations.NO_DETAILS,
    owner_email: str = "",
    owner_name: str = "",
    once: str = "",
    actor: Actor,
    at: datetime,
) -> Account:
    """Open a reseller's or a direct account for the vendor (``accounts:manage``), and invite its owner.

    With an `owner_email` the account waits in the state ``invited``, else it is active and nobody's yet. The mail goes out
    in the language of the details. The same `once` again opens and sends nothing, and returns the account of the first
    time. Raises Forbidden, CannotCreateReseller or CannotCreateDirectAccount, CannotInviteCollaborator (field ``email``);
    ValueError for another `kind`.
    """
    create = {
        RESELLER: account_operations.create_reseller,
        DIRECT: account_operations.create_direct_account,
    }.get(kind)
    if create is None:
        raise ValueError(kind)
    invites = bool(owner_email.strip())
    with transaction.atomic():
        account: Account = create(
            name=name, details=details, state=INVITED if invites else ACTIVE, once=once, actor=actor, at=at
        )
        if invites and not _has_people(account):
            invite_collaborator(
                account_ref=account.ref,
                email=owner_email,
                name=owner_name,
                language=details.language,
                rights={},  # an owner has everything
                is_owner=True,
                actor=actor,
                at=at,
            )
    return account


def _has_people(account: Account) -> bool:
    return (
        Collaborator.objects.filter(account=account).exists() or Invitation.objects.filter(account=account).exists()
    )
