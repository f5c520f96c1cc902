"""Whom a directory names without a mail: its company log-in lets them in, and it alone knows their mailboxes."""

from __future__ import annotations

from collections.abc import Sequence

from sublet.core.company_log_in import in_domains
from sublet.messaging.mailbox_proof import domains_with_mailboxes
from sublet.people.models import CompanyLogIn, Directory


def domains_without_mail(account_id: int) -> Sequence[str]:
    """The domains of the account's company log-in whose mailboxes are proved to be its own. At most three statements."""
    # unscoped: asked while somebody comes in, before there is a scope; it names the account
    rows = CompanyLogIn.unscoped.filter(account_id=account_id, is_on=True)
    domains = rows.values_list("domains", flat=True).first()
    return domains_with_mailboxes(account_id, domains or ())


def goes_without_mail(account_id: int, email: str) -> bool:
    """Whether that account wants it so, and the address is in one of those domains today."""
    # unscoped: as above
    wanted = Directory.unscoped.filter(account_id=account_id, is_on=True, without_mail=True).exists()
    return wanted and in_domains(email, domains_without_mail(account_id))
