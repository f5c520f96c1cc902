"""What the shapes of the API are made of.

What comes in is read by pydantic, strictly: no unknown field, no number for a text, every fault at once. What goes out
is written by msgspec from the fields that are listed here and no others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from sublet.core.days import is_in_reach
from sublet.core.fieldvalues import parse_email, parse_website
from sublet.portals.api.paging import LONGEST_CURSOR, MOST_ROWS, PAGE_SIZE

INSTANT_EXAMPLE = "2026-03-02T09:30:00Z"


class Out(msgspec.Struct, kw_only=True):
    """Something that the API tells."""


class Input(BaseModel):
    """A body: closed and strict."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Asked(BaseModel):
    """What stands after the question mark: closed; numbers are read from their digits."""

    model_config = ConfigDict(extra="forbid")


def fault(kind: str) -> PydanticCustomError:
    """A fault of `problems.FAULTS`, for a validator to raise."""
    return PydanticCustomError(kind, "wrong")


# What comes in -------------------------------------------------------------------------------------------------------


def _storable(text: str) -> str:
    """Databases refuse NUL; half of a surrogate pair cannot be written at all."""
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise fault("control-character")
    return text


def _instant(value: object) -> datetime:
    if not isinstance(value, str) or len(value) > 40 or "T" not in value.upper():
        raise fault("not-an-instant")
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError
        found = found.astimezone(UTC)
    except ValueError:
        raise fault("not-an-instant") from None
    except OverflowError:
        raise fault("out-of-range") from None
    if not is_in_reach(found):
        raise fault("out-of-range")
    return found


def _day(value: object) -> date:
    if not isinstance(value, str):
        raise fault("not-a-day")
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise fault("not-a-day") from None
    # Other ways of writing a day (a week's seventh one) are taken by Python alone, and the document does not tell them.
    if found.isoformat() != value:
        raise fault("not-a-day")
    if not is_in_reach(found):
        raise fault("out-of-range")
    return found


def _truth(value: object) -> bool:
    if value not in ("true", "false", True, False):
        raise fault("bool_type")
    return value in ("true", True)


def _checked(known: Callable[[str], bool], kind: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text.strip() and not known(text.strip()):
            raise fault(kind)
        return text

    return check


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


Text = Annotated[str, AfterValidator(_storable)]
Email = Annotated[
    Text,
    Field(max_length=254, examples=["hello@bella-napoli.example"]),
    AfterValidator(_checked(lambda text: parse_email(text) is not None, "not-an-address")),
]
Website = Annotated[
    Text,
    Field(max_length=300, examples=["https://bella-napoli.example"]),
    AfterValidator(_checked(lambda text: parse_website(text) is not None, "not-a-website")),
]
Zone = Annotated[
    Text,
    Field(max_length=50, examples=["Europe/Rome"]),
    AfterValidator(_checked(lambda text: text in _zones(), "unknown-zone")),
]
When = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [INSTANT_EXAMPLE]}),
]
Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-06-01"]})
]
Truth = Annotated[bool, BeforeValidator(_truth), WithJsonSchema({"type": "boolean"})]
LanguageOrNone = Annotated[Literal["", "en", "it", "sq", "nl", "fr", "pt"], Field(examples=["it"])]
LevelWord = Literal["none", "view", "manage"]
StateWord = Literal["prospect", "invited", "active", "suspended", "closed"]
OwnershipWord = Literal["reseller", "client"]
RightsIn = Annotated[
    dict[Annotated[Text, Field(max_length=80)], LevelWord],
    Field(max_length=300, examples=[{"product.content": "manage"}], description="Section → level."),
]
Reason = Annotated[
    Text,
    Field(max_length=500, examples=["Invoice 2026-117 is open"], description="Why; kept in the history."),
]
RefIn = Annotated[Text, Field(max_length=40)]


class ReasonIn(Input):
    """Why something is done."""

    reason: Annotated[Reason, Field(min_length=1)]


class OptionalReasonIn(Input):
    """Why something is done, if somebody wants to say."""

    reason: Reason = ""


#: What an action without a body stands for.
NO_REASON = OptionalReasonIn()


class PageAsked(Asked):
    """Which page of a list."""

    cursor: Annotated[Text, Field(max_length=LONGEST_CURSOR, description="`next` or `previous` of another page.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="How many rows at most.")] = PAGE_SIZE


# What goes out -------------------------------------------------------------------------------------------------------


def ref(prefix: str, sentence: str) -> Meta:
    """What is said of a public reference."""
    return Meta(description=sentence, examples=[f"{prefix}_7HqWm2Zr9KtXbd"])


def text(sentence: str, *examples: str) -> Meta:
    """What is said of a text."""
    return Meta(description=sentence or None, examples=list(examples))


def instant(sentence: str) -> Meta:
    """What is said of an instant in UTC."""
    return Meta(description=sentence, examples=[INSTANT_EXAMPLE], tz=True)


Maybe = Annotated[datetime, Meta(tz=True, examples=[INSTANT_EXAMPLE])] | None


def number(sentence: str, example: int) -> Meta:
    """What is said of a whole number."""
    return Meta(description=sentence, examples=[example])


Next = Annotated[
    str | None, Meta(description="The cursor of the page after this one; null on the last.", examples=[None])
]
Previous = Annotated[
    str | None, Meta(description="The cursor of the page before this one; null on the first.", examples=[None])
]
RightsOut = Annotated[
    dict[str, str], Meta(description="Section → level (`view` or `manage`).", examples=[{"product.content": "manage"}])
]
