"""By which cards a trial is remembered: billing tells, since it alone knows of cards. A keyed digest, never a card.

A fingerprint is the processor's: the same card has another at another account there.
"""

from __future__ import annotations

from datetime import datetime

from sublet.core.trials import CARD
from sublet.subscriptions.models import Trial, TrialIdentity
from sublet.subscriptions.queries.may_try import card_digest

__all__ = ["card_digest", "remember_card"]


def remember_card(*, account_id: int, digest: str, at: datetime) -> None:
    """An account has this card now: if it has had a trial, the card has had it, too. In the caller's transaction and entry."""
    # unscoped: the account is the caller's, who may be the installation
    if Trial.unscoped.filter(account_id=account_id).exists():
        row = TrialIdentity(kind=CARD, digest=digest, created_at=at)
        TrialIdentity.objects.bulk_create([row], ignore_conflicts=True)
