"""Client settings: one client's, with a summary before they are saved; many clients' at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
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
from sublet.clientsettings.operations import ManyPreview, Order
from sublet.clientsettings.queries import ClientSettings
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.client_table import selected_words
from sublet.portals.reseller.forms_settings import SetUpForm, TemplateChoiceForm
from sublet.portals.reseller.nav import here
from sublet.portals.reseller.settings_words import beside, change_lines, coming_words, gap_words
from sublet.portals.reseller.views_brand_many import back_to_clients, chosen_clients, once_of
from sublet.portals.reseller.views_bulk import tell_how_many
from sublet.portals.shared.components import Change, Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.locales import write_datetime, write_number
from sublet.portals.shared.price_forms import since_of
from sublet.portals.shared.words import clients_called


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: SubletRequest, ref: str) -> HttpResponseBase:
    """One client's settings; sent, what would change; with ``confirmed``, the change itself."""
    view = queries.settings_of(request.actor, ref, at=now())
    form = _form(view, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _one_page(request, view, form)
    if not form.is_valid():
        return _one_page(request, view, form, status=422)
    since = since_of(form.cleaned_data.get("since"), view.client.timezone, now())
    confirmed = bool(request.POST.get("confirmed"))
    asked: dict[str, Any] = {"ref": ref, "changes": form.changes(), "since": since, "actor": request.actor, "at": now()}
    try:
        if not confirmed:
            lines, mark = operations.preview(**asked)
            return _check_page(request, view, form, change_lines(
                lines, view.setup.terms, since=since, zone=view.client.timezone, view=view
            ), mark)  # fmt: skip
        done = operations.set_up(**asked, seen=request.POST.get("seen", "")[:64])
    except Refusal as refusal:
        form.refuse(refusal)
        return _one_page(request, view, form, status=refusal.status)
    if done:
        success(request, _("Saved. You can undo it."))
    else:
        info(request, _("Nothing would change."))
    return HttpResponseRedirect(here(request, "reseller-client-options", ref=ref))


def _form(view: ClientSettings, data: Mapping[str, Any] | None) -> SetUpForm:
    setup = view.setup
    return SetUpForm(
        data,
        fields=setup.fields,
        terms=setup.terms,
        currency=view.client.currency,
        values=setup.values,
        hint=lambda field: beside(field, setup.terms, view),
    )


def _one_page(request: SubletRequest, view: ClientSettings, form: SetUpForm, status: int = 200) -> HttpResponse:
    ref = view.client.ref
    followed = view.followed
    templates = [(row.ref, row.name) for row in queries.templates(request.actor)]
    context = client_frame(request, ref, "options", view.client) | {
        "form": form,
        "open": view.client.open,
        "gaps": gap_words(view.gaps, view.setup.terms),
        "coming": coming_words(view),
        "followed": followed,
        "drift": change_lines(followed.drift, view.setup.terms) if followed is not None else (),
        "template_url": here(request, "reseller-template", ref=followed.template) if followed is not None else "",
        "apply_url": here(request, "reseller-client-template", ref=ref),
        "leave_url": here(request, "reseller-client-template-leave", ref=ref),
        "new_url": here(request, "reseller-template-new") + f"?from={ref}",
        "choice": TemplateChoiceForm(templates=templates) if templates else None,
        "last": view.last,
        "last_lines": _last_lines(view),
        "undo_url": here(request, "reseller-client-options-undo", ref=ref),
        "cancel_url": here(request, "reseller-client", ref=ref),
    }
    return render(request, "reseller/client_options.html", context, status=status)


def _last_lines(view: ClientSettings) -> tuple[Change, ...]:
    if view.last is None:
        return ()
    return change_lines(view.last.lines, view.setup.terms, since=view.last.since, zone=view.client.timezone)


@needs("clients:manage", portal="reseller")
@require_POST
def undo(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Take the last change back."""
    try:
        operations.undo_settings(ref=ref, change=posted(request, "change", 32), actor=request.actor, at=now())
    except Refusal as refusal:
        warning(request, refusal.sentence)
    else:
        success(request, _("Undone. What was there before holds again."))
    return HttpResponseRedirect(here(request, "reseller-client-options", ref=ref))


def _check_page(
    request: SubletRequest, view: ClientSettings, form: SetUpForm, lines: tuple[Change, ...], mark: str
) -> HttpResponse:
    context = client_frame(request, view.client.ref, "options", view.client) | {
        "lines": lines,
        "sent": sent_again(request, form),
        "seen": mark,
        "back_url": here(request, "reseller-client-options", ref=view.client.ref),
    }
    return render(request, "reseller/client_options_check.html", context)


def sent_again(request: SubletRequest, form: SetUpForm) -> list[tuple[str, str]]:
    """What was filled in, for the form that confirms it."""
    return [(name, request.POST.get(name, "")) for name in form.fields]


# Many -----------------------------------------------------------------------------------------------------------------


@needs("clients:manage", portal="reseller")
@require_POST
def many(request: SubletRequest) -> HttpResponseBase:
    """The selection and the fields; with ``filled`` what they would change; with ``confirmed`` the change itself."""
    chosen, again = chosen_clients(request)
    if chosen.query is None and not chosen.refs:
        warning(request, _("Nothing is selected."))
        return HttpResponseRedirect(back_to_clients(request, again["query"]))
    filled = bool(request.POST.get("filled"))
    own = account_queries.own_facts(request.actor)
    fields, terms = queries.fields_in_force()
    form = SetUpForm(request.POST if filled else None, fields=fields, terms=terms, currency=own.currency, keep=True)
    if not filled or not form.is_valid():
        return _many_page(request, chosen, again, form, status=422 if filled else 200)
    since = since_of(form.cleaned_data.get("since"), own.timezone, now())
    order = Order(values=form.changes(), since=since)
    asked: dict[str, Any] = {"selection": chosen, "order": order, "actor": request.actor, "at": now()}
    try:
        if not request.POST.get("confirmed"):
            seen = operations.preview_many(**asked)
            return _many_page(request, chosen, again, form, seen=preview_context(seen, since, own.timezone))
        done = operations.change_many(**asked, once=once_of(request))
    except Refusal as refusal:
        form.refuse(refusal)
        return _many_page(request, chosen, again, form, status=refusal.status)
    if done.job_id:
        return HttpResponseRedirect(here(request, "reseller-clients-changes", job=done.job_id))
    tell_how_many(request, done)
    return HttpResponseRedirect(here(request, "reseller-clients-options-changes"))


@needs("clients:view", portal="reseller")
@require_safe
def changes(request: SubletRequest) -> HttpResponseBase:
    """What was changed for many clients together, the newest first, each with its way back."""
    manages = request.actor.may("clients:manage")
    rows = [
        (
            _("%(day)s, by %(name)s") % {"day": write_datetime(row.made_at), "name": row.made_by},
            ngettext("%(number)s client", "%(number)s clients", row.clients) % {"number": write_number(row.clients)},
            "" if row.left == row.clients else _left_words(row.left),
            row.batch if row.left and manages else "",
        )
        for row in queries.changes_of_many(request.actor)
    ]
    title = _("Changed for many clients")
    context = {
        "title": title,
        "rows": rows,
        "undo_url": here(request, "reseller-clients-options-undo"),
        "once": secrets.token_hex(16),
        "crumbs": (Crumb(clients_called(request), here(request, "reseller-clients")), Crumb(title)),
    }
    return render(request, "reseller/options_changes.html", context)


def _left_words(left: int) -> str:
    if not left:
        return _("undone")
    return ngettext("undone but for %(number)s client", "undone but for %(number)s clients", left) % {
        "number": write_number(left)
    }


@needs("clients:manage", portal="reseller")
@require_POST
def undo_many(request: SubletRequest) -> HttpResponseBase:
    """Take back what was changed for many clients together."""
    batch = posted(request, "batch", 64)
    try:
        done = operations.undo_many(batch=batch, once=once_of(request), actor=request.actor, at=now())
    except Refusal as refusal:
        warning(request, refusal.sentence)
        return HttpResponseRedirect(here(request, "reseller-clients-options-changes"))
    if done.job_id:
        return HttpResponseRedirect(here(request, "reseller-clients-changes", job=done.job_id))
    tell_how_many(request, done)
    return HttpResponseRedirect(here(request, "reseller-clients-options-changes"))


def _many_page(
    request: SubletRequest,
    chosen: Selection,
    again: Mapping[str, str],
    form: SetUpForm,
    *,
    seen: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    title = _("Client settings")
    context = {
        "title": title,
        "form": form,
        "seen": seen,
        "sent": sent_again(request, form) if seen is not None else [],
        "selected": ""
        if seen is not None
        else selected_words(account_queries.count_selected(request.actor, chosen, at=now())),
        "keys": chosen.refs,
        "once": secrets.token_hex(16),
        "again": again,
        "cancel_url": back_to_clients(request, again["query"]),
        "crumbs": (Crumb(clients_called(request), back_to_clients(request, again["query"])), Crumb(title)),
    }
    return render(request, "reseller/options_many.html", context, status=status)


def preview_context(seen: ManyPreview, since: datetime | None = None, zone: str = "UTC") -> dict[str, Any]:
    """What a preview of many clients shows."""
    _fields, terms = queries.fields_in_force()
    told = []
    if seen.staying:
        told.append(
            ngettext("%(number)s client is so already.", "%(number)s clients are so already.", seen.staying)
            % {"number": write_number(seen.staying)}
        )
    if seen.refused:
        told.append(
            ngettext("%(number)s client cannot be set so.", "%(number)s clients cannot be set so.", seen.refused)
            % {"number": write_number(seen.refused)}
        )
    if seen.selected.more or seen.selected.number > seen.compared:
        told.append(_("Only the first %(number)s were compared.") % {"number": write_number(seen.compared)})
    return {
        "changing": ngettext("%(number)s client changes.", "%(number)s clients change.", seen.changing)
        % {"number": write_number(seen.changing)},
        "told": told,
        "impossible": seen.changing == 0 and seen.selected.number <= seen.compared,
        "clients": [
            (each.name, change_lines(each.lines, terms, since=since, zone=zone), each.refused) for each in seen.clients
        ],
        "more": seen.changing + seen.refused > len(seen.clients),
    }
