"""The list of words that give the vendor away."""

from __future__ import annotations

import pytest

from sublet.branding import operations
from sublet.branding.models import VendorWord
from sublet.branding.operations import CannotAddVendorWord
from sublet.branding.queries import vendor_words
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from tests.people import AT, World

pytestmark = pytest.mark.django_db


def words() -> dict[str, str]:
    return {word.text: word.source for word in vendor_words()}


def test_the_list_begins_with_the_vendors_names_and_hosts(world: World) -> None:
    assert words() == {"Vantage Apps": "account", "Sublet": "software", "vendor.localhost": "host"}
    with world.scope("vera") as vera:
        changes = {
            "name": "Vantage",
            "support_email": "help@vantage.example",
            "support_url": "https://www.vantage.example/x",
        }
        operations.change_brand(account_ref=world.vendor.ref, changes=changes, version=None, actor=vera, at=AT)
    assert words() == {
        "Vantage Apps": "account", "Vantage": "brand", "Sublet": "software", "vendor.localhost": "host",
        "www.vantage.example": "support", "help@vantage.example": "support",
    }  # fmt: skip


def test_words_are_entered_once_and_taken_away(world: World) -> None:
    with world.scope("vera") as vera:
        row = operations.add_vendor_word(text="  Fóunder Name ", actor=vera, at=AT)
        for text, code in (
            ("founder name", "already"),
            ("vantage apps", "already"),
            ("ab", "short"),
            ("x" * 81, "too-long"),
        ):
            with pytest.raises(CannotAddVendorWord) as refused:
                operations.add_vendor_word(text=text, actor=vera, at=AT)
            assert refused.value.code == code
        assert words()["Fóunder Name"] == ""
        operations.remove_vendor_word(ref=row.ref, actor=vera, at=AT)
        with pytest.raises(NotFound):
            operations.remove_vendor_word(ref=row.ref, actor=vera, at=AT)
    assert "Fóunder Name" not in words()
    events = JournalEntry.unscoped.order_by("id").values_list("event", flat=True)  # unscoped: a test
    assert list(events) == ["vendor_word.added", "vendor_word.removed"]


@pytest.mark.parametrize(("person", "fault"), [("rosa", NotFound), ("dora", NotFound), ("carl", Forbidden)])
def test_nobody_but_the_vendor_enters_words(world: World, person: str, fault: type[Exception]) -> None:
    with world.scope(person) as actor, pytest.raises(fault):
        operations.add_vendor_word(text="Word", actor=actor, at=AT)
    assert not VendorWord.unscoped.exists()  # unscoped: a test looks at everything


def test_the_page_adds_and_removes(world: World) -> None:
    browser, path = world.browser("vera"), f"/vendor/{world.vendor.ref}/hidden-words/"
    assert "Vantage Apps" in browser.get(path).content.decode()
    assert "Write at least three letters" in browser.post(path, {"text": "x"}).content.decode()
    assert "Old Name" in browser.post(path, {"text": "Old Name"}, follow=True).content.decode()
    ref = VendorWord.unscoped.get().ref  # unscoped: a test looks at everything
    assert "Old Name" not in browser.post(f"{path}{ref}/remove/", follow=True).content.decode()
