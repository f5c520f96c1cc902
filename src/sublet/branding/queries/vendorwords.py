"""The words that give the vendor away: those that follow from its names and hosts, and those that it has entered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import vendor_if_any
from sublet.branding.models import Brand, VendorWord
from sublet.core import vendorwords
from sublet.core.vendorwords import ADDRESS, HOST, NAME, OWN, folded, is_usable

#: The software's own name: nobody who resells the vendor's product is told it.
SOFTWARE = "Sublet"


@dataclass(frozen=True, slots=True)
class OwnWord:
    """A word that somebody entered."""

    ref: str
    text: str
    created_at: datetime
    created_by: str


def vendor_words() -> list[vendorwords.VendorWord]:
    """Every word to look for, each once: names, then hosts and addresses, then those that were entered.

    Three statements, whoever asks: the walls of a scan are the vendor's, the pages those of its resellers.
    """
    root = vendor_if_any()
    if root is None:
        return []
    # unscoped: the vendor's own names, whoever looks for them
    entered = VendorWord.unscoped.filter(account=root).order_by("text", "id").values_list("text", flat=True)
    found: dict[tuple[str, str], vendorwords.VendorWord] = {}
    for text, kind, source in (*_that_follow(root), *((text, OWN, "") for text in entered)):
        if is_usable(text):
            found.setdefault((folded(text), HOST if kind == HOST else ""), vendorwords.VendorWord(text, kind, source))
    return list(found.values())


def _that_follow(root: Account) -> Iterator[tuple[str, str, str]]:
    brand = Brand.unscoped.filter(account=root).first() or Brand()  # unscoped: as above
    yield root.name, NAME, "account"
    yield brand.name, NAME, "brand"
    yield brand.sender_name, NAME, "sender"
    yield SOFTWARE, NAME, "software"
    yield str(settings.VENDOR_HOST), HOST, "host"
    yield urlsplit(brand.support_url).hostname or "", HOST, "support"
    for key, value in sorted(brand.more.items()):  # the other fields, some of them for one language only
        if key.startswith("short_name"):
            yield str(value), NAME, "brand"
        elif key.startswith(("imprint_url", "privacy_url", "terms_url")):
            yield urlsplit(str(value)).hostname or "", HOST, "host"
    yield brand.support_email, ADDRESS, "support"


def own_vendor_words() -> list[OwnWord]:
    """Those that were entered, within the scope in force."""
    return [
        OwnWord(row.ref, row.text, row.created_at, row.created_by_name)
        for row in VendorWord.objects.order_by("text", "id")
    ]
