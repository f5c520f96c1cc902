"""The programs of the host product at which people sign on through us."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, Refusal
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.forms import NameField, SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.tables import Column, Empty, Row, Table, read_list_state
from sublet.portals.vendor.nav import here
from sublet.signon import operations, queries

COLUMNS = (
    Column("name", gettext_lazy("Name"), required=True),
    Column("back", gettext_lazy("Comes back to"), priority=2),
    Column("used", gettext_lazy("Last used"), "date"),
    Column("maker", gettext_lazy("Made by"), priority=3),
)


class ApplicationForm(SubletForm):
    """What an application is called, and its addresses."""

    name = NameField(label=gettext_lazy("Name"), max_length=80)
    redirect_addresses = forms.CharField(
        label=gettext_lazy("Addresses to come back to"),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        max_length=12_000,
        help_text=gettext_lazy(
            "One on each line, exactly as the program sends it. {host} stands for the host at which somebody signs on."
        ),
    )
    logout_addresses = forms.CharField(
        label=gettext_lazy("Addresses after logging out"),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        max_length=12_000,
        required=False,
    )
    login_address = forms.CharField(
        label=gettext_lazy("Address at which a sign-on begins"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Sections then open here, and the program knows at once which account is meant."),
    )
    notice_address = forms.CharField(
        label=gettext_lazy("Address for notices of log-out"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("It is told from server to server when somebody logs out or loses access."),
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _values(form: ApplicationForm) -> dict[str, Any]:
    values = form.cleaned_data
    return {
        **values,
        "redirect_addresses": _lines(values["redirect_addresses"]),
        "logout_addresses": _lines(values["logout_addresses"]),
    }


@needs("manifest:view", portal="vendor")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """The applications, by name."""
    rows = queries.applications(request.actor)
    new_one = Action(_("New application"), here(request, "vendor-application-new"), icon="plus", tone="primary")
    actions = (new_one,) if request.actor.may("manifest:manage") else ()
    table = Table(
        id="applications",
        caption=_("Applications"),
        columns=COLUMNS,
        rows=tuple(
            Row(
                key=row.ref,
                label=row.name,
                url=here(request, "vendor-application", application=row.ref),
                cells={
                    "name": row.name,
                    "back": row.redirect_addresses[0],
                    "used": row.last_used_at,
                    "maker": row.created_by,
                },
            )
            for row in rows
        ),
        state=read_list_state(request.GET, columns=COLUMNS, default_sort="name"),
        empty=Empty(
            title=_("No applications yet"),
            text=_("Register your product, and people open it signed on, with their account and their rights."),
            icon_name="apps",
            actions=actions,
        ),
    )
    context = {"table": table, "actions": actions if rows else ()}
    return render(request, "vendor/applications.html", context)


@needs("manifest:manage", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SubletRequest) -> HttpResponseBase:
    """Register one; the answer shows its secret, once."""
    if request.method != "POST":
        return _form(request, ApplicationForm(), _("New application"))
    form = ApplicationForm(request.POST)
    if not form.is_valid():
        return _form(request, form, _("New application"), status=422)
    try:
        made = operations.register_application(**_values(form), actor=request.actor, at=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _form(request, form, _("New application"), status=refusal.status)
    return _made(request, made)


@needs("manifest:view", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SubletRequest, application: str) -> HttpResponseBase:
    """One application; by POST the change (``manifest:manage``)."""
    row = queries.application(request.actor, application)
    may = request.actor.may("manifest:manage")
    form = ApplicationForm(
        initial={
            "name": row.name,
            "redirect_addresses": "\n".join(row.redirect_addresses),
            "logout_addresses": "\n".join(row.logout_addresses),
            "login_address": row.login_address,
            "notice_address": row.notice_address,
        }
    )
    status = 200
    if request.method == "POST":
        if not may:
            raise Forbidden("manifest:manage")
        form = ApplicationForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                operations.change_application(application_ref=row.ref, **_values(form), actor=request.actor, at=now())
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                success(request, _("The application is saved."))
                return HttpResponseRedirect(here(request, "vendor-applications"))
    return _form(request, form, row.name, row=row, may=may, status=status)


def _form(
    request: SubletRequest,
    form: ApplicationForm,
    title: str,
    *,
    row: queries.ApplicationRow | None = None,
    may: bool = True,
    status: int = 200,
) -> HttpResponse:
    facts: tuple[Fact, ...] = ()
    actions: tuple[Action, ...] = ()
    if row is not None:
        facts = (
            Fact(_("Client ID"), row.ref, "code", copy=True),
            Fact(_("Made by"), row.created_by),
            Fact(_("Last used"), row.last_used_at, "date"),
        )
    if row is not None and may:
        actions = (
            Action(_("New secret"), icon="refresh", dialog="secret"),
            Action(_("Remove"), icon="ban", dialog="remove", tone="danger"),
        )
    context = {
        "form": form,
        "title": title,
        "facts": facts,
        "actions": actions,
        "may": may,
        "row": row,
        "addresses": row.redirect_addresses if row is not None else (),
        "secret_url": here(request, "vendor-application-secret", application=row.ref) if row else "",
        "remove_url": here(request, "vendor-application-remove", application=row.ref) if row else "",
        "back_url": here(request, "vendor-applications"),
        "crumbs": (Crumb(_("Applications"), here(request, "vendor-applications")), Crumb(title)),
    }
    return render(request, "vendor/application.html", context, status=status)


@needs("manifest:manage", portal="vendor")
@require_POST
def secret(request: SubletRequest, application: str) -> HttpResponseBase:
    """Another secret; the answer shows it, once."""
    return _made(
        request,
        operations.renew_application_secret(application_ref=application, actor=request.actor, at=now()),
    )


def _made(request: SubletRequest, made: operations.NewSecret) -> HttpResponse:
    back = here(request, "vendor-applications")
    context = {"made": made, "back_url": back, "crumbs": (Crumb(_("Applications"), back), Crumb(made.name))}
    return render(request, "vendor/application_secret.html", context)


@needs("manifest:manage", portal="vendor")
@require_POST
def remove(request: SubletRequest, application: str) -> HttpResponseBase:
    """End an application at once."""
    operations.remove_application(application_ref=application, actor=request.actor, at=now())
    success(request, _("The application is removed, and everybody is signed off there."))
    return HttpResponseRedirect(here(request, "vendor-applications"))
