"""What accounts may do: asked, followed, used up, and set by those above."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from ninja import Query

from sublet.core.entitled import FEATURE, METER
from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.core.usage import steps_of
from sublet.entitlements import operations, queries
from sublet.metering.operations import CannotTakeUsage
from sublet.portals.api.auth import take_of_tenants
from sublet.portals.api.declare import ABOVE, EVERYBODY, ApiRequest, Made, Needs, Routes, Tagged
from sublet.portals.api.problems import Invalid
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas import entitlements as shapes

routes = Routes("Entitlements", "What an account may do now, why, how far, and what it has used of it.")
BELOW = Needs("clients:manage", below="clients:manage", vendor="accounts:manage")


def _answer(request: ApiRequest, account: str) -> shapes.Entitlements:
    found = queries.standing_by_ref(account, actor=request.actor, at=request.at)
    answer: shapes.Entitlements = shapes.shaped(queries.told(found), shapes.Entitlements)
    return answer


def _steps(quantity: int | float, meter: str) -> int:
    try:
        return steps_of(quantity, queries.decimals_of(meter))
    except ValueError as fault:
        raise Invalid("quantity", f"usage-{fault}") from None


def _ways(found: operations.Consumed) -> list[dict[str, Any]]:
    if found.allowed:
        return []
    ways = queries.next_steps_of_person if found.reason == operations.PERSON_LIMIT else queries.next_steps
    return [queries.told_step(step) for step in ways(found.account, found.standing.meter.key)]


def _person(found: operations.Consumed) -> shapes.EntitledMeter | None:
    if found.person is None:
        return None
    stands: shapes.EntitledMeter = shapes.shaped(queries.told_meter(found.person), shapes.EntitledMeter)
    return stands


@routes.get(
    "/entitlements/{account}",
    needs=Needs("usage:view", below="usage:view"),
    kinds=EVERYBODY,
    answer=shapes.Entitlements,
    conditional=True,
)
def get_entitlements(request: ApiRequest, account: str, asked: Query[shapes.EntitlementsOfAsked]) -> Tagged:
    """Show what an account may do now.

    One's own, or one below it: features, meters with what was used, managed services, each with the layers that led there. Ask
    with If-None-Match to learn whether it is still so. With a `collaborator`: how far this person may go of what the account may.
    """
    take_of_tenants(request.actor, {account: 1})
    if asked.collaborator:
        standing = queries.standing_of_collaborator(account, asked.collaborator, actor=request.actor, at=request.at)
    else:
        standing = queries.standing_by_ref(account, actor=request.actor, at=request.at)
    found = queries.told(standing)
    return Tagged(
        shapes.shaped(found, shapes.Entitlements), queries.etag_of(found), request.headers.get("If-None-Match", "")
    )


@routes.get("/entitlements", needs="usage:view", kinds=ABOVE, answer=shapes.EntitlementsPage)
def list_entitlements(request: ApiRequest, asked: Query[shapes.EntitlementsAsked]) -> shapes.EntitlementsPage:
    """Show what all accounts below may do, page by page.

    A program that keeps answers reads all pages once and then follows the change stream from the number of the first one.
    """
    page = queries.snapshot(after=asked.after, limit=asked.limit, at=request.at)
    return shapes.EntitlementsPage(
        sequence=page.sequence,
        items=[shapes.shaped(each, shapes.Entitlements) for each in page.items],
        after=page.after,
    )


@routes.get("/entitlement-changes", needs="usage:view", kinds=ABOVE, answer=shapes.EntitlementChanges)
def list_entitlement_changes(
    request: ApiRequest, asked: Query[shapes.EntitlementChangesAsked]
) -> shapes.EntitlementChanges:
    """Follow what changes of what accounts may do.

    Each account once, as it is now. A change is here as soon as what caused it is done; what changes by itself, from its
    instant on. New accounts are not announced: ask for one that is not known.
    """
    found = operations.read_changes(sequence=asked.after, limit=asked.limit, actor=request.actor, at=request.at)
    return shapes.EntitlementChanges(
        sequence=found.sequence,
        changes=[shapes.shaped(each, shapes.Entitlements) for each in found.changes],
        more=found.more,
        reset=found.reset,
    )


@routes.post("/consume", needs="usage:manage", kinds=(VENDOR,), answer=shapes.Consumed, refusals=[CannotTakeUsage])
def consume(request: ApiRequest, body: shapes.UseIn) -> shapes.Consumed:
    """Use something up, if the account may.

    Whether it was allowed is in the answer, with where the meter stands and, where it was refused, what gives more. What was
    allowed is counted, and a usage event of that source and id: asked again, it is answered the same and counts once.
    With a `time` it belongs to the period in which it was used, as a usage event does, under the limits of now. With a
    `collaborator` it is that person's use as well, and refused beyond what this person may use of the account's allowance.
    """
    take_of_tenants(request.actor, {body.account: 1})
    found = operations.consume(
        account_ref=body.account,
        meter=body.meter,
        quantity=_steps(body.quantity, body.meter),
        source=body.source,
        event_id=body.id,
        used_at=body.time,
        collaborator=body.collaborator or "",
        actor=request.actor,
        at=request.at,
    )
    return _consumed(found)


def _consumed(found: operations.Consumed) -> shapes.Consumed:
    return shapes.Consumed(
        allowed=found.allowed,
        reason=found.reason,
        standing=shapes.shaped(queries.told_meter(found.standing), shapes.EntitledMeter),
        collaborator=_person(found),
        next=[shapes.shaped(each, shapes.EntitlementWay) for each in _ways(found)],
    )


@routes.post("/reservations", needs="usage:manage", kinds=(VENDOR,), answer=shapes.Reserved, refusals=[CannotTakeUsage])
def reserve(request: ApiRequest, body: shapes.ReservationIn) -> shapes.Reserved:
    """Hold something back for work that begins now.

    Under the same limits as using it up. When the work is done it is committed, otherwise released; forgotten, it is given
    back after `seconds`.
    """
    take_of_tenants(request.actor, {body.account: 1})
    found = operations.reserve(
        account_ref=body.account,
        meter=body.meter,
        quantity=_steps(body.quantity, body.meter),
        lasts=timedelta(seconds=body.seconds),
        source=body.source,
        event_id=body.id,
        collaborator=body.collaborator or "",
        actor=request.actor,
        at=request.at,
    )
    return shapes.Reserved(
        allowed=found.allowed,
        reason=found.reason,
        reservation=found.reservation or None,
        ends_at=found.ends_at,
        standing=shapes.shaped(queries.told_meter(found.standing), shapes.EntitledMeter),
        collaborator=_person(found),
        next=[shapes.shaped(each, shapes.EntitlementWay) for each in _ways(found)],
    )


@routes.post(
    "/reservations/{reservation}/commit",
    needs="usage:manage",
    kinds=(VENDOR,),
    answer=shapes.Consumed,
    refusals=[CannotTakeUsage],
)
def commit_reservation(request: ApiRequest, reservation: str, body: shapes.ReservationCommitIn) -> shapes.Consumed:
    """Count what the work took, and give the rest back."""
    meter = operations.meter_of_reservation(reservation)
    quantity = None if body.quantity is None else _steps(body.quantity, meter)
    return _consumed(operations.commit(reservation=reservation, quantity=quantity, actor=request.actor, at=request.at))


@routes.post(
    "/reservations/{reservation}/release",
    needs="usage:manage",
    kinds=(VENDOR,),
    answer=shapes.Consumed,
    refusals=[CannotTakeUsage],
)
def release_reservation(request: ApiRequest, reservation: str) -> shapes.Consumed:
    """Give back what was held for work that was not done."""
    return _consumed(operations.release(reservation=reservation, actor=request.actor, at=request.at))


# What those above say -------------------------------------------------------------------------------------------------


@routes.put(
    "/entitlements/{account}/features/{feature}",
    needs=BELOW,
    kinds=ABOVE,
    answer=shapes.Entitlements,
    refusals=[operations.CannotSetLimit],
)
def set_feature(request: ApiRequest, account: str, feature: str, body: shapes.FeatureWordIn) -> shapes.Entitlements:
    """Set a feature of an account below, within what one holds."""
    operations.set_override(
        ref=account, kind=FEATURE, key=feature, value=body.value, until=body.until, note=body.note,
        actor=request.actor, at=request.at,
    )  # fmt: skip
    return _answer(request, account)


@routes.delete("/entitlements/{account}/features/{feature}", needs=BELOW, kinds=ABOVE, answer=shapes.Entitlements)
def unset_feature(request: ApiRequest, account: str, feature: str) -> shapes.Entitlements:
    """Let a feature follow the plan again."""
    operations.remove_override(ref=account, kind=FEATURE, key=feature, actor=request.actor, at=request.at)
    return _answer(request, account)


@routes.put(
    "/entitlements/{account}/limits/{meter}",
    needs=BELOW,
    kinds=ABOVE,
    answer=shapes.Entitlements,
    refusals=[operations.CannotSetLimit],
)
def set_limit(request: ApiRequest, account: str, meter: str, body: shapes.LimitWordIn) -> shapes.Entitlements:
    """Set how far a meter may go for an account below, within what one holds."""
    operations.set_override(
        ref=account, kind=METER, key=meter, value=body.units, policy=body.policy, thresholds=body.thresholds,
        until=body.until, note=body.note, actor=request.actor, at=request.at,
    )  # fmt: skip
    return _answer(request, account)


@routes.delete("/entitlements/{account}/limits/{meter}", needs=BELOW, kinds=ABOVE, answer=shapes.Entitlements)
def unset_limit(request: ApiRequest, account: str, meter: str) -> shapes.Entitlements:
    """Let a meter follow the plan again."""
    operations.remove_override(ref=account, kind=METER, key=meter, actor=request.actor, at=request.at)
    return _answer(request, account)


@routes.put(
    "/entitlements/{account}/services/{service}",
    needs=BELOW,
    kinds=ABOVE,
    answer=shapes.Entitlements,
    refusals=[operations.CannotSetService],
)
def set_managed_service(
    request: ApiRequest, account: str, service: str, body: shapes.ServiceWordIn
) -> shapes.Entitlements:
    """Set a managed service of an account below."""
    operations.set_service(
        ref=account,
        service=service,
        enabled=body.enabled,
        managed_by=body.managed_by,
        allowance=body.allowance if "allowance" in body.model_fields_set else operations.UNCHANGED,
        actor=request.actor,
        at=request.at,
    )
    return _answer(request, account)


@routes.post(
    "/entitlements/{account}/top-ups",
    needs=BELOW,
    kinds=ABOVE,
    answer=shapes.TopUpGiven,
    status=201,
    refusals=[operations.CannotGiveTopUp],
)
def give_top_up(request: ApiRequest, account: str, body: shapes.TopUpIn) -> Made:
    """Give an account below units once, on top of its limits."""
    made = operations.give_top_up(
        ref=account, meter=body.meter, units=body.units, until=body.until, reason=body.reason, actor=request.actor,
        at=request.at,
    )  # fmt: skip
    return Made(shapes.TopUpGiven(top_up=made, entitlements=_answer(request, account)), f"/entitlements/{account}")


@routes.delete("/entitlements/{account}/top-ups/{top_up}", needs=BELOW, kinds=ABOVE, answer=shapes.Entitlements)
def take_back_top_up(request: ApiRequest, account: str, top_up: str) -> shapes.Entitlements:
    """Let units that were given once no longer count."""
    operations.take_back_top_up(ref=account, top_up=top_up, actor=request.actor, at=request.at)
    return _answer(request, account)


@routes.put(
    "/entitlements/{account}/share/{meter}",
    needs=Needs("clients:manage", below="clients:manage"),
    kinds=(RESELLER,),
    answer=shapes.Entitlements,
    refusals=[operations.CannotSetPool],
)
def set_share(request: ApiRequest, account: str, meter: str, body: shapes.ShareIn) -> shapes.Entitlements:
    """Set what a client may draw from one's pool."""
    operations.set_share(
        ref=account, meter=meter, reserve=body.reserve, cap=body.cap, actor=request.actor, at=request.at
    )
    return _answer(request, account)


@routes.put(
    "/entitlements/{account}/pool/{meter}",
    needs=Needs("accounts:manage", below="accounts:manage"),
    kinds=(VENDOR,),
    answer=shapes.Entitlements,
    refusals=[operations.CannotSetPool],
)
def set_pool(request: ApiRequest, account: str, meter: str, body: shapes.PoolIn) -> shapes.Entitlements:
    """Give a reseller a pool of units that its clients draw from."""
    operations.set_pool(
        ref=account, meter=meter, size=body.size, oversell=body.oversell, actor=request.actor, at=request.at
    )
    return _answer(request, account)


@routes.delete(
    "/entitlements/{account}/pool/{meter}",
    needs=Needs("accounts:manage", below="accounts:manage"),
    kinds=(VENDOR,),
    answer=shapes.Entitlements,
    refusals=[operations.CannotSetPool],
)
def take_pool_away(request: ApiRequest, account: str, meter: str) -> shapes.Entitlements:
    """Take a reseller's pool away: its clients have their own limits alone again."""
    operations.set_pool(ref=account, meter=meter, size=None, actor=request.actor, at=request.at)
    return _answer(request, account)


@routes.get(
    "/entitlements/{account}/pools",
    needs=Needs("clients:view", below="clients:view", vendor="accounts:view"),
    kinds=(VENDOR, RESELLER),
    answer=shapes.QuotaPools,
)
def list_pools(request: ApiRequest, account: str) -> shapes.QuotaPools:
    """Show what a reseller holds of each meter for its clients to draw from."""
    found = queries.pools_of_reseller(request.actor, account, at=request.at)
    return shapes.QuotaPools(items=[shapes.shaped(asdict(each), shapes.QuotaPool) for each in found])


@routes.get(
    "/accounts/{account}/alerts",
    needs=Needs("usage:view", below="clients:view", vendor="accounts:view"),
    kinds=EVERYBODY,
    answer=shapes.LimitAlerts,
)
def list_alerts(request: ApiRequest, account: str, asked: Query[shapes.LimitAlertsAsked]) -> shapes.LimitAlerts:
    """List what was said of an account's limits, newest first: thresholds, forecasts, the first refusal.

    One's own, or one below it.
    """
    cursors = Cursors("alerts", request.actor, account)
    page = queries.alerts_of(request.actor, account, cursor=cursors.place(asked), size=asked.limit)
    return shapes.LimitAlerts(
        items=[shapes.shaped(asdict(each), shapes.LimitAlert) for each in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


OWN = (RESELLER, CLIENT, DIRECT)


@routes.put(
    "/caps/{meter}", needs="usage:manage", kinds=OWN, answer=shapes.Entitlements, refusals=[operations.CannotSetCap]
)
def set_own_cap(request: ApiRequest, meter: str, body: shapes.CapIn) -> shapes.Entitlements:
    """Limit a meter of one's own account."""
    operations.set_own_cap(meter=meter, units=body.units, policy=body.policy, actor=request.actor, at=request.at)
    return _answer(request, request.actor.account_ref)


@routes.delete("/caps/{meter}", needs="usage:manage", kinds=OWN, answer=shapes.Entitlements)
def lift_own_cap(request: ApiRequest, meter: str) -> shapes.Entitlements:
    """Lift a limit that one's own account has set for itself."""
    operations.set_own_cap(meter=meter, units=None, actor=request.actor, at=request.at)
    return _answer(request, request.actor.account_ref)


# What people of a team may use ------------------------------------------------------------------------------------------

PEOPLE = Needs("usage:manage", below="clients:manage", vendor="accounts:manage")


@routes.get(
    "/entitlements/{account}/portions",
    needs=Needs("usage:view", below="clients:view", vendor="accounts:view"),
    kinds=EVERYBODY,
    answer=shapes.ApportionedMeters,
)
def list_portions(request: ApiRequest, account: str) -> shapes.ApportionedMeters:
    """Show how an account's allowances are shared out among the people of its team.

    One's own, or one below it: each meter that adds up, with who may use how much of it and has used how much.
    """
    found = queries.apportioned_of(request.actor, account, at=request.at)
    return shapes.ApportionedMeters(items=[shapes.shaped(asdict(each), shapes.ApportionedMeter) for each in found])


@routes.put(
    "/entitlements/{account}/portions/{meter}",
    needs=PEOPLE,
    kinds=EVERYBODY,
    answer=shapes.ApportionedMeters,
    refusals=[operations.CannotSetPortion],
)
def set_apportionment(
    request: ApiRequest, account: str, meter: str, body: shapes.ApportionmentIn
) -> shapes.ApportionedMeters:
    """Set how far a meter may be promised to people of a team.

    Without a bound, upper limits are not added up. It never lets more be used than there is.
    """
    operations.set_portions(
        ref=account, meter=meter, people={}, oversell=body.oversell, actor=request.actor, at=request.at
    )
    return list_portions(request, account)


@routes.put(
    "/entitlements/{account}/portions/{meter}/{collaborator}",
    needs=PEOPLE,
    kinds=EVERYBODY,
    answer=shapes.ApportionedMeters,
    refusals=[operations.CannotSetPortion],
)
def set_portion(
    request: ApiRequest, account: str, meter: str, collaborator: str, body: shapes.PortionIn
) -> shapes.ApportionedMeters:
    """Set what somebody of a team may use of a meter in each period.

    Of one's own account, or of one below it. It holds at once; what was used already counts.
    """
    operations.set_portions(
        ref=account, meter=meter, people={collaborator: operations.Wanted(body.reserve, body.cap)},
        actor=request.actor, at=request.at,
    )  # fmt: skip
    return list_portions(request, account)


@routes.delete(
    "/entitlements/{account}/portions/{meter}/{collaborator}",
    needs=PEOPLE,
    kinds=EVERYBODY,
    answer=shapes.ApportionedMeters,
    refusals=[operations.CannotSetPortion],
)
def unset_portion(request: ApiRequest, account: str, meter: str, collaborator: str) -> shapes.ApportionedMeters:
    """Let somebody of a team use what there is again."""
    operations.set_portions(ref=account, meter=meter, people={collaborator: None}, actor=request.actor, at=request.at)
    return list_portions(request, account)
