"""Sections of the product that stand on a feature: open only to accounts whose plan gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from sublet.catalog.queries import current_manifest, offer
from sublet.core.entitled import FEATURE
from sublet.core.rights import PRODUCT_PREFIX
from sublet.entitlements.queries.next_steps import NextStep, next_steps
from sublet.entitlements.queries.told import standing_by_ref
from sublet.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class Gate:
    """What keeps a section closed to an account: the feature that it lacks, the plan that lacks it, and what would open it."""

    feature: str
    plan: str
    steps: Sequence[NextStep]


def gate_of(actor: Actor, section: str, *, at: datetime) -> Gate | None:
    """Why a section is closed to the account in which the actor acts, whoever of its people asks; None when it is not.

    One statement for a section that stands on no feature.
    """
    if not section.startswith(PRODUCT_PREFIX) or not offer().features:
        return None
    manifest = current_manifest()
    declared = manifest.section(section.removeprefix(PRODUCT_PREFIX)) if manifest is not None else None
    feature = offer().features.get(declared.feature) if declared is not None and declared.feature else None
    if feature is None:
        return None
    account = standing_by_ref(actor.account_ref, actor=actor, at=at)
    answer = account.entitlements.features.get(feature.key)
    if answer is None or answer.value:
        return None
    language = get_language() or "en"
    source = account.entitlements.plan
    plan = offer().plan(source.key, source.version) if source is not None else None
    return Gate(
        feature=feature.name.in_language(language),
        plan=plan.name.in_language(language) if plan is not None else "",
        steps=next_steps(account, feature.key, kind=FEATURE),
    )
