"""What the host product reports of its use, and what it adds up to."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from ninja import Query

from sublet.billing.queries.touched import usage_charged, usage_charged_at
from sublet.core.manifest.model import Meter
from sublet.core.periods import Period
from sublet.core.rights import VENDOR
from sublet.core.usage import units_of
from sublet.metering import operations, queries
from sublet.portals.api.auth import take_of_tenants
from sublet.portals.api.cloudevents import MEDIA
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Needs, OnlySaid, Routes
from sublet.portals.api.limits import costs_of
from sublet.portals.api.problems import FieldFault, Invalid
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.usage import (
    AccountUsage,
    MeterUsage,
    UsageAsked,
    UsageCorrection,
    UsageCorrectionIn,
    UsageCorrectionPreview,
    UsageDay,
    UsageEventCorrected,
    UsageEventCorrectionIn,
    UsageEventIn,
    UsageEventPage,
    UsageEventsAsked,
    UsageEventsIn,
    UsageEventTold,
    UsageInvoice,
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
    with its reason. What the product told wrongly, the product corrects itself (`corrects`). It counts however long ago it was; the
    answer says whether a billing run still reckons that period.
    """
    made = operations.correct_usage(
        ref=account,
        meter=body.meter,
        quantity=_exact(body.quantity),
        moment=body.time,
        reason=body.reason,
        actor=request.actor,
        at=request.at,
    )
    told = usage_charged_at(request.actor, account, body.meter, body.time)
    return UsageCorrection(id=made, closed=told.closed)


def _exact(quantity: int | float) -> Decimal:
    return Decimal(repr(quantity))


# Single usage events --------------------------------------------------------------------------------------------------


@routes.get(
    "/accounts/{account}/usage-events",
    needs=Needs("usage:view", below="usage:view"),
    kinds=(VENDOR,),
    answer=UsageEventPage,
)
def list_usage_events(request: ApiRequest, account: str, asked: Query[UsageEventsAsked]) -> UsageEventPage:
    """List the usage events of an account and meter, newest first.

    Each as it was told, and what became of it: who corrected it, when and why. With `id` the ones of that name.
    """
    cursors = Cursors("usage-events", request.actor, account, asked.meter, asked.id)
    page = queries.usage_events_of(
        request.actor, account, asked.meter, cursor=cursors.place(asked), event_id=asked.id, size=asked.limit
    )
    return UsageEventPage(
        items=[_event(row, page.item.meter) for row in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


def _event(row: queries.EventRow, meter: Meter) -> UsageEventTold:
    return UsageEventTold(
        id=row.event_id,
        source=row.source,
        meter=meter.key,
        time=row.at,
        received_at=row.received_at,
        quantity=_units(row.quantity, meter),
        value=row.value,
        state=row.state,
        corrects=row.corrects or None,
        made_by=_corrected(row.told),
        corrected_by=_corrected(row.corrected),
    )


def _units(steps: int | None, meter: Meter) -> int | float | None:
    return None if steps is None else units_of(steps, meter.decimals)


def _corrected(told: queries.Told | None) -> UsageEventCorrected | None:
    if told is None:
        return None
    return UsageEventCorrected(id=told.event_id, by=told.by, at=told.at, reason=told.reason)


@routes.post(
    "/accounts/{account}/usage-event-corrections",
    needs=Needs("usage:manage", below="usage:manage"),
    kinds=(VENDOR,),
    answer=(UsageCorrection, UsageCorrectionPreview),
    status=201,
    refusals=[operations.CannotCorrectUsage],
)
def correct_usage_event(request: ApiRequest, account: str, body: UsageEventCorrectionIn) -> UsageCorrection | OnlySaid:
    """Let another value count in the place of one usage event, however old, or nothing; or see what that comes to.

    For what a person decides. The event stays and counts no more; what counts is an event of the same moment from the source
    `people`, whose id is answered. An event is corrected once: the same again changes nothing and is answered alike, another value
    is refused. To correct a correction, correct what counts in its place. The answer says whether a billing run still reckons that
    period. With `dry_run` nothing is done: the answer tells the
    total of the period before and after, and which issued invoices have charged it.
    """
    quantity = None if body.quantity is None else _exact(body.quantity)
    named = {"ref": account, "meter": body.meter, "source": body.source, "event_id": body.id}
    if not body.dry_run:
        made = operations.correct_usage_event(
            **named, quantity=quantity, reason=body.reason, actor=request.actor, at=request.at
        )
        row = queries.usage_event_of(request.actor, account, body.meter, source=body.source, event_id=body.id).rows[0]
        told = usage_charged_at(request.actor, account, body.meter, row.at)
        return UsageCorrection(id=made, closed=told.closed)
    effect = operations.preview_correction(**named, quantity=quantity, reason=body.reason, actor=request.actor)
    return OnlySaid(_preview(request, body, account, effect))


def _preview(
    request: ApiRequest, body: UsageEventCorrectionIn, account: str, effect: queries.Effect
) -> UsageCorrectionPreview:
    page = queries.usage_event_of(request.actor, account, body.meter, source=body.source, event_id=body.id)
    event, meter = page.rows[0], page.item.meter
    told = usage_charged(page.account_id, item=page.item, period=effect.period, moment=event.at, actor=request.actor)
    return UsageCorrectionPreview(
        dry_run=True,
        event=_event(event, meter),
        quantity=_units(effect.value, meter),
        period=effect.period.key,
        start=effect.period.start,
        end=effect.period.end,
        before=units_of(effect.before, meter.decimals),
        after=units_of(effect.after, meter.decimals),
        charged=told.charged,
        closed=told.closed,
        invoices=[UsageInvoice(ref=invoice, number=number) for invoice, number in told.invoices],
    )
