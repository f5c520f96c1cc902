"""What the jobs of a sandbox do: the copy, and the moves of its clock, month by month.

Each part ends in one transaction that keeps the file, the clock and what is told of that part together. Whoever is killed goes on
from the last of them, with the file as it was then: nothing happens twice, and nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from psycopg import IsolationLevel

from sublet.accounts.models import Account
from sublet.core import sandboxes as rules
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import CLIENT, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import queries as job_queries
from sublet.foundation.scope import actor_scope
from sublet.sandboxes import running
from sublet.sandboxes.copying import Portfolio, TooMuch, write_copy
from sublet.sandboxes.models import Sandbox, SandboxInvoice, SandboxLine, SandboxMail, SandboxMove

#: Stores how far the job is, in the transaction that is open or at once; raises where the job is another's by now.
Progress = Callable[[int, int], None]
_BATCH: Final = 500
_TOO_MUCH, _GONE = "too-much", "gone"


def copy_portfolio(*, ref: str, actor: Actor, at: datetime, progress: Progress) -> None:
    """Copy what the sandbox was begun with, as it is now. Again after a crash: from the start; when it is done: nothing."""
    with actor_scope(actor):
        row = Sandbox.objects.filter(account_id=actor.account_id, ref=ref).defer("data").first()
        if row is None or row.state != Sandbox.State.COPYING:
            return
        progress(0, 3)
        with running.workplace() as folder:
            try:
                running.begin_file(folder)
                progress(1, 3)
                _write(row, folder, at)
                progress(2, 3)
                order = {"do": "copy", "at": at.isoformat(), "owner": row.portfolio_id}
                told = running.run(order, folder, reached=lambda _at: progress(2, 3))
                packed = running.pack(folder)
            except TooMuch:
                _fail_copy(row, _TOO_MUCH)
                return
            except running.SandboxStopped as stopped:
                _fail_copy(row, stopped.code)
                return
        with transaction.atomic():
            progress(3, 3)
            now = _locked(row)
            if now is None or now.state != Sandbox.State.COPYING:
                return
            now.state, now.data, now.size, now.clients = Sandbox.State.READY, packed, len(packed), told["copied"]
            now.copied_at = now.clock = at
            now.found = {"then": _sums(told), "now": _sums(told), "next": told["next"], "rows": told["rows"]}
            now.save(update_fields=["state", "data", "size", "clients", "copied_at", "clock", "found"])
            _write_invoices(now, told["invoices"])


def _write(row: Sandbox, folder: Path, at: datetime) -> None:
    with _one_view():
        clients = Account.objects.filter(parent_id=row.portfolio_id, kind=CLIENT).exclude(state=CLOSED)
        clients = clients if row.chosen is None else clients.filter(ref__in=row.chosen)
        ids = tuple(clients.order_by("id").values_list("id", flat=True)[: rules.MOST_CLIENTS])
        # unscoped: the vendor is the root
        vendor = Account.unscoped.filter(kind=VENDOR).values_list("id", flat=True).first() or 0
        write_copy(Portfolio(vendor, row.portfolio_id, ids), folder / "rows.jsonl", at=at)


@contextmanager
def _one_view() -> Iterator[None]:
    """A transaction that sees one state of everything: an invoice without the payment that paid it would be copied otherwise."""
    raw: Any = None
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        connection.ensure_connection()
        raw = connection.connection
        raw.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with transaction.atomic():
            yield
    finally:
        if raw is not None and not raw.closed:
            raw.isolation_level = None


def _fail_copy(row: Sandbox, code: str) -> None:
    Sandbox.objects.filter(id=row.id, state=Sandbox.State.COPYING).update(state=Sandbox.State.FAILED, why=code)


def move_clock(*, ref: str, move: str, to_next: bool, actor: Actor, at: datetime, progress: Progress) -> None:
    """Let time pass in a sandbox up to where the move goes, or to the next event. Again after a crash: from where it stands."""
    with actor_scope(actor), running.workplace() as folder:
        row = Sandbox.objects.filter(account_id=actor.account_id, ref=ref).first()
        going = None if row is None else SandboxMove.objects.filter(sandbox_id=row.id, ref=move).first()
        if row is None or going is None or going.state != SandboxMove.State.RUNNING or row.data is None:
            return
        running.unpack(bytes(row.data), folder)
        goes_on = True
        while goes_on:
            try:
                goes_on = _one_stretch(row, going, folder, to_next, at, progress)
            except running.SandboxStopped as stopped:
                _stop(row, going, stopped.code, at)
                return


def _one_stretch(
    row: Sandbox, going: SandboxMove, folder: Path, to_next: bool, at: datetime, progress: Progress
) -> bool:
    """Do the next part; whether another one follows."""
    until = rules.stretch(row.clock, going.target)
    total = max((going.target - going.starts).days, 1)
    start = row.clock

    def reached(here: datetime | None) -> None:
        progress(min(((here or start) - going.starts).days, total), total)

    numbers = {each[0]: each[2] for each in row.clients}
    order = {
        "do": "move", "after": row.clock.isoformat(), "until": until.isoformat(), "to_next": to_next,
        "owner": row.portfolio_id, "declines": [numbers[each] for each in row.declines],
        "uses": [[numbers[client], meter, units] for client, meter, units in row.uses],
    }  # fmt: skip
    reached(None)
    told = running.run(order, folder, reached=reached)
    packed = running.pack(folder)
    clock = datetime.fromisoformat(told["clock"])
    is_over = clock >= going.target or clock < until or row.lines + len(told["lines"]) >= rules.MOST_LINES
    with transaction.atomic():
        progress(min((clock - going.starts).days, total), total)  # first: on PostgreSQL it locks the job
        now = _locked(row)
        if now is None or now.clock != row.clock or now.state != Sandbox.State.MOVING:
            return False
        _write_lines(now, told["lines"])
        _write_mails(now, told["mails"])
        _write_invoices(now, told["invoices"])
        now.data, now.size, now.clock = packed, len(packed), clock
        now.lines += len(told["lines"])
        now.found = {**now.found, "now": _sums(told), "next": told["next"], "dead": told["dead"]}
        now.uses = []  # used, in the file that is kept with this
        fields = ["data", "size", "clock", "lines", "found", "uses"]
        if is_over:
            now.state, fields = Sandbox.State.READY, [*fields, "state"]
            ended = {"state": SandboxMove.State.DONE, "target": clock, "ended_at": at}
            SandboxMove.objects.filter(id=going.id).update(**ended)
        now.save(update_fields=fields)
    row.clock, row.lines, row.uses = now.clock, now.lines, []
    return not is_over


def _stop(row: Sandbox, going: SandboxMove, code: str, at: datetime) -> None:
    """A part could not be done: the sandbox is as it was before it."""
    with transaction.atomic():
        if SandboxMove.objects.filter(id=going.id, state=SandboxMove.State.RUNNING).update(
            state=SandboxMove.State.FAILED, ended_at=at
        ):
            mine = Sandbox.objects.filter(id=row.id, state=Sandbox.State.MOVING)
            mine.update(state=Sandbox.State.READY, why=code)


def let_go_of_the_lost(*, at: datetime) -> int:
    """Sandboxes whose job was given up: they fail, or stand where they had come to; how many. A job of the installation."""
    count = 0
    for row in Sandbox.objects.filter(state__in=(Sandbox.State.COPYING, Sandbox.State.MOVING)).defer("data"):
        if not job_queries.is_over(row.job_id):
            continue
        count += 1
        if row.state == Sandbox.State.COPYING:
            _fail_copy(row, _GONE)
            continue
        going = SandboxMove.objects.filter(sandbox_id=row.id, state=SandboxMove.State.RUNNING).first()
        if going is not None:
            _stop(row, going, _GONE, at)
    return count


def _locked(row: Sandbox) -> Sandbox | None:
    return Sandbox.objects.select_for_update(of=("self",)).filter(id=row.id).defer("data").first()


def _sums(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"money": told["money"], "clients": told["clients"]}


def _write_lines(row: Sandbox, told: Sequence[Mapping[str, Any]]) -> None:
    lines = [
        SandboxLine(
            account_id=row.account_id, sandbox=row, position=row.lines + number, at=datetime.fromisoformat(each["at"]),
            day=date.fromisoformat(each["day"]), event=each["event"], group=each["group"], client=each["client"][:32],
            client_name=each["name"][:200], by_itself=each["by_itself"], data=each["data"],
        )
        for number, each in enumerate(told, 1)
    ]  # fmt: skip
    SandboxLine.objects.bulk_create(lines, batch_size=_BATCH)


def _write_mails(row: Sandbox, told: Sequence[Mapping[str, Any]]) -> None:
    before = SandboxMail.objects.filter(sandbox_id=row.id).count()
    mails = [
        SandboxMail(
            account_id=row.account_id, sandbox=row, position=before + number, at=datetime.fromisoformat(each["at"]),
            template=each["template"][:80], client=each["client"], client_name=each["name"][:200],
            to_name=each["to_name"][:200], subject=each["subject"][:300], text=each["text"],
        )
        for number, each in enumerate(told, 1)
    ]  # fmt: skip
    SandboxMail.objects.bulk_create(mails, batch_size=_BATCH)


def _write_invoices(row: Sandbox, told: Sequence[Mapping[str, Any]]) -> None:
    """All anew: what is paid of one changes, and a draft may be gone."""
    SandboxInvoice.objects.filter(sandbox_id=row.id).delete()
    rows = [
        SandboxInvoice(
            account_id=row.account_id, sandbox=row, ref=each["ref"], book=each["book"], kind=each["kind"],
            state=each["state"], number=each["number"][:60], client=each["client"], client_name=each["name"][:200],
            first_day=date.fromisoformat(each["first_day"]), last_day=date.fromisoformat(each["last_day"]),
            issued_on=_day(each["issued_on"]), due_on=_day(each["due_on"]), currency=each["currency"],
            gross_minor=each["gross"], paid_minor=each["paid"], open_minor=each["open"],
            is_new=datetime.fromisoformat(each["made_at"]) > row.copied_at, lines=each["lines"],
        )
        for each in told
    ]  # fmt: skip
    SandboxInvoice.objects.bulk_create(rows, batch_size=_BATCH)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


__all__ = ["copy_portfolio", "let_go_of_the_lost", "move_clock"]
