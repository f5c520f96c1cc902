"""The one place that asks the register of VAT ids (VIES of the Commission): by a job only, never within a request.

``SUBLET_VAT_REGISTER`` says where it is. An answer that is no clear yes or no is none: nobody's number becomes wrong because a
state's machine is asleep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings

from sublet.foundation import outbound

LIMITS = outbound.Limits(connect=5.0, read=20.0, total=30.0, size=64 * 1024)
VALID, INVALID, UNKNOWN = "valid", "invalid", "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """`state`: ``valid``, ``invalid``, ``unknown``. Name and address as the register has them; `proof`: its number of the answer."""

    state: str
    name: str = ""
    address: str = ""
    proof: str = ""


class VatRegister(Protocol):
    """Whoever can say to whom a VAT id was given."""

    def ask(self, vat_id: str, *, requester: str = "") -> Answer:
        """What the register says of `vat_id`. `requester`: the VAT id of who asks; with it, the answer has a number of its own."""


class Vies:
    """The register of the Commission, by its REST interface."""

    def __init__(self, address: str) -> None:
        self._address = address

    def ask(self, vat_id: str, *, requester: str = "") -> Answer:
        question = {"countryCode": vat_id[:2], "vatNumber": vat_id[2:]}
        if requester:
            question |= {"requesterMemberStateCode": requester[:2], "requesterNumber": requester[2:]}
        try:
            with outbound.session(LIMITS) as session:
                answer = session.post(self._address, json=question)
            told: Any = answer.json() if answer.status_code == 200 else None
        except (OSError, ValueError, outbound.NoAnswer):
            return Answer(UNKNOWN)
        return _read(told)


def register() -> VatRegister | None:
    """The register of this installation; None where none is asked."""
    address = settings.VAT_REGISTER
    return None if address == "none" else Vies(address)


def _read(told: Any) -> Answer:
    if not isinstance(told, dict) or not isinstance(told.get("valid"), bool) or told.get("actionSucceed") is False:
        return Answer(UNKNOWN)
    if not told["valid"]:
        return Answer(INVALID)
    return Answer(
        VALID, _words(told, "name", 300), _words(told, "address", 500), _words(told, "requestIdentifier", 100)
    )


def _words(told: dict[str, Any], key: str, most: int) -> str:
    value = told.get(key)
    text = " ".join(value.replace("\x00", "").split()) if isinstance(value, str) else ""
    return "" if text == "---" else text[:most]
