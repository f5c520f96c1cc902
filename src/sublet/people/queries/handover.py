"""A client's hand-over sheet as a PDF, for itself and for whoever looks after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import lies_below
from sublet.branding import documents
from sublet.branding.documents.handover import HandoverFacts, handover_data
from sublet.branding.queries import account_chain, brand_of, donors_of, host_view, origin, primary_host
from sublet.core.peopledata import Way
from sublet.core.rights import CLIENT, DIRECT, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.people.queries.headcount import headcount


@dataclass(frozen=True, slots=True)
class HandoverSheet:
    """The sheet of one account in one language."""

    account_name: str
    language: str
    pdf: bytes


def handover_sheet(actor: Actor, *, account_ref: str, language: str = "", at: datetime) -> HandoverSheet:
    """The sheet of the actor's own account (``settings:view``) or one directly below it (``clients:view``, the vendor
    ``accounts:view``), in `language`, else in the account's.

    The owner's address is on it only for whoever may take people's data away in files. Raises NotFound, Forbidden.
    """
    account = _readable(actor, account_ref)
    spoken = next((each for each in (language, account.language) if each in dict(settings.LANGUAGES)), "en")
    chain = account_chain(account)
    host = primary_host(account.id)
    site = host_view(host)
    brand = (site.brand if site is not None else brand_of(chain)).speaking(spoken)
    donor_ids = site.donor_ids if site is not None else [each.id for each in donors_of(chain)]
    people = headcount(account.id)
    own = account.id == actor.account_id and actor.impersonator is None
    email = people.owner_email if own or actor.gets_people(Way.FILE) else ""
    name = people.owner_name if people.owner_name != people.owner_email else ""
    with translation.override(spoken):
        facts = HandoverFacts(
            account=account.name,
            address=origin(host) + "/",
            owner=name,
            owner_email=email,
            looked_after=account.kind == CLIENT,
        )
        pdf = documents.render(
            "handover",
            language=spoken,
            letterhead=documents.letterhead(brand, donor_ids=donor_ids),
            data=handover_data(facts, brand),
            at=at,
        )
    return HandoverSheet(account_name=account.name, language=spoken, pdf=pdf)


def _readable(actor: Actor, ref: str) -> Account:
    rows = Account.objects.filter(ref=ref, kind__in=[CLIENT, DIRECT])
    account = rows.select_related("parent__parent").first()
    if account is None:
        raise NotFound
    if account.id == actor.account_id:
        actor.require("settings:view")
        return account
    # A reseller's clients are the reseller's business: the vendor gets the sheets of its direct accounts.
    if not lies_below(actor, account):
        raise NotFound
    actor.require("accounts:view" if actor.account_kind == VENDOR else "clients:view")
    return account
