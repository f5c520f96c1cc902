"""Sections of the product that stand on a feature: open only to accounts whose plan gives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models.expressions import Combinable
from django.utils.translation import get_language

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.entitled import FEATURE, Entitlements
from sublet.core.manifest.model import Feature
from sublet.core.offer import Offer
from sublet.core.rights import CLIENT, PRODUCT_PREFIX, RESELLER
from sublet.entitlements.queries.facts import Known, known_of, number_of, place_with, places
from sublet.entitlements.queries.next_steps import NextStep, next_steps
from sublet.entitlements.queries.standing import AccountStanding
from sublet.entitlements.queries.told import standing_by_ref
from sublet.foundation.actor import Actor
from sublet.people.queries.gates import NOTHING_CLOSED, Closed


@dataclass(frozen=True, slots=True)
class Gate:
    """What keeps a section closed to an account: the feature that it lacks, the plan that lacks it, and what would open it."""

    feature: str
    plan: str
    steps: Sequence[NextStep]


def gate_of(actor: Actor, section: str, *, at: datetime) -> Gate | None:
    """Why a section is closed to the account in which the actor acts, whoever of its people asks; None when it is not.

    No statement for a section that stands on no feature.
    """
    feature = _feature_of(section)
    if feature is None:
        return None
    account = standing_by_ref(actor.account_ref, actor=actor, at=at)
    return _gate(account, feature, steps=True)


def gates_of(actor: Actor, *, account_ref: str, sections: Iterable[str], at: datetime) -> Mapping[str, Gate]:
    """The same for several sections of one account, the actor's own or one below it, without next steps. Raises NotFound."""
    wanted = {section: feature for section in sections if (feature := _feature_of(section)) is not None}
    if not wanted:
        return {}
    account = standing_by_ref(account_ref, actor=actor, at=at)
    found = {section: _gate(account, feature, steps=False) for section, feature in wanted.items()}
    return {section: gate for section, gate in found.items() if gate is not None}


def _feature_of(section: str) -> Feature | None:
    if not section.startswith(PRODUCT_PREFIX):
        return None
    present = offer()
    return present.features.get(present.section_features.get(section.removeprefix(PRODUCT_PREFIX), ""))


def _gate(account: AccountStanding, feature: Feature, *, steps: bool) -> Gate | None:
    answer = account.entitlements.features.get(feature.key)
    if answer is None or answer.value:
        return None
    language = get_language() or "en"
    source = account.entitlements.plan
    plan = offer().plan(source.key, source.version) if source is not None else None
    return Gate(
        feature=feature.name.in_language(language),
        plan=plan.name.in_language(language) if plan is not None else "",
        steps=next_steps(account, feature.key, kind=FEATURE) if steps else (),
    )


# For the app below that decides rights ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Answer:
    known: Known
    closed: Closed
    from_: datetime
    until: datetime | None


#: As `facts` keeps what was read of accounts: what came of it, for as long as it does not change by itself.
_answers: dict[int, _Answer] = {}
_MOST_ANSWERS = 20_000


class FeatureGates:
    """Sections without their feature, and sections whose service the reseller manages (`people.queries.gates`)."""

    def number(self, account: str) -> Combinable:
        return number_of(account)

    def closed(self, account: Account, *, number: int | None, at: datetime) -> Closed:
        """No statement while nothing has changed and the number was read by the caller."""
        present = offer()
        if not present.section_features and not any(each.section for each in present.services.values()):
            return NOTHING_CLOSED
        place = place_with(account, number) if number is not None else places([account.id])[account.id]
        known = known_of([place], at=at)[place.id]
        kept = _answers.get(place.id)
        if kept is not None and kept.known is known and kept.from_ <= at and (kept.until is None or at < kept.until):
            return kept.closed
        found = known.resolve(at)
        closed = _closed(present, found, is_client=place.kind == CLIENT)
        while len(_answers) >= _MOST_ANSWERS:
            _answers.pop(next(iter(_answers)), None)
        _answers[place.id] = _Answer(known, closed, at, found.until)
        return closed


def _closed(present: Offer, found: Entitlements, *, is_client: bool) -> Closed:
    lacking = [
        section
        for section, feature in present.section_features.items()
        if (answer := found.features.get(feature)) is not None and not answer.value
    ]
    by: dict[str, set[str | None]] = {}
    for service in present.services.values():
        if service.section is not None and service.managed_by and found.services[service.key].enabled:
            by.setdefault(service.section, set()).add(found.services[service.key].managed_by)
    # Where the client manages another service in the same section, it has to get in.
    served = [section for section, managers in by.items() if managers == {RESELLER}] if is_client else []
    return Closed(
        frozenset(PRODUCT_PREFIX + section for section in lacking),
        frozenset(PRODUCT_PREFIX + section for section in served),
    )
