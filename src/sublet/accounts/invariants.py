"""What must be true of the tree of accounts, beyond what one row can say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.foundation.invariants.checks import Broken, invariant


@invariant("accounts.tree", broken=_("An account stands in the wrong place of the tree"))
def tree(_at: datetime) -> Iterable[Broken]:
    """A client has one reseller above it; resellers and direct accounts stand below the vendor."""
    wrong = (Q(kind="client") & ~Q(parent__kind="reseller")) | (
        Q(kind__in=("reseller", "direct")) & ~Q(parent__kind="vendor")
    )
    for account_id, ref, kind, above in Account.objects.filter(wrong).values_list("id", "ref", "kind", "parent__kind"):
        yield Broken(account_id, f"{kind} {ref} stands below a {above}")
