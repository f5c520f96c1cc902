"""Whose page an address on a host of ours is: this software's, or the host product's."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.urls import Resolver404, resolve


def path_of(address: str) -> str:
    """The path of an address on a host, without its query. Whatever a page has written there: ``//[x`` is a path, and no host."""
    return address.partition("#")[0].partition("?")[0]


def is_ours(address: str, name: str = "") -> bool:
    """Whether a page of this software answers there, the one of that name: those are looked at without the network. One that stands
    for the host product, as in the demo, is the product's."""
    found = _view_at(path_of(address))
    return found is not None and not found[1] and name in {"", found[0]}


@lru_cache(maxsize=8192)
def _view_at(path: str) -> tuple[str, bool] | None:
    """The name of the view at that path, and whether it stands for the host product."""
    try:
        found = resolve(path, urlconf=settings.ROOT_URLCONF)
    except Resolver404:
        return None
    return found.url_name or "", getattr(found.func, "asks_itself", False)


def is_products(address: str) -> bool:
    found = _view_at(path_of(address))
    return found is not None and found[1]
