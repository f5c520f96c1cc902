"""What people type, made into values; what cannot be one is named by its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+\Z")
_PHONE = re.compile(r"\+?[0-9 ()./-]{5,30}\Z")


class Form:
    """A form that was sent. `faults`: by field, the message in English (a template translates it)."""

    def __init__(self, sent: Mapping[str, str]) -> None:
        self._sent = sent
        self.faults: dict[str, str] = {}

    def __bool__(self) -> bool:
        """Whether all of it is right so far."""
        return not self.faults

    def fault(self, name: str, message: str) -> None:
        """That field cannot stay so."""
        self.faults.setdefault(name, message)

    def raw(self, name: str) -> str:
        """As it was typed, for showing it again."""
        return self._sent.get(name, "")

    def text(self, name: str, *, needed: bool = False, most: int = 200, lines: bool = False) -> str:
        """A line, or with `lines` several."""
        value = self._sent.get(name, "").replace("\r\n", "\n").replace("\x00", "").strip()
        if not lines:
            value = " ".join(value.split())
        if needed and not value:
            self.fault(name, "Fill this in.")
        if len(value) > most:
            self.fault(name, "This is too long.")
        return value[:most]

    def mail(self, name: str, *, needed: bool = False) -> str:
        """An e-mail address."""
        value = self.text(name, needed=needed, most=200)
        if value and not _MAIL.match(value):
            self.fault(name, "This is not an e-mail address.")
        return value

    def phone(self, name: str, *, needed: bool = False) -> str:
        """A telephone number."""
        value = self.text(name, needed=needed, most=40)
        if value and not _PHONE.match(value):
            self.fault(name, "This is not a telephone number.")
        return value

    def number(self, name: str, low: int, high: int, *, step: int = 1, otherwise: int = 0) -> int:
        """A whole number in that range."""
        try:
            value = int(self._sent.get(name, str(otherwise)))
        except ValueError:
            value = low - 1
        if not low <= value <= high or value % step:
            self.fault(name, "This number is not possible here.")
            return otherwise or low
        return value

    def money(self, name: str) -> int | None:
        """An amount in cents; None when the field is empty."""
        typed = self._sent.get(name, "").strip().replace(" ", "").replace(",", ".")
        if not typed:
            return None
        try:
            cents = Decimal(typed) * 100
            if not cents.is_finite() or cents != cents.to_integral_value() or not 0 <= cents <= 10_000_000:
                raise InvalidOperation
        except InvalidOperation:
            self.fault(name, "This is not an amount.")
            return None
        return int(cents)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of these."""
        value = self._sent.get(name, "")
        if value not in choices:
            self.fault(name, "Choose one of these.")
            return choices[0]
        return value

    def checked(self, name: str) -> bool:
        """Whether the box is ticked."""
        return name in self._sent
