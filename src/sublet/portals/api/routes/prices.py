"""Prices: a reseller's retail prices with what is left of them, one client's, promotions, contracts, the vendor's wholesale terms."""

from __future__ import annotations

from decimal import Decimal

from sublet.clientsettings.operations import CannotChangeSettings
from sublet.core.margin import percent_of
from sublet.core.pricebook import WholesaleTerms as Terms
from sublet.core.pricebook import written
from sublet.core.pricing import FLAT, Price
from sublet.core.rights import RESELLER, VENDOR
from sublet.portals.api.declare import Accepted, ApiRequest, Made, Needs, Routes
from sublet.portals.api.schemas import prices as shapes
from sublet.portals.api.schemas import prices_in as said
from sublet.portals.shared.price_words import thing_name
from sublet.pricing import operations, queries
from sublet.pricing.operations import (
    CannotAgreeContract,
    CannotEndContract,
    CannotSellExtra,
    CannotSetPrice,
    CannotTakePromotion,
    CannotWriteLetters,
)
from sublet.pricing.queries import ContractRow, PriceRow, Said, Shown

routes = Routes("Prices", "What a reseller asks of its clients, what it costs it, and what the vendor agreed with it.")
ONLY, ABOVE = (RESELLER,), (VENDOR, RESELLER)
SEE, DO = Needs("billing:view", below="billing:view"), Needs("billing:manage", below="billing:manage")
VIEW, MANAGE = "billing:view", "billing:manage"


def _percent(value: Decimal | None) -> str | None:
    return None if value is None else written(value)


def _margin(shown: Shown) -> shapes.PriceMargin:
    margin = shown.margin
    return shapes.PriceMargin(
        units=shown.units,
        currency=shown.currency,
        list_amount=shown.list_minor,
        list_currency=shown.list_currency,
        wholesale=shown.wholesale,
        retail=shown.retail,
        margin=margin.minor if margin is not None else None,
        mark_up=_percent(margin.mark_up) if margin is not None else None,
        share=_percent(percent_of(margin.minor, margin.retail)) if margin is not None else None,
        floor=shown.floor,
        below_floor=shown.below_floor,
    )


def _row(row: PriceRow) -> shapes.PriceRowTold:
    return shapes.PriceRowTold(
        kind=row.thing.kind,
        key=row.thing.key,
        version=row.thing.version,
        name=thing_name(row.thing),
        interval=row.interval,
        price=shapes.price_told(row.retail.price if row.retail is not None else None),
        source=row.retail.source if row.retail is not None else "",
        margin=_margin(row.shown),
    )


def _said(each: Said) -> shapes.PriceSaid:
    return shapes.PriceSaid(
        layer=each.layer,
        group=each.tag,
        client=each.client_ref,
        version=each.version,
        interval=each.interval,
        currency=each.currency,
        price=shapes.price_told(each.price),
        since=each.since,
        by=each.by,
    )


def tiers_told(terms: Terms) -> list[shapes.WholesaleTier]:
    """The tiers of a discount."""
    return [shapes.WholesaleTier(volume=each.volume, percent=written(each.percent)) for each in terms.tiers]


# Retail ---------------------------------------------------------------------------------------------------------------


@routes.get("/prices", needs=VIEW, kinds=ONLY, answer=shapes.Prices)
def get_prices(request: ApiRequest) -> shapes.Prices:
    """Show everything that has a price: list, wholesale, retail, and what is left."""
    view = queries.prices_of_reseller(request.actor, at=request.at)
    return shapes.Prices(
        currency=view.book.currency,
        list_currency=view.book.list_currency,
        discount=written(view.terms.discount()),
        tiers=tiers_told(view.terms),
        floor=written(view.floor),
        shared=view.shared,
        mark_ups=[
            shapes.MarkUpTold(
                layer=each.layer,
                group=each.tag,
                client=each.client_ref,
                percent=_percent(each.percent),
                on=each.on,
                since=each.since,
            )
            for each in view.mark_ups
        ],
        items=[_row(row) for row in view.rows],
    )


@routes.get("/prices/{part}/{thing}", needs=VIEW, kinds=ONLY, answer=shapes.PriceOfThing)
def get_price(request: ApiRequest, part: str, thing: str) -> shapes.PriceOfThing:
    """Show one thing: what holds for everybody, who has another price, what comes, what was.

    Kinds: `plan`, `add_on`, `service`, `overage` (its key is `meter@plan`), `extra` (a service of your own).
    """
    view = queries.thing_of_reseller(request.actor, kind=part, key=thing, at=request.at)
    return shapes.PriceOfThing(
        kind=view.thing.kind,
        key=view.thing.key,
        name=thing_name(view.thing),
        items=[_row(row) for row in view.rows],
        now=[_said(each) for each in view.now],
        coming=[_said(each) for each in view.coming],
        past=[_said(each) for each in view.past],
    )


def _known(request: ApiRequest, part: str, thing: str) -> None:
    """An address of what is not on offer leads nowhere, whatever is asked of it."""
    queries.require_thing(request.actor, kind=part, key=thing)


@routes.put("/prices/{part}/{thing}", needs=MANAGE, kinds=ONLY, answer=shapes.PriceSaved, refusals=[CannotSetPrice])
def set_price(request: ApiRequest, part: str, thing: str, body: said.PriceSayIn) -> shapes.PriceSaved:
    """Say a retail price, or take one back.

    From `since` on, at once without it. What was said there for the same instant or later comes no more. Saying the same again
    changes nothing.
    """
    _known(request, part, thing)
    done = operations.set_retail_price(
        kind=part, key=thing, price=said.price_in(body.price), interval=body.interval or "", currency=body.currency or "",
        version=body.version, client=body.client, tag=body.group, since=body.since, actor=request.actor, at=request.at,
    )  # fmt: skip
    return shapes.PriceSaved(changed=done)


@routes.post("/prices/{part}/{thing}/try", needs=VIEW, kinds=ONLY, answer=shapes.PriceMargin, refusals=[CannotSetPrice])
def try_price(request: ApiRequest, part: str, thing: str, body: said.PriceTryIn) -> shapes.PriceMargin:
    """Reckon what would be left of a retail price. Nothing is saved."""
    _known(request, part, thing)
    price = said.price_in(body.price)
    if price is None:
        raise CannotSetPrice("wrong-price", field="price")
    operations.check_price(part, price)
    return _margin(queries.try_price(request.actor, kind=part, key=thing, price=price, at=request.at))


@routes.post(
    "/prices/{part}/{thing}/letters",
    needs=MANAGE,
    kinds=ONLY,
    answer=shapes.PriceLetters,
    refusals=[CannotWriteLetters, CannotSetPrice],
    may_take_long=True,
)
def write_price_letters(
    request: ApiRequest, part: str, thing: str, body: said.PriceLettersIn
) -> shapes.PriceLetters | Accepted:
    """Write to the clients whose price of a plan or an add-on changes on a day ahead, or see who would be written to.

    In your name, by a mail whose words you can change. Nobody is told the same twice. More than 50 are left to a job.
    """
    _known(request, part, thing)
    asked = {
        "kind": part,
        "key": thing,
        "interval": body.interval,
        "day": body.day,
        "actor": request.actor,
        "at": request.at,
    }
    seen = operations.preview_letters(**asked)  # type: ignore[arg-type]  # as they are named
    count, job = (seen.count, "") if body.dry_run else operations.write_letters(**asked)  # type: ignore[arg-type]  # as above
    told = shapes.PriceLetters(
        dry_run=body.dry_run,
        count=count,
        written=seen.written,
        job=job or None,
        letters=[
            shapes.PriceLetter(
                account=each.client.ref,
                before=shapes.price_told(each.before),
                after=shapes.price_told(each.after),  # type: ignore[arg-type]  # there is one
            )
            for each in seen.letters
        ],
    )
    return Accepted(told) if job else told


@routes.put("/mark-up", needs=MANAGE, kinds=ONLY, answer=shapes.PriceSaved, refusals=[CannotSetPrice])
def set_mark_up(request: ApiRequest, body: said.MarkUpIn) -> shapes.PriceSaved:
    """Say how many percent are put on what has no price."""
    done = operations.set_mark_up(
        percent=None if body.percent is None else Decimal(body.percent), on=body.on, client=body.client, tag=body.group,
        since=body.since, actor=request.actor, at=request.at,
    )  # fmt: skip
    return shapes.PriceSaved(changed=done)


@routes.put("/price-floor", needs=MANAGE, kinds=ONLY, answer=shapes.PriceSaved, refusals=[CannotSetPrice])
def set_price_floor(request: ApiRequest, body: said.PriceFloorIn) -> shapes.PriceSaved:
    """Say how many percent of a price should stay at least."""
    done = operations.set_floor(percent=Decimal(body.percent), since=body.since, actor=request.actor, at=request.at)
    return shapes.PriceSaved(changed=done)


@routes.put("/currency-rate", needs=MANAGE, kinds=ONLY, answer=shapes.PriceSaved, refusals=[CannotSetPrice])
def set_currency_rate(request: ApiRequest, body: said.CurrencyRateIn) -> shapes.PriceSaved:
    """Say how one currency is reckoned into another."""
    done = operations.set_rate(
        source=body.source, target=body.target, rate=Decimal(body.rate), since=body.since, actor=request.actor,
        at=request.at,
    )  # fmt: skip
    return shapes.PriceSaved(changed=done)


@routes.put("/price-sharing", needs=MANAGE, kinds=ONLY, answer=shapes.PriceSaved)
def set_price_sharing(request: ApiRequest, body: said.PriceSharingIn) -> shapes.PriceSaved:
    """Let the vendor read your retail figures, or no longer."""
    return shapes.PriceSaved(changed=operations.share_prices(shared=body.shared, actor=request.actor, at=request.at))


# One client -----------------------------------------------------------------------------------------------------------


def _contract(row: ContractRow) -> shapes.Contract:
    each = row.contract
    return shapes.Contract(
        ref=each.ref,
        account=row.client_ref,
        kind=each.kind,
        name=each.name,
        first_day=each.first_day,
        months=each.months,
        renew_months=each.renew_months,
        notice_days=each.notice_days,
        price=shapes.price_told(each.price),
        last_day=each.last_day,
        ends=row.ends,
        earliest_end=row.earliest,
        runs=row.runs,
    )


def _client(request: ApiRequest, account: str) -> shapes.ClientPrices:
    view = queries.prices_of_client(request.actor, account, at=request.at)
    own = view.own
    return shapes.ClientPrices(
        account=view.client.ref,
        currency=view.client.currency,
        own=shapes.price_told(None if own is None else Price(FLAT, own.interval, own.currency, Decimal(own.amount))),
        exceptions=[_said(each.said) for each in view.rules],
        promotions=[
            shapes.PromotionTaken(
                ref=each.ref,
                code=each.code,
                side=each.side,
                percent=written(each.percent),
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                runs=each.runs,
            )
            for each in view.taken
        ],
        contracts=[_contract(row) for row in view.contracts],
        sales=[
            shapes.ExtraSale(
                ref=each.ref,
                name=each.name,
                quantity=each.quantity,
                price=shapes.price_told(each.price),  # type: ignore[arg-type]  # there is one
                due_at=each.due_at,
                taken_back=each.taken_back,
            )
            for each in view.sales
        ],
    )


@routes.get("/accounts/{account}/prices", needs=SEE, kinds=ONLY, answer=shapes.ClientPrices)
def get_client_prices(request: ApiRequest, account: str) -> shapes.ClientPrices:
    """Show what was agreed with one client: its own price, exceptions, promotions, contracts, services that were sold."""
    return _client(request, account)


@routes.put(
    "/accounts/{account}/prices/own",
    needs=DO,
    kinds=ONLY,
    answer=shapes.ClientPrices,
    refusals=[CannotSetPrice, CannotChangeSettings],
)
def set_own_price_of_client(request: ApiRequest, account: str, body: said.OwnPriceIn) -> shapes.ClientPrices:
    """Agree a client's own price, for whatever plan it has. It is the `price` of its settings, so it takes `clients:manage` too."""
    currency = queries.client_seen(request.actor, account).currency
    price = None if body.amount is None else Price(FLAT, body.interval, currency, Decimal(body.amount))
    operations.set_own_price(client=account, price=price, since=body.since, actor=request.actor, at=request.at)
    return _client(request, account)


@routes.post(
    "/accounts/{account}/promotions",
    needs=DO,
    kinds=ABOVE,
    answer=shapes.PriceSaved,
    refusals=[CannotTakePromotion],
)
def take_promotion(request: ApiRequest, account: str, body: said.PromotionTakeIn) -> shapes.PriceSaved:
    """Give an account a promotion by its code. A reseller its clients, the vendor its direct accounts."""
    done = operations.take_promotion(ref=account, code=body.code, actor=request.actor, at=request.at)
    return shapes.PriceSaved(changed=done)


@routes.delete(
    "/accounts/{account}/promotions/{taken}",
    needs=DO,
    kinds=ABOVE,
    answer=None,
    status=204,
    refusals=[CannotTakePromotion],
)
def stop_promotion(request: ApiRequest, account: str, taken: str) -> None:
    """End a promotion of an account before its time."""
    operations.stop_promotion(ref=account, taken=taken, actor=request.actor, at=request.at)


@routes.post(
    "/accounts/{account}/contracts",
    needs=DO,
    kinds=ONLY,
    answer=shapes.ClientPrices,
    status=201,
    refusals=[CannotAgreeContract],
)
def agree_contract(request: ApiRequest, account: str, body: said.ContractIn) -> Made:
    """Agree a contract with a client: a term for its plan, maintenance with a price of its own, or a commitment.

    Of a commitment `price` is what the client spends at least by that interval; what is missing is charged when the interval is over.
    """
    words = body.model_dump(exclude={"price"})
    operations.agree_contract(
        client=account, price=said.price_in(body.price), actor=request.actor, at=request.at, **words
    )
    return Made(_client(request, account), f"/accounts/{account}/prices")


@routes.post(
    "/contracts/{contract}/end", needs=MANAGE, kinds=ONLY, answer=shapes.ContractList, refusals=[CannotEndContract]
)
def end_contract(request: ApiRequest, contract: str, body: said.ContractEndIn) -> shapes.ContractList:
    """Give notice of a contract: it ends with the earliest day that its terms give, or a later one."""
    operations.end_contract(ref=contract, last_day=body.last_day, actor=request.actor, at=request.at)
    return _contracts(request)


def _contracts(request: ApiRequest) -> shapes.ContractList:
    return shapes.ContractList(
        items=[_contract(row) for row in queries.contracts_of_reseller(request.actor, at=request.at)]
    )


@routes.get("/contracts", needs=VIEW, kinds=ONLY, answer=shapes.ContractList)
def list_contracts(request: ApiRequest) -> shapes.ContractList:
    """List the contracts with all clients, those that end first on top."""
    return _contracts(request)


# Services of one's own ------------------------------------------------------------------------------------------------


@routes.get("/extras", needs=VIEW, kinds=ONLY, answer=shapes.ExtraList)
def list_extras(request: ApiRequest) -> shapes.ExtraList:
    """List the services of your own."""
    found = queries.extras_of(request.actor)
    return shapes.ExtraList(items=[shapes.Extra(ref=each.ref, name=each.name, text=each.text) for each in found])


@routes.post("/extras", needs=MANAGE, kinds=ONLY, answer=shapes.Extra, status=201, refusals=[CannotSellExtra])
def make_extra(request: ApiRequest, body: said.ExtraIn) -> Made:
    """Offer a service of your own, such as set-up or training. Its price is said as any other, with the kind `extra`."""
    row = operations.make_extra(name=body.name, text=body.text, actor=request.actor, at=request.at)
    return Made(shapes.Extra(ref=row.ref, name=row.name, text=row.text), f"/prices/extra/{row.ref}")


@routes.delete("/extras/{extra}", needs=MANAGE, kinds=ONLY, answer=None, status=204)
def remove_extra(request: ApiRequest, extra: str) -> None:
    """Offer a service no more. What was sold stays sold."""
    operations.remove_extra(ref=extra, actor=request.actor, at=request.at)


@routes.post(
    "/accounts/{account}/extras",
    needs=DO,
    kinds=ONLY,
    answer=shapes.ClientPrices,
    status=201,
    refusals=[CannotSellExtra],
)
def sell_extra(request: ApiRequest, account: str, body: said.ExtraSaleIn) -> Made:
    """Sell a service of your own to a client."""
    operations.sell_extra(
        client=account, extra=body.extra, quantity=body.quantity, price=said.price_in(body.price), day=body.day,
        actor=request.actor, at=request.at,
    )  # fmt: skip
    return Made(_client(request, account), f"/accounts/{account}/prices")


@routes.delete("/sales/{sale}", needs=MANAGE, kinds=ONLY, answer=None, status=204, refusals=[CannotSellExtra])
def take_back_extra(request: ApiRequest, sale: str) -> None:
    """Say that a sale was a slip, before it is due."""
    operations.take_back_extra(sale=sale, actor=request.actor, at=request.at)
