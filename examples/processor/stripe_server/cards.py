"""What Stripe's test numbers do (docs.stripe.com/testing and the page on SEPA debits)."""

from __future__ import annotations

from dataclasses import dataclass

from stripe_server.errors import StripeRefusal, card_error


@dataclass(frozen=True)
class Behavior:
    """`refused`: (code, decline code) of a charge. `attaches`: whether it may be kept for a customer all the same.
    `authentication`: never, always, or unless it was set up before. `dispute`, `refund`: what follows a success."""

    refused: tuple[str, str | None] | None = None
    attaches: bool = True
    authentication: str = "never"
    dispute: str | None = None
    refund: str = "succeeded"
    available_at_once: bool = False
    # SEPA debits
    settles: str = "succeeded"
    slow: bool = False


GOOD = Behavior()


def _declined(code: str, decline_code: str | None) -> Behavior:
    return Behavior(refused=(code, decline_code), attaches=False)


#: Numbers that pay. Any other that is not in `CARDS` could be somebody's own: it is declined, and kept nowhere.
PAYING = frozenset(
    {
        "4242424242424242", "4000056655665556", "5555555555554444", "2223003122003222", "5200828282828210", "5105105105105100",
        "378282246310005", "371449635398431", "6011111111111117", "6011000990139424", "3566002020360505",
    }
)  # fmt: skip
CARDS: dict[str, Behavior] = {
    "4000000000000002": _declined("card_declined", "generic_decline"),
    "4000000000009995": _declined("card_declined", "insufficient_funds"),
    "4000000000009987": _declined("card_declined", "lost_card"),
    "4000000000009979": _declined("card_declined", "stolen_card"),
    "4000000000006975": _declined("card_declined", "card_velocity_exceeded"),
    "4000000000000069": _declined("expired_card", None),
    "4000000000000127": _declined("incorrect_cvc", None),
    "4000000000000119": _declined("processing_error", None),
    "4000000000000341": Behavior(refused=("card_declined", "generic_decline")),
    "4000002500003155": Behavior(authentication="unless_set_up"),
    "4000002760003184": Behavior(authentication="always"),
    "4000000000003220": Behavior(authentication="always"),
    "4000000000003063": Behavior(authentication="always"),
    "4000008260003178": Behavior(authentication="unless_set_up", refused=("card_declined", "insufficient_funds")),
    "4000008400001629": Behavior(authentication="always", refused=("card_declined", "generic_decline")),
    "4000000000000259": Behavior(dispute="fraudulent"),
    "4000000000002685": Behavior(dispute="product_not_received"),
    "4000000000007726": Behavior(refund="pending"),
    "4000000000005126": Behavior(refund="failed"),
    "4000000000000077": Behavior(available_at_once=True),
}

# Test objects that may be named instead of a number, with the number they stand for.
NAMED: dict[str, str] = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeProductNotReceived": "4000000000002685",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_bypassPending": "4000000000000077",
}

_SEPA = {
    "AT611904300234573201": Behavior(),
    "AT321904300235473204": Behavior(slow=True),
    "AT861904300235473202": Behavior(settles="failed"),
    "AT051904300235473205": Behavior(settles="failed", slow=True),
    "AT591904300235473203": Behavior(dispute="debit_not_authorized"),
    "DE89370400440532013000": Behavior(),
    "DE08370400440532013003": Behavior(slow=True),
    "DE62370400440532013001": Behavior(settles="failed"),
    "DE78370400440532013004": Behavior(settles="failed", slow=True),
    "DE35370400440532013002": Behavior(dispute="debit_not_authorized"),
}

NAMED_ACCOUNTS = {
    "pm_success_at": "AT611904300234573201",
    "pm_successDelayed_at": "AT321904300235473204",
    "pm_failed_at": "AT861904300235473202",
    "pm_failedDelayed_at": "AT051904300235473205",
    "pm_disputed_at": "AT591904300235473203",
    "pm_success_de": "DE89370400440532013000",
    "pm_successDelayed_de": "DE08370400440532013003",
    "pm_failed_de": "DE62370400440532013001",
    "pm_failedDelayed_de": "DE78370400440532013004",
    "pm_disputed_de": "DE35370400440532013002",
}


def of_number(number: str) -> Behavior:
    """Refuses what is no test card, as Stripe does in a sandbox."""
    if number not in CARDS and number not in PAYING:
        raise card_error("card_declined", "test_mode_live_card", param="number", stored=False)
    return CARDS.get(number, GOOD)


def of_account(iban: str) -> Behavior:
    """Refuses what is no test account."""
    if iban not in _SEPA:
        message = "In test mode, only test bank accounts can be used."
        raise StripeRefusal(400, message, code="bank_account_unusable", param="sepa_debit[iban]", stored=False)
    return _SEPA[iban]


def brand(number: str) -> str:
    return {"4": "visa", "5": "mastercard", "2": "mastercard", "3": "amex", "6": "discover"}.get(number[:1], "unknown")


def check_number(number: str) -> StripeRefusal | None:
    """By the check digit, as a form does before anything is sent."""
    digits = [int(character) for character in number if character.isdigit()]
    if len(digits) != len(number) or not 13 <= len(digits) <= 19:
        return card_error("incorrect_number", param="number")
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2]]
    if (sum(doubled) + sum(digits[-1::-2])) % 10:
        return card_error("incorrect_number", param="number")
    return None
