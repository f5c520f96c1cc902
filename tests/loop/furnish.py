"""A vendor that sells bookings, a reseller and a salon on the free plan; prints what the product's process is told, as JSON.

python -m tests.loop.furnish FOLDER PUBLIC_PORT MAIL_PORT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django
import pytest  # noqa: F401  # the settings of tests, as time_machine gives them to the processes that run

ROOT = Path(__file__).resolve().parents[2]
SALON_HOST, RESELLER_HOST = "salon.localhost", "rosa.localhost"
OLGA, ROSA = "olga@salon.example", "rosa@rosa.example"


def main(folder: Path, port: int, mail_port: int) -> None:
    """Once, in an empty database."""
    django.setup()
    from sublet.accounts.models import Account
    from sublet.branding.models import Brand
    from sublet.catalog.operations import load_manifest
    from sublet.demo.booking_product import environment
    from sublet.foundation.clock import now
    from sublet.foundation.scope import platform_scope
    from sublet.people.models import Section
    from tests.factories import (
        actor_for,
        make_client,
        make_collaborator,
        make_host,
        make_reseller,
        make_user,
        make_vendor,
    )

    at = now()
    with platform_scope("furnishing a test"):
        vendor = make_vendor("Slotbook Inc.")
        vera = make_collaborator(vendor, make_user("Vera", "vera@vendor.example"), owner=True)
        source = (ROOT / "examples" / "products" / "bookings.toml").read_bytes()
        load_manifest(source=source, file_name="bookings.toml", confirmed=False, actor=actor_for(vera), at=at)
        rosa = make_reseller(vendor, "Studio Rosa", email="office@rosa.example", language="en", timezone="Europe/Rome")
        make_collaborator(rosa, make_user("Rosa Ricci", ROSA, language="en"), owner=True)
        make_host(rosa, RESELLER_HOST)
        Brand(
            account=rosa, name="Studio Rosa", color="#1f5f8b", support_email="help@rosa.example",
            support_phone="+39 055 1", version=1, published=1
        ).save()  # fmt: skip
        salon = make_client(rosa, "Salon Olga", email=OLGA, language="en", timezone="Europe/Rome")
        opened = {f"product.{each.key}": each.levels[-1] for each in Section.objects.all()}
        make_collaborator(salon, make_user("Olga Conti", OLGA, language="en"), owner=True, rights=opened)
        make_host(salon, SALON_HOST)
        # No name of its own: what it shows and writes is in the reseller's.
        Brand(account=salon, color="#8a1538", version=1, published=1).save()
        Account.objects.update(created_at=at, state_since=at)
    told = environment(folder / "bookings", public_port=port, mail_port=mail_port)
    told |= {"BOOKINGS_SECTION_PREFIX": "", "BOOKINGS_PATIENCE": "60"}
    print(json.dumps({"salon": salon.ref, "environment": told}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
