"""The page on which a vendor or reseller says whether staff log in as clients, and a client whether it is told of it."""

from __future__ import annotations

from django import forms
from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sublet.core.rights import CLIENT
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, Refusal
from sublet.people import operations, queries
from sublet.portals.shared.asking import only_look
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest


class EnteringForm(SubletForm):
    """Whether staff may log in as clients."""

    allowed = forms.BooleanField(
        label=gettext_lazy("Staff may log in as clients"),
        required=False,
        help_text=gettext_lazy("Switched off, it holds at once: visits that go on end with their next click."),
    )


class NoticeForm(SubletForm):
    """Whether a client is told of visits."""

    allowed = forms.BooleanField(
        label=gettext_lazy("Send a mail when a visit begins"),
        required=False,
        help_text=gettext_lazy("It goes to the owner of this account, and says who enters and why."),
    )


def visit_rule_patterns(*, name: str, route: str, portal: str) -> list[URLPattern]:
    """The page under `route`, named `name`, for accounts of that kind."""

    @needs("settings:view", portal=portal)
    @require_http_methods(["GET", "HEAD", "POST"])
    def rules(request: SubletRequest) -> HttpResponseBase:
        return _rules(request, name)

    rules.__name__ = f"{name.replace('-', '_')}_rules"
    return [path(route, rules, name=name)]


def _rules(request: SubletRequest, name: str) -> HttpResponseBase:
    actor = request.actor
    of_client = actor.account_kind == CLIENT
    kind = NoticeForm if of_client else EnteringForm
    may = actor.may("settings:manage") and actor.impersonator is None
    if request.method == "POST" and not actor.may("settings:manage"):
        raise Forbidden("settings:manage")
    found = queries.visit_rules(actor)
    form: SubletForm = kind(
        request.POST if request.method == "POST" else None,
        initial={"allowed": found.notice if of_client else found.entering},
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["allowed"]
        try:
            if of_client:
                operations.tell_of_visits(wanted=chosen, actor=actor, at=now())
            else:
                operations.let_staff_visit(allowed=chosen, actor=actor, at=now())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            success(request, _("Saved."))
            return HttpResponseRedirect(reverse(name, kwargs={"account": actor.account_ref}))
    if not may:
        form.fields["allowed"].disabled = True
    title = _("Mail about visits") if of_client else _("Visits")
    context = {
        "form": form,
        "may_change": may,
        "why_not": only_look(request, "settings:manage"),
        "off_above": not of_client and not found.above,
        "title": title,
        "crumbs": (_above(actor.account_kind, actor.account_ref), Crumb(title)),
    }
    return render(request, "team/visit_rules.html", context, status=409 if form.errors else 200)


def _above(kind: str, account: str) -> Crumb:
    """The page that leads here: a client's list of visits, the settings of the others."""
    if kind == CLIENT:
        return Crumb(_("Visits"), reverse("client-visits", kwargs={"account": account}))
    return Crumb(_("Settings"), reverse(f"{kind}-settings", kwargs={"account": account}))
