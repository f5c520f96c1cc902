"""Limits speak: each threshold once for each account, meter, period and limit; to the client, and to its reseller.

The client's people are written to at once, one mail a meter; the reseller once a morning over all its clients, but at once
where something was refused. What is still to be told stands in the rows, and that it was told is written with the mails.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from sublet.branding.queries import origin, primary_host
from sublet.catalog.queries import offer
from sublet.core.quota import is_past
from sublet.core.rights import CLIENT, DIRECT, RESELLER
from sublet.core.usage import ADDITIVE, units_of
from sublet.entitlements.events import ThresholdCrossed
from sublet.entitlements.models import Alert
from sublet.entitlements.operations.common import names_of
from sublet.entitlements.operations.looking import look
from sublet.entitlements.queries.facts import Place, places
from sublet.entitlements.queries.forecasts import forecast_day
from sublet.entitlements.queries.next_steps import next_steps
from sublet.entitlements.queries.standing import AccountStanding, MeterStanding
from sublet.foundation.actor import Actor
from sublet.foundation.journal.operations import record
from sublet.foundation.locales import day_in_words
from sublet.foundation.scope import platform_scope
from sublet.messaging.operations import queue_mail
from sublet.people.models import Collaborator
from sublet.people.queries.entry import rights_of
from sublet.people.queries.reach import reached_by

#: A forecast further ahead than this is no news yet.
FORECAST_AHEAD = timedelta(days=14)
#: Mails name so many clients, the others are counted.
MOST_NAMED = 20
#: When a reseller's morning begins, by the clock of its zone.
MORNING_HOUR = 7


def check_limits(*, account_id: int, actor: Actor, at: datetime) -> int:
    """Look where an account stands after use, note thresholds that were newly crossed, and tell them. How many those were."""
    with transaction.atomic():
        account = look(account_id, at=at)
        if account is None or account.known.facts.state:
            return 0
        for each in account.meters.values():
            _note_crossed(account, each, at)
        # unscoped: the account is the job's own; refusals were noted where they happened
        waiting = list(Alert.unscoped.select_for_update().filter(account_id=account_id, told_at__isnull=True))
        for alert in waiting:
            _record(account, alert, actor, at)
        by_meter: dict[str, list[Alert]] = {}
        for alert in waiting:
            by_meter.setdefault(alert.meter, []).append(alert)
        for key, alerts in by_meter.items():
            if key in account.meters:
                _tell(account, account.meters[key], alerts, actor, at)
        # unscoped: as above
        Alert.unscoped.filter(id__in=[alert.id for alert in waiting]).update(told_at=at)
        return len(waiting)


def _note_crossed(account: AccountStanding, there: MeterStanding, at: datetime) -> None:
    """Store the thresholds that were newly crossed."""
    bound, used = there.standing.bound, there.standing.used
    if bound is None or bound.limit is None or not bound.thresholds:
        return
    about = {
        "account_id": account.place.id,
        "meter": there.meter.key,
        "period_key": there.period.key,
        "limit": bound.limit,
    }
    days: dict[int, date | None] = {
        percent: None for percent in bound.thresholds if is_past(percent, limit=bound.limit, used=used)
    }
    if not days and (day := _forecast(account, there, at)) is not None:
        days[Alert.FORECAST] = day
    if not days:
        return
    # unscoped: the account is the job's own
    known = set(Alert.unscoped.filter(**about).values_list("threshold", flat=True))
    rows = [
        Alert(**about, threshold=percent, used=used, day=day, at=at)
        for percent, day in sorted(days.items())
        if percent not in known
    ]
    # unscoped: as above. Two jobs at once: the constraint lets one row in
    Alert.unscoped.bulk_create(rows, ignore_conflicts=True)


def _forecast(account: AccountStanding, there: MeterStanding, at: datetime) -> date | None:
    if there.meter.aggregation not in ADDITIVE or there.standing.limit is None:
        return None
    day = forecast_day(account, there, at)
    today = at.astimezone(ZoneInfo(account.place.timezone)).date()
    return day if day is not None and day - today <= FORECAST_AHEAD else None


def _record(account: AccountStanding, alert: Alert, actor: Actor, at: datetime) -> None:
    there = account.meters.get(alert.meter)
    if there is None:
        return
    decimals = there.meter.decimals
    record(
        ThresholdCrossed(
            ref=account.place.ref,
            name=account.place.name,
            key=alert.meter,
            names=dict(names_of(there.meter)),
            percent=alert.threshold,
            used=units_of(alert.used, decimals),
            limit=units_of(alert.limit, decimals),
            policy=there.standing.policy or "",
            period=alert.period_key,
            day=alert.day.isoformat() if alert.day else "",
        ),
        account_id=account.place.id,
        parent_id=account.place.parent_id,
        actor=actor,
        at=at,
    )


# To the client's people -----------------------------------------------------------------------------------------------


def _tell(account: AccountStanding, there: MeterStanding, alerts: Sequence[Alert], actor: Actor, at: datetime) -> None:
    """One mail for each of the account's people who look after its use: of what weighs most among `alerts`."""
    told = max(alerts, key=_weight)
    readers = readers_of(account.place)
    for place in readers:
        with translation.override(place.user.language or place.account.language or "en"):
            context = {**_words(account, there, told), "name": str(place.user)}
        queue_mail(
            template="limit",
            account_id=account.place.id,
            to_email=place.user.email,
            to_name=place.user.name,
            language=place.user.language,
            context=context,
            key=f"limit:{_key(told)}:{place.user_id}",
            actor=actor,
            at=at,
        )
    # One that is settled was of before the client came below this reseller.
    copied = told.threshold == Alert.REFUSAL and told.digest_at is None
    if copied and account.place.kind == CLIENT and account.place.parent_id is not None:
        _tell_reseller(account, there, told, actor, at)


def _weight(alert: Alert) -> int:
    return 10_000 if alert.threshold == Alert.REFUSAL else alert.threshold


def _key(alert: Alert) -> str:
    return f"{alert.account_id}:{alert.meter}:{alert.period_key}:{alert.limit}:{alert.threshold}"


def stage_of(alert: Alert) -> str:
    """What an alert says, as a word: ``forecast``, ``near``, ``reached`` or ``refused``."""
    if alert.threshold == Alert.REFUSAL:
        return "refused"
    if alert.threshold == Alert.FORECAST:
        return "forecast"
    return "reached" if alert.threshold >= 100 else "near"


def _words(account: AccountStanding, there: MeterStanding, alert: Alert) -> dict[str, str | int | tuple[str, ...]]:
    """What a mail about an alert says, in the active language."""
    language = translation.get_language() or "en"
    decimals = there.meter.decimals
    steps = tuple(step.text for step in next_steps(account, there.meter.key))
    return {
        "account": account.place.name,
        "meter": there.meter.name.in_language(language),
        "unit": there.meter.unit.in_language(language),
        "used": str(units_of(there.standing.used, decimals)),
        "limit": str(units_of(alert.limit, decimals)),
        "percent": str(max(alert.threshold, 0)),
        "day": day_in_words(alert.day) if alert.day else "",
        "stage": stage_of(alert),
        "policy": happens(there),
        "steps": tuple(f"– {text}" for text in steps),
        "url": _page_of_use(account.place),
    }


def _page_of_use(place: Place) -> str:
    """Where an account reads what it has used, on the host on which its people work."""
    home = origin(primary_host(place.id))
    return home + (_path("client-use", {"account": place.ref}, "/client/") if place.kind in {CLIENT, DIRECT} else "/")


def _path(name: str, where: dict[str, str], start: str) -> str:
    path = reverse(name, urlconf="sublet.config.urls_brand", kwargs=where)
    return path[path.index(start) :]  # never with the prefix of a visit that somebody happens to be on


def happens(there: MeterStanding) -> str:
    """What happens at the limit, as a sentence in the active language."""
    bound = there.standing.bound
    policy = bound.policy if bound is not None else ""
    if policy == "grace" and bound is not None:
        parts = []
        if bound.grace_days is not None:
            parts.append(gettext("%(days)s days") % {"days": bound.grace_days})
        if bound.grace_percent is not None:
            parts.append(gettext("%(percent)s %% more") % {"percent": bound.grace_percent})
        return gettext("Beyond the limit it goes on for a while (%(how_long)s), then it is refused.") % {
            "how_long": gettext(" or ").join(parts)
        }
    return {
        "block": gettext("At the limit, more is refused."),
        "notify": gettext("Beyond the limit it goes on."),
        "overage": gettext("Beyond the limit it goes on and is charged."),
        "degrade": gettext("Beyond the limit it goes on with less."),
    }.get(policy, "")


def readers_of(place: Place) -> list[Collaborator]:
    """Who is told about the limits of an account: its owner and whoever manages its use."""
    # unscoped: the job acts for the installation, whose scope the account's is not
    rows = Collaborator.unscoped.filter(account_id=place.id, ended_at__isnull=True, user__is_active=True)
    found = rows.select_related("user", "account").order_by("id")
    return [each for each in found if each.is_owner or rights_of(each, place.kind).has("usage:manage")]


# To the reseller ------------------------------------------------------------------------------------------------------


def _tell_reseller(account: AccountStanding, there: MeterStanding, alert: Alert, actor: Actor, at: datetime) -> None:
    """Something was refused to a client: its reseller hears of it at once, and not again in the morning."""
    assert account.place.parent_id is not None  # noqa: S101  asked by the caller
    reseller = places([account.place.parent_id])[account.place.parent_id].ref
    where = {"account": reseller, "ref": account.place.ref}
    path = _path("reseller-client-use", where, "/reseller/")
    for place in staff_for(account.place.parent_id, {account.place.id}):
        with translation.override(place.user.language or place.account.language or "en"):
            context = {**_words(account, there, alert), "person": str(place.user), "client": account.place.name}
        context = {key: context[key] for key in ("person", "client", "meter", "unit", "used", "limit")}
        queue_mail(
            template="limit-refused-client",
            account_id=account.place.parent_id,
            to_email=place.user.email,
            to_name=place.user.name,
            language=place.user.language,
            context={
                **context,
                "url": origin(primary_host(account.place.parent_id)) + path,
            },
            key=f"limit-copy:{_key(alert)}:{place.user_id}",
            actor=actor,
            at=at,
        )
    # unscoped: the account is the job's own
    Alert.unscoped.filter(account_id=account.place.id, meter=alert.meter, digest_at__isnull=True).update(digest_at=at)


def staff_for(reseller_id: int, client_ids: set[int]) -> list[Collaborator]:
    """Who of a reseller's staff is told about its clients' limits: owners and who manages clients, as far as they reach."""
    # unscoped: the job acts for the installation
    rows = Collaborator.unscoped.filter(account_id=reseller_id, ended_at__isnull=True, user__is_active=True)
    found = rows.select_related("user", "account").order_by("id")
    return [
        each
        for each in found
        if (each.is_owner or rights_of(each, RESELLER).has("clients:manage"))
        and (each.is_owner or each.reaches_all or client_ids & reached_by(each))
    ]


def send_digests(*, actor: Actor, at: datetime) -> int:
    """For the schedule: each reseller whose morning has begun gets one mail of what its clients' limits said until then.

    How many resellers had something to be told.
    """
    with platform_scope("alerts of all clients are gathered by reseller"):
        rows = Alert.objects.filter(digest_at__isnull=True, account__kind=CLIENT).select_related("account")
        by_reseller: dict[int, list[Alert]] = {}
        for alert in rows.order_by("at"):
            if alert.account.parent_id is not None:
                by_reseller.setdefault(alert.account.parent_id, []).append(alert)
        resellers = places(by_reseller)
        count = 0
        for reseller_id, alerts in by_reseller.items():
            begun = _morning(at, resellers[reseller_id].timezone)
            due = [alert for alert in alerts if alert.at < begun]
            if due:
                count += _send_digest(resellers[reseller_id], due, begun, actor, at)
    return count


def _morning(at: datetime, zone: str) -> datetime:
    """When the latest morning began there."""
    local = at.astimezone(ZoneInfo(zone))
    begun = local.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return begun if begun <= local else begun - timedelta(days=1)


def _send_digest(reseller: Place, alerts: Sequence[Alert], begun: datetime, actor: Actor, at: datetime) -> int:
    with transaction.atomic():
        held = Alert.objects.select_for_update().filter(id__in=[a.id for a in alerts], digest_at__isnull=True)
        ids = set(held.values_list("id", flat=True))
        if not ids:
            return 0
        Alert.objects.filter(id__in=ids).update(digest_at=at)
        latest: dict[tuple[int, str], Alert] = {}
        for alert in alerts:
            key = (alert.account_id, alert.meter)
            if alert.id in ids and (key not in latest or _weight(alert) >= _weight(latest[key])):
                latest[key] = alert
        news = sorted(latest.values(), key=lambda a: (-_weight(a), a.account.name))
        for place in staff_for(reseller.id, {alert.account_id for alert in news}):
            reached = None if place.is_owner or place.reaches_all else reached_by(place)
            theirs = [alert for alert in news if reached is None or alert.account_id in reached]
            with translation.override(place.user.language or place.account.language or "en"):
                lines = tuple(_line(alert) for alert in theirs[:MOST_NAMED])
            queue_mail(
                template="limits-digest",
                account_id=reseller.id,
                to_email=place.user.email,
                to_name=place.user.name,
                language=place.user.language,
                context={
                    "person": str(place.user),
                    "client": theirs[0].account.name,
                    "clients": len({alert.account_id for alert in theirs}),
                    "lines": lines,
                    "more": max(0, len(theirs) - MOST_NAMED),
                    "url": origin(primary_host(reseller.id)) + "/",
                },
                key=f"limits-digest:{reseller.id}:{begun.date().isoformat()}:{place.user_id}",
                actor=actor,
                at=at,
            )
    return 1


def _line(alert: Alert) -> str:
    item = offer().meters.get(alert.meter)
    language = translation.get_language() or "en"
    told = {
        "client": alert.account.name,
        "meter": item.meter.name.in_language(language) if item else alert.meter,
        "percent": alert.threshold,
        "limit": units_of(alert.limit, item.meter.decimals if item else 0),
        "day": day_in_words(alert.day) if alert.day else "",
    }
    if alert.threshold == Alert.FORECAST:
        return gettext("%(client)s: %(meter)s will reach the limit of %(limit)s on %(day)s.") % told
    if alert.threshold == Alert.REFUSAL:
        return gettext("%(client)s: %(meter)s is at the limit of %(limit)s, and more was refused.") % told
    return gettext("%(client)s: %(meter)s passed %(percent)s %% of the limit of %(limit)s.") % told
