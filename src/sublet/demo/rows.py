"""Single rows of the demo: accounts, places, brands, hosts."""

from __future__ import annotations

from datetime import datetime

from sublet.accounts.models import Account
from sublet.branding.images import make_image
from sublet.branding.models import Brand, BrandImage, Domain
from sublet.demo.logos import draw_icon, draw_logo
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


def store_brand(account: Account, *, name: str, color: str, email: str, phone: str, hours: str, at: datetime) -> None:
    """A brand with a drawn logo."""
    brand = Brand(
        account=account,
        name=name,
        color=color,
        support_email=email,
        support_phone=phone,
        support_hours=hours,
        version=1,
    )
    pictures = {
        "logo": draw_logo(name, color, dark=False),
        "logo_dark": draw_logo(name, color, dark=True),
        "icon": draw_icon(name[0], color),
    }
    for slot, data in pictures.items():
        made = make_image(data, slot=slot)
        BrandImage.objects.get_or_create(
            account=account,
            digest=made.digest,
            defaults={
                "media_type": "image/png",
                "width": made.width,
                "height": made.height,
                "data": made.data,
                "created_at": at,
            },
        )
        setattr(brand, slot, made.digest)
    brand.save()


def store_host(account: Account, label: str, at: datetime) -> str:
    """A proved host below the neutral suffix."""
    from django.conf import settings  # needs the environment of the demo

    host = f"{label}.{settings.HOST_SUFFIX}"
    Domain(account=account, host=host, state="proved", is_primary=True, created_at=at, proved_at=at).save()
    return host
