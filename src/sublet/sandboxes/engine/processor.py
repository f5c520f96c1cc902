"""Who answers in place of the payment processor: every card is good, but those that somebody says will be declined.

What it has been asked is kept in the file of the sandbox, so that a later move finds what an earlier one has ordered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.db import connection

from sublet.billing.gateway import (
    Charged,
    Contested,
    Held,
    Hosted,
    NotOurs,
    NotThere,
    Order,
    Outcome,
    Refunded,
    Told,
    Whose,
    opened,
)
from sublet.billing.models.payments import GatewayAccount, PaymentMethod
from sublet.core.payments import FAILED, NEEDS_ACTION, SUCCEEDED

#: What a bank says most often, and where another try may help.
DECLINE: Final = "insufficient_funds"
_TABLE: Final = "CREATE TABLE IF NOT EXISTS sandbox_processor (name TEXT PRIMARY KEY, told TEXT NOT NULL)"


def take_over(*, declines: frozenset[int]) -> None:
    """From now on every account at a processor is this one. `declines`: the accounts whose ways of paying are declined."""
    with connection.cursor() as cursor:  # past the scope: a table of the sandbox's own
        cursor.execute(_TABLE)

    def open_sandbox(_row: GatewayAccount) -> Processor:
        return Processor(declines)

    opened.open_gateway = open_sandbox  # type: ignore[assignment]  # of this process, which has no other


class Processor:
    """A processor's account, as `billing.gateway.Gateway` asks for it."""

    def __init__(self, declines: frozenset[int]) -> None:
        self._declines = declines

    def whose(self) -> Whose:
        return Whose("acct_sandbox", "Sandbox", "", False)

    def customer(self, *, key: str, name: str, email: str, reference: str) -> str:
        return f"cus_sandbox_{reference}"

    def enter_method(
        self, *, key: str, customer: str, kinds: Sequence[str], asked_for: str, done: str, back: str, language: str,
        currency: str,
    ) -> Hosted:  # fmt: skip
        return Hosted(f"page_{key}", done)

    def pay_here(self, order: Order, *, key: str, done: str, back: str, language: str) -> Hosted:
        return Hosted(f"page_{key}", done)

    def outcome(self, hosted: str) -> Outcome:
        return Outcome("gone")

    def close_page(self, hosted: str) -> None:
        return None

    def method(self, id: str) -> Held:
        raise NotThere("sandbox")

    def forget_method(self, id: str) -> None:
        return None

    def charge(self, order: Order, *, key: str) -> Charged:
        before = _find(f"charge:{key}")
        if before is not None:
            return Charged(**before)
        # unscoped: of whoever's way of paying it is
        payer = PaymentMethod.unscoped.filter(named=order.method).values_list("account_id", flat=True).first()
        good = payer is not None and payer not in self._declines
        made = Charged(
            f"pi_sandbox_{order.payment}", SUCCEEDED if good else FAILED, order.amount, order.currency, order.payment,
            code="" if good else DECLINE,
        )  # fmt: skip
        _keep(f"charge:{key}", asdict(made))
        _keep(f"intent:{made.id}", asdict(made))
        return made

    def charged(self, id: str) -> Charged:
        found = _find(f"intent:{id}")
        if found is None:
            raise NotThere("sandbox")
        return Charged(**found)

    def find_charge(self, *, customer: str, payment: str, since: datetime) -> Charged | None:
        found = _find(f"intent:pi_sandbox_{payment}")
        return None if found is None else Charged(**found)

    def cancel(self, id: str) -> Charged:
        found = self.charged(id)
        if found.state != NEEDS_ACTION:
            return found
        raise NotThere("sandbox")

    def refund(self, *, key: str, intent: str, amount: int, currency: str, refund: str) -> Refunded:
        return Refunded(f"re_sandbox_{refund}", "succeeded", amount, currency, intent, refund)

    def refunded(self, id: str) -> Refunded:
        raise NotThere("sandbox")

    def find_refund(self, *, intent: str, refund: str) -> Refunded | None:
        return None

    def dispute(self, id: str) -> Contested:
        raise NotThere("sandbox")

    def events(self, *, since: datetime) -> Sequence[Told]:
        return ()

    def read(self, body: bytes, headers: Mapping[str, str], *, secret: str, at: datetime) -> Told:
        raise NotOurs("other")


def _find(name: str) -> dict[str, Any] | None:
    with connection.cursor() as cursor:  # past the scope: a table of the sandbox's own
        cursor.execute("SELECT told FROM sandbox_processor WHERE name = %s", [name])
        row = cursor.fetchone()
    found: dict[str, Any] | None = None if row is None else json.loads(row[0])
    return found


def _keep(name: str, told: Mapping[str, object]) -> None:
    with connection.cursor() as cursor:  # past the scope: as above
        cursor.execute("INSERT INTO sandbox_processor VALUES (%s, %s)", [name, json.dumps(told)])
