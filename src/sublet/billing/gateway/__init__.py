"""What billing asks of a payment processor, whoever that is. Every call may wait for the network: none inside a transaction.

Each write carries a key that says what is meant (`core.payments.key_of`): the same call with the same key is made once.
Raises, of every call: `NoAnswer` where it is not known whether something happened, `Declined` where the processor says no to
this very call: of one that orders, nothing happened; of one that asks, nothing was found out. Amounts are minor units of ISO
4217, currencies upper case, instants UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

#: So long one call waits at most, and so many does one attempt at a payment make (asking who, finding, ordering, looking): a process
#: that has not come back after both is dead.
LONGEST_CALL: Final = timedelta(seconds=40)
MOST_CALLS: Final = 6


class GatewayFault(Exception):
    """A call that did not come back with what was asked for. `code` is the processor's word, `words` its sentence."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words[:300]


class NoAnswer(GatewayFault):
    """No answer, or one that says nothing: what was asked for may have happened."""


class KeyRefused(NoAnswer):
    """The processor does not take our key: it says nothing about what was asked, nor about what an earlier key has ordered."""


class Declined(GatewayFault):
    """The processor says no to the call: what it would have ordered did not happen. Of what came before it says nothing."""


class NotThere(Declined):
    """The processor knows no such thing, or it is another account's."""


class NotOurs(Exception):
    """A message that the processor did not sign, or that is too old. `why`: ``signature``, ``old``, ``unreadable``, ``other``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose account a key opens."""

    id: str
    name: str
    country: str
    live: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A way of paying that the processor keeps. `ends` is what it lets us show (``4242``); never a number or a check code."""

    id: str
    kind: str  # core.payments.METHODS
    brand: str
    ends: str
    until: str  # "2031-08", or empty
    fingerprint: str
    customer: str


@dataclass(frozen=True, slots=True)
class Hosted:
    """A page of the processor on which a person enters a card or pays. `url` is good until `until`."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a hosted page: `state` ``open``, ``done`` or ``gone``; the method it stored, the payment it made."""

    state: str
    method: str = ""
    intent: str = ""
    asked_for: str = ""  # the reference of ours that it was opened for


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be charged: `payment` and `invoice` are our references, told to the processor beside it."""

    payment: str
    invoice: str
    amount: int
    currency: str
    customer: str
    method: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Charged:
    """A payment as the processor has it now. `state` is one of `core.payments`; `payment` the reference it was asked with."""

    id: str
    state: str
    amount: int
    currency: str
    payment: str
    code: str = ""
    words: str = ""
    fee: int = 0
    fee_currency: str = ""


@dataclass(frozen=True, slots=True)
class Refunded:
    """A refund as the processor has it now: `state` ``pending``, ``succeeded`` or ``failed``."""

    id: str
    state: str
    amount: int
    currency: str
    intent: str
    refund: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement of a dispute's money at the processor (`amount`, below nothing: taken), and what it kept for it (`fee`, below nothing:
    what it gave back of that).

    Both are in minor units of `currency`, which is that of the processor's account and may be another than the payment's.
    """

    id: str
    amount: int
    fee: int
    currency: str


@dataclass(frozen=True, slots=True)
class Contested:
    """A dispute as the processor has it now: `state` ``open``, ``won`` or ``lost``.

    `taken`: the bank took the money back. It did not where it only asks, nor where it has asked and was content. `moves`: each
    time that its money moved, in order.
    """

    id: str
    state: str
    amount: int
    currency: str
    intent: str
    reason: str
    answer_by: datetime | None
    taken: bool = True
    moves: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the processor: that something about the thing `about` (an id) of that `type` happened."""

    id: str
    type: str
    about: str
    made_at: datetime
    raw: str


class Gateway(Protocol):
    """A processor's account, opened with its key."""

    def whose(self) -> Whose:
        """Whose it is: also how a key is tried."""

    def customer(self, *, key: str, name: str, email: str, reference: str) -> str:
        """Its id for the payer with our `reference`, made once."""

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
        """A page on which the payer enters a way of paying, and that comes back to `done` or `back`."""

    def pay_here(self, order: Order, *, key: str, done: str, back: str, language: str) -> Hosted:
        """A page on which the payer pays that order itself (strong authentication included)."""

    def outcome(self, hosted: str) -> Outcome:
        """What became of a hosted page."""

    def close_page(self, hosted: str) -> None:
        """Let nobody pay there any more; nothing where it is over already."""

    def method(self, id: str) -> Held:
        """A way of paying."""

    def forget_method(self, id: str) -> None:
        """Charge it never again; nothing where it is gone already."""

    def charge(self, order: Order, *, key: str) -> Charged:
        """Charge a stored method while the payer is away. A bank's no is an answer (`failed`), not a fault."""

    def charged(self, id: str) -> Charged:
        """A payment as it is now."""

    def find_charge(self, *, customer: str, payment: str, since: datetime) -> Charged | None:
        """The payment that was asked for with our reference, not before `since`; None where there is none."""

    def cancel(self, id: str) -> Charged:
        """Let a payment that waits for somebody never succeed; the payment as it is then."""

    def refund(self, *, key: str, intent: str, amount: int, currency: str, refund: str) -> Refunded:
        """Give money back; `refund` is our reference."""

    def refunded(self, id: str) -> Refunded:
        """A refund as it is now."""

    def find_refund(self, *, intent: str, refund: str) -> Refunded | None:
        """The refund that was asked for with our reference; None where there is none."""

    def dispute(self, id: str) -> Contested:
        """A dispute as it is now."""

    def events(self, *, since: datetime) -> Sequence[Told]:
        """Every message since then, newest first, as the processor keeps them: also those that never arrived."""

    def read(self, body: bytes, headers: Mapping[str, str], *, secret: str, at: datetime) -> Told:
        """A message that came in. Raises NotOurs."""
