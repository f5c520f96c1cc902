"""Whether an account gets invoices, for menus: written by whoever knows it, `billing`, above."""

from __future__ import annotations

from collections.abc import Iterable

from sublet.accounts.models import Account


def show_invoices(account_ids: Iterable[int]) -> None:
    """Keep beside those accounts that they have got an invoice, within the caller's write.

    Derived: a menu is drawn with every page. The journal entry is the caller's own.
    """
    Account.objects.filter(id__in=set(account_ids), gets_invoices=False).update(gets_invoices=True)
