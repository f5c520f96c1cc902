"""The settings of many clients at once: what would change for whom, and the change. By fields, or by a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from json import dumps
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from sublet.accounts.models import Account
from sublet.accounts.operations import Changed, bulk
from sublet.accounts.operations.bulk import carry_out, one_by_one
from sublet.accounts.queries.bulk import SAMPLE, Selection, selected
from sublet.accounts.queries.bulk import selection as selection_from
from sublet.accounts.queries.clients import Counted, accounts_below, counted
from sublet.accounts.queries.tree import require_below
from sublet.clientsettings.models import SettingsTemplate, TemplateUse, new_change_ref
from sublet.clientsettings.operations.changes import Applied, How, client_of, lawful, store
from sublet.clientsettings.operations.templates import CannotChangeTemplate, follow, followed_now
from sublet.clientsettings.queries import setups, stored_template, values_of_template
from sublet.core.clientsettings import Change, Value, values_from_json, values_to_json
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal

JOB = "clientsettings.change_many"
#: Up to here at once, in one transaction; more as a job: each client takes some twenty statements.
AT_ONCE = 50
#: So many clients are compared for a preview; the rest is counted.
MOST_COMPARED = 500
#: So many of them are shown with what changes for each.
MOST_SHOWN = 25
_SLICE = 100


@dataclass(frozen=True, slots=True)
class Order:
    """What is set: fields from `since` on, or a `version` of a `template` (its reference). `batch` names it, to be undone."""

    values: Mapping[str, Value] = field(default_factory=dict)
    since: datetime | None = None
    template: str = ""
    version: int = 0
    batch: str = ""

    def as_data(self) -> dict[str, Any]:
        """JSON for the job."""
        return {
            "values": values_to_json(self.values),
            "since": self.since.isoformat() if self.since is not None else "",
            "template": self.template,
            "version": self.version,
            "batch": self.batch,
        }


def order_from(data: Mapping[str, Any]) -> Order:
    """What `as_data` made."""
    since = datetime.fromisoformat(data["since"]) if data["since"] else None
    return Order(values_from_json(data["values"]), since, data["template"], data["version"], data.get("batch", ""))


@dataclass(frozen=True, slots=True)
class ForClient:
    """What the order comes to for one client; `refused`: why nothing, in words."""

    ref: str
    name: str
    lines: Sequence[Change]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ManyPreview:
    """How many are selected; of those that were `compared`, how many change, stay or are refused; the first that change."""

    selected: Counted
    compared: int
    changing: int
    refused: int
    clients: Sequence[ForClient]
    names: Sequence[str]

    @property
    def staying(self) -> int:
        return self.compared - self.changing - self.refused


def _chosen(actor: Actor, chosen: Selection | None, order: Order, at: datetime) -> QuerySet[Account]:
    """The clients of a selection; without one, those that follow the template of the order."""
    if actor.account_kind != RESELLER:
        raise NotFound
    if chosen is not None:
        return selected(actor, chosen, at=at)
    template = stored_template(actor, order.template)
    rows, _above = accounts_below(actor)
    if actor.reach is not None:
        rows = rows.filter(id__in=actor.reach)
    # unscoped: uses of the actor's own template
    uses = TemplateUse.unscoped.filter(template_id=template.id)
    return rows.exclude(state=CLOSED).filter(id__in=uses.values("client_id"))


def _resolved(actor: Actor, order: Order) -> tuple[Mapping[str, Value], SettingsTemplate | None]:
    """The values of an order. Raises NotFound, and CannotChangeTemplate when the template has another version by now."""
    if not order.template:
        return order.values, None
    template = stored_template(actor, order.template)
    if order.version and order.version != template.version:
        raise CannotChangeTemplate("changed-meanwhile")
    return values_of_template(template), template


def preview_many(*, selection: Selection | None, order: Order, actor: Actor, at: datetime) -> ManyPreview:
    """What `change_many` would do now, client by client (``clients:manage``); of very many the first `MOST_COMPARED`.

    Raises Forbidden, NotFound, CannotChangeTemplate.
    """
    require_below(actor, "manage")
    rows = _chosen(actor, selection, order, at)
    values, template = _resolved(actor, order)
    accounts = list(rows.order_by("sort_name", "id")[:MOST_COMPARED])
    shown: list[ForClient] = []
    changing = refused = 0
    for start in range(0, len(accounts), _SLICE):
        part = accounts[start : start + _SLICE]
        found = setups([each.id for each in part], giver_id=actor.account_id, at=at)
        for account in part:
            setup = found[account.id].as_of(order.since)
            wanted = {key: value for key, value in values.items() if template is None or key in setup.fields}
            try:
                lines = lawful(account.state, account.currency, setup, wanted, since=order.since, at=at)
                why = ""
            except Refusal as refusal:
                lines, why = (), refusal.sentence
            changing += bool(lines)
            refused += bool(why)
            if (lines or why) and len(shown) < MOST_SHOWN:
                shown.append(ForClient(account.ref, account.name, lines, why))
    return ManyPreview(
        selected=counted(rows),
        compared=len(accounts),
        changing=changing,
        refused=refused,
        clients=shown,
        names=[each.name for each in accounts[:SAMPLE]],
    )


def change_many(*, selection: Selection | None, order: Order, once: str = "", actor: Actor, at: datetime) -> Changed:
    """Set up many clients (``clients:manage``), or with no `selection` all that follow the template of the order.

    Up to `AT_ONCE` in one transaction; more are left to a job, whose id is returned. Those for which it is not lawful stay as
    they are and are counted by the code of their refusal. `once` names the order, as in `accounts.operations.change_many`.
    Raises Forbidden, NotFound, CannotChangeClients, CannotChangeTemplate.
    """
    require_below(actor, "manage")
    rows = _chosen(actor, selection, order, at)
    _values, template = _resolved(actor, order)
    if template is not None:
        # Later versions are another order: a job goes on with what was previewed.
        order = Order(since=order.since, template=template.ref, version=template.version, batch=order.batch)
    chosen = selection.as_data() if selection is not None else None
    if not order.batch:
        order = replace(order, batch=batch_of(once, {"selection": chosen, "order": order.as_data()}))
    payload = {"selection": chosen, "order": order.as_data()}
    return carry_out(
        rows=rows,
        order=bulk.Order(JOB, "settings", payload, AT_ONCE),
        do=lambda ids: change_batch(ids=ids, order=order, actor=actor, at=at),
        actor=actor,
        at=at,
        once=once,
    )


def batch_of(once: str, order: Mapping[str, Any]) -> str:
    """What names an order, so that it can be undone: the same for the same order under the same name."""
    if not once:
        return new_change_ref()
    return "chg_" + sha256(dumps([once, order], sort_keys=True).encode()).hexdigest()[:24]


def ids_of(data: Mapping[str, Any] | None, order: Order, *, until: datetime, actor: Actor, at: datetime) -> list[int]:
    """The clients that the order of a job means, in the order of their keys; none that came after it was given."""
    rows = _chosen(actor, None if data is None else selection_from(data), order, at)
    return list(rows.filter(created_at__lte=until).order_by("id").values_list("id", flat=True))


def change_batch(*, ids: Sequence[int], order: Order, actor: Actor, at: datetime) -> tuple[int, dict[str, int]]:
    """Set up these clients, in the order of their keys, in the caller's transaction: how many were changed, and how many were
    not by refusal code. Each is changed whole or not at all."""

    def change(ref: str) -> bool:
        with transaction.atomic():
            return apply_order(client_of(ref, actor), order, actor=actor, at=at)

    wanted = Account.objects.filter(id__in=ids, parent_id=actor.account_id).order_by("id")
    return one_by_one(wanted.values_list("ref", flat=True), change)


def apply_order(account: Account, order: Order, *, actor: Actor, at: datetime) -> bool:
    """One client of an order, locked, inside a transaction; False when all was so."""
    setup = setups([account.id], giver_id=actor.account_id, at=at)[account.id]
    if not order.template:
        how = How(order.batch)
        return bool(store(account, setup, changes=order.values, since=order.since, how=how, actor=actor, at=at))
    template = stored_template(actor, order.template)
    number = order.version or template.version
    values = values_of_template(template, number)
    applied = Applied(template.name, number, template.ref, followed_now(account, actor))
    lines = store(
        account, setup, changes=values, since=order.since, template=applied, how=How(order.batch), actor=actor, at=at
    )
    return follow(account, template, number=number, tell=not lines, actor=actor, at=at) or bool(lines)


def apply_template(*, template: str, ref: str, version: int = 0, actor: Actor, at: datetime) -> bool:
    """Apply a template to one client, which follows it from then on (``clients:manage``); False when all was so.

    `version`: the one that was previewed. Raises Forbidden, NotFound, CannotChangeSettings, CannotSetLimit,
    CannotChangeTemplate.
    """
    order = Order(template=template, version=version)
    with transaction.atomic():
        account = client_of(ref, actor)
        _resolved(actor, order)
        return apply_order(account, order, actor=actor, at=at)
