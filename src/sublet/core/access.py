"""What an account demands of those who log in: rules of its own and of every account above it; the strictest wins.

Pure. Laws (tests/core/test_access.py): a rule more never loosens anything; the order of the accounts above does not matter;
what an account says of those below it never binds its own people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccessRules:
    """What one account says. Everything is a demand: an account can ask for more than those above it, never for less."""

    team: bool = False  # its own people need a second factor
    below: bool = False  # so do the people of all accounts below it
    no_mailed_codes: bool = False  # a code by e-mail stands in for nothing, for its own people and all below


@dataclass(frozen=True, slots=True)
class Access:
    """What holds for the people of an account."""

    second_factor: bool
    mailed_codes: bool


def resolve(own: AccessRules, above: Iterable[AccessRules]) -> Access:
    """What holds for the people of the account with the rules `own`, below accounts with the rules `above`."""
    higher = tuple(above)
    return Access(
        second_factor=own.team or any(rules.below for rules in higher),
        mailed_codes=not (own.no_mailed_codes or any(rules.no_mailed_codes for rules in higher)),
    )
