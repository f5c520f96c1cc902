"""Changing what an account shows of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.branding.events import BrandChanged, BrandDraftDiscarded, BrandDrafted, BrandRestored
from sublet.branding.images import MadeImage
from sublet.branding.models import Brand, BrandVersion
from sublet.branding.operations.generation import bump_generation
from sublet.branding.operations.pictures import SENTENCES as PICTURE_SENTENCES
from sublet.branding.operations.pictures import has_pictures, keep_picture, read_picture
from sublet.branding.operations.texts import LONGEST, WrongText, clean_text
from sublet.branding.queries import PICTURES, values_of
from sublet.branding.queries.brands import COLUMNS
from sublet.core.brandfields import CHOICES, COLOR, FIELDS, parts_of
from sublet.core.colors import parse_color, to_hex
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record

#: Published versions that are kept, newest first.
MOST_VERSIONS = 100


class CannotChangeBrand(Refusal):
    """The brand stays as it is."""

    SENTENCES: ClassVar = {
        **PICTURE_SENTENCES,
        "color": _("Write the color as #rrggbb, for example #1f6feb."),
        "changed-meanwhile": _("Somebody changed this brand while you were editing. Reload the page to see it."),
        "choice": _("Choose one from the list."),
        "no-draft": _("There is no draft. It was published or discarded meanwhile."),
        "picture-gone": _("A picture of this version is no longer kept. Upload it again."),
        "too-long": _("This is too long: at most %(most)s characters."),
        "email": _("This is not an e-mail address."),
        "address": _("Write a web address that begins with https://."),
        "phone": _("Write a telephone number, for example +39 06 1234 5678."),
    }


def _brand(account_ref: str) -> Brand:
    # The account is locked and not the brand: two people may be about to make its first one.
    account = Account.objects.select_for_update().filter(ref=account_ref).first()
    if account is None:
        raise NotFound
    brand = Brand.objects.filter(account=account).first() or Brand()
    brand.account = account
    return brand


def _color(key: str, value: str) -> str:
    clean = value.strip()
    parsed = parse_color(clean) if clean else None
    if clean and parsed is None:
        raise CannotChangeBrand("color", field=key)
    return to_hex(parsed) if parsed is not None else ""


def _text(key: str, field: str, value: str) -> str:
    try:
        return clean_text(field, value)
    except WrongText as fault:
        raise CannotChangeBrand(fault.code, field=key, most=LONGEST[field]) from None


def _clean(key: str, value: str) -> str:
    """What is stored of one value. Raises CannotChangeBrand."""
    parts = parts_of(key)
    if parts is None or parts[0] in PICTURES:
        raise CannotChangeBrand("unknown-field", field=key)
    field = parts[0]
    if FIELDS[field].kind == COLOR:
        return _color(key, value)
    if field in CHOICES:
        if value and value not in CHOICES[field]:
            raise CannotChangeBrand("choice", field=key)
        return value
    return _text(key, field, value)


def _read(
    changes: Mapping[str, str], pictures: Mapping[str, bytes | None] | None
) -> tuple[dict[str, str], list[MadeImage]]:
    """What is wanted by key, and the pictures made of what was uploaded. Before anything is locked: it may take a second."""
    wanted = read_changes(changes)
    made: list[MadeImage] = []
    for slot, data in (pictures or {}).items():
        if slot not in PICTURES:
            raise CannotChangeBrand("unknown-field", field=slot)
        if data is None:
            wanted[slot] = ""
        else:
            made.append(read_picture(slot, data, CannotChangeBrand))
            wanted[slot] = made[-1].digest
    return wanted, made


def read_changes(changes: Mapping[str, str]) -> dict[str, str]:
    """The changes as they are stored, by key. Raises CannotChangeBrand at the first that cannot be."""
    return {key: _clean(key, value) for key, value in changes.items()}


def cleaned(changes: Mapping[str, str]) -> dict[str, str]:
    """The changes as they would be stored, each by itself; what cannot be stored is left out. For a preview."""
    found = {}
    for key, value in changes.items():
        try:
            found[key] = _clean(key, value)
        except CannotChangeBrand:
            continue
    return found


def names_of(keys: Iterable[str]) -> str:
    """The fields of these keys, each once, in the order of the list: a database may give them in any."""
    told = {key.partition("@")[0] for key in keys}
    return ", ".join(field for field in FIELDS if field in told)


def _refuse_late(brand: Brand, version: int | None) -> None:
    if version is not None and version != brand.version:
        raise CannotChangeBrand("changed-meanwhile")


def _by(actor: Actor) -> str:
    return actor.impersonator.name if actor.impersonator is not None else actor.name


def publish_values(brand: Brand, wanted: Mapping[str, str], *, actor: Actor, at: datetime) -> BrandChanged:
    """The same for one of many brands; the caller has locked the account, records the event that this returns, and tells the
    hosts."""
    changed = _publish(brand, wanted, actor=actor, at=at, tell=False)
    return BrandChanged(account=brand.account.name, fields=names_of(changed))


def put_back_draft(brand: Brand, draft: Mapping[str, str], *, actor: Actor, at: datetime) -> None:
    """Let the draft of a brand say `draft` again, as far as that is not published; the caller tells of it."""
    live = values_of(brand)
    left = {key: value for key, value in draft.items() if live.get(key, "") != value}
    if left != (brand.draft or {}):
        _set_draft(brand, left, by=brand.drafted_by or _by(actor), at=brand.drafted_at or at)
        brand.save(update_fields=["draft", "drafted_by", "drafted_at"])


def _publish(brand: Brand, wanted: Mapping[str, str], *, actor: Actor, at: datetime, tell: bool = True) -> list[str]:
    """Set values for everybody to see, as a new version; the keys that became otherwise. Writes nothing if none did."""
    old = values_of(brand)
    new = {key: value for key, value in (old | {**wanted}).items() if value}
    changed = [key for key in wanted if old.get(key, "") != new.get(key, "")]
    left = {key: value for key, value in (brand.draft or {}).items() if key not in wanted}
    if not changed and left == (brand.draft or {}):
        return []
    _set_draft(brand, left)
    for column in COLUMNS:
        setattr(brand, column, new.get(column, ""))
    brand.more = {key: value for key, value in new.items() if key not in COLUMNS}
    brand.version += 1
    if changed:
        if not brand.published and old:
            # What was there before versions were kept, so that one can go back to it.
            brand.published = 1
            BrandVersion(account=brand.account, number=1, values=old, published_at=at).save()
        brand.published += 1
    brand.save()
    if changed:
        BrandVersion(
            account=brand.account,
            number=brand.published,
            values=new,
            changed=names_of(changed),
            published_by=_by(actor)[:200],
            published_at=at,
        ).save()
        if brand.published > MOST_VERSIONS:
            BrandVersion.objects.filter(account=brand.account, number__lte=brand.published - MOST_VERSIONS).delete()
        if tell:
            bump_generation()
    return changed


def _set_draft(brand: Brand, draft: Mapping[str, str], *, by: str = "", at: datetime | None = None) -> None:
    brand.draft = {**draft} or None
    if not draft:
        brand.drafted_by, brand.drafted_at = "", None
    elif at is not None:
        brand.drafted_by, brand.drafted_at = by[:200], at


def _note(event: Event, brand: Brand, *, actor: Actor, at: datetime) -> None:
    record(event, account_id=brand.account_id, parent_id=brand.account.parent_id, actor=actor, at=at)


def change_brand(
    *,
    account_ref: str,
    changes: Mapping[str, str],
    version: int | None,
    actor: Actor,
    at: datetime,
    pictures: Mapping[str, bytes | None] | None = None,
    with_draft: bool = False,
) -> Brand:
    """Set fields of a brand and publish them at once; an empty value goes back to what is inherited.

    Keys are fields, or ``field@language`` for a text in one language. `version` is the one that was edited. `pictures` are
    uploaded files by slot (``logo``, ``icon`` …); None takes one away. All or nothing. What is the same already writes
    nothing, so that a form sent twice is no conflict with itself. A draft keeps what it says of other fields, or is published
    along (`with_draft`). Raises CannotChangeBrand (with `field`), NotFound, Forbidden.
    """
    actor.require("brand:manage")
    wanted, made = _read(changes, pictures)
    with transaction.atomic():
        brand = _brand(account_ref)
        live = values_of(brand)
        if with_draft:
            wanted = {**(brand.draft or {})} | wanted
        if all(live.get(key, "") == value and key not in (brand.draft or {}) for key, value in wanted.items()):
            return brand
        _refuse_late(brand, version)
        changed = _publish(brand, wanted, actor=actor, at=at)
        for image in made:
            keep_picture(brand.account, image, at=at)
        if changed:
            _note(BrandChanged(account=brand.account.name, fields=names_of(changed)), brand, actor=actor, at=at)
        else:
            _note(BrandDraftDiscarded(account=brand.account.name), brand, actor=actor, at=at)
        return brand


def save_draft(
    *,
    account_ref: str,
    changes: Mapping[str, str],
    version: int | None,
    actor: Actor,
    at: datetime,
    pictures: Mapping[str, bytes | None] | None = None,
) -> Brand:
    """The same, but nobody sees it before `publish_draft`. What is as it is published leaves the draft.

    Raises as `change_brand` does.
    """
    actor.require("brand:manage")
    wanted, made = _read(changes, pictures)
    with transaction.atomic():
        brand = _brand(account_ref)
        live, before = values_of(brand), brand.draft or {}
        after = {key: value for key, value in (before | wanted).items() if value != live.get(key, "")}
        changed = [key for key in wanted if after.get(key) != before.get(key)]
        if not changed:
            return brand
        _refuse_late(brand, version)
        _set_draft(brand, after, by=_by(actor), at=at)
        brand.version += 1
        brand.save()
        for image in made:
            keep_picture(brand.account, image, at=at)
        _note(BrandDrafted(account=brand.account.name, fields=names_of(changed)), brand, actor=actor, at=at)
        return brand


def publish_draft(*, account_ref: str, version: int | None, actor: Actor, at: datetime) -> Brand:
    """Let everybody see what the draft says. Raises CannotChangeBrand, NotFound, Forbidden."""
    actor.require("brand:manage")
    with transaction.atomic():
        brand = _brand(account_ref)
        if not brand.draft:
            raise CannotChangeBrand("no-draft")
        _refuse_late(brand, version)
        changed = _publish(brand, brand.draft, actor=actor, at=at)
        if changed:
            _note(BrandChanged(account=brand.account.name, fields=names_of(changed)), brand, actor=actor, at=at)
        else:  # it said what is published already
            _note(BrandDraftDiscarded(account=brand.account.name), brand, actor=actor, at=at)
        return brand


def discard_draft(*, account_ref: str, version: int | None, actor: Actor, at: datetime) -> Brand:
    """Throw the draft away. Raises CannotChangeBrand, NotFound, Forbidden."""
    actor.require("brand:manage")
    with transaction.atomic():
        brand = _brand(account_ref)
        if not brand.draft:
            raise CannotChangeBrand("no-draft")
        _refuse_late(brand, version)
        _set_draft(brand, {})
        brand.version += 1
        brand.save()
        _note(BrandDraftDiscarded(account=brand.account.name), brand, actor=actor, at=at)
        return brand


def publish_version(*, account_ref: str, number: int, version: int | None, actor: Actor, at: datetime) -> Brand:
    """Publish what was published before as that version, as a new one. A draft keeps what it says of fields that stay.

    What the version said that is no longer offered goes back to what is inherited.
    Raises CannotChangeBrand, NotFound (no such version, too), Forbidden.
    """
    actor.require("brand:manage")
    with transaction.atomic():
        brand = _brand(account_ref)
        row = BrandVersion.objects.filter(account=brand.account, number=number).first()
        if row is None:
            raise NotFound
        old = values_of(brand)
        kept = _still_lawful(row.values)
        wanted = {key: kept.get(key, "") for key in (*old, *row.values) if parts_of(key)}
        wanted = {key: value for key, value in wanted.items() if old.get(key, "") != value}
        if not wanted:
            return brand
        _refuse_late(brand, version)
        if not has_pictures(brand.account, wanted):
            raise CannotChangeBrand("picture-gone")
        changed = _publish(brand, wanted, actor=actor, at=at)
        restored = BrandRestored(account=brand.account.name, number=number, fields=names_of(changed))
        _note(restored, brand, actor=actor, at=at)
        return brand


def _still_lawful(values: Mapping[str, str]) -> dict[str, str]:
    """What of an older version can be published today: a choice that is not offered any more would break every page."""
    return {key: value for key, value in values.items() if key in PICTURES or cleaned({key: value}) == {key: value}}


def upload_image(*, account_ref: str, slot: str, data: bytes, actor: Actor, at: datetime) -> Brand:
    """Set one picture of a brand (``logo``, ``icon`` …). Raises as `change_brand` does."""
    return change_brand(account_ref=account_ref, changes={}, pictures={slot: data}, version=None, actor=actor, at=at)


def remove_image(*, account_ref: str, slot: str, actor: Actor, at: datetime) -> Brand:
    """Take a picture away, so that the inherited one shows. Raises as `change_brand` does."""
    return change_brand(account_ref=account_ref, changes={}, pictures={slot: None}, version=None, actor=actor, at=at)
