"""The brands of many clients at once: the fields, what they would change, and the change."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.messages import info, success, warning
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import Selection
from sublet.branding import operations as branding_operations
from sublet.branding.events import FIELDS as FIELD_NAMES
from sublet.branding.operations import ManyBrands
from sublet.branding.queries import PICTURES
from sublet.core.brandfields import COLOR, FIELDS
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people import queries as people_queries
from sublet.portals.reseller.client_table import question, read_state, selected_words
from sublet.portals.reseller.nav import here
from sublet.portals.shared.brand_forms import CHOICE_LABELS, ManyBrandsForm, choice_label
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.locales import AUTONYMS
from sublet.portals.shared.words import clients_called, said


@needs("brand:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def brands(request: SubletRequest) -> HttpResponseBase:
    """Step by step by POST: the fields; with ``filled`` what they would change; with ``confirmed`` the change itself.

    Whoever comes by its address alone has chosen nobody, and is led back to where one chooses.
    """
    chosen, again = chosen_clients(request)
    if chosen.query is None and not chosen.refs:
        warning(request, _("Nothing is selected."))
        return HttpResponseRedirect(back_to_clients(request, again["query"]))
    filled = bool(request.POST.get("filled"))
    form = ManyBrandsForm(request.POST, request.FILES) if filled else ManyBrandsForm()
    if not filled:
        return _page(request, chosen, again, form)
    is_valid = form.is_valid()
    pictures = form.pictures
    if not is_valid:
        return _page(request, chosen, again, form, pictures=pictures, status=422)
    try:
        for slot, data in form.uploads.items():
            kept = branding_operations.keep_for_many(slot=slot, data=data, actor=request.actor, at=now())
            pictures[slot] = kept.digest
        asked: dict[str, Any] = {"selection": chosen, "changes": form.changes, "pictures": pictures}
        if not request.POST.get("confirmed"):
            seen = branding_operations.preview_brands(**asked, actor=request.actor, at=now())
            return _page(request, chosen, again, form, seen=seen, pictures=pictures)
        done = branding_operations.change_brands(**asked, actor=request.actor, at=now(), once=once_of(request))
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, chosen, again, form, pictures=pictures, status=refusal.status)
    if not done.ref:
        info(request, _("Nothing would change."))
        return HttpResponseRedirect(back_to_clients(request, again["query"]))
    if not done.job_id:
        words = ngettext("%(number)s brand was changed.", "%(number)s brands were changed.", done.changing)
        success(request, words % {"number": done.changing})
    return HttpResponseRedirect(here(request, "reseller-brands-change", change=done.ref))


def chosen_clients(request: SubletRequest) -> tuple[Selection, Mapping[str, str]]:
    """What is selected, and what the next form needs to say the same again."""
    words = posted(request, "query", 4000)
    if request.POST.get("all"):
        staff = people_queries.staff(request.actor)
        return Selection(query=question(read_state(request, QueryDict(words)), staff).everything()), {
            "all": "1",
            "query": words,
        }
    keys = tuple(dict.fromkeys(key.replace("\x00", "")[:40] for key in request.POST.getlist("keys")))
    return Selection(refs=keys), {"all": "", "query": words}


def _page(
    request: SubletRequest,
    chosen: Selection,
    again: Mapping[str, str],
    form: ManyBrandsForm,
    *,
    seen: ManyBrands | None = None,
    pictures: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    changes = [] if seen is None else changed_values({**form.changes, **(pictures or {})})
    context = {
        "form": form,
        "groups": [
            (
                heading,
                [(form[name], form[f"back_{name}"], _address((pictures or {}).get(name, ""))) for name in names],
            )
            for heading, names in ManyBrandsForm.GROUPS
        ],
        "digests": [(f"kept_{slot}", digest) for slot, digest in (pictures or {}).items() if digest],
        "seen": seen,
        "once": secrets.token_hex(16),
        "selected": ""
        if seen is not None
        else selected_words(account_queries.count_selected(request.actor, chosen, at=now())),
        "changes": changes,
        "kept": []
        if seen is None
        else [(name, form.data.get(name, "")) for name in form.fields if form.data.get(name) and name not in PICTURES],
        "actions": (Action(_("Earlier changes"), here(request, "reseller-brands-changes"), icon="history"),),
        "action_url": here(request, "reseller-clients-brand"),
        "keys": chosen.refs,
        "again": again,
        "cancel_url": back_to_clients(request, again["query"]),
        "crumbs": (
            Crumb(clients_called(request), back_to_clients(request, again["query"])),
            Crumb(said(request, "brands-of-clients")),
        ),
    }
    return render(request, "reseller/brands.html", context, status=status)


def _address(digest: str) -> str:
    """Where a picture that came already is seen."""
    return f"/brand/{digest}" if digest else ""


_COLORS = frozenset(name for name, kind in FIELDS.items() if kind.kind == COLOR)


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A field that a change sets, in words: `text` as people read it, or the address of a picture; neither: taken back. A
    `color` is shown as well as told."""

    label: str
    text: str = ""
    color: str = ""
    picture: str = ""


def changed_values(values: Mapping[str, str]) -> list[ChangedValue]:
    """What a change sets, field by field, each with its language where it has one."""
    found = []
    for key, value in values.items():
        name, _at, language = key.partition("@")
        label = f"{FIELD_NAMES[name]} ({AUTONYMS[language]})" if language else str(FIELD_NAMES[name])
        if name in PICTURES:
            found.append(ChangedValue(label, picture=f"/brand/{value}" if value else ""))
        elif name in _COLORS:
            found.append(ChangedValue(label, color=value))
        else:
            found.append(ChangedValue(label, choice_label(name, value) if value and name in CHOICE_LABELS else value))
    return found


def once_of(request: SubletRequest) -> str:
    """The name of the order that a page gives."""
    return posted(request, "once", 40)


def back_to_clients(request: SubletRequest, query: str) -> str:
    listing = here(request, "reseller-clients")
    return f"{listing}?{QueryDict(query).urlencode()}" if query else listing
