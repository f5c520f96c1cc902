"""Demanding more of those who log in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.core.access import AccessRules
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record
from sublet.people.events import AccessRulesChanged
from sublet.people.models import AccessPolicy


class CannotDemand(Refusal):
    """Rules for logging in that are not set."""

    SENTENCES: ClassVar = {"below": _("This account has no accounts below it.")}
    status = 422


def change_access_rules(*, rules: AccessRules, actor: Actor, at: datetime) -> bool:
    """Set what the actor's own account demands of those who log in. Effective at the next request of each of them.

    Whoever lacks a second factor is led to setting one up before anything else, and is not locked out. Returns whether
    anything changed. Raises Forbidden, CannotDemand at the field ``below``.
    """
    actor.require("team:manage")
    if rules.below and actor.account_kind not in {VENDOR, RESELLER}:
        raise CannotDemand("below", field="below")
    with transaction.atomic():
        row = AccessPolicy.objects.select_for_update().filter(account_id=actor.account_id).first()
        before = row.rules if row is not None else AccessRules()
        if before == rules:
            return False
        row = row or AccessPolicy(account_id=actor.account_id)
        row.team, row.below, row.no_mailed_codes = rules.team, rules.below, rules.no_mailed_codes
        row.changed_at = at
        row.save()
        record(
            AccessRulesChanged(team=rules.team, below=rules.below, no_mailed_codes=rules.no_mailed_codes),
            account_id=actor.account_id,
            actor=actor,
            at=at,
        )
    return True
