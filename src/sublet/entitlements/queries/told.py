"""An account's answer as programs are told it: plain values, the same at every door (`/api/v1`, the hot application, SDKs)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.entitled import VENDOR, Source, Step
from sublet.core.usage import units_of
from sublet.entitlements.models import EntitlementChange, EntitlementClock
from sublet.entitlements.queries.facts import Place, place_of, places, terms_in_force
from sublet.entitlements.queries.next_steps import NextStep
from sublet.entitlements.queries.standing import AccountStanding, MeterStanding, standings_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.metering.queries import FOREVER, line_of

Told = dict[str, Any]
#: So many answers in one page.
MOST = 500


@dataclass(frozen=True, slots=True)
class Changes:
    """What came after a number of the stream. `reset`: everybody's answer may have changed, begin with a snapshot."""

    sequence: int
    changes: list[Told]
    more: bool
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A part of all answers, in the order of the references; `sequence`: from where on the stream tells what changes."""

    sequence: int
    items: list[Told]
    after: str | None


def standing_by_ref(ref: str, *, actor: Actor, at: datetime) -> AccountStanding:
    """Where an account stands: the actor's own or one below it. Raises NotFound."""
    place = _reached(ref, actor)
    return standings_of([place], at=at)[place.id]


def counted_since(ref: str, *, actor: Actor, at: datetime) -> tuple[int, frozenset[datetime]]:
    """The number of that account, and the instants from which its meters count at `at`. Two statements. Raises NotFound."""
    place = _reached(ref, actor)
    line = line_of(place.id)
    meters = terms_in_force().meters.values()
    return place.id, frozenset(line.period(meter.period, at).start or FOREVER for meter in meters)


def _reached(ref: str, actor: Actor) -> Place:
    place = place_of(ref)
    if place is None or not actor.reaches(place.id):
        raise NotFound
    return place


def told(account: AccountStanding) -> Told:
    """The whole answer."""
    found = account.entitlements
    return {
        "account": account.place.ref,
        "sequence": account.sequence,
        "at": account.at,
        "until": account.until,
        "plan": _plan(found.plan),
        "trial": {"plan": found.trial.key, "ends_at": found.trial.ends} if found.trial is not None else None,
        "advertising": found.advertising,
        "notice": notice_told() if found.advertising else None,
        "features": {
            key: {
                "kind": each.kind,
                "value": each.value,
                "from": layer_told(each.source),
                "why": [_step(step) for step in each.why],
            }
            for key, each in found.features.items()
        },
        "meters": {key: told_meter(each) for key, each in account.meters.items()},
        "services": {
            key: {"enabled": each.enabled, "managed_by": each.managed_by, "allowance": each.allowance}
            for key, each in found.services.items()
        },
    }


def notice_told() -> Told | None:
    """The vendor's notice for accounts on a plan that shows one, in every language; None where the vendor has set no words."""
    product = offer().product
    if product is None or product.notice is None:
        return None
    return {"text": asdict(product.notice), "address": product.notice_address}


def told_meter(found: MeterStanding) -> Told:
    """One meter: quantities in units."""
    standing, decimals = found.standing, found.meter.decimals
    period = found.period
    return {
        "limit": _units(standing.limit, decimals),
        "policy": standing.policy,
        "used": units_of(standing.used, decimals),
        "reserved": units_of(standing.reserved, decimals),
        "remaining": _units(standing.remaining, decimals),
        "state": standing.state,
        "period": {"key": period.key, "start": period.start, "end": period.end} if period.start is not None else None,
        "from": layer_told(found.answer.source),
        "degraded": bool(standing.degraded),
        "why": [_step(step) for step in found.answer.why],
    }


def told_step(step: NextStep) -> Told:
    """One way out."""
    return {"kind": step.kind, "text": step.text, "key": step.key or None, "value": step.value, "until": step.until}


def etag_of(answer: Told) -> str:
    """The same for the same answer, whenever it was asked: neither the moment nor the number of the stream is in it."""
    kept = {key: value for key, value in answer.items() if key not in ("at", "sequence")}
    return hashlib.sha256(json.dumps(kept, default=str, sort_keys=True).encode()).hexdigest()[:32]


def layer_told(layer: str) -> str:
    """A layer as it is told: a client learns that something was agreed, not that there is somebody above its reseller."""
    return "agreed" if layer == VENDOR else layer


def _units(steps: int | None, decimals: int) -> int | float | None:
    return None if steps is None else units_of(steps, decimals)


def _step(step: Step) -> Told:
    return {
        "layer": layer_told(step.layer), "value": step.value, "key": step.key or None, "policy": step.policy, "decides": step.decides,
    }  # fmt: skip


def _plan(source: Source | None) -> Told | None:
    if source is None:
        return None
    plan = offer().plan(source.key, source.version)
    name = plan.name.in_language(get_language() or "en") if plan is not None else source.key
    return {"key": source.key, "version": source.version, "name": name}


def snapshot(*, after: str, limit: int, at: datetime) -> Page:
    """Answers of the accounts in the scope, in the order of their references, those after `after`.

    `sequence` was read before any of them: whoever follows the stream from there misses nothing.
    """
    sequence = head_now()
    accounts = Account.objects.exclude(kind="vendor").filter(ref__gt=after).order_by("ref")
    ids = list(accounts.values_list("id", flat=True)[: limit + 1])
    items = _answers(ids[:limit], at)
    return Page(sequence, items, items[-1]["account"] if len(ids) > limit else None)


def changes_after(sequence: int, *, limit: int, at: datetime) -> Changes:
    """The accounts of the scope whose answer changed after that number, as they are now, in the order of their last change."""
    clock = EntitlementClock.objects.filter(id=1).values_list("sequence", "everybody").first() or (0, 0)
    if sequence < clock[1] or sequence > clock[0]:
        # A number that is ahead comes from another database: one that was put back from a backup.
        return Changes(clock[0], [], more=False, reset=True)
    rows = EntitlementChange.objects.filter(sequence__gt=sequence, sequence__lte=clock[0]).order_by("sequence")
    found = list(rows.values_list("account_id", "sequence")[: limit + 1])
    more = len(found) > limit
    page = found[:limit]
    last = page[-1][1] if more else clock[0]
    return Changes(int(last or 0), _answers([account_id for account_id, _number in page], at), more=more)


def head_now() -> int:
    """The last number of the stream."""
    return EntitlementClock.objects.filter(id=1).values_list("sequence", flat=True).first() or 0


def _answers(account_ids: Sequence[int], at: datetime) -> list[Told]:
    found = places(account_ids)
    standings = standings_of([found[each] for each in account_ids if each in found], at=at)
    return [told(standings[each]) for each in account_ids if each in standings]


def decimals_of(meter: str) -> int:
    """How many decimals a meter of the manifest has; 0 for one that is not there."""
    item = offer().meters.get(meter)
    return item.meter.decimals if item is not None else 0
