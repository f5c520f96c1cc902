"""The page of the company log-in, the same in every portal: the account's own identity provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from sublet.branding.queries import origin, primary_host
from sublet.core.company_log_in import ALWAYS, NEVER, SAID
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people.operations.company_log_in_rules import (
    WantedCompanyLogIn,
    examine_provider,
    may_set_up,
    remove_company_log_in,
    set_company_log_in,
)
from sublet.people.queries.company_log_ins import CompanyLogInPage, company_log_in_page
from sublet.portals.shared.asking import only_look
from sublet.portals.shared.components import Crumb, Fact
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest

_ADDRESS = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}


class CompanyLogInForm(SubletForm):
    """The provider, and what it opens. The secret is never shown: an empty field leaves it as it is."""

    issuer = forms.CharField(
        label=gettext_lazy("Address of the provider (issuer)"),
        max_length=500,
        help_text=gettext_lazy("As your provider names itself, such as https://login.example.com."),
        widget=forms.URLInput(attrs={**_ADDRESS, "placeholder": "https://"}),
    )
    client_id = forms.CharField(label=gettext_lazy("Client ID"), max_length=255, widget=forms.TextInput(attrs=_ADDRESS))
    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        max_length=1000,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("It is stored encrypted and never shown again. Left empty, it stays as it is."),
    )
    domains = forms.CharField(
        label=gettext_lazy("Domains of your e-mail addresses"),
        max_length=2000,
        required=False,
        widget=forms.TextInput(attrs={**_ADDRESS, "placeholder": "example.com"}),
        help_text=gettext_lazy(
            "Whoever is invited at such an address can accept by the company log-in, without a password. "
            "Several with spaces between them."
        ),
    )
    second_factor = forms.ChoiceField(
        label=gettext_lazy("Does it count as the second step?"),
        choices=[
            (NEVER, gettext_lazy("No, our own second step is asked for")),
            (SAID, gettext_lazy("When the provider says that there was one")),
            (ALWAYS, gettext_lazy("Always: the provider sees to it")),
        ],
    )
    on = forms.BooleanField(
        label=gettext_lazy("Switched on"),
        help_text=gettext_lazy("A button on the log-in page leads there."),
        required=False,
    )
    only = forms.BooleanField(
        label=gettext_lazy("Nothing else opens this account"),
        help_text=gettext_lazy(
            "Passwords, codes by e-mail and passkeys of your people then open it no more. The owner’s still do, so that "
            "a provider that is down locks nobody out for good."
        ),
        required=False,
    )

    def for_a_test(self) -> None:
        """Of a form that only asks the provider, nothing but its address matters."""
        for name in self.errors.keys() - {"issuer"}:
            del self.errors[name]


class CompanyLogInPages:
    """The views of one portal: `name` is the name of the page's address."""

    def __init__(self, name: str, rules: str, team: str) -> None:
        self.name, self.rules, self.team = name, rules, team

    def settings(self, request: SubletRequest, /) -> HttpResponseBase:
        """Show how it is set up; by POST set it up, or (``test``) ask the provider and show what was found."""
        page = company_log_in_page(request.actor)
        if request.method != "POST":
            shown = {
                "issuer": page.issuer,
                "client_id": page.client_id,
                "domains": " ".join(page.domains),
                "second_factor": page.second_factor,
                "on": page.on,
                "only": page.only,
            }
            return self._page(request, self._form(request, initial=shown))
        form = self._form(request, data=request.POST)
        if "test" in request.POST:
            form.for_a_test()
        if not form.is_valid():
            return self._page(request, form, status=422)
        given = form.cleaned_data
        try:
            if "test" in request.POST:
                found = examine_provider(issuer=given["issuer"], actor=request.actor, at=now())
                return self._page(request, form, found=found)
            set_company_log_in(
                wanted=WantedCompanyLogIn(
                    issuer=given["issuer"],
                    client_id=given["client_id"],
                    client_secret=given["client_secret"] or None,
                    domains=given["domains"].replace(",", " ").split(),
                    second_factor=given["second_factor"],
                    on=given["on"],
                    only=given["only"],
                ),
                actor=request.actor,
                at=now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return self._page(request, form, status=refusal.status)
        success(request, _("The company log-in is saved."))
        return HttpResponseRedirect(self._url(request, self.name))

    def remove(self, request: SubletRequest, /) -> HttpResponseBase:
        """Take it away."""
        remove_company_log_in(actor=request.actor, at=now())
        success(request, _("The company log-in is removed."))
        return HttpResponseRedirect(self._url(request, self.rules))

    def _form(self, request: SubletRequest, **given: Any) -> CompanyLogInForm:
        form = CompanyLogInForm(**given)
        if not may_set_up(request.actor):
            for field in form.fields.values():
                field.disabled = True
        return form

    def _page(
        self,
        request: SubletRequest,
        form: CompanyLogInForm,
        *,
        found: Mapping[str, object] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        page = company_log_in_page(request.actor)
        context = {
            "form": form,
            "page": page,
            "may_manage": may_set_up(request.actor),
            "why_not": only_look(request, "team:manage"),
            "facts": _facts(request, page),
            "found": _found(found) if found is not None else (),
            "cancel_url": self._url(request, self.rules),
            "remove_url": self._url(request, f"{self.name}-remove"),
            "crumbs": (
                Crumb(_("Team"), self._url(request, self.team)),
                Crumb(_("Rules for logging in"), self._url(request, self.rules)),
                Crumb(_("Company log-in")),
            ),
        }
        return render(request, "log_in_rules/company.html", context, status=status)

    def _url(self, request: SubletRequest, name: str) -> str:
        return reverse(name, kwargs={"account": request.actor.account_ref})


def _facts(request: SubletRequest, page: CompanyLogInPage) -> tuple[Fact, ...]:
    back = reverse("login-company-back", kwargs={"account": request.actor.account_ref})
    here = dict.fromkeys([primary_host(request.actor.account_id), request.site.host])
    addresses = tuple(
        Fact(
            _("Address to come back to (redirect URI)"),
            origin(host) + back,
            "code",
            copy=True,
            hint=_("Enter it at your provider.") if first else "",
        )
        for first, host in ((index == 0, host) for index, host in enumerate(here))
    )
    if not page.exists:
        return addresses
    return (*addresses, Fact(_("People who have come in by it"), f"{page.linked} / {page.people}"))


def _found(found: Mapping[str, Any]) -> tuple[Fact, ...]:
    return (
        Fact(_("Log-in page"), found["authorization_endpoint"], "code"),
        Fact(_("Where codes are exchanged"), found["token_endpoint"], "code"),
        Fact(_("Public keys"), str(len(found["keys"]))),
        Fact(_("Says that it knows PKCE"), found["says_pkce"], "yes_no"),
        Fact(_("Names itself in each answer"), found["says_iss"], "yes_no"),
    )


def company_log_in_patterns(
    *, name: str, rules: str, team: str, route: str, portal: str | tuple[str, ...]
) -> list[URLPattern]:
    """The addresses of an account's company log-in under `route`; `rules` and `team` are names of the pages above it."""
    pages = CompanyLogInPages(name, rules, team)
    allow: Callable[..., Any] = require_http_methods(["GET", "HEAD", "POST"])
    stem = name.replace("-", "_")

    @sensitive_post_parameters("client_secret")
    def settings(request: SubletRequest, /, **kwargs: str) -> HttpResponseBase:
        if request.method == "POST":
            request.actor.require("team:manage")
        answer: HttpResponseBase = allow(pages.settings)(request, **kwargs)
        return answer

    def remove(request: SubletRequest, /, **kwargs: str) -> HttpResponseBase:
        return pages.remove(request, **kwargs)

    settings.__name__, remove.__name__ = f"{stem}_settings", f"{stem}_remove"
    settings.__doc__, remove.__doc__ = pages.settings.__doc__, pages.remove.__doc__
    return [
        path(route, needs("team:view", portal=portal)(settings), name=name),
        path(f"{route}remove/", needs("team:manage", portal=portal)(require_POST(remove)), name=f"{name}-remove"),
    ]
