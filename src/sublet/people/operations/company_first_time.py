"""Somebody whom the company's directory has named without a mail comes in by the company log-in for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sublet.accounts.models import Account
from sublet.core.company_log_in import CompanyPerson
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.people.events import InvitationResent
from sublet.people.models import CompanyLogIn, Invitation, User
from sublet.people.operations.directory_shared import open_invitations
from sublet.people.operations.invitation_acceptance import Accepted, accept_invitation
from sublet.people.operations.invitations import send_anew
from sublet.people.operations.links import new_token
from sublet.people.queries.links import hash_token
from sublet.people.queries.without_mail import goes_without_mail


@dataclass(frozen=True, slots=True)
class FirstTime:
    """What came of it: a place, or (`accepted` is None) a mail, because the address has a log-in already."""

    accepted: Accepted | None = None


def come_in_first(
    *,
    row: CompanyLogIn,
    person: CompanyPerson,
    host: str,
    actor: Actor,
    at: datetime,
    language: str = "",
    request_id: str = "",
) -> FirstTime | None:
    """Let somebody in whom the directory has named without a mail; None: it has named nobody so.

    The address must be one that the provider has verified, in a domain whose mailboxes are the account's own today. Who has
    a log-in here already is a person of its own, whatever a company says: it gets the mail now, and must accept. `actor` is
    a visitor. Raises CannotAcceptInvitation.
    """
    if not person.email or not goes_without_mail(row.account_id, person.email):
        return None
    with transaction.atomic():
        account = Account.objects.select_for_update(of=("self",)).get(id=row.account_id)
        waiting = open_invitations(account).filter(email=person.email, sends=0, is_owner=False, expires_at__gt=at)
        invitation: Invitation | None = waiting.first()
        if invitation is None:
            return None
        known = User.objects.filter(email=person.email).first()
        if known is not None:
            send_anew(invitation, account, known, actor=actor, at=at)
            record(
                InvitationResent(invitation=invitation.ref, email=invitation.email, sends=invitation.sends),
                account_id=account.id,
                parent_id=account.parent_id,
                actor=actor,
                at=at,
            )
            return FirstTime()
        # Nobody has a link to it: this one is used at once, and leaves this function only as its hash.
        token = new_token()
        invitation.token_hash, invitation.host = hash_token(token), host
        invitation.save(update_fields=["token_hash", "host"])
        accepted = accept_invitation(
            token=token,
            host=host,
            name=invitation.name or person.name or person.email,
            password=None,
            user_id=None,
            at=at,
            language=language,
            request_id=request_id,
            by_company=True,
        )
        return FirstTime(accepted)
