"""Forms of the brand and hosts pages, the same in every portal."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.branding.operations import CannotChangeBrand
from sublet.branding.queries import PICTURES, EditableBrand
from sublet.core.brandfields import FIELDS, LANGUAGES, key_of
from sublet.foundation.errors import Refusal
from sublet.portals.shared.forms import ColorField, DropInput, EmailField, NameField, PhoneField, SubletForm
from sublet.portals.shared.locales import AUTONYMS
from sublet.portals.shared.shell import Text

ACCEPTED = ".png, .jpg, .jpeg, .webp, .gif"
LARGEST_UPLOAD = 5 * 1024 * 1024


class PictureField(forms.FileField):
    """An uploaded picture. Whether it is one is found out by the operation; here only its size, before it is read."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DropInput(attrs={"accept": ACCEPTED}))
        super().__init__(required=False, allow_empty_file=True, **kwargs)

    def to_python(self, data: Any) -> UploadedFile | None:
        """Refuse what is too large to be looked at."""
        found = super().to_python(data)
        if isinstance(found, UploadedFile) and (found.size or 0) > LARGEST_UPLOAD:
            raise forms.ValidationError(str(CannotChangeBrand.SENTENCES["too-large"]), code="too-large")
        return found if isinstance(found, UploadedFile) else None


#: Code → how it is called, for each field that is chosen from a list.
CHOICE_LABELS: Mapping[str, Mapping[str, Text]] = {
    "corners": {
        "soft": gettext_lazy("Soft"),
        "square": gettext_lazy("Square"),
        "round": gettext_lazy("Round"),
    },
    "font": {
        "system": gettext_lazy("The device’s own"),
        "humanist": gettext_lazy("Humanist"),
        "geometric": gettext_lazy("Geometric"),
        "rounded": gettext_lazy("Rounded"),
        "serif": gettext_lazy("With serifs"),
        "slab": gettext_lazy("With slab serifs"),
    },
    "mail_look": {
        "card": gettext_lazy("A card on grey"),
        "band": gettext_lazy("A band in your color"),
        "plain": gettext_lazy("Plain as a letter"),
    },
}


def _words(label: Any, *, longest: int = 40) -> NameField:
    return NameField(label=label, max_length=longest, required=False)


def _address(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=300, required=False)


class BrandForm(SubletForm):
    """An account's own brand, for all languages or the texts of one. An empty field shows what is inherited."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    name = NameField(label=gettext_lazy("Name"), max_length=80, required=False)
    short_name = NameField(
        label=gettext_lazy("Short name"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("Under the icon on a home screen."),
    )
    color = ColorField(label=gettext_lazy("Color"), required=False)
    accent = ColorField(
        label=gettext_lazy("Second color"), required=False, help_text=gettext_lazy("For links and marks.")
    )
    corners = forms.ChoiceField(label=gettext_lazy("Corners"), required=False)
    font = forms.ChoiceField(label=gettext_lazy("Font"), required=False)
    logo = PictureField(
        label=gettext_lazy("Logo"), help_text=gettext_lazy("For light pages and mails. Shown up to 320 by 100 points.")
    )
    logo_dark = PictureField(
        label=gettext_lazy("Logo for dark pages"), help_text=gettext_lazy("Only if the first cannot be read on black.")
    )
    icon = PictureField(
        label=gettext_lazy("Icon"), help_text=gettext_lazy("Square. For the browser’s tab and the home screen.")
    )
    login_picture = PictureField(
        label=gettext_lazy("Picture of the log-in page"),
        help_text=gettext_lazy("Beside the form on wide screens. Its edges may be cut."),
    )
    login_title = _words(gettext_lazy("Heading of the log-in page"), longest=80)
    login_text = _words(gettext_lazy("Words on the log-in page"), longest=300)
    support_name = NameField(label=gettext_lazy("Who helps"), max_length=80, required=False)
    support_email = EmailField(label=gettext_lazy("E-mail address"), required=False, autocomplete="off")
    support_phone = PhoneField(label=gettext_lazy("Telephone"), required=False)
    support_hours = NameField(label=gettext_lazy("Hours"), max_length=120, required=False)
    support_url = _address(gettext_lazy("Help pages"))
    imprint_url = _address(gettext_lazy("Imprint"))
    privacy_url = _address(gettext_lazy("Privacy"))
    terms_url = _address(gettext_lazy("Terms"))
    footer = NameField(label=gettext_lazy("Footer"), max_length=200, required=False)
    sender_name = NameField(label=gettext_lazy("Sender of mails"), max_length=80, required=False)
    mail_look = forms.ChoiceField(label=gettext_lazy("Look of mails"), required=False)
    word_client = _words(gettext_lazy("One client"))
    word_clients = _words(gettext_lazy("Several clients"))
    word_reseller = _words(gettext_lazy("One reseller"))
    word_resellers = _words(gettext_lazy("Several resellers"))
    word_account = _words(gettext_lazy("One account"))
    word_accounts = _words(gettext_lazy("Several accounts"))

    def __init__(self, *args: Any, brand: EditableBrand, language: str = "", **kwargs: Any) -> None:
        states = brand.local[language] if language else brand.fields
        kwargs["initial"] = {field: state.own for field, state in states.items()} | {"version": brand.version}
        super().__init__(*args, **kwargs)
        self.language = language
        for name in [name for name in self.fields if name != "version" and name not in states]:
            del self.fields[name]
        for name, state in states.items():
            field = self.fields[name]
            field.widget.attrs["data-brand-field"] = key_of(name, language)
            field.widget.attrs.setdefault("autocomplete", "off")
            if name in PICTURES:
                self.initial[name] = _Shown(state.own) if state.own else None
            elif name in CHOICE_LABELS and isinstance(field, forms.ChoiceField):
                nothing = choice_label(name, state.inherited)
                field.choices = [("", nothing), *CHOICE_LABELS[name].items()]
            elif state.inherited and name not in {"color", "accent"}:
                field.widget.attrs["placeholder"] = state.inherited
        if language:
            return
        self.fields["color"].widget.attrs |= {
            "placeholder": brand.fields["color"].inherited,
            "hx-get": reverse("brand-color"),
            "hx-trigger": "input changed delay:250ms",
            "hx-target": "#brand-color",
            "hx-swap": "innerHTML",
        }
        self.fields["accent"].widget.attrs["placeholder"] = brand.fields["accent"].inherited
        for name in ("support_email", "support_phone", "support_name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    @property
    def changes(self) -> dict[str, str]:
        """The texts as they were typed, by key; what was not sent at all is not changed."""
        return {
            key_of(name, self.language): str(self.cleaned_data[name] or "")
            for name in self.fields
            if name not in {"version", *PICTURES} and name in self.data
        }

    @property
    def pictures(self) -> dict[str, bytes | None]:
        """New files, and None for those to be taken away."""
        found: dict[str, bytes | None] = {}
        for slot in PICTURES:
            given = self.cleaned_data.get(slot)
            if given is False:
                found[slot] = None
            elif isinstance(given, UploadedFile):
                found[slot] = given.read()
        return found

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the field it names, whatever its language."""
        field = (refusal.field or "").partition("@")[0]
        self.add_error(
            field if field in self.fields else None, forms.ValidationError(refusal.sentence, code=refusal.code)
        )


def choice_label(field: str, code: str) -> str:
    """How a choice is called; the empty one says what shows without it."""
    known = CHOICE_LABELS[field]
    return str(known.get(code, "")) or _("As usual: %(choice)s") % {"choice": str(next(iter(known.values())))}


class ManyBrandsForm(SubletForm):
    """Fields for the brands of many clients. What is empty stays as each has it; a check box takes it back."""

    NAMES = (
        "color", "accent", "corners", "font", "mail_look", "login_title", "login_text", "support_name",
        "support_email", "support_phone", "support_hours",
        "support_url", "imprint_url", "privacy_url", "terms_url", "footer", "sender_name", "word_client", "word_clients",
        "word_reseller", "word_resellers", "word_account", "word_accounts",
    )  # fmt: skip
    #: In which order the page shows them, below headings: "E-mail address" alone says not whose.
    GROUPS = (
        (gettext_lazy("Appearance"), ("color", "accent", "corners", "font", "mail_look")),
        (gettext_lazy("Pictures"), PICTURES),
        (gettext_lazy("Log-in page"), ("login_title", "login_text")),
        (
            gettext_lazy("Support contact"),
            ("support_name", "support_email", "support_phone", "support_hours", "support_url"),
        ),
        (gettext_lazy("Footer and mails"), ("imprint_url", "privacy_url", "terms_url", "footer", "sender_name")),
        (gettext_lazy("Your words"), tuple(name for name in NAMES if name.startswith("word_"))),
    )
    ROWS = tuple(name for _heading, names in GROUPS for name in names)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the texts"),
        required=False,
        choices=[("", gettext_lazy("All languages")), *((code, AUTONYMS[code]) for code in LANGUAGES)],
        help_text=gettext_lazy("Colors, corners and contacts are the same in all of them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.ROWS:
            field = deepcopy(BrandForm.base_fields[name])
            field.help_text = ""
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("As it is")), *CHOICE_LABELS[name].items()]
            if name not in PICTURES:
                field.widget.attrs |= {
                    "autocomplete": "off",
                    "class": field.widget.attrs.get("class", "") or _css(field),
                }
            self.fields[name] = field
            label = _("Take back: %(field)s") % {"field": field.label}
            self.fields[f"back_{name}"] = forms.BooleanField(
                label=label, required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
            )

    @property
    def changes(self) -> dict[str, str]:
        """The new values, empty for what is taken back."""
        found = {}
        language = self.cleaned_data.get("language") or ""
        for name in self.NAMES:
            key = key_of(name, language if FIELDS[name].local else "")
            if self.cleaned_data.get(f"back_{name}"):
                found[key] = ""
            elif self.cleaned_data.get(name):
                found[key] = str(self.cleaned_data[name])
        return found

    @property
    def uploads(self) -> dict[str, bytes]:
        """New files by slot."""
        found = {}
        for slot in PICTURES:
            given = self.cleaned_data.get(slot)
            if isinstance(given, UploadedFile) and not self.cleaned_data.get(f"back_{slot}"):
                found[slot] = given.read()
        return found

    @property
    def pictures(self) -> dict[str, str]:
        """The digests of pictures that were uploaded a step before, and nothing for those to be taken back."""
        found = {slot: str(self.data.get(f"kept_{slot}", ""))[:64] for slot in PICTURES}
        found = {slot: digest for slot, digest in found.items() if digest}
        return found | {slot: "" for slot in PICTURES if self.cleaned_data.get(f"back_{slot}")}

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the field it names, whatever its language."""
        field = (refusal.field or "").partition("@")[0]
        self.add_error(
            field if field in self.fields else None, forms.ValidationError(refusal.sentence, code=refusal.code)
        )


def _css(field: forms.Field) -> str:
    return "form-select" if isinstance(field, forms.ChoiceField) else "form-control"


class _Shown:
    """What the file input is told of the present picture, so that it offers to take it away."""

    def __init__(self, digest: str) -> None:
        self.url = f"/brand/{digest}"

    def __str__(self) -> str:
        return self.url


class HostForm(SubletForm):
    """A new host: a word below the neutral domain, or an own domain."""

    host = forms.CharField(label=gettext_lazy("New address"), max_length=300)

    def __init__(self, data: Mapping[str, Any] | None = None, *, check_url: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["host"].widget.attrs |= {
            "placeholder": _("bella-napoli or www.example.com"),
            "autocomplete": "off",
            "autocapitalize": "none",
            "spellcheck": "false",
            "inputmode": "url",
            "hx-get": check_url,
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#host-answer",
            "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
        }
