"""What forms do to what people type."""

from __future__ import annotations

import pytest
from django import forms
from django.http import QueryDict

from sublet.foundation.errors import Refusal
from sublet.portals.shared.forms import (
    ColorField,
    CurrencyField,
    EmailField,
    LanguageField,
    NameField,
    PasswordField,
    SubletForm,
    TagsField,
    TimezoneField,
)


class Invite(SubletForm):
    name = NameField(label="Name")
    email = EmailField(label="E-mail")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    state = forms.ChoiceField(label="State", choices=[("a", "A")], required=False)

    def clean(self) -> None:
        if self.data.get("name") == "Nobody":
            self.add_error(None, "Somebody, please.")


class FileOrText(SubletForm):
    conditional = ("file", "text")

    file = forms.FileField(label="File", required=False)
    text = forms.CharField(label="Or its text", required=False)
    note = forms.CharField(label="Note", required=False)


class CannotInvite(Refusal):
    SENTENCES = {"already-there": "%(email)s is on the team already.", "closed": "The account is closed."}


def invite(**data: str) -> Invite:
    return Invite(QueryDict("", mutable=True) | data)


def test_nul_bytes_are_dropped_and_unknown_fields_ignored() -> None:
    form = invite(name="Cleo\x00 Marini", email="cleo\x00@trattoria.example", is_owner="1")
    assert form.is_valid()
    assert form.cleaned_data == {"name": "Cleo Marini", "email": "cleo@trattoria.example", "note": "", "state": ""}


def test_megabytes_are_not_written_back_into_their_field() -> None:
    form = invite(name="a" * 10_000_000, note="n" * 6000)
    assert "10000000" in str(form["name"].errors)
    assert len(str(form["name"])) < 25_000
    assert "n" * 6000 in str(form["note"])  # what a person may have typed comes back whole


def test_every_text_has_a_greatest_length() -> None:
    form = invite(name="a" * 201, email="b" * 250 + "@c.example", note="d" * 5001)
    assert list(form.errors) == ["name", "email", "note"]
    assert str(form["name"]).count('maxlength="200"') == 1


def test_faults_come_in_the_order_of_the_fields_those_of_the_form_first() -> None:
    form = invite(name="Nobody", email="x", state="z")
    assert list(form.errors) == ["__all__", "email", "state"]
    assert [(target, label) for target, label, _ in form.summary] == [("id_email", "E-mail"), ("id_state", "State")]


def test_a_refusal_stands_at_its_field_or_above_the_form() -> None:
    form = invite(name="Cleo", email="cleo@trattoria.example")
    assert form.is_valid()
    form.refuse(CannotInvite("already-there", field="email", email="cleo@trattoria.example"))
    form.refuse(CannotInvite("closed", field="gone"))
    assert form.errors == {
        "email": ["cleo@trattoria.example is on the team already."],
        "__all__": ["The account is closed."],
    }
    form.refuse(CannotInvite("already-there", field="email", email="again"))
    assert (form.fields_at_fault, len(form.summary)) == (1, 2)


def test_help_and_fault_are_tied_to_their_field() -> None:
    html = Invite({"name": "", "email": "x"}).render()
    assert '<input type="email" name="email" value="x"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_error"' in html
    assert '<div class="form-error" id="id_email_error">' in html
    assert '<a href="#id_name">Name</a>: This field is required.' in html
    assert html.count('<span class="optional">optional</span>') == 2


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Cleo@Trattoria.EXAMPLE ", "cleo@trattoria.example"),
        ("<cleo@trattoria.example>", "cleo@trattoria.example"),
        ("mailto:cleo@trattoria.example", "cleo@trattoria.example"),
    ],
)
def test_an_address_is_trimmed_and_in_lower_case(typed: str, kept: str) -> None:
    assert EmailField().clean(typed) == kept


def test_a_name_is_one_line_without_what_cannot_be_seen() -> None:
    assert NameField().clean("  Trattoria \n da\tCarlo\u202e \u200b") == "Trattoria da Carlo"


def test_a_password_is_never_trimmed() -> None:
    assert PasswordField().clean("  two  words ") == "  two  words "


@pytest.mark.parametrize(("typed", "kept"), [("#2FB344", "#2fb344"), ("2fb344", "#2fb344"), (" #abc ", "#aabbcc")])
def test_a_color_is_six_digits(typed: str, kept: str) -> None:
    assert ColorField().clean(typed) == kept


@pytest.mark.parametrize("typed", ["red", "#12345", "#12345g", "rgb(0,0,0)", "#2fb344;}", "url(x)", "#２fb344", "}"])
def test_anything_else_is_not_a_color(typed: str) -> None:
    with pytest.raises(forms.ValidationError) as fault:
        ColorField().clean(typed)
    assert fault.value.code == "not-a-color"


def test_what_is_needed_in_some_cases_is_not_called_optional() -> None:
    html = FileOrText().render()
    assert html.count('<span class="optional">optional</span>') == 1
    assert "Or its text</label>" in html


def test_an_optional_color_may_be_empty() -> None:
    assert ColorField(required=False).clean("") == ""


def test_languages_are_offered_in_their_own_words() -> None:
    field = LanguageField(inherited="As the reseller")
    assert list(field.widget.choices) == [
        ("", "As the reseller"), ("en", "English"), ("it", "Italiano"), ("sq", "Shqip"), ("nl", "Nederlands"),
        ("fr", "Français"), ("pt", "Português"),
    ]  # fmt: skip
    assert field.clean("") == ""
    with pytest.raises(forms.ValidationError):
        LanguageField().clean("de")


def test_time_zones_are_those_of_places() -> None:
    field = TimezoneField()
    assert field.clean("Europe/Rome") == "Europe/Rome"
    assert field.clean("UTC") == "UTC"
    for unknown in ("Etc/GMT+5", "Mars/Base", "../etc/passwd"):
        with pytest.raises(forms.ValidationError):
            field.clean(unknown)


def test_tags_are_distinct_words_in_the_order_typed() -> None:
    field = TagsField(most=3)
    assert field.clean(" Florence, restaurant;FLORENCE ,, two  words ") == ["Florence", "restaurant", "two words"]
    assert field.clean("") == []
    for typed, code in (("a,b,c,d", "too-many-tags"), ("x" * 41, "tag-too-long")):
        with pytest.raises(forms.ValidationError) as fault:
            field.clean(typed)
        assert fault.value.code == code


def test_a_currency_that_a_program_has_set_survives_the_form() -> None:
    class Money(SubletForm):
        currency = CurrencyField(required=False)

    shown = str(Money(initial={"currency": "XTS"})["currency"])
    assert '<option value="XTS" selected>XTS</option>' in shown
    assert '<option value="XTS"' not in str(Money(initial={"currency": "EUR"})["currency"])
    form = Money({"currency": "xts"})
    assert form.is_valid()
    assert form.cleaned_data["currency"] == "XTS"
