"""Signals: dated facts about a client that the host product reports. What a value may be, and when one wants attention.

Pure. Laws (tests/core/test_signals.py): what was read can be read again; a standing never improves as time goes by.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from sublet.core.days import is_in_reach
from sublet.core.manifest import Signal

LONGEST_TEXT: Final = 200
LONGEST_ID: Final = 100
MOST_DAYS: Final = 3660
#: A clock may be a little ahead; a fact of tomorrow is a slip.
AHEAD: Final = timedelta(days=1)
DECIMALS: Final = 4
LARGEST: Final = Decimal(10) ** 15

FINE, NEAR, OVER, UNKNOWN = "fine", "near", "over", "unknown"
#: How bad a standing is; what is unknown stands apart.
ORDER: Final = (FINE, NEAR, OVER)

OLDER, DUE, NEVER = "older", "due", "never"
_CONDITION = re.compile(r"(?P<key>[a-z][a-z0-9_]{0,49}):(?P<what>older|due|never)(?::(?P<days>[0-9]{1,4}))?", re.ASCII)
_YES = frozenset({"true", "yes", "1", "on", "sì", "si", "po", "ja", "oui", "sim", "x"})
_NO = frozenset({"false", "no", "0", "off", "jo", "nee", "non", "não", "nao"})


@dataclass(frozen=True, slots=True)
class SignalValue:
    """What one fact says: exactly the field of its kind is set (`text` is empty elsewhere)."""

    moment: datetime | None = None
    number: Decimal | None = None
    text: str = ""
    switch: bool | None = None


class WrongValue(ValueError):
    """The value does not fit the kind of the signal; the message is that kind."""


def read_value(kind: str, value: object, *, at: datetime) -> SignalValue:
    """The value of a signal of that kind, as a program sends it. Raises WrongValue.

    A `moment` without a value is the moment of the fact itself.
    """
    match kind:
        case "moment":
            return SignalValue(moment=at if value is None else _moment(value))
        case "number":
            return SignalValue(number=_number(value))
        case "text":
            if isinstance(value, str) and value.strip() and "\x00" not in value and len(value.strip()) <= LONGEST_TEXT:
                return SignalValue(text=value.strip())
        case "switch":
            if isinstance(value, bool):
                return SignalValue(switch=value)
    raise WrongValue(kind)


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, str) and len(value) <= 40:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise WrongValue("moment") from None
    else:
        raise WrongValue("moment")
    if found.tzinfo is None:
        raise WrongValue("moment")
    try:
        found = found.astimezone(UTC)
    except OverflowError:
        raise WrongValue("moment") from None
    if not is_in_reach(found):
        raise WrongValue("moment")
    return found


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise WrongValue("number")
    try:
        found = Decimal(str(value)).quantize(Decimal(1).scaleb(-DECIMALS))
    except InvalidOperation:
        raise WrongValue("number") from None
    if not found.is_finite() or abs(found) >= LARGEST:
        raise WrongValue("number")
    return found


def read_cell(kind: str, cell: object) -> SignalValue:
    """The same from a cell of a spreadsheet. A day without a time is its beginning in UTC. Raises WrongValue."""
    match kind:
        case "moment":
            return SignalValue(moment=_moment_of_cell(cell))
        case "number":
            return SignalValue(number=_number(_number_of_cell(cell)))
        case "switch":
            word = str(cell).strip().lower()
            if isinstance(cell, bool) or word in _YES | _NO:
                return SignalValue(switch=cell if isinstance(cell, bool) else word in _YES)
            raise WrongValue(kind)
    return read_value(kind, cell if isinstance(cell, str) else str(cell), at=datetime.min.replace(tzinfo=UTC))


def _moment_of_cell(cell: object) -> datetime:
    if isinstance(cell, datetime):
        return _moment(cell if cell.tzinfo else cell.replace(tzinfo=UTC))
    if isinstance(cell, date):
        return _moment(datetime.combine(cell, time(), UTC))
    if not isinstance(cell, str):
        raise WrongValue("moment")
    text = cell.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        parts = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text)
        if parts is None:
            raise WrongValue("moment") from None
        day, month, year = (int(part) for part in parts.groups())
        try:
            found = datetime(year, month, day, tzinfo=UTC)
        except ValueError:
            raise WrongValue("moment") from None
    return _moment(found if found.tzinfo else found.replace(tzinfo=UTC))


def _number_of_cell(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    text = cell.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("'", "")
    if re.fullmatch(r"[+-]?\d+(,\d{3})+(\.\d+)?", text):  # 1,234.5
        text = text.replace(",", "")
    elif re.fullmatch(r"[+-]?\d+(\.\d{3})+(,\d+)?", text):  # 1.234,5
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[+-]?\d+,\d+", text):
        text = text.replace(",", ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise WrongValue("number") from None


def fact_name(event_id: str, at: datetime, value: SignalValue) -> str:
    """What one fact is known by, for its account and signal: its id, or else what it says. The same again is the same."""
    said: list[str | bool | None] = [
        value.moment.isoformat() if value.moment else None,
        str(value.number.normalize()) if value.number is not None else None,
        value.text,
        value.switch,
    ]
    parts: list[str | bool | None] = ["id", event_id] if event_id else ["said", at.astimezone(UTC).isoformat(), *said]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a client list is narrowed to: clients whose latest moment of a signal is older than so many days, lies within
    so many days (or behind us), or was never reported.
    """

    key: str
    what: str
    days: int = 0

    def __str__(self) -> str:
        return f"{self.key}:{self.what}" + (f":{self.days}" if self.what != NEVER else "")


def read_condition(text: str) -> Condition | None:
    """``last_push_sent:older:30`` as a condition; None for what is none."""
    found = _CONDITION.fullmatch(text)
    if found is None or (found["days"] is None) != (found["what"] == NEVER):
        return None
    days = int(found["days"] or 0)
    return Condition(found["key"], found["what"], days) if days <= MOST_DAYS else None


def standing(signal: Signal, latest: SignalValue | None, *, at: datetime) -> str:
    """How a client stands with a signal that is watched: ``fine``, ``near`` (a deadline), ``over`` (past the deadline,
    silent, too old), ``unknown`` (nothing was reported, or it takes more than the latest value to say).
    """
    if signal.watch not in ("silence", "deadline", "age") or signal.days is None:
        return UNKNOWN
    if latest is None or latest.moment is None:
        return UNKNOWN
    if signal.watch == "deadline":
        if latest.moment <= at:
            return OVER
        return NEAR if latest.moment - at < timedelta(days=signal.days) else FINE
    return OVER if at - latest.moment > timedelta(days=signal.days) else FINE
