"""C20: what the vendor shows on pages of free accounts, in its words; in a trial and on a paid plan there is nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from sublet.accounts.models import Account
from sublet.entitlements.queries import notice_in, notice_texts
from sublet.proof.words import vendor_words
from sublet.subscriptions.operations import start_trial, take_plan
from tests.entitlements import PRODUCTS, load
from tests.people import AT, CARL_HOST, ROSA_HOST, World

WORDS = ("Made with Slotbook", "Fatto con Slotbook", "Bërë me Slotbook", "Gemaakt met Slotbook", "Fait avec Slotbook",
         "Feito com Slotbook")  # fmt: skip
ADDRESS = "https://slotbook.example/"
NAMES = ", ".join(
    f'{language} = "{words}"' for language, words in zip(("en", "it", "sq", "nl", "fr", "pt"), WORDS, strict=True)
)
NOTICE = f'notice = {{ {NAMES} }}\nnotice_address = "{ADDRESS}"\n'


def without_notice() -> str:
    lines = (PRODUCTS / "bookings.toml").read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("notice"))


def load_with_notice(world: World) -> None:
    load(world, text=without_notice().replace('starting_plan = "free"\n', f'starting_plan = "free"\n{NOTICE}'))


def page(world: World, who: str, name: str, ref: str) -> str:
    return world.browser(who).get(reverse(name, args=[ref], urlconf="sublet.config.urls_brand")).content.decode()


@pytest.fixture
def there(world: World) -> World:
    load_with_notice(world)
    return world


def test_a_free_accounts_pages_show_it_in_the_readers_language(there: World) -> None:
    shown = page(there, "carl", "client-home", there.carl.ref)
    assert f'<a href="{ADDRESS}" rel="noopener nofollow" target="_blank">' in shown
    assert any(words in shown for words in WORDS)
    assert "vendor-notice" not in page(there, "rosa", "reseller-home", there.rosa.ref)


def test_before_anybody_has_entered_it_is_there_too(there: World) -> None:
    assert "vendor-notice" in Client().get("/login/", headers={"host": CARL_HOST}).content.decode()
    assert "vendor-notice" not in Client().get("/login/", headers={"host": ROSA_HOST}).content.decode()


def test_in_a_trial_and_on_a_paid_plan_there_is_nothing(there: World) -> None:
    with there.scope("rosa") as rosa:
        trial = start_trial(ref=there.elan.ref, actor=rosa, at=AT)
        take_plan(ref=there.carl.ref, plan="small", actor=rosa, at=AT)
        elan = Account.objects.get(id=there.elan.id)
        assert notice_in(elan, at=AT + timedelta(hours=1)) is None
        assert notice_in(elan, at=trial.ends_at) is not None
    assert "vendor-notice" not in page(there, "carl", "client-home", there.carl.ref)


def test_without_words_nothing_is_shown_and_nothing_asked(world: World) -> None:
    load(world, text=without_notice())
    assert notice_texts() == []
    assert "vendor-notice" not in page(world, "carl", "client-home", world.carl.ref)


def test_the_scan_passes_over_these_words_and_no_others(there: World) -> None:
    allowed = [each.text for each in vendor_words() if each.kind == "allowed"]
    assert sorted(allowed) == sorted([*WORDS, ADDRESS])
