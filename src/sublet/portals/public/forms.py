"""Forms of the way in and of a person's own pages."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sublet.branding.operations import CannotAddHost
from sublet.core.hosts import refuse_label
from sublet.portals.public.guesses import country_choices
from sublet.portals.shared.forms import (
    CodeField,
    EmailField,
    LanguageField,
    NameField,
    PasswordField,
    SubletForm,
    TimezoneField,
)


class LogInForm(SubletForm):
    """E-mail address and password."""

    email = EmailField(label=_("E-mail address"), autocomplete="username")
    password = PasswordField(label=_("Password"))


class ForgottenForm(SubletForm):
    """Where to send the link."""

    email = EmailField(label=_("E-mail address"), autocomplete="username")


class NewPasswordForm(SubletForm):
    """A new password, typed once: it can be shown."""

    password = PasswordField(
        label=_("New password"), new=True, help_text=_("At least 10 characters. A few words together are easy to keep.")
    )


class KnownPasswordForm(SubletForm):
    """The password that the person has."""

    password = PasswordField(label=_("Your password"))


class CodeForm(SubletForm):
    """A code that shows who it is: from the app, by e-mail, or a recovery code."""

    code = CodeField(label=_("Code"), max_length=40)


class AppForm(SubletForm):
    """The first code of an authenticator app."""

    code = CodeField(label=_("Code that the app shows"), max_length=20)


class AcceptForm(SubletForm):
    """What somebody invited who has no log-in yet fills in."""

    name = NameField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = PasswordField(
        label=_("Choose a password"),
        new=True,
        help_text=_("At least 10 characters. A few words together are easy to keep."),
    )


class SignUpForm(SubletForm):
    """What opens a direct account."""

    account_name = NameField(
        label=_("Name of the account"),
        max_length=200,
        help_text=_("Your company or project. You can change it later."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    name = NameField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = EmailField(label=_("E-mail address"))
    language = LanguageField()
    country = forms.ChoiceField(label=_("Country"), choices=country_choices)
    timezone = TimezoneField(widget=forms.Select(attrs={"data-guess-timezone": ""}))


class ProfileForm(SubletForm):
    """Name, language and time zone of a person."""

    name = NameField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = LanguageField(inherited=_("As the account"))
    timezone = TimezoneField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = cast(TimezoneField, self.fields["timezone"])
        zone.choices = [("", _("As the account")), *cast(Any, zone.choices)]


class PasswordForm(SubletForm):
    """The old password and a new one."""

    old = PasswordField(label=_("Present password"))
    new = PasswordField(
        label=_("New password"), new=True, help_text=_("At least 10 characters. A few words together are easy to keep.")
    )


class FirstPasswordForm(SubletForm):
    """A password for a person who has none yet."""

    new = PasswordField(
        label=_("New password"), new=True, help_text=_("At least 10 characters. A few words together are easy to keep.")
    )


class EmailChangeWithoutPasswordForm(SubletForm):
    """A new address of a person who has no password: the second factor is asked for instead."""

    email = EmailField(label=_("New e-mail address"))


class EmailChangeForm(EmailChangeWithoutPasswordForm):
    """A new address, with the password: a browser left open must not be enough."""

    password = PasswordField(label=_("Your password"))


class BecomeResellerForm(SubletForm):
    """The brand's name and its first address: a word below the installation's neutral domain."""

    brand_name = NameField(
        label=_("Name of your brand"),
        max_length=80,
        help_text=_("Your clients see it on every page. You can change it later."),
    )
    host_label = forms.CharField(
        label=_("Address"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean_host_label(self) -> str:
        """One word that could be an address; whether it is free is known only once it is taken."""
        label = str(self.cleaned_data["host_label"]).strip().lower()
        code = refuse_label(label)
        if code is not None:
            raise forms.ValidationError(refused_label(code), code=code)
        return label


def refused_label(code: str) -> str:
    """Why an address cannot be taken, in words."""
    return CannotAddHost(code, example=f"bella-napoli.{settings.HOST_SUFFIX}").sentence
