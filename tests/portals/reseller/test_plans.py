"""What a reseller sees of the offer: plans that are open to everyone, at list prices."""

from __future__ import annotations

import re

from tests import factories
from tests.catalog.test_offer import BOOKINGS, load
from tests.people import World


def test_before_there_are_plans_the_page_says_so(world: World) -> None:
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/plans/").content.decode()
    assert "There are no plans yet" in page


def test_a_reseller_sees_list_prices_of_what_everyone_can_have(world: World) -> None:
    load(world, BOOKINGS.replace('[[plans]]\nkey = "medium"', '[[plans]]\npublic = false\nkey = "medium"', 1))
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/plans/").content.decode()
    assert "€" in page
    assert "/offer/plans/" not in page  # the vendor's own page
    heads = re.findall(r'<th scope="col"><bdi>([^<]*)</bdi>', page)
    assert heads == ["Free", "Small pack", "Unlimited"]


def test_it_takes_the_right_to_subscriptions(world: World) -> None:
    load(world, BOOKINGS)
    user = factories.make_user("Dino Designer")
    world.users["dino"] = user
    world.places["dino"] = factories.make_collaborator(world.rosa, user, rights={"clients": "manage"})
    world.hosts["dino"] = world.hosts["rosa"]
    assert world.browser("dino").get(f"/reseller/{world.rosa.ref}/plans/").status_code == 403
    assert world.browser("carl").get(f"/reseller/{world.rosa.ref}/plans/").status_code == 404
    assert world.browser("remo").get(f"/reseller/{world.rosa.ref}/plans/").status_code == 404
