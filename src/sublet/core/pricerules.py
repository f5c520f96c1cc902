"""Words about retail prices, laid out by what they are about. Pure; its law is among those of `core.pricebook`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sublet.core.usekeys import parts_of

if TYPE_CHECKING:
    from sublet.core.pricebook import Rule


@dataclass(frozen=True, slots=True)
class Rules:
    """Words about retail prices, laid out by what they are about: what a reseller says to all its clients stands once for them."""

    said: tuple[Rule, ...] = ()
    _by_kind: Mapping[str, Sequence[Rule]] = field(init=False, repr=False, compare=False)
    _by_thing: Mapping[tuple[str, str], Sequence[Rule]] = field(init=False, repr=False, compare=False)
    _meters: Mapping[tuple[str, str], Sequence[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_kind: dict[str, list[Rule]] = {}
        by_thing: dict[tuple[str, str], list[Rule]] = {}
        meters: dict[tuple[str, str], list[str]] = {}
        for each in self.said:
            by_kind.setdefault(each.kind, []).append(each)
            by_thing.setdefault((each.kind, each.key), []).append(each)
            meter, of = parts_of(each.key)
            if meter and each.price is not None:
                meters.setdefault((each.kind, of), []).append(meter)
        object.__setattr__(self, "_by_kind", by_kind)
        object.__setattr__(self, "_by_thing", by_thing)
        object.__setattr__(self, "_meters", meters)

    def of_kind(self, kind: str) -> Sequence[Rule]:
        """About things of that kind, in the order in which they were given."""
        return self._by_kind.get(kind, ())

    def about(self, kind: str, key: str) -> Sequence[Rule]:
        """About that thing by its name. With an empty key: about whatever is of that kind."""
        return self._by_thing.get((kind, key), ())

    def meters(self, kind: str, key: str) -> Sequence[str]:
        """Those by which a price of that plan or add-on is said, once for each word."""
        return self._meters.get((kind, key), ())


NO_RULES: Final = Rules()
