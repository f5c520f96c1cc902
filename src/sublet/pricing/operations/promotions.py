"""Promotions: made with a code, given to an account, stopped, ended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.operations.places import locked
from sublet.core.lifecycle import CLOSED
from sublet.core.pricebook import KINDS, LIST_SIDE, RETAIL_SIDE, promotion_end
from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.pricing.events import PromotionEnded, PromotionMade, PromotionStopped, PromotionWasTaken
from sublet.pricing.models import ListPromotionTaken, Promotion, PromotionTaken
from sublet.pricing.operations.common import MANAGE, client_locked, kept_percent

_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,39}")
MOST_MONTHS: Final = 120


class CannotMakePromotion(Refusal):
    """Why there is no such promotion."""

    SENTENCES: ClassVar = {
        "code": _("A code has 3 to 40 letters without accents, digits, hyphens and underscores."),
        "code-taken": _("Another promotion that goes on has this code."),
        "percent": _("A promotion takes off more than 0 and at most 100 percent."),
        "months": _("It lasts between one month and ten years, or for as long as the account stays."),
        "things": _("There is nothing of that kind on offer."),
        "closes": _("It closes after it opens, and not in the past."),
        "most": _("At least one account may take it."),
        "ended": _("This promotion has ended."),
    }


class CannotTakePromotion(Refusal):
    """Why an account gets no promotion."""

    SENTENCES: ClassVar = {
        "unknown": _("There is no promotion with this code that can be taken now."),
        "had": _("This account has had this promotion already."),
        "used-up": _("So many accounts as may have taken this promotion."),
        "closed": _("This account is closed."),
        "over": _("This promotion is over for this account."),
    }


def _issuer(actor: Actor) -> None:
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require_for_all(MANAGE)


def make_promotion(
    *,
    code: str,
    percent: Decimal,
    months: int | None = None,
    name: str = "",
    things: Sequence[str] = (),
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    most: int | None = None,
    actor: Actor,
    at: datetime,
) -> Promotion:
    """Make a promotion (``billing:manage``): `percent` off for `months` for who takes it while it is open.

    The vendor's lowers list amounts, a reseller's its retail prices. `things`: kinds or ``kind:key``; none: all that has a price
    by an interval. The same code with the same terms again answers the one that is there. Raises NotFound, Forbidden,
    CannotMakePromotion.
    """
    _issuer(actor)
    told = code.strip().upper()
    if not _CODE.fullmatch(told):
        raise CannotMakePromotion("code", field="code")
    kept = kept_percent(percent)
    if not 0 < kept <= 100:
        raise CannotMakePromotion("percent", field="percent")
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise CannotMakePromotion("months", field="months")
    if most is not None and most < 1:
        raise CannotMakePromotion("most", field="most")
    if len(things) > 50 or any(each.partition(":")[0] not in KINDS or len(each) > 200 for each in things):
        raise CannotMakePromotion("things", field="things")
    opens = at if opens_at is None else opens_at
    if closes_at is not None and (closes_at <= opens or closes_at <= at):
        raise CannotMakePromotion("closes", field="closes_at")
    with transaction.atomic():
        own = locked(actor.account_ref)
        rows = Promotion.objects.filter(account_id=own.id, code=told, ended_at__isnull=True)
        before = rows.first()
        if before is not None:
            same = (before.percent, before.months, before.things) == (kept, months, list(things))
            if same and before.closes_at == closes_at:
                return before
            raise CannotMakePromotion("code-taken", field="code")
        made = Promotion(
            account_id=own.id, code=told, name=name[:100], percent=kept, months=months,
            things=list(things), opens_at=opens, closes_at=closes_at, most=most, made_at=at, made_by=actor.name[:200],
        )  # fmt: skip
        made.save(force_insert=True)
        record(PromotionMade(promotion=made.ref, code=told), account_id=own.id, actor=actor, at=at)
    return made


def end_promotion(*, ref: str, actor: Actor, at: datetime) -> bool:
    """Let nobody take a promotion any more (``billing:manage``); who has it keeps it. False when it has ended already.

    Raises NotFound, Forbidden.
    """
    _issuer(actor)
    with transaction.atomic():
        row = _own(ref, actor)
        if row.ended_at is not None:
            return False
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        record(PromotionEnded(promotion=row.ref, code=row.code), account_id=row.account_id, actor=actor, at=at)
    return True


def _own(ref: str, actor: Actor) -> Promotion:
    if not looks_like_ref(ref, "pro"):
        raise NotFound
    row = Promotion.objects.select_for_update().filter(account_id=actor.account_id, ref=ref).first()
    if row is None:
        raise NotFound
    return row


def take_promotion(*, ref: str, code: str, actor: Actor, at: datetime) -> bool:
    """Give an account a promotion by its code (``billing:manage``); False when it runs there already.

    A reseller gives its clients its own and the vendor's, the vendor gives its own to direct accounts. Raises NotFound,
    Forbidden, CannotTakePromotion.
    """
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require(MANAGE)
    told = code.strip().upper()[:40]
    with transaction.atomic():
        account = _taker(ref, actor)
        if account.state == CLOSED:
            raise CannotTakePromotion("closed")
        promotion = _open(told, actor, account, at)
        side = RETAIL_SIDE if actor.account_kind == RESELLER and promotion.account_id == actor.account_id else LIST_SIDE
        model: type[PromotionTaken | ListPromotionTaken] = PromotionTaken if side == RETAIL_SIDE else ListPromotionTaken
        # unscoped: how often a promotion of the vendor's was taken is counted over all resellers; a number alone stays here
        rows = model.unscoped.filter(promotion_id=promotion.id)
        had = rows.filter(client_id=account.id).first()
        if had is not None:
            if had.ends_at is None or had.ends_at > at:
                return False
            raise CannotTakePromotion("had", field="code")
        if promotion.most is not None and rows.count() >= promotion.most:
            raise CannotTakePromotion("used-up", field="code")
        owner = actor.account_id if account.kind == CLIENT else account.id
        model(
            account_id=owner, client_id=account.id, promotion_id=promotion.id, code=promotion.code,
            percent=promotion.percent, things=promotion.things, starts_at=at,
            ends_at=promotion_end(at, promotion.months, account.timezone), taken_at=at, taken_by=actor.name[:200],
        ).save(force_insert=True)  # fmt: skip
        _tell(PromotionWasTaken(
            promotion=promotion.ref, code=promotion.code, ref=account.ref, name=account.name, side=side
        ), account, side, actor, at)  # fmt: skip
    return True


def _tell(event: PromotionWasTaken | PromotionStopped, account: Account, side: str, actor: Actor, at: datetime) -> None:
    """In the journal of whoever owns the words: a client reads of none."""
    owner = actor.account_id if account.kind == CLIENT else account.id
    record(event, account_id=owner, parent_id=None if side == RETAIL_SIDE else account.parent_id, actor=actor, at=at)


def _taker(ref: str, actor: Actor) -> Account:
    if actor.account_kind == RESELLER:
        return client_locked(ref, actor)
    account = locked(ref)
    if account.kind != DIRECT:
        raise NotFound
    return account


def _open(code: str, actor: Actor, account: Account, at: datetime) -> Promotion:
    """The promotion of that code, locked, so that the last one is taken once. The reseller's own goes before the vendor's."""
    issuers = [actor.account_id]
    if actor.account_kind == RESELLER:
        # unscoped: the vendor is the account above the acting reseller
        above = Account.unscoped.filter(id=actor.account_id).values_list("parent_id", flat=True).first()
        issuers += [above] if above is not None else []
    # unscoped: a promotion of the vendor's is for whoever knows its code
    rows = Promotion.unscoped.select_for_update().filter(
        account_id__in=issuers, code=code, ended_at__isnull=True, opens_at__lte=at
    )
    rows = rows.filter(Q(closes_at__isnull=True) | Q(closes_at__gt=at))
    found = sorted(rows, key=lambda row: row.account_id != actor.account_id)
    if not found:
        raise CannotTakePromotion("unknown", field="code")
    return found[0]


def stop_promotion(*, ref: str, taken: str, actor: Actor, at: datetime) -> None:
    """End a promotion of an account before its time (``billing:manage``). Raises NotFound, Forbidden, CannotTakePromotion."""
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    actor.require(MANAGE)
    with transaction.atomic():
        account = _taker(ref, actor)
        owner = actor.account_id if account.kind == CLIENT else account.id
        models: tuple[type[PromotionTaken | ListPromotionTaken], ...] = (PromotionTaken, ListPromotionTaken)
        for model in models:
            row = model.objects.filter(account_id=owner, client_id=account.id, ref=taken[:40]).first()
            if row is None:
                continue
            if row.ends_at is not None and row.ends_at <= at:
                raise CannotTakePromotion("over")
            row.ends_at = at
            row.save(update_fields=["ends_at"])
            side = RETAIL_SIDE if model is PromotionTaken else LIST_SIDE
            _tell(PromotionStopped(
                promotion=row.promotion.ref if model is PromotionTaken else "", code=row.code, ref=account.ref,
                name=account.name,
            ), account, side, actor, at)  # fmt: skip
            return
        raise NotFound
