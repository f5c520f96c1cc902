"""Sandboxes: a copy of a portfolio, its clock, and what happened in it."""

from __future__ import annotations

from datetime import datetime

from ninja import Query

from sublet.portals.api.declare import Accepted, ApiRequest, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas import sandboxes as shapes
from sublet.sandboxes import operations, queries
from sublet.sandboxes.operations import CannotBeginSandbox, CannotMoveSandbox

routes = Routes("Sandboxes", "A copy of a portfolio with a clock of its own: what will happen, before it does.")
SEE, DO = "billing:view", "billing:manage"
ABOVE = ("vendor", "reseller")
ONE = "/sandboxes/{sandbox}"


def _shown(request: ApiRequest, ref: str) -> shapes.Sandbox:
    return _told(queries.shown(queries.sandbox_of(request.actor, ref)))


def _told(row: queries.Shown) -> shapes.Sandbox:
    then, now = row.standing
    return shapes.Sandbox(
        ref=row.ref,
        name=row.name,
        state=row.state,  # type: ignore[arg-type]  # there is no other word
        why=row.why,
        portfolio=row.portfolio,
        clients=[
            shapes.SandboxClient(account=each.ref, name=each.name, has_card=each.has_card) for each in row.clients
        ],
        declined=sorted(row.declines),
        uses=[shapes.SandboxUse(account=client, meter=meter, units=units) for client, meter, units in row.uses],
        copied_at=row.copied_at,
        clock=row.clock,
        next_at=datetime.fromisoformat(row.next_at) if row.next_at else None,
        expires_at=row.expires_at,
        job=row.job_id or None,
        money=[shapes.SandboxMoney(**each) for each in row.money],
        standing=shapes.SandboxStandings(
            then=shapes.SandboxStanding(**then) if then else None, now=shapes.SandboxStanding(**now) if now else None
        ),
    )


@routes.get("/sandboxes", needs=SEE, kinds=ABOVE, answer=shapes.SandboxList)
def list_sandboxes(request: ApiRequest) -> shapes.SandboxList:
    """List the account's own sandboxes, newest first."""
    return shapes.SandboxList(items=[_told(queries.shown(each)) for each in queries.sandboxes_of(request.actor)])


@routes.post(
    "/sandboxes",
    needs=DO,
    kinds=ABOVE,
    answer=shapes.Sandbox,
    status=202,
    refusals=[CannotBeginSandbox],
    may_take_long=True,
)
def begin_sandbox(request: ApiRequest, body: shapes.SandboxIn) -> Accepted:
    """Copy a portfolio by a job. Nothing that happens in the copy leaves it, and it holds no secret and no person.

    At most five are kept at a time, each for 14 days, with up to 200 clients.
    """
    row = operations.begin_sandbox(
        name=body.name, clients=body.clients, reseller=body.reseller, actor=request.actor, at=request.at
    )
    return Accepted(_shown(request, row.ref))


@routes.get(ONE, needs=SEE, kinds=ABOVE, answer=shapes.Sandbox)
def get_sandbox(request: ApiRequest, sandbox: str) -> shapes.Sandbox:
    """Show where a sandbox stands, and what money comes to beside what it came to at the copy."""
    return _shown(request, sandbox)


@routes.delete(ONE, needs=DO, kinds=ABOVE, answer=None)
def delete_sandbox(request: ApiRequest, sandbox: str) -> None:
    """Throw a sandbox away, with all that is told of it."""
    operations.delete_sandbox(ref=sandbox, actor=request.actor, at=request.at)


@routes.get(ONE + "/moves", needs=SEE, kinds=ABOVE, answer=shapes.SandboxMoveList)
def list_sandbox_moves(request: ApiRequest, sandbox: str) -> shapes.SandboxMoveList:
    """List how the clock of a sandbox was moved, newest first."""
    moves = queries.moves_of(request.actor, sandbox)
    return shapes.SandboxMoveList(
        items=[
            shapes.SandboxMove(
                ref=each.ref,
                state=str(each.state),  # type: ignore[arg-type]  # there is no other word
                starts=each.starts,
                target=each.target,
                asked_at=each.asked_at,
                asked_by=each.asked_by,
                ended_at=each.ended_at,
            )
            for each in moves
        ]
    )


@routes.post(
    ONE + "/moves",
    needs=DO,
    kinds=ABOVE,
    answer=shapes.Sandbox,
    status=202,
    refusals=[CannotMoveSandbox],
    may_take_long=True,
)
def move_sandbox(request: ApiRequest, sandbox: str, body: shapes.SandboxMoveIn) -> Accepted:
    """Move the clock of a sandbox forward by a job: a step, to the next event, or to a day; at most 400 days at a time."""
    operations.move_sandbox(ref=sandbox, by=body.by, until=body.until, actor=request.actor, at=request.at)
    return Accepted(_shown(request, sandbox))


@routes.put(ONE + "/declined-cards", needs=DO, kinds=ABOVE, answer=shapes.Sandbox, refusals=[CannotMoveSandbox])
def set_declined_cards(request: ApiRequest, sandbox: str, body: shapes.SandboxCardsIn) -> shapes.Sandbox:
    """Say whose cards are declined from now on: exactly those."""
    operations.set_declined_cards(ref=sandbox, declines=body.declined, actor=request.actor, at=request.at)
    return _shown(request, sandbox)


@routes.put(ONE + "/use", needs=DO, kinds=ABOVE, answer=shapes.Sandbox, refusals=[CannotMoveSandbox])
def set_sandbox_use(request: ApiRequest, sandbox: str, body: shapes.SandboxUseIn) -> shapes.Sandbox:
    """Say how much of a meter a client uses when the clock moves on. For the same client and meter the last word holds."""
    operations.set_use(
        ref=sandbox, client=body.account, meter=body.meter, units=body.units, actor=request.actor, at=request.at
    )
    return _shown(request, sandbox)


@routes.get(ONE + "/timeline", needs=SEE, kinds=ABOVE, answer=shapes.SandboxLinePage)
def list_sandbox_timeline(
    request: ApiRequest, sandbox: str, asked: Query[shapes.SandboxLinesAsked]
) -> shapes.SandboxLinePage:
    """List what happened in a sandbox, oldest first."""
    cursors = Cursors("sandbox-timeline", request.actor, sandbox, asked.group, asked.account)
    page = queries.timeline_of(
        request.actor, sandbox, group=asked.group, client=asked.account, after=int(cursors.place(asked) or 0),
        size=asked.limit,
    )  # fmt: skip
    items = [
        shapes.SandboxLine(
            position=each.position,
            at=each.at,
            day=each.day,
            event=each.event,
            group=each.group,
            account=each.client,
            name=each.client_name,
            sentence=queries.sentence_of_line(each),
            data=each.data,
        )
        for each in page.rows
    ]
    return shapes.SandboxLinePage(items=items, next=cursors.sealed(str(page.after or "")))


@routes.get(ONE + "/invoices", needs=SEE, kinds=ABOVE, answer=shapes.SandboxInvoiceList)
def list_sandbox_invoices(
    request: ApiRequest, sandbox: str, asked: Query[shapes.SandboxInvoicesAsked]
) -> shapes.SandboxInvoiceList:
    """List the invoices that a sandbox has made, as they stand at its clock."""
    rows = queries.invoices_of(request.actor, sandbox, client=asked.account, new=not asked.all)
    return shapes.SandboxInvoiceList(
        items=[
            shapes.SandboxInvoice(
                ref=each.ref,
                book=each.book,  # type: ignore[arg-type]  # there is no other word
                kind=each.kind,  # type: ignore[arg-type]  # as above
                state=each.state,
                number=each.number,
                account=each.client,
                name=each.client_name,
                first_day=each.first_day,
                last_day=each.last_day,
                issued_on=each.issued_on,
                due_on=each.due_on,
                currency=each.currency,
                gross=each.gross_minor,
                paid=each.paid_minor,
                open=each.open_minor,
                lines=[shapes.SandboxInvoiceLine(**line) for line in queries.lines_of_invoice(each)],
            )
            for each in rows
        ]
    )


@routes.get(ONE + "/mails", needs=SEE, kinds=ABOVE, answer=shapes.SandboxMailPage)
def list_sandbox_mails(
    request: ApiRequest, sandbox: str, asked: Query[shapes.SandboxMailsAsked]
) -> shapes.SandboxMailPage:
    """List the mails that would have been sent, oldest first."""
    cursors = Cursors("sandbox-mails", request.actor, sandbox, asked.account)
    page = queries.mails_of(
        request.actor, sandbox, client=asked.account, after=int(cursors.place(asked) or 0), size=asked.limit
    )
    items = [
        shapes.SandboxMail(
            position=each.position,
            at=each.at,
            kind=each.template,
            account=each.client,
            name=each.client_name,
            to_name=each.to_name,
            subject=each.subject,
            text=each.text,
        )
        for each in page.rows
    ]
    return shapes.SandboxMailPage(items=items, next=cursors.sealed(str(page.after or "")))
