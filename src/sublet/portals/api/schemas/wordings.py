"""The words of mails."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.core.wording import LONGEST
from sublet.portals.api.schemas.common import Input, Out, RefIn, Text, number, ref, text

Language = Literal["en", "it", "sq", "nl", "fr", "pt"]


class PlaceholderFact(Out):
    """A word in braces that may stand in a mail."""

    name: Annotated[str, text("Written in braces: `{name}`.", "name")]
    meaning: Annotated[str, text("In the caller's language.", "The name of whoever gets the mail")]
    needed: Annotated[bool, Meta(description="Without it the mail would be of no use, so it must be there.")]


class WordingState(Out):
    """Whose words are used in one language."""

    language: Annotated[str, text("", "it")]
    source: Annotated[
        Literal["own", "inherited", "ours"],
        Meta(description="`own` words of the account, those of one above it, or the product's."),
    ]
    origin: Annotated[str, text("The account that inherited words come from.", "")]
    stale: Annotated[bool, Meta(description="The product's words have changed since the own ones were written.")]
    broken: Annotated[bool, Meta(description="The own words lack something by now, and are not used.")]


class MailKindFact(Out):
    """A kind of mail, with whose words are used in each language."""

    kind: Annotated[str, text("Never changes.", "invitation-new")]
    name: Annotated[str, text("In the caller's language.", "Invitation: new person")]
    when: Annotated[str, text("When it is sent.", "Somebody without a log-in is invited to an account.")]
    audience: Annotated[Literal["person", "account", "staff"], Meta(description="To whom it goes.")]
    placeholders: list[PlaceholderFact]
    languages: list[WordingState]


class WordingList(Out):
    """Every kind of mail."""

    items: list[MailKindFact]


class WordsFact(Out):
    """The words of a mail."""

    subject: Annotated[str, text("", "Welcome, {name}")]
    heading: Annotated[str, text("Empty for none.", "")]
    body: Annotated[str, text("Paragraphs with empty lines between them.", "Come in:\n\n{button}")]
    label: Annotated[str, text("On the button; empty where there is none.", "Choose a password")]


class WordingFact(Out):
    """The words of one kind of mail in one language, and what lies under them."""

    account: Annotated[str, ref("acc", "Whose it is.")]
    kind: Annotated[str, text("", "invitation-new")]
    state: WordingState
    words: Annotated[WordsFact, Meta(description="What the account has of its own, or what is used instead.")]
    inherited: Annotated[WordsFact, Meta(description="What is used without own words.")]
    ours: Annotated[WordsFact, Meta(description="What the product says.")]
    version: Annotated[int, number("Grows with each change; send it back as If-Match. 0: no own words.", 1)]


class WordingPreview(Out):
    """A mail that nobody gets."""

    subject: Annotated[str, text("", "Welcome, Chiara Conti")]
    text: Annotated[str, text("The plain part.", "Come in: …")]
    html: Annotated[str, text("The HTML part.", "<!doctype html>…")]


# What comes in -------------------------------------------------------------------------------------------------------


class WordingIn(Input):
    """Words and placeholders in braces; nothing in them is ever run."""

    subject: Annotated[Text, Field(max_length=LONGEST["subject"] * 4, examples=["Welcome, {name}"])]
    body: Annotated[
        Text,
        Field(
            max_length=LONGEST["body"] * 4,
            examples=["Come in:\n\n{button}"],
            description="An empty line begins a new paragraph; `{button}` stands in one of its own.",
        ),
    ]
    heading: Annotated[Text, Field(max_length=LONGEST["heading"] * 4)] = ""
    label: Annotated[Text, Field(max_length=LONGEST["label"] * 4, examples=["Choose a password"])] = ""


class WordingChangeIn(WordingIn):
    """The words to keep."""

    version: Annotated[
        int | None, Field(ge=0, description="The version that was read, where no If-Match is sent.", examples=[0])
    ] = None


class WordingTryIn(WordingIn):
    """The words to look at, and with whose facts."""

    of: Annotated[RefIn, Field(description="An account below, whose facts fill it in; empty: the account's own.")] = ""
