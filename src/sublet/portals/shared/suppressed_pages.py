"""The list of addresses that are not written to any more, the same in every portal: seen, added to, lifted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.messaging import bounce_operations as operations
from sublet.messaging.suppression_queries import SuppressionPage, suppressions
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.sender_words import REASON_WORDS, cell


class AddressForm(SubletForm):
    """An address that is not to be written to."""

    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class SuppressedPages:
    """The views of one portal. `above` is the name of the page that leads here."""

    def __init__(self, name: str, above: str) -> None:
        self.name, self.above = name, above

    def _url(self, request: SubletRequest, page: str = "", **more: str) -> str:
        wanted = f"{self.name}-{page}" if page else self.name
        return reverse(wanted, kwargs={"account": request.actor.account_ref, **more})

    def listing(self, request: SubletRequest, /) -> HttpResponseBase:
        """The list, and by POST an address more."""
        if request.method != "POST":
            return self._listing(request, AddressForm())
        operations.require_list(request.actor, change=True)
        form = AddressForm(request.POST)
        if not form.is_valid():
            return self._listing(request, form, status=422)
        try:
            operations.suppress_address(email=form.cleaned_data["email"], actor=request.actor, at=now())
        except Refusal as refusal:
            form.refuse(refusal)
            return self._listing(request, form, status=refusal.status)
        success(request, _("Nothing is sent there any more, but for what somebody’s safety hangs on."))
        return HttpResponseRedirect(self._url(request))

    def _listing(self, request: SubletRequest, form: AddressForm, status: int = 200) -> HttpResponse:
        searched = request.GET.get("q", "").replace("\x00", "")[:254]  # PostgreSQL refuses a zero byte
        found = suppressions(request.actor, email=searched, cursor=request.GET.get("cursor", ""))
        context = {
            "lines": self._lines(request, found),
            "next": found.next_cursor,
            "previous": found.previous_cursor,
            "searched": searched,
            "form": form,
            "may_change": request.actor.may(
                "jobs:manage" if request.actor.account_kind == "vendor" else "brand:manage"
            ),
            "url": self._url(request),
            "own": request.actor.account_ref,
            "crumbs": (
                Crumb(_("Senders"), reverse(self.above, kwargs={"account": request.actor.account_ref})),
                Crumb(_("Suppressed addresses")),
            )
            if self.above
            else (),
        }
        return render(request, "senders/suppressed.html", context, status=status)

    def _lines(self, request: SubletRequest, found: SuppressionPage) -> list[tuple[Any, Any, str]]:
        return [(row, cell(row.reason, REASON_WORDS), self._url(request, "lift", entry=row.ref)) for row in found.rows]

    def lift(self, request: SubletRequest, /, entry: str) -> HttpResponseBase:
        """Let an address have mail again."""
        try:
            operations.lift_suppression(ref=entry, actor=request.actor, at=now())
            success(request, _("Mail is sent there again."))
        except Refusal as refusal:
            error(request, refusal.sentence)
        return HttpResponseRedirect(self._url(request))


def suppressed_patterns(
    *, name: str, route: str, portal: str | tuple[str, ...], above: str = "", change: str = "brand:manage"
) -> list[URLPattern]:
    """The addresses of a list under `route`, named `name` and ``<name>-lift``."""
    pages = SuppressedPages(name, above)

    def page(view: Callable[..., HttpResponseBase], right: str, allow: Any) -> Callable[..., HttpResponseBase]:
        return page_of(allow(view), name=name, right=right, portal=portal)

    form = require_http_methods(["GET", "HEAD", "POST"])
    return [
        path(route, page(pages.listing, "journal:view", form), name=name),
        path(f"{route}<str:entry>/lift/", page(pages.lift, change, require_POST), name=f"{name}-lift"),
    ]
