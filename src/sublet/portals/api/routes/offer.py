"""The offer: for the vendor everything, for resellers what is open to them, with list prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sublet.catalog import queries
from sublet.core.manifest import Feature, Limit, ManagedService, Meter, Price, Signal, Trial
from sublet.core.offer import AddOnItem, Item, Offer, PlanItem
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.portals.api.declare import ApiRequest, Needs, Routes
from sublet.portals.api.schemas import offer as told
from sublet.portals.shared.manifest_words import name_of
from sublet.subscriptions.queries import Holders, plans_held

routes = Routes("Offer", "What can be had: plans, add-ons, meters and features, as the manifest in force says it.")
SEE = Needs("subscription:view", vendor="manifest:view")
KINDS = (VENDOR, RESELLER)
Used = Mapping[Item, Holders]


@routes.get("/offer", needs="manifest:view", kinds=(VENDOR,), answer=told.Offer)
def get_offer(request: ApiRequest) -> told.Offer:
    """Show everything that can be had."""
    offer = queries.offer()
    starts = offer.starting_plan
    used = plans_held(request.at)
    return told.Offer(
        number=offer.number,
        currency=offer.currency,
        starting_plan=starts.key if starts is not None else None,
        starting_version=starts.version if starts is not None else None,
        plans=[_plan(offer, item, used) for item in _plans(offer, request.actor)],
        add_ons=[_add_on(offer, item, used) for item in _add_ons(offer, request.actor)],
        meters=[_meter(item.meter) for item in offer.meters.values()],
        features=[_feature(each) for each in offer.features.values()],
        managed_services=[_service(each) for each in offer.services.values()],
        signals=[_signal(each) for each in offer.signals.values()],
    )


@routes.get("/plans", needs=SEE, kinds=KINDS, answer=told.OfferedPlanList)
def list_plans(request: ApiRequest) -> told.OfferedPlanList:
    """List the plans with their list prices.

    The vendor sees every version, a reseller those that are on sale for everyone.
    """
    offer = queries.offer()
    used = _used(request)
    return told.OfferedPlanList(items=[_plan(offer, item, used) for item in _plans(offer, request.actor)])


@routes.get("/add-ons", needs=SEE, kinds=KINDS, answer=told.OfferedAddOnList)
def list_add_ons(request: ApiRequest) -> told.OfferedAddOnList:
    """List the add-ons with their list prices.

    The vendor sees every version, a reseller those that are on sale for everyone.
    """
    offer = queries.offer()
    used = _used(request)
    return told.OfferedAddOnList(items=[_add_on(offer, item, used) for item in _add_ons(offer, request.actor)])


@routes.get("/meters", needs=SEE, kinds=KINDS, answer=told.OfferedMeterList)
def list_meters(request: ApiRequest) -> told.OfferedMeterList:
    """List what is counted."""
    return told.OfferedMeterList(items=[_meter(item.meter) for item in queries.offer().meters.values()])


@routes.get("/features", needs=SEE, kinds=KINDS, answer=told.OfferedFeatureList)
def list_features(request: ApiRequest) -> told.OfferedFeatureList:
    """List the features that plans and add-ons give."""
    return told.OfferedFeatureList(items=[_feature(each) for each in queries.offer().features.values()])


def _used(request: ApiRequest) -> Used | None:
    """How many accounts have what is the vendor's to know: over all resellers."""
    return plans_held(request.at) if request.actor.account_kind == VENDOR else None


def _plans(offer: Offer, actor: Actor) -> Iterable[PlanItem]:
    if actor.account_kind == VENDOR:
        return offer.every_plan
    return [item for item in offer.every_plan if item.plan.public and offer.is_sold(item.plan)]


def _add_ons(offer: Offer, actor: Actor) -> Iterable[AddOnItem]:
    if actor.account_kind == VENDOR:
        return offer.every_add_on
    return [item for item in offer.every_add_on if item.add_on.public and offer.is_sold(item.add_on)]


def _plan(offer: Offer, item: PlanItem, used: Used | None) -> told.OfferedPlan:
    plan = item.plan
    held = used.get(("plan", plan.key, plan.version), Holders()) if used is not None else None
    return told.OfferedPlan(
        key=plan.key,
        version=plan.version,
        name=name_of(plan.name),
        description=name_of(plan.description),
        on_sale=offer.is_sold(plan),
        removed_at=item.removed_at,
        public=plan.public,
        advertising=plan.advertising,
        features=dict(plan.features),
        limits=[_limit(each) for each in plan.limits],
        prices=[_price(each) for each in plan.prices],
        guide_prices=[
            told.OfferedGuidePrice(
                interval=each.interval, currency=each.currency, lowest=each.lowest, highest=each.highest
            )
            for each in plan.guide_prices
        ],
        trial=_trial(plan.trial) if plan.trial is not None else None,
        accounts=held.accounts if held is not None else None,
        on_trial=held.on_trial if held is not None else None,
        trying=held.trying if held is not None else None,
    )


def _add_on(offer: Offer, item: AddOnItem, used: Used | None) -> told.OfferedAddOn:
    add_on = item.add_on
    return told.OfferedAddOn(
        key=add_on.key,
        version=add_on.version,
        name=name_of(add_on.name),
        description=name_of(add_on.description),
        icon=add_on.icon,
        on_sale=offer.is_sold(add_on),
        removed_at=item.removed_at,
        public=add_on.public,
        repeatable=add_on.repeatable,
        plans=list(add_on.plans),
        features=dict(add_on.features),
        adds=[told.OfferedAddition(meter=each.meter, amount=each.amount) for each in add_on.adds],
        prices=[_price(each) for each in add_on.prices],
        accounts=used.get(("add_on", add_on.key, add_on.version), Holders()).accounts if used is not None else None,
    )


def _price(price: Price) -> told.OfferedPrice:
    return told.OfferedPrice(
        interval=price.interval,
        currency=price.currency,
        model=price.model,
        amount=price.amount,
        meter=price.meter,
        package_size=price.package_size,
        tiers=[told.OfferedStep(up_to=each.up_to, amount=each.amount, flat=each.flat) for each in price.tiers],
    )


def _limit(limit: Limit) -> told.OfferedLimit:
    return told.OfferedLimit(
        meter=limit.meter,
        amount=limit.amount,
        policy=limit.policy,
        thresholds=list(limit.thresholds),
        overage=[
            told.OfferedOverage(amount=each.amount, currency=each.currency, per=each.per) for each in limit.overage
        ],
        grace_days=limit.grace_days,
        grace_percent=limit.grace_percent,
        degraded_features=dict(limit.degraded_features) if limit.degraded_features is not None else None,
    )


def _trial(trial: Trial) -> told.OfferedTrial:
    return told.OfferedTrial(
        days=trial.days,
        plan=trial.plan,
        features=dict(trial.features),
        limits=[_limit(each) for each in trial.limits],
        advertising=trial.advertising,
        once_for=list(trial.once_for),
        remind_days=list(trial.remind_days),
    )


def _meter(meter: Meter) -> told.OfferedMeter:
    return told.OfferedMeter(
        key=meter.key,
        name=name_of(meter.name),
        description=name_of(meter.description),
        unit=name_of(meter.unit),
        aggregation=meter.aggregation,
        period=meter.period,
        unique_by=meter.unique_by,
        decimals=meter.decimals,
    )


def _feature(feature: Feature) -> told.OfferedFeature:
    return told.OfferedFeature(
        key=feature.key,
        kind=feature.kind,
        name=name_of(feature.name),
        description=name_of(feature.description),
        unit=name_of(feature.unit),
        choices=[told.OfferedChoice(key=each.key, name=name_of(each.name)) for each in feature.choices],
    )


def _service(service: ManagedService) -> told.OfferedService:
    return told.OfferedService(
        key=service.key,
        name=name_of(service.name),
        description=name_of(service.description),
        icon=service.icon,
        managed_by=list(service.managed_by),
        default_managed_by=service.default_managed_by,
        enabled=service.enabled,
        section=service.section,
        meter=service.meter,
        allowance=service.allowance,
        policy=service.policy,
        prices=[_price(each) for each in service.prices],
    )


def _signal(signal: Signal) -> told.OfferedSignal:
    return told.OfferedSignal(
        key=signal.key,
        kind=signal.kind,
        name=name_of(signal.name),
        description=name_of(signal.description),
        unit=name_of(signal.unit),
        watch=signal.watch,
        days=signal.days,
    )
