"""Forms of the reseller portal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sublet.people.operations.impersonation import SHORTEST_REASON
from sublet.portals.shared.forms import (
    CountryField,
    CurrencyField,
    DayField,
    EmailField,
    LanguageField,
    NameField,
    PhoneField,
    SubletForm,
    TagsField,
    TimezoneField,
)
from sublet.portals.shared.shell import Text

LONGEST_REASON = 500
SAY_WHY = {"required": _("Say why.")}
#: The details of an account, in the order in which forms show them.
DETAILS = (
    "contact_name", "email", "phone", "mobile", "website", "street", "postal_code", "city", "country", "language",
    "timezone", "currency", "external_id", "notes",
)  # fmt: skip


#: The two ways into a client's account; the second needs somebody to stand in for.
MODES = (
    ("reseller", _("As reseller: you see all that your access covers, even what the client does not see.")),
    ("client", _("As the client: you see exactly what this person sees.")),
)


def _offer(form: forms.Form, name: str, choices: Sequence[tuple[str, Text]]) -> None:
    """Give a field of the form, which is one of choices, those choices."""
    cast(forms.ChoiceField, form.fields[name]).choices = list(choices)


def end_of_day(day: date) -> datetime:
    """The last minute of that day where the person is: what "until the 5th" means."""
    return datetime.combine(day, time(23, 59), timezone.get_current_timezone())


class DetailsForm(SubletForm):
    """What is kept about an account. A subclass leaves out what it does not show."""

    name = NameField(label=_("Name of the account"), max_length=200)
    contact_name = NameField(label=_("Contact"), max_length=200, required=False)
    email = EmailField(label=_("E-mail"), autocomplete="off", required=False)
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
    timezone = TimezoneField(required=False)
    currency = CurrencyField(required=False)
    external_id = forms.CharField(
        label=_("Your own number"),
        max_length=100,
        required=False,
        help_text=_("As your other systems call the client."),
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only your team sees them."),
    )

    def details(self) -> dict[str, str]:
        """The details among the clean values, without the name."""
        return {name: self.cleaned_data[name] for name in DETAILS if name in self.cleaned_data}


class NewClientForm(DetailsForm):
    """A new, empty account for a client. `once` names this form, so that sending it twice opens one account."""

    conditional = ("demo_until",)

    once = forms.CharField(max_length=40, widget=forms.HiddenInput)
    owner_email = EmailField(
        label=_("E-mail address of the first person"),
        autocomplete="off",
        required=False,
        help_text=_("This person owns the log-in on the client’s side and gets an invitation. You can do it later."),
    )
    owner_name = NameField(label=_("Name of the first person"), max_length=200, required=False)
    ownership = forms.ChoiceField(
        label=_("Whose account is it?"),
        choices=[
            ("reseller", _("Yours: you decide when it closes. The client works in it as far as you let it.")),
            ("client", _("The client’s: only the client’s owner can close it. You still look after it.")),
        ],
        widget=forms.RadioSelect,
        initial="reseller",
    )
    is_demo = forms.BooleanField(label=_("A demonstration for a prospect, which closes by itself"), required=False)
    demo_until = DayField(
        label=_("Until"),
        required=False,
        help_text=_("At most a year from now. You can move the day, or make the prospect a client, at any time."),
    )
    tags = TagsField(label=_("Tags"))
    begins = forms.ChoiceField(label=_("Begins"), required=False)
    template = forms.ChoiceField(
        label=_("Template"), required=False, help_text=_("The client settings begin as the template says.")
    )

    field_order = (
        "name",
        "owner_email",
        "owner_name",
        "language",
        "begins",
        "template",
        "ownership",
        "is_demo",
        "demo_until",
        "tags",
        *DETAILS,
    )

    def __init__(
        self,
        *args: Any,
        begins: Sequence[tuple[str, Text]] = (),
        templates: Sequence[tuple[str, Text]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if templates and "template" in self.fields:
            _offer(self, "template", [("", _("None")), *templates])
        else:
            self.fields.pop("template", None)
        if "begins" in self.fields:
            _offer(self, "begins", begins)
            if len(begins) < 2:
                del self.fields["begins"]

    def clean(self) -> dict[str, Any]:
        """A demonstration needs its end; without the mark there is none."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("is_demo") and not values.get("demo_until") and "demo_until" not in self.errors:
            self.add_error("demo_until", _("Say until when the demonstration lasts."))
        return values

    def demo_end(self) -> datetime | None:
        """When the demonstration ends; None for a real client."""
        return end_of_day(self.cleaned_data["demo_until"]) if self.cleaned_data["is_demo"] else None


class ClientSettingsForm(DetailsForm):
    """A client's details, tags and who looks after it. `version` is the one that the form began with."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    tags = TagsField(label=_("Tags"))
    responsible = forms.ChoiceField(label=_("Responsible person"), required=False)

    field_order = ("name", "tags", "responsible", *DETAILS)

    def __init__(
        self, *args: Any, people: Sequence[tuple[str, str]] = (), suggestions: Iterable[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "responsible", [("", _("Nobody")), *people])
        self.fields["tags"].widget.suggestions = tuple(suggestions)


class OwnSettingsForm(SubletForm):
    """The reseller's own account. `version` is the one that the form began with."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    name = NameField(label=_("Name"), max_length=200)
    contact_name = NameField(label=_("Contact"), max_length=200, required=False)
    email = EmailField(label=_("E-mail"), autocomplete="off", required=False)
    phone = PhoneField(label=_("Telephone"), required=False)
    website = forms.CharField(label=_("Website"), max_length=300, required=False)
    street = forms.CharField(label=_("Street"), max_length=200, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    country = CountryField()
    language = LanguageField(inherited=_("As the browser asks"), help_text=_("New clients begin with it as well."))
    timezone = TimezoneField(help_text=_("For dates in this portal, unless a person has chosen another."))
    currency = CurrencyField(help_text=_("New clients begin with it as well."))


class SupportForm(SubletForm):
    """Whom the reseller's clients turn to: shown on every page of every client. `version` is the brand's."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    support_name = NameField(label=_("Who helps"), max_length=80, required=False)
    support_email = EmailField(label=_("E-mail"), autocomplete="off", required=False)
    support_phone = PhoneField(label=_("Telephone"), required=False)
    support_hours = NameField(label=_("Hours"), max_length=120, required=False)
    support_url = forms.CharField(
        label=_("Help pages"), max_length=300, required=False, widget=forms.TextInput(attrs={"inputmode": "url"})
    )


class ReasonForm(SubletForm):
    """Why something is done; kept in the history."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("Kept in the history; the client does not read it."),
        error_messages=SAY_WHY,
    )


class CloseForm(ReasonForm):
    """Why an account is closed, and its name typed once more so that it is not the wrong one."""

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


class NoteForm(SubletForm):
    """A reason that may be left out."""

    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, required=False)


class DemonstrationForm(SubletForm):
    """Until when an account is a demonstration."""

    demo_until = DayField(label=_("Until"), help_text=_("At most a year from now."))


class OwnershipForm(SubletForm):
    """That the account becomes the client's."""

    confirm = forms.BooleanField(label=_("Yes, this account is the client’s from now on"))


class EnterForm(SubletForm):
    """How and why somebody enters a client's account."""

    conditional = ("collaborator",)

    mode = forms.ChoiceField(
        label=_("How?"),
        choices=MODES,
        widget=forms.RadioSelect,
        initial="reseller",
    )
    collaborator = forms.ChoiceField(label=_("Whose place?"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=format_lazy(
            _("At least {least} characters. The client can read it in the account’s history."), least=SHORTEST_REASON
        ),
        error_messages=SAY_WHY,
    )

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "collaborator", people)
        if not people:
            _offer(self, "mode", MODES[:1])
            del self.fields["collaborator"]


class BulkForm(SubletForm):
    """What a change of many clients needs: a reason, a tag or a person, by the action."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("Kept in the history of each."),
        error_messages=SAY_WHY,
    )
    tag = forms.CharField(label=_("Tag"), max_length=40)
    responsible = forms.ChoiceField(label=_("Responsible person"), required=False)

    NEEDS = {
        "suspend": ("reason",),
        "resume": (),
        "close": ("reason",),
        "reopen": (),
        "tag": ("tag",),
        "untag": ("tag",),
        "assign": ("responsible",),
    }

    def __init__(
        self,
        *args: Any,
        action: str,
        people: Sequence[tuple[str, str]] = (),
        suggestions: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(self.NEEDS[action]):
            del self.fields[name]
        if "responsible" in self.fields:
            _offer(self, "responsible", [("", _("Nobody")), *people])
        if action == "untag":
            choices = [(tag, tag) for tag in suggestions]
            self.fields["tag"] = forms.ChoiceField(label=_("Tag"), choices=choices)
            self.fields["tag"].widget.attrs["class"] = "form-select"


class ViewNameForm(SubletForm):
    """The name of a saved view."""

    name = NameField(label=_("Name of the view"), max_length=80)
