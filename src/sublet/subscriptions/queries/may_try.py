"""Whether an account can start the free trial that its plan offers, without trying."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils.encoding import force_bytes

from sublet.accounts.models import Account
from sublet.core.lifecycle import CLOSED
from sublet.core.manifest import Plan
from sublet.core.manifest import Trial as TrialTerms
from sublet.core.trials import ACCOUNT, CARD, DOMAIN, EMAIL, Identity, identities
from sublet.people.queries.headcount import owner_email_of
from sublet.subscriptions.models import TrialIdentity
from sublet.subscriptions.queries.held import Held, held


def terms_of(now: Held, at: datetime) -> tuple[Plan, TrialTerms] | None:
    """The trial that the plan offers which the account is on, with that plan; None: it offers none."""
    plan = now.plan_at(at)
    return (plan, plan.trial) if plan is not None and plan.trial is not None else None


#: The digests of the cards that an account pays with (`card_digest`); told once by billing, which stands above.
_cards: list[Callable[[int], Iterable[str]]] = []


def register_cards(cards_of: Callable[[int], Iterable[str]]) -> None:
    """Told once by the app that knows cards, which cannot be imported here."""
    _cards[:] = [cards_of]


def _key() -> bytes:
    return force_bytes("sublet.trial:" + settings.SECRET_KEY)


def card_digest(fingerprint: str) -> str:
    """By what a card is remembered that the payment processor calls so: nothing of the card, and nothing without our key."""
    found = identities(once_for=(CARD,), account="", emails=(), cards=(fingerprint,), key=_key())
    return next(each.digest for each in found if each.kind == CARD)


def every_identity(account: Account) -> tuple[Identity, ...]:
    """By what a trial can be remembered, in a fixed order."""
    emails = (account.email, owner_email_of(account.id))
    found = identities(once_for=(EMAIL, DOMAIN), account=account.ref, emails=emails, cards=(), key=_key())
    cards = sorted({digest for cards_of in _cards for digest in cards_of(account.id)})
    return (*found[:1], *(Identity(CARD, digest) for digest in cards), *found[1:])


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
