"""Forms of the client portal."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from sublet.portals.shared.forms import EmailField, LanguageField, NameField, PhoneField, SubletForm, TimezoneField

TEXT = {"autocapitalize": "sentences"}


class InformationForm(SubletForm):
    """What the account is called and how it is reached (F10). Its reference is not among it: that never changes."""

    name = NameField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"}))
    contact_name = NameField(
        label=_("Contact person"), required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = EmailField(
        label=_("Administrator’s e-mail"), required=False, help_text=_("Messages about the account go to this address.")
    )
    phone = PhoneField(label=_("Phone"), required=False)
    mobile = PhoneField(label=_("Mobile phone"), required=False)
    website = forms.CharField(
        label=_("Website"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url"}),
    )
    street = forms.CharField(
        label=_("Street"), required=False, widget=forms.TextInput(attrs={"autocomplete": "street-address"})
    )
    postal_code = forms.CharField(
        label=_("Postal code"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    city = forms.CharField(
        label=_("City"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    country = forms.CharField(
        label=_("Country"),
        required=False,
        max_length=2,
        help_text=_("Two letters, such as IT."),
        widget=forms.TextInput(attrs={"autocomplete": "country", "autocapitalize": "characters"}),
    )
    language = LanguageField(
        inherited=_("As each visitor’s browser"), help_text=_("For people who have not chosen one themselves.")
    )
    timezone = TimezoneField(help_text=_("Days and times are shown in it."))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
