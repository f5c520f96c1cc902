"""Draft, publish, versions, take back; texts by language; what a draft never does: show itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sublet.accounts.operations import resume_account, suspend_account
from sublet.branding import operations, queries
from sublet.branding.models import Brand, BrandVersion
from sublet.branding.operations import CannotChangeBrand
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests.branding import pictures
from tests.branding.payloads import CSS_PAYLOADS
from tests.people import AT, World
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db


def facts(world: World, person: str = "rosa", ref: str = "", version: int | None = None) -> dict[str, Any]:
    actor = world.actor(person)
    return {"account_ref": ref or actor.account_ref, "version": version, "actor": actor, "at": AT}


def shown(host: str = "rosa.localhost") -> queries.BrandView:
    found = queries.host_view(host)
    assert found is not None
    return found.brand


def events() -> list[str]:
    return [row.event for row in JournalEntry.unscoped.order_by("id")]  # unscoped: a test looks at everything


def test_a_draft_shows_to_its_editor_alone_and_publishing_makes_a_version(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"account_ref": world.rosa.ref, "version": None, "actor": actor, "at": AT}
        operations.change_brand(changes={"name": "Studio Rosa", "footer": "since 1999"}, **given)
        operations.save_draft(changes={"name": "Atelier Rosa", "corners": "round", "footer": ""}, **given)
        assert (shown().name, shown().corners, shown().footer) == ("Studio Rosa", "", "since 1999")
        edited = queries.brand_to_edit(world.rosa.ref, draft=True)
        assert (edited.fields["name"].own, edited.fields["name"].live, edited.fields["name"].is_draft) == (
            "Atelier Rosa", "Studio Rosa", True,
        )  # fmt: skip
        assert (edited.has_draft, edited.drafted_by, edited.fields["footer"].own) == (True, "Rosa Ricci", "")
        assert queries.brand_to_edit(world.rosa.ref).fields["name"].own == "Studio Rosa"
        operations.publish_draft(**given)
        assert (shown().name, shown().corners, shown().footer) == ("Atelier Rosa", "round", "")
        assert not queries.brand_to_edit(world.rosa.ref).has_draft
        with pytest.raises(CannotChangeBrand, match=r"^") as refusal:
            operations.publish_draft(**given)
        assert refusal.value.code == "no-draft"
        first, second = reversed(queries.versions_of(world.rosa.ref))
    assert (first.number, first.changed, first.values) == (
        1,
        ("name", "footer"),
        {"name": "Studio Rosa", "footer": "since 1999"},
    )
    assert (second.number, second.changed, second.published_by) == (2, ("name", "corners", "footer"), "Rosa Ricci")
    assert events() == ["brand.changed", "brand.drafted", "brand.changed"]


def test_what_is_as_it_is_published_leaves_the_draft(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"account_ref": world.rosa.ref, "version": None, "actor": actor, "at": AT}
        operations.change_brand(changes={"name": "Studio"}, **given)
        operations.save_draft(changes={"name": "Atelier"}, **given)
        assert operations.save_draft(changes={"name": "Studio"}, **given).draft is None
        operations.save_draft(changes={"name": "Atelier", "footer": "x"}, **given)
        # Published directly: the draft of that field is over, the other's is not.
        assert operations.change_brand(changes={"name": "Bottega"}, **given).draft == {"footer": "x"}
        assert operations.discard_draft(**given).draft is None
        assert shown().name == "Bottega"


def test_an_older_version_is_published_again_as_a_new_one(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"account_ref": world.rosa.ref, "version": None, "actor": actor, "at": AT}
        operations.change_brand(
            changes={"name": "One", "footer@it": "dal 1999"}, pictures={"logo": pictures.png()}, **given
        )
        operations.change_brand(changes={"name": "Two", "footer@it": ""}, pictures={"logo": None}, **given)
        assert shown().logo_url == ""
        operations.publish_version(number=1, **given)
        assert (shown().name, shown().speaking("it").footer, bool(shown().logo_url)) == ("One", "dal 1999", True)
        assert [each.number for each in queries.versions_of(world.rosa.ref)] == [3, 2, 1]
        assert operations.publish_version(number=1, **given).published == 3  # as it is already: nothing is written
        with pytest.raises(NotFound):
            operations.publish_version(number=9, **given)
    assert events() == ["brand.changed", "brand.changed", "brand.restored"]


def test_a_brand_from_before_there_were_versions_can_be_gone_back_to(world: World) -> None:
    with world.scope("rosa") as actor:
        Brand(account=world.rosa, name="Old", color="#112233", version=4).save()
        given: dict[str, Any] = {"account_ref": world.rosa.ref, "version": None, "actor": actor, "at": AT}
        operations.change_brand(changes={"name": "New"}, **given)
        operations.publish_version(number=1, **given)
    assert (shown().name, shown().color) == ("Old", "#112233")


def test_two_people_who_edit_at_once_are_told(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"account_ref": world.rosa.ref, "actor": actor, "at": AT}
        operations.save_draft(changes={"name": "Mine"}, version=0, **given)
        theirs: list[tuple[Callable[..., Brand], dict[str, Any]]] = [
            (operations.save_draft, {"changes": {"name": "Theirs"}}),
            (operations.change_brand, {"changes": {"name": "Theirs"}}),
            (operations.publish_draft, {}),
            (operations.discard_draft, {}),
        ]
        for late, more in theirs:
            with pytest.raises(CannotChangeBrand) as refusal:
                late(version=0, **more, **given)
            assert refusal.value.code == "changed-meanwhile"
        assert operations.save_draft(changes={"name": "Mine"}, version=0, **given).version == 1  # the same form twice


def test_texts_fall_back_to_all_languages_and_then_to_the_account_above(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"version": None, "actor": actor, "at": AT}
        operations.change_brand(
            account_ref=world.rosa.ref,
            changes={"footer": "Rosa", "footer@it": "Rosa it", "support_hours@fr": "9 h", "word_clients@it": "Studi"},
            **given,
        )
        operations.change_brand(account_ref=world.carl.ref, changes={"footer@nl": "Carl nl"}, **given)
        brand = shown("carl.localhost")
        assert [brand.speaking(each).footer for each in ("en", "it", "nl", "pt-br")] == [
            "Rosa",
            "Rosa it",
            "Carl nl",
            "Rosa",
        ]
        assert (brand.speaking("fr").support_hours, brand.support_hours) == ("9 h", "")
        assert (brand.speaking("it").word("clients"), brand.word("clients")) == ("Studi", "")
        local = queries.brand_to_edit(world.carl.ref).local
        assert (local["it"]["footer"].inherited, local["it"]["footer"].origin) == ("Rosa it", "Rosa Web Studio")
        assert (local["nl"]["footer"].own, local["nl"]["footer"].inherited) == ("Carl nl", "Rosa")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("corners", "9px}", "choice"), ("font", "url(x)", "choice"), ("mail_look", "none", "choice"),
        ("accent", "red", "color"), ("imprint_url@it", "javascript:alert(1)", "address"), ("footer@xx", "x", "unknown-field"),
        ("color@it", "#112233", "unknown-field"), ("login_picture", "0" * 64, "unknown-field"),
        ("word_clients", "x" * 41, "too-long"), ("login_text@fr", "x" * 301, "too-long"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused_at_its_key(world: World, key: str, value: str, code: str) -> None:
    both: list[Callable[..., Brand]] = [operations.change_brand, operations.save_draft]
    for operation in both:
        with world.scope("rosa"), pytest.raises(CannotChangeBrand) as refusal:
            operation(changes={key: value}, **facts(world))
        assert (refusal.value.code, refusal.value.field) == (code, key)
    assert not Brand.unscoped.exists()  # unscoped: a test looks at everything


def test_no_attack_on_a_style_sheet_becomes_a_look(world: World) -> None:
    """Each of five hundred, at each field that a style sheet is made of: none is read as anything."""
    for key in ("color", "accent", "corners", "font", "mail_look"):
        assert [each for each in CSS_PAYLOADS if operations.cleaned({key: each}).get(key)] == []


def test_words_are_words_and_never_a_template(world: World) -> None:
    for text in ("{{7*7}}", "{% debug %}", "${7*7}", "<%= 7*7 %>", "%(brand)s", "{name}"):
        with world.scope("rosa"):
            operations.change_brand(changes={"word_clients": text, "login_title": text}, **facts(world))
        assert (shown().word("clients"), shown().login_title) == (text, text)


@pytest.mark.parametrize("person", ["carl", "cleo", "rico", "nora"])
def test_only_who_manages_brands_drafts_and_publishes(world: World, person: str) -> None:
    with world.scope(person):
        wanted: list[tuple[Callable[..., Brand], dict[str, Any]]] = [
            (operations.save_draft, {"changes": {"name": "Mine"}}), (operations.publish_draft, {}),
            (operations.discard_draft, {}), (operations.publish_version, {"number": 1}),
        ]  # fmt: skip
        for operation, more in wanted:
            with pytest.raises(Forbidden):
                operation(**facts(world, person), **more)
    assert not BrandVersion.unscoped.exists()  # unscoped: a test looks at everything


def test_another_tenants_draft_and_versions_are_not_there(world: World) -> None:
    with world.scope("remo"):
        operations.change_brand(changes={"name": "Remo"}, **facts(world, "remo"))
    with world.scope("rosa"):
        assert queries.versions_of(world.remo.ref) == []
        theirs: list[tuple[Callable[..., Brand], dict[str, Any]]] = [
            (operations.save_draft, {"changes": {"name": "x"}}), (operations.publish_version, {"number": 1}),
        ]  # fmt: skip
        for operation, more in theirs:
            with pytest.raises(NotFound):
                operation(**facts(world, ref=world.remo.ref), **more)


def test_a_log_in_picture_is_a_jpeg_of_ours_and_kept_while_it_is_drafted(world: World) -> None:
    with world.scope("rosa") as actor:
        made = operations.save_draft(
            account_ref=world.rosa.ref,
            changes={},
            pictures={"login_picture": pictures.png(80, 60)},
            version=None,
            actor=actor,
            at=AT,
        )
        digest = (made.draft or {})["login_picture"]
    found = queries.picture(digest, account_ids=[world.rosa.id])
    assert found is not None
    assert (found[1], found[0][:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert shown().login_picture_url == ""


def test_what_an_older_version_said_that_is_no_longer_offered_is_left_out(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"account_ref": world.rosa.ref, "version": None, "actor": actor, "at": AT}
        operations.change_brand(changes={"name": "Studio", "font": "slab"}, **given)
        operations.change_brand(changes={"name": "Atelier", "font": ""}, **given)
        version = BrandVersion.objects.get(number=1)
        version.values = {
            "name": "Studio", "font": "blackletter", "color": "url(x)", "imprint_url": "javascript:x", "slogan": "Hi",
            "footer@xx": "?", "login_title@it": "Ciao",
        }  # fmt: skip
        version.save()
        operations.publish_version(number=1, **given)
        brand = Brand.objects.get(account=world.rosa)
    assert queries.values_of(brand) == {"name": "Studio", "login_title@it": "Ciao"}
    assert world.browser("rosa").get("/brand.css").status_code == 200


def test_who_has_lost_the_right_meanwhile_publishes_nothing(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"account_ref": world.rosa.ref, "version": None, "actor": actor, "at": AT}
        for name in ("Studio", "Atelier"):
            operations.change_brand(changes={"name": name}, **given)
        operations.save_draft(changes={"name": "Bottega"}, **given)
    place = world.places["ruth"]
    path = f"/reseller/{world.rosa.ref}/brand/"
    browser = world.browser("ruth")
    acts = ({"act": "restore", "number": "1"}, {"act": "publish-draft"}, {"act": "discard"}, {"name": "Mine"})
    for level, status in (("view", 403), ("none", 403)):
        place.rights_words = {"clients": "view"} | ({"brand": level} if level != "none" else {})
        with platform_scope("the right is taken away while the page is open"):
            place.save()
        for act in acts:
            assert browser.post(path, {**act, "version": "3"}).status_code == status
        with world.scope("ruth") as ruth:
            for operation in (operations.publish_draft, operations.discard_draft):
                with pytest.raises(Forbidden):
                    operation(account_ref=world.rosa.ref, version=None, actor=ruth, at=AT)
            with pytest.raises(Forbidden):
                operations.publish_version(account_ref=world.rosa.ref, number=1, version=None, actor=ruth, at=AT)
    assert shown().name == "Atelier"
    place.rights_words = {"clients": "view", "brand": "manage"}
    with platform_scope("and given back"):
        place.save()
    assert browser.post(path, {"act": "restore", "number": "1", "version": "3"}).status_code == 302
    assert shown().name == "Studio"


def test_a_reseller_that_is_suspended_between_draft_and_publish_keeps_its_draft(world: World) -> None:
    key = make_caller(world, "rosa")
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"account_ref": world.rosa.ref, "version": None, "actor": actor, "at": AT}
        operations.change_brand(changes={"name": "Studio"}, **given)
        operations.save_draft(changes={"name": "Atelier"}, **given)
    browser, path = world.browser("rosa"), f"/reseller/{world.rosa.ref}/brand/"
    with platform_scope("a test"):
        suspend_account(ref=world.rosa.ref, reason="An open invoice", actor=world.actor("vera"), at=AT)
    assert browser.post(path, {"act": "publish-draft", "version": "2"}).status_code == 403
    refused = key.post(f"/accounts/{world.rosa.ref}/brand-draft/publish", {})
    assert (refused.status, refused.code) == (403, "account-suspended")
    assert shown().name == "Studio"  # its clients go on working in the brand that they know
    with platform_scope("a test"):
        resume_account(ref=world.rosa.ref, actor=world.actor("vera"), at=AT)
    assert browser.post(path, {"act": "publish-draft", "version": "2"}).status_code == 302
    assert shown().name == "Atelier"
