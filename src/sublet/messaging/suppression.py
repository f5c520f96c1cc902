"""Who is not written to any more: one list for each brand, and one for the whole installation.

A brand's list is its reseller's (a direct account's and the vendor's are their own). What is for a person's safety – log-in
codes, links to a new password, word of a new device – goes to suppressed addresses all the same: `kinds.MailKind.for_safety`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.messaging.kinds import kind_of
from sublet.messaging.models import OutboxMail, Suppression
from sublet.messaging.senders import server_owner


def list_of(account: Account) -> Account:
    """Whose list the account's mail is looked up in."""
    return server_owner(account)


def is_suppressed(row: OutboxMail) -> bool:
    """Whether the mail's address is on the brand's list or on the one for everybody, and the mail not for safety."""
    if kind_of(row.template).for_safety:
        return False
    # unscoped: the list of the mail's brand, and those for the whole installation
    found = Suppression.unscoped.filter(email=row.to_email.lower(), template__in=("", row.template))
    lists = {row.account_id, list_of(row.account).id}  # a client may have a list of its own beside its reseller's
    return found.filter(Q(account_id__in=lists) | Q(everywhere=True)).exists()


def suppressed_among(rows: Sequence[OutboxMail]) -> set[uuid.UUID]:
    """The mails of `rows` of which `is_suppressed` would be true: one statement. Their accounts are read already."""
    asked = [row for row in rows if not kind_of(row.template).for_safety]
    if not asked:
        return set()
    # unscoped: as above
    found = Suppression.unscoped.filter(email__in={row.to_email.lower() for row in asked})
    entries: set[tuple[int | None, str, str]] = set()
    for account_id, email, everywhere, template in found.values_list("account_id", "email", "everywhere", "template"):
        entries.add((None if everywhere else account_id, email, template))

    def is_listed(row: OutboxMail) -> bool:
        lists = {None, row.account_id, list_of(row.account).id}
        kinds = ("", row.template)
        return any((each, row.to_email.lower(), kind) in entries for each in lists for kind in kinds)

    return {row.id for row in asked if is_listed(row)}


def suppress(
    account: Account,
    email: str,
    *,
    reason: str,
    answer: str = "",
    everywhere: bool = False,
    template: str = "",
    at: datetime,
) -> bool:
    """Put an address on the account's list, for one kind of mail alone where `template` names it, in the caller's transaction;
    False when it is there already.

    With `everywhere`, one that is on the account's list holds for everybody from then on, whyever it came there.
    """
    row = Suppression(
        account=account,
        email=email.lower()[:254],
        reason=reason,
        answer=answer[:300],
        everywhere=everywhere,
        template=template,
        created_at=at,
    )
    # unscoped: a bounce comes back to a job, which acts for the installation
    made = Suppression.unscoped.bulk_create([row], ignore_conflicts=True)
    if bool(made) and Suppression.unscoped.filter(ref=row.ref).exists():  # unscoped: as above
        return True
    if not everywhere:
        return False
    # unscoped: as above
    there = Suppression.unscoped.filter(account=account, email=row.email, template="", everywhere=False)
    return there.update(everywhere=True, **({"answer": row.answer} if row.answer else {})) > 0
