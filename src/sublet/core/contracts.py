"""What a reseller and its client are bound to: for how long, when it renews, and with which day notice ends it.

Pure: days where the account is. Laws (tests/core/test_pricebook.py): terms tile the days from the first on; an end is never before
the earliest that notice given that day allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sublet.core.periods import plus_months
from sublet.core.pricing import Price

TERM, MAINTENANCE, COMMITMENT = "term", "maintenance", "commitment"
CONTRACTS: Final = (TERM, MAINTENANCE, COMMITMENT)


@dataclass(frozen=True, slots=True)
class Contract:
    """What reseller and client are bound to from `first_day` on for so many months, and then for `renew_months` again and again
    (0: it ends) until somebody gives notice `notice_days` before an end. `last_day`: the end that was given notice of.

    A maintenance contract has a `price` of its own; a commitment's is what the client spends at least by that interval; a term
    binds the plan, whose price stands elsewhere.
    """

    ref: str
    kind: str
    name: str
    first_day: date
    months: int
    renew_months: int
    notice_days: int
    price: Price | None = None
    last_day: date | None = None

    @property
    def over_with(self) -> date | None:
        """The last day that it has: of what does not renew the term's, of what notice was given that of the notice if it is
        before; None: it goes on. What is asked for after it would be asked for nothing."""
        if self.renew_months:
            return self.last_day
        end = plus_months(self.first_day, self.months) - timedelta(days=1)
        return end if self.last_day is None else min(self.last_day, end)

    def end_after(self, day: date) -> date | None:
        """The last day of the term that runs on that day; None when it is over by then or renews for ever without a term."""
        end = plus_months(self.first_day, self.months) - timedelta(days=1)
        turns = 0
        while end < day:
            if not self.renew_months:
                return None
            turns += 1
            end = plus_months(self.first_day, self.months + turns * self.renew_months) - timedelta(days=1)
        return end

    def earliest_end(self, day: date) -> date | None:
        """The last day of the contract if notice is given on that day; None when it has ended by then."""
        if not self.renew_months:
            return self.end_after(day)
        # The notice may be longer than a renewal, and then reaches over the terms that begin meanwhile.
        return self.end_after(day + timedelta(days=self.notice_days))

    def runs_on(self, day: date) -> bool:
        """Whether both are bound on that day."""
        return self.first_day <= day and (self.over_with is None or day <= self.over_with)
