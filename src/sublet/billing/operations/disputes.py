"""A payer's bank disputes a payment: what the processor says of it, written down with all that follows in the books."""

from __future__ import annotations

from datetime import datetime

from sublet.billing.gateway import Contested
from sublet.billing.models.payments import Dispute, Payment
from sublet.billing.operations.money_moved import dispute_changed, dispute_turned, fee_kept
from sublet.billing.payment_events import DisputeLost, DisputeOpened, DisputeWon
from sublet.core.disputes import LOST, OPEN, WON, Known, away, newer
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record


def note_dispute(found: Contested, payment: Payment, *, actor: Actor, at: datetime) -> None:
    """Write down a dispute as the processor has it. What is decided stays until it is decided anew. Inside a transaction."""
    # unscoped: of a payment that the caller found
    row = Dispute.unscoped.select_for_update().filter(payment=payment, named=found.id).first()
    payer = payment.payer
    about = {
        "ref": payer.ref,
        "name": payer.name,
        "payment": payment.ref,
        "invoice": payment.invoice,
        "number": payment.number,
    }
    if row is None:
        row = Dispute(
            account_id=payment.account_id,
            book=payment.book,
            collected_by=payment.collected_by,
            payment=payment,
            named=found.id,
            amount=found.amount,
            state=OPEN,
            reason=found.reason,
            answer_by=found.answer_by,
            opened_at=at,
        )
        row.save(force_insert=True)
        until = found.answer_by.isoformat() if found.answer_by else ""
        opened = DisputeOpened(**about, dispute=row.ref, answer_by=until)
        record(opened, account_id=payer.id, parent_id=payment.account_id, actor=actor, at=at)
    before = Known(row.state, row.moves)
    now = newer(before, Known(found.state, len(found.moves)))
    if len(found.moves) > row.moves:
        _fees(found, row, at)
    if now == before and row.state != OPEN:
        return
    if now.state == OPEN and row.state != OPEN:
        row.state = OPEN  # it had only been asked
    if row.state == OPEN and found.taken:
        dispute_changed(row, at=at)  # once; not at the first message, since a bank may ask before it takes
    if now == before:
        return
    there, gone = (
        row.amount,
        away(found.amount, [(each.amount, each.currency == payment.currency) for each in found.moves]),
    )
    row.state, row.moves = WON if now.state == LOST and not gone else now.state, now.moves
    row.amount = gone if row.state == LOST else found.amount
    decided_anew = row.state not in (OPEN, before.state)
    row.decisions += decided_anew
    row.settled_at = at if decided_anew else row.settled_at
    row.save(update_fields=["state", "moves", "amount", "decisions", "settled_at"])
    if row.state == OPEN:
        return
    if before.state == OPEN:
        dispute_changed(row, at=at)
    elif came := (there if before.state == LOST else 0) - (gone if row.state == LOST else 0):
        dispute_turned(row, came, at=at)
    if not decided_anew:
        return
    event = DisputeLost if row.state == LOST else DisputeWon
    record(event(**about, dispute=row.ref), account_id=payer.id, parent_id=payment.account_id, actor=actor, at=at)


def _fees(found: Contested, row: Dispute, at: datetime) -> None:
    """What the processor kept for each movement of it, each once by its id."""
    kept = [each for each in found.moves if each.fee]
    for each in kept:
        key = f"{row.ref}:{each.id}"
        fee_kept(row.payment, key=key, fee=each.fee, currency=each.currency, by=row.payment.made_by, at=at)
    row.fee_currency = kept[0].currency if kept else ""
    row.fee = sum(each.fee for each in kept if each.currency == row.fee_currency)
    row.save(update_fields=["fee", "fee_currency"])


__all__ = ["note_dispute"]
