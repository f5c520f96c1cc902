"""What a payment processor tells: kept as it came before it is acknowledged, read by a job.

A message is believed in nothing but that something changed: what is true is asked of the processor. So it does not matter in
which order messages come, or how often; the effect and the message's "done" are one transaction. What never came is found by
comparing with the processor's own list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from sublet.billing.gateway import Contested, Gateway, NotOurs, NotThere, Told
from sublet.billing.gateway import opened as gate
from sublet.billing.models.payments import GatewayAccount, Payment, PaymentLink, ProviderEvent
from sublet.billing.operations.charges import ask_soon, settle
from sublet.billing.operations.disputes import note_dispute
from sublet.billing.operations.methods import keep_method
from sublet.billing.operations.refunds import CannotRefundPayment, note_refund
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.jobs import PLATFORM, enqueue
from sublet.foundation.secretbox import seal, unseal

#: What is looked at again when comparing: a message may come while the list is read.
OVERLAP: Final = timedelta(hours=1)
#: How long the processor keeps its list.
LIST_KEPT: Final = timedelta(days=29)
#: How long messages are kept once they are read.
KEPT: Final = timedelta(days=90)
LARGEST: Final = 512 * 1024


def hear(*, word: str, body: bytes, headers: Mapping[str, str], actor: Actor, at: datetime) -> None:
    """Keep a message of a processor, and have it read by a job. Once this returns it is kept; a second time it is there already.

    In a platform scope. Leaves no journal entry: the reading does. Raises NotFound for an address that is nobody's, NotOurs for
    what the processor did not sign; then nothing is written.
    """
    # unscoped: the address says whose; also of an account that is disconnected, whose payments may still be on their way
    row = GatewayAccount.unscoped.filter(hook_word=word).first()
    if row is None or not word:
        raise NotFound
    if not row.hook_box or len(body) > LARGEST:
        raise NotOurs("signature")
    told = gate.open_gateway(row).read(body, headers, secret=unseal(row.hook_box), at=at)
    named = json.loads(told.raw).get("account")
    if named and row.named and named != row.named:
        raise NotOurs("other")
    with transaction.atomic():
        keep(row, told, by_looking=False, actor=actor, at=at)
        GatewayAccount.unscoped.filter(id=row.id).update(heard_at=at)  # unscoped: as above


def keep(gateway: GatewayAccount, told: Told, *, by_looking: bool, actor: Actor, at: datetime) -> bool:
    """Store a message and have it read; False when it is there already. In a transaction."""
    row = ProviderEvent(
        account_id=gateway.account_id,
        gateway=gateway,
        named=told.id,
        type=told.type,
        about=told.about,
        raw_box=seal(told.raw),
        made_at=told.made_at,
        received_at=at,
        by_looking=by_looking,
    )
    # unscoped: the gateway's account, whoever's scope it is
    if ProviderEvent.unscoped.filter(gateway=gateway, named=told.id).exists():
        return False
    ProviderEvent.unscoped.bulk_create([row], ignore_conflicts=True)  # unscoped: as above
    there = ProviderEvent.unscoped.get(gateway=gateway, named=told.id)  # unscoped: as above
    _read_soon(there.pk, actor, at)
    return True


def _read_soon(message: int, actor: Actor, at: datetime) -> None:
    payload = {"message": message}
    enqueue("billing.read_message", account_id=PLATFORM, actor=actor, at=at, payload=payload, key=f"message:{message}")


Effect = Callable[[Actor, datetime], None]


def read_message(*, message: int, actor: Actor, at: datetime) -> str:
    """Ask the processor what is true about what a message tells of, and let it be true here; the message's state then.

    Raises NoAnswer: the job tries again.
    """
    # unscoped: a job of the installation, for the message that it names
    row = ProviderEvent.unscoped.select_related("gateway").get(pk=message)
    if row.state != ProviderEvent.State.KEPT:
        return row.state
    opened = gate.open_gateway(row.gateway)
    try:
        effect = _effect(row, opened)
    except NotThere:
        effect = None  # another account's, or gone
    with transaction.atomic():
        # unscoped: as above
        mine = ProviderEvent.unscoped.select_for_update().filter(pk=message, state=ProviderEvent.State.KEPT)
        now = mine.first()
        if now is None:
            return ProviderEvent.State.DONE  # another attempt was faster
        if effect is not None:
            effect(actor, at)
        now.state = ProviderEvent.State.NOTHING if effect is None else ProviderEvent.State.DONE
        now.done_at = at
        now.save(update_fields=["state", "done_at"])
        return now.state


def _effect(row: ProviderEvent, opened: Gateway) -> Effect | None:
    """What follows from the truth about that thing, which is asked for here, outside any transaction."""
    kind, about = row.type, row.about
    if not about:
        return None
    if kind.startswith("payment_intent."):
        return _of_intent(row.gateway, about, opened)
    if kind.startswith("checkout.session."):
        return _of_page(row.gateway, about, opened)
    if kind.startswith("charge.dispute."):
        return _of_dispute(row.gateway, opened.dispute(about), opened)
    if kind.startswith(("refund.", "charge.refund.")):
        return _of_refund(row.gateway, about, opened)
    return None  # also of a setup intent: the page on which it was entered tells the same


def _payment(gateway: GatewayAccount, *, intent: str, ref: str = "") -> Payment | None:
    # unscoped: as above
    rows = Payment.unscoped.filter(gateway=gateway).select_related("payer", "gateway", "account")
    found = rows.filter(intent=intent).first() if intent else None
    return found or (rows.filter(ref=ref, intent="").first() if ref else None)


def _of_intent(gateway: GatewayAccount, about: str, opened: Gateway) -> Effect | None:
    found = opened.charged(about)
    payment = _payment(gateway, intent=found.id, ref=found.payment)
    if payment is None:
        return None
    if payment.hosted:
        return _ask_whole(payment)
    return lambda actor, at: void(settle(payment.id, found, actor=actor, at=at))


def _ask_whole(payment: Payment) -> Effect:
    """What a page comes to is asked as a whole, by the payment's own job."""
    return lambda actor, at: ask_soon(payment, actor=actor, at=at)


def _of_page(gateway: GatewayAccount, about: str, opened: Gateway) -> Effect | None:
    # unscoped: as above
    payment = Payment.unscoped.filter(gateway=gateway, hosted=about).first()
    if payment is not None:
        return _ask_whole(payment)
    outcome = opened.outcome(about)
    # By its reference too: of two pages that one link opened, the first may be the one on which somebody entered a card.
    link = PaymentLink.unscoped.filter(gateway=gateway, ref=outcome.asked_for).first()  # unscoped: as above
    if link is None or outcome.state != "done" or not outcome.method:
        return None
    held = opened.method(outcome.method)

    def use(actor: Actor, at: datetime) -> None:
        # unscoped: as above; one that was taken back keeps nothing by a page that was open
        waiting = PaymentLink.unscoped.filter(id=link.id, used_at__isnull=True, revoked_at__isnull=True)
        if waiting.update(used_at=at, hosted=about):
            keep_method(gateway, held, by=link.account.name, actor=actor, at=at)

    return use


def _of_refund(gateway: GatewayAccount, about: str, opened: Gateway) -> Effect | None:
    found = opened.refunded(about)

    def note(payment: Payment, actor: Actor, at: datetime) -> None:
        try:
            note_refund(found, payment, actor=actor, at=at)
        except CannotRefundPayment:
            pass  # more than we know to be paid: the processor's list shows it, and nothing here becomes false

    return _after_payment(gateway, found.intent, opened, note)


def _of_dispute(gateway: GatewayAccount, found: Contested, opened: Gateway) -> Effect | None:
    def note(payment: Payment, actor: Actor, at: datetime) -> None:
        note_dispute(found, payment, actor=actor, at=at)

    return _after_payment(gateway, found.intent, opened, note)


def _after_payment(
    gateway: GatewayAccount, intent: str, opened: Gateway, note: Callable[[Payment, Actor, datetime], None]
) -> Effect | None:
    """What follows from a payment's truth first: a message about money back may come before the one that it came."""
    charged = opened.charged(intent)
    found = _payment(gateway, intent=charged.id, ref=charged.payment)
    if found is None:
        return None
    number = found.id

    def effect(actor: Actor, at: datetime) -> None:
        settle(number, charged, actor=actor, at=at)
        # unscoped: as above
        note(Payment.unscoped.select_related("payer", "gateway", "account").get(id=number), actor, at)

    return effect


def compare(*, gateway: str, actor: Actor, at: datetime) -> int:
    """Find what the processor told and never arrived, by its own list; how many messages that were. Raises NoAnswer."""
    # unscoped: a job of the installation, for the gateway that it names
    row = GatewayAccount.unscoped.get(ref=gateway)
    since = max((row.looked_until or row.created_at) - OVERLAP, at - LIST_KEPT)
    missed = 0
    for told in gate.open_gateway(row).events(since=since):
        with transaction.atomic():
            missed += keep(row, told, by_looking=True, actor=actor, at=at)
    GatewayAccount.unscoped.filter(id=row.id).update(looked_until=at)  # unscoped: as above
    return missed


def compare_all(*, actor: Actor, at: datetime) -> None:
    """Have every connected account compared, and what was kept and not read, read. A schedule of the installation."""
    # unscoped: of the whole installation
    for ref in GatewayAccount.unscoped.filter(state=GatewayAccount.State.WORKS).values_list("ref", flat=True):
        with transaction.atomic():
            enqueue("billing.compare", account_id=PLATFORM, actor=actor, at=at, payload={"gateway": ref}, key=ref)
    # unscoped: as above
    waiting = ProviderEvent.unscoped.filter(state=ProviderEvent.State.KEPT, received_at__lt=at - OVERLAP)
    for pk in list(waiting.values_list("pk", flat=True)[:1000]):
        with transaction.atomic():
            _read_soon(pk, actor, at)


def forget_messages(*, at: datetime) -> int:
    """Delete what was read long ago, some at a time; how many."""
    # unscoped: of the whole installation
    old = ProviderEvent.unscoped.filter(done_at__lt=at - KEPT).values_list("pk", flat=True)[:1000]
    return ProviderEvent.unscoped.filter(pk__in=list(old)).delete()[0]  # unscoped: as above


def void(_answer: object) -> None:
    """An effect tells nothing."""


__all__ = ["compare", "compare_all", "forget_messages", "hear", "keep", "read_message"]
