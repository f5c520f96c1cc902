"""Pages that stand in several portals: what their addresses are called there, and for whom they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.tables import Table

#: What a page with a form takes.
FORM: Final = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class PageSet:
    """The pages of one portal: the names of their addresses begin with `name`; `portal` is the kind (or kinds) of account."""

    name: str
    portal: str | tuple[str, ...]

    def url(self, request: SubletRequest, page: str = "", **named: object) -> str:
        """The address of one of them in the account in which the person acts; ``""`` is the first one."""
        return reverse(self._called(page), kwargs={"account": request.actor.account_ref, **named})

    def at(
        self,
        route: str,
        view: Callable[..., HttpResponseBase],
        right: str,
        page: str = "",
        *,
        allow: Any = require_safe,
    ) -> URLPattern:
        """One of them below `route`, for people with `right` (``section:level``; ``""``: the queries ask)."""
        guarded = page_of(allow(view), name=self.name, right=right, portal=self.portal)
        return path(route, guarded, name=self._called(page))

    def _called(self, page: str) -> str:
        return f"{self.name}-{page}" if page else self.name


def list_page(
    request: SubletRequest, template: str, table: Table, more: Callable[[], dict[str, Any]] = dict
) -> HttpResponseBase:
    """A page around `table`; for htmx, which has the rest already, the part of it that changes. `more`: what else it needs."""
    if request.htmx and not request.htmx.boosted:
        return render(request, "shared/list_results.html", {"table": table})
    return render(request, template, {"table": table} | more())
