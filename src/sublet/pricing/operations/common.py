"""What every write of this app begins with: who may, from when on, about whom; and how a dated word is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.operations.places import locked
from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import Names
from sublet.core.pricebook import ADD_ON, CLIENT, EXTRA, GROUP, ITEM, OVERAGE, PLAN, SERVICE, used_of
from sublet.core.rights import CLIENT as CLIENT_KIND
from sublet.core.rights import RESELLER
from sublet.core.usekeys import parts_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.models import Extra
from sublet.pricing.models.common import Dated

MANAGE: Final = "billing:manage"
VIEW: Final = "billing:view"
#: As far ahead may a price be said.
FARTHEST: Final = timedelta(days=5 * 366)
LONGEST_TAG: Final = 40
_HUNDREDTH: Final = Decimal("0.01")


class CannotSetPrice(Refusal):
    """Why a price, a mark-up, a floor or a rate stays as it is."""

    SENTENCES: ClassVar = {
        "past": _("That day is over. A price holds from today or a later day on."),
        "too-far": _("Choose a day within the next five years."),
        "unknown-thing": _("There is nothing of that kind on offer."),
        "wrong-price": _("This is no price. An amount is not below zero, and steps rise to one without an end."),
        "no-seats": _("Seats of it are counted by nobody. Give it one amount, or a price for use."),
        "wrong-interval": _("A price is by the month, the quarter or the year, or it is paid once."),
        "use-interval": _("This is paid for as often as its list price says."),
        "wrong-currency": _("Choose the currency that the client pays in: %(currency)s."),
        "unknown-currency": _("There is no such currency."),
        "wrong-percent": _("This is no percentage that makes sense here."),
        "wrong-rate": _("A rate is above zero, from one currency into another."),
        "one-place": _("A price is for one client or for one group, not for both."),
        "no-group": _("Name a group of at most 40 characters: it is a tag of clients."),
        "closed": _("This account is closed."),
    }


def manages(actor: Actor, *, everybody: bool = False) -> None:
    """Raise NotFound unless a reseller acts, Forbidden without ``billing:manage``.

    `everybody`: what is said concerns all clients, so whoever reaches only some of them does not say it.
    """
    if actor.account_kind != RESELLER:
        raise NotFound
    (actor.require_for_all if everybody else actor.require)(MANAGE)


def own_locked(actor: Actor) -> Account:
    """The actor's own account, locked: what is said about prices is said one after the other."""
    return locked(actor.account_ref)


def client_locked(ref: str, actor: Actor) -> Account:
    """A client of the acting reseller, locked. Raises NotFound."""
    account = locked(ref) if looks_like_ref(ref, "acc") else None
    if (
        account is None
        or account.kind != CLIENT_KIND
        or account.parent_id != actor.account_id
        or not actor.reaches(account.id)
    ):
        raise NotFound
    return account


def kept_percent(percent: Decimal) -> Decimal:
    """As it is kept, half up to a hundredth: what is checked and compared before would be another than what is said after.

    One with too many digits for that comes back as it is; it is beyond all bounds.
    """
    try:
        return percent.quantize(_HUNDREDTH, ROUND_HALF_UP) + 0  # no zero has a sign
    except InvalidOperation:
        return percent


def begins(since: datetime | None, at: datetime, refusal: type[Refusal] = CannotSetPrice) -> datetime:
    """From when on something holds: at once without a day. Raises `refusal` ``past``, ``too-far``."""
    if since is None:
        return at
    if since < at:
        raise refusal("past", field="since")
    if since > at + FARTHEST:
        raise refusal("too-far", field="since")
    return since


def place_of(client: Account | None, tag: str) -> dict[str, Any]:
    """The columns that say for whom a word is."""
    if client is not None and tag:
        raise CannotSetPrice("one-place", field="tag")
    if client is not None:
        if client.state == CLOSED:
            raise CannotSetPrice("closed", field="client")
        return {"layer": CLIENT, "client_id": client.id, "tag": ""}
    if tag:
        if len(tag) > LONGEST_TAG or tag != " ".join(tag.split()):
            raise CannotSetPrice("no-group", field="tag")
        return {"layer": GROUP, "client_id": None, "tag": tag}
    return {"layer": ITEM, "client_id": None, "tag": ""}


def say(
    model: type[Dated],
    about: Mapping[str, Any],
    said: Mapping[str, Any],
    *,
    since: datetime,
    actor: Actor,
    at: datetime,
) -> bool:
    """Let a word hold from `since` on; False when it does already. What was said for the same instant or later comes no more.

    The caller has locked the account whose row it is.
    """
    rows = model.objects.filter(**about, dropped_at__isnull=True)
    later = rows.filter(since__gte=since)
    before = rows.filter(since__lte=since).order_by("-since", "-id").first()
    same = before is not None and all(getattr(before, name) == value for name, value in said.items())
    if same and not later.filter(since__gt=since).exists():
        return False
    later.update(dropped_at=at)
    model(**about, **said, since=since, decided_at=at, decided_by=actor.name[:200]).save(force_insert=True)
    return True


def thing_names(kind: str, key: str, *, owner_id: int) -> dict[str, str]:
    """What a thing is called, by language. Raises CannotSetPrice ``unknown-thing`` when the offer has none of that key."""
    present = offer()
    names: Names | None = None
    meter, of = used_of(kind, key)
    if meter:
        if "@" not in of:
            thing_names(kind, of, owner_id=owner_id)
            names = next((each.meter.name for each in present.every_meter if each.meter.key == meter), None)
    elif kind == PLAN:
        names = next((item.plan.name for item in reversed(present.every_plan) if item.plan.key == key), None)
    elif kind == ADD_ON:
        names = next((item.add_on.name for item in reversed(present.every_add_on) if item.add_on.key == key), None)
    elif kind == SERVICE:
        service = present.services.get(key)
        names = service.name if service is not None else None
    elif kind == OVERAGE:
        meter, plan = parts_of(key)
        found = next((each.meter for each in present.every_meter if each.meter.key == meter), None)
        sold = any(item.plan.key == plan for item in present.every_plan)
        names = found.name if found is not None and sold else None
    elif kind == EXTRA:
        extra = Extra.objects.filter(account_id=owner_id, ref=key, removed_at__isnull=True).first()
        if extra is not None:
            return {"en": extra.name}
    if names is None:
        raise CannotSetPrice("unknown-thing", field="key")
    return {language: text for language, text in asdict(names).items() if text}
