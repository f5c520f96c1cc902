"""Forms of the client portal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sublet.portals.shared.forms import (
    CountryField,
    EmailField,
    LanguageField,
    NameField,
    PhoneField,
    SubletForm,
    TimezoneField,
)


class InformationForm(SubletForm):
    """The account as its own people keep it. `version` is the one that the form began with."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    name = NameField(label=_("Name of the account"), max_length=200)
    email = EmailField(
        label=_("E-mail of the administrator"),
        autocomplete="off",
        required=False,
        help_text=_("Whom to write to about this account. It changes nobody’s log-in."),
    )
    contact_name = NameField(label=_("Contact"), max_length=200, required=False)
    phone = PhoneField(label=_("Telephone"), required=False)
    mobile = PhoneField(label=_("Mobile"), required=False)
    website = forms.CharField(
        label=_("Website"), max_length=300, required=False, widget=forms.TextInput(attrs={"inputmode": "url"})
    )
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    country = CountryField()
    language = LanguageField(inherited=_("As the browser asks"))
    timezone = TimezoneField(help_text=_("For dates on these pages, unless a person has chosen another."))


class CloseForm(SubletForm):
    """Why an account is closed, and its name typed once more so that it is not the wrong one."""

    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)
    confirm = forms.CharField(
        max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )

    def __init__(self, *args: Any, account_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account_name = account_name
        self.fields["confirm"].label = _("Type %(name)s to confirm") % {"name": account_name}

    def clean_confirm(self) -> str:
        """Refuse another name; case and spaces around do not count."""
        typed = " ".join(str(self.cleaned_data["confirm"]).split())
        if typed.casefold() != " ".join(self.account_name.split()).casefold():
            raise forms.ValidationError(_("This is not the name of the account."), code="not-the-name")
        return typed


class GiveBackForm(SubletForm):
    """That the account becomes the reseller's again."""

    confirm = forms.BooleanField(label=_("Yes, whoever looks after this account decides about it from now on"))
