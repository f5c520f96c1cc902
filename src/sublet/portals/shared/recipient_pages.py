"""The page on which whoever sends invoices says what stands on them about one who gets them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.billing.operations.issuers import change_recipient
from sublet.billing.queries.issuers import RECIPIENT_FIELDS, RecipientView, recipient_view
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, Refusal
from sublet.portals.shared.asking import only_look
from sublet.portals.shared.components import Crumb, Fact
from sublet.portals.shared.forms import CountryField, EmailField, NameField, SubletForm
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_datetime

_CODE = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
#: What the register said, in words.
ANSWERS = {
    "asked": gettext_lazy("Being checked"),
    "valid": gettext_lazy("Valid"),
    "invalid": gettext_lazy("Not valid"),
    "unknown": gettext_lazy("No answer"),
}


class RecipientForm(SubletForm):
    """What stands on invoices about who gets them. `version` is the one that the form began with."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    legal_name = NameField(label=gettext_lazy("Legal name"), max_length=200)
    kind = forms.ChoiceField(
        label=gettext_lazy("Who it is"),
        choices=[("business", gettext_lazy("Business")), ("person", gettext_lazy("Private person"))],
    )
    street = NameField(label=gettext_lazy("Street"), max_length=200, required=False)
    postal_code = NameField(label=gettext_lazy("Postal code"), max_length=20, required=False)
    city = NameField(label=gettext_lazy("City"), max_length=100, required=False)
    region = NameField(label=gettext_lazy("Region"), max_length=100, required=False)
    country = CountryField(required=True)
    vat_id = forms.CharField(
        label=gettext_lazy("VAT ID"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs=_CODE),
        help_text=gettext_lazy("Looked up in the register of the Union after saving."),
    )
    tax_number = forms.CharField(
        label=gettext_lazy("Tax number"), max_length=50, required=False, widget=forms.TextInput(attrs=_CODE)
    )
    email = EmailField(label=gettext_lazy("E-mail for invoices"), autocomplete="off", required=False)
    buyer_reference = NameField(
        label=gettext_lazy("Its own reference"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Stands on each invoice: a Leitweg-ID, a cost center."),
    )
    format = forms.ChoiceField(
        label=gettext_lazy("Electronic invoice"),
        choices=[
            ("facturx", gettext_lazy("PDF with Factur-X inside")),
            ("xrechnung-ubl", gettext_lazy("XRechnung (UBL)")),
            ("xrechnung-cii", gettext_lazy("XRechnung (CII)")),
            ("ubl", gettext_lazy("UBL 2.1 (EN 16931)")),
        ],
    )


def recipient(request: SubletRequest, ref: str, *, name: str, listing: str) -> HttpResponseBase:
    """The page of one of them. `name` is that of its address, `listing` that of the list of invoices above it."""
    actor = request.actor
    may = actor.may("billing:manage")
    if request.method != "POST":
        view = recipient_view(actor, ref)
        initial = {field: getattr(view.recipient, field) for field in RECIPIENT_FIELDS}
        return _shown(request, view, RecipientForm(initial=initial | {"version": view.version}), listing, may=may)
    if not may:
        raise Forbidden("billing:manage")
    form = RecipientForm(request.POST)
    if not form.is_valid():
        return _shown(request, recipient_view(actor, ref), form, listing, may=may, status=422)
    values = dict(form.cleaned_data)
    version = values.pop("version")
    try:
        change_recipient(ref=ref, changes=values, version=version, actor=actor, at=now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _shown(request, recipient_view(actor, ref), form, listing, may=may, status=refusal.status)
    success(request, _("Saved. Documents that are issued already keep what they say."))
    return HttpResponseRedirect(reverse(name, kwargs={"account": actor.account_ref, "ref": ref}))


def _shown(
    request: SubletRequest, view: RecipientView, form: RecipientForm, listing: str, *, may: bool, status: int = 200
) -> HttpResponse:
    if not may:
        for field in form.fields.values():
            field.disabled = True
    title = _("Billing address")
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "name": view.account.name,
        "crumbs": (
            Crumb(_("Invoices"), reverse(listing, kwargs={"account": request.actor.account_ref})),
            Crumb(view.account.name),
            Crumb(title),
        ),
        "checked": _checked(view),
        "may_change": may,
        "why_not": only_look(request, "billing:manage"),
    }
    return render(request, "money/recipient.html", context, status=status)


def _checked(view: RecipientView) -> list[Fact]:
    check = view.check
    if check is None:
        return []
    facts = [Fact(_("VAT ID"), f"{check.vat_id} – {ANSWERS[check.state]}")]
    if check.answered_at is not None:
        facts.append(Fact(_("Answered"), write_datetime(check.answered_at)))
    if check.name:
        facts.append(Fact(_("Registered to"), ", ".join(each for each in (check.name, check.address) if each)))
    if check.proof:
        facts.append(Fact(_("Number of the answer"), check.proof))
    return facts
