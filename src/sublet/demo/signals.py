"""What the demo's product has told of its clients: pushes, certificates, releases, downloads and traffic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from sublet.catalog.queries import offer
from sublet.core.signals import SignalValue, fact_name
from sublet.demo.clients import Client
from sublet.foundation.actor import Actor
from sublet.signals.operations.record import Fact, keep

#: Of so many clients of each reseller there is a year of numbers, for the charts; of the others only the latest.
CHARTED = 60
BATCH = 1000


def tell_signals(clients: Sequence[Client], *, actor: Actor, now: datetime) -> None:
    """Facts about most of the clients. Some have not sent a push for long, and some certificates end soon."""
    dice = Random(29)  # noqa: S311  invented facts, the same on every machine
    facts: list[Fact] = []
    for number, client in enumerate(clients):
        if dice.random() < 0.12 or client.account.created_at > now - timedelta(days=10):
            continue  # nothing was published yet
        facts += _of(client, dice, months=12 if number < CHARTED else 1, now=now)
    for start in range(0, len(facts), BATCH):
        keep(facts[start : start + BATCH], actor=replace(actor, name="Appfold"), at=now)


def _of(client: Client, dice: Random, *, months: int, now: datetime) -> list[Fact]:
    ids = offer().signal_ids
    born = client.account.created_at

    def fact(key: str, at: datetime, value: SignalValue) -> Fact:
        return Fact(client.account.id, ids[key], at, value, fact_name("", at, value))

    def days(number: float) -> datetime:
        return max(now - timedelta(days=number), born + timedelta(days=1))

    pushed = days(dice.choice((0.3, 1, 2, 3, 5, 8, 13, 21, 34, 55, 90)))
    published = days(dice.choice((20, 45, 80, 120, 170, 200, 260)))
    ends = now + timedelta(days=dice.choice((-3, 6, 18, 40, 90, 150, 220, 300)))
    found = [
        fact("last_push_sent", pushed, SignalValue(moment=pushed)),
        fact("last_published", published, SignalValue(moment=published)),
        fact("push_certificate_expires", published, SignalValue(moment=ends)),
        fact("store_version", published, SignalValue(text=f"{dice.randrange(1, 4)}.{dice.randrange(9)}")),
    ]
    downloads, sessions = dice.randrange(5, 90), dice.randrange(40, 900)
    for month in range(months):
        at = now - timedelta(days=30 * month + 1)
        if at < born:
            break
        for key, usual in (("downloads", downloads), ("sessions", sessions)):
            sway = Decimal(dice.randrange(60, 141)) / 100
            found.append(fact(key, at, SignalValue(number=(usual * sway).quantize(Decimal(1)))))
    return found
