"""Who may still draw how much from a pool: vendor's pool → reseller → client → collaborator.

A pool has a size; shares draw from it. Each share has a *reserve* that nobody else can use up, and may have a *cap* beyond
which it draws nothing. What no reserve holds back is for whoever comes first. A share of one pool may be a pool of its own
for those below: what they draw is drawn from every pool on the way up.

*Oversell* says how far the caps may add up beyond the size: 100 (percent) not at all, 300 three times, None without end.
Overselling promises more than there is in the hope that not everybody comes; it never lets more be drawn than there is.

Laws (tests/core/test_cascade.py):

* whatever is drawn within `room`, in whatever order, a pool never gives more than its size, and never what another's reserve
  holds back;
* an unused reserve can always be drawn whole;
* room down a chain is never more than at any pool on the way;
* reserves never add up to more than the size;
* who asks for no more than it has is never refused, however little the pool has become.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

#: Codes of what is refused.
RESERVES, CAPS, CAP_BELOW_RESERVE, BELOW_NOTHING = (
    "more-than-there-is",
    "oversold",
    "cap-below-reserve",
    "below-nothing",
)


@dataclass(frozen=True, slots=True)
class Share:
    """What one below the pool may draw; `cap` None: as much as there is. Quantities are steps of the meter."""

    reserve: int = 0
    cap: int | None = None
    used: int = 0


@dataclass(frozen=True, slots=True)
class Pool:
    """`size` steps, and who draws from it. `oversell` in percent of the size; None: caps are not added up."""

    size: int
    shares: Mapping[str, Share] = field(default_factory=dict)
    oversell: int | None = None

    @property
    def held(self) -> int:
        """What is used or held back."""
        return sum(max(share.reserve, share.used) for share in self.shares.values())

    @property
    def free(self) -> int:
        """What is neither; below 0 where more was used than there is."""
        return self.size - self.held


def room(pool: Pool, key: str) -> int:
    """How many steps more `key` may draw. Nobody who has no share draws."""
    share = pool.shares.get(key)
    if share is None:
        return 0
    own = max(0, share.reserve - share.used)
    left = own + max(0, pool.free)
    return left if share.cap is None else max(0, min(left, share.cap - share.used))


def room_down(chain: Sequence[tuple[Pool, str]]) -> int | None:
    """How many steps the last of a chain may draw: each pair is a pool and the key that draws from it; None: no pool."""
    return min((room(pool, key) for pool, key in chain), default=None)


def draw(pool: Pool, key: str, quantity: int) -> Pool:
    """The pool after `key` drew so much. Raises ValueError for more than its room; below 0 gives back."""
    if quantity > room(pool, key) and quantity > 0:
        raise ValueError("more than there is room for")
    share = pool.shares[key]
    return replace(pool, shares={**pool.shares, key: replace(share, used=share.used + quantity)})


def as_promised(pool: Pool, named: Collection[str]) -> Pool:
    """The pool as far as anything was promised of it: of whoever is not `named`, and so has no share of its own, counts what
    it has used."""
    shares = {key: each if key in named else replace(each, cap=each.used) for key, each in pool.shares.items()}
    return replace(pool, shares=shares)


def refuse_share(pool: Pool, key: str, wanted: Share | None, *, before: Share | None = None) -> str | None:
    """Why `key` cannot have that share (None: none at all any more), as a code; None when it can.

    `before`: the share that it has, of which it may always ask less.
    """
    if wanted is None:
        return None
    if wanted.reserve < 0 or (wanted.cap is not None and wanted.cap < 0):
        return BELOW_NOTHING
    if wanted.cap is not None and wanted.cap < wanted.reserve:
        return CAP_BELOW_RESERVE
    others = [share for name, share in pool.shares.items() if name != key]
    held = sum(max(share.reserve, share.used) for share in others)
    if wanted.reserve > (0 if before is None else before.reserve) and wanted.reserve + held > pool.size:
        return RESERVES
    wider = before is None or (before.cap is not None and (wanted.cap is None or wanted.cap > before.cap))
    return refuse_caps(replace(pool, shares={**pool.shares, key: wanted})) if wider else None


def refuse_caps(pool: Pool) -> str | None:
    """Why the upper limits cannot all be promised, as a code; None when they can."""
    if pool.oversell is None:
        return None
    # A share without a cap may take all there is: it counts as much.
    caps = sum(pool.size if share.cap is None else share.cap for share in pool.shares.values())
    return CAPS if caps * 100 > pool.size * pool.oversell else None


def refuse_size(pool: Pool, size: int) -> str | None:
    """Why a pool cannot be of that size, as a code; None when it can: reserves that were promised stay whole."""
    if size < 0:
        return BELOW_NOTHING
    if sum(share.reserve for share in pool.shares.values()) > size:
        return RESERVES
    return None
