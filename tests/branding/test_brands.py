"""Brands: what is inherited from whom, what can be changed by whom, and what is refused."""

from __future__ import annotations

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from sublet.branding import operations, queries
from sublet.branding.events import FIELDS
from sublet.branding.models import Brand, BrandImage
from sublet.branding.operations import CannotChangeBrand
from sublet.branding.operations.pictures import MOST_PICTURES
from sublet.branding.queries.brands import FIELDS as BRAND_FIELDS
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.queries import sentence_of
from sublet.foundation.scope import platform_scope
from tests.branding import pictures
from tests.branding.payloads import CSS_PAYLOADS
from tests.people import AT, World

pytestmark = pytest.mark.django_db


def entries() -> list[tuple[str, dict[str, str]]]:
    rows = JournalEntry.unscoped.order_by("id")  # unscoped: a test looks at everything
    return [(row.event, row.data) for row in rows]


def change(world: World, person: str, ref: str = "", **changes: str) -> Brand:
    with world.scope(person) as actor:
        account = ref or actor.account_ref
        return operations.change_brand(account_ref=account, changes=changes, version=None, actor=actor, at=AT)


def view(world: World, host: str) -> queries.BrandView:
    found = queries.host_view(host)
    assert found is not None
    return found.brand


def test_a_reseller_that_has_set_nothing_shows_its_name_and_nothing_of_the_vendors(world: World) -> None:
    change(world, "vera", name="Vantage", footer="by Vantage", support_email="help@vantage.example", color="#ff0000")
    brand = view(world, "rosa.localhost")
    assert (brand.name, brand.sender_name, brand.support_name) == ("Rosa Web Studio",) * 3
    assert (brand.footer, brand.support_email, brand.color) == ("", "", queries.DEFAULT_COLOR)
    assert brand.is_vendor is False
    assert "Vantage" not in repr(brand)


def test_a_client_wears_its_resellers_brand_field_by_field(world: World) -> None:
    change(
        world, "rosa", name="Studio Rosa", color="#aa3311", support_email="ciao@rosa.example", support_phone="+39 06 1"
    )
    change(world, "rosa", world.carl.ref, name="Carl’s", support_phone="+39 06 2")
    brand = view(world, "carl.localhost")
    assert (brand.name, brand.color) == ("Carl’s", "#aa3311")
    assert (brand.support_email, brand.support_phone) == ("ciao@rosa.example", "+39 06 2")
    assert dict(brand.origins) == {"color": "Rosa Web Studio", "support_email": "Rosa Web Studio"}


def test_a_direct_account_wears_the_vendors_brand(world: World) -> None:
    change(world, "vera", name="Vantage", support_email="help@vantage.example")
    with world.scope("dora"):
        shown = queries.brand_to_edit(world.dora.ref)
    assert (shown.view.name, shown.view.support_email) == ("Vantage", "help@vantage.example")
    assert shown.fields["name"].origin == "Vantage Apps"


def test_a_client_with_a_logo_of_its_own_never_shows_its_resellers_on_dark_pages(world: World) -> None:
    with world.scope("rosa") as actor:
        for slot, color in (("logo", "#111111"), ("logo_dark", "#eeeeee")):
            operations.upload_image(
                account_ref=world.rosa.ref, slot=slot, data=pictures.png(color=color), actor=actor, at=AT
            )
    inherited = view(world, "carl.localhost")
    assert inherited.logo_url != inherited.logo_dark_url != ""
    with world.scope("rosa") as actor:
        operations.upload_image(
            account_ref=world.carl.ref, slot="logo", data=pictures.png(color="#00aa00"), actor=actor, at=AT
        )
    own = view(world, "carl.localhost")
    assert own.logo_url == own.logo_dark_url != inherited.logo_url


def test_an_emptied_field_goes_back_to_what_is_inherited(world: World) -> None:
    change(world, "rosa", name="Studio Rosa")
    change(world, "rosa", world.carl.ref, name="Carl’s")
    change(world, "rosa", world.carl.ref, name="  ")
    with world.scope("rosa"):
        name = queries.brand_to_edit(world.carl.ref).fields["name"]
    assert (name.own, name.inherited, name.origin, name.shown) == ("", "Studio Rosa", "Rosa Web Studio", "Studio Rosa")


def test_a_change_is_journaled_once_with_its_fields_and_nothing_when_nothing_changes(world: World) -> None:
    first = change(world, "rosa", name="Studio Rosa", color="1F6FEB", footer="")
    assert (first.version, first.color) == (1, "#1f6feb")
    assert entries() == [("brand.changed", {"account": "Rosa Web Studio", "fields": "name, color"})]
    assert change(world, "rosa", name=" Studio  Rosa ", color="#1f6feb").version == 1
    assert len(entries()) == 1


def test_a_form_sent_twice_is_no_conflict_but_another_persons_change_is(world: World) -> None:
    with world.scope("rosa") as actor:

        def send(name: str) -> Brand:
            return operations.change_brand(
                account_ref=world.rosa.ref, changes={"name": name}, version=0, actor=actor, at=AT
            )

        assert send("Studio").version == 1
        assert send("Studio").version == 1
        with pytest.raises(CannotChangeBrand) as refusal:
            send("Atelier")
    assert refusal.value.code == "changed-meanwhile"
    assert Brand.unscoped.get().name == "Studio"  # unscoped: a test looks at everything


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("color", "red", "color"), ("color", "#12345", "color"), ("support_email", "not an address", "email"),
        ("support_email", "a@b", "email"), ("support_url", "javascript:alert(1)", "address"),
        ("support_url", "data:text/html,x", "address"), ("support_url", "https://", "address"),
        ("support_url", "https://user:secret@example.com", "address"), ("support_url", 'https://a.example/"x', "address"),
        ("support_url", "https://127.0.0.1/", "address"), ("support_url", "https://a.example:99999/", "address"),
        ("support_phone", "call me", "phone"), ("support_phone", "+++", "phone"), ("name", "x" * 81, "too-long"),
        ("footer", "x" * 201, "too-long"), ("name", "y" * 10_000_000, "too-long"), ("logo", "0" * 64, "unknown-field"),
        ("version", "9", "unknown-field"), ("account_id", "1", "unknown-field"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused_at_its_field(world: World, field: str, value: str, code: str) -> None:
    with pytest.raises(CannotChangeBrand) as refusal:
        change(world, "rosa", **{field: value})
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert refusal.value.sentence
    assert entries() == []
    assert not Brand.unscoped.exists()  # unscoped: a test looks at everything


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("name", "Bar | Grill <b>", "Bar | Grill <b>"), ("name", "a\x00b\r\nc\u2028d\te", "a b c d e"),
        ("name", "\u202eevil\u2066", "evil"), ("name", "🍕 日本 👩‍🍳", "🍕 日本 👩‍🍳"),
        ("support_url", "www.rosa.example/help", "https://www.rosa.example/help"),
        ("support_url", "HTTPS://Rosa.EXAMPLE:8443/A?b#c", "https://rosa.example:8443/A?b#c"),
        ("support_email", "mailto:Ciao@Rosa.Example", "Ciao@rosa.example"),
        ("support_phone", " +39 (06) 12-34 ", "+39 (06) 12-34"), ("color", " #ABC ", "#aabbcc"),
    ],
)  # fmt: skip
def test_what_is_stored_is_clean(world: World, field: str, value: str, stored: str) -> None:
    assert getattr(change(world, "rosa", **{field: value}), field) == stored


def test_nothing_but_six_digits_ever_reaches_a_style_sheet(world: World) -> None:
    for payload in CSS_PAYLOADS:
        with pytest.raises(CannotChangeBrand):
            change(world, "rosa", color=payload)
    assert not Brand.unscoped.exists()  # unscoped: a test looks at everything


def test_a_bad_file_leaves_everything_as_it_was(world: World) -> None:
    with world.scope("rosa") as actor, pytest.raises(CannotChangeBrand) as refusal:
        operations.change_brand(
            account_ref=world.rosa.ref,
            changes={"name": "Studio"},
            pictures={"logo": pictures.png(), "icon": pictures.SVG},
            version=None,
            actor=actor,
            at=AT,
        )
    assert (refusal.value.code, refusal.value.field) == ("not-an-image", "icon")
    assert not Brand.unscoped.exists()  # unscoped: a test looks at everything
    assert not BrandImage.unscoped.exists()  # unscoped: as above


def test_a_picture_is_kept_once_and_taken_away_without_being_lost_to_mails(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = world.rosa.ref
        made = operations.upload_image(account_ref=ref, slot="logo", data=pictures.png(), actor=actor, at=AT)
        operations.upload_image(account_ref=ref, slot="logo_dark", data=pictures.png(), actor=actor, at=AT)
        digest = made.logo
        removed = operations.remove_image(account_ref=ref, slot="logo", actor=actor, at=AT)
        assert (removed.logo, removed.logo_dark) == ("", digest)
        assert BrandImage.objects.count() == 1
    assert queries.picture(digest, account_ids=[world.rosa.id]) is not None
    assert queries.picture(digest, account_ids=[world.remo.id, world.vendor.id]) is None


def test_old_pictures_leave_in_time_but_never_those_that_are_shown(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = world.rosa.ref
        icon = operations.upload_image(account_ref=ref, slot="icon", data=pictures.png(64, 64), actor=actor, at=AT).icon
        for number in range(MOST_PICTURES + 5):
            data = pictures.png(40 + number, 20)
            last = operations.upload_image(account_ref=ref, slot="logo", data=data, actor=actor, at=AT).logo
        kept = set(BrandImage.objects.values_list("digest", flat=True))
    assert {icon, last} <= kept
    assert len(kept) <= MOST_PICTURES


@pytest.mark.parametrize("person", ["carl", "cleo", "rico", "ruth", "nora"])
def test_only_who_manages_brands_changes_them(world: World, person: str) -> None:
    with world.scope(person) as actor, pytest.raises(Forbidden):
        operations.change_brand(
            account_ref=actor.account_ref, changes={"name": "Mine"}, version=None, actor=actor, at=AT
        )


@pytest.mark.parametrize("account", ["bakery", "remo", "vendor", "dora"])
def test_a_reseller_changes_no_brand_outside_its_tree(world: World, account: str) -> None:
    ref = getattr(world, account).ref
    with pytest.raises(NotFound):
        change(world, "rosa", ref, name="Mine")
    with world.scope("rosa"), pytest.raises(NotFound):
        queries.brand_to_edit(ref)


def test_staff_confined_to_some_clients_changes_no_brand_of_another(world: World) -> None:
    place = world.places["rico"]
    place.rights_words = {"clients": "manage", "brand": "manage"}
    with platform_scope("test data"):
        place.save()
    change(world, "rico", world.carl.ref, name="Carl’s")
    with pytest.raises(NotFound):
        change(world, "rico", world.elan.ref, name="Élan")


def test_changing_a_brand_takes_few_statements(world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with world.scope("rosa") as actor:
        facts: dict[str, object] = {"account_ref": world.rosa.ref, "version": None, "actor": actor, "at": AT}
        operations.change_brand(changes={"name": "A"}, **facts)  # type: ignore[arg-type]  # a test's own mixture
        with django_assert_num_queries(
            9
        ):  # savepoint, account, brand, write, version, number, entry, listeners, savepoint
            operations.change_brand(changes={"name": "B"}, **facts)  # type: ignore[arg-type]  # a test's own mixture


def test_the_actor_is_named(world: World) -> None:
    change(world, "rosa", name="Studio")
    row = JournalEntry.unscoped.get()  # unscoped: a test looks at everything
    assert (row.actor_name, row.account_id, row.parent_id) == ("Rosa Ricci", world.rosa.id, world.vendor.id)
    assert isinstance(world.actor("rosa"), Actor)


def test_the_journal_calls_what_was_changed_by_its_name() -> None:
    entry = JournalEntry(
        event="brand.changed", actor_name="Rosa", data={"account": "Elan", "fields": "color, logo, odd"}
    )
    assert sentence_of(entry) == "Rosa changed the brand of Elan: color, logo, odd."
    with translation.override("it"):
        assert sentence_of(entry) == "Rosa ha modificato il marchio di Elan: colore, logo, odd."
    assert set(FIELDS) == set(BRAND_FIELDS)
