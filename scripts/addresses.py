"""Every address of the product with its view, the right that it names and the methods that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

URLCONFS = ("sublet.config.urls_main", "sublet.config.urls_brand")


@dataclass(frozen=True)
class Page:
    """An address that is not the API's. `methods` is None where the view does not say which it takes."""

    name: str
    route: str
    needs: str
    portals: tuple[str, ...]
    methods: frozenset[str] | None

    @property
    def changes(self) -> bool:
        """Whether it takes, or may take, a change."""
        return self.methods is None or not self.methods <= {"GET", "HEAD"}


def methods_of(view: Any) -> frozenset[str] | None:
    """What `require_http_methods` and its like let through, or the view itself says; None without either."""
    named: frozenset[str] | None = getattr(view, "methods", None)
    if named is not None:
        return named
    while view is not None:
        code = getattr(view, "__code__", None)
        if code is not None and "request_method_list" in code.co_freevars:
            return frozenset(view.__closure__[code.co_freevars.index("request_method_list")].cell_contents)
        view = getattr(view, "__wrapped__", None)
    return None


def _walk(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route)
        else:
            yield route, entry


@cache
def pages() -> tuple[Page, ...]:
    """All of them, by name."""
    found = {}
    for urlconf in URLCONFS:
        for route, entry in _walk(get_resolver(urlconf)):
            if not route.startswith("api/"):
                view: Any = entry.callback
                found[entry.name or route] = Page(
                    name=entry.name or route,
                    route=route,
                    needs=getattr(view, "needs", ""),
                    portals=getattr(view, "portals", ()),
                    methods=methods_of(view),
                )
    return tuple(found[name] for name in sorted(found))
