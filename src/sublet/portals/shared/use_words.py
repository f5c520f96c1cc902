"""Use and limits in words: how much of each meter was used, what happens at its limit, and why the limit is what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from sublet.catalog.queries import offer
from sublet.core.capitals import capitalized
from sublet.core.entitled import Step
from sublet.core.manifest import Meter
from sublet.core.usage import units_of
from sublet.entitlements.operations import happens
from sublet.entitlements.queries import ASK, STATE_WORDS, MeterStanding, SaidAlert, UsePage
from sublet.portals.shared.components import Action
from sublet.portals.shared.locales import write_date, write_last_day, write_number
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.shell import Text

#: Tone, icon and words of a meter's state.
STATES: Mapping[str, tuple[str, str, Text]] = {
    "open": ("success", "circle-check", STATE_WORDS["open"]),
    "near": ("warning", "alert-triangle", STATE_WORDS["near"]),
    "reached": ("warning", "alert-triangle", STATE_WORDS["reached"]),
    "over": ("danger", "alert-triangle", STATE_WORDS["over"]),
    "refused": ("danger", "ban", STATE_WORDS["refused"]),
}
#: Who decides, for the person who looks: of a client's own pages nobody above the reseller is named.
LAYERS: Mapping[str, Text] = {
    "plan": gettext_lazy("by the plan"),
    "trial": gettext_lazy("by the free trial"),
    "add_on": gettext_lazy("by an add-on"),
    "vendor": gettext_lazy("agreed for this account"),
    "service": gettext_lazy("by the allowance of the service"),
    "reseller": gettext_lazy("set for this client"),
    "top_up": gettext_lazy("with what was given once"),
    "cap": gettext_lazy("by the account’s own limit"),
    "pool": gettext_lazy("by what the pool leaves"),
    "collaborator": gettext_lazy("by what this person may use"),
    "state": gettext_lazy("because the account is not in use"),
    "none": gettext_lazy("nothing limits it"),
}


@dataclass(frozen=True, slots=True)
class MeterCard:
    """One meter as a page shows it. `percent` of the limit, at most 100, None without a limit."""

    key: str
    name: str
    used: str
    percent: int | None
    state: tuple[str, str, Text]
    state_key: str
    policy: str
    resets: str
    forecast: str
    source: str
    why: tuple[tuple[str, str, bool], ...]
    steps: tuple[str, ...]
    actions: tuple[Action, ...]


def meter_cards(
    page: UsePage, *, actions: Callable[[str], tuple[Action, ...]], for_reseller: bool = False
) -> tuple[MeterCard, ...]:
    """A card for each meter: what is near its limit first, then as in the manifest. A reseller is not told to ask itself."""
    order = ("refused", "over", "reached", "near", "open")
    found = [_card(page, key, each, actions(key), for_reseller) for key, each in page.account.meters.items()]
    return tuple(sorted(found, key=lambda card: order.index(card.state_key)))


def _card(page: UsePage, key: str, there: MeterStanding, actions: tuple[Action, ...], for_reseller: bool) -> MeterCard:
    standing, decimals, zone = there.standing, there.meter.decimals, page.account.place.timezone
    limit = standing.limit
    told = {
        "used": write_number(units_of(standing.used, decimals)),
        "limit": write_number(units_of(limit, decimals)) if limit is not None else "",
        "unit": unit_called(there.meter),
    }
    used = _("%(unit)s: %(used)s, no limit") if limit is None else _("%(unit)s: %(used)s of %(limit)s")
    percent = None
    if limit is not None:
        percent = 100 if limit == 0 and standing.used else 0 if limit == 0 else min(100, standing.used * 100 // limit)
    forecast = page.forecasts.get(key)
    state = "open" if limit == 0 and not standing.used else standing.state
    return MeterCard(
        key=key,
        name=name_of(there.meter.name),
        used=used % told,
        percent=percent,
        state=_state(state, limit),
        state_key=state,
        policy=happens(there) if limit else "",
        resets=_("Counting begins anew on %(day)s.") % {"day": write_date(_local(there.period.end, zone))}
        if there.period.end is not None
        else "",
        forecast=_("At this pace the limit will be reached on %(day)s.") % {"day": write_date(forecast)}
        if forecast
        else "",
        source=str(LAYERS.get(there.answer.source, there.answer.source)),
        why=tuple(_step(step) for step in there.answer.why),
        steps=tuple(step.text for step in page.steps.get(key, ()) if not (for_reseller and step.kind == ASK))
        if state != "open"
        else (),
        actions=actions,
    )


def unit_called(meter: Meter) -> str:
    """What is counted, as it stands before a number: a manifest has one word for all numbers, and “1 visits” is no language."""
    return capitalized(name_of(meter.unit), get_language() or "en")


def given_words(meter: Meter | None, key: str, units: int) -> str:
    """How much was given once."""
    told = {"unit": unit_called(meter) if meter is not None else key, "number": write_number(units)}
    return _("%(unit)s: + %(number)s") % told


def given_until(ends: datetime | None, zone: str) -> str:
    """How long what was given once can be used, by the account's days."""
    return _("until %(day)s") % {"day": write_last_day(ends, zone)} if ends is not None else _("without an end")


def _state(state: str, limit: int | None) -> tuple[str, str, Text]:
    if limit is None:
        return ("neutral", "circle-check", _("No limit"))
    return STATES[state] if limit else ("neutral", "ban", _("Not included"))


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def _step(step: Step) -> tuple[str, str, bool]:
    """What one layer says, what it left, and whether it decides."""
    what = str(LAYERS.get(step.layer, step.layer))
    name = _called(step)
    value = _("no limit") if step.value is None else write_number(int(step.value))
    return (f"{what}: {name}" if name else what, value, step.decides)


def _called(step: Step) -> str:
    present = offer()
    if step.layer in ("plan", "trial") and (plan := present.plan(step.key)) is not None:
        return name_of(plan.name)
    if step.layer == "add_on" and (add_on := present.add_on(step.key)) is not None:
        return name_of(add_on.name)
    if step.layer == "service" and step.key in present.services:
        return name_of(present.services[step.key].name)
    return ""


def alert_lines(page: UsePage) -> tuple[tuple[datetime, str], ...]:
    """What was told about limits, the newest first."""
    return tuple((alert.at, alert_words(alert)) for alert in page.alerts)


def alert_words(alert: SaidAlert) -> str:
    """One alert as a sentence."""
    item = offer().meters.get(alert.meter)
    told = {
        "meter": name_of(item.meter.name) if item is not None else alert.meter,
        "percent": write_number(max(alert.threshold, 0)),
        "limit": write_number(units_of(alert.limit, item.meter.decimals if item is not None else 0)),
        "day": write_date(alert.day) if alert.day is not None else "",
    }
    if alert.threshold == 0:
        return _("%(meter)s: the limit of %(limit)s will be reached on %(day)s.") % told
    if alert.threshold < 0:
        return _("%(meter)s: more than %(limit)s was refused.") % told
    return _("%(meter)s: %(percent)s %% of the limit of %(limit)s was passed.") % told


def limit_conditions() -> tuple[tuple[str, str], ...]:
    """How clients may stand at their limits, for the filter of their list: the worst first."""
    return tuple((key, str(STATES[key][2])) for key in ("refused", "over", "reached", "near"))
