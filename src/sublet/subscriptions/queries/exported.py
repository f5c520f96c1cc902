"""The plan of each client, in the client list as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.queries.export_more import Filler, MoreColumn
from sublet.catalog.queries import offer
from sublet.foundation.sheets.writing import Value
from sublet.foundation.unscoped import past_scope

PLAN = "plan"


def plan_columns() -> tuple[MoreColumn, ...]:
    """One, whatever is offered."""
    return (MoreColumn(PLAN, _("Plan")),)


def fill_plans(_keys: Sequence[str], _at: datetime) -> Filler:
    """What each plan is called, of older versions as well; where none was taken that of the birth. One statement a batch."""
    present, language = offer(), get_language() or "en"
    names = {item.plan.key: item.plan.name.in_language(language) for item in present.every_plan}
    names |= {plan.key: plan.name.in_language(language) for plan in present.plans_on_sale}

    def fill(ids: Sequence[int]) -> Mapping[int, Mapping[str, Value]]:
        with past_scope("the accounts were found within the scope"):
            # unscoped: as above
            rows = list(Account.unscoped.filter(id__in=list(ids)).values_list("id", "plan", "created_at"))
        return {number: {PLAN: names.get(plan, plan) if plan else _born(birth)} for number, plan, birth in rows}

    def _born(birth: datetime) -> str:
        plan = present.starting_plan_at(birth)
        return plan.name.in_language(language) if plan is not None else ""

    return fill
