"""Promotions, the vendor's wholesale terms, and the margin guard: a part of what `prices` describes."""

from __future__ import annotations

from decimal import Decimal

from ninja import Query

from sublet.core.portfolio import Change
from sublet.core.pricebook import Tier, written
from sublet.core.rights import VENDOR
from sublet.portals.api.declare import Accepted, ApiRequest, Made
from sublet.portals.api.routes.prices import ABOVE, DO, MANAGE, SEE, VIEW, routes, tiers_told
from sublet.portals.api.schemas import prices as shapes
from sublet.portals.api.schemas import prices_in as said
from sublet.pricing import operations, queries
from sublet.pricing.operations import (
    CannotChangeCommitment,
    CannotChangeWholesale,
    CannotCheckPrices,
    CannotMakePromotion,
)
from sublet.pricing.queries import CheckView, TermsSaid

# Promotions -----------------------------------------------------------------------------------------------------------


def _promotions(request: ApiRequest) -> shapes.PromotionList:
    return shapes.PromotionList(
        items=[
            shapes.Promotion(
                ref=row.promotion.ref,
                code=row.promotion.code,
                name=row.promotion.name,
                percent=written(row.promotion.percent),
                months=row.promotion.months,
                things=list(row.promotion.things),
                opens_at=row.promotion.opens_at,
                closes_at=row.promotion.closes_at,
                most=row.promotion.most,
                taken=row.taken,
                open=row.open,
            )
            for row in queries.promotions_of(request.actor, at=request.at)
        ]
    )


@routes.get("/promotions", needs=VIEW, kinds=ABOVE, answer=shapes.PromotionList)
def list_promotions(request: ApiRequest) -> shapes.PromotionList:
    """List your promotions: the vendor's lower list amounts, a reseller's its retail prices."""
    return _promotions(request)


@routes.post(
    "/promotions", needs=MANAGE, kinds=ABOVE, answer=shapes.PromotionList, status=201, refusals=[CannotMakePromotion]
)
def make_promotion(request: ApiRequest, body: said.PromotionIn) -> Made:
    """Make a promotion: so many percent off for some months, for who takes it by its code."""
    words = body.model_dump(exclude={"percent"})
    operations.make_promotion(percent=Decimal(body.percent), actor=request.actor, at=request.at, **words)
    return Made(_promotions(request), "/promotions")


@routes.delete("/promotions/{promotion}", needs=MANAGE, kinds=ABOVE, answer=None, status=204)
def end_promotion(request: ApiRequest, promotion: str) -> None:
    """Let nobody take a promotion any more. Who has it keeps it."""
    operations.end_promotion(ref=promotion, actor=request.actor, at=request.at)


# Wholesale ------------------------------------------------------------------------------------------------------------


def _terms(each: TermsSaid) -> shapes.WholesaleTerms:
    return shapes.WholesaleTerms(
        percent=written(each.terms.discount()),
        usual=each.terms.percent is None,
        tiers=tiers_told(each.terms),
        since=each.terms.since,
        note=each.note,
        by=each.by,
    )


@routes.get("/wholesale", needs=VIEW, kinds=(VENDOR,), answer=shapes.WholesaleList)
def list_wholesale(request: ApiRequest, asked: Query[said.WholesaleAsked]) -> shapes.WholesaleList:
    """List the resellers with their discounts."""
    page = queries.wholesale_list(request.actor, search=asked.search, after=asked.after, at=request.at)
    return shapes.WholesaleList(
        items=[
            shapes.WholesaleRow(
                account=row.ref,
                name=row.name,
                percent=written(row.terms.discount()),
                agreed=row.agreed,
                tiers=tiers_told(row.terms),
                coming=row.coming,
                shares=row.shares,
            )
            for row in page.rows
        ],
        next=page.after or None,
    )


def _wholesale(request: ApiRequest, account: str) -> shapes.Wholesale:
    view = queries.wholesale_of(request.actor, account, at=request.at)
    return shapes.Wholesale(
        account=view.reseller.ref,
        name=view.reseller.name,
        percent=written(view.now.discount()),
        agreed=view.agreed,
        tiers=tiers_told(view.now),
        shares=view.shares,
        coming=[_terms(each) for each in view.coming],
        past=[_terms(each) for each in view.past],
        commitments=[
            shapes.WholesaleCommitment(
                each.promise.minor, each.promise.currency, each.promise.interval, each.promise.since, each.note, each.by
            )
            for each in view.promises
        ],
    )


def _usual(request: ApiRequest) -> shapes.UsualDiscount:
    view = queries.usual_discount(request.actor, at=request.at)
    coming, past = (
        [shapes.UsualDiscountSaid(written(each.percent), each.since, each.note, each.by) for each in said_then]
        for said_then in (view.coming, view.past)
    )
    return shapes.UsualDiscount(percent=written(view.now), coming=coming, past=past)


@routes.get("/usual-discount", needs=VIEW, kinds=(VENDOR,), answer=shapes.UsualDiscount)
def get_usual_discount(request: ApiRequest) -> shapes.UsualDiscount:
    """Show the discount of every reseller with which nothing else was agreed."""
    return _usual(request)


@routes.put(
    "/usual-discount", needs=MANAGE, kinds=(VENDOR,), answer=shapes.UsualDiscount, refusals=[CannotChangeWholesale],
    example={"percent": "25", "since": "2026-12-01T00:00:00+01:00"},
)  # fmt: skip
def change_usual_discount(request: ApiRequest, body: said.UsualDiscountIn) -> shapes.UsualDiscount:
    """Say what every reseller gets with which nothing else was agreed, at once or from `since` on.

    What became due before stays as it was. Saying the same again changes nothing.
    """
    operations.change_usual_discount(
        percent=Decimal(body.percent), note=body.note, since=body.since, actor=request.actor, at=request.at
    )
    return _usual(request)


@routes.get("/accounts/{account}/wholesale", needs=SEE, kinds=ABOVE, answer=shapes.Wholesale)
def get_wholesale(request: ApiRequest, account: str) -> shapes.Wholesale:
    """Show a reseller's discount over time: to the vendor, and to that reseller itself."""
    return _wholesale(request, account)


@routes.put(
    "/accounts/{account}/wholesale",
    needs=DO,
    kinds=(VENDOR,),
    answer=shapes.Wholesale,
    refusals=[CannotChangeWholesale],
)
def change_wholesale(request: ApiRequest, account: str, body: said.WholesaleTermsIn) -> shapes.Wholesale:
    """Agree a discount with a reseller, on the total of its invoices. Agreeing the same again changes nothing."""
    operations.change_wholesale_terms(
        ref=account,
        percent=None if body.percent is None else Decimal(body.percent),
        tiers=tuple(Tier(each.volume, Decimal(each.percent)) for each in body.tiers),
        note=body.note,
        since=body.since,
        actor=request.actor,
        at=request.at,
    )
    return _wholesale(request, account)


@routes.put(
    "/accounts/{account}/wholesale-commitment",
    needs=DO,
    kinds=(VENDOR,),
    answer=shapes.Wholesale,
    refusals=[CannotChangeCommitment],
    example={"amount": 50000, "currency": "EUR", "interval": "month", "since": "2026-12-01T00:00:00+01:00"},
)
def change_wholesale_commitment(
    request: ApiRequest, account: str, body: said.WholesaleCommitmentIn
) -> shapes.Wholesale:
    """Agree what a reseller spends at least. What is missing when a period is over is a line of its own on its invoice."""
    operations.change_wholesale_commitment(ref=account, **body.model_dump(), actor=request.actor, at=request.at)
    return _wholesale(request, account)


# The margin guard -----------------------------------------------------------------------------------------------------


def _check(view: CheckView) -> shapes.PriceCheck:
    change = view.change
    return shapes.PriceCheck(
        ref=view.ref,
        kind=change.kind,
        percent=written(change.percent),
        thing=":".join(change.thing) if change.thing else "",
        source=change.source,
        target=change.target,
        rate=written(change.rate),
        asked_at=view.asked_at,
        done=view.done_at is not None,
        job=view.job or None,
        clients=view.clients,
        changing=view.changing,
        losing=view.losing,
        lost_before=view.lost_before,
        unknown=view.unknown,
        lines=[
            shapes.PriceCheckLine(
                account=each.ref,
                name=each.name,
                currency=each.currency,
                retail_before=each.retail_before,
                retail_after=each.retail_after,
                wholesale_before=each.wholesale_before,
                wholesale_after=each.wholesale_after,
                loses=each.loses,
            )
            for each in view.lines
        ],
        more=view.more,
    )


@routes.get("/price-checks", needs=VIEW, kinds=ABOVE, answer=shapes.PriceCheckList)
def list_price_checks(request: ApiRequest) -> shapes.PriceCheckList:
    """List what was tried."""
    return shapes.PriceCheckList(items=[_check(each) for each in queries.checks_of(request.actor)])


@routes.post(
    "/price-checks",
    needs=MANAGE,
    kinds=ABOVE,
    answer=shapes.PriceCheck,
    status=201,
    refusals=[CannotCheckPrices],
    may_take_long=True,
)
def check_prices(request: ApiRequest, body: said.PriceCheckIn) -> Made | Accepted:
    """Reckon what a change would do to the whole portfolio. Nothing changes and nobody is charged.

    The vendor learns what each reseller would owe, and how many clients would lose money only of those that share their prices.
    More than 200 clients are left to a job.
    """
    kind, _colon, key = body.thing.partition(":")
    row = operations.check_prices(
        change=Change(
            body.kind, Decimal(body.percent), (kind, key) if key else None, body.source, body.target, Decimal(body.rate)
        ),
        reseller=body.reseller,
        actor=request.actor,
        at=request.at,
    )
    told = _check(queries.check_of(request.actor, row.ref))
    return Accepted(told) if row.job else Made(told, f"/price-checks/{row.ref}")


@routes.get("/price-checks/{check}", needs=VIEW, kinds=ABOVE, answer=shapes.PriceCheck)
def get_price_check(request: ApiRequest, check: str) -> shapes.PriceCheck:
    """Show what a change would do, account by account: who loses most stands first."""
    return _check(queries.check_of(request.actor, check))
