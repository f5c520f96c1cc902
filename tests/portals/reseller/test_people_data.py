"""What a page says to whoever may not list, or not export, the clients' people."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.people import World


@pytest.fixture
def lena(world: World) -> dict[str, Client]:
    """The same person's browser with each level on people."""
    found = {}
    for people in ("none", "view", "manage"):
        world.users[people] = factories.make_user("Lena Look", f"{people}@look.example")
        world.hosts[people] = world.hosts["rosa"]
        factories.make_collaborator(
            world.rosa, world.users[people], rights={"clients": "manage", "journal": "view", "people": people}
        )
        found[people] = world.browser(people)
    return found


def page(world: World, browser: Client, rest: str) -> str:
    answer = browser.get(f"/reseller/{world.rosa.ref}/{rest}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_has_the_columns_and_the_words_that_fit(world: World, lena: dict[str, Client]) -> None:
    asked = "clients/?columns=name&columns=email&columns=phone"
    shown = {people: "hello@carls-kitchen.example" in page(world, lena[people], asked) for people in lena}
    assert shown == {"none": False, "view": True, "manage": True}
    none = page(world, lena["none"], asked)
    assert "Find by name, or whole e-mail or telephone" in none
    whole = "found only as a whole"
    assert [people for people in lena if whole in page(world, lena[people], "clients/?q=hello@carls-k")] == ["none"]
    assert 'value="email"' not in none  # nor can the column be chosen
    assert "/imports/" not in none
    assert "/imports/" in page(world, lena["view"], asked)


def test_before_the_download_it_is_said_what_the_file_lacks_and_why(world: World, lena: dict[str, Client]) -> None:
    for people, lacks in (("none", True), ("view", True), ("manage", False)):
        said = page(world, lena[people], "clients/export/")
        assert ("The file comes without contacts" in said) is lacks
        assert (f"/reseller/{world.rosa.ref}/locked/people/" in said) is lacks
        assert ("Everything that is kept about a client" in said) is not lacks


def test_why_not_tells_the_level_in_its_own_words(world: World, lena: dict[str, Client]) -> None:
    for people, word in (("none", "Look up"), ("view", "List"), ("manage", "Export")):
        said = page(world, lena[people], "locked/people/")
        assert f"<strong>{word}</strong>" in said
        assert ("Send the request" in said) is (people != "manage")


def test_one_client_shows_its_contact(world: World, lena: dict[str, Client]) -> None:
    assert "hello@carls-kitchen.example" in page(world, lena["none"], f"clients/{world.carl.ref}/")


def test_the_history_hides_addresses_and_finds_nothing_by_them(world: World, lena: dict[str, Client]) -> None:
    rosa = world.browser("rosa")
    sent = {"email": "guest@kitchen.example", "right-team": "view"}
    assert rosa.post(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/team/invite/", sent).status_code == 302
    history = f"clients/{world.carl.ref}/history/"
    assert "Rosa Ricci invited guest@kitchen.example." in page(world, lena["view"], history)
    assert "Rosa Ricci invited …." in page(world, lena["none"], history)
    assert "Rosa Ricci invited" not in page(world, lena["none"], f"{history}?q=guest")
    assert "Rosa Ricci invited" in page(world, lena["view"], f"{history}?q=guest")
