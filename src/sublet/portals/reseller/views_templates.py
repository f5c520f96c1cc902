"""Templates of client settings: made, changed, applied to one and to many, and who differs from them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib.messages import info, success, warning
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import Selection
from sublet.clientsettings import operations, queries
from sublet.clientsettings.operations import Order
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.client_table import selected_words
from sublet.portals.reseller.forms_settings import TemplateChoiceForm, TemplateForm
from sublet.portals.reseller.nav import here
from sublet.portals.reseller.settings_words import change_lines, template_lines
from sublet.portals.reseller.views_brand_many import back_to_clients, chosen_clients, once_of
from sublet.portals.reseller.views_bulk import tell_how_many
from sublet.portals.reseller.views_settings import preview_context
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.locales import write_date, write_number
from sublet.portals.shared.words import clients_called


@needs("clients:view", portal="reseller")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """The templates, each with how many clients follow it and how many of those an older version."""
    rows = [
        (
            row.name,
            here(request, "reseller-template", ref=row.ref),
            _("Version %(number)s") % {"number": row.version},
            ngettext("%(number)s client follows it", "%(number)s clients follow it", row.clients)
            % {"number": write_number(row.clients)},
            ngettext("%(number)s an older version", "%(number)s an older version", row.behind)
            % {"number": write_number(row.behind)}
            if row.behind
            else "",
        )
        for row in queries.templates(request.actor)
    ]
    new = (
        Action(_("Changed for many clients"), here(request, "reseller-clients-options-changes"), "history"),
        Action(_("New template"), here(request, "reseller-template-new"), "plus", tone="primary"),
    )
    context = {
        "rows": rows,
        "actions": new if request.actor.may("clients:manage") else (),
        "crumbs": (Crumb(clients_called(request), here(request, "reseller-clients")), Crumb(_("Templates"))),
    }
    return render(request, "reseller/templates.html", context)


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SubletRequest) -> HttpResponseBase:
    """A template from scratch, or (``?from=``) begun with a client's settings."""
    fields, terms = queries.fields_in_force()
    begun = request.GET.get("from", "").replace("\x00", "")[:40]
    values = dict(queries.settings_of(request.actor, begun, at=now()).setup.values) if begun else {}
    # What nobody decided for the client is left as it is.
    values = {key: value for key, value in values.items() if value is not None or not fields[key].is_agreed}
    form = TemplateForm(
        request.POST if request.method == "POST" else None,
        fields=fields,
        terms=terms,
        currency=account_queries.own_facts(request.actor).currency,
        values=values,
        once=secrets.token_urlsafe(18),
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = operations.make_template(
                    name=form.cleaned_data["name"],
                    values=form.changes(),
                    once=form.intent(),
                    actor=request.actor,
                    at=now(),
                )
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                success(
                    request,
                    _("The template “%(name)s” is made. It changes clients when you apply it.") % {"name": made.name},
                )
                return HttpResponseRedirect(here(request, "reseller-template", ref=made.ref))
    return _form_page(request, form, _("New template"), here(request, "reseller-templates"), status)


def _form_page(request: SubletRequest, form: TemplateForm, title: str, cancel_url: str, status: int) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "cancel_url": cancel_url,
        "crumbs": (
            Crumb(clients_called(request), here(request, "reseller-clients")),
            Crumb(_("Templates"), here(request, "reseller-templates")),
            Crumb(title),
        ),
    }
    return render(request, "reseller/template_form.html", context, status=status)


@needs("clients:view", portal="reseller")
@require_safe
def template(request: SubletRequest, ref: str) -> HttpResponseBase:
    """What a template sets, its versions, and in what the clients that follow it differ."""
    page = queries.template_page(request.actor, ref, at=now())
    manages = request.actor.may("clients:manage")
    actions = (
        Action(_("Change"), here(request, "reseller-template-edit", ref=ref), "pencil"),
        Action(_("Remove"), here(request, "reseller-template-remove", ref=ref), "trash", tone="danger"),
    )
    context = {
        "page": page,
        "lines": template_lines(page.values, page.fields, page.terms),
        "versions": [
            (
                _("Version %(number)s") % {"number": row.number},
                f"{write_date(row.made_at)} · {row.made_by}",
                template_lines(row.values, page.fields, page.terms),
            )
            for row in page.versions[1:]
        ],
        "followers": [
            (
                each.name,
                here(request, "reseller-client-options", ref=each.ref)
                if manages
                else here(request, "reseller-client", ref=each.ref),
                _("Version %(number)s") % {"number": each.applied},
                change_lines(each.drift, page.terms),
                each.ref,
            )
            for each in page.followers
        ],
        "differ": ngettext("%(number)s client differs.", "%(number)s clients differ.", page.differing)
        % {"number": write_number(page.differing)},
        "push_url": here(request, "reseller-template-push", ref=ref) if manages and page.differing else "",
        "actions": actions if manages else (),
        "crumbs": (
            Crumb(clients_called(request), here(request, "reseller-clients")),
            Crumb(_("Templates"), here(request, "reseller-templates")),
            Crumb(page.row.name),
        ),
    }
    return render(request, "reseller/template.html", context)


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SubletRequest, ref: str) -> HttpResponseBase:
    """The next version of a template; clients stay as they are until it is applied to them."""
    page = queries.template_page(request.actor, ref, at=now())
    form = TemplateForm(
        request.POST if request.method == "POST" else None,
        fields=page.fields,
        terms=page.terms,
        currency=account_queries.own_facts(request.actor).currency,
        values=page.values,
        name=page.row.name,
        version=page.row.version,
    )
    back = here(request, "reseller-template", ref=ref)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                operations.change_template(
                    ref=ref,
                    name=form.cleaned_data["name"],
                    values=form.changes(),
                    version=form.cleaned_data.get("version") or 0,
                    actor=request.actor,
                    at=now(),
                )
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                success(request, _("Saved. Clients stay as they are until you bring them in line."))
                return HttpResponseRedirect(back)
    return _form_page(request, form, page.row.name, back, status)


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Remove a template, after a word about who followed it."""
    back = here(request, "reseller-templates")
    if request.method == "POST":
        operations.remove_template(ref=ref, actor=request.actor, at=now())
        success(request, _("The template is removed."))
        return HttpResponseRedirect(back)
    name = queries.template_head(request.actor, ref).name
    context = {
        "name": name,
        "cancel_url": here(request, "reseller-template", ref=ref),
        "crumbs": (Crumb(_("Templates"), back), Crumb(name)),
    }
    return render(request, "reseller/template_remove.html", context)


# Applying -------------------------------------------------------------------------------------------------------------


@needs("clients:manage", portal="reseller")
@require_POST
def apply_to_one(request: SubletRequest, ref: str) -> HttpResponseBase:
    """A template to one client: what would change; with ``confirmed`` the change itself."""
    back = here(request, "reseller-client-options", ref=ref)
    wanted = _wanted(request)
    order = Order(template=wanted, version=_version(request))
    try:
        if request.POST.get("confirmed"):
            done = operations.apply_template(
                template=wanted, version=order.version, ref=ref, actor=request.actor, at=now()
            )
            (success if done else info)(request, _("Saved.") if done else _("Nothing would change."))
            return HttpResponseRedirect(back)
        seen = operations.preview_many(selection=Selection(refs=(ref,)), order=order, actor=request.actor, at=now())
    except Refusal as refusal:
        warning(request, refusal.sentence)
        return HttpResponseRedirect(back)
    head = queries.template_head(request.actor, wanted)
    context = client_frame(request, ref, "options") | {
        "name": head.name,
        "template": wanted,
        "version": head.version,
        "lines": [line for _name, lines, _refused in preview_context(seen)["clients"] for line in lines],
        "refused": next((each.refused for each in seen.clients if each.refused), ""),
        "back_url": back,
    }
    return render(request, "reseller/client_template_check.html", context)


def _wanted(request: SubletRequest) -> str:
    return posted(request, "template", 40)


def _version(request: SubletRequest) -> int:
    """The version that was previewed."""
    said = request.POST.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0


@needs("clients:manage", portal="reseller")
@require_POST
def leave(request: SubletRequest, ref: str) -> HttpResponseBase:
    """The client follows no template any more, and stays as it is."""
    operations.unfollow(ref=ref, actor=request.actor, at=now())
    success(request, _("The client follows no template any more."))
    return HttpResponseRedirect(here(request, "reseller-client-options", ref=ref))


@needs("clients:manage", portal="reseller")
@require_POST
def push(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Bring all clients in line that follow a template: what would change for each; with ``confirmed`` the change itself."""
    back = here(request, "reseller-template", ref=ref)
    head = queries.template_head(request.actor, ref)
    return _apply(request, None, Order(template=ref, version=_version(request) or head.version), head.name, {}, back)


@needs("clients:manage", portal="reseller")
@require_POST
def apply_to_many(request: SubletRequest) -> HttpResponseBase:
    """The selection and the templates; then what changes for each client; with ``confirmed`` the change itself."""
    chosen, again = chosen_clients(request)
    back = back_to_clients(request, again["query"])
    if chosen.query is None and not chosen.refs:
        warning(request, _("Nothing is selected."))
        return HttpResponseRedirect(back)
    rows = queries.templates(request.actor)
    picked = "template" in request.POST
    form = TemplateChoiceForm(request.POST if picked else None, templates=[(row.ref, row.name) for row in rows])
    if not picked or not form.is_valid():
        context = _many_context(request, again, chosen.refs, back) | {
            "form": form if rows else None,
            "selected": selected_words(account_queries.count_selected(request.actor, chosen, at=now())),
        }
        return render(request, "reseller/template_many.html", context, status=422 if picked else 200)
    row = next(row for row in rows if row.ref == form.cleaned_data["template"])
    return _apply(
        request, chosen, Order(template=row.ref, version=_version(request) or row.version), row.name, again, back
    )


def _many_context(request: SubletRequest, again: Mapping[str, str], keys: tuple[str, ...], back: str) -> dict[str, Any]:
    title = _("Apply a template")
    return {
        "title": title,
        "keys": keys,
        "again": again,
        "once": secrets.token_hex(16),
        "cancel_url": back,
        "crumbs": (Crumb(clients_called(request), here(request, "reseller-clients")), Crumb(title)),
    }


def _apply(
    request: SubletRequest, chosen: Selection | None, order: Order, name: str, again: Mapping[str, str], back: str
) -> HttpResponseBase:
    asked: dict[str, Any] = {"selection": chosen, "order": order, "actor": request.actor, "at": now()}
    try:
        if request.POST.get("confirmed"):
            done = operations.change_many(**asked, once=once_of(request))
            if done.job_id:
                return HttpResponseRedirect(here(request, "reseller-clients-changes", job=done.job_id))
            tell_how_many(request, done)
            return HttpResponseRedirect(here(request, "reseller-clients-options-changes"))
        seen = operations.preview_many(**asked)
    except Refusal as refusal:
        warning(request, refusal.sentence)
        return HttpResponseRedirect(back)
    context = _many_context(request, again, chosen.refs if chosen is not None else (), back) | {
        "name": name,
        "template": order.template,
        "version": order.version,
        "seen": preview_context(seen),
    }
    return render(request, "reseller/template_many.html", context)
