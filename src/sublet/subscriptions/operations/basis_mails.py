"""The mail that tells resellers by which periods a plan of theirs is charged from a day on: the vendor has said so."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import translation

from sublet.accounts.models import Account
from sublet.branding.queries import origin, primary_hosts
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import Plan
from sublet.core.rights import CLIENT, RESELLER
from sublet.entitlements.models import EntitlementSource
from sublet.foundation.actor import Actor
from sublet.foundation.locales import day_in_words
from sublet.messaging.operations import NewMail, queue_mails
from sublet.messaging.worded import Value
from sublet.people.queries.readers import readers_of
from sublet.subscriptions.queries.trials import called

BASIS_RULED: Final = "basis-ruled"


def write_of_rule(plan: Plan, basis: str, first_day: date, *, vendor: Account, actor: Actor, at: datetime) -> int:
    """Write to each open reseller that has a client on the plan, or one that is to go on it; how many. In the vendor's scope and the
    caller's transaction, in a number of statements that does not grow with them."""
    # unscoped: which resellers sell the plan; the vendor's rule is about all of them, and numbers alone are told to each
    held = EntitlementSource.unscoped.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), kind="plan", key=plan.key)
    clients = held.filter(account__kind=CLIENT).exclude(account__state=CLOSED)
    counts = clients.order_by().values_list("account__parent_id").annotate(all=Count("account_id", distinct=True))
    numbers = {reseller: int(number) for reseller, number in counts if reseller is not None}
    rows = Account.objects.filter(id__in=numbers, kind=RESELLER).exclude(state=CLOSED)
    resellers = list(rows.select_related("parent__parent").order_by("id"))
    hosts, readers = primary_hosts(resellers), readers_of(resellers)
    mails = []
    for each in resellers:
        reader = readers.get(each.id)
        if reader is None:
            continue  # nobody can be written to: the page says the same
        path = reverse("reseller-plans", urlconf="sublet.config.urls_brand", kwargs={"account": each.ref})
        with translation.override(reader.language or "en"):
            context: dict[str, Value] = {
                "person": reader.name,
                "account": each.name,
                "creditor": vendor.name,
                "plan": called(plan),
                "basis": basis,
                "day": day_in_words(first_day),
                "clients": numbers[each.id],
                # Never with the prefix of a visit that somebody happens to be on.
                "url": origin(hosts[each.id]) + path[path.index("/reseller/") :],
            }
        key = f"{BASIS_RULED}:{plan.key}:{first_day}:{at.timestamp():.0f}:{each.id}"
        # In the vendor's name, as all that it writes to its resellers about money.
        mails.append(NewMail(vendor.id, reader.email, reader.name, reader.language, context, key[-120:]))
    queue_mails(template=BASIS_RULED, mails=mails, actor=actor, at=at)
    return len(mails)
