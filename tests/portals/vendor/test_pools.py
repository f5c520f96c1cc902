"""The vendor's page of what a reseller holds of each meter: given, changed, taken away."""

from __future__ import annotations

import re

from django.test import Client

from sublet.entitlements.models import Pool
from sublet.entitlements.operations import set_share
from tests.entitlements import load
from tests.people import AT, World


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_a_pool_is_given_changed_and_taken_away(world: World, vera: Client, base: str) -> None:
    load(world)
    there = f"{base}accounts/{world.rosa.ref}/pools/"
    assert "Pools" in vera.get(f"{base}accounts/{world.rosa.ref}/").content.decode()
    assert "Appointments None" in text_of(vera.get(there).content.decode())
    form = vera.get(f"{there}appointments/").content.decode()
    assert "Take the pool away" not in form
    assert vera.post(f"{there}appointments/", {"size": "60", "oversell": "150"}).status_code == 302
    with world.scope("rosa") as rosa:
        set_share(ref=world.elan.ref, meter="appointments", reserve=30, actor=rosa, at=AT)
    assert "Appointments 60 30 0 30 150 %" in text_of(vera.get(there).content.decode())
    small = vera.post(f"{there}appointments/", {"size": "20", "oversell": "150"})
    assert small.status_code == 409
    assert "reserves cannot add up to more than its size" in text_of(small.content.decode())
    wrong = vera.post(f"{there}appointments/", {"size": "60", "oversell": "20"})
    assert "Overselling is a percentage from 100 to 10,000." in text_of(wrong.content.decode())
    assert vera.post(f"{there}appointments/", {"size": "60", "oversell": ""}).status_code == 302
    assert "Not added up" in text_of(vera.get(there).content.decode())
    assert "Take the pool away" in vera.get(f"{there}appointments/").content.decode()
    assert vera.post(f"{there}appointments/", {"size": "", "oversell": "100"}).status_code == 302
    assert not Pool.unscoped.exists()  # unscoped: as stored


def test_there_is_none_of_what_is_no_reseller_or_no_meter(world: World, vera: Client, base: str) -> None:
    load(world)
    for ref in (world.dora.ref, world.carl.ref, "acc_nobody"):
        assert vera.get(f"{base}accounts/{ref}/pools/").status_code == 404
    assert vera.get(f"{base}accounts/{world.rosa.ref}/pools/nothing/").status_code == 404
