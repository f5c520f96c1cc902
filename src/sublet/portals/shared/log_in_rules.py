"""The page of rules for logging in, the same in every portal: what an account demands of its people and of those below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from sublet.core.access import AccessRules
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people.operations.log_in_rules import change_access_rules
from sublet.people.queries.log_in_rules import log_in_rules_page
from sublet.portals.shared.asking import only_look
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs, to_prove
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import second_factor_at


class AccessForm(SubletForm):
    """What the account demands."""

    team = forms.BooleanField(label=gettext_lazy("Everybody on our team needs a second step"), required=False)
    below = forms.BooleanField(label=gettext_lazy("So do all people of the accounts below ours"), required=False)
    no_mailed_codes = forms.BooleanField(
        label=gettext_lazy("A code by e-mail never stands in for the second step"),
        help_text=gettext_lazy(
            "Whoever loses the phone then needs a recovery code. This holds for the accounts below ours, too."
        ),
        required=False,
    )


class LogInRulesPages:
    """The view of one portal: `name` is the name of its address."""

    def __init__(self, name: str, team: str) -> None:
        self.name, self.team = name, team

    def rules(self, request: SubletRequest, /) -> HttpResponseBase:
        """Show the rules; by POST change them."""
        page = log_in_rules_page(request.actor)
        if request.method != "POST":
            shown = {"team": page.rules.team, "below": page.rules.below, "no_mailed_codes": page.rules.no_mailed_codes}
            return self._page(request, self._form(request, initial=shown))
        form = self._form(request, data=request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        given = form.cleaned_data
        wanted = AccessRules(
            team=given["team"], below=given.get("below", False), no_mailed_codes=given["no_mailed_codes"]
        )
        if wanted.team and second_factor_at(request) is None and request.visit is None:
            # Whoever demands it of others has it first, and shuts nobody out by mistake.
            return to_prove(request, back=self._url(request, self.name))
        try:
            change_access_rules(rules=wanted, actor=request.actor, at=now())
        except Refusal as refusal:
            form.refuse(refusal)
            return self._page(request, form, status=refusal.status)
        success(request, _("The rules for logging in are saved."))
        return HttpResponseRedirect(self._url(request, self.name))

    def _form(self, request: SubletRequest, **given: Any) -> AccessForm:
        form = AccessForm(**given)
        if request.actor.account_kind not in {VENDOR, RESELLER}:
            del form.fields["below"]
        if not request.actor.may("team:manage"):
            for field in form.fields.values():
                field.disabled = True
        return form

    def _page(self, request: SubletRequest, form: AccessForm, *, status: int = 200) -> HttpResponse:
        page = log_in_rules_page(request.actor)
        team_url = self._url(request, self.team)
        context = {
            "form": form,
            "page": page,
            "may_manage": request.actor.may("team:manage"),
            "why_not": only_look(request, "team:manage"),
            "without": ngettext(
                "%(count)s person on the team has no second step yet. At the next click, it is led to setting one up.",
                "%(count)s people on the team have no second step yet. At the next click, they are led to setting one up.",
                page.without,
            )
            % {"count": page.without},
            "team_url": team_url,
            "actions": (Action(_("Company log-in"), self._url(request, f"{self.name}-company"), icon="building"),),
            "crumbs": (Crumb(_("Team"), team_url), Crumb(_("Rules for logging in"))),
        }
        return render(request, "log_in_rules/rules.html", context, status=status)

    def _url(self, request: SubletRequest, name: str) -> str:
        return reverse(name, kwargs={"account": request.actor.account_ref})


def log_in_rule_patterns(*, name: str, team: str, route: str, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The address of an account's rules under `route`; `team` is the name of its team's address."""
    pages = LogInRulesPages(name, team)
    allow: Callable[..., Any] = require_http_methods(["GET", "HEAD", "POST"])

    def rules(request: SubletRequest, /, **kwargs: str) -> HttpResponseBase:
        if request.method == "POST":
            request.actor.require("team:manage")
        answer: HttpResponseBase = allow(pages.rules)(request, **kwargs)
        return answer

    rules.__name__ = f"{name.replace('-', '_')}_rules"
    rules.__doc__ = pages.rules.__doc__
    return [path(route, needs("team:view", portal=portal)(rules), name=name)]
