"""What the manifest in force offers: one frozen value for each process, read anew when another manifest is loaded."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from types import MappingProxyType
from typing import TypeVar

from sublet.catalog.models import ManifestVersion, OfferItem
from sublet.core.manifest import (
    AddOn,
    Feature,
    ManagedService,
    Meter,
    Plan,
    Signal,
    entry_from_json,
    product_from_json,
)
from sublet.core.offer import EMPTY, AddOnItem, MeterItem, Offer, PlanItem, Starting

E = TypeVar("E")
K = TypeVar("K", Feature, ManagedService, Signal)

#: How long a process may show the offer before: the promise is "seen everywhere within a second".
FRESH_SECONDS = 0.9

#: What tells one manifest in force from another. The number alone would not: one that was rolled back comes again.
_MARK = ("number", "fingerprint", "loaded_at")


class _Cache:
    """The offer of this process, dropped as soon as another manifest is in force."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.mark: tuple[object, ...] | None = None
        self.checked_at = -1e9
        self.offer: Offer | None = None

    def get(self) -> Offer:
        known = self.offer
        if known is not None and time.monotonic() - self.checked_at < FRESH_SECONDS:
            return known
        started = time.monotonic()
        # The mark first: an offer that is newer than its mark is read once more, one that is older would stay.
        mark = ManifestVersion.objects.order_by("-number").values_list(*_MARK).first()
        with self.lock:
            known, same = self.offer, mark == self.mark
        if known is None or not same:
            known = _read()
        with self.lock:
            self.offer, self.mark, self.checked_at = known, mark, max(started, self.checked_at)
        return known

    def drop(self) -> None:
        with self.lock:
            self.offer, self.mark, self.checked_at = None, None, -1e9


_cache = _Cache()


def offer() -> Offer:
    """What can be had. No statement when warm; one small one a second for each process."""
    return _cache.get()


def forget_offer() -> None:
    """Drop this process's copy; the next question reads the database. For tests and after a change here."""
    _cache.drop()


def _read() -> Offer:
    loads = list(
        ManifestVersion.objects.order_by("number").values_list(
            "number", "loaded_at", "starting_plan", "starting_version"
        )
    )
    if not loads:
        return EMPTY
    rows = list(OfferItem.objects.order_by("kind", "position", "key", "-version"))
    present = [row for row in rows if row.removed_at is None]
    meters = [MeterItem(row.id, _entry(row, Meter), row.removed_at) for row in rows if row.kind == "meter"]
    in_force = ManifestVersion.objects.order_by("-number").values_list("canonical__product", "canonical__sections")
    product, sections = in_force[:1].get()
    return Offer(
        number=loads[-1][0],
        product=product_from_json(product),
        section_features=MappingProxyType(
            {each["key"]: each["feature"] for each in sections or () if each.get("feature")}
        ),
        features=_by_key(_entry(row, Feature) for row in present if row.kind == "feature"),
        meters=MappingProxyType({item.meter.key: item for item in meters if item.removed_at is None}),
        services=_by_key(_entry(row, ManagedService) for row in present if row.kind == "managed_service"),
        signals=_by_key(_entry(row, Signal) for row in present if row.kind == "signal"),
        signal_ids=MappingProxyType({row.key: row.id for row in present if row.kind == "signal"}),
        every_meter=tuple(meters),
        every_plan=tuple(PlanItem(row.id, _entry(row, Plan), row.removed_at) for row in rows if row.kind == "plan"),
        every_add_on=tuple(
            AddOnItem(row.id, _entry(row, AddOn), row.removed_at) for row in rows if row.kind == "add_on"
        ),
        starting=tuple(Starting(at, (plan, version) if plan else None) for _, at, plan, version in loads),
    )


def _entry(row: OfferItem, made: type[E]) -> E:
    return entry_from_json(row.kind, row.terms, made)


def _by_key(entries: Iterable[K]) -> MappingProxyType[str, K]:
    return MappingProxyType({entry.key: entry for entry in entries})
