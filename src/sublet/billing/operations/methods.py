"""Ways of paying: kept when the processor says that somebody has entered one, charged from then on, forgotten when asked."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.gateway import Gateway, Held
from sublet.billing.gateway import opened as gate
from sublet.billing.models.payments import GatewayAccount, GatewayCustomer, Payment, PaymentMethod
from sublet.billing.payment_events import PaymentMethodAdded, PaymentMethodRemoved
from sublet.billing.queries.collectors import gateway_behind
from sublet.core.payments import CARD, IN_FLIGHT, METHODS, key_of
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import PLATFORM, enqueue
from sublet.foundation.journal.operations import record
from sublet.subscriptions.operations.cards import card_digest, remember_card


class CannotRemovePaymentMethod(Refusal):
    """A way of paying stays."""

    SENTENCES: ClassVar = {"in-flight": _("A payment by it is still on its way. Try again when it is settled.")}


def customer_at(gateway: GatewayAccount, payer: Account, opened: Gateway) -> str:
    """Under which id the processor knows the payer; made there once. Waits for the network: outside any transaction."""
    # unscoped: the payer may be another's, and is given
    row = GatewayCustomer.unscoped.filter(account=payer, gateway=gateway).first()
    if row is not None:
        return row.named
    named = opened.customer(
        key=key_of("customer", gateway.ref, payer.ref), name=payer.name, email=payer.email, reference=payer.ref
    )
    # unscoped: as above; two at the same moment were given the same id, since they meant the same
    GatewayCustomer.unscoped.bulk_create(
        [GatewayCustomer(account=payer, gateway=gateway, named=named[:100])], ignore_conflicts=True
    )
    return GatewayCustomer.unscoped.get(account=payer, gateway=gateway).named  # unscoped: as above


def keep_method(gateway: GatewayAccount, held: Held, *, by: str, actor: Actor, at: datetime) -> PaymentMethod | None:
    """Keep a way of paying that the processor holds for one of our payers, and charge it from now on. Inside a transaction.

    None where it is nobody's whom we know there. A second time nothing happens; one that was removed stays removed.
    """
    # unscoped: whose it is, is asked here; the gateway is the caller's
    known = GatewayCustomer.unscoped.filter(gateway=gateway, named=held.customer).select_related("account").first()
    if known is None or not held.customer or held.kind not in METHODS:
        return None
    payer = known.account
    # unscoped: as above; the payer is locked, so that one method is the default
    Account.unscoped.select_for_update(of=("self",)).get(id=payer.id)
    there = PaymentMethod.unscoped.filter(gateway=gateway, named=held.id).first()  # unscoped: as above
    if there is not None:
        return there
    # unscoped: as above
    PaymentMethod.unscoped.filter(account=payer, gateway=gateway, is_default=True).update(is_default=False)
    row = PaymentMethod(
        account=payer,
        gateway=gateway,
        named=held.id,
        kind=held.kind,
        brand=held.brand,
        ends=held.ends,
        until=held.until,
        digest=card_digest(held.fingerprint) if held.kind == CARD and held.fingerprint else "",
        is_default=True,
        added_at=at,
        added_by=by[:200],
    )
    row.save(force_insert=True)
    if row.digest:
        remember_card(account_id=payer.id, digest=row.digest, at=at)
    told = PaymentMethodAdded(ref=payer.ref, name=payer.name, method=row.ref, kind=row.kind)
    record(told, account_id=payer.id, parent_id=payer.parent_id, actor=actor, at=at)
    return row


def remove_method(*, ref: str, actor: Actor, at: datetime) -> None:
    """Charge a way of paying no more, and have the processor forget it: of the actor's own account, or of a payer of it.

    Raises NotFound, Forbidden, CannotRemovePaymentMethod.
    """
    with transaction.atomic():
        row = method_for(ref, actor)
        # unscoped: of a method that the actor may see
        if Payment.unscoped.filter(method=row, state__in=IN_FLIGHT).exists():
            raise CannotRemovePaymentMethod("in-flight")
        row.removed_at, row.is_default = at, False
        row.save(update_fields=["removed_at", "is_default"])
        payer = row.account
        told = PaymentMethodRemoved(ref=payer.ref, name=payer.name, method=row.ref)
        record(told, account_id=payer.id, parent_id=payer.parent_id, actor=actor, at=at)
        enqueue(
            "billing.forget_method", account_id=PLATFORM, actor=actor, at=at,
            payload={"method": row.ref}, key=f"forget:{row.ref}",
        )  # fmt: skip


def forget_method(*, method: str) -> None:
    """Tell the processor to charge it never again. Raises NoAnswer: the job tries again."""
    # unscoped: a job of the installation, for the method that it names
    row = PaymentMethod.unscoped.select_related("gateway").get(ref=method)
    gate.open_gateway(row.gateway).forget_method(row.named)


def method_for(ref: str, actor: Actor) -> PaymentMethod:
    """A way of paying that the actor may change, locked. Raises NotFound, Forbidden, CannotWhileImpersonating."""
    if actor.impersonator is not None:
        actor.require_in_person()
    if not (actor.account_kind == CLIENT and actor.is_owner):  # whose people have the right never, but its owner pays
        actor.require("billing:manage")
    rows = PaymentMethod.objects.select_for_update(of=("self",)).select_related("account")
    row = rows.filter(ref=ref, removed_at__isnull=True).first()
    if row is None:
        raise NotFound
    row.gateway = gateway_behind(row)
    # Also whoever it pays, where the vendor collects on that one's behalf.
    if actor.account_id not in (row.account_id, row.gateway.account_id, row.account.parent_id):
        raise NotFound
    if not actor.reaches(row.account_id):
        raise NotFound
    if row.account_id == actor.account_id and actor.account_kind != CLIENT:
        actor.require_for_all("billing:manage")  # by it the whole account pays
    return row
