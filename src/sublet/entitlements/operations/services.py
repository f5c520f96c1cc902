"""How a managed service is set for a client: on or off, by whom it is managed, with which allowance."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.rights import VENDOR
from sublet.entitlements.events import ManagedServiceSet
from sublet.entitlements.models import ServiceSetting
from sublet.entitlements.operations.common import account_below, changed, known, names_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record

MOST_ALLOWANCE = 2**31 - 1


class Unchanged(Enum):
    """For an allowance that is left as it is: None is a value, unlimited."""

    UNCHANGED = "unchanged"
    AS_DECLARED = "as-declared"


UNCHANGED, AS_DECLARED = Unchanged.UNCHANGED, Unchanged.AS_DECLARED


class CannotSetService(Refusal):
    """Why a managed service stays as it is."""

    SENTENCES: ClassVar = {
        "wrong-manager": _("This service cannot be managed that way."),
        "no-allowance": _("This service has no allowance: nothing of it is counted."),
        "wrong-allowance": _("An allowance is a whole number, not below zero."),
    }


def set_service(
    *,
    ref: str,
    service: str,
    enabled: bool | None = None,
    managed_by: str | None = None,
    allowance: int | Unchanged | None = UNCHANGED,
    actor: Actor,
    at: datetime,
) -> bool:
    """Set a managed service of an account below the actor's (``clients:manage``, the vendor ``accounts:manage``).

    `enabled` and `managed_by` None leave it as it is; `allowance` in units a period, None for unlimited, `AS_DECLARED` for
    what the manifest says. Returns False when all was so already. Raises NotFound, Forbidden, CannotSetService.
    """
    with transaction.atomic():
        account = account_below(ref, actor)
        return store_service(
            account, service=service, enabled=enabled, managed_by=managed_by, allowance=allowance, actor=actor, at=at
        )


def store_service(
    account: Account,
    *,
    service: str,
    enabled: bool | None = None,
    managed_by: str | None = None,
    allowance: int | Unchanged | None = UNCHANGED,
    actor: Actor,
    at: datetime,
    tell: bool = True,
) -> bool:
    """The same for an account that is locked already, inside a transaction. `tell` False: the caller's entry tells it."""
    declared = known(account, at=at).terms.services.get(service)
    if declared is None:
        raise NotFound
    if managed_by is not None and managed_by not in declared.managed_by:
        raise CannotSetService("wrong-manager", field="managed_by")
    if not isinstance(allowance, Unchanged):
        if declared.meter is None:
            raise CannotSetService("no-allowance", field="allowance")
        if allowance is not None and not 0 <= allowance <= MOST_ALLOWANCE:
            raise CannotSetService("wrong-allowance", field="allowance")
    # unscoped: the account is locked, from the scope
    before = ServiceSetting.unscoped.filter(account_id=account.id, service=service, until__isnull=True).first()
    if (
        before is not None
        and actor.account_kind != VENDOR
        and before.giver_id != actor.account_id
        and before.giver_id != _above(account)
    ):
        before = None  # a former reseller's: it does not hold any more
    row = ServiceSetting(
        account_id=account.id,
        giver_id=actor.account_id,
        service=service,
        enabled=enabled if enabled is not None else (before.enabled if before else None),
        managed_by=managed_by or (before.managed_by if before else ""),
        allowance=before.allowance if before else None,
        sets_allowance=before.sets_allowance if before else False,
        since=at,
        set_by=actor.name[:200],
    )
    if allowance is AS_DECLARED:
        row.allowance, row.sets_allowance = None, False
    elif not isinstance(allowance, Unchanged):
        row.allowance, row.sets_allowance = allowance, True
    told = ("enabled", "managed_by", "allowance", "sets_allowance")
    if before is not None and all(getattr(before, name) == getattr(row, name) for name in told):
        return False
    # unscoped: as above. Whoever waited for the lock may have an earlier `at` than what was set meanwhile.
    for old in ServiceSetting.unscoped.filter(account_id=account.id, service=service, until__isnull=True):
        old.until = row.since = max(at, old.since)
        old.save(update_fields=["until"])
    row.save(force_insert=True)
    changed(account, at=at)
    if not tell:
        return True
    record(
        ManagedServiceSet(
            ref=account.ref, name=account.name, key=service, names=dict(names_of(declared)), enabled=row.enabled,
            managed_by=row.managed_by, allowance=row.allowance, sets_allowance=row.sets_allowance,
        ),
        account_id=account.id,
        parent_id=account.parent_id,
        actor=actor,
        at=at,
    )  # fmt: skip
    return True


def _above(account: Account) -> int | None:
    """The account above the one that stands above a client: the vendor, whose settings hold for it, too."""
    # unscoped: a reseller does not see the vendor; only its number is asked
    return Account.unscoped.filter(id=account.parent_id or 0).values_list("parent_id", flat=True).first()
