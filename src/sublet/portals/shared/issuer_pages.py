"""The page on which a vendor or reseller says who sends its invoices, and what one looks like."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sublet.billing.operations.issuers import change_issuer
from sublet.billing.queries import issuers as queries
from sublet.billing.queries.papers import sample_pdf
from sublet.foundation.clock import now
from sublet.portals.shared.components import Action
from sublet.portals.shared.files import file_word
from sublet.portals.shared.forms import CountryField, CurrencyField, EmailField, NameField, PhoneField
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS, write_date
from sublet.portals.shared.page_sets import FORM
from sublet.portals.shared.party_pages import MANAGE, PartyForm, code_field, party_page


class IssuerForm(PartyForm):
    """Who sends the invoices."""

    legal_name = NameField(
        label=gettext_lazy("Legal name"),
        max_length=200,
        help_text=gettext_lazy("As the register of companies has it, with the legal form."),
    )
    street = NameField(label=gettext_lazy("Street"), max_length=200)
    postal_code = NameField(label=gettext_lazy("Postal code"), max_length=20, required=False)
    city = NameField(label=gettext_lazy("City"), max_length=100)
    region = NameField(label=gettext_lazy("Region"), max_length=100, required=False)
    country = CountryField(required=True)
    register_number = NameField(
        label=gettext_lazy("Number in the register of companies"), max_length=50, required=False
    )
    tax_regime = forms.ChoiceField(
        label=gettext_lazy("VAT"),
        choices=[
            ("standard", gettext_lazy("Charges VAT")),
            ("one-stop", gettext_lazy("Charges VAT, to persons abroad by the one-stop shop")),
            ("small-business", gettext_lazy("Small business, exempt from VAT")),
            ("none", gettext_lazy("Not subject to VAT")),
        ],
    )
    vat_id = code_field(label=gettext_lazy("VAT ID"), max_length=30)
    tax_number = code_field(
        label=gettext_lazy("Tax number"),
        max_length=50,
        help_text=gettext_lazy("The local one, where there is no VAT ID."),
    )
    standard_rate = forms.DecimalField(
        label=gettext_lazy("Rate of VAT in percent"),
        required=False,
        min_value=0,
        max_value=99,
        max_digits=5,
        decimal_places=2,
        localize=True,
        help_text=gettext_lazy("Empty: the standard rate of the country."),
    )
    exemption_note = NameField(
        label=gettext_lazy("Why there is no VAT"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("As the law wants to read it on the invoice. Empty: in our words."),
    )
    currency = CurrencyField(label=gettext_lazy("Currency of the books"))
    rounding = forms.ChoiceField(
        label=gettext_lazy("Rounding"),
        choices=[
            ("exact", gettext_lazy("To the cent")),
            ("five", gettext_lazy("Amount due to five cents")),
            ("whole", gettext_lazy("Amount due to whole units")),
        ],
    )
    invoice_prefix = code_field(
        label=gettext_lazy("Before the number"),
        max_length=20,
        help_text=gettext_lazy("Of invoices: “2026-” gives 2026-1, 2026-2 … A new prefix begins a new series."),
    )
    credit_prefix = code_field(
        label=gettext_lazy("Before the number of a credit note"),
        max_length=20,
        help_text=gettext_lazy("Empty: credit notes are numbered among the invoices."),
    )
    payment_days = forms.IntegerField(label=gettext_lazy("Days to pay"), min_value=0, max_value=365)
    by_mail = forms.BooleanField(
        label=gettext_lazy("Send invoices by mail"),
        required=False,
        help_text=gettext_lazy("Each invoice and credit note goes to the billing address once it is issued."),
    )
    account_holder = NameField(
        label=gettext_lazy("Account holder"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Empty: the legal name."),
    )
    iban = code_field(label=gettext_lazy("IBAN"), max_length=50)
    bic = code_field(label=gettext_lazy("BIC"), max_length=15)
    contact_name = NameField(label=gettext_lazy("Contact"), max_length=100, required=False)
    email = EmailField(label=gettext_lazy("E-mail"), autocomplete="off", required=False)
    phone = PhoneField(label=gettext_lazy("Telephone"), required=False)
    footer = NameField(label=gettext_lazy("Line at the foot"), max_length=500, required=False)


#: What stands together on the page: heading, icon, fields.
CARDS = (
    (
        gettext_lazy("Business"),
        "building-store",
        ("street", "postal_code", "city", "region", "country", "register_number"),
    ),
    (gettext_lazy("Tax"), "receipt", ("tax_regime", "standard_rate", "vat_id", "tax_number")),
    (
        gettext_lazy("Numbers and terms"),
        "file-invoice",
        ("invoice_prefix", "credit_prefix", "payment_days", "currency", "rounding", "by_mail"),
    ),
    (gettext_lazy("Bank account"), "credit-card", ("account_holder", "iban", "bic")),
    (gettext_lazy("Questions about an invoice"), "help", ("contact_name", "email", "phone")),
)


def issuer_patterns(*, name: str, route: str, portal: str) -> list[URLPattern]:
    """The page under `route`, named `name`, and ``<name>-sample``, for accounts of that kind."""

    @needs("billing:view", portal=portal)
    @FORM
    def page(request: SubletRequest) -> HttpResponseBase:
        return _page(request, name)

    @needs("billing:view", portal=portal)
    @require_safe
    def sample(request: SubletRequest) -> HttpResponseBase:
        return _sample(request)

    page.__name__, sample.__name__ = f"{portal}_issuer", f"{portal}_issuer_sample"
    return [path(route, page, name=name), path(f"{route}sample/", sample, name=f"{name}-sample")]


def _page(request: SubletRequest, name: str) -> HttpResponseBase:
    view = queries.issuer_view(request.actor)
    sample = reverse(f"{name}-sample", kwargs={"account": request.actor.account_ref})
    return party_page(
        request,
        "money/issuer.html",
        IssuerForm,
        row=view.issuer,
        version=view.version,
        fields=queries.ISSUER_FIELDS,
        may=request.actor.may_for_all(MANAGE),
        save=change_issuer,
        more=lambda form: {
            "cards": [(title, icon, [form[each] for each in fields]) for title, icon, fields in CARDS],
            "is_set": view.is_set,
            "since": write_date(view.issuer.made_at) if view.is_set else "",
            "page_actions": (Action(_("See a sample"), sample, "eye", download=True),) if view.is_set else (),
            "samples": [
                Action(word, f"{sample}?language={code}", "download", download=True) for code, word in AUTONYMS.items()
            ],
        },
    )


def _sample(request: SubletRequest) -> HttpResponseBase:
    wanted = request.GET.get("language", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else (get_language() or "en").split("-")[0]
    at = now()
    pdf = sample_pdf(request.actor, language=language, on=at.date())
    answer = HttpResponse(pdf, content_type="application/pdf")
    word = file_word(f"{_('Sample invoice')} {language}")
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{word}.pdf") or ""
    return answer
