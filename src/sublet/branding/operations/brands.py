"""Changing what an account shows of itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.branding.events import BrandChanged
from sublet.branding.images import SIZES, NotAnImage, make_image
from sublet.branding.models import Brand, BrandImage
from sublet.branding.operations.generation import bump_generation
from sublet.core.colors import parse_color, to_hex
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record

TEXT_FIELDS = (
    "name", "support_name", "support_email", "support_phone", "support_url", "support_hours", "footer", "sender_name",
)  # fmt: skip


class CannotChangeBrand(Refusal):
    """The brand stays as it is."""

    SENTENCES: ClassVar = {
        "color": _("Write the color as #rrggbb, for example #1f6feb."),
        "changed-meanwhile": _("Somebody changed this brand while you were editing. Reload the page to see it."),
        "empty": _("The file is empty."),
        "too-large": _("The picture is larger than 5 MB."),
        "too-many-pixels": _("The picture has too many pixels. Send one of at most 24 megapixels."),
        "not-an-image": _("This is not a picture we can read. Send a PNG, JPEG, WebP or GIF file."),
        "unknown-field": _("There is no such field."),
    }


def _brand(account_ref: str, actor: Actor) -> Brand:
    account = Account.objects.filter(ref=account_ref).first()
    if account is None:
        raise NotFound
    actor.require("brand:manage")
    brand = Brand.objects.select_for_update().filter(account=account).first()
    return brand if brand is not None else Brand(account=account)


def _finish(brand: Brand, fields: list[str], *, actor: Actor, at: datetime) -> None:
    brand.version += 1
    brand.save()
    bump_generation()
    record(
        BrandChanged(account=brand.account.name, fields=", ".join(fields)),
        account_id=brand.account_id,
        parent_id=brand.account.parent_id,
        actor=actor,
        at=at,
    )


def change_brand(
    *, account_ref: str, changes: Mapping[str, str], version: int | None, actor: Actor, at: datetime
) -> Brand:
    """Set fields of a brand; an empty value goes back to what is inherited. `version` is the one that was edited.

    Raises CannotChangeBrand (with `field`), NotFound, Forbidden. What is the same already writes nothing.
    """
    with transaction.atomic():
        brand = _brand(account_ref, actor)
        if version is not None and version != brand.version:
            raise CannotChangeBrand("changed-meanwhile")
        changed: list[str] = []
        for field, value in changes.items():
            clean = value.strip()
            if field == "color":
                parsed = parse_color(clean) if clean else None
                if clean and parsed is None:
                    raise CannotChangeBrand("color", field="color")
                clean = to_hex(parsed) if parsed is not None else ""
            elif field not in TEXT_FIELDS:
                raise CannotChangeBrand("unknown-field", field=field)
            if getattr(brand, field) != clean:
                setattr(brand, field, clean)
                changed.append(field)
        if changed:
            _finish(brand, changed, actor=actor, at=at)
        return brand


def upload_image(*, account_ref: str, slot: str, data: bytes, actor: Actor, at: datetime) -> Brand:
    """Set a picture of a brand (``logo``, ``logo_dark``, ``icon``) from an uploaded file.

    Raises CannotChangeBrand (with `field`), NotFound, Forbidden.
    """
    if slot not in SIZES:
        raise CannotChangeBrand("unknown-field", field=slot)
    try:
        made = make_image(data, slot=slot)
    except NotAnImage as fault:
        raise CannotChangeBrand(fault.code, field=slot) from None
    with transaction.atomic():
        brand = _brand(account_ref, actor)
        if not BrandImage.objects.filter(account=brand.account, digest=made.digest).exists():
            BrandImage(
                account=brand.account,
                digest=made.digest,
                media_type="image/png",
                width=made.width,
                height=made.height,
                data=made.data,
                created_at=at,
            ).save()
        if getattr(brand, slot) != made.digest:
            setattr(brand, slot, made.digest)
            _finish(brand, [slot], actor=actor, at=at)
        return brand


def remove_image(*, account_ref: str, slot: str, actor: Actor, at: datetime) -> Brand:
    """Take a picture away, so that the inherited one shows. Raises CannotChangeBrand, NotFound, Forbidden."""
    if slot not in SIZES:
        raise CannotChangeBrand("unknown-field", field=slot)
    with transaction.atomic():
        brand = _brand(account_ref, actor)
        if getattr(brand, slot):
            setattr(brand, slot, "")
            _finish(brand, [slot], actor=actor, at=at)
        return brand
