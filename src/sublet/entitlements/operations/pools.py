"""Pools: what the vendor gives a reseller to share out, and what each client may draw of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.operations.places import locked
from sublet.core import cascade
from sublet.core.cascade import Share as Wanted
from sublet.core.manifest import Meter
from sublet.core.rights import RESELLER, VENDOR
from sublet.entitlements.events import PoolSet, ShareSet
from sublet.entitlements.models import Pool, Share
from sublet.entitlements.operations.common import account_below, changed, known, names_of
from sublet.entitlements.queries.standing import pool_facts
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record

MOST = 10**12


class CannotSetPool(Refusal):
    """Why a pool or a share stays as it is."""

    SENTENCES: ClassVar = {
        "no-pool": _("There is no pool of this meter to draw from."),
        cascade.RESERVES: _("The pool does not hold so much: reserves cannot add up to more than its size."),
        cascade.CAPS: _("The upper limits would add up to more than may be promised of this pool."),
        cascade.CAP_BELOW_RESERVE: _("The upper limit is lower than the reserve."),
        cascade.BELOW_NOTHING: _("Quantities are not below zero."),
        "too-large": _("This is too large."),
        "wrong-oversell": _("Overselling is a percentage from 100 to 10,000."),
    }


def set_pool(*, ref: str, meter: str, size: int | None, oversell: int | None = 100, actor: Actor, at: datetime) -> bool:
    """Give a reseller a pool of `size` units of a meter, from which all its clients draw (the vendor, ``accounts:manage``).

    `size` None takes it away. `oversell` in percent, None: upper limits are not added up. False when it was so already.
    Raises NotFound, Forbidden, CannotSetPool.
    """
    actor.require("accounts:manage")
    if actor.account_kind != VENDOR:
        raise NotFound
    with transaction.atomic():
        account = locked(ref)
        if account.kind != RESELLER:
            raise NotFound
        thing = known(account, at=at).terms.meters.get(meter)
        if thing is None:
            raise NotFound
        if oversell is not None and not 100 <= oversell <= 10_000:
            raise CannotSetPool("wrong-oversell", field="oversell")
        # unscoped: the reseller is locked, from the scope
        row = Pool.unscoped.select_for_update().filter(account_id=account.id, meter=meter).first()
        if (row is None and size is None) or (row is not None and (row.size, row.oversell) == (size, oversell)):
            return False
        if size is not None and size > MOST:
            raise CannotSetPool("too-large", field="size")
        if size is not None and row is not None:
            refused = cascade.refuse_size(pool_facts(row, thing, at), size * 10**thing.decimals)
            if refused is not None:
                raise CannotSetPool(refused, field="size")
        elif size is not None and size < 0:
            raise CannotSetPool(cascade.BELOW_NOTHING, field="size")
        if row is None:
            Pool(account_id=account.id, meter=meter, size=size or 0, oversell=oversell).save(force_insert=True)
        elif size is None:
            # unscoped: as above, its shares with it
            Pool.unscoped.filter(id=row.id).delete()
        else:
            row.size, row.oversell = size, oversell
            row.save(update_fields=["size", "oversell"])
        changed(account, at=at)
        record(
            PoolSet(
                ref=account.ref, name=account.name, key=meter, names=dict(names_of(thing)), size=size, oversell=oversell
            ),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
        return True


def set_share(*, ref: str, meter: str, reserve: int | None, cap: int | None = None, actor: Actor, at: datetime) -> bool:
    """Set what a client may draw from its reseller's pool: at least `reserve`, at most `cap` units (None: what there is).

    The reseller, ``clients:manage``. `reserve` None: like everybody else, without a reserve and without an upper limit.
    False when it was so already. Raises NotFound, Forbidden, CannotSetPool.
    """
    with transaction.atomic():
        account = account_below(ref, actor)
        thing = known(account, at=at).terms.meters.get(meter)
        if thing is None:
            raise NotFound
        # unscoped: the pool is that of the account above the locked one
        pool = Pool.unscoped.select_for_update().filter(account_id=account.parent_id or 0, meter=meter).first()
        if pool is None:
            raise CannotSetPool("no-pool", field="meter")
        for name, asked in (("reserve", reserve), ("cap", cap)):
            if asked is not None and asked > MOST:
                raise CannotSetPool("too-large", field=name)
        # unscoped: as above
        rows = {each.account_id: each for each in Share.unscoped.filter(pool_id=pool.id)}
        row = rows.get(account.id)
        if (row is None and reserve is None) or (row is not None and (row.reserve, row.cap) == (reserve, cap)):
            return False
        _check(pool, thing, rows, account.id, reserve, cap, at)
        if reserve is None:
            # unscoped: as above
            Share.unscoped.filter(account_id=account.id, pool_id=pool.id).delete()
        else:
            # unscoped: as above
            Share.unscoped.update_or_create(
                account_id=account.id, pool_id=pool.id, defaults={"reserve": reserve, "cap": cap}
            )
        changed(account, at=at)
        record(
            ShareSet(
                ref=account.ref, name=account.name, key=meter, names=dict(names_of(thing)), reserve=reserve, cap=cap
            ),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
        return True


def _check(
    pool: Pool,
    thing: Meter,
    rows: Mapping[int, Share],
    account_id: int,
    reserve: int | None,
    cap: int | None,
    at: datetime,
) -> None:
    """Whether a client can have that share beside the others that there are (`rows`, by client)."""
    if reserve is None:
        return
    scale = 10**thing.decimals
    # Nobody has promised anything to whoever has no share: of them counts what they have used.
    facts = cascade.as_promised(pool_facts(pool, thing, at), {str(each) for each in rows})
    key = str(account_id)
    there = facts.shares.get(key, Wanted())
    wanted = Wanted(reserve * scale, None if cap is None else cap * scale, there.used)
    refused = cascade.refuse_share(facts, key, wanted, before=there if account_id in rows else None)
    if refused is not None:
        raise CannotSetPool(refused, field="cap" if refused in (cascade.CAPS, cascade.CAP_BELOW_RESERVE) else "reserve")
