"""Sections of all clients: the page, the preview, taking away, and giving back."""

from __future__ import annotations

import pytest
from django.urls import reverse

from sublet.people.models import Withdrawal
from tests.people import World

pytestmark = pytest.mark.django_db


def at(name: str, *args: str) -> str:
    return reverse(name, urlconf="sublet.config.urls_main", args=args)


def test_a_section_is_taken_away_after_a_preview_and_given_back(world: World) -> None:
    rosa = world.browser("rosa")
    page = rosa.get(at("reseller-sections", world.rosa.ref)).content.decode()
    assert "1 person has it" in page
    url = at("reseller-section-withdraw", world.rosa.ref, "design")
    assert "1 person loses it." in rosa.get(url).content.decode()
    chosen = {"reach": "chosen", "client": [world.elan.ref], "level": "none"}
    preview = rosa.post(url, {**chosen, "fill": "preview"}, headers={"HX-Request": "true"}).content.decode()
    assert "Nobody of these clients has this section" in preview
    assert Withdrawal.unscoped.count() == 0
    done = rosa.post(url, {"reach": "all", "level": "none", "reason": "Sold as a service"})
    assert done.status_code == 302
    assert "product.design" not in world.actor("carl").rights.levels
    shown = rosa.get(done["Location"]).content.decode()
    assert "Taken away" in shown
    assert "Kept for yourself" in rosa.get(at("reseller-sections", world.rosa.ref)).content.decode()
    again = rosa.post(url, {"reach": "all", "level": "none"})
    assert again.status_code == 409
    ref = Withdrawal.unscoped.get().ref
    assert rosa.post(at("reseller-withdrawal-return", world.rosa.ref, ref)).status_code == 302
    assert world.actor("carl").rights.has("product.design:manage")


@pytest.mark.parametrize(
    ("who", "name", "more", "status"),
    [
        ("ruth", "reseller-sections", (), 200),
        ("ruth", "reseller-section-withdraw", ("design",), 403),
        ("rosa", "reseller-section-withdraw", ("gone",), 404),
        ("rosa", "reseller-section-withdraw", ("x" * 200,), 404),
        ("rosa", "reseller-withdrawal", ("wdr_23456789abcd",), 404),
        ("remo", "reseller-sections", (), 404),
        ("carl", "reseller-sections", (), 404),
    ],
)
def test_others_meet_a_closed_door(world: World, who: str, name: str, more: tuple[str, ...], status: int) -> None:
    assert world.browser(who).get(at(name, world.rosa.ref, *more)).status_code == status


def test_another_resellers_clients_cannot_be_chosen(world: World) -> None:
    url = at("reseller-section-withdraw", world.rosa.ref, "design")
    values = {"reach": "chosen", "client": [world.bakery.ref, world.carl.ref], "level": "none"}
    response = world.browser("rosa").post(url, values)
    assert response.status_code == 404
    assert "Nora" not in response.content.decode()
    assert world.actor("carl").rights.has("product.design:manage")
    assert world.actor("nora").rights.has("product.design:manage")
