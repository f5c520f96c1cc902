"""How much money may go back to a payer, and from where it goes: what is paid ahead first, then what invoices were paid.

Pure. Laws (tests/core/test_refunding.py): no more goes back by a transfer than stands there; of an invoice no more than came in for it by
the bank and has not gone back; the parts add up to what went; what is taken back leaves the balances as they were, where nothing was paid
meanwhile. What a processor gives back, or a bank takes, is owed on no invoice beyond what that is paid, and `beyond` only once nothing
of them is paid any more: it went back twice. Where of each payment no more goes back than it brought in, nothing does, in whatever order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class TooMuchGoesBack(ValueError):
    """More than there is; `most` is what there is."""

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most}")
        self.most = most


@dataclass(frozen=True, slots=True)
class There:
    """What may go back, in minor units of one currency: `ahead` is what the payer has paid ahead. Of an invoice `paid` is what it is
    paid at present, `received` what came in for it by the bank, `returned` what of that has gone back; without one all are nothing.
    """

    ahead: int
    paid: int = 0
    received: int = 0
    returned: int = 0
    of_invoice: bool = False

    @property
    def most(self) -> int:
        """What may go back at most; never below nothing."""
        if not self.of_invoice:
            return max(self.ahead, 0)
        return max(min(self.received - self.returned, self.ahead + self.paid), 0)


@dataclass(frozen=True, slots=True)
class Parts:
    """Of what goes back `ahead` is taken from what was paid ahead, and `owed` is owed again on the invoice."""

    ahead: int
    owed: int


def parts_of(minor: int, there: There) -> Parts:
    """Where `minor` (above nothing) comes from. Raises TooMuchGoesBack."""
    if minor <= 0:
        raise ValueError("what goes back is above nothing")
    if minor > there.most:
        raise TooMuchGoesBack(there.most)
    ahead = min(minor, there.ahead)
    return Parts(ahead, minor - ahead)


@dataclass(frozen=True, slots=True)
class Gone:
    """Of what went back: taken from what was `ahead`, owed again on each invoice (`owed`, in their order), and on none (`beyond`)."""

    ahead: int
    owed: tuple[int, ...]
    beyond: int


def gone(minor: int, *, ahead: int, paid: Sequence[int]) -> Gone:
    """Where `minor` comes from that went back and that nobody asked us about: `ahead` is paid ahead, `paid` is what invoices were paid
    of that money, in the order in which they are owed again.
    """
    from_ahead = min(minor, max(ahead, 0))
    left, owed = minor - from_ahead, []
    for each in paid:
        owed.append(min(left, max(each, 0)))
        left -= owed[-1]
    return Gone(from_ahead, tuple(owed), left)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a payer's money stands for, in minor units of one currency: `ahead` is paid ahead; of each invoice `paid` is what it is paid,
    in the order in which they are owed again, and `own` what came for it, less what of that went back.
    """

    ahead: int
    paid: Mapping[str, int]
    own: Mapping[str, int]

    def others(self, of: str) -> Mapping[str, int]:
        """The other invoices as far as they are paid beyond what came for them: of what was paid ahead, whatever had brought that. Also
        an invoice whose own money went back from there is paid of it: who paid twice may have both back, in either order.
        """
        beyond = {ref: paid - max(self.own.get(ref, 0), 0) for ref, paid in self.paid.items() if ref != of}
        return {ref: minor for ref, minor in beyond.items() if minor > 0}

    def without(self, minor: int, of: str) -> tuple[Gone, Standing]:
        """Where `minor` comes from of a payment of the invoice `of` (empty: of none), and what stands then: its parts are owed on that
        one, and on `others`.
        """
        refs = (of, *self.others(of))
        found = gone(minor, ahead=self.ahead, paid=[self.paid.get(of, 0), *self.others(of).values()])
        parts = dict(zip(refs, found.owed, strict=True))
        paid = {ref: each - parts.get(ref, 0) for ref, each in self.paid.items()}
        return found, Standing(self.ahead - found.ahead, paid, {**self.own, of: self.own.get(of, 0) - minor})


def parts_after_all(parts: Parts, *, open_minor: int) -> Parts:
    """Where it goes when it did not go after all: what was owed again is paid again as far as it is still open, the rest is paid ahead."""
    paid = min(parts.owed, max(open_minor, 0))
    return Parts(parts.ahead + parts.owed - paid, paid)
