"""B9: two calculators, written apart from each other, agree to the cent, the day and the instant."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sublet.core.bases import BasisSince, by_basis
from sublet.core.charging import OVERAGE, Facts, charges
from tests.oracle.accounts import END, account, bases
from tests.oracle.calculator import Row, reckoned
from tests.thorough import FULL

#: B9's figure in a full run; what each commit can afford otherwise.
ACCOUNTS = 10_000 if FULL else 300
BATCHES = 10
UNTIL = END + timedelta(days=40)


def ours(facts: Facts, until: datetime) -> list[Row]:
    found: list[Row] = []
    for charge in charges(facts, until=until):
        after = charge.last_day + timedelta(days=1)
        if charge.list_minor:
            found.append(("list", charge.due, charge.first_day, after, charge.list_minor))
        if charge.retail_minor:
            found.append(("retail", charge.due, charge.first_day, after, charge.retail_minor))
    return sorted(found)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_both_calculators_agree_on_each_charge(batch: int) -> None:
    rows = 0
    for number in range(batch, ACCOUNTS, BATCHES):
        facts = account(number)
        found = ours(facts, UNTIL)
        assert found == reckoned(facts, UNTIL), number
        rows += len(found)
    assert rows > 10 * ACCOUNTS // BATCHES  # there was something to agree on


def by_anniversary(number: int) -> Facts:
    return replace(account(number), basis="anniversary")


def changing(number: int) -> Facts:
    """The same account, charged by the calendar and by its anniversaries in turn."""
    facts = by_anniversary(number)
    return replace(facts, line=by_basis(facts.line, [BasisSince(*each) for each in bases(number)]))


@pytest.mark.parametrize("batch", range(BATCHES))
def test_both_calculators_agree_where_the_basis_changes(batch: int) -> None:
    """The second one is told the bases, and nothing of how they become anchors."""
    changed = 0
    for number in range(batch, ACCOUNTS, BATCHES):
        found = ours(changing(number), UNTIL)
        assert found == reckoned(by_anniversary(number), UNTIL, bases(number)), number
        changed += found != ours(by_anniversary(number), UNTIL)
    assert changed > ACCOUNTS // BATCHES // 2  # the positive control: it did matter


def test_the_accounts_have_all_that_can_be_wrong() -> None:
    """The positive control: each convention occurs, often enough."""
    seen: Counter[str] = Counter()
    for number in range(300):
        facts = account(number)
        seen["moves"] += len({here.anchor.zone for here in facts.line}) > 1
        seen["another anchor"] += len({here.anchor.day for here in facts.line}) > 1
        seen["calendar"] += facts.basis == "calendar"
        seen["trial"] += bool(facts.free)
        seen["commitment"] += bool(facts.commitments)
        standing = {use.stem for use in facts.usage if use.stands and use.kind != OVERAGE}
        beyond = {use.stem for use in facts.usage if use.stands and use.kind == OVERAGE and use.included}
        gaps = {use.stem for use in facts.usage if use.count is not None}
        for charge in charges(facts, until=UNTIL):
            seen[charge.kind] += 1
            seen["credit"] += bool(charge.credits)
            seen["prorated"] += charge.days < charge.of_days
            seen["twice on a day"] += "~" in charge.key
            seen["yearly"] += charge.key.endswith(":year")
            seen["quarterly"] += charge.key.endswith(":quarter")
            seen["both sides"] += bool(charge.list_minor and charge.retail_minor)
            seen["one side"] += charge.list_minor is None or charge.retail_minor is None
            seen["yen"] += charge.currency == "JPY"
            seen["dinar"] += charge.currency == "KWD"
            seen["minimum"] += any(line.key == "minimum" for line in charge.list_parts)
            seen["flat fee"] += any(line.flat for line in charge.list_parts)
            seen["stands"] += charge.of != "" and charge.key in standing
            seen["stands beyond a limit"] += charge.key in beyond
            seen["given up for a while"] += charge.key in gaps
            seen["shortfall"] += charge.key.startswith("minimum:")
    rare = {what: times for what, times in seen.items() if times < 5}
    assert not rare, rare
    assert len(seen) >= 20
    assert min(seen[kind] for kind in ("service_use", "plan_use", "add_on_use", "stands", "stands beyond a limit")) >= 5


@pytest.mark.parametrize("wrong", ["a day more", "no anchor", "utc"])
def test_a_calculator_that_is_wrong_is_found(wrong: str) -> None:
    """The positive control: what others got wrong is a difference here."""
    different = 0
    for number in range(60):
        facts = account(number)
        spoiled = facts
        if wrong == "a day more":
            spoiled = replace(
                facts,
                plans=tuple(
                    replace(h, starts=h.starts + timedelta(days=1))
                    for h in facts.plans
                    if h.ends is None or h.ends > h.starts + timedelta(days=1)
                ),
            )
        elif wrong == "no anchor":
            spoiled = replace(facts, basis="calendar" if facts.basis == "anniversary" else "anniversary")
        else:
            spoiled = replace(facts, line=tuple(replace(s, anchor=replace(s.anchor, zone="UTC")) for s in facts.line))
        different += ours(spoiled, UNTIL) != ours(facts, UNTIL)
    assert different >= 30
