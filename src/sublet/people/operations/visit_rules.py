"""What vendor, reseller and client decide about visits: whether there are any, and whether the client is told by mail."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.core.rights import CLIENT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.people.events import VisitNoticeChanged, VisitsAllowed, VisitsStopped
from sublet.people.models import VisitRule
from sublet.people.operations.impersonation import end_impersonations_below
from sublet.people.queries.visit_rules import notice_wanted


class CannotChangeVisitRules(Refusal):
    """Why what was decided about visits stays as it is."""

    SENTENCES: ClassVar = {
        "in-person": _("Whether you are told of visits is for the people of this account to decide, not for visitors."),
    }
    status = 403


def let_staff_visit(*, allowed: bool, actor: Actor, at: datetime) -> None:
    """Whether staff may log in as clients: below the vendor nowhere, or not in this reseller's clients (``settings:manage``).

    Switching it off ends the visits that go on. Changing nothing writes nothing. Raises NotFound, Forbidden,
    CannotWhileImpersonating.
    """
    if actor.account_kind not in {VENDOR, RESELLER}:
        raise NotFound
    actor.require("settings:manage")
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("personal")
    with transaction.atomic():
        rule = _locked(actor.account_id)
        if rule.entering == allowed:
            return
        rule.entering = allowed
        rule.save()
        if not allowed:
            end_impersonations_below(actor=actor, at=at)
        event = VisitsAllowed() if allowed else VisitsStopped()
        record(event, account_id=actor.account_id, actor=actor, at=at)


def tell_of_visits(*, wanted: bool, actor: Actor, at: datetime) -> None:
    """Whether the owner of this client gets a mail when a visit begins (``settings:manage``); never decided by a visitor.

    Raises NotFound, Forbidden, CannotChangeVisitRules.
    """
    if actor.account_kind != CLIENT:
        raise NotFound
    actor.require("settings:manage")
    if actor.impersonator is not None:
        raise CannotChangeVisitRules("in-person")
    with transaction.atomic():
        rule = _locked(actor.account_id)
        if notice_wanted(rule.account, rule) == wanted:
            return
        rule.notice = wanted
        rule.save()
        record(
            VisitNoticeChanged(wanted=wanted),
            account_id=actor.account_id,
            parent_id=rule.account.parent_id,
            actor=actor,
            at=at,
        )


def _locked(account_id: int) -> VisitRule:
    """The account's row, locked; made first where there is none, so that two at once wait for each other."""
    VisitRule.objects.get_or_create(account_id=account_id)
    return VisitRule.objects.select_for_update(of=("self",)).select_related("account").get(account_id=account_id)
