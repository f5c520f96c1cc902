"""What the reseller does itself in a section that it keeps: a name, a sentence and a price, in words for each language."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.people.operations.asking import change_section_service
from sublet.people.queries.asking import service_words, services
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Crumb, Tab
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS


class ServiceForm(SubletForm):
    """A service in one language."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("For example: a redesign every two years."),
    )
    text = forms.CharField(
        label=gettext_lazy("What you do"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    price = forms.CharField(
        label=gettext_lazy("Price in words"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Clients read it as it is. Nothing is charged by it."),
    )


@needs("clients:view", portal="reseller")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """The sections of the product, each with the service that clients are offered instead."""
    rows = [(each, here(request, "reseller-service", section=each.section)) for each in services(request.actor)]
    context = {
        "rows": rows,
        "may_manage": request.actor.may("clients:manage"),
        "crumbs": (Crumb(_("Clients’ sections"), here(request, "reseller-sections")), Crumb(_("Services"))),
    }
    return render(request, "reseller/services.html", context)


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def service(request: SubletRequest, section: str) -> HttpResponseBase:
    """The service of one section in one language (``?language=it``)."""
    languages = dict(settings.LANGUAGES)
    language = request.GET.get("language") or (get_language() or "en").split("-")[0]
    if language not in languages:
        raise NotFound
    found = service_words(request.actor, section=section[:80], language=language)
    form = ServiceForm(
        request.POST if request.method == "POST" else None,
        initial={"name": found.name, "text": found.text, "price": found.price},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                change_section_service(
                    section=found.section, language=language, actor=request.actor, at=now(), **form.cleaned_data
                )
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                success(request, _("Saved."))
                return HttpResponseRedirect(here(request, "reseller-services"))
    context = {
        "form": form,
        "service": found,
        "language_tabs": tuple(
            Tab(AUTONYMS.get(code, code), f"{request.path}?language={code}", active=code == language)
            for code in languages
        ),
        "cancel_url": here(request, "reseller-services"),
        "crumbs": (
            Crumb(_("Clients’ sections"), here(request, "reseller-sections")),
            Crumb(_("Services"), here(request, "reseller-services")),
            Crumb(found.section_name),
        ),
    }
    return render(request, "reseller/service.html", context, status=status)
