"""The page on which an account says by which server its mail leaves: one of its own, or a provider's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.messaging import hooks
from sublet.messaging import sender_queries as queries
from sublet.messaging import server_operations as operations
from sublet.messaging.providers import PROVIDERS
from sublet.messaging.sender_queries import WayView
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.sender_words import TLS_WORDS

_PLAIN = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
_KEPT = gettext_lazy("Leave it empty to keep the one that is there.")


class SmtpForm(SubletForm):
    """A mail server of the account's own."""

    host = forms.CharField(
        label=gettext_lazy("Server"),
        max_length=253,
        widget=forms.TextInput(attrs={**_PLAIN, "placeholder": "smtp.agency.example"}),
    )
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535)
    tls = forms.ChoiceField(label=gettext_lazy("Encryption"), choices=TLS_WORDS)
    user = forms.CharField(
        label=gettext_lazy("User name"), max_length=254, required=False, widget=forms.TextInput(attrs=_PLAIN)
    )
    secret = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=500,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    spf = forms.CharField(
        label=gettext_lazy("Name in SPF"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("What your provider tells you to add to SPF. Empty: the server above."),
        widget=forms.TextInput(attrs={**_PLAIN, "placeholder": "include:spf.agency.example"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    conditional = ("secret",)


class ProviderForm(SubletForm):
    """A provider that takes mail by its API."""

    provider = forms.ChoiceField(
        label=gettext_lazy("Provider"), choices=[(key, each.name) for key, each in PROVIDERS.items()]
    )
    secret = forms.CharField(
        label=gettext_lazy("Key"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    selectors = forms.CharField(
        label=gettext_lazy("Names of its DKIM keys"),
        max_length=200,
        help_text=gettext_lazy("What stands before ._domainkey in the records that the provider had you enter."),
        widget=forms.TextInput(attrs={**_PLAIN, "placeholder": "pm s1"}),
    )
    return_path = forms.CharField(
        label=gettext_lazy("Label of its return path"),
        max_length=63,
        required=False,
        help_text=gettext_lazy("Such as pm-bounces, if the provider had you enter one. Empty: the domain itself."),
        widget=forms.TextInput(attrs={**_PLAIN, "placeholder": "pm-bounces"}),
    )
    hook_secret = forms.CharField(
        label=gettext_lazy("Secret of its webhooks"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Mailgun and Resend sign with one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    conditional = ("secret",)


class ServerPages:
    """The views of one portal. `name` is that of its pages of senders."""

    def __init__(self, name: str) -> None:
        self.name = name

    def _url(self, request: SubletRequest, page: str = "", **more: str) -> str:
        wanted = f"{self.name}-{page}" if page else self.name
        return reverse(wanted, kwargs={"account": request.actor.account_ref, **more})

    def server(self, request: SubletRequest, /, kind: str) -> HttpResponseBase:
        """Set a server of one's own (``smtp``), or a provider."""
        if kind not in {"smtp", "provider"}:
            raise NotFound
        made: type[SmtpForm] | type[ProviderForm] = SmtpForm if kind == "smtp" else ProviderForm
        way = queries.senders_of(request.actor, request.actor.account_ref).way
        form = made(request.POST) if request.method == "POST" else made(initial=_initial(way, kind))
        _tell_what_is_kept(form, way, kind)
        if request.method != "POST":
            return self._page(request, kind, form)
        if not form.is_valid():
            return self._page(request, kind, form, status=422)
        try:
            operations.set_mail_server(
                account_ref=request.actor.account_ref, kind=kind, actor=request.actor, at=now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return self._page(request, kind, form, status=refusal.status)
        success(
            request, _("Saved. Your domains are looked up anew; until they are right, the neutral address is used.")
        )
        return HttpResponseRedirect(self._url(request))

    def _page(self, request: SubletRequest, kind: str, form: SubletForm, status: int = 200) -> HttpResponse:
        title = _("Your own mail server") if kind == "smtp" else _("A provider")
        ref = request.actor.account_ref
        hook = hooks.hook_of(request.actor, ref, at=now()) if kind == "provider" else None
        context = {
            "form": form,
            "title": title,
            "crumbs": (Crumb(_("Senders"), self._url(request)), Crumb(title)),
            "back_url": self._url(request),
            "hook": hook,
            "renew_url": self._url(request, "hook"),
        }
        return render(request, "senders/server.html", context, status=status)

    def hook(self, request: SubletRequest, /) -> HttpResponseBase:
        """Give the provider's webhook another address."""
        hooks.renew_hook(account_ref=request.actor.account_ref, actor=request.actor, at=now())
        success(
            request, _("There is a new address. Enter it at the provider; the one before works for seven more days.")
        )
        return HttpResponseRedirect(self._url(request, "server", kind="provider"))

    def remove(self, request: SubletRequest, /) -> HttpResponseBase:
        """Go back to the installation's server."""
        operations.remove_mail_server(account_ref=request.actor.account_ref, actor=request.actor, at=now())
        success(request, _("Mail leaves by the server of this installation again."))
        return HttpResponseRedirect(self._url(request))


def _tell_what_is_kept(form: SubletForm, way: WayView, kind: str) -> None:
    """Where a password or key is kept already, its field may stay empty; who sets one up first is not told of another."""
    for name, there in (("secret", way.has_secret), ("hook_secret", way.has_hook_secret)):
        if name in form.fields and there and way.kind == kind:
            told = str(form.fields[name].help_text)
            form.fields[name].help_text = f"{told} {_KEPT}".strip()


def _initial(way: WayView, kind: str) -> dict[str, Any]:
    if way.kind != kind:
        return {"port": 587, "tls": "starttls", "version": way.version if way.version else None}
    return {
        "host": way.host,
        "port": way.port,
        "tls": way.tls,
        "user": way.user,
        "spf": way.spf,
        "provider": way.provider,
        "selectors": way.selectors,
        "return_path": way.return_path,
        "version": way.version,
    }


def server_patterns(*, name: str, route: str, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The addresses of an account's mail server, below `route` (its pages of senders)."""
    pages = ServerPages(name)

    def page(view: Callable[..., HttpResponseBase], allow: Any) -> Callable[..., HttpResponseBase]:
        return page_of(allow(view), name=name, right="brand:manage", portal=portal)

    form = require_http_methods(["GET", "HEAD", "POST"])
    return [
        path(f"{route}server/remove/", page(pages.remove, require_POST), name=f"{name}-server-remove"),
        path(f"{route}server/hook/", page(pages.hook, require_POST), name=f"{name}-hook"),
        path(f"{route}server/<str:kind>/", page(pages.server, form), name=f"{name}-server"),
    ]
