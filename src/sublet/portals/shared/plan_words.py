"""Plans over time in plain words: what is gained and lost, what comes, what an add-on gives. Values in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sublet.catalog import queries as catalog_queries
from sublet.core.manifest import AddOn, FeatureValue, Plan, Price
from sublet.core.offer import Offer
from sublet.core.plandiff import FEATURE, GAINED, LOST, Line
from sublet.core.quota import OVERAGE
from sublet.portals.shared.components import Change
from sublet.portals.shared.locales import write_amount, write_date, write_datetime, write_number
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.offer_words import POLICY_WORDS, feature_value, price_lines
from sublet.subscriptions.queries import AddOnRow, PhaseRow, SubscriptionView, TrialRow, WaitingRow

_KINDS = {GAINED: "add", LOST: "remove"}


def plan_called(plan: Plan | None) -> str:
    """A plan's name; where the offer has none, that."""
    return name_of(plan.name) if plan is not None else _("No plan")


def change_lines(offer: Offer, lines: Iterable[Line], *, trial: bool = False) -> tuple[Change, ...]:
    """What is gained and lost, line by line; in a `trial` nothing is charged, whatever is used."""
    return tuple(_line(offer, line, trial) for line in lines)


def _line(offer: Offer, line: Line, trial: bool) -> Change:
    kind = _KINDS.get(line.way, "change")
    if line.kind == FEATURE:
        feature = offer.features.get(line.key)
        label = name_of(feature.name) if feature is not None else line.key
        if feature is not None and feature.kind == "switch":
            return Change(kind, label)
        return Change(kind, label, feature_value(feature, line.before).text, feature_value(feature, line.after).text)
    item = offer.meters.get(line.key)
    label = name_of(item.meter.name) if item is not None else line.key
    unit = name_of(item.meter.unit) if item is not None else ""
    note = str(POLICY_WORDS[line.policy]) if line.policy else ""
    if trial and line.policy == OVERAGE:
        note = _("Goes on, free of charge")
    return Change(kind, label, _amount(line.before, unit), _amount(line.after, unit), note)


def _amount(value: FeatureValue | None, unit: str) -> str:
    if value is None:
        return _("Unlimited")
    return write_amount(int(value), unit)


def plan_choice(offer: Offer, plan: Plan) -> str:
    """A plan with its first list price, as a form lists it."""
    return _with_list_price(offer, name_of(plan.name), plan.prices)


def _with_list_price(offer: Offer, name: str, prices: Sequence[Price]) -> str:
    """It says that it is the list price: a reseller neither pays it nor asks it."""
    names = {key: name_of(item.meter.name) for key, item in offer.meters.items()}
    price = next(iter(price_lines(prices, names)), "")
    if not price:
        return _("%(plan)s: %(price)s") % {"plan": name, "price": _("Free of charge")}
    return _("%(plan)s: list price %(price)s") % {"plan": name, "price": price}


def beginnings() -> list[tuple[str, str]]:
    """How a new client can begin (A34): on the starting plan, in its trial, or on a plan; empty where nothing is sold."""
    offer = catalog_queries.offer()
    start = offer.starting_plan
    if not offer.plans_on_sale:
        return []
    found = [("", _("On the plan “%(plan)s”") % {"plan": plan_called(start)})]
    if start is not None and start.trial is not None:
        found.append(("trial", _("In the free trial of “%(plan)s”") % {"plan": plan_called(start)}))
    sold = [plan for plan in offer.plans_on_sale if plan.public and (start is None or plan.key != start.key)]
    return found + [(plan.key, _("On the plan “%(plan)s”") % {"plan": plan_choice(offer, plan)}) for plan in sold]


def add_on_choice(offer: Offer, add_on: AddOn) -> str:
    """The same of an add-on."""
    return _with_list_price(offer, name_of(add_on.name), add_on.prices)


def moment_words(moment: datetime, zone: str) -> str:
    """When something holds, on the account's clock: the day alone where it is its beginning."""
    local = moment.astimezone(ZoneInfo(zone))
    if (local.hour, local.minute) == (0, 0):
        return write_date(local.date())
    return write_datetime(moment, zone)


def waiting_words(row: WaitingRow, zone: str) -> str:
    """What was decided, as a sentence."""
    when = moment_words(row.at, zone)
    sentences = {
        "take": _("From %(when)s on: the plan “%(plan)s”."),
        "end": _("On %(when)s the plan ends; “%(plan)s” follows."),
        "resume": _("On %(when)s the plan “%(plan)s” goes on."),
    }
    return sentences[row.kind] % {"when": when, "plan": plan_called(row.plan)}


def phase_words(row: PhaseRow) -> str:
    """What held in a stretch of time."""
    if row.paused:
        return _("“%(plan)s”, at rest") % {"plan": plan_called(row.plan)}
    return plan_called(row.plan)


def span_words(starts: datetime, ends: datetime | None, zone: str) -> str:
    """From when to when."""
    begun = moment_words(starts, zone)
    if ends is None:
        return _("since %(when)s") % {"when": begun}
    return _("%(starts)s to %(ends)s") % {"starts": begun, "ends": moment_words(ends, zone)}


def add_on_line(row: AddOnRow, zone: str) -> tuple[str, str]:
    """What was taken, and how it stands."""
    name = name_of(row.add_on.name) if row.add_on is not None else row.key
    if row.count > 1:
        name = _("%(number)s × %(name)s") % {"number": write_number(row.count), "name": name}
    if row.ends is not None and row.ends == row.starts:
        return name, _("ordered on %(when)s") % {"when": moment_words(row.starts, zone)}
    span = span_words(row.starts, row.ends, zone)
    if not row.counts and not row.over:
        span = _("%(span)s; rests, because it does not go with this plan") % {"span": span}
    return name, span


def trial_words(row: TrialRow, zone: str) -> str:
    """How the trial stands."""
    ends = write_datetime(row.ends, zone)
    opens = plan_called(row.opens)
    if not row.running:
        return _("The free trial of “%(plan)s” was over on %(when)s.") % {"plan": opens, "when": ends}
    return (
        _("Free trial of “%(plan)s” until %(when)s.") % {"plan": opens, "when": ends} + " " + left_words(row.days_left)
    )


def left_words(days: int) -> str:
    """How many days are left."""
    if days == 0:
        return _("It ends today.")
    return ngettext("%(number)s day left.", "%(number)s days left.", days) % {"number": write_number(days)}


def offered_trial_words(view: SubscriptionView) -> str:
    """What the trial that could be started is, in one sentence; empty where there is none."""
    if view.trial_offer is None:
        return ""
    days = view.trial_offer.terms.days
    return ngettext(
        "For %(number)s day the account has everything that “%(plan)s” offers, without charge.",
        "For %(number)s days the account has everything that “%(plan)s” offers, without charge.",
        days,
    ) % {"number": write_number(days), "plan": plan_called(view.trial_offer.opens)}


def after_trial_words(view: SubscriptionView) -> str:
    """What comes afterwards."""
    return _("Then it is back on “%(plan)s” by itself, with nothing lost. There is one trial in an account’s life.") % {
        "plan": plan_called(view.plan)
    }
