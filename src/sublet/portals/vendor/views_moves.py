"""All moves, for the vendor: to look at; and what it offers to clients whose reseller does not pay, or is not open."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.messages import success, warning
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.moves import operations, queries
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.move_words import KIND_WORDS, lacking_words, state_cell
from sublet.portals.shared.moves_pages import move_context


@needs("accounts:view", portal="vendor")
@require_safe
def moves(request: SubletRequest) -> HttpResponseBase:
    """What waits and what has been, newest first."""
    account, at = request.actor.account_ref, now()
    url = reverse("vendor-moves", kwargs={"account": account})

    def lines(page: queries.MovePage) -> list[dict[str, object]]:
        return [
            {
                "row": row,
                "kind": KIND_WORDS[row.kind],
                "state": state_cell(row.state),
                "lacking": lacking_words(row),
                "url": reverse("vendor-move", kwargs={"account": account, "move": row.ref}),
            }
            for row in page.rows
        ]

    over = queries.moves_of(request.actor, is_open=False, cursor=request.GET.get("cursor", "")[:100], at=at)
    context = {
        "waiting": lines(queries.moves_of(request.actor, is_open=True, at=at)),
        "over": lines(over),
        "next_url": f"{url}?cursor={over.next_cursor}" if over.next_cursor else "",
        "previous_url": f"{url}?cursor={over.previous_cursor}" if over.previous_cursor else "",
    }
    return render(request, "moves/moves.html", context)


@needs("accounts:view", portal="vendor")
@require_safe
def move(request: SubletRequest, move: str) -> HttpResponseBase:
    """One of them."""
    row = queries.move_of(request.actor, move_ref=move, at=now())
    account = request.actor.account_ref
    context = move_context(reverse("vendor-moves", kwargs={"account": account}), row)
    if row.may_take_back:
        context["take_back_url"] = reverse("vendor-move-take-back", kwargs={"account": account, "move": move})
    return render(request, "moves/move.html", context)


class AdoptionForm(SubletForm):
    """To whom another place is offered, and which."""

    accounts = forms.MultipleChoiceField(label=gettext_lazy("Clients"), widget=forms.CheckboxSelectMultiple)
    code = forms.CharField(
        label=gettext_lazy("The code of another reseller"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("It has to agree for each client. Empty: they become direct accounts of yours."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Everybody concerned reads this."),
    )


@needs("accounts:manage", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: SubletRequest, reseller: str) -> HttpResponseBase:
    """Offer clients of a reseller that does not pay another place; their owners answer."""
    if request.method == "POST":
        return _offer(request, reseller)
    return _page(request, reseller, AdoptionForm())


def _offer(request: SubletRequest, reseller: str) -> HttpResponseBase:
    form = AdoptionForm(request.POST)
    form.fields["accounts"].choices = [(each, each) for each in request.POST.getlist("accounts")[:1000]]  # type: ignore[attr-defined]  # a MultipleChoiceField
    if not form.is_valid():
        return _page(request, reseller, form)
    said = form.cleaned_data
    try:
        offered = operations.offer_adoption(
            reseller=reseller, accounts=said["accounts"], code=said["code"], reason=said["reason"], actor=request.actor,
            at=now(),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, reseller, form)
    number = len(offered.moves)
    if number:
        words = ngettext("Offered to %(number)s client.", "Offered to %(number)s clients.", number)
        success(request, words % {"number": number})
    for code in sorted(set(offered.left_out.values())):
        warning(request, str(operations.CannotMoveAccount.SENTENCES[code]))
    return HttpResponseRedirect(reverse("vendor-moves", kwargs={"account": request.actor.account_ref}))


def _page(request: SubletRequest, reseller: str, form: AdoptionForm) -> HttpResponseBase:
    told = queries.adoptable(request.actor, reseller)
    free = [(each.ref, each.name) for each in told.rows if not each.waits and not each.why]
    form.fields["accounts"].choices = free  # type: ignore[attr-defined]  # as above
    if not form.is_bound:
        form.fields["accounts"].initial = [ref for ref, _name in free]
    title = _("Offer the clients of %(name)s another place") % {"name": told.name}
    named: dict[str, Any] = {"account": request.actor.account_ref}
    context = {
        "form": form,
        "title": title,
        "told": told,
        "free": bool(free),
        "waiting": [each.name for each in told.rows if each.waits],
        "without": [each.name for each in told.rows if each.why == "nobody"],
        "crumbs": (
            Crumb(told.name, reverse("vendor-account", kwargs=named | {"ref": told.ref})),
            Crumb(title),
        ),
    }
    return render(request, "moves/adopt.html", context, status=422 if form.errors else 200)


@needs("accounts:manage", portal="vendor")
@require_POST
def take_back(request: SubletRequest, move: str) -> HttpResponseBase:
    """No longer offer it."""
    operations.take_offer_back(move_ref=move, actor=request.actor, at=now())
    success(request, _("Taken back."))
    return HttpResponseRedirect(reverse("vendor-moves", kwargs={"account": request.actor.account_ref}))


urlpatterns = [
    path("moves/", moves, name="vendor-moves"),
    # First: its word stands where a reference could.
    path("moves/adopt/<str:reseller>/", adopt, name="vendor-adopt"),
    path("moves/<str:move>/", move, name="vendor-move"),
    path("moves/<str:move>/take-back/", take_back, name="vendor-move-take-back"),
]
