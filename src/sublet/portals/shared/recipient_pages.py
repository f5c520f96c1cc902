"""The page on which whoever sends invoices says what stands on them about one who gets them."""

from __future__ import annotations

from functools import partial

from django import forms
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.billing.operations.issuers import change_recipient
from sublet.billing.queries.issuers import RECIPIENT_FIELDS, RecipientView, recipient_view
from sublet.portals.shared.account_statement_pages import statement_url
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.forms import CountryField, EmailField, NameField
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_datetime
from sublet.portals.shared.party_pages import MANAGE, PartyForm, code_field, party_page

#: What the register said, in words.
ANSWERS = {
    "asked": gettext_lazy("Being checked"),
    "valid": gettext_lazy("Valid"),
    "invalid": gettext_lazy("Not valid"),
    "unknown": gettext_lazy("No answer"),
}


class RecipientForm(PartyForm):
    """What stands on invoices about who gets them."""

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
    vat_id = code_field(
        label=gettext_lazy("VAT ID"),
        max_length=30,
        help_text=gettext_lazy("Looked up in the register of the Union after saving."),
    )
    tax_number = code_field(label=gettext_lazy("Tax number"), max_length=50)
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


def recipient(request: SubletRequest, ref: str, *, listing: str, terms_url: str = "") -> HttpResponseBase:
    """The page of one of them. `listing` is the name of the list of invoices above it; `terms_url` says how it is billed."""
    actor = request.actor
    view = recipient_view(actor, ref)
    title = _("Billing address")
    return party_page(
        request,
        "money/recipient.html",
        RecipientForm,
        row=view.recipient,
        version=view.version,
        fields=RECIPIENT_FIELDS,
        may=actor.may(MANAGE),
        save=partial(change_recipient, ref=ref),
        more=lambda _form: {
            "title": title,
            "name": view.account.name,
            "crumbs": (
                Crumb(_("Invoices"), reverse(listing, kwargs={"account": actor.account_ref})),
                Crumb(view.account.name),
                Crumb(title),
            ),
            "checked": _checked(view),
            "actions": (
                *(
                    (Action(_("Account statement"), statement_url(request, ref), "list"),)
                    if ref != actor.account_ref
                    else ()
                ),
                *((Action(_("How it is billed"), terms_url, "settings"),) if terms_url else ()),
            ),
        },
    )


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
