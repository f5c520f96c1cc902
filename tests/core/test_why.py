"""What is said of a right is what is enforced: the level of an explanation is always that of `core.rights`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core.matrix import OWNER_IN_PERSON
from sublet.core.rights import (
    CLIENT,
    FLOOR,
    KINDS,
    PRODUCT_PREFIX,
    Level,
    Rights,
    acting_as_collaborator,
    acting_as_reseller,
    effective,
)
from sublet.core.why import Reason, explain, explain_visit
from tests.core.test_rights import PRODUCT, SECTIONS, anything, keys, levels

some_products = st.lists(st.sampled_from(PRODUCT), unique=True)
caps = st.lists(st.builds(Reason, st.sampled_from(["grant", "plan", "state"]), levels), max_size=3)
withdrawals = st.dictionaries(st.sampled_from(SECTIONS), st.sampled_from([Level.NONE, Level.VIEW]), max_size=3)


@given(
    section=keys, kind=st.sampled_from(KINDS), is_owner=st.booleans(), ticked=anything, product=some_products,
    role=st.none() | anything, withdrawn=withdrawals, lowered=caps,
)  # fmt: skip
def test_an_explanation_says_what_is_enforced(
    section: str, kind: str, is_owner: bool, ticked: Rights, product: list[str], role: Rights | None,
    withdrawn: dict[str, Level], lowered: list[Reason],
) -> None:  # fmt: skip
    found = explain(
        section=section, kind=kind, is_owner=is_owner, ticked=ticked, product_sections=product, role=role,
        withdrawn=withdrawn, caps=lowered,
    )  # fmt: skip
    enforced = effective(kind=kind, is_owner=is_owner, ticked=ticked, product_sections=product).level(section)
    if kind == CLIENT and is_owner and section in OWNER_IN_PERSON:  # `Actor.may_in_person`
        enforced = Level.of(OWNER_IN_PERSON[section])
    assert found.level == min([enforced, *(cap.level for cap in lowered)])
    assert (found.decided_by, found.level) in {(reason.layer, reason.level) for reason in found.reasons}
    assert all(reason.level >= found.level for reason in found.reasons)


@given(
    section=keys, level=levels, own=anything, product=some_products, person=anything, reaches=st.booleans(), lowered=caps
)  # fmt: skip
def test_an_explanation_of_a_visit_says_what_is_enforced(
    section: str, level: Level, own: Rights, product: list[str], person: Rights, reaches: bool, lowered: list[Reason]
) -> None:
    most = min([Level.MANAGE if reaches else Level.NONE, *(cap.level for cap in lowered)])
    as_reseller = explain_visit(
        section=section, clients_level=level, own=own, product_sections=product, reaches=reaches, caps=lowered
    )
    enforced = acting_as_reseller(clients_level=level, own=own, product_sections=product)
    assert as_reseller.level == min(enforced.level(section), most)
    as_client = explain_visit(
        section=section,
        clients_level=level,
        own=own,
        product_sections=product,
        reaches=reaches,
        collaborator=person,
        caps=lowered,
    )
    assert as_client.level == min(acting_as_collaborator(rights=person, clients_level=level).level(section), most)


DESIGN = PRODUCT_PREFIX + "design"


@pytest.mark.parametrize(
    ("section", "is_owner", "words", "decided"),
    [
        ("team", True, {}, "owner"),
        ("billing", True, {}, "owner"),
        ("billing", False, {"billing": "manage"}, "floor"),
        ("subscription", True, {"subscription": "manage"}, "floor"),
        ("nonsense", True, {"nonsense": "manage"}, "not-offered"),
        (DESIGN, True, {}, "withdrawn"),
        (DESIGN, False, {DESIGN: "manage"}, "role"),
        ("product.content", False, {"product.content": "view"}, "ticked"),
        ("product.content", True, {}, "not-ticked"),
        ("team", False, {}, "not-ticked"),
    ],
)
def test_the_layer_that_decides_is_named(section: str, is_owner: bool, words: dict[str, str], decided: str) -> None:
    found = explain(
        section=section, kind=CLIENT, is_owner=is_owner, ticked=Rights.of(words), product_sections=PRODUCT,
        role=Rights.of({DESIGN: "manage"}), withdrawn={DESIGN: Level.NONE},
    )  # fmt: skip
    assert found.decided_by == decided


def test_the_floor_decides_before_a_tick_that_is_as_low() -> None:
    for section in FLOOR:
        found = explain(
            section=section, kind=CLIENT, is_owner=False, ticked=Rights.of({}), product_sections=(),
            caps=[Reason("grant", Level.NONE)],
        )  # fmt: skip
        assert [reason.layer for reason in found.reasons] == ["floor", "not-ticked", "grant"]
        assert found.decided_by == "floor"
