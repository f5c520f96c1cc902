"""Which brand answers on a host, and with what: plain frozen values, cached by process, no rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import vendor_if_any
from sublet.branding.models import Brand, BrandGeneration, Domain
from sublet.branding.queries.brands import BrandView, account_chain, brand_of, donors_of
from sublet.core.domains import WILDCARD
from sublet.core.rights import CLIENT, VENDOR
from sublet.foundation.prepared import PreparedSql, sql_of, text
from sublet.foundation.unscoped import past_scope

#: How long a process may show an old brand: the promise is "seen everywhere within a second".
FRESH_SECONDS = 0.9
MOST_HOSTS = 50_000
#: Names that nobody has proved have a place of their own: whoever sends many must not push out those that answer.
MOST_STRANGERS = 5_000


@dataclass(frozen=True, slots=True)
class HostView:
    """A proved host: whose it is and what it shows.

    `path_ids` are the accounts from this one up to the vendor, `donor_ids` those of them whose brand may show here.
    """

    host: str
    account_id: int
    account_ref: str
    account_kind: str
    account_name: str
    account_language: str
    path_ids: tuple[int, ...]
    brand: BrandView
    donor_ids: tuple[int, ...] = ()
    path_refs: tuple[str, ...] = ()  # the references of `path_ids`
    leads_to: str = ""  # the host that visitors are sent on to; empty: it shows its own pages

    def ref_of(self, account_id: int | None) -> str:
        """The reference of an account on the path; empty for any other."""
        return next((ref for each, ref in zip(self.path_ids, self.path_refs, strict=True) if each == account_id), "")

    @property
    def is_vendor(self) -> bool:
        return self.account_kind == VENDOR


@dataclass(frozen=True, slots=True)
class _Above:
    """What a client that has set nothing of its own shows and stands below: the same for all of one reseller in one language."""

    brand: BrandView
    path_ids: tuple[int, ...]
    path_refs: tuple[str, ...]
    donor_ids: tuple[int, ...]


class _Kept:
    """What one generation of hosts and brands is known to be. It is thrown away as a whole: what is read while that happens
    must not end in a newer one."""

    def __init__(self) -> None:
        self.hosts: dict[str, HostView] = {}
        self.strangers: dict[str, None] = {}
        self.brands: dict[BrandView, BrandView] = {}  # one object for all clients that wear the same brand
        #: By the account above and the language: of clients that have set nothing of their own, as most have not.
        self.above: dict[tuple[int, str], _Above] = {}


#: Asked by each process once a second: made once.
_NUMBER = PreparedSql(lambda: sql_of(BrandGeneration.objects.filter(id=1).values_list("number", flat=True)))


class _Cache:
    """Hosts and brands of this process, dropped as soon as the generation row says another number."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.generation = -1
        self.checked_at = -1e9
        self.kept = _Kept()

    def check(self) -> None:
        """Drop everything if something has changed; asks the database at most once in FRESH_SECONDS."""
        if time.monotonic() - self.checked_at < FRESH_SECONDS:
            return
        started = time.monotonic()
        rows = _NUMBER.rows()
        number = rows[0][0] if rows else 0
        with self.lock:
            if number != self.generation:
                self.kept = _Kept()
                self.generation = number
            self.checked_at = max(started, self.checked_at)

    def drop(self) -> None:
        with self.lock:
            self.kept = _Kept()
            self.checked_at = -1e9


def _keep(place: dict[Any, Any], most: int) -> None:
    """Make room for one more: the oldest leaves."""
    while len(place) >= most:
        try:
            place.pop(next(iter(place)))
        except (KeyError, StopIteration, RuntimeError):
            return  # another thread is making room


_cache = _Cache()


def forget_hosts() -> None:
    """Drop this process's cache of hosts; the next look-up reads the database. For tests and after a change here."""
    _cache.drop()


def hosts_mark() -> object:
    """Another object whenever hosts are read anew: for what is kept beside them and ends with them. At most one small
    statement a second for each process.
    """
    _cache.check()
    return _cache.kept


def host_view(host: str) -> HostView | None:
    """What answers on `host` (lower case, no port, no trailing dot), or None when nobody has proved it.

    No statement when warm; one small one a second for each process; on a miss one, and another where a brand is not known yet.
    """
    _cache.check()
    # Held on to: what is read now must not end in a cache that was dropped and filled anew meanwhile.
    kept = _cache.kept
    known = kept.hosts.get(host)
    if known is not None or host in kept.strangers:
        return known
    view = _read_host(host, kept)
    if view is None:
        _keep(kept.strangers, MOST_STRANGERS)
        kept.strangers[host] = None
    else:
        _keep(kept.hosts, MOST_HOSTS)
        kept.hosts[host] = view
    return view


def fresh_host_view(host: str) -> HostView | None:
    """The same, read from the database now: for whoever has just changed it, and may meet another process."""
    return _read_host(host, _Kept())


@dataclass(frozen=True, slots=True)
class _Link:
    """An account of a host's chain, as one statement tells it."""

    id: int
    parent_id: int | None
    ref: str
    kind: str
    name: str
    language: str


_COLUMNS = ("id", "parent_id", "ref", "kind", "name", "language")
#: Of the account and two above it: accounts are wide rows, and a first visit should not wait for forty columns.
_WANTED = tuple(f"account__{above}{column}" for above in ("", "parent__", "parent__parent__") for column in _COLUMNS)


def _asked() -> QuerySet[Any, Any]:
    # unscoped: whose host this is decides the scope
    proved = Domain.unscoped.filter(host=text("host"), state=Domain.State.PROVED)
    # unscoped: as above
    dressed = Exists(Brand.unscoped.filter(account_id=OuterRef("account_id")))
    return proved.annotate(dressed=dressed).order_by("id").values_list("redirects", "dressed", *_WANTED)[:1]


#: Whoever comes to a host that a process does not know pays for it: made once, and told as plain values.
_HOST = PreparedSql(lambda: sql_of(_asked()))


def _read_host(host: str, kept: _Kept) -> HostView | None:
    """Makes use of the brands that `kept` knows already, and adds to them."""
    if "\x00" in host or "*" in host:
        return None  # PostgreSQL refuses to be asked; and a wildcard stands for names, it is none
    if host == settings.VENDOR_HOST:
        root = vendor_if_any(*_COLUMNS)
        if root is None:
            return None
        chain = [_Link(*(getattr(root, column) for column in _COLUMNS))]
        return _view(host, chain[0], _above(chain, kept), leads_to="")
    with past_scope("whose host this is decides the scope"):
        rows = _HOST.rows(host=host)
    if not rows:
        return None
    redirects, is_dressed, *told = rows[0]
    account = _Link(*told[:6])
    key = (
        None
        if is_dressed or account.kind != CLIENT or account.parent_id is None
        else (account.parent_id, account.language)
    )
    above = kept.above.get(key) if key is not None else None
    if above is None:
        chain = [account, *(_Link(*told[at : at + 6]) for at in range(6, len(told), 6) if told[at] is not None)]
        above = _above(chain, kept)
        if key is not None:
            # What it shows is its reseller's, and differs by its language only.
            _keep(kept.above, MOST_HOSTS)
            kept.above[key] = above
    leads_to = ""
    if redirects:
        # unscoped: as above
        main = Domain.unscoped.filter(account_id=account.id, is_primary=True, state=Domain.State.PROVED)
        leads_to = main.exclude(host=host).values_list("host", flat=True).first() or ""
    return _view(host, account, above, leads_to=leads_to)


def _above(chain: Sequence[_Link], kept: _Kept) -> _Above:
    """What the first account of `chain` shows, and who stands above it."""
    if len(kept.brands) >= MOST_HOSTS:
        kept.brands.clear()
    brand = brand_of(chain)
    return _Above(
        brand=kept.brands.setdefault(brand, brand),
        path_ids=tuple(link.id for link in chain[1:]),
        path_refs=tuple(link.ref for link in chain[1:]),
        donor_ids=tuple(link.id for link in donors_of(chain)[1:]),
    )


def _view(host: str, account: _Link, above: _Above, *, leads_to: str) -> HostView:
    # By place: a first visit to a host makes one.
    return HostView(
        host, account.id, account.ref, account.kind, account.name, account.language, (account.id, *above.path_ids), above.brand,
        (account.id, *above.donor_ids), (account.ref, *above.path_refs), leads_to,
    )  # fmt: skip


def primary_host(account_id: int) -> str:
    """The host on which an account's people work: its own primary one, else its reseller's, else the vendor's.

    Links in mails are built from this and never from a request.
    """
    # unscoped: a client's link may live on its reseller's host
    account = Account.unscoped.select_related("parent__parent").filter(id=account_id).first()
    if account is None:
        return str(settings.VENDOR_HOST)
    chain = [link for link in account_chain(account) if link.kind != VENDOR]
    # unscoped: as above
    proved = Domain.unscoped.filter(account_id__in=[link.id for link in chain], state=Domain.State.PROVED)
    proved = proved.exclude(host__startswith=WILDCARD)
    best: dict[int, str] = {}
    for owner, host in proved.order_by("account_id", "-is_primary", "id").values_list("account_id", "host"):
        best.setdefault(owner, host)
    return next((best[link.id] for link in chain if link.id in best), str(settings.VENDOR_HOST))


def primary_hosts(accounts: Sequence[Account]) -> dict[int, str]:
    """What `primary_host` says of each, by its number: one statement. Their parents are read already."""
    chains = {each.id: [link for link in account_chain(each) if link.kind != VENDOR] for each in accounts}
    # unscoped: as above
    proved = Domain.unscoped.filter(
        account_id__in={link.id for chain in chains.values() for link in chain}, state=Domain.State.PROVED
    ).exclude(host__startswith=WILDCARD)
    best: dict[int, str] = {}
    for owner, host in proved.order_by("account_id", "-is_primary", "id").values_list("account_id", "host"):
        best.setdefault(owner, host)
    top = str(settings.VENDOR_HOST)
    return {number: next((best[link.id] for link in chain if link.id in best), top) for number, chain in chains.items()}


def primary_host_above(account_id: int) -> str:
    """The host on which an account's people would work if it had none of its own."""
    # unscoped: as above
    parent = Account.unscoped.filter(id=account_id).values_list("parent_id", flat=True).first()
    return primary_host(parent) if parent is not None else str(settings.VENDOR_HOST)


def origin(host: str) -> str:
    """``https://host`` with the public port where there is one."""
    scheme = "https" if settings.SECURE_SCHEME else "http"
    port = settings.SUBLET.integer("SUBLET_PUBLIC_PORT")
    return f"{scheme}://{host}" + (f":{port}" if port else "")


def has_own_host(account_id: int) -> bool:
    """Whether the account itself has a proved host."""
    # unscoped: asked for accounts above the reader's, too
    hosts = Domain.unscoped.filter(account_id=account_id, state=Domain.State.PROVED)
    return hosts.exclude(host__startswith=WILDCARD).exists()
