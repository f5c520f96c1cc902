"""What the account itself has used, what happens at its limits, and the limits that it sets for itself."""

from __future__ import annotations

from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core.rights import CLIENT, DIRECT
from sublet.core.usage import ADDITIVE
from sublet.entitlements import operations, queries
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.portals.client.nav import here
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.use_forms import CapForm
from sublet.portals.shared.use_words import alert_lines, given_until, given_words, meter_cards

PORTAL = (CLIENT, DIRECT)


@needs("usage:view", portal=PORTAL)
@require_safe
def use(request: SubletRequest) -> HttpResponseBase:
    """Every meter with a bar, what happens at its limit, and the next step."""
    page = queries.use_of(request.actor, request.actor.account_ref, at=now())
    manages = request.actor.may("usage:manage")
    meters = page.account.known.terms.meters

    def actions(key: str) -> tuple[Action, ...]:
        people: tuple[Action, ...] = ()
        if meters[key].aggregation in ADDITIVE and request.actor.may("team:view"):
            people = (Action(_("Share out among people"), here(request, "client-portions", meter=key), "users"),)
        if not manages:
            return people
        words = _("Change your own limit") if key in page.words else _("Set a limit of your own")
        return (Action(words, here(request, "client-use-limit", meter=key), "adjustments"), *people)

    context = {
        "cards": meter_cards(page, actions=actions),
        "given": [
            (
                given_words(meters.get(each.meter), each.meter, each.units),
                given_until(each.until, page.account.place.timezone),
                "",
            )
            for each in page.given
        ],
        "alerts": alert_lines(page),
    }
    return render(request, "client/use.html", context)


@needs("usage:manage", portal=PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def limit(request: SubletRequest, meter: str) -> HttpResponseBase:
    """A limit that the account sets for itself."""
    page = queries.use_of(request.actor, request.actor.account_ref, at=now())
    found = page.account.known.terms.meters.get(meter)
    if found is None:
        raise NotFound
    word = page.words.get(meter)
    initial = {"units": word.value, "policy": word.policy or "block"} if word is not None else {}
    form = CapForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                operations.set_own_cap(meter=meter, actor=request.actor, at=now(), **form.cleaned_data)
            except operations.CannotSetCap as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                success(request, _("Saved."))
                return HttpResponseRedirect(here(request, "client-use"))
    context = {
        "title": _("Your own limit for %(meter)s") % {"meter": name_of(found.name)},
        "used": next((card.used for card in meter_cards(page, actions=lambda _key: ()) if card.key == meter), ""),
        "text": _("It counts where it is lower than that of the plan. You can lift it at any time."),
        "form": form,
        "back_url": here(request, "client-use"),
        "remove_url": here(request, "client-use-lift", meter=meter) if word is not None else "",
        "crumbs": (Crumb(_("Use"), here(request, "client-use")), Crumb(name_of(found.name))),
    }
    return render(request, "client/use_form.html", context, status=status)


@needs("usage:manage", portal=PORTAL)
@require_POST
def lift(request: SubletRequest, meter: str) -> HttpResponseBase:
    """Lift that limit."""
    operations.set_own_cap(meter=meter, units=None, actor=request.actor, at=now())
    success(request, _("Your own limit is lifted."))
    return HttpResponseRedirect(here(request, "client-use"))
