"""Forms of the vendor portal."""

from __future__ import annotations

from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sublet.core.manifest import LARGEST_FILE
from sublet.portals.shared.forms import (
    CountryField,
    DayField,
    DropInput,
    EmailField,
    LanguageField,
    NameField,
    PhoneField,
    SubletForm,
    TimezoneField,
)
from sublet.portals.shared.journal_pages import IN_VISITS, PeriodForm

LONGEST_REASON = 500
F = TypeVar("F", bound=SubletForm)


def typed_again(form: type[F], request: HttpRequest, version: int) -> F:
    """What was typed, in a form that begins with the version that is stored now: saving it again says "all the same"."""
    data = request.POST.copy()
    data["version"] = str(version)
    again = form(data)
    again.is_valid()
    return again


class ReasonForm(SubletForm):
    """Why something is done to an account."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)


class NewAccountForm(SubletForm):
    """A reseller or a direct account, and who will own it. `once` names this form, so that sending it twice opens one."""

    once = forms.CharField(max_length=40, widget=forms.HiddenInput)
    name = NameField(label=_("Name of the account"), max_length=200)
    owner_name = NameField(label=_("Name of the owner"), max_length=200, required=False)
    owner_email = EmailField(
        label=_("E-mail address of the owner"),
        autocomplete="off",
        help_text=_("The owner gets an invitation, good for seven days."),
    )
    language = LanguageField(help_text=_("For the invitation, and for pages until a person chooses another."))
    timezone = TimezoneField()
    country = CountryField()


class EditAccountForm(SubletForm):
    """What is kept about an account. `version` is the one that the form began with."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    name = NameField(label=_("Name of the account"), max_length=200)
    contact_name = NameField(label=_("Contact"), max_length=200, required=False)
    email = EmailField(label=_("E-mail"), autocomplete="off", required=False)
    phone = PhoneField(label=_("Telephone"), required=False)
    website = forms.CharField(label=_("Website"), max_length=300, required=False)
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    country = CountryField()
    language = LanguageField(inherited=_("As the browser asks"))
    timezone = TimezoneField()
    external_id = forms.CharField(
        label=_("Your own number"),
        max_length=100,
        required=False,
        help_text=_("As your other systems call the account."),
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only your team sees them."),
    )


class OwnerForm(SubletForm):
    """Who is invited to own an account."""

    owner_email = EmailField(label=_("E-mail address of the owner"), autocomplete="off")
    owner_name = NameField(label=_("Name of the owner"), max_length=200, required=False)


REPLACE, TAKE_OUT = "replace", "take_out"


class CorrectUsageForm(SubletForm):
    """What counts in the place of a usage event. `by_number`: whether the meter takes another value at all."""

    conditional = ("quantity",)

    what = forms.ChoiceField(
        label=_("What counts"),
        choices=((REPLACE, _("Another value")), (TAKE_OUT, _("Nothing: it should not have been counted"))),
        widget=forms.RadioSelect,
        initial=REPLACE,
    )
    quantity = forms.DecimalField(label=_("New value"), required=False, max_digits=24, localize=True)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A client’s reseller reads it in the history; the client reads only that usage was corrected."),
    )

    def __init__(self, *args: Any, by_number: bool, decimals: int, unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by_number:
            for name in ("what", "quantity"):
                self.fields.pop(name, None)
        elif "quantity" in self.fields:
            self.fields["quantity"].help_text = unit
            self.fields["quantity"].decimal_places = decimals  # type: ignore[attr-defined]  # it is one of decimals

    def clean(self) -> dict[str, Any]:
        """Another value is needed where one is to count."""
        values: dict[str, Any] = super().clean() or {}
        replaces = values.get("what") == REPLACE
        if replaces and values.get("quantity") is None and "quantity" not in self.errors:
            self.add_error("quantity", _("Give the new value."))
        values["quantity"] = values.get("quantity") if replaces else None
        return values


class ManifestForm(SubletForm):
    """A manifest as a file or as text."""

    conditional = ("file", "text")

    file = forms.FileField(
        label=_("File"), required=False, allow_empty_file=True, widget=DropInput(attrs={"accept": ".toml"})
    )
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        strip=False,
        max_length=LARGEST_FILE,
        widget=forms.Textarea(
            attrs={"rows": 10, "spellcheck": "false", "autocapitalize": "none", "class": "code-input"}
        ),
    )

    def clean(self) -> dict[str, object]:
        """One of both is needed."""
        values: dict[str, object] = super().clean() or {}
        if not self.errors and values.get("file") is None and not str(values.get("text") or "").strip():
            self.add_error("file", _("Choose a file, or paste its text."))
        return values


class JournalForm(PeriodForm):
    """What narrows the journal. Dates are days in the time zone of whoever looks."""

    q = forms.CharField(label=_("Words"), max_length=200, required=False)
    event = forms.ChoiceField(label=_("What"), required=False)
    person = forms.CharField(label=_("Who"), max_length=100, required=False)
    about = forms.CharField(label=_("Account"), max_length=200, required=False)
    via = forms.ChoiceField(label=_("How"), required=False)
    visits = forms.ChoiceField(label=_("In visits"), required=False, choices=IN_VISITS)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Up to"), required=False)


class VendorSettingsForm(SubletForm):
    """The vendor's own account."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    name = NameField(
        label=_("Name"), max_length=200, help_text=_("Only your own team sees it; pages show the brand's.")
    )
    language = LanguageField(inherited=_("As the browser asks"))
    timezone = TimezoneField(help_text=_("For dates in this portal, unless a person has chosen another."))
