"""What an account has used, down to single usage events, and the correction of one of them with what it comes to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountFacts
from sublet.billing.queries.touched import Touched, usage_charged
from sublet.core.manifest.model import Meter
from sublet.core.periods import Period
from sublet.core.rights import CLIENT
from sublet.core.usage import COUNT, LONGEST_ID, LONGEST_SOURCE, UNIQUE, units_of
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.metering import operations, queries
from sublet.metering.queries import Effect, EventPage, EventRow, Told
from sublet.portals.shared.components import Action, Change, Crumb, Fact
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_amount, write_date, write_datetime, write_month, write_number
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.tables import Column, Empty, Pager, Row, StatusCell, Table, read_list_state
from sublet.portals.vendor.forms import CorrectUsageForm
from sublet.portals.vendor.nav import here


def crumbs(request: SubletRequest, facts: AccountFacts, *more: Crumb) -> tuple[Crumb, ...]:
    """The way to these pages: a reseller's client has no page of its own here, but one about what was agreed."""
    name = "vendor-account-subscription" if facts.kind == CLIENT else "vendor-account"
    above = here(request, name, ref=facts.ref) if request.actor.may("accounts:view") else ""
    usage = Crumb(_("Usage"), here(request, "vendor-account-usage", ref=facts.ref) if more else "")
    return (
        Crumb(_("Resellers and accounts"), here(request, "vendor-accounts")),
        Crumb(facts.name, above),
        usage,
        *more,
    )


def amount(steps: int | None, meter: Meter) -> str:
    """So many steps, in units of the meter."""
    return "–" if steps is None else write_amount(units_of(steps, meter.decimals), name_of(meter.unit))


def period_words(period: Period, zone: str) -> str:
    """A period as people name it, in the account's zone."""
    if period.start is None or period.end is None:
        return _("Standing amount")
    local = ZoneInfo(zone)
    first = period.start.astimezone(local).date()
    last = (period.end - timedelta(microseconds=1)).astimezone(local).date()
    if first == last:
        return write_date(first)
    if first.day == 1 and (first.year, first.month) == (last.year, last.month) and (last + timedelta(1)).day == 1:
        return write_month(first)
    return f"{write_date(first)} – {write_date(last)}"


@needs("usage:view", portal="vendor")
@require_safe
def overview(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Each meter with what it stands at, and the way to its usage events."""
    facts = account_queries.client_facts(request.actor, ref)
    found = queries.usage_of_account(ref, first=None, last=None, actor=request.actor, at=now())
    rows = [
        (
            name_of(each.item.meter.name),
            here(request, "vendor-account-usage-events", ref=ref, meter=each.item.meter.key),
            period_words(each.used.period, facts.timezone),
            amount(each.used.quantity, each.item.meter),
            amount(each.before[0].quantity, each.item.meter) if each.before else "–",
        )
        for each in found.meters
    ]
    context = {"facts": facts, "rows": rows, "crumbs": crumbs(request, facts)}
    return render(request, "vendor/usage.html", context)


def _columns(meter: Meter, *, corrects: bool) -> tuple[Column, ...]:
    number = _("Value") if meter.aggregation == UNIQUE else _("Number (%(unit)s)") % {"unit": name_of(meter.unit)}
    action = Column("correct", _("Actions"), template="vendor/cell_usage_correct.html")
    return (
        Column("at", _("When"), "datetime", required=True),
        Column("source", pgettext("whoever something comes from", "From"), template="vendor/cell_usage_source.html"),
        Column("quantity", number, align="end"),
        Column("state", _("State"), template="vendor/cell_usage_state.html"),
        *((action,) if corrects else ()),
    )


@needs("usage:view", portal="vendor")
@require_safe
def events(request: SubletRequest, ref: str, meter: str) -> HttpResponseBase:
    """The usage events of a meter, the newest first, with what was corrected, by whom and why."""
    facts = account_queries.client_facts(request.actor, ref)
    asked = read_list_state(request.GET, columns=(), default_sort="at")
    page = queries.usage_events_of(request.actor, ref, meter, cursor=asked.cursor, event_id=asked.search)
    columns = _columns(page.item.meter, corrects=request.actor.may("usage:manage"))
    state = read_list_state(request.GET, columns=columns, default_sort="at")
    name = name_of(page.item.meter.name)
    table = Table(
        id="usage",
        caption=_("Usage events"),
        columns=columns,
        rows=tuple(_row(request, ref, page, row) for row in page.rows),
        state=state,
        pager=Pager(
            previous=page.previous_cursor,
            next=page.next_cursor,
            shown=len(page.rows),
            first_page=not page.previous_cursor,
        ),
        search_label=_("The whole id of a usage event"),
        no_match=_("No usage event of this meter has this id. Enter it whole."),
        empty=Empty(
            title=_("No usage events yet"),
            text=_("They appear as soon as the product reports them."),
            icon_name="activity",
        ),
    )
    context = {"facts": facts, "title": name, "table": table, "crumbs": crumbs(request, facts, Crumb(name))}
    return render(request, "vendor/usage_events.html", context)


def _row(request: SubletRequest, ref: str, page: EventPage, row: EventRow) -> Row:
    meter, url = page.item.meter, ""
    if row.can_be_corrected and request.actor.may("usage:manage"):
        # Ids are a product's own: anything may stand in them, also what an address takes apart.
        named = urlencode({"source": row.source, "event": row.event_id})
        url = here(request, "vendor-account-usage-correct", ref=ref, meter=meter.key) + f"?{named}"
    return Row(
        key=row.event_id,
        label=f"{write_datetime(row.at)}, {row.event_id}",
        muted=not row.counts,
        cells={
            "at": row.at,
            "source": (row.source, row.event_id, row.by_people),
            "quantity": _quantity(row, meter, unit=False),
            "state": (_state(row), _notes(row)),
            "correct": url,
        },
    )


def _quantity(row: EventRow, meter: Meter, *, unit: bool = True) -> str:
    if meter.aggregation == UNIQUE and row.quantity is not None:
        return row.value
    if unit or row.quantity is None:
        return amount(row.quantity, meter)
    return write_number(units_of(row.quantity, meter.decimals))


def _state(row: EventRow) -> StatusCell:
    if row.overruled:
        return StatusCell("overruled", _("Does not count"), "neutral", "user-check")
    if not row.counts:
        return StatusCell("corrected", _("Corrected"), "neutral", "pencil")
    if row.quantity is None:
        return StatusCell("takes-back", _("Takes another back"), "neutral", "arrow-back-up")
    return StatusCell("counts", _("Counts"), "success", "check")


def _notes(row: EventRow) -> list[str]:
    """Who has corrected, when and why; and what this one counts in the place of."""
    notes = []
    if row.overruled:
        notes.append(_("Was to count in the place of %(event)s") % {"event": row.corrects})
    elif row.corrects:
        notes.append(_("In the place of %(event)s") % {"event": row.corrects})
    if row.told is not None:
        notes.append(_("By %(person)s, %(when)s: %(reason)s") % _told(row.told))
    if row.corrected is not None:
        notes.append(_("Corrected by %(person)s, %(when)s: %(reason)s") % _told(row.corrected))
    elif row.overruled:
        notes.append(_("A person had corrected that one before: what the person said counts."))
    elif not row.counts:
        notes.append(_("Corrected by the product"))
    return notes


def _told(told: Told) -> dict[str, str]:
    return {"person": told.by, "when": write_datetime(told.at), "reason": told.reason}


@needs("usage:manage", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: SubletRequest, ref: str, meter: str) -> HttpResponseBase:
    """Correct one usage event: the form, then what it comes to, then done."""
    facts = account_queries.client_facts(request.actor, ref)
    named = {
        "ref": ref,
        "meter": meter,
        "source": request.GET.get("source", "").replace("\x00", "")[:LONGEST_SOURCE],
        "event_id": request.GET.get("event", "").replace("\x00", "")[:LONGEST_ID],
    }
    page = queries.usage_event_of(request.actor, ref, meter, source=named["source"], event_id=named["event_id"])
    event, declared = page.rows[0], page.item.meter
    back = here(request, "vendor-account-usage-events", ref=ref, meter=meter)
    name = name_of(declared.name)
    context: dict[str, Any] = {
        "facts": facts,
        "title": _("Correct a usage event"),
        "crumbs": crumbs(request, facts, Crumb(name, back), Crumb(_("Correct a usage event"))),
        "event": _facts(event, declared, name),
        "back_url": back,
        "form": _form(request, event, declared),
        "by_number": _by_number(declared),
        "locked": "" if event.can_be_corrected or request.method == "POST" else _locked(event),
    }
    form = context["form"]
    if request.method != "POST":
        return render(request, "vendor/usage_correct.html", context)
    if not form.is_valid():
        return render(request, "vendor/usage_correct.html", context, status=422)
    values = form.cleaned_data
    try:
        if request.POST.get("confirmed") == "1":
            operations.correct_usage_event(
                **named, quantity=values["quantity"], reason=values["reason"], actor=request.actor, at=now()
            )
            success(request, _("Corrected. The history says who did it, and why."))
            return HttpResponseRedirect(back)
        effect = operations.preview_correction(
            **named, quantity=values["quantity"], reason=values["reason"], actor=request.actor
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return render(request, "vendor/usage_correct.html", context, status=refusal.status)
    context |= _preview(request, facts, page, effect)
    context |= {"sent": [(name, form.data.get(name, "")) for name in form.fields], "reason": values["reason"]}
    return render(request, "vendor/usage_correct_check.html", context)


def _by_number(meter: Meter) -> bool:
    """Whether another value can count in the place of an event, and not only nothing."""
    return meter.aggregation not in {COUNT, UNIQUE}


def _form(request: SubletRequest, event: EventRow, meter: Meter) -> CorrectUsageForm:
    options: dict[str, Any] = {"by_number": _by_number(meter), "decimals": meter.decimals, "unit": name_of(meter.unit)}
    if request.method == "POST":
        return CorrectUsageForm(request.POST, **options)
    present = None if event.quantity is None else Decimal(event.quantity).scaleb(-meter.decimals)
    return CorrectUsageForm(initial={"quantity": present}, **options)


def _locked(event: EventRow) -> str:
    code = "corrected-already" if not event.counts else "counts-nothing"
    return operations.CannotCorrectUsage(code).sentence


def _facts(event: EventRow, meter: Meter, name: str) -> tuple[Fact, ...]:
    found = (
        Fact(_("Meter"), name),
        Fact(_("When"), event.at, "datetime"),
        Fact(_("Value"), _quantity(event, meter)),
        Fact(pgettext("whoever something comes from", "From"), _("Correction") if event.by_people else event.source),
        Fact(_("Id"), event.event_id, "code", copy=True),
        Fact(_("Received"), event.received_at, "datetime"),
    )
    return (*found, *(Fact(_("History"), words) for words in _notes(event)))


def _preview(request: SubletRequest, facts: AccountFacts, page: EventPage, effect: Effect) -> dict[str, Any]:
    """What the correction comes to: the total before and after, and what it means for what was invoiced."""
    event, meter = page.rows[0], page.item.meter
    total = _("Total, %(period)s") % {"period": period_words(effect.period, facts.timezone)}
    same = effect.before == effect.after
    before, after = amount(effect.before, meter), amount(effect.after, meter)
    out = effect.value is None
    changes = (
        Change(
            "remove" if out else "change",
            _("This usage event"),
            _quantity(event, meter),
            _("counts no more") if out else amount(effect.value, meter),
        ),
        Change("same", total, "", after, _("It stays as it is.")) if same else Change("change", total, before, after),
    )
    told = usage_charged(facts.id, item=page.item, period=effect.period, moment=event.at, actor=request.actor)
    invoices: tuple[Action, ...] = ()
    if request.actor.may("billing:view") and not same:
        invoices = tuple(
            Action(number, here(request, "vendor-money-invoice", invoice=invoice), "receipt")
            for invoice, number in told.invoices
        )
    return {
        "changes": changes,
        "money": _money_words(told, same=same),
        "invoices": invoices,
        "of_client": facts.kind == CLIENT and not same,
    }


def _money_words(told: Touched, *, same: bool) -> tuple[str, str, str]:
    """Tone, title and text of what a correction means for what was charged."""
    if same:
        return "info", _("Nothing changes for invoices"), _("The total stays as it is.")
    if not told.charged:
        title = _("No invoice was issued for it")
        if told.closed:
            return (
                "warning",
                title,
                _("What lies so far back is not reckoned any more: charge by hand what is owed for it."),
            )
        return "info", title, _("Where this use is paid for, it is reckoned with the corrected total.")
    title = _("It was charged, and is on no issued invoice yet")
    if told.invoices:
        title = _("An issued invoice is touched, and stays as it is")
    if told.closed:
        text = _("What lies so far back is not reckoned again: credit by hand what is owed for it.")
        return "warning", title, text
    return "warning" if told.invoices else "info", title, _("The difference is a line of its own on the next invoice.")
