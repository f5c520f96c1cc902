"""Which words give the vendor away: the one place that a scan asks."""

from __future__ import annotations

from collections.abc import Iterator

from sublet.accounts.queries.tree import vendor_if_any
from sublet.branding.models import Brand, BrandImage, Domain
from sublet.branding.queries import vendorwords
from sublet.catalog.queries import current_version
from sublet.core.leaks import ALLOWED, HOST, KINDS, NAME, UnusableWord, Word, each_once, word
from sublet.core.logos import Mark, mark_in
from sublet.core.rights import VENDOR
from sublet.entitlements.queries import notice_texts


def vendor_words() -> list[Word]:
    """Every word to look for, each once: the vendor's own list, its hosts, and the name of its product; and what the vendor
    itself writes onto pages of free accounts, to be passed over."""
    found = [Word(text, ALLOWED) for text in notice_texts()]
    for text, kind in _told():
        try:
            found.append(word(text, kind))
        except UnusableWord:
            continue  # empty, or so short that ordinary sentences have it
    return each_once(found)


def _told() -> Iterator[tuple[str, str]]:
    for each in vendorwords.vendor_words():
        yield each.text, each.kind if each.kind in KINDS else NAME
    version = current_version()
    if version is not None:
        yield version.product, NAME
    # unscoped: the vendor's own hosts, whoever's pages are looked at
    for host in Domain.unscoped.filter(account__kind=VENDOR).order_by("id").values_list("host", flat=True):
        yield host, HOST


def vendor_marks() -> list[tuple[str, Mark]]:
    """What the vendor's logos look like: ``logo``, ``logo_dark``, ``icon``, without those that show nothing to speak of."""
    root = vendor_if_any("id")
    # unscoped: the vendor's own logos, whoever's pages are looked at
    brand = Brand.unscoped.filter(account=root).first() if root is not None else None
    if brand is None:
        return []
    found = []
    for name in ("logo", "logo_dark", "icon"):
        # unscoped: as above
        image = BrandImage.unscoped.filter(account=root, digest=getattr(brand, name)).only("data").first()
        mark = mark_in(bytes(image.data)) if image is not None else None
        if mark is not None:
            found.append((name, mark))
    return found
