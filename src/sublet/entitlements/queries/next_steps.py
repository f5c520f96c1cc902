"""What gives an account more of a meter or a feature, in words for its people. The vendor is never named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext, ngettext

from sublet.branding.queries import name_shown
from sublet.catalog.queries import offer
from sublet.core.entitled import (
    ADD_ON,
    CAP,
    FEATURE,
    METER,
    PLAN,
    RESELLER,
    SERVICE,
    TRIAL,
    Source,
    add_on_source,
    plan_source,
)
from sublet.core.rights import CLIENT
from sublet.core.waysout import WAIT, Offers, Way, ways_out
from sublet.entitlements.models import EntitlementSource
from sublet.entitlements.queries.facts import Known, trial_of
from sublet.entitlements.queries.standing import AccountStanding
from sublet.foundation.locales import day_in_words

ASK = "ask-reseller"
ASK_TEAM = "ask-team"
#: How a way is called for programs.
_KINDS = {ADD_ON: "add-on", CAP: "own-limit", SERVICE: "service", TRIAL: "trial", WAIT: "wait"}
#: So many add-ons are named at most.
MOST_ADD_ONS = 3


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do. `value`: what there would be then, in units, None unlimited (or not known, for ``ask-reseller``)."""

    kind: str
    text: str
    key: str = ""
    value: bool | int | str | None = None
    until: datetime | None = None


#: Told by the app that knows trials: whether an account may start the one that its plan offers. Without it: whether none
#: was ever started in that account.
MayTry = Callable[[int, datetime], bool]
_may_try: list[MayTry] = []


def register_trials(may_try: MayTry) -> None:
    """For the app that knows trials, when the apps are ready."""
    _may_try[:] = [may_try]


def next_steps(account: AccountStanding, key: str, *, kind: str = METER) -> list[NextStep]:
    """What could be done about a meter (or feature), the nearest first, in the active language."""
    known, at = account.known, account.at
    if known.facts.state:
        return [_ask(known)]
    meter = account.meters.get(key) if kind == METER else None
    renews = meter.resets if meter is not None and meter.standing.used else None
    ways = ways_out(known.terms, known.facts, kind=kind, key=key, offers=_offers(account), at=at, renews=renews)
    steps = [step for way in ways if way.kind in (CAP, TRIAL, SERVICE) and (step := _step(known, way, kind, key, at))]
    add_ons = [step for way in ways if way.kind == ADD_ON and (step := _step(known, way, kind, key, at))]
    asks = [_ask(known)] if known.place.kind == CLIENT or any(way.kind in (PLAN, RESELLER) for way in ways) else []
    waits = [step for way in ways if way.kind == WAIT and (step := _step(known, way, kind, key, at))]
    order = {"own-limit": 0, "trial": 1, "service": 2}
    return [*sorted(steps, key=lambda step: order[step.kind]), *add_ons[:MOST_ADD_ONS], *asks, *waits]


def next_steps_of_person(account: AccountStanding, key: str) -> list[NextStep]:
    """What somebody of a team can do whose own portion of a meter is used up, or kept for others."""
    waits = [step for step in next_steps(account, key) if step.kind == _KINDS[WAIT]]
    return [NextStep(ASK_TEAM, gettext("Ask whoever looks after your team to let you use more.")), *waits]


def _offers(account: AccountStanding) -> Offers:
    present, at = offer(), account.at
    plan = account.entitlements.plan
    base = present.plan(plan.key, plan.version) if plan is not None else None
    trial: Source | None = None
    if (
        base is not None
        and base.trial is not None
        and account.entitlements.trial is None
        and _may(account.place.id, at)
    ):
        trial = trial_of(base, present, starts=at, ends=at + timedelta(days=base.trial.days))
    sold = [each for each in present.plans_on_sale if each.public and (base is None or each.key != base.key)]
    beside = [
        each
        for each in present.add_ons_on_sale
        if each.public and (not each.plans or (base and base.key in each.plans))
    ]
    return Offers(
        trial=trial,
        plans=[plan_source(each, starts=at) for each in sold],
        add_ons=[add_on_source(each, starts=at) for each in beside],
    )


def _may(account_id: int, at: datetime) -> bool:
    if _may_try:
        return _may_try[0](account_id, at)
    # unscoped: the account is the caller's
    return not EntitlementSource.unscoped.filter(account_id=account_id, kind=TRIAL).exists()


def _ask(known: Known) -> NextStep:
    if known.place.kind == CLIENT and known.place.parent_id is not None:
        # As the client's pages and mails call it: the name of the account may be one that no client has ever read.
        shown = name_shown(known.place.parent_id, get_language() or "en")
        if shown:
            return NextStep(ASK, gettext("Ask %(reseller)s for more.") % {"reseller": shown})
    return NextStep(ASK, gettext("Ask for more."))


def _step(known: Known, way: Way, kind: str, key: str, at: datetime) -> NextStep | None:
    text = _text(known, way, kind, key, at)
    return NextStep(_KINDS[way.kind], text, way.key, way.value, way.until) if text else None


def _text(known: Known, way: Way, kind: str, key: str, at: datetime) -> str:
    language = get_language() or "en"
    present = offer()
    if way.kind == WAIT and way.until is not None:
        local = way.until.astimezone(ZoneInfo(known.place.timezone))
        return gettext("Wait until %(day)s: then counting begins anew.") % {"day": day_in_words(local)}
    if way.kind == CAP:
        if way.value is None or kind != METER:
            return gettext("Lift your own limit.")
        told = {"unit": known.terms.meters[key].unit.in_language(language), "number": way.value}
        return gettext("Raise your own limit (%(unit)s: up to %(number)s).") % told
    if way.kind == TRIAL:
        days = _trial_days(known, at)
        text = ngettext("Start the free trial: %(days)s day.", "Start the free trial: %(days)s days.", days)
        return text % {"days": days}
    if way.kind == SERVICE:
        service = known.terms.services[way.key].name.in_language(language)
        return gettext("Have “%(service)s” switched on or its allowance raised.") % {"service": service}
    if way.kind == ADD_ON and (add_on := present.add_on(way.key)) is not None:
        name = add_on.name.in_language(language)
        return gettext("Take the add-on “%(name)s”.") % {"name": name}
    return ""


def _trial_days(known: Known, at: datetime) -> int:
    present, plan = offer(), known.resolve(at).plan
    found = present.plan(plan.key, plan.version) if plan is not None else None
    return found.trial.days if found is not None and found.trial is not None else 0


def locked_by_plan(account: AccountStanding, feature: str) -> list[NextStep]:
    """What opens a feature that an account lacks."""
    return next_steps(account, feature, kind=FEATURE)
