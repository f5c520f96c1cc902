"""Taking a change of client settings back: what was before is said anew, from now on, as long as nobody said something else since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.operations import Changed, bulk
from sublet.accounts.operations.bulk import carry_out, one_by_one
from sublet.accounts.queries.clients import accounts_below
from sublet.accounts.queries.tree import require_below
from sublet.clientsettings.models import AgreedTerm, SettingsChange
from sublet.clientsettings.operations.changes import How, client_of, store
from sublet.clientsettings.operations.many import batch_of
from sublet.clientsettings.operations.templates import follow_again, followed_now
from sublet.clientsettings.queries import setups
from sublet.clientsettings.queries.values import Setup
from sublet.core.clientsettings import FOLLOW, Change, Value, from_json, same
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal

JOB = "clientsettings.undo_many"
#: Up to here at once, in one transaction; more as a job.
AT_ONCE = 50


class CannotUndoSettings(Refusal):
    """Why a change of settings stays."""

    SENTENCES: ClassVar = {
        "undone": _("This was undone already."),
        "changed-since": _("Somebody changed these settings since. Look at them, and change what is not right."),
        "nothing-left": _("The product does not have these settings any more."),
    }


@dataclass(frozen=True, slots=True)
class _Former:
    """What a field becomes again, and what comes again later."""

    values: Mapping[str, Value]
    later: Sequence[tuple[str, datetime, Any]]


def undo_settings(*, ref: str, change: str, actor: Actor, at: datetime) -> tuple[Change, ...]:
    """Take one change of a client's settings back (its reference; ``clients:manage``): what became something else.

    The former values hold from now on, or from the day on which the change would have: what was meanwhile stays in the history. It
    is a change like every other, and can be undone itself. Raises NotFound, Forbidden, CannotUndoSettings, and what
    `set_up` raises where a former value is not lawful any more.
    """
    _manages(actor)
    # unscoped: of the actor's own account; the client is found in the scope
    row = SettingsChange.unscoped.filter(ref=change[:32], account_id=actor.account_id).first()
    if row is None:
        raise NotFound
    with transaction.atomic():
        account = client_of(ref, actor)
        if row.client_id != account.id:  # another client's is not taken back on this one's page
            raise NotFound
        return _undo(account, row.id, batch="", actor=actor, at=at)


def undo_many(*, batch: str, once: str = "", actor: Actor, at: datetime) -> Changed:
    """Take back what was changed together for many (``clients:manage``): each client whole or not at all, and those for which
    somebody changed the same since stay as they are, counted by code. More than `AT_ONCE` as a job.

    Raises NotFound, Forbidden, CannotChangeClients when nothing of it is left to take back.
    """
    _manages(actor)
    # unscoped: of the actor's own account
    if not SettingsChange.unscoped.filter(account_id=actor.account_id, batch=batch[:64]).exclude(batch="").exists():
        raise NotFound
    again = batch_of(once, {"undo": batch})
    return carry_out(
        rows=_clients_of(batch, actor),
        order=bulk.Order(JOB, "settings", {"batch": batch, "again": again}, AT_ONCE),
        do=lambda ids: undo_batch(ids=ids, batch=batch, again=again, actor=actor, at=at),
        actor=actor,
        at=at,
        once=once,
    )


def undo_ids(batch: str, actor: Actor) -> list[int]:
    """The clients that the job of such an order means, in the order of their keys."""
    return list(_clients_of(batch, actor).order_by("id").values_list("id", flat=True))


def undo_batch(*, ids: Sequence[int], batch: str, again: str, actor: Actor, at: datetime) -> tuple[int, dict[str, int]]:
    """Take it back for these clients, in the order of their keys, in the caller's transaction: how many were changed, and how many
    not, by refusal code. `again` names what this changes together."""

    def change(ref: str) -> bool:
        with transaction.atomic():
            account = client_of(ref, actor)
            # unscoped: of the actor's own account and a client of its scope
            rows = SettingsChange.unscoped.filter(
                account_id=actor.account_id, client_id=account.id, batch=batch, undone_at__isnull=True
            )
            number = rows.order_by("-id").values_list("id", flat=True).first()
            return number is not None and bool(_undo(account, number, batch=again, actor=actor, at=at))

    wanted = Account.objects.filter(id__in=ids, parent_id=actor.account_id).order_by("id")
    return one_by_one(wanted.values_list("ref", flat=True), change)


def _manages(actor: Actor) -> None:
    if actor.account_kind != RESELLER:
        raise NotFound
    require_below(actor, "manage")


def _clients_of(batch: str, actor: Actor) -> Any:
    rows, _above = accounts_below(actor)
    if actor.reach is not None:
        rows = rows.filter(id__in=actor.reach)
    # unscoped: of the actor's own account
    changes = SettingsChange.unscoped.filter(account_id=actor.account_id, batch=batch, undone_at__isnull=True)
    return rows.filter(id__in=changes.values("client_id"))


def _undo(account: Account, number: int, *, batch: str, actor: Actor, at: datetime) -> tuple[Change, ...]:
    """One change of a locked client, inside a transaction."""
    # unscoped: as above, once more under the lock of the client
    row = SettingsChange.unscoped.select_for_update().get(id=number)
    if row.undone_at is not None:
        raise CannotUndoSettings("undone")
    now = setups([account.id], giver_id=actor.account_id, at=at)[account.id]
    since = row.since if row.since is not None and row.since > at else None
    values = {key: pair for key, pair in row.values.items() if key in now.fields}
    if not values:
        raise CannotUndoSettings("nothing-left")
    if _is_otherwise(now, now.as_of(since), values) or _follows_another(account, row, actor):
        raise CannotUndoSettings("changed-since")
    former = _former(now, row, values, since or at, at)
    agreed = {key: value for key, value in former.values.items() if now.fields[key].is_agreed}
    lines = store(
        account,
        now,
        changes=former.values,
        since=since if agreed else None,
        how=How(batch, row.words),
        actor=actor,
        at=at,
    )
    for field, begins, value in former.later:
        AgreedTerm(
            account_id=actor.account_id, client_id=account.id, field=field, value=value, since=begins, decided_at=at,
            decided_by=actor.name[:200],
        ).save(force_insert=True)  # fmt: skip
    if row.followed:
        before = row.followed["before"]
        follow_again(account, (before[0], before[1]) if before else None, actor=actor, at=at)
    row.undone_at = at
    row.save(update_fields=["undone_at"])
    return lines


def _is_otherwise(now: Setup, then: Setup, values: Mapping[str, Sequence[Any]]) -> bool:
    """Whether somebody said something about one of the fields since, also for later."""
    later = {key for key, _since, _value in then.coming}
    return any(
        not same(then.values[key], from_json(pair[1])) or (now.fields[key].is_agreed and key in later)
        for key, pair in values.items()
    )


def _follows_another(account: Account, row: SettingsChange, actor: Actor) -> bool:
    if not row.followed:
        return False
    after = row.followed["after"]
    return followed_now(account, actor) != (after[0], after[1])


def _former(
    now: Setup, row: SettingsChange, values: Mapping[str, Sequence[Any]], begins: datetime, at: datetime
) -> _Former:
    """What would hold had the change not been: of what it had dropped for later, what is due by now holds, the rest comes again."""
    found = {key: from_json(pair[0]) for key, pair in values.items()}
    for key, told in row.words.items():
        # What would have ended by itself meanwhile does not come back.
        if key in found and told["until"] and datetime.fromisoformat(told["until"]) <= at:
            found[key] = FOLLOW
    later = []
    for field, moment, value in row.dropped:
        since = datetime.fromisoformat(moment)
        if field not in found:
            continue
        if since <= begins:
            found[field] = from_json(value)
        else:
            later.append((field, since, value))
    return _Former(found, later)


__all__ = ["CannotUndoSettings", "undo_batch", "undo_ids", "undo_many", "undo_settings"]
