"""Changes to the brands of many clients: pictures for all, a job for very many, taken back as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from sublet.accounts.queries import ListQuery, Selection
from sublet.branding import operations, queries
from sublet.branding.models import Brand, BrandImage, BrandsChange, BrandVersion
from sublet.branding.operations import CannotChangeBrands, CannotKeepPicture, many
from sublet.branding.operations.pictures import MOST_PICTURES
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests import factories
from tests.branding import pictures
from tests.people import AT, World

pytestmark = pytest.mark.django_db


def pair(world: World) -> Selection:
    return Selection(refs=(world.carl.ref, world.elan.ref))


def brand(account: Any) -> dict[str, str]:
    return queries.values_of(Brand.unscoped.filter(account=account).first())  # unscoped: a test


def told(event: str) -> list[int]:
    # unscoped: a test looks at everything
    return list(JournalEntry.unscoped.filter(event=event).order_by("id").values_list("account_id", flat=True))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one client is too many to wait for."""
    monkeypatch.setattr(many, "AT_ONCE", 1)
    monkeypatch.setattr(many, "BATCH", 1)


@pytest.mark.usefixtures("few")
def test_a_form_that_is_sent_twice_orders_one_change_whose_clients_are_its_own(world: World) -> None:
    with world.scope("rosa") as actor:
        asked = {"selection": pair(world), "changes": {"color": "#abc"}, "actor": actor, "at": AT, "once": "form"}
        first, second = (operations.change_brands(**asked) for _turn in range(2))  # type: ignore[arg-type]  # of many kinds
    assert (second.ref, second.job_id) == (first.ref, first.job_id) != ("", "")
    assert len(told("brands.changed")) == 1


def test_a_picture_is_checked_once_stored_once_and_shown_by_each(world: World) -> None:
    with world.scope("rosa") as actor:
        kept = operations.keep_for_many(slot="logo", data=pictures.png(900, 200), actor=actor, at=AT)
        assert operations.keep_for_many(slot="logo", data=pictures.png(900, 200), actor=actor, at=AT) == kept
        done = operations.change_brands(
            selection=pair(world), changes={}, pictures={"logo": kept.digest}, actor=actor, at=AT
        )
    assert (kept.width, kept.height) == (640, 142)
    assert (done.changing, brand(world.carl)["logo"], brand(world.elan)["logo"]) == (2, kept.digest, kept.digest)
    assert [row.account_id for row in BrandImage.unscoped.all()] == [world.rosa.id]  # unscoped: a test
    assert (told("brands.picture_kept"), told("brands.changed")) == ([world.rosa.id], [world.rosa.id])
    with platform_scope("a test"):
        factories.make_host(world.elan, "elan-own.localhost")
        site = queries.host_view("elan-own.localhost")
    assert site is not None
    assert site.brand.logo_url == f"/brand/{kept.digest}"
    answer = world.browser("nora", host="elan-own.localhost").get(f"/brand/{kept.digest}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    with world.scope("rosa") as actor:
        assert queries.picture_of_client(actor, world.elan.ref, kept.digest) is not None


@pytest.mark.parametrize("whose", ["remo", "bakery", "carl", "vendor", "nobody"])
def test_a_picture_of_anybody_else_is_not_there(world: World, whose: str) -> None:
    digest = "0" * 64
    if whose != "nobody":
        with platform_scope("a test"):
            vera = world.actor("vera")
            ref = getattr(world, whose).ref
            digest = operations.upload_image(
                account_ref=ref, slot="icon", data=pictures.png(64, 64), actor=vera, at=AT
            ).icon
    with world.scope("rosa") as actor:
        for operation in (operations.preview_brands, operations.change_brands):
            with pytest.raises(NotFound):
                operation(selection=pair(world), changes={}, pictures={"icon": digest}, actor=actor, at=AT)
    assert not BrandsChange.unscoped.exists()  # unscoped: a test


def test_a_picture_goes_where_it_fits_alone(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"actor": actor, "at": AT}
        wide = operations.keep_for_many(slot="logo", data=pictures.png(900, 200), **given).digest
        photo = operations.keep_for_many(slot="login_picture", data=pictures.photograph_with_gps(), **given).digest
        for slot, digest in (("icon", wide), ("login_picture", wide), ("logo", photo), ("icon", photo)):
            with pytest.raises(NotFound):
                operations.preview_brands(selection=pair(world), changes={}, pictures={slot: digest}, **given)
        with pytest.raises(CannotKeepPicture) as bad:
            operations.keep_for_many(slot="logo", data=b"<svg/>", **given)
        with pytest.raises(CannotChangeBrands) as unknown:
            operations.preview_brands(selection=pair(world), changes={}, pictures={"color": wide}, **given)
        many_logos = operations.change_brands(
            selection=pair(world), changes={}, pictures={"login_picture": photo}, **given
        )
        taken = operations.change_brands(selection=pair(world), changes={}, pictures={"login_picture": ""}, **given)
    assert (bad.value.code, bad.value.field, unknown.value.code) == ("not-an-image", "logo", "unknown-field")
    assert (many_logos.changing, taken.changing, brand(world.carl)) == (2, 2, {})


@pytest.mark.parametrize("person", ["carl", "cleo", "ruth", "nora", "vera"])
def test_only_a_resellers_people_who_manage_brands_keep_pictures(world: World, person: str) -> None:
    with world.scope(person) as actor, pytest.raises(Forbidden):
        operations.keep_for_many(slot="logo", data=pictures.png(), actor=actor, at=AT)


def test_what_a_client_was_given_is_not_thrown_away_with_old_pictures(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"actor": actor, "at": AT}
        shown = operations.keep_for_many(slot="logo", data=pictures.png(39, 20), **given).digest
        operations.change_brands(selection=pair(world), changes={}, pictures={"logo": shown}, **given)
        for number in range(MOST_PICTURES + 3):
            operations.keep_for_many(slot="logo", data=pictures.png(40 + number, 20), **given)
        digests = set(BrandImage.objects.filter(account=world.rosa).values_list("digest", flat=True))
    assert shown in digests
    assert len(digests) <= MOST_PICTURES


def test_a_change_is_taken_back_as_a_whole_but_for_what_was_changed_since(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"actor": actor, "at": AT}
        one: dict[str, Any] = {"version": None, **given}
        operations.change_brand(account_ref=world.carl.ref, changes={"color": "#111111", "footer": "x"}, **one)
        operations.save_draft(account_ref=world.carl.ref, changes={"color": "#222222", "name": "Carl"}, **one)
        done = operations.change_brands(selection=pair(world), changes={"color": "#abcdef", "footer": ""}, **given)
        again = operations.change_brands(selection=pair(world), changes={"color": "#abcdef", "footer": ""}, **given)
        assert (done.changing, again.changing, again.ref) == (2, 0, "")
        assert brand(world.carl) == {"color": "#abcdef"}
        operations.change_brand(account_ref=world.elan.ref, changes={"color": "#333333"}, **one)
        operations.undo_brands(ref=done.ref, **given)
        versions = BrandVersion.objects.filter(account=world.carl).count()
        operations.undo_brands(ref=done.ref, **given)
        facts = queries.brands_change(actor, done.ref)
        left = queries.left_alone(actor, done.ref)
        assert BrandVersion.objects.filter(account=world.carl).count() == versions
        assert Brand.objects.get(account=world.carl).draft == {"color": "#222222", "name": "Carl"}
    assert brand(world.carl) == {"color": "#111111", "footer": "x"}
    assert brand(world.elan) == {"color": "#333333"}
    assert (facts.state, facts.changed, facts.undone, facts.kept) == ("undone", 2, 1, {"changed-since": 1})
    assert [(each.client_ref, each.code) for each in left] == [(world.elan.ref, "changed-since")]
    assert not facts.may_be_undone
    assert told("brands.change_undone") == [world.rosa.id]
    assert told("brand.changed") == [world.carl.id, world.carl.id, world.elan.id, world.elan.id, world.carl.id]


def test_a_former_picture_that_is_gone_is_said(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"actor": actor, "at": AT}
        operations.upload_image(account_ref=world.carl.ref, slot="logo", data=pictures.png(), **given)
        done = operations.change_brands(selection=pair(world), changes={}, pictures={"logo": ""}, **given)
        BrandImage.objects.all().delete()
        operations.undo_brands(ref=done.ref, **given)
        facts = queries.brands_change(actor, done.ref)
    assert (done.changing, facts.left, facts.kept) == (1, {"same": 1}, {"picture-gone": 1})


def test_an_older_version_with_a_picture_of_many_comes_back(world: World) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"actor": actor, "at": AT}
        digest = operations.keep_for_many(slot="logo", data=pictures.png(), **given).digest
        for logo in (digest, ""):
            operations.change_brands(selection=pair(world), changes={}, pictures={"logo": logo}, **given)
        operations.publish_version(account_ref=world.carl.ref, number=1, version=None, **given)
    assert brand(world.carl) == {"logo": digest}


def test_very_many_are_left_to_a_job_and_taken_back_by_one(world: World, few: None) -> None:
    everybody = Selection(query=ListQuery())
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"actor": actor, "at": AT}
        seen = operations.preview_brands(selection=everybody, changes={"color": "#abc"}, **given)
        done = operations.change_brands(selection=everybody, changes={"color": "#abc"}, **given)
        waiting = queries.brands_change(actor, done.ref)
        with pytest.raises(CannotChangeBrands) as early:
            operations.undo_brands(ref=done.ref, **given)
    assert (seen.changing, done.changing, done.selected) == (seen.selected, seen.selected, seen.selected)
    assert (bool(done.job_id), waiting.state, waiting.progress) == (True, "queued", (0, seen.selected))
    assert early.value.code == "still-running"
    assert Brand.unscoped.filter(color="#aabbcc").count() == 0  # unscoped: a test
    run_due_jobs(at=AT)
    with world.scope("rosa") as actor:
        facts = queries.brands_change(actor, done.ref)
        operations.undo_brands(ref=done.ref, **given)
        undoing = queries.brands_change(actor, done.ref)
    assert (facts.state, facts.changed, facts.waiting, facts.may_be_undone) == ("done", seen.selected, 0, True)
    assert Brand.unscoped.filter(color="#aabbcc").count() == seen.selected  # unscoped: as above
    assert (undoing.state, undoing.progress) == ("undoing", (0, seen.selected))
    run_due_jobs(at=AT)
    with world.scope("rosa") as actor:
        facts = queries.brands_change(actor, done.ref)
    assert (facts.state, facts.undone) == ("undone", seen.selected)
    assert not Brand.unscoped.exclude(color="").exists()  # unscoped: as above


def test_who_leaves_the_reseller_meanwhile_is_left_alone(world: World, few: None) -> None:
    with world.scope("rosa") as actor:
        done = operations.change_brands(selection=pair(world), changes={"color": "#abc"}, actor=actor, at=AT)
    with platform_scope("a test"):
        type(world.elan).objects.filter(id=world.elan.id).update(parent=world.remo)
    run_due_jobs(at=AT)
    with world.scope("rosa") as actor:
        facts = queries.brands_change(actor, done.ref)
        assert queries.left_alone(actor, done.ref) == []  # another's client is not named
    assert (facts.changed, facts.left) == (1, {"gone": 1})
    assert brand(world.elan) == {}


def test_a_reseller_that_is_locked_meanwhile_changes_nothing_and_goes_on_later(world: World, few: None) -> None:
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"actor": actor, "at": AT}
        done = operations.change_brands(selection=pair(world), changes={"color": "#abc"}, **given)
    with platform_scope("a test"):
        type(world.rosa).objects.filter(id=world.rosa.id).update(state="suspended")
    run_due_jobs(at=AT)
    with world.scope("rosa") as actor:
        facts = queries.brands_change(actor, done.ref)
        assert (facts.state, facts.changed, facts.may_be_undone) == ("failed", 0, False)
    assert "suspended" in Job.unscoped.get(id=done.job_id).last_error  # unscoped: a test
    with platform_scope("a test"):
        type(world.rosa).objects.filter(id=world.rosa.id).update(state="active")
    with world.scope("rosa") as actor:
        operations.resume_brands(ref=done.ref, **given)
        operations.resume_brands(ref=done.ref, **given)
    run_due_jobs(at=AT)
    with world.scope("rosa") as actor:
        facts = queries.brands_change(actor, done.ref)
        operations.resume_brands(ref=done.ref, **given)
    assert (facts.state, facts.changed) == ("done", 2)
    assert Job.unscoped.filter(kind="branding.change_brands").count() == 2  # unscoped: as above
    assert told("brands.change_resumed") == [world.rosa.id]  # once, though asked for three times


def test_a_change_is_its_resellers_and_no_one_elses(world: World) -> None:
    with world.scope("rosa") as actor:
        done = operations.change_brands(selection=pair(world), changes={"color": "#abc"}, actor=actor, at=AT)
    with world.scope("remo") as remo:
        assert queries.brands_changes(remo) == []
        for question in (queries.brands_change, queries.left_alone):
            with pytest.raises(NotFound):
                question(remo, done.ref)
        with pytest.raises(NotFound):
            operations.undo_brands(ref=done.ref, actor=remo, at=AT)
    place = world.places["rico"]
    place.rights_words = {"clients": "view", "brand": "manage"}
    with platform_scope("test data"):
        place.save()
    with world.scope("rico") as rico:  # confined to Carl: the change has been with another, too
        assert queries.brands_changes(rico) == []
        with pytest.raises(NotFound):
            operations.undo_brands(ref=done.ref, actor=rico, at=AT)
        own = operations.change_brands(selection=pair(world), changes={"color": "#def"}, actor=rico, at=AT)
        assert [each.ref for each in queries.brands_changes(rico)] == [own.ref]
        operations.undo_brands(ref=own.ref, actor=rico, at=AT)
    assert brand(world.carl) == {"color": "#aabbcc"}


def test_old_changes_are_forgotten(world: World) -> None:
    with world.scope("rosa") as actor:
        done = operations.change_brands(selection=pair(world), changes={"color": "#abc"}, actor=actor, at=AT)
    with platform_scope("a test"):
        operations.forget_old_changes(actor=world.actor("vera"), at=AT + many.KEPT)
        assert BrandsChange.objects.filter(ref=done.ref).exists()
        operations.forget_old_changes(actor=world.actor("vera"), at=AT + many.KEPT * 2)
        assert not BrandsChange.objects.exists()
