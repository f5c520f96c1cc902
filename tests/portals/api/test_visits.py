"""Visits by program: what was decided about them."""

from __future__ import annotations

from tests.people import World
from tests.portals.api.caller import Caller


def test_programs_decide_about_visits_as_pages_do(world: World, rosa: Caller, carl: Caller, vera: Caller) -> None:
    assert rosa.get("/account/visits")["staff_may_visit"] is True
    off = rosa.put("/account/visits/allowed", {"staff_may_visit": False})
    assert (off.status, off["staff_may_visit"], off["mail_notice"]) == (200, False, None)
    assert carl.get("/account/visits")["off_above"] is True
    assert vera.put("/account/visits/allowed", {"staff_may_visit": True})["off_above"] is False
    told = carl.put("/account/visits/notice", {"mail_notice": True})
    assert (told["staff_may_visit"], told["mail_notice"]) == (None, True)
    assert carl.put("/account/visits/allowed", {"staff_may_visit": True}).status == 404  # not on a client’s host
    assert rosa.put("/account/visits/notice", {"mail_notice": True}).status == 403
