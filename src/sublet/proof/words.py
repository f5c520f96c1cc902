"""Which words give the vendor away: the one place that a scan asks."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from sublet.accounts.models import Account
from sublet.branding.models import Brand, Domain
from sublet.catalog.queries import current_version
from sublet.core.leaks import ADDRESS, HOST, NAME, UnusableWord, Word, each_once, word
from sublet.core.rights import VENDOR

#: The software's own name: nobody who resells the vendor's product is told it.
SOFTWARE = "Sublet"


def vendor_words() -> list[Word]:
    """Every word to look for, each once: names, hosts and addresses of the vendor and its product."""
    found = []
    for text, kind in _told():
        try:
            found.append(word(text, kind))
        except UnusableWord:
            continue  # empty, or so short that ordinary sentences have it
    return each_once(found)


def _told() -> Iterator[tuple[str, str]]:
    yield SOFTWARE, NAME
    yield str(settings.VENDOR_HOST), HOST
    version = current_version()
    if version is not None:
        yield version.product, NAME
    # unscoped: the vendor's own names, whoever's pages are looked at
    vendor = Account.unscoped.filter(kind=VENDOR).first()
    if vendor is None:
        return
    yield vendor.name, NAME
    # unscoped: as above
    for host in Domain.unscoped.filter(account=vendor).order_by("id").values_list("host", flat=True):
        yield host, HOST
    brand = Brand.unscoped.filter(account=vendor).first()  # unscoped: as above
    if brand is not None:
        yield brand.name, NAME
        yield brand.sender_name, NAME
        yield brand.support_email, ADDRESS
