"""The words that stay hidden, through the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.people import World
from tests.portals.api.caller import Caller

pytestmark = pytest.mark.django_db


def test_programs_can_do_the_same(world: World, call: Callable[..., Caller]) -> None:
    vera = call("vera")
    made = vera.post("/hidden-words", {"text": "Old Name"}, headers={"Idempotency-Key": "h1"})
    assert made.status == 201
    assert [item["text"] for item in vera.get("/hidden-words")["items"]] == [
        "Vantage Apps", "Sublet", "vendor.localhost", "Old Name",
    ]  # fmt: skip
    assert vera.ask("DELETE", f"/hidden-words/{made['ref']}").status == 204
    assert call("rosa").ask("GET", "/hidden-words").status == 404  # nobody else learns that there is such a list
