"""Changing what an account shows of itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.branding.events import BrandChanged
from sublet.branding.images import MadeImage, NotAnImage, make_image
from sublet.branding.models import Brand, BrandImage
from sublet.branding.operations.generation import bump_generation
from sublet.branding.operations.texts import LONGEST, TEXT_FIELDS, WrongText, clean_text
from sublet.branding.queries import PICTURES
from sublet.core.colors import parse_color, to_hex
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record

#: Old pictures stay, because mails that were sent show them; but not without end.
MOST_PICTURES = 60


class CannotChangeBrand(Refusal):
    """The brand stays as it is."""

    SENTENCES: ClassVar = {
        "color": _("Write the color as #rrggbb, for example #1f6feb."),
        "changed-meanwhile": _("Somebody changed this brand while you were editing. Reload the page to see it."),
        "empty": _("The file is empty."),
        "too-large": _("The picture is larger than 5 MB."),
        "too-many-pixels": _("The picture has too many pixels. Send one of at most 24 megapixels."),
        "too-small": _("The icon is too small. Send one of at least 32 by 32 pixels."),
        "not-an-image": _("This is not a picture we can read. Send a PNG, JPEG, WebP or GIF file."),
        "unknown-field": _("There is no such field."),
        "too-long": _("This is too long: at most %(most)s characters."),
        "email": _("This is not an e-mail address."),
        "address": _("Write a web address that begins with https://."),
        "phone": _("Write a telephone number, for example +39 06 1234 5678."),
    }


def _brand(account_ref: str, actor: Actor) -> Brand:
    # The account is locked and not the brand: two people may be about to make its first one.
    account = Account.objects.select_for_update().filter(ref=account_ref).first()
    if account is None:
        raise NotFound
    brand = Brand.objects.filter(account=account).first() or Brand()
    brand.account = account
    return brand


def _color(value: str) -> str:
    clean = value.strip()
    parsed = parse_color(clean) if clean else None
    if clean and parsed is None:
        raise CannotChangeBrand("color", field="color")
    return to_hex(parsed) if parsed is not None else ""


def _text(field: str, value: str) -> str:
    try:
        return clean_text(field, value)
    except WrongText as fault:
        raise CannotChangeBrand(fault.code, field=field, most=LONGEST[field]) from None


def _made(slot: str, data: bytes) -> MadeImage:
    try:
        return make_image(data, slot=slot)
    except NotAnImage as fault:
        raise CannotChangeBrand(fault.code, field=slot) from None


def change_brand(
    *,
    account_ref: str,
    changes: Mapping[str, str],
    version: int | None,
    actor: Actor,
    at: datetime,
    pictures: Mapping[str, bytes | None] | None = None,
) -> Brand:
    """Set fields of a brand; an empty value goes back to what is inherited. `version` is the one that was edited.

    `pictures` are uploaded files by slot (``logo``, ``logo_dark``, ``icon``); None takes one away. All or nothing. What is
    the same already writes nothing, so that a form sent twice is no conflict with itself. Raises CannotChangeBrand (with
    `field`), NotFound, Forbidden.
    """
    actor.require("brand:manage")
    wanted: dict[str, str] = {}
    for field, value in changes.items():
        if field == "color":
            wanted[field] = _color(value)
        elif field in TEXT_FIELDS:
            wanted[field] = _text(field, value)
        else:
            raise CannotChangeBrand("unknown-field", field=field)
    made: dict[str, MadeImage] = {}
    for slot, data in (pictures or {}).items():
        if slot not in PICTURES:
            raise CannotChangeBrand("unknown-field", field=slot)
        if data is None:
            wanted[slot] = ""
        else:
            made[slot] = _made(slot, data)  # before anything is locked: it may take a second
            wanted[slot] = made[slot].digest
    with transaction.atomic():
        brand = _brand(account_ref, actor)
        changed = [field for field, value in wanted.items() if getattr(brand, field) != value]
        if not changed:
            return brand
        if version is not None and version != brand.version:
            raise CannotChangeBrand("changed-meanwhile")
        for field in changed:
            setattr(brand, field, wanted[field])
        brand.version += 1
        brand.save()
        for image in made.values():
            _keep(brand, image, at=at)
        bump_generation()
        record(
            BrandChanged(account=brand.account.name, fields=", ".join(changed)),
            account_id=brand.account_id,
            parent_id=brand.account.parent_id,
            actor=actor,
            at=at,
        )
        return brand


def _keep(brand: Brand, made: MadeImage, *, at: datetime) -> None:
    """Store a picture under its digest; beyond MOST_PICTURES the oldest that is not shown leaves."""
    mine = BrandImage.objects.filter(account=brand.account)
    if mine.filter(digest=made.digest).exists():
        return
    BrandImage(
        account=brand.account,
        digest=made.digest,
        media_type="image/png",
        width=made.width,
        height=made.height,
        data=made.data,
        created_at=at,
    ).save()
    shown = [getattr(brand, slot) for slot in PICTURES]
    spare = mine.exclude(digest__in=shown).order_by("-id").values_list("id", flat=True)
    BrandImage.objects.filter(id__in=list(spare[MOST_PICTURES - len(PICTURES) :])).delete()


def upload_image(*, account_ref: str, slot: str, data: bytes, actor: Actor, at: datetime) -> Brand:
    """Set one picture of a brand (``logo``, ``logo_dark``, ``icon``). Raises as `change_brand` does."""
    return change_brand(account_ref=account_ref, changes={}, pictures={slot: data}, version=None, actor=actor, at=at)


def remove_image(*, account_ref: str, slot: str, actor: Actor, at: datetime) -> Brand:
    """Take a picture away, so that the inherited one shows. Raises as `change_brand` does."""
    return change_brand(account_ref=account_ref, changes={}, pictures={slot: None}, version=None, actor=actor, at=at)
