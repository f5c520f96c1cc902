"""Rules for logging in: the strictest wins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.access import Access, AccessRules, resolve

rules = st.builds(AccessRules, team=st.booleans(), below=st.booleans(), no_mailed_codes=st.booleans())
chains = st.lists(rules, max_size=4)


def at_least_as_strict(one: Access, other: Access) -> bool:
    return one.second_factor >= other.second_factor and one.mailed_codes <= other.mailed_codes


@given(rules, chains, rules)
def test_a_rule_more_never_loosens(own: AccessRules, above: list[AccessRules], more: AccessRules) -> None:
    assert at_least_as_strict(resolve(own, [*above, more]), resolve(own, above))


@given(rules, chains)
def test_the_order_above_does_not_matter(own: AccessRules, above: list[AccessRules]) -> None:
    assert resolve(own, above) == resolve(own, above[::-1])


@given(chains)
def test_what_is_said_of_those_below_does_not_bind_ones_own(above: list[AccessRules]) -> None:
    assert resolve(AccessRules(below=True), above) == resolve(AccessRules(), above)


def test_nothing_said_demands_nothing() -> None:
    assert resolve(AccessRules(), []) == Access(second_factor=False, mailed_codes=True)
    assert resolve(AccessRules(), [AccessRules(team=True)]) == Access(second_factor=False, mailed_codes=True)
    assert resolve(AccessRules(), [AccessRules(below=True)]) == Access(second_factor=True, mailed_codes=True)
    assert resolve(AccessRules(team=True, no_mailed_codes=True), []) == Access(second_factor=True, mailed_codes=False)
