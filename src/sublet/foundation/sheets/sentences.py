"""The words for the fields of a client list and for the faults of its rows."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sublet.core.clientrows import Fault
from sublet.core.columnwords import Field

FIELD_LABELS: Mapping[Field, str | Promise] = {
    "name": _("Company"),
    "contact": _("Contact person"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "mobile": _("Mobile phone"),
    "street": _("Address"),
    "postal_code": _("Postal code"),
    "city": _("City"),
    "country": _("Country"),
    "language": _("Language"),
    "timezone": _("Time zone"),
    "website": _("Website"),
    "tags": _("Tags"),
    "notes": _("Notes"),
    "state": pgettext_lazy("of an account", "State"),
    "created": pgettext_lazy("date", "Created"),
    "external_id": _("Client number"),
}

FAULT_SENTENCES: Mapping[str, str | Promise] = {
    "name-missing": _("The client has no name."),
    "name-too-long": _("The name has %(length)s characters; at most %(limit)s are possible."),
    "external-id-too-long": _("The client number has %(length)s characters; at most %(limit)s are possible."),
    "email-invalid": _("“%(value)s” is not an e-mail address."),
    "email-missing": _("There is no e-mail address, so nobody can be invited yet."),
    "email-several": _("There are several e-mail addresses; “%(value)s” is taken."),
    "phone-unclear": _("“%(value)s” could not be read as a phone number; it is kept as it is."),
    "phone-several": _("There are several phone numbers; “%(value)s” is taken."),
    "number-shortened": _("The spreadsheet has shortened this number to “%(value)s”, so it is left out."),
    "postal-code-padded": _("The spreadsheet has dropped zeros; the postal code becomes “%(value)s”."),
    "country-unknown": _("“%(value)s” is not a country that is known here; it is left out."),
    "language-unknown": _("“%(value)s” is not one of the languages offered; it is left out."),
    "timezone-unknown": _("“%(value)s” is not a time zone; it is left out."),
    "website-invalid": _("“%(value)s” is not a web address; it is left out."),
    "state-unknown": _("“%(value)s” is not a state of an account; it is left out."),
    "created-invalid": _("“%(value)s” is not a date; it is left out."),
    "value-cut": _("The text has %(length)s characters; the first %(limit)s are taken."),
    "tags-left-out": _("At most %(limit)s tags are possible; %(count)s are left out."),
    "control-characters": _("Characters that cannot be shown were taken out."),
    "direction-marks": _("Characters that reverse the writing were taken out."),
    "repeated-row": _("The same client stands in line %(line)s; this line adds nothing."),
    "possible-duplicate": _("This may be the client of line %(line)s."),
}


def fault_sentence(fault: Fault) -> str:
    """What is wrong, in the language now active."""
    return str(FAULT_SENTENCES[fault.code]) % fault.params
