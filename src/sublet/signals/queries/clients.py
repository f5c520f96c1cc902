"""What is known of clients through signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import require_below, since_it_came
from sublet.catalog.queries import offer
from sublet.core.manifest import Signal
from sublet.core.rights import CLIENT, DIRECT
from sublet.core.signals import SignalValue, standing
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import read_number
from sublet.signals.models import LatestSignal, SignalFact

PAGE_SIZE = 50
#: Points of a chart.
MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class LatestValue:
    """The newest fact of one client and signal."""

    at: datetime
    value: SignalValue


@dataclass(frozen=True, slots=True)
class SignalState:
    """A signal of the manifest with the newest fact about one client, and how it stands (`core.signals.standing`)."""

    signal: Signal
    latest: LatestValue | None
    standing: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact. `signal` is None for one that the manifest no longer has."""

    id: int
    key: str
    signal: Signal | None
    at: datetime
    value: SignalValue
    received_at: datetime
    told_by: str


@dataclass(frozen=True, slots=True)
class FactPage:
    """A page of facts, newest first; an empty cursor means that there are no older ones."""

    rows: tuple[FactRow, ...]
    older: str


def _account(actor: Actor, ref: str) -> int:
    """The id of a client or direct account below the actor's. Raises Forbidden, NotFound."""
    require_below(actor, "view")
    found = Account.objects.filter(ref=ref, kind__in=(CLIENT, DIRECT)).values_list("id", flat=True).first()
    if found is None:
        raise NotFound
    return found


def signals_of(actor: Actor, ref: str, *, at: datetime) -> tuple[SignalState, ...]:
    """Every signal of the manifest, in its order, with what is known of the client. Raises Forbidden, NotFound."""
    known = _latest([_account(actor, ref)])
    values = next(iter(known.values()), {})
    return tuple(
        SignalState(signal, (found := values.get(key)), standing(signal, found.value if found else None, at=at))
        for key, signal in offer().signals.items()
    )


def latest_of(actor: Actor, ids: Sequence[int]) -> Mapping[int, Mapping[str, LatestValue]]:
    """For the rows of a list that the actor was given: account id → key of a signal → its newest fact. One statement."""
    require_below(actor, "view")
    return _latest(ids)


def _latest(ids: Sequence[int]) -> dict[int, dict[str, LatestValue]]:
    if not ids:
        return {}
    keys = {number: key for key, number in offer().signal_ids.items()}
    found: dict[int, dict[str, LatestValue]] = {}
    for row in LatestSignal.objects.filter(account_id__in=ids):
        if row.signal_id in keys:
            found.setdefault(row.account_id, {})[keys[row.signal_id]] = LatestValue(row.at, row.value)
    return found


def timeline_of(actor: Actor, ref: str, *, key: str = "", cursor: str = "", size: int = PAGE_SIZE) -> FactPage:
    """What was told of a client, newest first; `key` narrows to one signal. Raises Forbidden, NotFound.

    Not what was told, and by whom, while it was with another reseller: of that time the newest fact alone goes along.
    """
    rows = SignalFact.objects.filter(since_it_came("received_at"), account_id=_account(actor, ref))
    present = offer()
    if key:
        rows = rows.filter(signal_id=present.signal_ids.get(key, 0))
    place = _read_cursor(cursor)
    if place is not None:
        rows = rows.filter(Q(at__lt=place[0]) | Q(at=place[0], id__lt=place[1]))
    rows = rows.select_related("signal").defer("signal__terms", "signal__names")  # the offer is read already
    found = list(rows.order_by("-at", "-id")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return FactPage(
        rows=tuple(
            FactRow(
                row.id,
                row.signal.key,
                present.signals.get(row.signal.key),
                row.at,
                row.value,
                row.received_at,
                row.told_by,
            )
            for row in found
        ),
        older=_cursor(found[-1]) if more else "",
    )


def _cursor(row: SignalFact) -> str:
    return f"{row.at.astimezone(UTC).isoformat()}_{row.id}"


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    moment, _, digits = text.partition("_")
    number = read_number(digits)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, number) if number is not None and at.tzinfo is not None else None


def series_of(actor: Actor, ref: str) -> Mapping[str, tuple[tuple[datetime, Decimal], ...]]:
    """The newest numbers of each number signal, oldest first, for charts: one statement for each such signal.

    Raises Forbidden, NotFound.
    """
    account = _account(actor, ref)
    present = offer()
    found = {}
    for key, signal in present.signals.items():
        if signal.kind == "number":
            rows = SignalFact.objects.filter(
                since_it_came("received_at"),
                account_id=account,
                signal_id=present.signal_ids[key],
                number__isnull=False,
            )
            points = list(rows.order_by("-at", "-id").values_list("at", "number")[:MOST_POINTS])
            if points:
                found[key] = tuple((at, number) for at, number in reversed(points) if number is not None)
    return found
