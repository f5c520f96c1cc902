"""Rules for logging in by the API: the same as on the page."""

from __future__ import annotations

from sublet.people.models import AccessPolicy
from tests.people import World
from tests.portals.api.caller import Caller


def test_rules_are_read_and_changed_by_field(world: World, rosa: Caller, carl: Caller) -> None:
    assert rosa.get("/account/log-in-rules").body == {
        "team": False,
        "below": False,
        "no_mailed_codes": False,
        "second_factor": False,
        "mailed_codes": True,
        "people": 3,
        "people_without": 3,
    }
    rosa.patch("/account/log-in-rules", {"below": True})
    changed = rosa.patch("/account/log-in-rules", {"no_mailed_codes": True})
    assert (changed["team"], changed["below"], changed["no_mailed_codes"]) == (False, True, True)
    found = carl.get("/account/log-in-rules")  # a key is no person: it goes on working
    assert (found["below"], found["second_factor"], found["mailed_codes"]) == (False, True, False)
    assert AccessPolicy.unscoped.get().account_id == world.rosa.id
