"""Single rows of the demo: accounts, places, brands, hosts."""

from __future__ import annotations

from datetime import datetime

from sublet.accounts.models import Account
from sublet.branding.images import make_image
from sublet.branding.models import Brand, BrandImage, BrandVersion, Domain
from sublet.branding.queries import values_of
from sublet.branding.queries.brands import COLUMNS
from sublet.core.brandfields import FIELDS
from sublet.demo.logos import draw_icon, draw_logo
from sublet.demo.looks import DRAFTS, LOOKS, PICTURED, draw_login_picture
from sublet.demo.writer import Writer
from sublet.people.models import Collaborator, User


def make_account(writer: Writer, kind: str, parent: Account | None, name: str, at: datetime, **more: object) -> Account:
    """An account, not stored yet."""
    account = Account(
        ref=writer.ref("acc", parent.ref if parent else "", name),
        kind=kind,
        parent=parent,
        created_at=at,
        state_since=at,
        **more,
    )
    account.name_it(name)
    return account


def make_place(
    writer: Writer,
    account: Account,
    user: User,
    at: datetime,
    *,
    owner: bool = False,
    rights: dict[str, str] | None = None,
    role: str = "",
) -> Collaborator:
    """A person's place on an account, not stored yet."""
    return Collaborator(
        ref=writer.ref("col", account.ref, user.email),
        account=account,
        user=user,
        is_owner=owner,
        rights_words=rights or {},
        role=role,
        created_at=at,
    )


def store_brand(
    account: Account,
    *,
    name: str,
    color: str,
    email: str,
    phone: str,
    hours: str,
    at: datetime,
    label: str = "",
    owner: str = "",
) -> None:
    """A brand with a drawn logo, and what `looks` says of the reseller with that label."""
    brand = Brand(
        account=account,
        name=name,
        color=color,
        support_email=email,
        support_phone=phone,
        support_hours=hours,
        version=1,
        more=dict(LOOKS.get(label, {})),
        published=1,
    )
    for field in [field for field in brand.more if field in COLUMNS]:
        setattr(brand, field, brand.more.pop(field))
    if label in DRAFTS:
        brand.draft, brand.drafted_by, brand.drafted_at = DRAFTS[label], owner, at
    pictures = {
        "logo": draw_logo(name, color, dark=False),
        "logo_dark": draw_logo(name, color, dark=True),
        "icon": draw_icon(name[0], color),
    }
    if label in PICTURED:
        pictures["login_picture"] = draw_login_picture(color)
    for slot, data in pictures.items():
        made = make_image(data, slot=slot)
        BrandImage.objects.get_or_create(
            account=account,
            digest=made.digest,
            defaults={
                "media_type": made.media_type,
                "width": made.width,
                "height": made.height,
                "data": made.data,
                "created_at": at,
            },
        )
        if slot in COLUMNS:
            setattr(brand, slot, made.digest)
        else:
            brand.more[slot] = made.digest
    brand.save()
    changed = ", ".join(field for field in FIELDS if field in values_of(brand))
    BrandVersion(
        account=account, number=1, values=values_of(brand), changed=changed, published_by=owner, published_at=at
    ).save()


def store_host(account: Account, label: str, at: datetime) -> str:
    """A proved host below the neutral suffix."""
    from django.conf import settings  # needs the environment of the demo

    host = f"{label}.{settings.HOST_SUFFIX}"
    Domain(
        account=account, host=host, state="proved", proof="neutral", serving=True, is_primary=True, created_at=at, proved_at=at
    ).save()  # fmt: skip
    return host
