"""Pictures of brands: made of what was uploaded, kept under their digest, thrown away when nobody shows them any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.queries import require_below
from sublet.branding.events import BrandsPictureKept
from sublet.branding.images import SMALLEST_ICON, MadeImage, NotAnImage, make_image
from sublet.branding.models import Brand, BrandImage, BrandsChange
from sublet.branding.queries import PICTURES, values_of
from sublet.core.rights import CLIENT, RESELLER
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import current_or_none

#: Old pictures stay, because mails that were sent show them; but not without end.
MOST_PICTURES = 60
SENTENCES = {
    "empty": _("The file is empty."),
    "too-large": _("The picture is larger than 5 MB."),
    "too-many-pixels": _("The picture has too many pixels. Send one of at most 24 megapixels."),
    "too-small": _("The icon is too small. Send one of at least 32 by 32 pixels."),
    "not-an-image": _("This is not a picture we can read. Send a PNG, JPEG, WebP or GIF file."),
    "unknown-field": _("There is no such field."),
}


class CannotKeepPicture(Refusal):
    """The picture is not kept."""

    SENTENCES = SENTENCES


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture that is stored: by its digest it can be set in the brands of many clients."""

    slot: str
    digest: str
    width: int
    height: int


def read_picture(slot: str, data: bytes, refusal: type[Refusal] = CannotKeepPicture) -> MadeImage:
    """What is made of an upload for a slot. Before anything is locked: it may take a second. Raises `refusal`."""
    if slot not in PICTURES:
        raise refusal("unknown-field", field=slot)
    try:
        return make_image(data, slot=slot)
    except NotAnImage as fault:
        raise refusal(fault.code, field=slot) from None


def keep_for_many(*, slot: str, data: bytes, actor: Actor, at: datetime) -> KeptPicture:
    """Check a picture and store it once, with the reseller, so that many clients can be given it by its digest.

    The same picture again writes nothing. Raises CannotKeepPicture (with `field`), Forbidden.
    """
    actor.require("brand:manage")
    require_below(actor, "view")
    if actor.account_kind != RESELLER:
        raise Forbidden("brand:manage")
    made = read_picture(slot, data)
    with transaction.atomic():
        account = Account.objects.select_for_update().get(id=actor.account_id)
        if keep_picture(account, made, at=at):
            record(BrandsPictureKept(slot=slot), account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
    return KeptPicture(slot, made.digest, made.width, made.height)


def keep_picture(account: Account, made: MadeImage, *, at: datetime) -> bool:
    """Store a picture of a locked account under its digest, and whether it was new; beyond `MOST_PICTURES` the oldest that
    nobody shows leaves."""
    mine = BrandImage.objects.filter(account=account)
    if mine.filter(digest=made.digest).exists():
        return False
    BrandImage(
        account=account,
        digest=made.digest,
        media_type=made.media_type,
        width=made.width,
        height=made.height,
        data=made.data,
        created_at=at,
    ).save()
    scope = current_or_none()
    if mine.count() > MOST_PICTURES and (scope is None or scope.reach is None):
        # Whoever is confined to some clients does not see what the others show, and so throws nothing away.
        spare = mine.exclude(digest__in=_shown(account)).exclude(digest=made.digest).order_by("-id")
        kept = MOST_PICTURES - 2 * len(PICTURES)
        BrandImage.objects.filter(id__in=list(spare.values_list("id", flat=True)[kept:])).delete()
    return True


def _shown(account: Account) -> set[str]:
    """The digests that the account's brand shows, or a client's that was given them, or a change that is on its way."""
    found: set[str] = set()
    whose = Q(account=account)
    if account.kind == RESELLER:
        whose |= Q(account__parent_id=account.id)
        states = (BrandsChange.State.QUEUED, BrandsChange.State.RUNNING)
        for values in BrandsChange.objects.filter(account=account, state__in=states).values_list("values", flat=True):
            found.update(values.get(slot, "") for slot in PICTURES)
    for brand in Brand.objects.filter(whose).iterator():
        for values in (values_of(brand), brand.draft or {}):
            found.update(values.get(slot, "") for slot in PICTURES)
    return found - {""}


def require_pictures(pictures: Mapping[str, str], *, account_id: int) -> None:
    """Raise NotFound unless each digest is a picture of that account which fits its slot; an empty one takes back."""
    digests = {digest for digest in pictures.values() if digest}
    there = {
        row.digest: row for row in BrandImage.objects.filter(account_id=account_id, digest__in=digests).defer("data")
    }
    for slot, digest in pictures.items():
        if digest and (digest not in there or not _fits(slot, there[digest])):
            raise NotFound


def _fits(slot: str, image: BrandImage) -> bool:
    if slot == "login_picture":
        return image.media_type == "image/jpeg"
    square = image.width == image.height and image.width >= SMALLEST_ICON
    return image.media_type == "image/png" and (slot != "icon" or square)


def has_pictures(account: Account, values: Mapping[str, str]) -> bool:
    """Whether every picture that these values of an account's brand name is still kept: by it, or by its reseller."""
    digests = {values[slot] for slot in PICTURES if values.get(slot)}
    if not digests:
        return True
    owners = [account.id]
    if account.kind == CLIENT and account.parent_id is not None:
        owners.append(account.parent_id)
    rows = BrandImage.objects.filter(account_id__in=owners, digest__in=digests)
    return rows.values("digest").distinct().count() == len(digests)
