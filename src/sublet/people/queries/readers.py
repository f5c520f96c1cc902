"""Whom a notice about an account is written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sublet.accounts.models import Account
from sublet.people.models import Collaborator


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever reads what is written to an account, and in which language (that of the account where the person has said none)."""

    email: str
    name: str
    language: str


def readers_of(accounts: Sequence[Account]) -> dict[int, Reader]:
    """Of each account its owner; where nobody owns it yet, whoever its details name. Who has no address is left out.

    For callers that hold the accounts by a scope. One statement.
    """
    found = {
        each.id: Reader(each.email, each.contact_name or each.name, each.language) for each in accounts if each.email
    }
    languages = {each.id: each.language for each in accounts}
    # unscoped: a notice goes to the people of an account below the one whose words it says
    owners = Collaborator.unscoped.filter(account_id__in=languages, is_owner=True, ended_at__isnull=True)
    for place in owners.filter(user__is_active=True).select_related("user"):
        user = place.user
        found[place.account_id] = Reader(user.email, str(user), user.language or languages[place.account_id])
    return found
