"""The page of the offer: empty, plans side by side, versions with how many accounts have them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from django.test import Client

from sublet.foundation.clock import now
from sublet.subscriptions.operations import start_trial
from tests.catalog.test_offer import BOOKINGS, FUNNELS, load, sold_anew
from tests.people import World
from tests.portals.vendor.counting import statements


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_before_the_first_manifest_the_page_says_so(world: World, vera: Client, base: str) -> None:
    page = vera.get(base + "offer/").content.decode()
    assert "Nothing is on offer yet" in page
    assert "<table" not in page


def test_plans_stand_side_by_side(world: World, vera: Client, base: str) -> None:
    load(world, BOOKINGS)
    page = vera.get(base + "offer/").content.decode()
    heads = re.findall(r'<th scope="col"><a href="[^"]*/offer/plans/([a-z_]+)/"', page)
    assert heads[0] == "free"
    text = text_of(page)
    assert "Starting plan" in text
    rows = re.findall(r'<tr><th scope="row"><bdi>([^<]*)</bdi>', page)
    assert "Appointments" in rows
    assert "Free of charge" in text
    assert "Stops at the limit" in text
    # Each row says something for each plan, and for whoever sees no columns which plan that is.
    cells = re.findall(r'<tr><th scope="row">.*?</tr>', page, re.DOTALL)
    assert {cell.count("<td>") for cell in cells} == {len(heads)}
    assert {cell.count("plans-who") for cell in cells} == {len(heads)}


def test_versions_are_told_with_their_accounts(world: World, vera: Client, base: str) -> None:
    load(world, BOOKINGS)
    load(world, sold_anew(BOOKINGS, "free"), 400)  # long after everybody was born
    text = text_of(vera.get(base + "offer/").content.decode())
    assert "Version 2 On sale 0 accounts" in text
    assert re.search(r"Version 1 Earlier version [1-9]\d* accounts", text)
    load(world, FUNNELS, 401)
    plans = text_of(vera.get(base + "offer/").content.decode())
    assert "Withdrawn" in plans


def test_an_account_on_trial_is_told_once(world: World, vera: Client, base: str) -> None:
    load(world, BOOKINGS)
    with world.scope("rosa") as rosa:
        start_trial(ref=world.elan.ref, actor=rosa, at=now())
    text = text_of(vera.get(base + "offer/").content.decode())
    assert re.search(r"Version 1 On sale \d+ accounts, 1 of them on trial", text)
    assert "Version 1 On sale 0 accounts, 1 other tries it" in text


def test_versions_of_a_plan_stand_side_by_side(world: World, vera: Client, base: str) -> None:
    load(world, BOOKINGS)
    dearer = sold_anew(BOOKINGS, "free").replace("amount = 50,", "amount = 40,")
    load(world, dearer.replace("amount = 40,", "amount = 50,", 1), 1)
    page = vera.get(base + "offer/plans/free/").content.decode()
    assert re.findall(r'<th scope="col"><bdi>([^<]*)</bdi>', page) == ["Version 2", "Version 1"]
    assert 'class="differs"' in page
    assert vera.get(base + "offer/plans/nothing/").status_code == 404


def test_only_who_sees_the_manifest_sees_the_offer(
    world: World, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    load(world, BOOKINGS)
    browser = colleague({"accounts": "manage"})
    assert browser.get(base + "offer/").status_code == 403
    assert browser.get(base + "offer/plans/free/").status_code == 403


def test_the_page_takes_the_same_statements_for_every_manifest(world: World, vera: Client, base: str) -> None:
    counts: list[int] = []
    for text in (BOOKINGS, FUNNELS):
        load(world, text, len(counts))
        vera.get(base + "offer/")
        with statements() as found:
            assert vera.get(base + "offer/").status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_each_reader_reads_it_in_the_own_language(world: World, vera: Client, base: str) -> None:
    load(world, BOOKINGS)
    italian = vera.get(base + "offer/", headers={"accept-language": "it"}).content.decode()
    english = vera.get(base + "offer/").content.decode()
    assert "Appuntamenti" in italian or "Appuntamenti" not in english
