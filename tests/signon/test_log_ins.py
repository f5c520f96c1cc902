"""What somebody has signed on to ends with the very log-in in which it did, wherever that is ended."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.people.models import LogIn
from sublet.signon.models import SignOn
from tests.people import CARL_HOST, PASSWORD, World
from tests.signon import Program, register
from tests.signon.test_endings import Wire

pytestmark = pytest.mark.django_db
NOTICE = "https://{host}/app/logged-out"


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr("sublet.foundation.outbound.session", lambda: made)
    return made


def log_in(browser: Client, person: str = "carl") -> Client:
    form = {"email": f"{person}@example.test", "password": PASSWORD}
    assert browser.post("/login/", form, secure=True).status_code == 302
    return browser


def standing(program: Program, tokens: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the access token and the refresh token are still worth something; the refresh token is used up by it."""
    info = program.userinfo(tokens["access_token"]).status_code == 200
    return info, program.refresh(tokens["refresh_token"]).status_code == 200


def test_a_log_in_ended_from_another_device_ends_its_sign_ons_and_no_other(world: World, wire: Wire) -> None:
    program = register(world, notice_address=NOTICE)
    lost, here = log_in(world.stranger(CARL_HOST)), log_in(world.stranger(CARL_HOST))
    there, mine = program.tokens(lost), program.tokens(here)
    [row] = LogIn.objects.filter(session_key=lost.session.session_key)
    assert program.userinfo(there["access_token"]).status_code == 200  # the control: it stood until then
    assert here.post(f"/me/security/log-ins/{row.ref}/end/", secure=True)["Location"] == "/me/security/"
    assert standing(program, there) == (False, False)
    assert standing(program, mine) == (True, True)
    run_due_jobs(at=now())
    [(_url, data)] = wire.sent
    assert program.claims(data["logout_token"])["sid"] == program.claims(there["id_token"])["sid"]
    assert [row.ended_by for row in SignOn.unscoped.order_by("id")] == ["access", ""]


def test_ending_all_others_ends_what_they_have_signed_on_to(world: World, wire: Wire) -> None:
    program = register(world, notice_address=NOTICE)
    there = program.tokens(log_in(world.stranger(CARL_HOST)))
    log_in(world.stranger(CARL_HOST)).post("/me/log-ins/end/", secure=True)
    assert standing(program, there) == (False, False)
    run_due_jobs(at=now())
    assert len(wire.sent) == 1


def test_the_product_logs_the_browser_out_and_the_list_says_so(world: World, wire: Wire) -> None:
    program = register(world)
    browser = log_in(world.stranger(CARL_HOST))
    tokens = program.tokens(browser)
    browser.get("/sign-on/end", {"id_token_hint": tokens["id_token"]}, secure=True)
    assert LogIn.objects.get().ended_at is not None
    assert standing(program, tokens) == (False, False)


def test_somebody_else_who_logs_in_there_ends_what_the_first_had_signed_on_to(world: World, wire: Wire) -> None:
    program = register(world, notice_address=NOTICE)
    browser = log_in(world.stranger(CARL_HOST))
    tokens = program.tokens(browser)
    log_in(browser)  # the same person once more: it goes on
    assert program.userinfo(tokens["access_token"]).status_code == 200
    log_in(browser, "cleo")
    assert standing(program, tokens) == (False, False)
    run_due_jobs(at=now())
    assert len(wire.sent) == 1
    assert LogIn.objects.filter(user=world.users["carl"], ended_at__isnull=True).count() == 0


def test_logging_out_ends_what_earlier_log_ins_of_the_same_browser_signed_on_to(world: World, wire: Wire) -> None:
    program = register(world)
    browser = log_in(world.stranger(CARL_HOST))
    first = program.tokens(browser)
    log_in(browser)
    second = program.tokens(browser)
    browser.post("/logout/", secure=True)
    assert standing(program, first) == standing(program, second) == (False, False)
