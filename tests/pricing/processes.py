"""What the race for a promotion starts: ``python -m tests.pricing.processes COMMAND PROCESSES``."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import django

from tests.installation import together

if TYPE_CHECKING:
    from sublet.accounts.models import Account  # at run time only once Django is set up
    from tests.people import World

AT = datetime(2026, 6, 2, 9, tzinfo=UTC)
MOST = 3


def furnish(processes: int) -> tuple[World, list[Account]]:
    """A promotion of Rosa's that three may take, and a client for each process."""
    from sublet.foundation.scope import actor_scope, platform_scope
    from sublet.pricing.operations import make_promotion
    from tests import factories
    from tests.people import make_world
    from tests.subscriptions import sell

    world = make_world()
    sell(world)
    with platform_scope("test data"):
        clients = [factories.make_client(world.rosa, f"Client {number:02}") for number in range(processes)]
    rosa = world.actor("rosa")
    with actor_scope(rosa):
        make_promotion(
            code="FIRST3", name="The first three", percent=Decimal(50), months=3, things=["plan"], most=MOST, actor=rosa, at=AT
        )  # fmt: skip
    return world, clients


def found(told: list[str]) -> dict[str, Any]:
    from sublet.foundation.journal.models import JournalEntry
    from sublet.foundation.scope import platform_scope
    from sublet.pricing.models import PromotionTaken

    with platform_scope("test"):
        return {
            "told": dict(Counter(told)),
            "taken": PromotionTaken.objects.count(),
            "journal": JournalEntry.unscoped.filter(event="promotion.taken").count(),
        }


def race(processes: int) -> dict[str, Any]:
    """Everybody in the same moment, each for a client of its own."""
    from sublet.foundation.scope import actor_scope
    from sublet.pricing.operations import CannotTakePromotion, take_promotion

    world, clients = furnish(processes)
    rosa = world.actor("rosa")

    def work(mine: int) -> str:
        try:
            with actor_scope(rosa):
                take_promotion(ref=clients[mine].ref, code="FIRST3", actor=rosa, at=AT)
        except CannotTakePromotion as refused:
            return refused.code
        return "taken"

    return found(together(processes, work))


def naive(processes: int) -> dict[str, Any]:
    """The positive control: how many have it is looked at, and then one more is written, with nothing between that holds others off."""
    from django.db import transaction

    from sublet.foundation.scope import platform_scope
    from sublet.pricing.models import Promotion, PromotionTaken

    world, clients = furnish(processes)

    def work(mine: int) -> str:
        with platform_scope("test"):
            promotion = Promotion.objects.get()
            had = PromotionTaken.objects.filter(promotion_id=promotion.id).count()
            time.sleep(0.3)
            if had >= MOST:
                return "used-up"
            with transaction.atomic():
                PromotionTaken(
                    account_id=world.rosa.id, client_id=clients[mine].id, promotion_id=promotion.id, code=promotion.code,
                    percent=promotion.percent, things=promotion.things, starts_at=AT, ends_at=None, taken_at=AT, taken_by="t",
                ).save(force_insert=True)  # fmt: skip
        return "taken"

    return found(together(processes, work))


def main() -> int:
    django.setup()
    command, processes = sys.argv[1:]
    print(json.dumps({"race": race, "naive": naive}[command](int(processes))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
