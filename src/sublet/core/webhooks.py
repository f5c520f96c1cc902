"""Webhooks: who hears of what, what is sent, and when to try again.

Pure. Laws (tests/core/test_webhooks.py): every event is in one group; a client hears of nothing that its reseller keeps to
itself; the waits add up to less than 72 hours, and an attempt is never in the past.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sublet.core.readers import FOR_CLIENTS, REASONS_FOR_ALL, for_the_client, without_notes
from sublet.core.rights import CLIENT, DIRECT, VENDOR

#: What an endpoint can be confined to: group → how its events begin. What is not listed is in `OTHER`.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "accounts": ("account.", "client.", "reseller.", "direct_account.", "demonstration.", "prospect.", "move."),
    "people": ("collaborator.", "invitation.", "ownership.", "person.", "section."),
    "access": (
        "access.",
        "impersonation.",
        "grant.",
        "session.",
        "api_key.",
        "webhook.",
        "sign_on.",
        "directory.",
        "staff_team.",
        "product.",
    ),
    "plans": ("subscription.", "add_on.", "trial."),
    "money": (
        "invoice.",
        "billing.",
        "payment.",
        "payment_method.",
        "payment_link.",
        "refund.",
        "dispute.",
        "gateway.",
    ),
    "use": ("limit.", "cap.", "top_up.", "managed_service.", "pool.", "portion.", "share.", "usage."),
    "brand": ("brand.", "host.", "wording.", "vendor_word."),
    "lists": ("client_list.", "view.", "import.", "clients.", "signals."),
    "mails": ("mail.", "sender.", "sender_domain.", "mail_server.", "suppression."),
}
OTHER = "other"
#: What is sent when somebody asks for a test. Belongs to no group: it goes to that endpoint alone.
TEST = "webhook.test"

#: What accounts without clients of their own hear of. What a reseller does about its client (tags, lists, responsibles)
#: and what nobody has thought about yet stays with the reseller.
_HEARD_BELOW = (
    "account.", "client.created", "collaborator.", "invitation.", "ownership.", "person.", "section.", "impersonation.",
    "access.", "grant.", "move.", "session.", "api_key.", "webhook.", "sign_on.", "directory.", "product.", "brand.", "host.",
    "wording.", "subscription.", "add_on.", "trial.", "limit.", "cap.", "top_up.", "managed_service.", "portion.", "share.", "usage.",
    "invoice.issued", "invoice.credited", "payment.", "payment_method.", "refund.",
)  # fmt: skip
#: Waits before the second, third … attempt. After the last one 71 hours and 36 minutes have gone.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 5 * 60, 10 * 60, 14 * 60, 20 * 60, 20 * 60))


def group_of(event: str) -> str:
    """The group that an event belongs to."""
    return next((group for group, beginnings in GROUPS.items() if event.startswith(beginnings)), OTHER)


def groups_for(kind: str) -> tuple[str, ...]:
    """The groups that an account of this kind can choose among."""
    if kind in {CLIENT, DIRECT}:
        return ("accounts", "people", "access", "plans", "use", "brand")
    return (*GROUPS, OTHER)


def hears(kind: str, event: str, groups: Collection[str]) -> bool:
    """Whether an endpoint of an account of this kind, confined to `groups` (none: not at all), hears of `event`."""
    if kind in {CLIENT, DIRECT} and not event.startswith(_HEARD_BELOW):
        return False
    if kind == CLIENT and event not in FOR_CLIENTS:
        return False
    return not groups or group_of(event) in groups


def details_for(kind: str, event: str, data: Mapping[str, Any], *, own: bool = True) -> dict[str, Any]:
    """The fields of an event as an account of this kind is told them. `own`: it is about that account itself."""
    told = dict(data)
    if own and kind != VENDOR:
        told = without_notes(event, told)
    if kind not in {CLIENT, DIRECT}:
        return told
    if kind == CLIENT:
        seen = for_the_client(event, data, "")
        told = seen[0] if seen is not None else told | {"changes": {}}
    elif isinstance(told.get("changes"), dict):
        told["changes"] = {name: value for name, value in told["changes"].items() if name != "notes"}
    return told


def reason_for(kind: str, event: str, reason: str) -> str:
    """The reason as an account of this kind is told it: a client only that of visits."""
    return reason if kind != CLIENT or event.startswith(REASONS_FOR_ALL) else ""


@dataclass(frozen=True, slots=True)
class Who:
    """Who did it, as far as the listener may know. `via`: ``web``, ``api``, ``job`` or ``cli``."""

    name: str
    impersonator: str
    via: str


def payload(
    *, event: str, at: datetime, entry: str, account: str, who: Who, reason: str, details: Mapping[str, Any]
) -> dict[str, Any]:
    """What is sent: ``type``, ``timestamp`` and ``data``, as the Standard Webhooks specification recommends."""
    return {
        "type": event,
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "entry": entry,
            "account": account,
            "actor": {"name": who.name, "impersonator": who.impersonator, "via": who.via},
            "reason": reason,
            "details": dict(details),
        },
    }


def next_attempt(attempts: int, at: datetime) -> datetime | None:
    """When to try again after attempt number `attempts` (1 for the first) failed at `at`; None when it was the last."""
    return at + WAITS[attempts - 1] if 1 <= attempts <= len(WAITS) else None
