"""What the page of who sends invoices and the page of who gets them have alike: a form about one row, with its version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, Refusal
from sublet.portals.shared.asking import only_look
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.http import SubletRequest

MANAGE = "billing:manage"


def code_field(**kwargs: Any) -> forms.CharField:
    """A field for a number with letters, which nobody corrects."""
    attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
    return forms.CharField(required=False, widget=forms.TextInput(attrs=attrs), **kwargs)


class PartyForm(SubletForm):
    """What stands on invoices about somebody. `version` is the one that the form began with."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def party_page(
    request: SubletRequest,
    template: str,
    form_class: type[PartyForm],
    *,
    row: object,
    version: int,
    fields: Sequence[str],
    may: bool,
    save: Callable[..., object],
    more: Callable[[PartyForm], dict[str, Any]],
) -> HttpResponseBase:
    """The page: `fields` of `row`, which is in its `version`; by POST they go to `save`. `more`: what else the page shows.

    Who may not change them (`may`) sees them, and what it takes. Raises Forbidden.
    """
    status = 200
    if request.method != "POST":
        form = form_class(initial={each: getattr(row, each) for each in fields} | {"version": version})
    elif not may:
        raise Forbidden(MANAGE)
    else:
        form = form_class(request.POST)
        status = _saved(request, form, save)
        if not status:
            success(request, _("Saved. Documents that are issued already keep what they say."))
            return HttpResponseRedirect(request.path)
    if not may:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "may_change": may,
        "why_not": only_look(request, MANAGE),
        "confined": request.actor.may(MANAGE) and not may,
    }
    return render(request, template, context | more(form), status=status)


def _saved(request: SubletRequest, form: PartyForm, save: Callable[..., object]) -> int:
    """The status of the page that shows what is wrong; 0: nothing is."""
    if not form.is_valid():
        return 422
    changes = dict(form.cleaned_data)
    version = changes.pop("version")
    try:
        save(changes=changes, version=version, actor=request.actor, at=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return refusal.status
    return 0
