"""Whom a directory has named and nobody has written to: they come in by the company log-in, the first time they use it.

Somebody without a log-in anywhere comes in at once, by the address that the provider has verified. Who has one elsewhere logs
in with it once, as for any linking: nobody is put on a team without a word of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from sublet.accounts.models import Account
from sublet.core.company_log_in import in_domains
from sublet.foundation.scope import platform_scope
from sublet.people.models import CompanyLogIn, Directory, DirectoryPerson, Invitation
from sublet.people.operations.links import new_token
from sublet.people.queries.invitation_page import find_invitation
from sublet.people.queries.links import hash_token

#: How long somebody may take to come the first time: as long as the directory names it.
AS_LONG_AS_NAMED = timedelta(days=3650)


def comes_without_mail(account: Account, email: str) -> bool:
    """Whether somebody whom the directory names under that address gets no invitation by mail. Two statements at most."""
    if not Directory.objects.filter(account=account, is_on=True, mails=False).exists():
        return False
    row = CompanyLogIn.objects.filter(account=account, is_on=True).first()
    return row is not None and in_domains(email, row.domains)


def arrival_token(*, account_id: int, email: str, host: str, at: datetime) -> str:
    """A link, for the hands of `accept_invitation` alone, with which that address arrives on the account; empty: it is not
    waited for. In the caller's transaction, which locks the account, as whoever changes a team does."""
    with platform_scope("whoever the company's provider has shown arrives"):
        Account.objects.select_for_update(of=("self",)).get(id=account_id)
        named = DirectoryPerson.objects.filter(
            account_id=OuterRef("account_id"), email=OuterRef("email"), is_active=True, collaborator__isnull=True
        )
        row = Invitation.objects.filter(
            Exists(named),
            account_id=account_id,
            email=email,
            sends=0,
            is_owner=False,
            accepted_at__isnull=True,
            revoked_at__isnull=True,
        ).first()
        if row is None:
            return ""
        token = new_token()
        row.token_hash, row.host = hash_token(token), host
        row.save(update_fields=["token_hash", "host"])
    # Written by a key that works no more, or could not give this any more: as with every invitation.
    return token if find_invitation(token, host=host, at=at) is not None else ""
