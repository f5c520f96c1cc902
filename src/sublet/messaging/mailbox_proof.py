"""Which domains are an account's own so surely that its word about mailboxes there can be taken."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from sublet.core.senders import PLATFORM, SMTP
from sublet.messaging.models import SenderDomain


def domains_with_mailboxes(account_id: int, among: Collection[str]) -> tuple[str, ...]:
    """Those of `among` that the account has proved as sender domains, by a key of its own in DNS, and nobody else has.

    A host that was proved says nothing of mail: whoever has ``portal.example.com`` does not have ``@example.com``. Nor does
    a domain that leaves by a provider's API: the selectors are the account's word, and those of a large provider's
    customers are known, so that anybody could name them. What two accounts have proved decides for neither.
    """
    if not among:
        return ()
    own_key = Q(proved_for__startswith=f"{PLATFORM} ") | Q(proved_for__startswith=f"{SMTP} ")
    # unscoped: whether somebody else has proved it, too; only domains of the account's own list leave this function
    rows = SenderDomain.unscoped.filter(own_key, domain__in=list(among), state=SenderDomain.State.PROVED)
    owners: dict[str, set[int]] = {}
    for domain, owner in rows.values_list("domain", "account_id"):
        owners.setdefault(domain, set()).add(owner)
    return tuple(sorted(domain for domain, found in owners.items() if found == {account_id}))
