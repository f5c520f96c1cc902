"""An account for a prospect, in one step: from a template, in the prospect's own logo and color."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sublet.catalog import queries as catalog_queries
from sublet.clientsettings import operations
from sublet.clientsettings import queries as settings_queries
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.nav import here, hostless
from sublet.portals.shared.brand_forms import PictureField
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.forms import ColorField, DayField, EmailField, NameField, SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.shell import Text
from sublet.portals.shared.words import clients_called


class ProspectForm(SubletForm):
    """An account to show to somebody. `once` names this form, so that sending it twice opens one account."""

    once = forms.CharField(max_length=40, widget=forms.HiddenInput)
    name = NameField(label=gettext_lazy("Name of the account"), max_length=200)
    until = DayField(
        label=gettext_lazy("Until"),
        help_text=gettext_lazy(
            "At most a year from now. You can move the day, or make the prospect a client, at any time."
        ),
    )
    email = EmailField(
        label=gettext_lazy("E-mail of the prospect"),
        autocomplete="off",
        required=False,
        help_text=gettext_lazy("Nobody is written to. The free trial is remembered by it where the plan says so."),
    )
    template = forms.ChoiceField(
        label=gettext_lazy("Template"),
        required=False,
        help_text=gettext_lazy("The client settings begin as the template says."),
    )
    logo = PictureField(
        label=gettext_lazy("Logo of the prospect"),
        help_text=gettext_lazy("The demonstration shows it, in a color of the logo unless you choose one."),
    )
    color = ColorField(label=gettext_lazy("Color"), required=False)

    def __init__(self, *args: Any, templates: Sequence[tuple[str, Text]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if templates and "template" in self.fields:
            self.fields["template"].choices = [("", _("None")), *templates]  # type: ignore[attr-defined]  # it has
        else:
            self.fields.pop("template", None)


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def prospect(request: SubletRequest) -> HttpResponseBase:
    """An account for a prospect: its name and its last day are all it takes; its trial begins at once.

    It may begin as a template says, and in the prospect's own logo and color.
    """
    until = (now() + timedelta(days=14)).astimezone(timezone.get_current_timezone()).date()
    initial = {"once": secrets.token_urlsafe(18), "until": until}
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    templates = [(row.ref, row.name) for row in settings_queries.templates(request.actor)]
    form = ProspectForm(*sent, initial=initial, templates=templates)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            account = operations.open_prospect(
                name=values["name"],
                until=values["until"],
                email=values["email"],
                template=values.get("template", ""),
                color=values.get("color", ""),
                logo=picture.read() if (picture := values.get("logo")) else None,
                once=form.intent(),
                actor=request.actor,
                at=now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            success(request, _("%(client)s is open.") % {"client": account.name})
            return HttpResponseRedirect(here(request, "reseller-client", ref=account.ref))
    start = catalog_queries.offer().starting_plan
    trial = start is not None and start.trial is not None and request.actor.may("subscription:manage")
    context = {
        "form": form,
        "hostless": hostless(request),
        "trial": trial,
        "cancel_url": here(request, "reseller-clients"),
        "crumbs": (Crumb(clients_called(request), here(request, "reseller-clients")), Crumb(_("New demonstration"))),
    }
    return render(request, "reseller/prospect_new.html", context, status=422 if form.errors else 200)
