"""A brand's own words stand where no grammar touches them, in every language."""

from __future__ import annotations

import pytest
from django.utils import translation

from sublet.core.brandfields import LANGUAGES
from sublet.portals.shared.pages import kind_label
from sublet.portals.shared.words import SAID, clients_called, said
from tests.branding.test_documents import brand


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_stands_last_and_after_a_colon(language: str) -> None:
    with translation.override(language):
        for key, (_name, usual, own) in SAID.items():
            before, placed, after = str(own).partition("%(word)s")
            assert (bool(placed), after) == (True, ""), key
            assert before.rstrip().endswith(":") or not before, key
            assert str(usual) != str(own), key


def test_a_word_that_stands_alone_begins_with_a_capital() -> None:
    look = brand(words=(("clients", "ijssalons"),), local=(("word_clients@it", "gelaterie"),))
    request = type("Request", (), {"site": type("Site", (), {"brand": look})()})()
    for language, alone, typed in (("nl", "IJssalons", "ijssalons"), ("it", "Gelaterie", "gelaterie")):
        with translation.override(language):
            assert clients_called(request) == alone
            assert said(request, "import-clients").endswith(f": {typed}")
            assert kind_label("client", brand(words=(("client", "shop"),))) == "Shop"


def test_a_brand_without_a_word_says_it_as_everybody_does() -> None:
    site = type("Site", (), {"brand": brand(words=(("client", "50% <b>"),))})()
    request = type("Request", (), {"site": site})()
    with translation.override("it"):
        assert said(request, "new-client") == "Aggiungi: 50% <b>"
        assert said(request, "import-clients") == str(SAID["import-clients"][1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_heard_of_a_menu_begins_with_what_is_seen_of_it(language: str) -> None:
    """Whoever speaks to the machine says what stands on the button."""
    with translation.override(language):
        assert translation.gettext("More actions").startswith(translation.gettext("More"))


def test_lines_of_the_law_have_the_colon_of_their_language() -> None:
    look = brand(imprint_url="https://agency.example/legal")
    with translation.override("fr"):
        assert look.imprint == "Mentions légales\N{NO-BREAK SPACE}: https://agency.example/legal"
    with translation.override("it"):
        assert look.imprint == "Note legali: https://agency.example/legal"


def test_from_whom_a_mail_came_is_no_day() -> None:
    with translation.override("it"):
        assert translation.pgettext("sender of a mail", "From") == "Da"
        assert translation.gettext("From") == "Dal"
