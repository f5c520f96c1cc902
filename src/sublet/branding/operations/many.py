"""The brands of many clients at once: what is set or taken back is the same for each; all else stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.queries import Selection, require_below
from sublet.accounts.queries.bulk import selected
from sublet.branding.models import Brand
from sublet.branding.operations.brands import CannotChangeBrand, publish_values, read_changes
from sublet.branding.operations.generation import bump_generation
from sublet.branding.queries import values_of
from sublet.foundation.actor import Actor

#: So many in one transaction; a longer list is narrowed first.
MOST = 500
SAMPLE = 8


class CannotChangeBrands(CannotChangeBrand):
    """No brand is changed."""

    SENTENCES: ClassVar = {
        **CannotChangeBrand.SENTENCES,
        "nothing-selected": _("Nothing is selected."),
        "nothing-changes": _("Fill in a field, or take one back."),
        "too-many-clients": _("At most %(most)s clients at once. Narrow the list first."),
    }


@dataclass(frozen=True, slots=True)
class ManyBrands:
    """How many clients are selected, how many of them change (or did), and some of their names."""

    selected: int
    changing: int
    names: tuple[str, ...]


def _wanted(changes: Mapping[str, str]) -> dict[str, str]:
    wanted = read_changes(changes)
    if not wanted:
        raise CannotChangeBrands("nothing-changes")
    return wanted


def _ids(selection: Selection, actor: Actor, at: datetime) -> list[int]:
    actor.require("brand:manage")
    require_below(actor, "view")
    ids = list(selected(actor, selection, at=at).order_by("id").values_list("id", flat=True)[: MOST + 1])
    if not ids:
        raise CannotChangeBrands("nothing-selected")
    if len(ids) > MOST:
        raise CannotChangeBrands("too-many-clients", most=MOST)
    return ids


def _differs(brand: Brand | None, wanted: Mapping[str, str]) -> bool:
    values = values_of(brand)
    return any(values.get(key, "") != value for key, value in wanted.items())


def preview_brands(*, selection: Selection, changes: Mapping[str, str], actor: Actor, at: datetime) -> ManyBrands:
    """What `change_brands` would do now. Raises as it does."""
    wanted = _wanted(changes)
    ids = _ids(selection, actor, at)
    brands = {brand.account_id: brand for brand in Brand.objects.filter(account_id__in=ids)}
    changing = [number for number in ids if _differs(brands.get(number), wanted)]
    names = Account.objects.filter(id__in=changing[:SAMPLE]).order_by("name").values_list("name", flat=True)
    return ManyBrands(selected=len(ids), changing=len(changing), names=tuple(names))


def change_brands(*, selection: Selection, changes: Mapping[str, str], actor: Actor, at: datetime) -> ManyBrands:
    """Set fields of the brands of all clients of a selection and publish them; an empty value goes back to what is inherited.

    All or nothing, and one entry in the history of each that changes. Drafts keep what they say of other fields. Raises
    CannotChangeBrands, CannotChangeBrand (with `field`), Forbidden.
    """
    wanted = _wanted(changes)
    ids = _ids(selection, actor, at)
    with transaction.atomic():
        accounts = list(Account.objects.select_for_update().filter(id__in=ids).order_by("id"))
        brands = {brand.account_id: brand for brand in Brand.objects.filter(account_id__in=ids)}
        names = []
        for account in accounts:
            brand = brands.get(account.id) or Brand()
            brand.account = account
            if _differs(brand, wanted):
                publish_values(brand, wanted, actor=actor, at=at)
                names.append(account.name)
        if names:
            bump_generation()
    return ManyBrands(selected=len(ids), changing=len(names), names=tuple(names[:SAMPLE]))
