"""The page on which whoever stands above an account says by which periods it is charged; a part of its subscription's pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sublet.core.proration import ANNIVERSARY, CALENDAR
from sublet.core.rights import VENDOR
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.portals.shared.basis_words import charged_again_words
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.plan_words import moment_words
from sublet.portals.shared.subscription_forms import BasisForm
from sublet.portals.shared.subscription_pages import Finder, Step, do_step
from sublet.subscriptions import operations, queries


def basis_patterns(start: str, *, name: str, portal: str, do: str, place: Finder) -> list[URLPattern]:
    """The address below `start` (``clients/<str:ref>/subscription/``), named ``<name>-basis``."""
    page: Any = page_of(
        basis,
        name=f"{name}-basis",
        right=do,
        portal=portal,
        call=lambda request, **named: basis(request, place, **named),
    )
    return [path(f"{start}basis/", page, name=f"{name}-basis")]


@require_http_methods(["GET", "HEAD", "POST"])
def basis(request: SubletRequest, find: Finder, ref: str) -> HttpResponseBase:
    """Have the account charged by the calendar, or from the day on which its plan was taken."""
    place = find(request, ref)
    view = queries.subscription_of(request.actor, ref, at=now())
    if not view.taken or not view.may_change:
        raise NotFound
    other = ANNIVERSARY if view.basis.basis == CALENDAR else CALENDAR
    form = BasisForm(
        request.POST if request.method == "POST" else None,
        periods=view.period_ends is not None,
        initial={"basis": other, "when": "period"},
    )
    zone = view.account.timezone
    ends = (
        (_("The period that runs now ends on %(day)s.") % {"day": moment_words(view.period_ends, zone)},)
        if view.period_ends is not None
        else ()
    )
    step = Step(
        title=_("How %(client)s is charged") % {"client": view.account.name},
        text=_("The new periods begin on the day that you choose.")
        if request.actor.account_kind == VENDOR
        else _("It applies to what you charge this client and to what the vendor charges you for it."),
        label=_("Save"),
        icon="calendar",
        points=(
            *ends,
            *charged_again_words(),
        ),
    )
    return do_step(
        request,
        place,
        view,
        form,
        step,
        lambda moment: operations.choose_basis(ref=ref, actor=request.actor, at=moment, **form.cleaned_data),
        _("Saved."),
    )
