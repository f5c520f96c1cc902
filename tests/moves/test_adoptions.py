"""What the vendor offers to clients of a reseller that does not pay: accepted or declined by their owners, nothing lost."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from sublet.accounts.models import Account
from sublet.clientsettings.operations import set_up
from sublet.core.clientsettings import CLIENT_PAYS, PAID
from sublet.core.pricing import Price
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.moves import operations, queries
from sublet.moves.models import FormerClient, Move
from sublet.moves.operations import OFFERED_FOR, CannotMoveAccount, Offered
from sublet.people.models import Collaborator
from sublet.pricing.operations import set_retail_price
from sublet.subscriptions.operations import take_plan
from tests import factories
from tests.moves.steps import code_of
from tests.people import AT, World
from tests.portals.api.caller import make_caller
from tests.pricing import PLAN, flat, load


def limit(world: World, since: Any = AT) -> None:
    """Rosa can only read and pay."""
    with platform_scope("test"):
        Account.objects.filter(id=world.rosa.id).update(read_only_since=since)


def offer(world: World, *accounts: Account, code: str = "", at: Any = AT) -> Offered:
    with world.scope("vera") as vera:
        return operations.offer_adoption(
            reseller=world.rosa.ref, accounts=[each.ref for each in accounts or (world.carl,)], code=code,
            reason="Unpaid since January", actor=vera, at=at,
        )  # fmt: skip


def place_of(account: Account) -> tuple[str, int | None, str]:
    row = Account.unscoped.get(id=account.id)
    return row.kind, row.parent_id, row.ownership


def told(account: Account) -> list[str]:
    rows = JournalEntry.unscoped.filter(account_id=account.id).order_by("id")
    return [
        name
        for name in rows.values_list("event", flat=True)
        if name.startswith(("move.", "account.moved", "client.left"))
    ]


def mails(account: Account) -> list[tuple[str, str]]:
    rows = OutboxMail.unscoped.filter(template="move", account=account).order_by("created_at", "id")
    return list(rows.values_list("to_email", "subject"))


def test_its_owner_accepts_and_nothing_is_lost(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan=PLAN, actor=rosa, at=AT)
    limit(world)
    [ref] = offer(world).moves
    assert place_of(world.carl) == ("client", world.rosa.id, "reseller")  # nothing before its owner has accepted
    assert told(world.carl) == ["move.offered"]
    assert "move.offered" in told(world.rosa)
    [(to, subject)] = mails(world.carl)
    assert (to, subject) == ("carl@example.test", "Another place for Carl’s Kitchen")
    with world.scope("carl") as carl:
        shown = queries.move_of(carl, move_ref=ref, at=AT)
        assert (shown.may_answer, shown.lacking, shown.lapses_at) == (True, ("account",), AT + OFFERED_FOR)
        assert operations.agree(move_ref=ref, actor=carl, at=AT + timedelta(days=3)) is True
    assert place_of(world.carl) == ("direct", world.vendor.id, "client")
    row = Account.unscoped.get(id=world.carl.id)
    assert (row.ref, row.plan) == (world.carl.ref, PLAN)
    assert FormerClient.unscoped.get().name == "Carl’s Kitchen"
    assert told(world.carl) == ["move.offered", "move.agreed", "account.moved"]
    assert told(world.rosa)[-1] == "client.left"
    assert world.browser("carl", "vendor.localhost").get(f"/client/{world.carl.ref}/").status_code == 200


def test_another_reseller_takes_it_in_once_both_have_agreed(world: World) -> None:
    limit(world)
    [ref] = offer(world, code=code_of(world, "remo", AT)).moves
    with world.scope("carl") as carl:
        assert operations.agree(move_ref=ref, actor=carl, at=AT) is False
    assert place_of(world.carl)[1] == world.rosa.id
    with world.scope("remo") as remo:
        assert operations.agree(move_ref=ref, actor=remo, at=AT) is True
    assert place_of(world.carl) == ("client", world.remo.id, "client")  # its own from then on


def home(world: World, person: str, account: Account | None = None) -> str:
    account = account or world.carl
    return html.unescape(world.browser(person).get(f"/client/{account.ref}/").content.decode())


NOTICE = "You are offered another place"


def test_the_first_page_of_a_client_says_so_until_it_has_answered(world: World) -> None:
    limit(world)
    assert NOTICE not in home(world, "carl")
    [ref] = offer(world, code=code_of(world, "remo", now()), at=now()).moves
    page = home(world, "carl")
    assert NOTICE in page
    assert f"{world.remo.name} can do so instead" in page
    assert "You can answer until" in page
    assert f"/client/{world.carl.ref}/moves/{ref}/" in page
    assert world.vendor.name not in page  # whom a client never reads of
    assert NOTICE not in home(world, "dora", world.zorba)  # another's
    with world.scope("carl") as carl:
        operations.agree(move_ref=ref, actor=carl, at=now())
    assert NOTICE not in home(world, "carl")  # Remo's word is lacking, not Carl's


def test_an_offer_of_a_place_of_ones_own_is_on_the_first_page_for_those_who_read_moves(world: World) -> None:
    limit(world)
    [ref] = offer(world, at=now()).moves
    assert "a place of your own instead" in home(world, "carl")
    with platform_scope("test"):
        place = Collaborator.unscoped.filter(id=world.places["cleo"].id)
        place.update(rights_words={"settings": "view"})
    assert "The owner of this account can answer until" in home(world, "cleo")
    with platform_scope("test"):
        place.update(rights_words={})
    assert NOTICE not in home(world, "cleo")
    with world.scope("carl") as carl:
        assert queries.offer_waiting(carl, at=now() + OFFERED_FOR + timedelta(days=1)) is None  # it has run out
        operations.decline(move_ref=ref, actor=carl, at=now())
    assert NOTICE not in home(world, "carl")


def test_it_declines_and_stays_where_it_is(world: World) -> None:
    limit(world)
    [ref] = offer(world).moves
    with world.scope("carl") as carl:
        operations.decline(move_ref=ref, actor=carl, at=AT)
    assert place_of(world.carl)[1] == world.rosa.id
    assert Move.unscoped.get().state == "declined"
    [again] = offer(world).moves
    assert again != ref


def test_nobody_but_its_owner_answers(world: World) -> None:
    limit(world)
    [ref] = offer(world).moves
    for person in ("rosa", "remo", "dora"):
        with world.scope(person) as actor, pytest.raises((NotFound, CannotMoveAccount)):
            operations.agree(move_ref=ref, actor=actor, at=AT)
        with world.scope(person) as actor, pytest.raises((NotFound, CannotMoveAccount)):
            operations.decline(move_ref=ref, actor=actor, at=AT)
    with world.scope("cleo") as cleo, pytest.raises(Forbidden):
        operations.agree(move_ref=ref, actor=cleo, at=AT)
    assert Move.unscoped.get().state == "asked"


def test_a_reseller_that_pays_keeps_its_clients(world: World) -> None:
    assert offer(world).left_out == {world.carl.ref: "reseller-pays"}
    limit(world)
    [ref] = offer(world).moves
    limit(world, None)  # it has paid before the owner answered
    with world.scope("carl") as carl, pytest.raises(CannotMoveAccount) as refusal:
        operations.agree(move_ref=ref, actor=carl, at=AT)
    assert refusal.value.code == "reseller-pays"
    assert place_of(world.carl)[1] == world.rosa.id


def test_who_cannot_answer_is_left_out_and_named(world: World) -> None:
    limit(world)
    found = offer(world, world.carl, world.elan, world.bakery)
    assert len(found.moves) == 1
    assert found.left_out == {world.elan.ref: "nobody", world.bakery.ref: "not-a-client"}
    assert offer(world).left_out == {world.carl.ref: "moving"}


def test_only_the_vendor_offers_and_takes_back(world: World) -> None:
    limit(world)
    for person in ("rosa", "remo", "carl"):
        with world.scope(person) as actor, pytest.raises((NotFound, Forbidden)):
            operations.offer_adoption(reseller=world.rosa.ref, accounts=[world.carl.ref], actor=actor, at=AT)
    vera = world.actor("vera")
    looking = replace(vera, is_owner=False, rights=type(vera.rights).of({"accounts": "view"}))
    with actor_scope(looking), pytest.raises(Forbidden):
        operations.offer_adoption(reseller=world.rosa.ref, accounts=[world.carl.ref], actor=looking, at=AT)
    [ref] = offer(world).moves
    with world.scope("rosa") as rosa, pytest.raises(NotFound):
        operations.take_offer_back(move_ref=ref, actor=rosa, at=AT)
    with world.scope("vera") as vera:
        assert queries.move_of(vera, move_ref=ref, at=AT).may_take_back
        operations.take_offer_back(move_ref=ref, actor=vera, at=AT)
        with pytest.raises(CannotMoveAccount):
            operations.take_offer_back(move_ref=ref, actor=vera, at=AT)
    assert told(world.carl)[-1] == "move.taken_back"


def test_it_runs_out_after_thirty_days(world: World) -> None:
    limit(world)
    [ref] = offer(world).moves
    with world.scope("carl") as carl, pytest.raises(CannotMoveAccount) as refusal:
        operations.agree(move_ref=ref, actor=carl, at=AT + OFFERED_FOR)
    assert refusal.value.code == "lapsed"
    with platform_scope("test"):
        assert operations.let_moves_lapse(actor=world.actor("vera"), at=AT + OFFERED_FOR) == 1


def prices(world: World, ref: str, person: str) -> Any:
    with world.scope(person) as actor:
        return queries.move_of(actor, move_ref=ref, at=now()).price


def test_of_a_plan_that_is_paid_by_use_it_reads_what_is_asked_for_its_first_meter(world: World) -> None:
    load(world, "marketing-automation")
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan="pay_as_used", actor=rosa, at=AT)
    with world.scope("remo") as remo:
        asked = Price("unit", "month", "EUR", Decimal(4), "contacts")
        set_retail_price(kind="plan", key="contacts@pay_as_used", price=asked, actor=remo, at=AT)
    limit(world)
    [ref] = offer(world, code=code_of(world, "remo", now()), at=now()).moves
    assert prices(world, ref, "carl") == queries.PriceTold(None, asked)
    page = html.unescape(world.browser("carl").get(f"/client/{world.carl.ref}/moves/{ref}/").content.decode())
    assert "€0.04" in page


def test_its_owner_alone_reads_what_it_would_pay(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan=PLAN, actor=rosa, at=AT)
        set_retail_price(kind="plan", key=PLAN, price=flat(9900), actor=rosa, at=AT)
    with world.scope("remo") as remo:
        set_retail_price(kind="plan", key=PLAN, price=flat(7700), actor=remo, at=AT)
    limit(world)
    [ref] = offer(world, code=code_of(world, "remo", now()), at=now()).moves
    found = prices(world, ref, "carl")
    assert (found.before, found.after.amount) == (None, 7700)  # its reseller pays: what it asks is no affair of Carl's
    for person in ("vera", "rosa", "remo"):
        assert prices(world, ref, person) is None
    page = html.unescape(world.browser("carl").get(f"/client/{world.carl.ref}/moves/{ref}/").content.decode())
    assert "You are not asked for it" in page
    assert "€77.00" in page
    assert "€99.00" not in page
    for person, path in (
        ("vera", f"/vendor/{world.vendor.ref}/moves/{ref}/"),
        ("rosa", f"/reseller/{world.rosa.ref}/moves/{ref}/"),
    ):
        assert "€77.00" not in html.unescape(world.browser(person).get(path).content.decode())


def test_who_pays_by_itself_reads_both_prices(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        take_plan(ref=world.carl.ref, plan=PLAN, actor=rosa, at=AT)
        set_retail_price(kind="plan", key=PLAN, price=flat(9900), actor=rosa, at=AT)
        set_up(ref=world.carl.ref, changes={f"payer.{kind}": CLIENT_PAYS for kind in PAID}, actor=rosa, at=AT)
    limit(world)
    [ref] = offer(world, at=now()).moves
    found = prices(world, ref, "carl")
    assert (found.before.amount, found.after.amount) == (9900, 4500)  # as a direct account: at list


# Pages and API ---------------------------------------------------------------------------------------------------------


def test_the_vendors_page_offers_and_the_clients_page_answers(world: World) -> None:
    limit(world)
    vera, path = world.browser("vera"), f"/vendor/{world.vendor.ref}/moves/adopt/{world.rosa.ref}/"
    account = html.unescape(vera.get(f"/vendor/{world.vendor.ref}/accounts/{world.rosa.ref}/").content.decode())
    assert path in account
    page = html.unescape(vera.get(path).content.decode())
    assert "Carl’s Kitchen" in page
    assert "Élan Coiffure" in page.split("Without an owner")[1]
    assert vera.post(path, {"code": "", "reason": ""}).status_code == 422
    assert vera.post(path, {"accounts": [world.carl.ref], "code": "", "reason": "Unpaid"}).status_code == 302
    move = Move.unscoped.get()
    carl = world.browser("carl")
    shown = html.unescape(carl.get(f"/client/{world.carl.ref}/moves/{move.ref}/").content.decode())
    assert "Is offered a place of its own" in shown
    assert "Vera" not in shown
    assert carl.post(f"/client/{world.carl.ref}/moves/{move.ref}/agree/").status_code == 302
    assert place_of(world.carl)[0] == "direct"


def test_without_cause_the_vendors_page_offers_nothing(world: World) -> None:
    page = world.browser("vera").get(f"/vendor/{world.vendor.ref}/moves/adopt/{world.rosa.ref}/").content.decode()
    assert "its clients are its own affair" in html.unescape(page)
    assert world.browser("rosa").get(f"/vendor/{world.vendor.ref}/moves/adopt/{world.rosa.ref}/").status_code in (
        403,
        404,
    )


def test_the_api_offers_and_takes_back(world: World) -> None:
    limit(world)
    caller = make_caller(world, "vera", rights={"accounts": "manage"})
    body = {"reseller": world.rosa.ref, "accounts": [world.carl.ref, world.elan.ref], "reason": "Unpaid"}
    answer = caller.ask("POST", "/adoptions", body)
    assert answer.status == 201
    [ref] = answer["moves"]
    assert answer["left_out"] == [{"account": world.elan.ref, "code": "nobody"}]
    assert caller.ask("GET", f"/moves/{ref}")["asked_side"] == "vendor"
    assert caller.ask("POST", f"/adoptions/{ref}/take-back")["state"] == "taken-back"
    other = make_caller(world, "rosa", rights={"clients": "manage"})
    assert other.ask("POST", "/adoptions", body).status in (403, 404)


def test_a_client_of_the_vendors_choice_of_another_vendor_is_not_found(world: World) -> None:
    stranger = factories.make_reseller(world.vendor, "Studio Void")
    limit(world)
    with world.scope("vera") as vera:
        found = operations.offer_adoption(reseller=stranger.ref, accounts=[world.carl.ref], actor=vera, at=AT)
    assert found.left_out == {world.carl.ref: "not-a-client"}
