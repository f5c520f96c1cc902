"""An account for a prospect begins as a template says and in the prospect's own colors, or not at all."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from sublet.accounts.models import Account
from sublet.branding.models import Brand, BrandImage
from sublet.branding.operations import CannotChangeBrand
from sublet.clientsettings import operations
from sublet.clientsettings.models import TemplateUse
from sublet.core.colors import readability
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.scope import platform_scope
from tests import factories
from tests.clientsettings import DECIDED, load, value
from tests.people import AT, World


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def logo(color: str = "#0f766e") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (120, 40), color).save(out, "PNG")
    return out.getvalue()


def show(world: World, person: str = "rosa", at: datetime = AT, **facts: Any) -> Account:
    with world.scope(person) as actor:
        return operations.open_prospect(
            name="Trattoria", until=date(2026, 3, 20), once="p", actor=actor, at=at, **facts
        )


def test_a_prospect_begins_as_the_template_says_in_its_own_logo_and_a_color_of_it(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        template = operations.make_template(name="Basic", values=DECIDED, actor=rosa, at=AT)
    account = show(sold, template=template.ref, logo=logo())
    assert value(sold, account, "payer.overage") == "client"
    with platform_scope("test"):
        brand = Brand.objects.get(account=account)
        assert BrandImage.objects.filter(account=account).count() == 1
        assert (bool(brand.logo), brand.color) == (True, readability("#0f766e").mended)
    # The form sent twice: nothing is set again.
    later = AT + timedelta(minutes=1)
    assert show(sold, template=template.ref, logo=logo("#b91c1c"), color="#b91c1c", at=later).id == account.id
    with platform_scope("test"):
        assert TemplateUse.objects.filter(client=account).count() == 1
        assert Brand.objects.get(account=account).color == readability("#0f766e").mended


def test_a_chosen_color_comes_before_that_of_the_logo(sold: World) -> None:
    account = show(sold, logo=logo("#b91c1c"), color="#1d4ed8")
    with platform_scope("test"):
        assert Brand.objects.get(account=account).color == "#1d4ed8"


def test_without_either_it_looks_like_its_reseller(sold: World) -> None:
    account = show(sold)
    with platform_scope("test"):
        assert not Brand.objects.filter(account=account).exists()


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        ({"logo": b"GIF89a nothing"}, CannotChangeBrand),
        ({"color": "expression(1)"}, CannotChangeBrand),
        ({"template": "tpl_nobodys"}, NotFound),
    ],
)
def test_what_cannot_be_shown_opens_nothing(sold: World, facts: dict[str, Any], refused: type[Exception]) -> None:
    with pytest.raises(refused):
        show(sold, **facts)
    with platform_scope("test"):
        assert not Account.objects.filter(name="Trattoria").exists()


def test_staff_without_the_brand_opens_prospects_without_one(sold: World) -> None:
    user = factories.make_user("Vito Vedente", "vito@example.test")
    sold.users["vito"] = user
    sold.places["vito"] = factories.make_collaborator(sold.rosa, user, rights={"clients": "manage"})
    sold.hosts["vito"] = sold.hosts["rosa"]
    with pytest.raises(Forbidden):
        show(sold, person="vito", color="#1d4ed8")
    assert show(sold, person="vito").state == "prospect"
