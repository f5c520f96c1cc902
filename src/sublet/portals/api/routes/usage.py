"""What the host product reports of its use, and what it adds up to."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from ninja import Query

from sublet.core.periods import Period
from sublet.core.rights import VENDOR
from sublet.core.usage import units_of
from sublet.metering import operations, queries
from sublet.portals.api.auth import take_of_tenants
from sublet.portals.api.cloudevents import MEDIA
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Needs, Routes
from sublet.portals.api.limits import costs_of
from sublet.portals.api.problems import FieldFault, Invalid
from sublet.portals.api.schemas.usage import (
    AccountUsage,
    MeterUsage,
    UsageAsked,
    UsageCorrection,
    UsageCorrectionIn,
    UsageDay,
    UsageEventIn,
    UsageEventsIn,
    UsagePeriod,
    UsageRecorded,
)

routes = Routes("Usage", "What was used of the product: reported by it, added up by meter, period and day.")


class WrongEvents(Invalid):
    """Some of the events cannot be taken: none was."""

    def __init__(self, refusal: operations.CannotRecordUsage) -> None:
        Exception.__init__(self)
        self.errors = [
            FieldFault(field=f"events.{each.index}.{each.field}", fault=f"usage-{each.code}", params={})
            for each in refusal.faults
        ]


@routes.post(
    "/usage-events",
    needs="usage:manage",
    kinds=(VENDOR,),
    answer=UsageRecorded,
    status=202,
    also=MEDIA,
)
def report_usage(request: ApiRequest, body: UsageEventsIn) -> UsageRecorded:
    """Report what was used.

    1 to 1,000 events; all of them are counted, or none. An event of the same source, id and account counts once for ever, however
    often it is sent: whoever saw no answer sends it again. An answer means that the events are durable. Late ones belong to
    the period in which they were used. CloudEvents 1.0 are taken as well, one (`application/cloudevents+json`) or many
    (`application/cloudevents-batch+json`): `type` is the meter, `subject` the account, `data` holds `quantity` and `properties`.
    """
    take_of_tenants(request.actor, costs_of(Counter(each.account for each in body.events)))
    try:
        told = operations.record_usage(
            events=[usage_of(each, request) for each in body.events], actor=request.actor, at=request.at
        )
    except operations.CannotRecordUsage as refusal:
        raise WrongEvents(refusal) from None
    return UsageRecorded(accepted=told.accepted, duplicates=told.duplicates)


def usage_of(event: UsageEventIn, request: ApiRequest) -> operations.Usage:
    """As the operation takes it."""
    return operations.Usage(
        source=event.source,
        id=event.id,
        at=event.time or request.at,
        account=event.account,
        meter=event.meter,
        quantity=event.quantity,
        properties=event.properties,
        corrects=event.corrects or "",
        collaborator=event.collaborator or "",
    )


@routes.get(
    "/accounts/{account}/usage",
    needs=Needs("usage:view", below="usage:view"),
    kinds=EVERYBODY,
    answer=AccountUsage,
)
def get_usage(request: ApiRequest, account: str, asked: Query[UsageAsked]) -> AccountUsage:
    """Show what an account uses.

    One's own, or one below it: each meter of the product with the period that runs, those before it, and its days.
    """
    try:
        found = queries.usage_of_account(
            account, first=asked.since, last=asked.until, actor=request.actor, at=request.at
        )
    except ValueError:
        raise Invalid("until", "usage-range") from None
    return AccountUsage(
        account=found.account_ref,
        at=found.at,
        since=found.first,
        until=found.last,
        meters=[_meter(each) for each in found.meters],
    )


def _meter(found: queries.MeterUsage) -> MeterUsage:
    meter = found.item.meter
    return MeterUsage(
        meter=meter.key,
        aggregation=meter.aggregation,
        kind=meter.period,
        period=_period(found.used, found.used.period, meter.decimals),
        before=[_period(each, each.period, meter.decimals) for each in found.before],
        days=[UsageDay(day=each.day, used=units_of(each.quantity, meter.decimals)) for each in found.days],
    )


def _period(used: queries.Used, period: Period, decimals: int) -> UsagePeriod:
    return UsagePeriod(
        key=period.key,
        start=period.start,
        end=period.end,
        used=units_of(used.quantity, decimals),
        reserved=units_of(used.reserved, decimals),
    )


@routes.post(
    "/accounts/{account}/usage-corrections",
    needs=Needs("usage:manage", below="usage:manage"),
    kinds=(VENDOR,),
    answer=UsageCorrection,
    status=201,
    refusals=[operations.CannotCorrectUsage],
)
def correct_usage(request: ApiRequest, account: str, body: UsageCorrectionIn) -> UsageCorrection:
    """Put right what was counted.

    For what a person decides: the difference is an event of its own, in the period of that moment, and stands in the history
    with its reason. What the product told wrongly, the product corrects itself (`corrects`).
    """
    made = operations.correct_usage(
        ref=account,
        meter=body.meter,
        quantity=Decimal(repr(body.quantity)),
        moment=body.time,
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )
    return UsageCorrection(id=made)
