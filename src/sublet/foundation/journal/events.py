"""What a domain event is, and the registry of all of them.

An event is a frozen dataclass in an app's `events.py`, in the past tense: ``client.created``. Its `SENTENCE` is shown in
histories, with named ``%(x)s`` placeholders from its fields and ``%(actor)s``. Fields are plain JSON values: names and
references as they were then, never secrets, never rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any, ClassVar, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Event:
    """Base of all domain events; subclasses are frozen dataclasses registered by `event`."""

    NAME: ClassVar[str]
    SENTENCE: ClassVar[str | Promise]
    #: Fields that hold codes with commas between, and how a code is called in the sentence.
    WORDS: ClassVar[Mapping[str, Mapping[str, str | Promise]]] = {}
    #: The field that holds somebody else's words, which the sentence quotes: pages keep them apart from it (``<bdi>``).
    QUOTED: ClassVar[str] = ""

    def as_data(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return asdict(self) if is_dataclass(self) else {}

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        """What fills placeholders of `SENTENCE` besides the fields, made of an entry's `data` in the active language."""
        return {}


E = TypeVar("E", bound=type[Event])
EVENTS: dict[str, type[Event]] = {}


def event(name: str) -> Any:
    """Class decorator: register an event class under its name, once."""

    def register(cls: E) -> E:
        if name in EVENTS and EVENTS[name].__qualname__ != cls.__qualname__:
            raise ValueError(f"two events are called {name}")
        cls.NAME = name
        EVENTS[name] = cls
        return cls

    return register


UNKNOWN_SENTENCE = _("%(actor)s did something that this version does not know.")
