"""Two cards and transfers that give back the same money at the same moment; for `processes`."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from tests.installation import together

AT = datetime(2026, 6, 2, 1, tzinfo=UTC)
MINOR = 10_000


def refunds(rounds: int, processes: int, fault: int = 0) -> dict[str, Any]:
    """So many times two payments came and half of that went back by a transfer; then everybody gives the other half back, half of
    them by a card. With the fault 1 nobody asks what is there, with 2 nobody waits for another one.
    """
    from sublet.billing import invariants
    from sublet.billing.models.payments import Refund
    from sublet.billing.operations import CannotBookBankRefund, book_bank_refund, refunds
    from sublet.billing.queries import paid_ahead
    from sublet.core.refunding import Standing
    from sublet.foundation.jobs import run_due_jobs
    from sublet.foundation.scope import actor_scope, platform_scope
    from tests.billing.gateway_in_memory import MemoryGateway
    from tests.billing.payments import opened, set_up
    from tests.billing.selling import balances
    from tests.people import make_world

    asked = paid_ahead.standing_beside_waiting
    world, total = make_world(), Counter[str]()

    def slow(*parties: Any) -> Any:
        found = asked(*parties)
        time.sleep(0.3)
        return found

    def plenty(*_parties: Any) -> Any:
        return Standing(10**6, {}, {})

    asks = ("operations.refunds.standing_beside_waiting", "queries.bank_refunds.standing_beside_waiting")
    waits = ("operations.refunds.lock_debtors", "operations.bank_refunds.lock_debtors")
    faults: dict[int, dict[str, Any]] = {
        0: {},
        1: dict.fromkeys(asks, plenty),
        2: {**dict.fromkeys(asks, slow), **dict.fromkeys(waits, list)},  # `list` waits for nobody
    }
    with opened(MemoryGateway()) as gateway:
        counter = set_up(world, gateway)
        counter.enter_card()
        actor = world.actor("rosa")
        for _ in range(rounds):
            paid = [counter.start(amount=MINOR, invoice="", at=AT).ref for _ in range(2)]
            run_due_jobs(at=AT)
            with actor_scope(actor):
                book_bank_refund(account=world.carl.ref, currency="EUR", amount=MINOR, actor=actor, at=AT)

            def work(mine: int, paid: list[str] = paid) -> str:
                with actor_scope(actor):
                    try:
                        if mine % 2:
                            book_bank_refund(account=world.carl.ref, currency="EUR", amount=MINOR, actor=actor, at=AT)
                        else:
                            refunds.refund_payment(payment=paid[mine // 2 % 2], amount=MINOR, actor=actor, at=AT)
                    except (CannotBookBankRefund, refunds.CannotRefundPayment) as refused:
                        return refused.code
                return "given"

            with ExitStack() as planted:
                for name, instead in faults[fault].items():
                    planted.enter_context(mock.patch(f"sublet.billing.{name}", instead))
                total.update(together(processes, work))
            run_due_jobs(at=AT)
    with platform_scope("test"):
        return {
            "told": dict(total),
            "waiting": Refund.objects.filter(state__in=paid_ahead.WAITING).count(),
            "ahead": -balances("retail").get("prepaid", 0),
            "broken": [one.words for one in invariants.balanced(AT)],
        }
