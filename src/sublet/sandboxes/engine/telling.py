"""What is told of a sandbox to whoever moves its clock: plain values, no row leaves its file."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sublet.accounts.models import Account
from sublet.billing.models import Invoice, InvoiceLine
from sublet.billing.models.invoices import CREDIT_NOTE, DRAFT, ISSUED, PARTLY_PAID
from sublet.billing.models.payments import PaymentMethod
from sublet.core.rights import VENDOR
from sublet.core.sandboxes import group_of
from sublet.foundation.actor import SCHEDULE
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.subscriptions.queries.held import held_many

Told = dict[str, Any]
#: What the machine writes about itself.
_SILENT: Final = ("billing.", "mail.", "journal.", "job.", "schedule.", "signing_keys.")
_MOST_LINES_OF_AN_INVOICE: Final = 200


def happened(owner: int, *, after: datetime, until: datetime) -> Told:
    """The lines and mails of that time, after `after` up to and including `until`."""
    with platform_scope("the sandbox is read"):
        accounts = {each.id: each for each in Account.objects.all()}
        zone = ZoneInfo(accounts[owner].timezone)
        return {"lines": _lines(accounts, owner, zone, after, until), "mails": _mails(accounts, owner, after, until)}


def _who(accounts: dict[int, Account], owner: int, account_id: int) -> tuple[str, str]:
    """Reference and name of the client that something is about; of what is about the portfolio itself no reference."""
    account = accounts.get(account_id)
    if account is None:
        return "", ""
    return ("" if account.id == owner else account.ref), account.name


def _lines(accounts: dict[int, Account], owner: int, zone: ZoneInfo, after: datetime, until: datetime) -> list[Told]:
    found = []
    # unscoped: the sandbox's own journal
    entries = JournalEntry.unscoped.filter(at__gt=after, at__lte=until).order_by("at", "id")
    for entry in entries.iterator():
        about = accounts.get(entry.account_id)
        if about is None or (about.kind == VENDOR and about.id != owner) or entry.event.startswith(_SILENT):
            continue
        ref, name = _who(accounts, owner, entry.account_id)
        ref = entry.data.get("ref") if not ref and _is_client(accounts, owner, entry.data.get("ref")) else ref
        found.append({
            "at": entry.at.isoformat(), "day": entry.at.astimezone(zone).date().isoformat(), "event": entry.event,
            "group": group_of(entry.event), "client": ref or "", "name": name,
            "by_itself": entry.actor_name == SCHEDULE, "data": entry.data,
        })  # fmt: skip
    return found


def _is_client(accounts: dict[int, Account], owner: int, ref: object) -> bool:
    return any(each.ref == ref and each.id != owner for each in accounts.values())


def _mails(accounts: dict[int, Account], owner: int, after: datetime, until: datetime) -> list[Told]:
    found = []
    mails = OutboxMail.objects.filter(created_at__gt=after, created_at__lte=until).order_by("created_at", "id")
    for mail in mails:
        ref, name = _who(accounts, owner, mail.account_id)
        found.append({
            "at": mail.created_at.isoformat(), "template": mail.template, "client": ref, "name": name,
            "to_name": mail.to_name, "subject": mail.subject, "text": mail.shown_text if mail.secret else mail.text,
        })  # fmt: skip
    return found


def copied(owner: int) -> list[list[Any]]:
    """The clients that are in it: reference, name, number in the file, and whether it has a way of paying."""
    with platform_scope("the sandbox is read"):
        pay = set(PaymentMethod.objects.filter(removed_at__isnull=True).values_list("account_id", flat=True))
        rows = Account.objects.exclude(id=owner).exclude(kind=VENDOR).order_by("sort_name", "id")
        return [[each.ref, each.name, each.id, each.id in pay] for each in rows]


def standing(owner: int, *, at: datetime) -> Told:
    """The invoices as they stand, what money comes to, and how many clients are where."""
    with platform_scope("the sandbox is read"):
        accounts = {each.id: each for each in Account.objects.all()}
        zone = ZoneInfo(accounts[owner].timezone)
        rows = list(Invoice.objects.order_by("id"))
        return {
            "invoices": [_invoice(row, accounts, owner) for row in rows],
            "money": _money(rows, at.astimezone(zone).date().isoformat()),
            "clients": _clients([each for each in accounts.values() if each.id != owner and each.kind != VENDOR], at),
        }


def _invoice(row: Invoice, accounts: dict[int, Account], owner: int) -> Told:
    ref, name = _who(accounts, owner, row.debtor_id)
    lines = InvoiceLine.objects.filter(invoice_id=row.id).order_by("position")[:_MOST_LINES_OF_AN_INVOICE]
    return {
        "ref": row.ref, "book": row.book, "kind": row.kind, "state": row.state,
        "number": row.number_shown if row.number is not None else "", "client": ref, "name": name,
        "first_day": row.first_day.isoformat(), "last_day": row.last_day.isoformat(), "issued_on": _day(row.issued_on),
        "due_on": _day(row.due_on), "currency": row.currency, "gross": row.gross_minor, "paid": row.paid_minor,
        "open": 0 if row.kind == CREDIT_NOTE or row.state not in (ISSUED, PARTLY_PAID) else row.open_minor,
        "made_at": row.made_at.isoformat(),
        "lines": [
            [each.item or each.about, each.first_day.isoformat(), each.last_day.isoformat(), each.net_minor] for each in lines
        ],
    }  # fmt: skip


def _day(day: Any) -> str:
    return day.isoformat() if day is not None else ""


def _money(rows: list[Invoice], today: str) -> list[Told]:
    """Of each book and currency: what was invoiced in the whole life of the portfolio, what was paid of it, what is open, and
    what of that should have been paid by now."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(
        lambda: {"invoiced": 0, "paid": 0, "open": 0, "overdue": 0}
    )
    for row in rows:
        if row.state == DRAFT:
            continue
        sums = found[row.book, row.currency]
        sums["invoiced"] += row.gross_minor
        sums["paid"] += row.paid_minor
        if row.kind != CREDIT_NOTE and row.state in (ISSUED, PARTLY_PAID):
            sums["open"] += row.open_minor
            if row.due_on is not None and row.due_on.isoformat() < today:
                sums["overdue"] += row.open_minor
    return [{"book": book, "currency": currency, **sums} for (book, currency), sums in sorted(found.items())]


def _clients(accounts: list[Account], at: datetime) -> dict[str, int]:
    """How many are in a trial, on a plan that they took, on one that rests, and on none."""
    found = {"trial": 0, "plan": 0, "paused": 0, "none": 0}
    for now in held_many(accounts):
        phase = now.agreement.phase_at(at)
        if now.trial is not None and now.trial.started_at <= at < now.trial.ends_at:
            found["trial"] += 1
        elif phase.paused:
            found["paused"] += 1
        elif phase.held[0]:
            found["plan"] += 1
        else:
            found["none"] += 1
    return found
