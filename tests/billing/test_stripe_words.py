"""What Stripe's library raises and answers, in our words."""

from __future__ import annotations

import pytest
import stripe

from sublet.billing.gateway import Declined, KeyRefused, Moved, NoAnswer, NotThere
from sublet.billing.gateway.stripe import StripeGateway, _contested, _told


def raised(fault: stripe.StripeError) -> Exception:
    @_told
    def call(_gateway: StripeGateway) -> None:
        raise fault

    with pytest.raises((NoAnswer, Declined)) as found:
        call(StripeGateway("rk_test_1"))
    return found.value


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_says_nothing_about_what_was_asked(status: int) -> None:
    kind = {401: stripe.AuthenticationError, 403: stripe.PermissionError}[status]
    found = raised(kind("no such key", http_status=status))
    assert (type(found), found.code) == (KeyRefused, "key")  # type: ignore[attr-defined]  # of either
    assert isinstance(found, NoAnswer)
    assert not isinstance(found, Declined)


@pytest.mark.parametrize(("status", "kind"), [(400, Declined), (404, NotThere), (409, NoAnswer)])
def test_a_request_that_is_declined_says_so(status: int, kind: type[Exception]) -> None:
    fault = stripe.InvalidRequestError("no", "amount", http_status=status)  # type: ignore[no-untyped-call]  # the library's own
    assert type(raised(fault)) is kind


@pytest.mark.parametrize(
    ("status", "state", "taken"),
    [
        ("warning_needs_response", "open", False),
        ("warning_under_review", "open", False),
        ("warning_closed", "won", False),
        ("needs_response", "open", True),
        ("under_review", "open", True),
        ("won", "won", True),
        ("lost", "lost", True),
    ],
)
def test_an_inquiry_takes_nothing_and_a_dispute_does(status: str, state: str, taken: bool) -> None:
    row = stripe.Dispute.construct_from(
        {
            "id": "dp_1",
            "status": status,
            "currency": "eur",
            "amount": 400,
            "payment_intent": "pi_1",
            "reason": "general",
        },
        "rk_test_1",
    )
    found = _contested(row)
    assert (found.state, found.taken, found.amount, found.currency) == (state, taken, 400, "EUR")


@pytest.mark.parametrize(
    ("fee", "currency", "kept"),
    [(1500, "eur", 1500), (-1500, "eur", -1500), (1550, "isk", 15), (-1550, "isk", -15), (1700, "jpy", 1700)],
)
def test_what_a_dispute_costs_is_read_of_its_movements(fee: int, currency: str, kept: int) -> None:
    row = stripe.Dispute.construct_from(
        {
            "id": "dp_1", "status": "needs_response", "currency": "eur", "amount": 400, "payment_intent": "pi_1", "reason": "general",
            "balance_transactions": [{"id": "txn_1", "amount": -400 * (100 if currency == "isk" else 1), "fee": fee, "currency": currency}],
        },
        "rk_test_1",
    )  # fmt: skip
    assert _contested(row).moves == (Moved("txn_1", -400, kept, currency.upper()),)


@pytest.mark.parametrize(
    ("moved", "state", "taken"), [([-400], "lost", True), ([], "won", False), ([-400, 400], "won", False)]
)
def test_what_was_settled_before_it_became_a_dispute_is_over(moved: list[int], state: str, taken: bool) -> None:
    """Otherwise it would be open for ever, and nothing be paid out: by the network the payer has its money, by a refund it tells so."""
    row = stripe.Dispute.construct_from(
        {
            "id": "dp_1",
            "status": "prevented",
            "currency": "eur",
            "amount": 400,
            "payment_intent": "pi_1",
            "reason": "general",
            "balance_transactions": [{"id": f"txn_{place}", "amount": each} for place, each in enumerate(moved)],
        },
        "rk_test_1",
    )
    found = _contested(row)
    assert (found.state, found.taken) == (state, taken)
