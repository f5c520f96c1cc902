"""What a payment is while it goes on: its states, the keys under which it is asked for, when it is asked after again.

Pure. A key is derived from what is meant – who is owed what by which invoice, for the how-manieth time – and so never from the
clock or from chance: whoever asks twice means the same, and says so.

Laws (tests/core/test_payments.py):

* the same intent has the same key, another intent has another;
* what the processor says last in any order, once, twice or three times, comes to the same state;
* money that arrived is never taken for money that did not;
* what is sent to the processor comes back as the integer that was stored, in every currency.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

STARTED, UNKNOWN, PROCESSING, NEEDS_ACTION = "started", "unknown", "processing", "needs_action"
SUCCEEDED, FAILED, PARKED = "succeeded", "failed", "parked"
STATES: Final = (STARTED, UNKNOWN, PROCESSING, NEEDS_ACTION, SUCCEEDED, FAILED, PARKED)
#: Of these an invoice has one at most: money may still be on its way.
IN_FLIGHT: Final = (STARTED, UNKNOWN, PROCESSING, NEEDS_ACTION, PARKED)
#: Whether money moved is not known yet: it is asked for again by itself.
ASKED_AGAIN: Final = (STARTED, UNKNOWN, PROCESSING)

CARD, SEPA = "card", "sepa_debit"
METHODS: Final = (CARD, SEPA)

#: Minutes until the processor is asked once more, after the first, second … time without an answer; then the payment is parked.
WAITS: Final = (1, 2, 4, 8, 15, 30, 60, 120)
#: A direct debit takes days; its webhook comes, and this is for the one that does not.
PROCESSING_WAIT: Final = timedelta(hours=6)

#: So many of the processor's pages are opened by one link: who presses the button again and again fills no list.
MOST_PAGES: Final = 20

#: Why a bank said no where another try with the same card cannot help, or is forbidden by the card schemes: a person must do
#: something.
HARD_DECLINES: Final = frozenset({
    "account_closed", "card_not_supported", "currency_not_supported", "debit_not_authorized", "do_not_try_again",
    "expired_card", "fraudulent", "incorrect_number", "invalid_account", "lost_card", "new_account_information_available",
    "no_account", "no_action_taken", "not_permitted", "pickup_card", "restricted_card", "revocation_of_all_authorizations",
    "revocation_of_authorization", "security_violation", "stolen_card", "stop_payment_order", "transaction_not_allowed",
})  # fmt: skip


class AmountNotChargeable(ValueError):
    """The processor takes no such amount: nothing, less than nothing, or a fraction that it has no coin for."""


def key_of(kind: str, *intent: str | int) -> str:
    """The idempotency key of an intent: `kind` (``charge``, ``refund``, ``setup`` …) and what tells it from every other.

    Parts are told apart by their length, so that ("ab", "c") is not ("a", "bc").
    """
    told = "".join(f"{len(str(part))}:{part};" for part in (kind, *intent))
    return f"{kind}-{sha256(told.encode()).hexdigest()[:40]}"


def charge_key(*, creditor: str, payer: str, invoice: str, attempt: int, amount: int, currency: str) -> str:
    """The key of one attempt at one invoice; references as they are told, `amount` in minor units."""
    return key_of("charge", creditor, payer, invoice, attempt, amount, currency)


def settled(before: str, said: str) -> str:
    """The state of a payment that is `before`, when the processor says `said` about it.

    An answer may be older than what is known: what succeeded stays so (money going back is a refund or a dispute), and what
    failed can only turn out to have succeeded.
    """
    if before == SUCCEEDED:
        return SUCCEEDED
    if before == FAILED:
        return SUCCEEDED if said == SUCCEEDED else FAILED
    return said


def ask_again_at(tries: int, at: datetime) -> datetime | None:
    """When the processor is asked after a payment again that has had `tries` (from 1) without an answer; None: park it."""
    return at + timedelta(minutes=WAITS[tries - 1]) if tries <= len(WAITS) else None


#: Written with two decimals at the processor, though they have none any more.
_WITH_TWO: Final = frozenset({"ISK", "UGX"})
#: Written without decimals at the processor, though they are kept with two: there is no part of it to be charged.
_WITH_NONE: Final = frozenset({"MGA"})
#: Three decimals, of which the processor takes two: the last digit is zero.
_WITH_THREE: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_processor(minor: int, currency: str) -> int:
    """An amount in minor units (ISO 4217) as Stripe writes it. Raises AmountNotChargeable."""
    if minor <= 0 or (currency in _WITH_THREE and minor % 10) or (currency in _WITH_NONE and minor % 100):
        raise AmountNotChargeable(f"{minor} {currency}")
    if currency in _WITH_NONE:
        return minor // 100
    return minor * 100 if currency in _WITH_TWO else minor


def from_processor(amount: int, currency: str) -> int:
    """The amount in minor units (ISO 4217) that Stripe writes as `amount`. Raises AmountNotChargeable for a part of a coin."""
    if currency in _WITH_NONE:
        return amount * 100
    if currency not in _WITH_TWO:
        return amount
    if amount % 100:
        raise AmountNotChargeable(f"{amount} {currency}")
    return amount // 100


def fee_from_processor(fee: int, currency: str) -> int:
    """What the processor keeps, in minor units: of a part of a coin, which it may keep, the coin below."""
    if currency in _WITH_NONE:
        return fee * 100
    return fee // 100 if currency in _WITH_TWO else fee
