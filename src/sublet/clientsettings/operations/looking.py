"""Looking again at whether settings are complete, when something below or above them changed. What is found is derived: no entry
of the journal tells of it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sublet.accounts.models import Account
from sublet.clientsettings.models import AgreedTerm
from sublet.clientsettings.operations.changes import look
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor
from sublet.foundation.scope import platform_scope

BATCH = 200


def look_again(*, account_id: int, actor: Actor, at: datetime) -> None:
    """One client, which may have come to another reseller: what the former one decided does not count for it."""
    with platform_scope("it may have left the scope in which the job was put in"), transaction.atomic():
        # unscoped: as said
        account = Account.unscoped.select_for_update().filter(id=account_id).first()
        if account is None:
            return
        if account.kind == CLIENT and account.parent_id is not None:
            look([account], giver_id=account.parent_id, at=at)
        elif account.settings_complete:
            account.settings_complete = False
            account.save(update_fields=["settings_complete"])


def look_at_all(*, actor: Actor, at: datetime) -> None:
    """Every client about which something was agreed: the others cannot be complete. After another manifest came into force."""
    with platform_scope("the installation's own look: a flag alone is written"):
        _look_at_all(at)


def _look_at_all(at: datetime) -> None:
    # unscoped: as said
    ids = sorted(set(AgreedTerm.unscoped.filter(dropped_at__isnull=True).values_list("client_id", flat=True)))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            # unscoped: as above
            rows = Account.unscoped.select_for_update().filter(id__in=ids[start : start + BATCH], kind=CLIENT)
            by_reseller: dict[int, list[Account]] = {}
            for account in rows.order_by("id"):
                by_reseller.setdefault(account.parent_id or 0, []).append(account)
            for reseller_id, accounts in by_reseller.items():
                look(accounts, giver_id=reseller_id, at=at)
