"""The words that give the vendor away: what follows from its names and hosts, and what it has entered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.branding.operations import CannotAddVendorWord
from sublet.core.vendorwords import OWN
from sublet.foundation.clock import now
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.vendor.nav import here

#: Where a word comes from.
SOURCES = {
    "account": gettext_lazy("The name of your account"),
    "brand": gettext_lazy("The name of your brand"),
    "sender": gettext_lazy("The sender of your mails"),
    "software": gettext_lazy("The name of this software"),
    "host": gettext_lazy("A host of yours"),
    "support": gettext_lazy("Your support contact"),
}


class HiddenWordForm(SubletForm):
    """One word more."""

    text = forms.CharField(
        label=gettext_lazy("Word or name"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("Found in any case, with or without accents, as a whole word."),
    )
    conditional = ("text",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["autocomplete"] = "off"


@needs("brand:view", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: SubletRequest) -> HttpResponseBase:
    """The words, and by POST one more."""
    if request.method != "POST":
        return _page(request, HiddenWordForm())
    form = HiddenWordForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        branding_operations.add_vendor_word(text=str(form.cleaned_data["text"]), actor=request.actor, at=now())
    except CannotAddVendorWord as refusal:
        form.refuse(refusal)
        return _page(request, form, refusal.status)
    success(request, _("The word is looked for from now on."))
    return HttpResponseRedirect(here(request, "vendor-hidden-words"))


def _page(request: SubletRequest, form: HiddenWordForm, status: int = 200) -> HttpResponse:
    found = [(word.text, SOURCES[word.source]) for word in branding_queries.vendor_words() if word.kind != OWN]
    own = [
        (word.text, word.created_by, here(request, "vendor-hidden-word-remove", word=word.ref))
        for word in branding_queries.own_vendor_words()
    ]
    context = {"found": found, "own": own, "form": form, "may_change": request.actor.may("brand:manage")}
    return render(request, "vendor/hidden_words.html", context, status=status)


@needs("brand:manage", portal="vendor")
@require_POST
def remove(request: SubletRequest, word: str) -> HttpResponseBase:
    """Look for it no more."""
    branding_operations.remove_vendor_word(ref=word, actor=request.actor, at=now())
    success(request, _("The word is not looked for any more."))
    return HttpResponseRedirect(here(request, "vendor-hidden-words"))
