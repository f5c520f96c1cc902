"""A payment processor that is a dictionary: for what happens on our side of `billing.gateway.Gateway`.

It keeps the promises that tests of ours lean on: the same key is answered the same, a bank's no is an answer, somebody may have to
confirm. `before` and `after` are asked around each write, `before` before each question about money too, and may raise: a line that
is cut before or after it happened, or a processor that declines the call.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sublet.billing.gateway import (
    Charged,
    Contested,
    Declined,
    Held,
    Hosted,
    KeyRefused,
    NoAnswer,
    NotOurs,
    NotThere,
    Order,
    Outcome,
    Refunded,
    Told,
    Whose,
)
from sublet.core.payments import FAILED, NEEDS_ACTION, SUCCEEDED

Line = Callable[[str], None]


def _quiet(_call: str) -> None:
    return None


@dataclass
class MemoryGateway:
    """One account. `cards` says what a method's bank answers: ``good``, a decline code, ``confirm`` or ``slow``."""

    id: str = "acct_1Memory"
    customers: dict[str, str] = field(default_factory=dict)
    methods: dict[str, Held] = field(default_factory=dict)
    banks: dict[str, str] = field(default_factory=dict)
    intents: dict[str, Charged] = field(default_factory=dict)
    refunds: dict[str, Refunded] = field(default_factory=dict)
    disputes: dict[str, Contested] = field(default_factory=dict)
    pages: dict[str, Outcome] = field(default_factory=dict)
    payers: dict[str, str] = field(default_factory=dict)  # of each page
    made: list[Told] = field(default_factory=list)
    by_key: dict[str, Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    before: Line = _quiet
    after: Line = _quiet
    faulty_key: bool = False

    # What tests do --------------------------------------------------------------------------------------------------

    def card(self, customer: str, *, bank: str = "good", number: int = 1, kind: str = "card") -> str:
        """Somebody enters a card on the processor's page."""
        id = f"pm_{len(self.methods) + 1}"
        self.methods[id] = Held(id, kind, "visa", "4242", "2031-08", f"fp_{number}", customer)
        self.banks[id] = bank
        return id

    def enter(self, page: str, *, bank: str = "good", number: int = 1) -> str:
        """The same on the page that a link opened."""
        method = self.card(self.payers[page], bank=bank, number=number)
        self.pages[page] = replace(self.pages[page], state="done", method=method)
        return method

    def pay(self, page: str, state: str = SUCCEEDED, code: str = "") -> str:
        """Somebody pays on the page, or tries to."""
        intent = self.pages[page].intent
        self.intents[intent] = replace(self.intents[intent], state=state, code=code)
        if state == SUCCEEDED:
            self.pages[page] = replace(self.pages[page], state="done")
        return intent

    def tell(self, type: str, about: str, at: datetime) -> Told:
        """A message about something; it is in the list, and may be delivered."""
        id = f"evt_{len(self.made) + 1}"
        raw = {"id": id, "type": type, "created": int(at.timestamp()), "data": {"object": {"id": about}}}
        told = Told(id, type, about, at, json.dumps(raw))
        self.made.append(told)
        return told

    def charges(self) -> list[Charged]:
        """Those with which money was taken."""
        return [each for each in self.intents.values() if each.state == SUCCEEDED]

    def contested(self, intent: str) -> bool:
        """Whether a dispute about it stands, or was lost: then nothing of it can be given back."""
        return any(each.intent == intent and each.taken and each.state != "won" for each in self.disputes.values())

    # What billing asks ------------------------------------------------------------------------------------------------

    def _write(self, name: str, key: str, make: Callable[[], Any]) -> Any:
        self.calls.append(name)
        self.before(name)
        if key not in self.by_key:
            self.by_key[key] = make()
        self.after(name)
        return self.by_key[key]

    def whose(self) -> Whose:
        if self.faulty_key:
            raise KeyRefused("key")
        return Whose(self.id, "Rosa Web Studio", "IT", False)

    def customer(self, *, key: str, name: str, email: str, reference: str) -> str:
        def make() -> str:
            id = f"cus_{len(self.customers) + 1}"
            self.customers[id] = reference
            return id

        return str(self._write("customer", key, make))

    def _page(self, name: str, key: str, customer: str, asked_for: str, intent: str = "") -> Hosted:
        def make() -> Hosted:
            id = f"cs_{len(self.pages) + 1}"
            self.pages[id] = Outcome("open", asked_for=asked_for, intent=intent)
            self.payers[id] = customer
            return Hosted(id, f"https://pay.example/{id}")

        made: Hosted = self._write(name, key, make)
        return made

    def enter_method(
        self,
        *,
        key: str,
        customer: str,
        kinds: Sequence[str],
        asked_for: str,
        done: str,
        back: str,
        language: str,
        currency: str,
    ) -> Hosted:
        return self._page("enter_method", key, customer, asked_for)

    def pay_here(self, order: Order, *, key: str, done: str, back: str, language: str) -> Hosted:
        intent = self._intent(order, NEEDS_ACTION).id if key not in self.by_key else ""
        return self._page("pay_here", key, order.customer, order.payment, intent)

    def outcome(self, hosted: str) -> Outcome:
        self.calls.append("outcome")
        if hosted not in self.pages:
            raise NotThere("resource_missing")
        return self.pages[hosted]

    def close_page(self, hosted: str) -> None:
        if self.pages[hosted].state == "open":
            self.pages[hosted] = replace(self.pages[hosted], state="gone")

    def method(self, id: str) -> Held:
        return self.methods[id]

    def forget_method(self, id: str) -> None:
        self.forgotten.append(id)

    def _intent(self, order: Order, state: str, code: str = "") -> Charged:
        id = f"pi_{len(self.intents) + 1}"
        made = Charged(
            id, state, order.amount, order.currency, order.payment, code=code,
            fee=30 if state == SUCCEEDED else 0, fee_currency=order.currency if state == SUCCEEDED else "",
        )  # fmt: skip
        self.intents[id] = made
        return made

    def charge(self, order: Order, *, key: str) -> Charged:
        def make() -> str:
            bank = self.banks[order.method]
            states = {"good": SUCCEEDED, "confirm": NEEDS_ACTION, "slow": "processing"}
            state = states.get(bank, FAILED)
            return self._intent(order, state, "" if bank in states else bank).id

        return self.intents[self._write("charge", key, make)]

    def charged(self, id: str) -> Charged:
        self.calls.append("charged")
        self.before("charged")
        if id not in self.intents:
            raise NotThere("resource_missing")
        return self.intents[id]

    def find_charge(self, *, customer: str, payment: str, since: datetime) -> Charged | None:
        self.calls.append("find_charge")
        self.before("find_charge")
        return next((each for each in self.intents.values() if each.payment == payment), None)

    def cancel(self, id: str) -> Charged:
        self.calls.append("cancel")
        self.before("cancel")
        if self.intents[id].state != SUCCEEDED:
            self.intents[id] = replace(self.intents[id], state=FAILED, code="canceled")
        return self.intents[id]

    def refund(self, *, key: str, intent: str, amount: int, currency: str, refund: str) -> Refunded:
        def make() -> str:
            if self.contested(intent):
                raise Declined("charge_disputed")
            id = f"re_{len(self.refunds) + 1}"
            self.refunds[id] = Refunded(id, "succeeded", amount, currency, intent, refund)
            return id

        return self.refunds[self._write("refund", key, make)]

    def refunded(self, id: str) -> Refunded:
        self.before("refunded")
        if id not in self.refunds:
            raise NotThere("resource_missing")
        return self.refunds[id]

    def find_refund(self, *, intent: str, refund: str) -> Refunded | None:
        self.calls.append("find_refund")
        self.before("find_refund")
        return next((each for each in self.refunds.values() if each.refund == refund), None)

    def dispute(self, id: str) -> Contested:
        return self.disputes[id]

    def events(self, *, since: datetime) -> list[Told]:
        return [each for each in reversed(self.made) if each.made_at >= since]

    def read(self, body: bytes, headers: Mapping[str, str], *, secret: str, at: datetime) -> Told:
        wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if headers.get("Stripe-Signature") != wanted:
            raise NotOurs("signature")
        row = json.loads(body)
        made_at = datetime.fromtimestamp(row["created"], UTC)
        return Told(row["id"], row["type"], row["data"]["object"]["id"], made_at, body.decode())


class Cut(Exception):
    """The process dies here."""


def cut_once(where: str, times: int = 1, fault: Callable[[], Exception] | None = None) -> Line:
    """A line that is cut that often at that call."""
    left = [times]

    def line(call: str) -> None:
        if call == where and left[0]:
            left[0] -= 1
            raise fault() if fault else NoAnswer("http-none", "timed out")

    return line
