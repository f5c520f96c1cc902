"""A discount on the total of an invoice, and each line's share of it.

Pure. Laws (tests/core/test_discounts.py): shares add up to the discount; each is off its exact share by less than one minor unit;
lines that are credits bear theirs with the other sign; no discount, no shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from sublet.core.money import exact, rounded


def off_the_total(minors: Sequence[int], percent: Decimal) -> tuple[int, ...]:
    """`percent` off the sum, rounded once (half up), shared over the lines by largest remainder; equal ones to the earlier.

    `minors` are in minor units; what is returned is what each line bears, positive where a line is.
    """
    if not percent:
        return (0,) * len(minors)
    whole = exact(percent) / 100
    wanted = [whole * minor for minor in minors]
    shares = [share.numerator // share.denominator for share in wanted]  # downwards, also below nothing
    left = rounded(sum(wanted, Fraction(0))) - sum(shares)
    by_remainder = sorted(range(len(minors)), key=lambda place: (shares[place] - wanted[place], place))
    for place in by_remainder[:left]:
        shares[place] += 1
    return tuple(shares)
