"""Who hears of what, what is sent, when to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.webhooks import (
    GROUPS,
    OTHER,
    WAITS,
    Who,
    details_for,
    group_of,
    groups_for,
    hears,
    next_attempt,
    payload,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(st.text(alphabet="acelinotv._", max_size=20))
def test_every_event_is_in_one_group(name: str) -> None:
    assert group_of(name) in {*GROUPS, OTHER}
    assert sum(name.startswith(beginnings) for beginnings in GROUPS.values()) <= 1


@pytest.mark.parametrize(
    ("kind", "event", "groups", "heard"),
    [
        ("reseller", "client.tags_changed", (), True),
        ("reseller", "client.tags_changed", ("accounts",), True),
        ("reseller", "client.tags_changed", ("people",), False),
        ("client", "client.tags_changed", (), False),
        ("client", "client.responsible_assigned", ("accounts",), False),
        ("client", "import.finished", (), False),
        ("client", "mail.refused", (), False),
        ("client", "something.new", (), False),
        ("reseller", "something.new", (), True),
        ("reseller", "something.new", ("other",), True),
        ("client", "account.suspended", (), True),
        ("client", "account.suspended", ("people",), False),
        ("client", "impersonation.started", ("access",), True),
        ("client", "product.changed", ("access",), True),
        ("direct", "product.changed", (), True),
        ("direct", "collaborator.added", (), True),
        ("vendor", "manifest.loaded", (), True),
        ("client", "limit.threshold_crossed", ("use",), True),
        ("client", "trial.started", ("plans",), True),
        ("client", "subscription.plan_taken", (), True),
        ("direct", "add_on.taken", ("plans",), True),
        ("client", "pool.set", (), False),
        ("client", "subscription.plan_taken", ("use",), False),
        ("reseller", "pool.set", ("use",), True),
    ],
)
def test_who_hears_of_what(kind: str, event: str, groups: tuple[str, ...], heard: bool) -> None:
    assert hears(kind, event, groups) is heard


def test_a_client_chooses_among_what_it_can_hear() -> None:
    mine = ("accounts", "people", "access", "plans", "use", "brand")
    assert groups_for("client") == groups_for("direct") == mine
    assert groups_for("reseller") == (*GROUPS, "other")


def test_a_reseller_keeps_its_notes_to_itself() -> None:
    data = {"changes": {"name": ["A", "B"], "notes": ["", "pays late"]}}
    assert details_for("client", "account.details_changed", data) == {"changes": {"name": ["A", "B"]}}
    assert details_for("reseller", "account.details_changed", data) == data
    assert data["changes"]["notes"] == ["", "pays late"]


def test_what_was_noted_beside_a_limit_is_not_told_to_the_one_it_is_about() -> None:
    data = {"key": "posts", "value": 5, "note": "pays late"}
    for event in ("limit.set", "top_up.given"):
        for kind in ("client", "direct", "reseller"):
            assert details_for(kind, event, data) == {"key": "posts", "value": 5}
        assert details_for("reseller", event, data, own=False) == data
        assert details_for("vendor", event, data) == data


def test_the_attempts_take_three_days() -> None:
    assert timedelta(hours=71) < sum(WAITS, timedelta()) < timedelta(hours=72)
    at = AT
    for attempt in range(1, len(WAITS) + 1):
        again = next_attempt(attempt, at)
        assert again is not None
        assert again > at
        at = again
    assert next_attempt(len(WAITS) + 1, at) is None


def test_what_is_sent() -> None:
    sent = payload(
        event="client.created",
        at=AT,
        entry="e",
        account="acc_x",
        who=Who(name="Rosa", impersonator="", via="web"),
        reason="",
        details={"name": "Carl"},
    )
    assert sent == {
        "type": "client.created",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "data": {
            "entry": "e",
            "account": "acc_x",
            "actor": {"name": "Rosa", "impersonator": "", "via": "web"},
            "reason": "",
            "details": {"name": "Carl"},
        },
    }
