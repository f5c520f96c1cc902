"""What is shown of sandboxes, to whoever made them (``billing:view`` for the whole account)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import Meter
from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.core.usage import SUM
from sublet.foundation.actor import JOB, SCHEDULE, Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import queries as job_queries
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.queries import sentence_of
from sublet.foundation.refs import looks_like_ref
from sublet.sandboxes.models import Sandbox, SandboxInvoice, SandboxLine, SandboxMail, SandboxMove

VIEW: Final = "billing:view"
PAGE: Final = 100
MOST_SHOWN: Final = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and after which place more follow; None: these were the last."""

    rows: Sequence[Any]
    after: int | None


@dataclass(frozen=True, slots=True)
class InCopy:
    """A client in a sandbox."""

    ref: str
    name: str
    has_card: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A sandbox as portals show it. `uses`: what waits to be used when the clock moves on, as reference of the client, meter and
    whole units. `money`: as `beside` says; `standing`: how many clients were and are where; `next_at` in ISO
    8601, or empty."""

    ref: str
    name: str
    state: str
    why: str
    portfolio: str
    portfolio_name: str
    zone: str
    is_all: bool
    clients: Sequence[InCopy]
    declines: Sequence[str]
    uses: Sequence[tuple[str, str, int]]
    copied_at: datetime
    clock: datetime
    next_at: str
    expires_at: datetime
    job_id: str
    lines: int
    dead: int
    made_by: str
    money: Sequence[dict[str, Any]]
    standing: tuple[Mapping[str, int], Mapping[str, int]]


def shown(row: Sandbox) -> Shown:
    """A row as portals show it."""
    found = row.found
    return Shown(
        ref=row.ref, name=row.name, state=str(row.state), why=row.why, portfolio=row.portfolio.ref,
        portfolio_name=row.portfolio.name, zone=row.portfolio.timezone, is_all=row.chosen is None,
        clients=[InCopy(each[0], each[1], bool(each[3])) for each in row.clients], declines=list(row.declines),
        uses=[(client, meter, units) for client, meter, units in row.uses],
        copied_at=row.copied_at, clock=row.clock, next_at=found.get("next", ""), expires_at=row.expires_at,
        job_id=row.job_id, lines=row.lines, dead=found.get("dead", 0), made_by=row.made_by, money=beside(found),
        standing=(found.get("then", {}).get("clients", {}), found.get("now", {}).get("clients", {})),
    )  # fmt: skip


def usable_meters() -> list[Meter]:
    """The meters of which a client can use some in a sandbox: those whose quantities add up."""
    return [item.meter for item in offer().meters.values() if item.meter.aggregation == SUM]


def lines_of_invoice(row: SandboxInvoice) -> list[dict[str, Any]]:
    """Its lines: item, first and last day, net in minor units."""
    return [
        {"item": item, "first_day": date.fromisoformat(first), "last_day": date.fromisoformat(last), "net": net}
        for item, first, last, net in row.lines
    ]


def own_sandbox(ref: str, actor: Actor, *, lock: bool = False) -> Sandbox:
    """A sandbox of the actor's own account, without its file. Raises NotFound."""
    if not looks_like_ref(ref, "sbx"):
        raise NotFound
    rows = Sandbox.objects.filter(account_id=actor.account_id, ref=ref).select_related("portfolio").defer("data")
    row = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if row is None:
        raise NotFound
    return row


def looks_at(actor: Actor) -> None:
    """Raise NotFound for whoever resells nothing, Forbidden without ``billing:view`` for the whole account."""
    if actor.account_kind not in (RESELLER, VENDOR):
        raise NotFound
    actor.require_for_all(VIEW)


def sandboxes_of(actor: Actor) -> list[Sandbox]:
    """The actor's, newest first. Raises NotFound, Forbidden."""
    looks_at(actor)
    rows = Sandbox.objects.filter(account_id=actor.account_id).select_related("portfolio").defer("data")
    return list(rows.order_by("-made_at", "-id"))


def sandbox_of(actor: Actor, ref: str) -> Sandbox:
    """One of them. Raises NotFound, Forbidden."""
    looks_at(actor)
    return own_sandbox(ref, actor)


def moves_of(actor: Actor, ref: str) -> list[SandboxMove]:
    """How its clock was moved, newest first. Raises as `sandbox_of`."""
    row = sandbox_of(actor, ref)
    return list(SandboxMove.objects.filter(sandbox_id=row.id).order_by("-id")[:PAGE])


def timeline_of(actor: Actor, ref: str, *, group: str = "", client: str = "", after: int = 0, size: int = PAGE) -> Page:
    """What happened, oldest first, `size` lines after the place `after`. Raises as `sandbox_of`."""
    row = sandbox_of(actor, ref)
    rows = SandboxLine.objects.filter(sandbox_id=row.id, position__gt=after)
    rows = rows.filter(group=group) if group else rows
    rows = rows.filter(client=client) if client else rows
    found = list(rows.order_by("position")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, found[-1].position if more else None)


def invoices_of(actor: Actor, ref: str, *, client: str = "", new: bool = True) -> list[SandboxInvoice]:
    """The invoices of it; `new`: only those that were made in it. Raises as `sandbox_of`."""
    row = sandbox_of(actor, ref)
    rows = SandboxInvoice.objects.filter(sandbox_id=row.id)
    rows = rows.filter(client=client) if client else rows
    rows = rows.filter(is_new=True) if new else rows
    return list(rows.order_by("id")[:MOST_SHOWN])


def mails_of(actor: Actor, ref: str, *, client: str = "", after: int = 0, size: int = PAGE) -> Page:
    """The mails that would have been sent, oldest first. Raises as `sandbox_of`."""
    row = sandbox_of(actor, ref)
    rows = SandboxMail.objects.filter(sandbox_id=row.id, position__gt=after)
    rows = rows.filter(client=client) if client else rows
    found = list(rows.order_by("position")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, found[-1].position if more else None)


def mail_of(actor: Actor, ref: str, position: int) -> SandboxMail:
    """One of them. Raises as `sandbox_of`."""
    row = sandbox_of(actor, ref)
    mail = SandboxMail.objects.filter(sandbox_id=row.id, position=position).first()
    if mail is None:
        raise NotFound
    return mail


def progress_of(actor: Actor, job_id: str) -> tuple[int, int, bool]:
    """How far its job is, of how much, and whether that was given up."""
    try:
        job = job_queries.job_of(actor, job_id)
    except NotFound:
        return 0, 0, True
    return job.progress_done or 0, job.progress_total or 0, job.state in {"dead", "discarded"}


def choosable(actor: Actor, reseller: str = "") -> list[tuple[str, str]]:
    """Reference and name of the clients that can be copied, of a reseller or of the vendor's own. Raises NotFound, Forbidden."""
    looks_at(actor)
    above = actor.account_id
    if reseller and actor.account_kind == VENDOR:
        found = Account.objects.filter(parent_id=actor.account_id, kind=RESELLER, ref=reseller).first()
        if found is None:
            raise NotFound
        above = found.id
    rows = Account.objects.filter(parent_id=above, kind=CLIENT).exclude(state=CLOSED).order_by("sort_name", "id")
    return list(rows.values_list("ref", "name")[:MOST_SHOWN])


def portfolios(actor: Actor) -> list[tuple[str, str]]:
    """Whose clients the vendor can copy: its resellers, by name."""
    looks_at(actor)
    rows = Account.objects.filter(parent_id=actor.account_id, kind=RESELLER).exclude(state=CLOSED)
    return list(rows.order_by("sort_name", "id").values_list("ref", "name")[:MOST_SHOWN])


def beside(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What money came to at the copy and at the clock, side by side: one row for each book and currency.

    `invoiced` and `paid` are of the time in the sandbox; `open` and `overdue` as they stood and stand. Minor units.
    """
    then = {(each["book"], each["currency"]): each for each in found.get("then", {}).get("money", ())}
    now = {(each["book"], each["currency"]): each for each in found.get("now", {}).get("money", ())}
    rows = []
    for key in sorted({*then, *now}):
        old, new = then.get(key, {}), now.get(key, {})
        rows.append({
            "book": key[0], "currency": key[1],
            "invoiced": new.get("invoiced", 0) - old.get("invoiced", 0), "paid": new.get("paid", 0) - old.get("paid", 0),
            "open_then": old.get("open", 0), "open_now": new.get("open", 0),
            "overdue_then": old.get("overdue", 0), "overdue_now": new.get("overdue", 0),
        })  # fmt: skip
    return rows


def is_over(row: Sandbox, at: datetime) -> bool:
    """Whether its time is over."""
    return row.expires_at <= at


def sentence_of_line(line: SandboxLine) -> str:
    """What happened, as the journal says it in the active language."""
    name = SCHEDULE if line.by_itself else gettext("Somebody")
    return sentence_of(JournalEntry(event=line.event, data=line.data, actor_name=name, via=JOB))
