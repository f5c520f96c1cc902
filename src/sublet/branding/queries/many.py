"""Changes to the brands of many clients: how far each is, what it did, whom it left alone and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from sublet.accounts.queries import require_below
from sublet.branding.models import BrandsChange, BrandsChangeLine
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs.models import ACTIVE, Job

#: So many changes are listed, and so many clients that were left alone.
MOST_CHANGES, MOST_LEFT = 50, 100
AT_WORK = ("queued", "running", "undoing")


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A client that a change, or its taking back, left as it was. `code`: ``same``, ``gone``, ``changed-since``,
    ``picture-gone``."""

    client_ref: str
    client_name: str
    code: str


@dataclass(frozen=True, slots=True)
class BrandsChangeFacts:
    """One change. `state` is one of `BrandsChange.State`, or ``failed`` when its job has given up. `changed` counts those
    that were changed, whether or not they have been taken back since; `left` and `kept` say by code how many a change, and
    its taking back, left alone.
    """

    ref: str
    state: str
    stored_state: str
    values: Mapping[str, str]
    total: int
    waiting: int
    changed: int
    undone: int
    left: Mapping[str, int]
    kept: Mapping[str, int]
    created_at: datetime
    created_by: str
    finished_at: datetime | None

    @property
    def at_work(self) -> bool:
        """Whether a job goes on with it."""
        return self.state in AT_WORK

    @property
    def may_be_undone(self) -> bool:
        """Whether there is something to take back, and nothing that goes on with it."""
        open_ = self.state == "done" or (
            self.state == "failed" and self.changed > self.undone + sum(self.kept.values())
        )
        return open_ and self.changed > 0

    @property
    def progress(self) -> tuple[int, int]:
        """How many clients have had their turn, of how many: in the change, or in its taking back."""
        if self.stored_state in {"undoing", "undone"}:
            return self.undone + sum(self.kept.values()), self.changed
        return self.total - self.waiting, self.total


def _changes(actor: Actor) -> QuerySet[BrandsChange]:
    actor.require("brand:manage")
    require_below(actor, "view")
    rows = BrandsChange.objects.filter(account_id=actor.account_id)
    if actor.reach is not None:
        # Who is confined to some clients sees no change that others were in: its page names them.
        rows = rows.exclude(lines__in=BrandsChangeLine.objects.exclude(client_id__in=actor.reach))
    return rows


def locked_change_of(actor: Actor, ref: str) -> BrandsChange:
    """The change with that reference, locked, for who may take it back. Raises NotFound, Forbidden."""
    change = _changes(actor).filter(ref=ref).first()
    if change is None:
        raise NotFound
    return BrandsChange.objects.select_for_update(of=("self",)).get(id=change.id)


def gave_up(change: BrandsChange) -> bool:
    """Whether nothing goes on with a change that is not done: its job is over, or thrown away."""
    if change.state not in AT_WORK or not change.job_id:
        return False
    # unscoped: a job of the change's own account, which was found in the scope
    return not Job.unscoped.filter(id=change.job_id, account_id=change.account_id, state__in=ACTIVE).exists()


def brands_changes(actor: Actor) -> list[BrandsChangeFacts]:
    """The newest changes. Raises Forbidden."""
    return _facts(list(_changes(actor).order_by("-id")[:MOST_CHANGES]))


def brands_change(actor: Actor, ref: str) -> BrandsChangeFacts:
    """One change. Raises NotFound, Forbidden."""
    found = _facts(list(_changes(actor).filter(ref=ref)))
    if not found:
        raise NotFound
    return found[0]


def left_alone(actor: Actor, ref: str, *, most: int = MOST_LEFT) -> list[LeftAlone]:
    """Some of the clients that a change, or its taking back, left as they were, in the order of their names; who is no longer
    the reseller's is not named. Raises NotFound, Forbidden."""
    change = _changes(actor).filter(ref=ref).first()
    if change is None:
        raise NotFound
    states = (BrandsChangeLine.State.LEFT, BrandsChangeLine.State.KEPT)
    rows = change.lines.filter(state__in=states, client__parent_id=actor.account_id)
    found = rows.order_by("client__sort_name", "client_id").values_list("client__ref", "client__name", "code")[:most]
    return [LeftAlone(ref, name, code) for ref, name, code in found]


def _facts(changes: Sequence[BrandsChange]) -> list[BrandsChangeFacts]:
    counts: dict[int, dict[tuple[str, str], int]] = {}
    lines = BrandsChangeLine.objects.filter(change__in=[each.id for each in changes])
    for number, state, code, count in (
        lines.order_by().values_list("change_id", "state", "code").annotate(count=Count("id"))
    ):
        counts.setdefault(number, {})[(state, code)] = count
    return [_one(each, counts.get(each.id, {})) for each in changes]


def _one(change: BrandsChange, counts: Mapping[tuple[str, str], int]) -> BrandsChangeFacts:
    of = {
        name: sum(n for (state, _code), n in counts.items() if state == name) for name in BrandsChangeLine.State.values
    }
    left = {code: n for (state, code), n in counts.items() if state == "left"}
    vanished = change.total - sum(counts.values())  # clients that are not there any more, with their lines
    if vanished:
        left["gone"] = left.get("gone", 0) + vanished
    return BrandsChangeFacts(
        ref=change.ref,
        state="failed" if gave_up(change) else change.state,
        stored_state=change.state,
        values=change.values,
        total=change.total,
        waiting=of["waiting"],
        changed=of["changed"] + of["undone"] + of["kept"],
        undone=of["undone"],
        left=left,
        kept={code: n for (state, code), n in counts.items() if state == "kept"},
        created_at=change.created_at,
        created_by=change.created_by,
        finished_at=change.finished_at,
    )
