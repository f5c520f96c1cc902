"""What goes back by a transfer: never more than there is, and from where it is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.refunding import Gone, Parts, Standing, There, TooMuchGoesBack, gone, parts_after_all, parts_of

MINOR = st.integers(0, 10_000)
THERE = st.builds(There, ahead=MINOR, paid=MINOR, received=MINOR, returned=MINOR, of_invoice=st.booleans())


@pytest.mark.parametrize(
    ("minor", "there", "parts"),
    [
        (500, There(ahead=500), Parts(500, 0)),
        (2900, There(0, paid=2900, received=2900, of_invoice=True), Parts(0, 2900)),
        # 34.00 came for 29.00: the surplus goes first.
        (1000, There(500, paid=2900, received=3400, of_invoice=True), Parts(500, 500)),
        # It was credited meanwhile: all of it is paid ahead.
        (2900, There(2900, paid=0, received=2900, of_invoice=True), Parts(2900, 0)),
    ],
)
def test_what_is_paid_ahead_goes_first(minor: int, there: There, parts: Parts) -> None:
    assert parts_of(minor, there) == parts


@pytest.mark.parametrize(
    ("there", "most"),
    [
        (There(ahead=500), 500),
        (There(500, paid=2900), 500),  # no invoice is named
        (There(0, paid=2900, received=900, of_invoice=True), 900),  # a card paid the rest
        (There(0, paid=2900, received=2900, returned=2000, of_invoice=True), 900),
        (There(0, paid=0, received=2900, of_invoice=True), 0),  # what was paid ahead by it has paid another one
    ],
)
def test_no_more_goes_back_than_there_is(there: There, most: int) -> None:
    with pytest.raises(TooMuchGoesBack) as refused:
        parts_of(most + 1, there)
    assert (refused.value.most, there.most) == (most, most)


@pytest.mark.parametrize("minor", [0, -5])
def test_nothing_is_nothing_to_give_back(minor: int) -> None:
    with pytest.raises(ValueError, match="above nothing"):
        parts_of(minor, There(ahead=500))


@given(there=THERE, share=st.fractions(0, 1), meanwhile=MINOR)
def test_the_parts_add_up_and_can_be_taken_back(there: There, share: object, meanwhile: int) -> None:
    minor = int(there.most * share)  # type: ignore[operator]  # a fraction
    if not minor:
        return
    parts = parts_of(minor, there)
    assert parts.ahead + parts.owed == minor
    assert 0 <= parts.ahead <= there.ahead
    assert parts.owed == 0 or (there.of_invoice and 0 <= parts.owed <= there.paid)
    assert parts_after_all(parts, open_minor=parts.owed) == parts
    after = parts_after_all(parts, open_minor=max(parts.owed - meanwhile, 0))
    assert after.ahead + after.owed == minor
    assert after.ahead >= parts.ahead


@pytest.mark.parametrize(
    ("minor", "ahead", "paid", "found"),
    [
        (500, 500, [2900], Gone(500, (0,), 0)),
        (700, 500, [2900], Gone(500, (200,), 0)),
        (3300, 0, [2900, 100, 900], Gone(0, (2900, 100, 300), 0)),
        (2900, 0, [0], Gone(0, (0,), 2900)),  # credited, and a transfer had given it back
        (2900, -500, [], Gone(0, (), 2900)),
    ],
)
def test_what_went_back_comes_from_what_there_was(minor: int, ahead: int, paid: list[int], found: Gone) -> None:
    assert gone(minor, ahead=ahead, paid=paid) == found


@given(minor=MINOR, ahead=st.integers(-10_000, 10_000), paid=st.lists(MINOR, max_size=5))
def test_what_went_back_is_owed_on_none_beyond_what_that_is_paid(minor: int, ahead: int, paid: list[int]) -> None:
    found = gone(minor, ahead=ahead, paid=paid)
    assert found.ahead + sum(found.owed) + found.beyond == minor
    assert len(found.owed) == len(paid)
    assert all(0 <= part <= most for part, most in zip(found.owed, paid, strict=True))
    assert 0 <= found.ahead <= max(ahead, 0)
    assert not found.beyond or (found.ahead, found.owed) == (max(ahead, 0), tuple(paid))
    assert not sum(found.owed) or found.ahead == max(ahead, 0)


def test_another_invoice_gives_only_what_was_paid_ahead_for_it() -> None:
    """A card has paid R-8 anew after what was paid ahead for it had gone back: it is paid of that card alone."""
    there = Standing(0, {"R-8": 5000, "R-9": 5000}, {"R-8": 5000, "R-9": 2000})
    assert there.others("R-7") == {"R-9": 3000}
    assert there.without(4000, "R-7")[0] == Gone(0, (0, 3000), 1000)


def test_two_payments_of_which_one_was_paid_ahead_go_back_in_either_order() -> None:
    """The first takes what is ahead; the other one's money then is what pays the first one's invoice."""
    there = Standing(5000, {"R-1": 5000}, {"R-1": 5000, "": 5000})
    for order in (("R-1", ""), ("", "R-1")):
        left, parts = there, []
        for of in order:
            found, left = left.without(5000, of)
            parts.append(found)
        assert [each.beyond for each in parts] == [0, 0]
        assert sum(sum(each.owed) for each in parts) == 5000


@given(data=st.data())
def test_of_payments_that_go_back_once_each_nothing_is_beyond(data: st.DataObject) -> None:
    """Invoices paid by their own payments, credited, overpaid, and paid from what is ahead; then all of it goes back, in any order."""
    dues = data.draw(st.lists(st.integers(1, 50), min_size=1, max_size=4))
    ahead, paid, own, payments = 0, {}, {}, []
    for number, due in enumerate(dues):
        ref = f"R-{number}"
        came = data.draw(st.integers(0, 80))
        if came:
            payments.append((ref, came))
        used = min(came, due)
        paid[ref], own[ref] = used, came
        ahead += came - used
        credited = data.draw(st.integers(0, used))
        paid[ref] -= credited
        ahead += credited
        more = data.draw(st.integers(0, min(ahead, due - credited - paid[ref])))
        paid[ref] += more
        ahead -= more
    free = data.draw(st.integers(0, 50))
    if free:
        payments.append(("", free))
        own[""], ahead = free, ahead + free
    left = Standing(ahead, paid, own)
    parts = [(ref, part) for ref, came in payments for part in (came // 2, came - came // 2) if part]
    for ref, part in data.draw(st.permutations(parts)):
        found, left = left.without(part, ref)
        assert found.beyond == 0
        assert left.ahead >= 0
        assert all(each >= 0 for each in left.paid.values())
    assert (left.ahead, sum(left.paid.values())) == (0, 0)
