"""The letterhead of whoever issues a document: its brand, in the document's language."""

from __future__ import annotations

from django.utils.translation import override

from sublet.accounts.models import Account
from sublet.branding.documents import Letterhead, letterhead
from sublet.branding.queries import account_chain, brand_of, donors_of


def letterhead_of(account: Account, *, language: str) -> Letterhead:
    """The letterhead of `account` as an issuer: its own brand, never that of whoever gets the document."""
    chain = account_chain(account)
    brand = brand_of(chain).speaking(language)
    with override(
        language
    ):  # its own words, too: else they are in the language of whoever takes the file, or the worker's
        return letterhead(brand, donor_ids=[each.id for each in donors_of(chain)])
