"""Guessing by the hundred: who goes on after being told to wait costs nothing, and nobody else notices."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from sublet.foundation.clock import now
from sublet.people.operations.throttle import _READ_BY_THEN, LOG_IN_BY_ADDRESS
from tests.people import PASSWORD, World

FLOODER = "203.0.113.9"


def guess(world: World, number: int, *, address: str = FLOODER, password: str = "wrong") -> HttpResponse:
    return world.stranger().post(
        "/login/", {"email": f"nobody{number}@example.test", "password": password}, REMOTE_ADDR=address
    )  # type: ignore[return-value]  # the test client's


@pytest.fixture
def flooded(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Fifty wrong passwords from one address, and as many again as a person would try after being told to wait."""
    # The name in the package is that of the function; scrypt is slow.
    monkeypatch.setattr(sys.modules["sublet.people.operations.sign_in"], "make_password", lambda _password: None)
    for number in range(LOG_IN_BY_ADDRESS.most):
        assert guess(world, number).status_code == 422
    for number in range(_READ_BY_THEN + 1):
        answer = guess(world, number)
        assert answer.status_code == 429
        assert answer["Content-Type"].startswith("text/html")  # the page, in the host's brand
    return world


def test_who_goes_on_gets_a_line_of_text_and_asks_the_database_nothing(flooded: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = guess(flooded, 1)

    assert answer.status_code == 429
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == "Too many attempts. Try again in 15 minutes.\n"
    assert 0 < int(answer["Retry-After"]) <= LOG_IN_BY_ADDRESS.seconds
    assert answer["Cache-Control"] == "no-store"
    assert len(asked) == 0


def test_it_is_said_in_the_language_of_the_browser(flooded: World) -> None:
    answer = flooded.stranger().post("/login/", REMOTE_ADDR=FLOODER, headers={"accept-language": "it"})

    assert answer.content.decode() == "Troppi tentativi. Riprovare tra 15 minuti.\n"


def test_others_and_other_pages_do_not_notice(flooded: World) -> None:
    assert flooded.stranger().get("/login/", REMOTE_ADDR=FLOODER).status_code == 200
    assert flooded.stranger().post("/forgotten/", {"email": "x@example.test"}, REMOTE_ADDR=FLOODER).status_code == 200
    right = {"email": "rosa@example.test", "password": PASSWORD}
    assert flooded.stranger().post("/login/", right, REMOTE_ADDR="203.0.113.10").status_code == 302
    assert flooded.stranger().post("/login/", right, REMOTE_ADDR=FLOODER).status_code == 429


def test_it_is_over_when_the_time_is(flooded: World) -> None:
    with time_machine.travel(now() + timedelta(seconds=LOG_IN_BY_ADDRESS.seconds + 1), tick=False):
        assert guess(flooded, 1).status_code == 422
