"""The brands of many clients at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries

from sublet.accounts.queries import Selection
from sublet.branding import operations
from sublet.branding.models import Brand, BrandImage
from sublet.branding.operations import CannotChangeBrand, many
from sublet.core.brandfields import PICTURES
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.portals.shared.brand_forms import ManyBrandsForm
from tests.branding import pictures
from tests.people import AT, World

pytestmark = pytest.mark.django_db


def colors() -> dict[str, str]:
    return {brand.account.name: brand.color for brand in Brand.unscoped.select_related("account")}  # unscoped: a test


def both(world: World) -> Selection:
    return Selection(refs=(world.carl.ref, world.elan.ref, world.bakery.ref, world.rosa.ref))


def test_clients_of_ones_own_are_changed_and_nobody_elses(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"selection": both(world), "actor": actor, "at": AT}
        seen = operations.preview_brands(changes={"color": "#ABC", "footer": ""}, **given)
        assert (seen.selected, seen.changing) == (2, 2)
        assert colors() == {}
        operations.change_brand(
            account_ref=world.elan.ref, changes={"color": "#aabbcc", "name": "É"}, version=None, actor=actor, at=AT
        )
        done = operations.change_brands(changes={"color": "#ABC", "footer": ""}, **given)
        assert (done.selected, done.changing, done.names) == (2, 1, (world.carl.name,))
        operations.change_brands(changes={"color": ""}, **given)
    assert set(colors().values()) == {""}
    # unscoped: a test looks at everything
    told = JournalEntry.unscoped.filter(event="brand.changed").values_list("account_id", flat=True).order_by("id")
    assert list(told) == [world.elan.id, world.carl.id, world.carl.id, world.elan.id]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "nothing-changes"),
        ({"color": "red"}, "color"),
        ({"login_picture": "x"}, "unknown-field"),
        ({"corners": "}"}, "choice"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(world: World, changes: dict[str, str], code: str) -> None:
    with world.scope("rosa") as actor:
        for operation in (operations.preview_brands, operations.change_brands):
            with pytest.raises(CannotChangeBrand) as refusal:
                operation(selection=both(world), changes=changes, actor=actor, at=AT)
            assert refusal.value.code == code
        with pytest.raises(CannotChangeBrand) as nobody:
            operations.change_brands(
                selection=Selection(refs=(world.bakery.ref,)), changes={"color": "#abc"}, actor=actor, at=AT
            )
    assert nobody.value.code == "nothing-selected"
    assert colors() == {}


@pytest.mark.parametrize("person", ["carl", "cleo", "ruth", "nora"])
def test_only_who_manages_brands_does_it(world: World, person: str) -> None:
    with world.scope(person) as actor, pytest.raises(Forbidden):
        operations.change_brands(selection=both(world), changes={"color": "#abc"}, actor=actor, at=AT)


def test_staff_confined_to_some_clients_changes_those_alone(world: World) -> None:
    place = world.places["rico"]
    place.rights_words = {"clients": "view", "brand": "manage"}
    with platform_scope("test data"):
        place.save()
    with world.scope("rico") as actor:
        done = operations.change_brands(selection=both(world), changes={"color": "#abc"}, actor=actor, at=AT)
    assert (done.selected, done.names) == (1, (world.carl.name,))


def test_a_preview_asks_little(world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with world.scope("rosa") as actor, django_assert_num_queries(3):  # who is selected, their brands, some names
        operations.preview_brands(selection=both(world), changes={"color": "#abc"}, actor=actor, at=AT)


def test_the_page_asks_shows_and_does_it(world: World) -> None:
    browser = world.browser("rosa")
    path = f"/reseller/{world.rosa.ref}/clients/brand/"
    chosen = {"keys": [world.carl.ref, world.elan.ref, world.bakery.ref]}
    fields = browser.post(path, chosen).content.decode()
    assert 'name="back_color"' in fields
    assert "2 clients are selected." in fields
    filled = {**chosen, "filled": "1", "color": "#abc", "back_footer": "on", "support_hours": "<b>9</b>"}
    seen = browser.post(path, filled).content.decode()
    assert "2 clients change." in seen
    assert 'fill="#aabbcc"' in seen
    assert "&lt;b&gt;9&lt;/b&gt;" in seen
    assert world.bakery.name not in seen
    assert colors() == {}
    done = browser.post(path, {**filled, "confirmed": "1", "once": "one"})
    assert (done.status_code, set(colors().values())) == (302, {"#aabbcc"})
    again = browser.post(path, {**filled, "confirmed": "1", "once": "one"})
    assert again["Location"] == done["Location"]
    other = browser.post(path, {**filled, "color": "#def", "confirmed": "1", "once": "one"})
    assert other["Location"] != done["Location"]
    assert set(colors().values()) == {"#ddeeff"}
    assert browser.post(path, {**chosen, "filled": "1"}).status_code == 409
    assert browser.post(path, {**chosen, "filled": "1", "color": "red"}).status_code == 422
    assert browser.post(path, {}).status_code == 302
    assert world.browser("ruth").post(path, filled).status_code == 403


@pytest.mark.parametrize("path", ["brand/", "change/tag/"])
def test_the_address_alone_leads_back_to_where_clients_are_chosen(world: World, path: str) -> None:
    place = f"/reseller/{world.rosa.ref}/clients/"
    answer = world.browser("rosa").get(place + path, follow=True)
    assert answer.redirect_chain[-1][0].endswith(place)
    assert "Nothing is selected." in answer.content.decode()


def test_the_page_sets_the_texts_of_one_language_and_nothing_else_of_it(world: World) -> None:
    browser = world.browser("rosa")
    path = f"/reseller/{world.rosa.ref}/clients/brand/"
    filled = {"keys": [world.carl.ref], "filled": "1", "language": "it", "word_clients": "Negozi", "color": "#abc"}
    seen = browser.post(path, filled).content.decode()
    assert "(Italiano)" in seen
    assert '<input type="hidden" name="language" value="it">' in seen
    assert browser.post(path, {**filled, "confirmed": "1"}).status_code == 302
    brand = Brand.unscoped.get()  # unscoped: a test looks at everything
    assert (brand.more, brand.color) == ({"word_clients@it": "Negozi"}, "#aabbcc")
    refused = browser.post(path, {**filled, "imprint_url": "javascript:x"})
    assert refused.status_code == 409
    assert "imprint_url" in refused.content.decode().partition('role="alert"')[2]
    assert browser.post(path, {**filled, "language": "xx"}).status_code == 422


def test_each_field_stands_once_below_a_heading(world: World) -> None:
    assert sorted(ManyBrandsForm.ROWS) == sorted((*ManyBrandsForm.NAMES, *PICTURES))
    page = world.browser("rosa").post(f"/reseller/{world.rosa.ref}/clients/brand/", {"keys": [world.carl.ref]})
    told = page.content.decode()
    assert told.index(">Support contact</h3>") < told.index('name="support_email"') < told.index(">Your words</h3>")


def test_pictures_go_through_all_steps_and_the_change_is_taken_back_on_its_page(world: World) -> None:
    browser = world.browser("rosa")
    path = f"/reseller/{world.rosa.ref}/clients/brand/"
    chosen = {"keys": [world.carl.ref, world.elan.ref], "filled": "1"}
    file = SimpleUploadedFile("a.png", pictures.png(64, 64), content_type="image/png")
    seen = browser.post(path, {**chosen, "icon": file, "back_logo": "on", "color": "#abc"}).content.decode()
    digest = BrandImage.unscoped.get().digest  # unscoped: a test looks at everything
    assert f'name="kept_icon" value="{digest}"' in seen
    assert f'src="/brand/{digest}"' in seen
    assert Brand.unscoped.count() == 0  # unscoped: as above
    confirmed = {**chosen, "kept_icon": digest, "back_logo": "on", "color": "#abc", "confirmed": "1"}
    done = browser.post(path, confirmed)
    page = browser.get(done["Location"]).content.decode()
    assert set(Brand.unscoped.values_list("icon", flat=True)) == {digest}  # unscoped: as above
    assert "Take the whole change back" in page
    again = browser.post(path, confirmed)
    assert again["Location"].endswith("/clients/")  # nothing would change
    stranger = world.browser("remo", host="remo.localhost")
    other = f"/reseller/{world.remo.ref}/clients/brand/"
    theft = stranger.post(other, {"keys": [world.bakery.ref], "filled": "1", "kept_icon": digest})
    assert theft.status_code == 404
    change = done["Location"].rstrip("/").rpartition("/")[2]
    for rest in ("", "progress/"):
        assert stranger.get(f"{other}changes/{change}/{rest}", headers={"HX-Request": "true"}).status_code == 404
    assert stranger.post(f"{other}changes/{change}/undo/").status_code == 404
    assert stranger.post(f"{other}changes/{change}/resume/").status_code == 404
    assert change not in stranger.get(f"{other}changes/").content.decode()
    assert change in browser.get(f"{path}changes/").content.decode()
    with world.scope("rosa") as actor:
        operations.change_brand(
            account_ref=world.elan.ref, changes={"color": "#000000"}, version=None, actor=actor, at=AT
        )
    assert browser.post(f"{path}changes/{change}/undo/").status_code == 302
    after = browser.get(f"{path}changes/{change}/").content.decode()
    assert "Was changed since, and keeps that." in after
    assert world.elan.name in after
    assert "Take the whole change back" not in after
    assert colors() == {world.carl.name: "", world.elan.name: "#000000"}


def test_a_picture_that_came_already_is_kept_beside_a_fault(world: World) -> None:
    path = f"/reseller/{world.rosa.ref}/clients/brand/"
    filled = {"keys": [world.carl.ref], "filled": "1", "kept_icon": "a" * 64, "support_email": "nobody"}
    answer = world.browser("rosa").post(path, {**filled, "language": "xx"})
    assert answer.status_code == 422
    assert f'name="kept_icon" value="{"a" * 64}"' in answer.content.decode()


def test_a_bad_picture_is_told_at_its_field(world: World) -> None:
    path = f"/reseller/{world.rosa.ref}/clients/brand/"
    file = SimpleUploadedFile("a.png", b"<svg/>", content_type="image/png")
    answer = world.browser("rosa").post(path, {"keys": [world.carl.ref], "filled": "1", "logo_dark": file})
    assert answer.status_code == 409
    assert "not a picture we can read" in answer.content.decode()


def test_very_many_are_followed_on_a_page_that_asks_by_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "AT_ONCE", 1)
    browser = world.browser("rosa")
    path = f"/reseller/{world.rosa.ref}/clients/brand/"
    done = browser.post(
        path, {"keys": [world.carl.ref, world.elan.ref], "filled": "1", "color": "#abc", "confirmed": "1"}
    )
    page = browser.get(done["Location"]).content.decode()
    assert f'hx-get="{done["Location"]}progress/"' in page
    assert browser.get(f"{done['Location']}progress/").status_code == 302
    part = browser.get(f"{done['Location']}progress/", headers={"HX-Request": "true"})
    assert ("HX-Refresh" in part, "0 / 2" in part.content.decode()) == (False, True)
    run_due_jobs(at=now())
    part = browser.get(f"{done['Location']}progress/", headers={"HX-Request": "true"})
    assert part["HX-Refresh"] == "true"
    assert "hx-get" not in browser.get(done["Location"]).content.decode().partition("<main")[2]
