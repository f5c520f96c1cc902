"""The company log-in by the API: the same as on the page."""

from __future__ import annotations

from sublet.people.models import CompanyLogIn
from tests.people import World
from tests.portals.api.caller import Caller


def test_it_is_set_shown_without_its_secret_and_removed(world: World, carl: Caller, rosa: Caller) -> None:
    wanted = {"issuer": "https://login.example", "client_id": "us", "client_secret": "never shown", "on": True}
    shown = carl.put("/account/company-log-in", wanted)
    assert (shown["issuer"], shown["has_secret"], shown["on"], shown["only"]) == (
        "https://login.example",
        True,
        True,
        False,
    )
    assert "never shown" not in str(shown.body)
    assert carl.put("/account/company-log-in", {**wanted, "client_secret": None})["has_secret"]
    assert not rosa.get("/account/company-log-in")["issuer"]
    for wrong in ({"issuer": "http://login.example"}, {"client_id": "a b"}, {"domains": ["x"]}, {"only": True}):
        assert carl.put("/account/company-log-in", {**wanted, **wrong}).status == 422
    assert CompanyLogIn.unscoped.get().account_id == world.carl.id
    carl.delete("/account/company-log-in")
    assert not CompanyLogIn.unscoped.exists()
