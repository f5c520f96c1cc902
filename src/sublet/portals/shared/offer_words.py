"""The offer in plain words: plans side by side, and each entry with what is worth knowing about it.

Pure presentation: values in, words of the active language out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sublet.core.manifest import (
    AddOn,
    Feature,
    FeatureValue,
    GuidePrice,
    Limit,
    ManagedService,
    Meter,
    Plan,
    Price,
    Signal,
    Trial,
)
from sublet.core.offer import Offer
from sublet.portals.shared.locales import write_money, write_number
from sublet.portals.shared.manifest_words import each_interval, name_of, price_words
from sublet.portals.shared.shell import Text

PERIOD_WORDS: Mapping[str, Text] = {
    "month": gettext_lazy("in a calendar month"),
    "subscription": gettext_lazy("in a period of the subscription"),
    "day": gettext_lazy("in a day"),
    "standing": "",  # at any time: the unit says enough
}
POLICY_WORDS: Mapping[str, Text] = {
    "block": gettext_lazy("Stops at the limit"),
    "notify": gettext_lazy("Goes on; people are told"),
    "overage": gettext_lazy("Goes on and is charged"),
    "grace": gettext_lazy("Goes on for a while, then stops"),
    "degrade": gettext_lazy("Goes on with fewer features"),
}
AGGREGATION_WORDS: Mapping[str, Text] = {
    "sum": gettext_lazy("Quantities add up"),
    "count": gettext_lazy("Every event counts once"),
    "unique": gettext_lazy("Different values count"),
    "max": gettext_lazy("The highest quantity counts"),
    "latest": gettext_lazy("The latest quantity counts"),
}
FEATURE_WORDS: Mapping[str, Text] = {
    "switch": gettext_lazy("On or off"),
    "number": gettext_lazy("Up to a number"),
    "text": gettext_lazy("One of several kinds"),
}
SIGNAL_WORDS: Mapping[str, Text] = {
    "moment": gettext_lazy("A moment"),
    "number": gettext_lazy("A number"),
    "text": gettext_lazy("A text"),
    "switch": gettext_lazy("Yes or no"),
}
MANAGER_WORDS: Mapping[str, Text] = {
    "reseller": gettext_lazy("Managed by the reseller"),
    "client": gettext_lazy("Managed by the client"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """What one plan says in one row. `mark` is ``yes``, ``no`` or empty."""

    text: str
    more: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One feature, limit or price over all plans."""

    label: str
    hint: str
    values: tuple[Value, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """One plan. `note` is what is told below its name."""

    name: str
    note: str = ""
    url: str = ""
    badges: tuple[tuple[str, str], ...] = ()  # words and tone


@dataclass(frozen=True, slots=True)
class PlanTable:
    """Plans side by side: blocks of rows under a heading. `cells` gives each row its values with their columns."""

    columns: tuple[PlanColumn, ...]
    blocks: tuple[tuple[str, tuple[PlanRow, ...]], ...]

    @property
    def lines(self) -> tuple[tuple[str, tuple[tuple[PlanRow, tuple[tuple[PlanColumn, Value], ...]], ...]], ...]:
        return tuple(
            (heading, tuple((row, tuple(zip(self.columns, row.values, strict=True))) for row in rows))
            for heading, rows in self.blocks
        )

    @property
    def width(self) -> int:
        return len(self.columns) + 1


def plan_table(offer: Offer, plans: Sequence[Plan], columns: Sequence[PlanColumn], *, advice: str) -> PlanTable:
    """These plans side by side. `advice` is what the guide prices are called for the reader."""
    meters = {key: item.meter for key, item in offer.meters.items()}
    gone = {item.meter.key: item.meter for item in offer.every_meter}
    names = {key: name_of(meter.name) for key, meter in gone.items()}
    first = (
        _row(_("Price"), "", plans, lambda plan: _prices(plan.prices, names)),
        _row(advice, "", plans, lambda plan: _guides(plan.guide_prices)),
        _row(_("Trial"), "", plans, lambda plan: _trial(offer, plan.trial)),
        _row(
            _("Advertising"),
            _shown_where(offer),
            plans,
            lambda plan: Value(_("Yes") if plan.advertising else _("None")),
        ),
    )
    limited = {limit.meter for plan in plans for limit in plan.limits}
    limits = tuple(
        _limit_row(gone[key], plans) for key in [*meters, *(key for key in gone if key not in meters)] if key in limited
    )
    had = {key for plan in plans for key in plan.features}
    listed = [*offer.features, *sorted(had - set(offer.features))]
    features = tuple(_feature_row(key, offer.features.get(key), plans) for key in listed if key in had)
    shown = tuple(row for row in first if any(value.text for value in row.values))
    blocks = ((_("Prices"), shown), (_("Limits"), limits), (_("Features"), features))
    return PlanTable(tuple(columns), tuple(block for block in blocks if block[1]))


def _shown_where(offer: Offer) -> str:
    """Where clients on free plans find the vendor's notice: whoever sells plans must know it, and that it is no leak."""
    if offer.product is None or offer.product.notice is None:
        return ""
    told = _(
        "“%(notice)s”: at the foot of the client’s pages, at its log-in and in the product. The white-label scan lets it pass."
    )
    return told % {"notice": name_of(offer.product.notice)}


def _limit_row(meter: Meter, plans: Sequence[Plan]) -> PlanRow:
    def say(plan: Plan) -> Value:
        return _limit(next((each for each in plan.limits if each.meter == meter.key), None))

    return _row(name_of(meter.name), meter_words(meter)[0], plans, say)


def _feature_row(key: str, feature: Feature | None, plans: Sequence[Plan]) -> PlanRow:
    def say(plan: Plan) -> Value:
        return feature_value(feature, plan.features.get(key))

    if feature is None:  # one that is in the manifest no more
        return _row(key, "", plans, say)
    return _row(name_of(feature.name), name_of(feature.description) or name_of(feature.unit), plans, say)


def _row(label: str, hint: str, plans: Sequence[Plan], say: Callable[[Plan], Value]) -> PlanRow:
    values = tuple(say(plan) for plan in plans)
    return PlanRow(label, hint, values, len(set(values)) > 1)


def price_lines(prices: Sequence[Price], names: Mapping[str, str]) -> tuple[str, ...]:
    """Every price, and below one by steps each of its steps."""
    lines: list[str] = []
    for price in prices:
        lines.append(price_words(price, names))
        for tier in price.tiers:
            amount = write_money(tier.amount, price.currency)
            if tier.flat:
                amount = _("%(amount)s and once %(flat)s") % {
                    "amount": amount,
                    "flat": write_money(tier.flat, price.currency),
                }
            lines.append(
                _("up to %(number)s: %(amount)s") % {"number": write_number(tier.up_to), "amount": amount}
                if tier.up_to is not None
                else _("beyond: %(amount)s") % {"amount": amount}
            )
    return tuple(lines)


def _prices(prices: Sequence[Price], names: Mapping[str, str]) -> Value:
    lines = price_lines(prices, names)
    return Value(lines[0], lines[1:]) if lines else Value(_("Free of charge"))


def _guides(prices: Sequence[GuidePrice]) -> Value:
    lines = [
        each_interval(
            price.interval,
            _("%(lowest)s to %(highest)s")
            % {
                "lowest": write_money(price.lowest, price.currency),
                "highest": write_money(price.highest, price.currency),
            },
        )
        for price in prices
    ]
    return Value(lines[0], tuple(lines[1:])) if lines else Value("")


def _trial(offer: Offer, trial: Trial | None) -> Value:
    if trial is None:
        return Value("")
    opens = offer.plan(trial.plan) if trial.plan else None
    more = (_("opens “%(plan)s”") % {"plan": name_of(opens.name)},) if opens is not None else ()
    return Value(_days(trial.days), more)


def _days(number: int) -> str:
    return ngettext("%(number)s day", "%(number)s days", number) % {"number": write_number(number)}


def _limit(limit: Limit | None) -> Value:
    if limit is None or limit.amount is None:
        return Value(_("Unlimited"))
    more = [str(POLICY_WORDS[limit.policy])] if limit.policy else []
    more += [
        _("%(amount)s for each %(size)s beyond")
        % {"amount": write_money(price.amount, price.currency), "size": write_number(price.per)}
        for price in limit.overage
    ]
    if limit.grace_days:
        more.append(_days(limit.grace_days))
    if limit.grace_percent:
        more.append(_("up to %(percent)s%% beyond") % {"percent": write_number(limit.grace_percent)})
    return Value(write_number(limit.amount), tuple(more))


def feature_value(feature: Feature | None, value: FeatureValue | None) -> Value:
    """What a plan gives of a feature."""
    match value:
        case True:
            return Value(_("Yes"), mark="yes")
        case False | None if feature is None or feature.kind == "switch" or value is False:
            return Value(_("No"), mark="no")
        case None | "" | 0:
            return Value(_("None"), mark="no")
        case int():
            return Value(write_number(value))
    choices = feature.choices if feature is not None else ()
    return Value(next((name_of(choice.name) for choice in choices if choice.key == value), str(value)))


def meter_words(meter: Meter) -> tuple[str, ...]:
    """Unit and period, and how it adds up."""
    return (f"{name_of(meter.unit)} {PERIOD_WORDS[meter.period]}".strip(), str(AGGREGATION_WORDS[meter.aggregation]))


def feature_words(feature: Feature) -> tuple[str, ...]:
    """What kind of feature it is, and which kinds there are of it."""
    unit = name_of(feature.unit)
    return (
        str(FEATURE_WORDS[feature.kind]),
        *((unit,) if unit else ()),
        *(name_of(choice.name) for choice in feature.choices),
    )


def signal_words(signal: Signal) -> tuple[str, ...]:
    """What is reported, and what is watched."""
    unit = name_of(signal.unit)
    watched = watch_words(signal)
    return (unit or str(SIGNAL_WORDS[signal.kind]), *((watched,) if watched else ()))


def watch_words(signal: Signal) -> str:
    """What a health check looks for; empty for nothing."""
    days = _days(signal.days or 0)
    patterns = {
        "silence": _("Noticed after %(days)s of silence"),
        "deadline": _("Noticed %(days)s before"),
        "age": _("Due again after %(days)s"),
        "decline": _("Noticed when less than in the %(days)s before"),
    }
    return patterns[signal.watch] % {"days": days} if signal.watch else ""


def service_words(offer: Offer, service: ManagedService) -> tuple[str, ...]:
    """Who manages it, how much of it there is at first, and what it costs."""
    meter = offer.meters.get(service.meter or "")
    names = {key: name_of(item.meter.name) for key, item in offer.meters.items()}
    words = [str(MANAGER_WORDS[each]) for each in service.managed_by]
    words.append(_("On at first") if service.enabled else _("Off at first"))
    if meter is not None:
        amount = _("Unlimited") if service.allowance is None else write_number(service.allowance)
        words.append(_("%(meter)s: %(amount)s at first") % {"meter": name_of(meter.meter.name), "amount": amount})
    return (*words, *price_lines(service.prices, names))


def add_on_words(offer: Offer, add_on: AddOn) -> tuple[str, ...]:
    """What an add-on gives, beside which plans, and what it costs."""
    names = {item.meter.key: name_of(item.meter.name) for item in offer.every_meter}
    words = list(price_lines(add_on.prices, names)) or [_("Free of charge")]
    for add in add_on.adds:
        amount = _("Unlimited") if add.amount is None else f"+{write_number(add.amount)}"
        words.append(f"{names.get(add.meter, add.meter)}: {amount}")
    for key, value in add_on.features.items():
        feature = offer.features.get(key)
        name = name_of(feature.name) if feature is not None else key
        if value is True:
            words.append(name)
        elif value:
            words.append(f"{name}: {'+' if isinstance(value, int) else ''}{feature_value(feature, value).text}")
    if add_on.plans:
        plans = [offer.plan(key) for key in add_on.plans]
        beside = ", ".join(name_of(plan.name) for plan in plans if plan is not None)
        words.append(_("Beside %(plans)s") % {"plans": beside} if beside else "")
    if add_on.repeatable:
        words.append(_("Can be taken more than once"))
    if not add_on.public:
        words.append(_("Offered by you only"))
    return tuple(word for word in words if word)
