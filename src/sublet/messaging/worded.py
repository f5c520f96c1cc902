"""Which mails there are: each kind with when it is sent, to whom, and what may stand in it. One registry, filled by the apps
that write them (`register`), read by the pages on which a brand's words are edited and by the checks over all mails.

A template that says different things is several kinds: `fixed` tells which by the values it is called with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sublet.core.wording import BUTTON

Text = str | Promise
#: What may stand in a mail: a line, a number, or lines that our own template goes through.
Value = str | int | tuple[str, ...]
#: To whom a mail goes, in the order of the list.
PERSON, STAFF, ACCOUNT = "person", "staff", "account"
AUDIENCES: Mapping[str, Text] = MappingProxyType(
    {
        PERSON: _("To everybody with a log-in"),
        ACCOUNT: _("To a client’s people"),
        STAFF: _("To your own team"),
    }
)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A word in braces. `example` is what the preview shows; `optional` may be empty; `secret` is for its reader alone."""

    name: str
    meaning: Text
    example: Text
    optional: bool = False
    secret: bool = False
    #: A number: the built-in text has a form for one and a form for many. An optional one is left out when it is 0.
    number: int | None = None
    #: Paragraphs, one for each: stands in a paragraph of its own.
    lines: tuple[Text, ...] = ()

    @property
    def shown(self) -> Value:
        """The example as a value, in the language in force."""
        if self.lines:
            return tuple(str(each) for each in self.lines)
        return self.number if self.number is not None else str(self.example)

    @property
    def nothing(self) -> Value:
        """What stands for it where there is none."""
        if self.lines:
            return ()
        return 0 if self.number is not None else ""


BRAND = Placeholder("brand", _("The name of your brand"), "")
BUTTON_PLACE = Placeholder(BUTTON, _("The button, in a paragraph of its own"), "")


@dataclass(frozen=True, slots=True)
class WordedMail:
    """One kind of mail. `button`: it has one, whose address is the context's ``url``. `secret`: that address or a code in it
    works once. `required` are placeholders without which the mail would be of no use.
    """

    key: str
    template: str
    name: Text
    when: Text
    audience: str
    placeholders: tuple[Placeholder, ...]
    fixed: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    button: bool = False
    secret: bool = False
    required: tuple[str, ...] = ()
    vendor_only: bool = (
        False  # written by the vendor alone, to its own people or to a reseller's: nobody else can word it
    )

    @property
    def known(self) -> tuple[str, ...]:
        """The names of what may stand in it."""
        return tuple(each.name for each in self.offered)

    @property
    def offered(self) -> tuple[Placeholder, ...]:
        """What may stand in it, as the editor shows it."""
        return (*self.placeholders, BRAND, *((BUTTON_PLACE,) if self.button else ()))

    @property
    def examples(self) -> dict[str, Value]:
        """What the preview shows of each placeholder, in the language in force."""
        return {each.name: each.shown for each in self.placeholders}

    @property
    def needed(self) -> tuple[str, ...]:
        """What must stand in it."""
        return (*self.required, *((BUTTON,) if self.button else ()))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not stand in its subject, which lists show."""
        return tuple(each.name for each in self.placeholders if each.secret)

    @property
    def optional(self) -> tuple[str, ...]:
        """What may be empty: a paragraph of nothing else leaves the mail then."""
        return tuple(each.name for each in self.placeholders if each.optional)

    def fits(self, context: Mapping[str, Value]) -> bool:
        """Whether a mail of this template with these values is of this kind."""
        return all(context.get(name) in values for name, values in self.fixed.items())


_KINDS: dict[str, WordedMail] = {}
_OF_TEMPLATE: dict[str, list[WordedMail]] = {}
_NAMES: dict[str, Text] = {}
#: Key → name, for the journal. Fills while the process starts.
NAMES: Mapping[str, Text] = MappingProxyType(_NAMES)


def register(*kinds: WordedMail) -> None:
    """Make these kinds known. Raises ValueError for a key that is there already."""
    for kind in kinds:
        if kind.key in _KINDS and _KINDS[kind.key] != kind:
            raise ValueError(f"the kind of mail {kind.key} is there twice")
        if kind.key not in _KINDS:
            _OF_TEMPLATE.setdefault(kind.template, []).append(kind)
        _KINDS[kind.key] = kind
        _NAMES[kind.key] = kind.name


def all_kinds() -> tuple[WordedMail, ...]:
    """Every kind, in the order in which they were made known."""
    return tuple(_KINDS.values())


def kind_called(key: str) -> WordedMail | None:
    """The kind of that key."""
    return _KINDS.get(key)


def worded_mail_of(template: str, context: Mapping[str, Value]) -> WordedMail | None:
    """The kind of a mail: the first of its template that fits the values."""
    return next((kind for kind in _OF_TEMPLATE.get(template, ()) if kind.fits(context)), None)


def template_names() -> dict[str, str]:
    """Template → what lists of mails that were written call it, in the language in force.

    Which of the kinds that share a template a mail was, is not kept: it goes by what stands before their colon, or where
    another template goes by that, by the last kind, which is the widest (an owner is a person as well).
    """
    kinds: dict[str, list[str]] = {}
    for kind in _KINDS.values():
        kinds.setdefault(kind.template, []).append(str(kind.name))
    heads = {template: names[0].partition(":")[0].strip() for template, names in kinds.items() if len(names) > 1}
    alone = {template for template, head in heads.items() if [*heads.values()].count(head) == 1}
    return {template: heads[template] if template in alone else names[-1] for template, names in kinds.items()}
