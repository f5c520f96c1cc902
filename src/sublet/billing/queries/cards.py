"""By which cards accounts pay, for those who must know it without knowing any card."""

from __future__ import annotations

from sublet.billing.models.payments import PaymentMethod


def cards_of(account_id: int) -> list[str]:
    """The keyed digests of all cards that the account has ever entered, also of those that it removed."""
    # unscoped: the caller holds the account
    rows = PaymentMethod.unscoped.filter(account_id=account_id).exclude(digest="")
    return list(rows.values_list("digest", flat=True))
