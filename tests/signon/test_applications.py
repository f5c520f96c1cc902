"""Registering applications: by the vendor alone, the secret once, each address looked at."""

from __future__ import annotations

import pytest

from sublet.foundation.errors import Forbidden, NotFound
from sublet.signon import operations, queries
from sublet.signon.models import Application
from tests.people import AT, VENDOR_HOST, World
from tests.signon import CALLBACK, register


def test_the_page_registers_shows_the_secret_once_and_changes(world: World) -> None:
    browser = world.browser("vera", host=VENDOR_HOST)
    home = f"/vendor/{world.vendor.ref}/applications/"
    assert "No applications yet" in browser.get(home).content.decode()
    assert browser.get(home + "new/").status_code == 200
    form = {"name": "Planner", "redirect_addresses": f"{CALLBACK}\nhttps://app.example/back"}
    page = browser.post(home + "new/", form).content.decode()
    row = Application.unscoped.get()
    assert row.ref in page
    assert "as_" in page
    assert row.redirect_addresses == [CALLBACK, "https://app.example/back"]
    one = f"{home}{row.ref}/"
    assert "as_" not in browser.get(one).content.decode()
    assert "Planner" in browser.get(home).content.decode()
    wrong = browser.post(one, form | {"notice_address": "http://inside.example/"})
    assert wrong.status_code == 422
    assert "no address that can be used" in wrong.content.decode()
    assert browser.post(one, form | {"name": "Diary"}).status_code == 302
    secret = row.secret_hash
    assert browser.post(one + "secret/").status_code == 200
    row.refresh_from_db()
    assert (row.name, row.secret_hash != secret) == ("Diary", True)
    assert browser.post(one + "remove/").status_code == 302
    assert browser.get(one).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "app.example/back",
        "http://app.example/back",
        "https://{account}.example/back",
        "https://app.example/{language}",
        "https://app.example/a/../b",
        "https://app.example/back#part",
        "https://app.example/b ack",
        "https://*.example/back",
        "javascript:alert(1)",
        "https://" + "a" * 500,
    ],
)
def test_an_address_that_could_lead_elsewhere_is_refused(world: World, address: str) -> None:
    with pytest.raises(operations.CannotRegisterApplication):
        register(world, redirect_addresses=[address])


def test_only_the_vendor_registers(world: World) -> None:
    program = register(world)
    for person in ("rosa", "carl", "dora"):
        with world.scope(person) as actor:
            with pytest.raises(Forbidden):
                operations.register_application(name="X", redirect_addresses=[CALLBACK], actor=actor, at=AT)
            with pytest.raises((Forbidden, NotFound)):
                queries.application(actor, program.ref)


def test_an_old_secret_works_no_more(world: World) -> None:
    program = register(world)
    with world.scope("vera") as actor:
        made = operations.renew_application_secret(application_ref=program.ref, actor=actor, at=AT)
    assert queries.proved_application(program.ref, program.secret) is None
    assert queries.proved_application(program.ref, made.secret) is not None
