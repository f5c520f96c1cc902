"""Whether an account can start the free trial that its plan offers, without trying."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils.encoding import force_bytes

from sublet.accounts.models import Account
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import Plan
from sublet.core.manifest import Trial as TrialTerms
from sublet.core.trials import ACCOUNT, DOMAIN, EMAIL, Identity, identities
from sublet.people.queries.headcount import owner_email_of
from sublet.subscriptions.models import TrialIdentity
from sublet.subscriptions.queries.held import Held, held


def terms_of(now: Held, at: datetime) -> tuple[Plan, TrialTerms] | None:
    """The trial that the plan offers which the account is on, with that plan; None: it offers none."""
    plan = now.plan_at(at)
    return (plan, plan.trial) if plan is not None and plan.trial is not None else None


def every_identity(account: Account) -> tuple[Identity, ...]:
    """By what a trial can be remembered. Which cards an account pays with, nobody knows before there is billing."""
    emails = (account.email, owner_email_of(account.id))
    key = force_bytes("sublet.trial:" + settings.SECRET_KEY)
    return identities(once_for=(EMAIL, DOMAIN), account=account.ref, emails=emails, cards=(), key=key)


def counts(identity: Identity, terms: TrialTerms) -> bool:
    """Whether a trial that was had under that identity stands in the way of another one."""
    return identity.kind in {ACCOUNT, *terms.once_for}


def may_try(account_id: int, at: datetime) -> bool:
    """Whether `start_trial` would start one for an account that the caller holds: nobody of it has had one, as far as the plan's
    trial remembers. Who may start it is another question."""
    account = Account.objects.filter(id=account_id).exclude(state=CLOSED).first()
    if account is None:
        return False
    now = held(account)
    offered = terms_of(now, at)
    if now.trial is not None or offered is None:
        return False
    had = Q()
    for identity in every_identity(account):
        if counts(identity, offered[1]):
            had |= Q(kind=identity.kind, digest=identity.digest)
    return not TrialIdentity.objects.filter(had).exists()
