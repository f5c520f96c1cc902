"""The pages of moves: what each side finds there, that nothing happens before the plan was seen, that others find nothing."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from sublet.accounts.models import Account
from sublet.foundation.clock import now
from sublet.moves import operations
from sublet.moves.models import Move
from tests.moves.steps import ask_attach, ask_merge, ask_transfer, code_of, transfer
from tests.people import World

pytestmark = pytest.mark.django_db


def page(browser: Client, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture(autouse=True)
def everybody_reads_english(world: World) -> None:
    """Remo's pages are Italian otherwise."""
    for user in world.users.values():
        user.language = "en"
        user.save(update_fields=["language"])


def parent_of(account: Account) -> int | None:
    return Account.unscoped.get(id=account.id).parent_id


def test_a_client_is_detached_after_its_plan_was_seen(world: World) -> None:
    rosa, client = world.browser("rosa"), f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/"
    assert "Move the client" in page(rosa, client)
    assert f"{client}move/detach/" in page(rosa, f"{client}move/")
    shown = page(rosa, f"{client}move/detach/")
    assert "Its people see “Vantage Apps” instead of “Rosa Web Studio”." in shown
    assert "1 access of the reseller" in shown
    assert "2 tags" in shown
    # Without the hidden word of the last button nothing happens.
    assert rosa.post(f"{client}move/detach/", {"reason": ""}).status_code == 200
    assert parent_of(world.carl) == world.rosa.id
    answer = rosa.post(f"{client}move/detach/", {"reason": "Goes", "sure": "1"}, follow=True)
    assert answer.redirect_chain == [(f"/reseller/{world.rosa.ref}/clients/", 302)]
    assert "The account is a direct account now." in answer.content.decode()
    assert parent_of(world.carl) == world.vendor.id
    page(rosa, f"{client}move/", 404)
    assert "Carl’s Kitchen" in page(rosa, f"/reseller/{world.rosa.ref}/former/")


def test_a_transfer_from_the_code_to_the_last_word(world: World) -> None:
    rosa, remo = world.browser("rosa"), world.browser("remo")
    moves = f"/reseller/{world.remo.ref}/moves/"
    assert remo.post(f"{moves}code/", follow=True).status_code == 200
    code = re.search(r"<code>([A-Z0-9-]{14})</code>", page(remo, moves))
    assert code is not None
    path = f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/move/transfer/"
    assert "The code of the other reseller" in page(rosa, path)
    wrong = rosa.post(path, {"code": "AAAA", "reason": ""})
    assert wrong.status_code == 409
    assert "This code names nobody" in wrong.content.decode()
    seen = rosa.post(path, {"code": code[1], "reason": "Nearer"})
    assert seen.status_code == 200
    assert "Remo Digital" in seen.content.decode()
    assert not Move.unscoped.exists()
    assert rosa.post(path, {"code": code[1], "reason": "Nearer", "sure": "1"}).status_code == 302
    move = Move.unscoped.get()
    assert "Still lacking: Remo Digital" in page(rosa, f"/reseller/{world.rosa.ref}/moves/")
    shown = page(remo, f"{moves}{move.ref}/")
    assert "Agree to move Carl’s Kitchen?" in shown
    assert "accesses of the reseller" not in shown  # what the other has there is not its affair
    assert remo.post(f"{moves}{move.ref}/agree/").status_code == 302
    assert parent_of(world.carl) == world.remo.id
    page(rosa, f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/", 404)
    assert "Done" in page(rosa, f"/reseller/{world.rosa.ref}/moves/")
    assert "Carl’s Kitchen" in page(world.browser("vera"), f"/vendor/{world.vendor.ref}/moves/")
    page(world.browser("vera"), f"/vendor/{world.vendor.ref}/moves/{move.ref}/")


def test_a_direct_account_joins_and_a_client_leaves(world: World) -> None:
    dora, rosa = world.browser("dora"), world.browser("rosa")
    path = f"/client/{world.dora.ref}/moves/"
    assert "Join a reseller" in page(dora, path)
    code = code_of(world, "rosa", now())
    assert "Rosa Web Studio" in dora.post(f"{path}join/", {"code": code, "reason": ""}).content.decode()
    assert dora.post(f"{path}join/", {"code": code, "reason": "", "sure": "1"}).status_code == 302
    move = Move.unscoped.get()
    assert rosa.post(f"/reseller/{world.rosa.ref}/moves/{move.ref}/agree/").status_code == 302
    assert parent_of(world.dora) == world.rosa.id
    # Now it comes in where its reseller's people do, and finds the way out.
    there = world.browser("dora", "rosa.localhost")
    assert f"{path}detach/" in page(there, path)
    assert "Its people see" in page(there, f"{path}detach/")
    assert there.post(f"{path}detach/", {"reason": "", "sure": "1"}).status_code == 302
    assert parent_of(world.dora) == world.vendor.id


def test_a_request_is_declined_or_taken_back(world: World) -> None:
    first = ask_transfer(world, at=now())
    assert world.browser("remo").post(f"/reseller/{world.remo.ref}/moves/{first}/decline/").status_code == 302
    second = ask_attach(world, "rosa", other="dora", at=now())
    assert "Agree" in page(world.browser("dora"), f"/client/{world.dora.ref}/moves/{second}/")
    assert world.browser("rosa").post(f"/reseller/{world.rosa.ref}/moves/{second}/take-back/").status_code == 302
    assert [row.state for row in Move.unscoped.order_by("id")] == ["declined", "taken-back"]


def test_two_owners_merge_on_their_pages(world: World) -> None:
    rosa = world.browser("rosa")
    path = f"/reseller/{world.rosa.ref}/moves/"
    code = code_of(world, "remo", now())
    shown = rosa.post(f"{path}merge/", {"code": code, "reason": ""}).content.decode()
    assert "3 clients" in shown
    assert rosa.post(f"{path}merge/", {"code": code, "reason": "", "sure": "1"}).status_code == 302
    move = Move.unscoped.get()
    assert "It is about 3 clients." in page(world.browser("remo"), f"/reseller/{world.remo.ref}/moves/{move.ref}/")
    assert world.browser("remo").post(f"/reseller/{world.remo.ref}/moves/{move.ref}/agree/").status_code == 302
    assert "Being carried out" in page(rosa, path)


def test_a_reseller_with_clients_is_told_why_it_stays_one(world: World) -> None:
    assert "This reseller still has clients" in page(world.browser("rosa"), f"/reseller/{world.rosa.ref}/moves/revert/")


def test_others_find_nothing(world: World) -> None:
    move = ask_transfer(world, at=now())
    for who, path, status in (
        ("carl", f"/client/{world.carl.ref}/moves/{move}/", 404),
        ("dora", f"/client/{world.dora.ref}/moves/{move}/", 404),
        ("nora", f"/client/{world.bakery.ref}/moves/{move}/", 404),
        ("rico", f"/reseller/{world.rosa.ref}/clients/{world.elan.ref}/move/", 404),
        ("ruth", f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/move/", 403),
        ("cleo", f"/client/{world.carl.ref}/moves/", 403),
        ("carl", f"/client/{world.carl.ref}/moves/join/", 404),
        ("dora", f"/client/{world.dora.ref}/moves/detach/", 404),
        ("sam", f"/reseller/{world.rosa.ref}/moves/", 404),
    ):
        page(world.browser(who), path, status)
    assert "Carl’s Kitchen" in page(world.browser("rico"), f"/reseller/{world.rosa.ref}/moves/")
    assert "Moves" in page(world.browser("carl"), f"/client/{world.carl.ref}/moves/")


def test_who_is_confined_reads_of_its_own_clients_only(world: World) -> None:
    ask_merge(world, now())
    assert "No moves yet" in page(world.browser("rico"), f"/reseller/{world.rosa.ref}/moves/")


def test_pages_stay_when_it_is_done(world: World) -> None:
    move = transfer(world)
    for who, account in (("rosa", world.rosa), ("remo", world.remo)):
        assert "Carl’s Kitchen" in page(world.browser(who), f"/reseller/{account.ref}/moves/{move}/")
    with world.scope("carl") as carl:
        assert operations is not None
        assert carl.account_id == world.carl.id
    assert "Carl’s Kitchen" in page(world.browser("carl"), f"/client/{world.carl.ref}/moves/{move}/")
