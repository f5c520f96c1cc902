"""Clients' settings in plain words: what a field is called, what it is, what a change means and for whom, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from sublet.clientsettings.queries import ClientSettings, comes_to
from sublet.core.clientsettings import (
    ALLOWANCE,
    ENABLED,
    FEATURE,
    FOLLOW,
    LIMIT,
    MANAGED_BY,
    PAYER,
    PRICE,
    Field,
    Gap,
    RetailPrice,
    Value,
    thing_of,
)
from sublet.core.clientsettings import Change as Changed
from sublet.core.entitled import Terms
from sublet.core.manifest.model import Feature, ManagedService, Meter
from sublet.core.usage import units_of
from sublet.portals.shared.components import Change
from sublet.portals.shared.locales import write_amount, write_date, write_money, write_number
from sublet.portals.shared.manifest_words import each_interval, name_of
from sublet.portals.shared.offer_words import feature_value


def label_of(field: Field, terms: Terms) -> str:
    """What a field is called."""
    thing = thing_of(field, terms)
    name = name_of(thing.name) if thing is not None else field.thing
    if field.part == MANAGED_BY:
        return _("%(service)s: managed by") % {"service": name}
    if field.part == ALLOWANCE:
        return _("%(service)s: allowance") % {"service": name}
    if field.part == PAYER:
        return {
            "base": _("Who pays the base fee"),
            "overage": _("Who pays overage"),
            "add_ons": _("Who pays add-ons"),
        }[field.thing]
    return _("Retail price") if field.part == PRICE else name


def value_words(field: Field, value: Value, terms: Terms) -> str:
    """What a field is."""
    thing = thing_of(field, terms)
    if value is FOLLOW:
        if field.part == ALLOWANCE and isinstance(thing, ManagedService):
            if thing.allowance is None:
                return _("not decided: as in the plan so far")
            return _("%(number)s, as it begins") % {"number": write_number(thing.allowance)}
        return _("as in the plan")
    if isinstance(value, RetailPrice):
        return each_interval(value.interval, write_money(value.amount, value.currency))
    if field.part in (MANAGED_BY, PAYER):
        return {"reseller": pgettext("the reseller", "You"), "client": _("The client")}.get(
            str(value), _("not decided")
        )
    if field.part == PRICE:
        return _("not decided")
    if field.part in (ALLOWANCE, LIMIT):
        return _("no limit") if value is None else _amount(int(value), field, terms)
    if isinstance(thing, Feature) and thing.kind != "switch":
        return feature_value(thing, value).text
    return _("on") if value else _("off")


def _amount(units: int, field: Field, terms: Terms) -> str:
    meter = meter_of(field, terms)
    return write_amount(units, name_of(meter.unit) if meter is not None else "")


def meter_of(field: Field, terms: Terms) -> Meter | None:
    """The meter that an allowance or limit is about."""
    if field.part == LIMIT:
        return terms.meters.get(field.thing)
    service = terms.services.get(field.thing) if field.part == ALLOWANCE else None
    return terms.meters.get(service.meter) if service is not None and service.meter else None


def change_lines(
    changes: Iterable[Changed],
    terms: Terms,
    *,
    since: datetime | None = None,
    zone: str = "UTC",
    view: ClientSettings | None = None,
) -> tuple[Change, ...]:
    """What a change comes to: old and new, and what it means for whom. `view`: the client it is about."""
    changes = list(changes)
    ends = comes_to(view.setup, changes, at=view.standing.at) if view is not None else {}
    return tuple(
        Change(
            "change",
            label_of(each.field, terms),
            value_words(each.field, each.before, terms),
            value_words(each.field, each.after, terms),
            _short_of(each, ends, terms) or _meaning(each, terms, since, zone, view),
        )
        for each in changes
    )


def _short_of(change: Changed, ends: Mapping[str, int | None], terms: Terms) -> str:
    """That an allowance comes to less than was said; empty where it does not."""
    units, wanted = ends.get(change.field.key), change.after
    if units is None or change.field.key not in ends or wanted is FOLLOW:
        return ""
    if wanted is not None and units >= int(str(wanted)):
        return ""
    return _("It comes to %(amount)s: the plan and what you hold give no more.") % {
        "amount": _amount(units, change.field, terms)
    }


def _meaning(change: Changed, terms: Terms, since: datetime | None, zone: str, view: ClientSettings | None) -> str:
    part, after = change.field.part, change.after
    if change.field.is_agreed:
        told = _("From now on.") if since is None else _("From %(day)s on.") % {"day": write_date(since, zone)}
        kept = _("This decides what falls due. The client sees only what it pays itself.")
        return f"{told} {kept}"
    if part == MANAGED_BY:
        if after == "reseller":
            return _("Your team does this work for the client.")
        return _("The client’s people do this work themselves.")
    if part == ENABLED:
        return _("The client has it at once.") if after else _("The client no longer has it. What is there stays.")
    if part == FEATURE:
        return _("For the client, at once.")
    used = used_of(change.field, terms, view) if view is not None else None
    if used is not None and isinstance(after, int) and used >= after and used > 0:
        return _("The client has used %(used)s already: nothing more is taken until counting begins anew.") % {
            "used": write_number(used)
        }
    return _("For the client, at once: what it has used so far counts.")


def used_of(field: Field, terms: Terms, view: ClientSettings) -> int | float | None:
    """What a client has used, in units; None where nothing is counted."""
    meter = meter_of(field, terms)
    there = view.standing.meters.get(meter.key) if meter is not None else None
    return None if there is None or meter is None else units_of(there.standing.used, meter.decimals)


def beside(field: Field, terms: Terms, view: ClientSettings) -> str:
    """What stands beside a limit: what the plan gives, what the reseller holds, what was used."""
    meter = meter_of(field, terms)
    if meter is None:
        return ""
    told = []
    answer = view.standing.entitlements.meters.get(meter.key)
    if answer is not None:
        given = [step for step in answer.why if step.layer in ("none", "plan", "trial", "add_on", "vendor")]
        if given:
            told.append(_("The plan gives: %(amount)s.") % {"amount": _units(given[-1].value, meter)})
    held = view.held.meters.get(meter.key)
    if held is not None:
        told.append(_("You hold: %(amount)s.") % {"amount": _units(held.units, meter)})
    used = used_of(field, terms, view)
    if used is not None:
        told.append(_("Used: %(amount)s.") % {"amount": write_number(used)})
    return " ".join(told)


def _units(value: object, meter: Meter) -> str:
    return _("no limit") if value is None else write_amount(int(str(value)), name_of(meter.unit))


def gap_words(gaps: Sequence[Gap], terms: Terms) -> list[str]:
    """What is missing for complete settings, and what to do."""
    found = []
    payers = [gap for gap in gaps if gap.code == PAYER]
    for gap in gaps:
        name = label_of(gap.field, terms)
        if gap.code == ALLOWANCE:
            found.append(
                _("%(field)s is not decided, and the service is on: say a number, or “No limit”.") % {"field": name}
            )
        elif gap.code == MANAGED_BY:
            found.append(_("%(field)s: nobody is chosen, and the service is on.") % {"field": name})
        elif gap.code == PRICE:
            found.append(_("There is no retail price. If the client pays nothing, say 0."))
        elif gap is payers[0]:
            words = ", ".join(label_of(each.field, terms) for each in payers)
            found.append(_("Not decided: %(fields)s.") % {"fields": words})
    return found


def coming_words(view: ClientSettings) -> list[str]:
    """What is agreed for later."""
    zone, setup = view.client.timezone, view.setup
    return [
        _("%(field)s, from %(day)s on: %(value)s.")
        % {
            "field": label_of(setup.fields[key], setup.terms),
            "day": write_date(since, zone),
            "value": value_words(setup.fields[key], value, setup.terms),
        }
        for key, since, value in setup.coming
        if key in setup.fields
    ]


def template_lines(
    values: Mapping[str, Value], fields: Mapping[str, Field], terms: Terms
) -> tuple[tuple[str, str], ...]:
    """What a template sets: field and value, in the order of the fields."""
    return tuple(
        (label_of(field, terms), value_words(field, values[key], terms))
        for key, field in fields.items()
        if key in values
    )
