"""From the API's JSON to values. What is not known is kept, or ignored: a newer server must not break an older product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sublet_client.values import (
    Brand,
    Consumed,
    Entitlements,
    Feature,
    JournalEntry,
    ManagedService,
    NextStep,
    Notice,
    Period,
    Plan,
    Quantity,
    Standing,
    _Always,
    _Line,
)

Told = Mapping[str, Any]


def when(text: object) -> datetime | None:
    """An instant, or None."""
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def _whole(told: object) -> int | None:
    return int(told) if isinstance(told, (int, float)) and not isinstance(told, bool) else None


def _number(told: object) -> Quantity | None:
    return told if isinstance(told, (int, float)) and not isinstance(told, bool) else None


def source_of(told: Told) -> str:
    """The layer that decides."""
    found = told.get("from", "")
    return found if isinstance(found, str) else str(found.get("kind", "")) if isinstance(found, dict) else ""


def period(told: Told | None) -> Period | None:
    """The period of a meter."""
    if not told:
        return None
    return Period(str(told.get("key", "")), when(told.get("start")), when(told.get("end")))


_STANDING = {"limit", "used", "reserved", "remaining", "state", "policy", "period", "degraded", "from"}


def standing(told: Told | None) -> Standing | None:
    """The standing of a meter."""
    if told is None:
        return None
    return Standing(
        limit=_number(told.get("limit")),
        used=_number(told.get("used")) or 0,
        reserved=_number(told.get("reserved")) or 0,
        remaining=_number(told.get("remaining")),
        state=str(told.get("state", "open")),
        policy=told.get("policy"),
        period=period(told.get("period")),
        degraded=bool(told.get("degraded", False)),
        source=source_of(told),
        more={key: value for key, value in told.items() if key not in _STANDING},
    )


def plan(told: Told | None) -> Plan | None:
    """A plan or trial."""
    if not told:
        return None
    name = told.get("name", "")
    return Plan(
        key=str(told.get("key", told.get("plan", ""))),
        version=_whole(told.get("version")),
        name=name if isinstance(name, str) else str(name),
        ends_at=when(told.get("ends_at")),
    )


def notice(told: Told | None) -> Notice | None:
    """The vendor's notice. Only a web address is a place to lead to."""
    if not told or not isinstance(told.get("text"), dict):
        return None
    address = told.get("address")
    leads = isinstance(address, str) and address.startswith(("https://", "http://"))
    return Notice({str(key): str(text) for key, text in told["text"].items()}, address if leads else None)


def entitlements(told: Told, line: _Line | None = None) -> Entitlements:
    """All of one account."""
    at = when(told.get("at"))
    if at is None:
        raise ValueError("an entitlement without its instant")
    return Entitlements(
        account=str(told["account"]),
        sequence=int(told.get("sequence", 0)),
        at=at,
        until=when(told.get("until")),
        plan=plan(told.get("plan")),
        trial=plan(told.get("trial")),
        advertising=bool(told.get("advertising", False)),
        notice=notice(told.get("notice")),
        features={
            key: Feature(
                key, str(each.get("kind", "switch")), each.get("value"), source_of(each), tuple(each.get("why", ()))
            )
            for key, each in told.get("features", {}).items()
        },
        meters={key: found for key, each in told.get("meters", {}).items() if (found := standing(each)) is not None},
        services={
            key: ManagedService(key, bool(each.get("enabled")), each.get("managed_by"), _whole(each.get("allowance")))
            for key, each in told.get("services", {}).items()
        },
        _line=line if line is not None else _Always(),
    )


def consumed(told: Told, id: str) -> Consumed:
    """The answer of a consume."""
    known = {"kind", "text", "until", "key", "value"}
    steps = tuple(
        NextStep(
            kind=str(each.get("kind", "")),
            text=str(each.get("text", "")),
            until=when(each.get("until")),
            key=each.get("key"),
            value=each.get("value"),
            more={key: value for key, value in each.items() if key not in known},
        )
        for each in told.get("next") or ()
    )
    stands, person = standing(told.get("standing")), standing(told.get("collaborator"))
    return Consumed(bool(told["allowed"]), told.get("reason"), stands, steps, id, person)


_BRAND = {
    "host", "known", "name", "account", "account_kind", "reseller", "url", "language", "colors", "pictures", "texts",
    "stylesheet",
}  # fmt: skip


def brand(told: Told, *, fresh: bool = True) -> Brand:
    """The brand of a host."""
    return Brand(
        host=str(told["host"]),
        known=bool(told.get("known", True)),
        name=str(told.get("name", "")),
        account=str(told.get("account", "")),
        account_kind=str(told.get("account_kind", "")),
        reseller=str(told.get("reseller", "") or ""),
        url=str(told.get("url", "")),
        language=str(told.get("language", "en")),
        colors=dict(told.get("colors") or {}),
        pictures=dict(told.get("pictures") or {}),
        texts=dict(told.get("texts") or {}),
        stylesheet=str(told.get("stylesheet", "")),
        fresh=fresh,
        more={key: value for key, value in told.items() if key not in _BRAND},
    )


def brand_aged(told: Brand, *, fresh: bool = False) -> Brand:
    """The same, known to be an older answer, or confirmed anew."""
    return replace(told, fresh=fresh)


def journal_entry(told: Told) -> JournalEntry:
    """One entry of the journal."""
    at = when(told["at"])
    if at is None:
        raise ValueError("an entry without its instant")
    known = {"id", "at", "event", "account", "data"}
    return JournalEntry(
        id=str(told["id"]),
        at=at,
        event=str(told["event"]),
        account=str(told.get("account", "") or ""),
        details=dict(told.get("data") or {}),
        more={key: value for key, value in told.items() if key not in known},
    )
