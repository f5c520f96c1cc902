"""The brands of many clients at once: what is set or taken back is the same for each; all else stays as it is.

Who is meant is written down when the change is ordered, a line for each client. A line's turn and what it does commit
together: whenever a process dies, the next goes on with the lines that wait. The same lines say what each client had before,
so that the change can be taken back as a whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.queries import Selection, require_below
from sublet.accounts.queries.bulk import selected
from sublet.branding.events import BrandChanged, BrandsChanged, BrandsChangeResumed, BrandsChangeUndone
from sublet.branding.models import Brand, BrandsChange, BrandsChangeLine
from sublet.branding.operations.brands import (
    CannotChangeBrand,
    names_of,
    publish_values,
    put_back_draft,
    read_changes,
)
from sublet.branding.operations.generation import bump_generation
from sublet.branding.operations.pictures import has_pictures, require_pictures
from sublet.branding.queries import PICTURES, values_of
from sublet.branding.queries.brands import COLUMNS
from sublet.branding.queries.many import gave_up, locked_change_of
from sublet.core.lifecycle import lets_people_in
from sublet.foundation.actor import Actor
from sublet.foundation.bulk import insert_rows
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record, record_many

#: So many in one transaction while somebody waits; more are left to a job.
AT_ONCE = 500
#: So many in one transaction of the job.
BATCH = 100
SAMPLE = 8
#: So long a change can be looked at and taken back.
KEPT = timedelta(days=90)
_RUNS = (BrandsChange.State.QUEUED, BrandsChange.State.RUNNING)
Line = BrandsChangeLine.State


class CannotChangeBrands(CannotChangeBrand):
    """No brand is changed."""

    SENTENCES: ClassVar = {
        **CannotChangeBrand.SENTENCES,
        "nothing-selected": _("Nothing is selected."),
        "nothing-changes": _("Fill in a field, or take one back."),
        "reseller-locked": _("Your account is suspended or closed: nothing is changed."),
        "still-running": _("This change is still running. It can be taken back when it is done."),
    }


@dataclass(frozen=True, slots=True)
class ManyBrands:
    """How many clients are selected, how many of them change (or did), and some of their names.

    `ref` is the change's as it was ordered, empty for a preview and where nothing changes; with `job_id` a job does it, and
    `changing` says how many it will change.
    """

    selected: int
    changing: int
    names: tuple[str, ...]
    ref: str = ""
    job_id: str = ""


def _wanted(changes: Mapping[str, str], pictures: Mapping[str, str] | None, actor: Actor) -> dict[str, str]:
    wanted = read_changes(changes)
    for slot, digest in (pictures or {}).items():
        if slot not in PICTURES:
            raise CannotChangeBrands("unknown-field", field=slot)
        wanted[slot] = digest
    if not wanted:
        raise CannotChangeBrands("nothing-changes")
    require_pictures({slot: wanted[slot] for slot in PICTURES if slot in wanted}, account_id=actor.account_id)
    return wanted


def _chosen(selection: Selection, actor: Actor, at: datetime) -> QuerySet[Account]:
    actor.require("brand:manage")
    require_below(actor, "view")
    return selected(actor, selection, at=at)


def _differing(rows: QuerySet[Account], wanted: Mapping[str, str]) -> QuerySet[Account]:
    """Those of the accounts whose published brand would become otherwise."""
    same = Q()
    for key, value in wanted.items():
        if key in COLUMNS:
            same &= Q(**{key: value})
        elif value:
            same &= Q(**{f"more__{key}": value})
        else:
            same &= ~Q(more__has_key=key)
    brands = Brand.objects.filter(account_id=OuterRef("id"))
    if any(wanted.values()):
        return rows.filter(~Exists(brands.filter(same)))
    return rows.filter(Exists(brands.exclude(same)))  # who has set nothing has nothing to take back


def preview_brands(
    *,
    selection: Selection,
    changes: Mapping[str, str],
    actor: Actor,
    at: datetime,
    pictures: Mapping[str, str] | None = None,
) -> ManyBrands:
    """What `change_brands` would do now. Raises as it does."""
    rows = _chosen(selection, actor, at)
    wanted = _wanted(changes, pictures, actor)
    count = rows.count()
    if not count:
        raise CannotChangeBrands("nothing-selected")
    changing = _differing(rows, wanted)
    names = changing.order_by("sort_name", "id").values_list("name", flat=True)[:SAMPLE]
    return ManyBrands(selected=count, changing=changing.count(), names=tuple(names))


def change_brands(
    *,
    selection: Selection,
    changes: Mapping[str, str],
    actor: Actor,
    at: datetime,
    pictures: Mapping[str, str] | None = None,
    once: str = "",
) -> ManyBrands:
    """Set fields of the brands of all clients of a selection and publish them; an empty value goes back to what is inherited.

    `pictures`: slot → digest of a picture that `keep_for_many` has stored, or empty. Up to `AT_ONCE` clients all or nothing,
    more by a job; one entry in the history of each that changes. Drafts keep what they say of other fields. Where nothing
    would change nothing is written. `once` names the form that was sent: the same one again, with the same in it, orders
    nothing and returns what the first one ordered. Raises CannotChangeBrands, CannotChangeBrand (with `field`), NotFound (a
    picture of somebody else's, too), Forbidden.
    """
    rows = _chosen(selection, actor, at)
    wanted = _wanted(changes, pictures, actor)
    intent = _intent(once, selection, wanted)
    with transaction.atomic():
        if intent:
            # Of two that come at once the second waits here, and then finds what the first has ordered.
            Account.objects.select_for_update(of=("self",)).get(id=actor.account_id)
            ordered = BrandsChange.objects.filter(account_id=actor.account_id, once=intent).first()
            if ordered is not None:
                done = ordered.lines.filter(state=Line.CHANGED).count()
                return ManyBrands(ordered.total, done, (), ordered.ref, ordered.job_id)
        ids = list(rows.order_by("id").values_list("id", flat=True))
        if not ids:
            raise CannotChangeBrands("nothing-selected")
        changing = _differing(rows, wanted)
        count = changing.count()
        if not count:
            return ManyBrands(selected=len(ids), changing=0, names=())
        names = tuple(changing.order_by("sort_name", "id").values_list("name", flat=True)[:SAMPLE])
        change = _begin(ids, wanted, once=intent, actor=actor, at=at)
        if len(ids) > AT_ONCE:
            _leave_to_a_job(change, actor=actor, at=at)
            return ManyBrands(len(ids), count, names, change.ref, change.job_id)
        _take(change, AT_ONCE, actor=actor, at=at)
        finish_change(change_id=change.id, actor=actor, at=at)
        done = change.lines.filter(state=Line.CHANGED).count()
    return ManyBrands(len(ids), done, names, change.ref)


def _intent(once: str, selection: Selection, wanted: Mapping[str, str]) -> str:
    """A browser that comes back to a form keeps its `once`: with something else in it, it is another form."""
    told = json.dumps([once, selection.as_data(), wanted], sort_keys=True, default=str)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest() if once else ""


def _begin(ids: list[int], wanted: Mapping[str, str], *, once: str, actor: Actor, at: datetime) -> BrandsChange:
    change = BrandsChange(
        account_id=actor.account_id,
        values={**wanted},
        total=len(ids),
        once=once,
        created_at=at,
        created_by=(actor.impersonator.name if actor.impersonator is not None else actor.name)[:200],
    )
    change.save()
    columns = ("account_id", "change_id", "client_id", "state", "code", "before", "draft")
    lines: Iterator[tuple[object, ...]] = (
        (actor.account_id, change.id, number, Line.WAITING.value, "", {}, {}) for number in ids
    )
    insert_rows(BrandsChangeLine, columns, lines)
    told = BrandsChanged(ref=change.ref, fields=names_of(wanted), count=len(ids))
    record(told, account_id=actor.account_id, actor=actor, at=at)
    return change


def change_batch(*, change_id: int, actor: Actor, at: datetime) -> tuple[int, int] | None:
    """Change the next clients of a change, in the caller's transaction: how many are done, of how many; None when there are
    no more, or it has been taken back meanwhile. Raises CannotChangeBrands when the reseller is locked."""
    change = BrandsChange.objects.select_for_update(of=("self",)).get(id=change_id, account_id=actor.account_id)
    if change.state not in _RUNS:
        return None
    if not lets_people_in(Account.objects.values_list("state", flat=True).get(id=change.account_id)):
        raise CannotChangeBrands("reseller-locked")
    if not _take(change, BATCH, actor=actor, at=at):
        return None
    if change.state != BrandsChange.State.RUNNING:
        change.state = BrandsChange.State.RUNNING
        change.save(update_fields=["state"])
    return change.total - change.lines.filter(state=Line.WAITING).count(), change.total


def _turns(change: BrandsChange, state: str, most: int) -> Iterator[tuple[BrandsChangeLine, Account | None, Brand]]:
    """The next lines in that state with client and brand, the clients locked in the order of their keys; no client where it
    is not the reseller's any more."""
    lines = list(change.lines.filter(state=state).order_by("id")[:most])  # as they were written: by the clients' keys
    ids = [line.client_id for line in lines]
    mine = Account.objects.select_for_update(of=("self",)).filter(id__in=ids, parent_id=change.account_id)
    accounts = {account.id: account for account in mine.order_by("id")}
    brands = {brand.account_id: brand for brand in Brand.objects.filter(account_id__in=ids)}
    for line in lines:
        account = accounts.get(line.client_id)
        brand = brands.get(line.client_id) or Brand()
        if account is not None:
            brand.account = account
        yield line, account, brand


def _take(change: BrandsChange, most: int, *, actor: Actor, at: datetime) -> int:
    done = 0
    told: list[tuple[int, BrandChanged]] = []
    wanted: Mapping[str, str] = change.values
    for line, account, brand in _turns(change, Line.WAITING, most):
        done += 1
        live = values_of(brand)
        before = {key: live.get(key, "") for key, value in wanted.items() if live.get(key, "") != value}
        if account is None or not before:
            line.state, line.code = Line.LEFT, "gone" if account is None else "same"
        else:
            line.state, line.before = Line.CHANGED, before
            line.draft = {key: value for key, value in (brand.draft or {}).items() if key in wanted}
            told.append((account.id, publish_values(brand, wanted, actor=actor, at=at)))
        line.save(update_fields=["state", "code", "before", "draft"])
    _tell(change, told, actor=actor, at=at)
    return done


def _tell(change: BrandsChange, told: Sequence[tuple[int, BrandChanged]], *, actor: Actor, at: datetime) -> None:
    """An entry in the history of each, and to every process that hosts look otherwise."""
    if told:
        record_many(told, parent_id=change.account_id, actor=actor, at=at)
        bump_generation()


def finish_change(*, change_id: int, actor: Actor, at: datetime) -> None:
    """Close a change whose lines have all had their turn, in the caller's transaction."""
    change = BrandsChange.objects.select_for_update(of=("self",)).get(id=change_id, account_id=actor.account_id)
    if change.state in _RUNS:
        change.state, change.finished_at = BrandsChange.State.DONE, at
        change.save(update_fields=["state", "finished_at"])


def undo_brands(*, ref: str, actor: Actor, at: datetime) -> None:
    """Take a change back as a whole: every client that it changed has again what it had before.

    A client whose brand says something else by now, in a field of the change, keeps that; so does one whose former picture
    is not kept any more. Up to `AT_ONCE` clients at once, more by a job. Twice is once. Raises CannotChangeBrands, NotFound,
    Forbidden.
    """
    actor.require("brand:manage")
    require_below(actor, "view")
    with transaction.atomic():
        change = locked_change_of(actor, ref)
        if change.state in {BrandsChange.State.UNDOING, BrandsChange.State.UNDONE} and not gave_up(change):
            return
        if change.state in _RUNS and not gave_up(change):
            raise CannotChangeBrands("still-running")
        count = change.lines.filter(state=Line.CHANGED).count()
        if change.state != BrandsChange.State.UNDOING:
            told = BrandsChangeUndone(ref=change.ref, fields=names_of(change.values), count=count)
            record(told, account_id=change.account_id, actor=actor, at=at)
        change.state, change.job_id = BrandsChange.State.UNDOING, ""
        if count > AT_ONCE:
            _leave_to_a_job(change, actor=actor, at=at)
            return
        change.save(update_fields=["state", "job_id"])
        _give_back(change, AT_ONCE, actor=actor, at=at)
        finish_undo_of_brands(change_id=change.id, actor=actor, at=at)


def undo_batch(*, change_id: int, actor: Actor, at: datetime) -> tuple[int, int] | None:
    """Take the change back for its next clients, in the caller's transaction: how many are done, of how many; None when there
    are no more. Raises CannotChangeBrands when the reseller is locked."""
    change = BrandsChange.objects.select_for_update(of=("self",)).get(id=change_id, account_id=actor.account_id)
    if change.state != BrandsChange.State.UNDOING:
        return None
    if not lets_people_in(Account.objects.values_list("state", flat=True).get(id=change.account_id)):
        raise CannotChangeBrands("reseller-locked")
    if not _give_back(change, BATCH, actor=actor, at=at):
        return None
    over = change.lines.filter(state__in=(Line.UNDONE, Line.KEPT)).count()
    return over, over + change.lines.filter(state=Line.CHANGED).count()


def _give_back(change: BrandsChange, most: int, *, actor: Actor, at: datetime) -> int:
    done = 0
    told: list[tuple[int, BrandChanged]] = []
    wanted: Mapping[str, str] = change.values
    for line, account, brand in _turns(change, Line.CHANGED, most):
        done += 1
        live = values_of(brand)
        if account is None:
            line.state, line.code = Line.KEPT, "gone"
        elif any(live.get(key, "") != wanted.get(key, "") for key in line.before):
            line.state, line.code = Line.KEPT, "changed-since"
        elif not has_pictures(account, line.before):
            line.state, line.code = Line.KEPT, "picture-gone"
        else:
            line.state = Line.UNDONE
            draft = {**line.draft, **(brand.draft or {})}
            told.append((account.id, publish_values(brand, line.before, actor=actor, at=at)))
            put_back_draft(brand, draft, actor=actor, at=at)
        line.save(update_fields=["state", "code"])
    _tell(change, told, actor=actor, at=at)
    return done


def finish_undo_of_brands(*, change_id: int, actor: Actor, at: datetime) -> None:
    """Close the taking back, in the caller's transaction."""
    change = BrandsChange.objects.select_for_update(of=("self",)).get(id=change_id, account_id=actor.account_id)
    if change.state == BrandsChange.State.UNDOING:
        change.state, change.finished_at = BrandsChange.State.UNDONE, at
        change.save(update_fields=["state", "finished_at"])


def resume_brands(*, ref: str, actor: Actor, at: datetime) -> None:
    """Let a change, or its taking back, go on that came to a halt; nothing where it did not. Raises NotFound, Forbidden."""
    with transaction.atomic():
        change = locked_change_of(actor, ref)
        if gave_up(change):
            told = BrandsChangeResumed(ref=change.ref, fields=names_of(change.values))
            record(told, account_id=change.account_id, actor=actor, at=at)
            _leave_to_a_job(change, actor=actor, at=at)


def _leave_to_a_job(change: BrandsChange, *, actor: Actor, at: datetime) -> None:
    undoing = change.state == BrandsChange.State.UNDOING
    change.job_id = enqueue(
        "branding.undo_brands" if undoing else "branding.change_brands",
        account_id=change.account_id,
        actor=actor,
        at=at,
        payload={"change_id": change.id},
    )
    change.save(update_fields=["state", "job_id"])


def forget_old_changes(*, actor: Actor, at: datetime) -> None:
    """Throw away what can no longer be taken back: changes older than `KEPT`. In a platform scope."""
    BrandsChange.objects.filter(created_at__lt=at - KEPT).delete()


__all__ = [
    "AT_ONCE",
    "BATCH",
    "KEPT",
    "CannotChangeBrands",
    "ManyBrands",
    "change_batch",
    "change_brands",
    "finish_change",
    "finish_undo_of_brands",
    "forget_old_changes",
    "preview_brands",
    "resume_brands",
    "undo_batch",
    "undo_brands",
]
