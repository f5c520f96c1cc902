"""What `core.tree` is asked with, read with the accounts locked."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.core.tree import Node
from sublet.people.models import Collaborator, Grant


def node_of(account: Account, *, at: datetime) -> Node:
    """The account as far as moves are about it. In a platform scope. Four statements."""
    owners = Collaborator.objects.filter(account=account, is_owner=True, ended_at__isnull=True, user__is_active=True)
    agreed = Grant.objects.filter(
        account=account, reseller_id=account.parent_id, state=Grant.State.ACTIVE, notice_days__gt=0
    )
    return Node(
        id=account.id,
        kind=account.kind,
        parent_id=account.parent_id,
        state=account.state,
        ownership=account.ownership,
        is_demonstration=account.demo_until is not None,
        has_owner=owners.exists(),
        notice_runs=agreed.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)).exists(),
        below=Account.objects.filter(parent_id=account.id).count(),
    )
