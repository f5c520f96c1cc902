"""What a change comes to in the end: a reseller's word never goes beyond what the plan gives and what the reseller holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sublet.clientsettings.queries.values import Setup
from sublet.core.clientsettings import ALLOWANCE, ENABLED, FOLLOW, MANAGED_BY, Change
from sublet.core.entitled import ServiceWord
from sublet.core.entitlement import resolve


def comes_to(setup: Setup, changes: Iterable[Change], *, at: datetime) -> dict[str, int | None]:
    """Of each allowance that changes, how many units there are in the end; None unlimited. Nothing of a service that is off."""
    words = {word.key: word for word in setup.known.facts.services if word.until is None or word.until > at}
    asked = [change for change in changes if change.field.part in (ENABLED, MANAGED_BY, ALLOWANCE)]
    for change in asked:
        word = words.get(change.field.thing) or ServiceWord(change.field.thing)
        if change.field.part == ENABLED:
            word = replace(word, enabled=change.after is True)
        elif change.field.part == ALLOWANCE:
            follows = change.after is FOLLOW
            units = change.after if isinstance(change.after, int) else None
            word = replace(word, allowance=units, sets_allowance=not follows)
        words[change.field.thing] = replace(word, since=None)
    facts = replace(setup.known.facts, services=tuple(words.values()), state="")
    found = resolve(setup.terms, facts, at=at)
    told = {}
    for change in asked:
        service = setup.terms.services[change.field.thing]
        if change.field.part == ALLOWANCE and service.meter is not None and found.services[service.key].enabled:
            told[change.field.key] = found.meters[service.meter].units
    return told
