"""What the host product is told of a visit, and the banner in the demo's stand-in for it (S2)."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from sublet.foundation.scope import platform_scope
from sublet.people import operations, queries
from sublet.people.models import Impersonation
from tests.people import AT, ROSA_HOST, World
from tests.people.test_impersonation import HERE, begin

pytestmark = pytest.mark.django_db


def test_the_facts_of_a_visit_name_both_and_the_way_back(world: World) -> None:
    begun = begin(world)
    facts = queries.visit_facts(impersonation_ref=begun.impersonation_ref, at=AT)
    assert facts is not None
    assert facts.back_url.endswith(f"/as/{begun.impersonation_ref}/client/{world.elan.ref}/")
    assert ROSA_HOST in facts.back_url
    assert dataclasses.replace(facts, back_url="") == queries.VisitFacts(
        ref=begun.impersonation_ref,
        mode="reseller",
        impersonator_ref=world.users["rosa"].ref,
        impersonator="Rosa Ricci",
        acting_as="Rosa Web Studio",
        account_ref=world.elan.ref,
        account_name=world.elan.name,
        ends_at=AT + timedelta(minutes=30),
        back_url="",
    )


@pytest.mark.parametrize("how", ["ended", "idle", "off", "epoch", "rubbish"])
def test_there_are_none_once_it_is_over(world: World, how: str) -> None:
    ref, at = begin(world).impersonation_ref, AT
    if how == "ended":
        with platform_scope("test"):
            operations.end_impersonation(impersonation_ref=ref, session_hash=HERE, host=ROSA_HOST, at=AT)
    elif how == "idle":
        at = AT + timedelta(minutes=30)
    elif how == "off":
        with world.scope("rosa") as actor:
            operations.let_staff_visit(allowed=False, actor=actor, at=AT)
    elif how == "epoch":
        Impersonation.unscoped.update(staff_epoch=9)
    else:
        ref = "ims_\x00"
    assert queries.visit_facts(impersonation_ref=ref, at=at) is None
