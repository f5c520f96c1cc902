"""What was decided about visits: by the vendor and the reseller whether there are any, by the client whether it is told."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from sublet.accounts.models import Account
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor
from sublet.people.models import VisitRule


@dataclass(frozen=True, slots=True)
class VisitRules:
    """What holds for an account. `entering`: staff may visit, as far as this account says; `above`: as far as those above say."""

    entering: bool = True
    above: bool = True
    notice: bool = False


def notice_wanted(client: Account, rule: VisitRule | None) -> bool:
    """Whether the client is told by mail when a visit begins: as it chose, else when the account is its own."""
    chosen = rule.notice if rule is not None else None
    return chosen if chosen is not None else client.ownership == Account.Ownership.CLIENT


def switched_off(reseller_path: str) -> Exists:
    """In a question about rows from which `reseller_path` leads to a reseller: whether it or the vendor says no to visits.

    Part of the statement that finds a visit, so that no request asks more for it.
    """
    about = Q(account_id=OuterRef(f"{reseller_path}_id")) | Q(account_id=OuterRef(f"{reseller_path}__parent_id"))
    # unscoped: what stands above decides, whoever asks
    return Exists(VisitRule.unscoped.filter(about, entering=False))


def visits_switched_off(reseller: Account) -> bool:
    """Whether staff of this reseller may not visit: its own decision, or the vendor's."""
    # unscoped: as above
    rules = VisitRule.unscoped.filter(account_id__in=(reseller.id, reseller.parent_id or 0), entering=False)
    return rules.exists()


def rule_of(account: Account) -> VisitRule | None:
    """The row of the account, if it ever decided anything."""
    # unscoped: the caller has found the account within its scope
    return VisitRule.unscoped.filter(account_id=account.id).first()


def visit_rules(actor: Actor) -> VisitRules:
    """What holds for the actor's own account (``settings:view``). Raises Forbidden."""
    actor.require("settings:view")
    account = Account.objects.get(id=actor.account_id)
    # unscoped: what stands above decides, too
    rules = {
        row.account_id: row for row in VisitRule.unscoped.filter(account_id__in=(account.id, account.parent_id or 0))
    }
    own, above = rules.get(account.id), rules.get(account.parent_id or 0)
    return VisitRules(
        entering=own.entering if own is not None else True,
        above=above.entering if above is not None else True,
        notice=account.kind == CLIENT and notice_wanted(account, own),
    )
