"""Opening an account together with its owner: both or neither. The vendor's at set-up, others by the vendor."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.core.lifecycle import ACTIVE, INVITED
from sublet.core.rights import DIRECT, RESELLER
from sublet.foundation.actor import Actor
from sublet.people.operations.invitations import has_people, invite_collaborator
from sublet.people.operations.team import add_collaborator
from sublet.people.operations.users import create_user


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
        if invites and not has_people(account):
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


def set_up_vendor(
    *, name: str, email: str, person: str, password: str | None, language: str = "", actor: Actor, at: datetime
) -> Account:
    """The vendor's account of an empty installation, and the person who owns it.

    For the installation itself on the command line, in a platform scope; `actor` has no account yet. Raises
    CannotCreateVendor, and what `create_user` refuses.
    """
    with transaction.atomic():
        vendor = account_operations.create_vendor(
            name=name,
            details=account_operations.Details(contact_name=person, email=email, language=language),
            actor=actor,
            at=at,
        )
        here = replace(actor, account_id=vendor.id, account_ref=vendor.ref, account_name=vendor.name)
        user = create_user(email=email, name=person, password=password, language=language, actor=here, at=at)
        add_collaborator(account_ref=vendor.ref, user_ref=user.ref, rights={}, is_owner=True, actor=here, at=at)
    return vendor
