"""Which brand answers on a host, and with what: plain frozen values, cached by process, no rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from sublet.accounts.models import Account
from sublet.branding.models import Brand, BrandGeneration, Domain
from sublet.core.colors import text_on
from sublet.core.rights import CLIENT, VENDOR

#: How long a process may show an old brand: the promise is "seen everywhere within a second".
FRESH_SECONDS = 1.0
_MOST_HOSTS = 50_000

_FIELDS = (
    "name", "logo", "logo_dark", "icon", "color", "support_name", "support_email", "support_phone", "support_url",
    "support_hours", "footer", "sender_name",
)  # fmt: skip
DEFAULT_COLOR = "#3355cc"


@dataclass(frozen=True, slots=True)
class BrandView:
    """A brand as shown, after inheritance. Addresses are paths on the host itself; empty means none."""

    name: str
    logo_url: str
    logo_dark_url: str
    icon_url: str
    css_url: str
    color: str
    on_color: str
    support_name: str
    support_email: str
    support_phone: str
    support_url: str
    support_hours: str
    footer: str
    sender_name: str
    language: str
    is_vendor: bool
    origins: tuple[tuple[str, str], ...] = ()  # field → name of the account it is inherited from


@dataclass(frozen=True, slots=True)
class HostView:
    """A proved host: whose it is and what it shows. `path_ids` are the accounts from this one up to the vendor."""

    host: str
    account_id: int
    account_ref: str
    account_kind: str
    account_name: str
    account_language: str
    path_ids: tuple[int, ...]
    brand: BrandView

    @property
    def is_vendor(self) -> bool:
        return self.account_kind == VENDOR


class _Cache:
    """Hosts and brands of this process, dropped as soon as the generation row has grown."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.generation = -1
        self.checked_at = -1e9
        self.hosts: dict[str, HostView | None] = {}

    def current(self) -> dict[str, HostView | None]:
        if time.monotonic() - self.checked_at >= FRESH_SECONDS:
            number = BrandGeneration.objects.values_list("number", flat=True).first() or 0
            with self.lock:
                if number != self.generation or len(self.hosts) > _MOST_HOSTS:
                    self.hosts = {}
                    self.generation = number
                self.checked_at = time.monotonic()
        return self.hosts

    def drop(self) -> None:
        with self.lock:
            self.hosts = {}
            self.checked_at = -1e9


_cache = _Cache()


def forget_hosts() -> None:
    """Drop this process's cache of hosts; the next look-up reads the database. For tests and after a change here."""
    _cache.drop()


def host_view(host: str) -> HostView | None:
    """What answers on `host` (lower case, no port, no trailing dot), or None when nobody has proved it.

    No statement when warm; one small one a second for each process; three on a miss.
    """
    hosts = _cache.current()
    try:
        return hosts[host]
    except KeyError:
        view = _read_host(host)
        if view is not None or len(hosts) < _MOST_HOSTS:
            hosts[host] = view
        return view


def _read_host(host: str) -> HostView | None:
    if host == settings.VENDOR_HOST:
        # unscoped: whose host this is decides the scope
        account = Account.unscoped.filter(kind=VENDOR).first()
    else:
        # unscoped: whose host this is decides the scope
        domain = Domain.unscoped.filter(host=host, state=Domain.State.PROVED).select_related("account").first()
        account = domain.account if domain else None
    if account is None:
        return None
    chain = account_chain(account)
    return HostView(
        host=host,
        account_id=account.id,
        account_ref=account.ref,
        account_kind=account.kind,
        account_name=account.name,
        account_language=account.language,
        path_ids=tuple(link.id for link in chain),
        brand=brand_of(chain),
    )


def account_chain(account: Account) -> list[Account]:
    """The account and those above it, itself first, the vendor last."""
    chain = [account]
    while chain[-1].parent_id is not None:
        # unscoped: brands are inherited from accounts above, outside the reader's scope
        chain.append(Account.unscoped.get(id=chain[-1].parent_id))
    return chain


def brand_of(chain: Sequence[Account]) -> BrandView:
    """The brand of the first account of `chain`, each empty field taken from the nearest account above.

    Nothing of the vendor's is inherited by anybody but direct accounts: a reseller that has set nothing yet shows its
    own name and neutral looks, never the vendor's (C08).
    """
    kinds = {account.kind for account in chain}
    donors = [account for account in chain if account.kind != VENDOR] if kinds & {"reseller", CLIENT} else list(chain)
    # unscoped: brands are inherited from accounts above, outside the reader's scope
    brands = {brand.account_id: brand for brand in Brand.unscoped.filter(account_id__in=[a.id for a in donors])}
    values: dict[str, str] = dict.fromkeys(_FIELDS, "")
    origins: dict[str, str] = {}
    for donor in donors:
        brand = brands.get(donor.id)
        for field in _FIELDS:
            if not values[field] and brand is not None and getattr(brand, field):
                values[field] = getattr(brand, field)
                if donor.id != chain[0].id:
                    origins[field] = donor.name
    # A client without a brand of its own wears its reseller's name, not its own: the log-in page is the reseller's shop.
    fallback = next((account.name for account in donors if account.kind in {"reseller", VENDOR}), chain[0].name)
    generation = sum(brand.version for brand in brands.values()) + sum(brand.account_id for brand in brands.values())

    def image(digest: str) -> str:
        return f"/brand/{digest}" if digest else ""

    return BrandView(
        name=values["name"] or fallback,
        logo_url=image(values["logo"]),
        logo_dark_url=image(values["logo_dark"] or values["logo"]),
        icon_url=image(values["icon"]),
        css_url=f"/brand.css?v={generation}-{(values['color'] or DEFAULT_COLOR)[1:]}",
        color=values["color"] or DEFAULT_COLOR,
        on_color=text_on(values["color"] or DEFAULT_COLOR),
        support_name=values["support_name"] or values["name"] or fallback,
        support_email=values["support_email"],
        support_phone=values["support_phone"],
        support_url=values["support_url"],
        support_hours=values["support_hours"],
        footer=values["footer"],
        sender_name=values["sender_name"] or values["name"] or fallback,
        language=chain[0].language or next((a.language for a in donors if a.language), ""),
        is_vendor=chain[0].kind == VENDOR,
        origins=tuple(sorted(origins.items())),
    )


def primary_host(account_id: int) -> str:
    """The host on which an account's people work: its own primary one, else its reseller's, else the vendor's.

    Links in mails are built from this and never from a request.
    """
    # unscoped: a client's link may live on its reseller's host
    account = Account.unscoped.filter(id=account_id).only("id", "parent_id", "kind").first()
    while account is not None and account.kind != VENDOR and account.parent_id is not None:
        # unscoped: as above
        host = (
            Domain.unscoped.filter(account_id=account.id, state=Domain.State.PROVED)
            .order_by("-is_primary", "id")
            .values_list("host", flat=True)
            .first()
        )
        if host:
            return host
        # unscoped: as above
        account = Account.unscoped.filter(id=account.parent_id).only("id", "parent_id", "kind").first()
    return settings.VENDOR_HOST


def origin(host: str) -> str:
    """``https://host`` with the public port where there is one."""
    scheme = "https" if settings.SECURE_SCHEME else "http"
    port = settings.SUBLET.integer("SUBLET_PUBLIC_PORT")
    return f"{scheme}://{host}" + (f":{port}" if port else "")


def has_own_host(account_id: int) -> bool:
    """Whether the account itself has a proved host."""
    # unscoped: asked for accounts above the reader's, too
    return Domain.unscoped.filter(account_id=account_id, state=Domain.State.PROVED).exists()
