"""The words under which an account is found, and what a typed text asks for.

Kept beside the account with each change (`reindex`) and thrown away without loss: `words_of` makes them anew from the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import phonenumbers

from sublet.accounts.models import Account, SearchWord
from sublet.core.names import MOST_WORDS as _MOST_OF_REST
from sublet.core.names import WORD_LENGTH, words

MOST_TERMS = 6
MOST_WORDS = 40
_DIGITS = re.compile(r"\D+")
#: A telephone number among what was typed: it begins with + or 0 and may be written with spaces, dots, brackets.
_PHONE = re.compile(r"(?<!\w)(?:\+|\(?0)[\d\s().\-/]{2,}")

_ONLY_PHONE = re.compile(r"[+\d\s().\-/]+")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_SHORTEST_NUMBER = 6


class Findable(Protocol):
    """What an account is found by: an `Account`, or a row of a list that is about to become one."""

    @property
    def name(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def mobile(self) -> str: ...
    @property
    def website(self) -> str: ...
    @property
    def contact_name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def external_id(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def postal_code(self) -> str: ...
    @property
    def street(self) -> str: ...


def _digits(text: str) -> str:
    return _DIGITS.sub("", text)


def phone_words(text: str, country: str = "") -> list[str]:
    """The digits of a number as people type them: as written, with country code, and as dialed within the country."""
    found = {_digits(text): None}
    try:
        number = phonenumbers.parse(text, country.upper() or None)
    except phonenumbers.NumberParseException:
        pass
    else:
        for form in (phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.NATIONAL):
            found[_digits(phonenumbers.format_number(number, form))] = None
    return [digits.removeprefix("00")[:WORD_LENGTH] for digits in found if len(digits) >= 4]


def address_word(email: str) -> str:
    """The word under which an account is found by its contact's whole address, whatever its case. Nothing typed begins so.

    A digest, because an address may be longer than a word, and its beginning that of every other at the same company.
    """
    return ("@" + sha256(email.strip().casefold().encode()).hexdigest())[:WORD_LENGTH]


def words_of(account: Findable, tags: Iterable[str] = ()) -> dict[str, bool]:
    """The folded words of an account: name, numbers, addresses, place, tags; at most 40, and one for the whole address. Each
    with whether it is personal: told by nothing but the contact's name, address and numbers.
    """
    numbers = [word for number in (account.phone, account.mobile) if number
               for word in phone_words(number, account.country)]  # fmt: skip
    site = account.website.partition("//")[2] or account.website
    contact = words(account.contact_name, account.email)
    others = words(
        site.partition("/")[0].removeprefix("www."), account.external_id, *tags,
        account.city, account.postal_code, account.street,
    )  # fmt: skip
    named = words(account.name)
    open_words = {*named, *others}
    found = dict.fromkeys([*named, *numbers, *list(dict.fromkeys([*contact, *others]))[:_MOST_OF_REST]])
    whole = {address_word(account.email): True} if account.email else {}
    return {word: word not in open_words for word in list(found)[:MOST_WORDS]} | whole


def reindex(account: Account, tags: Iterable[str]) -> None:
    """Store the account's search words. Called in the transaction that changes what they are made from."""
    if account.parent_id is None:
        return
    wanted = words_of(account, tags)
    rows = SearchWord.objects.filter(account_id=account.id).values_list("word", "personal", "id")
    stored = {word: (personal, row_id) for word, personal, row_id in rows}
    gone = [row_id for word, (personal, row_id) in stored.items() if wanted.get(word) is not personal]
    if gone:
        SearchWord.objects.filter(id__in=gone).delete()
    SearchWord.objects.bulk_create(
        SearchWord(account_id=account.id, parent_id=account.parent_id, word=word, personal=personal)
        for word, personal in sorted(wanted.items())
        if word not in stored or stored[word][0] is not personal
    )


@dataclass(frozen=True, slots=True)
class Question:
    """What a typed text asks for: every one of `terms` must begin a word of the account. `name` is the same text as
    sorted names are written; a sorted name that begins so has all the terms if `plain`, that is, without numbers to dial.
    """

    terms: tuple[str, ...]
    name: str
    plain: bool = True


def question(text: str) -> Question:
    """Read what somebody typed; empty `terms` for a text without letters and digits."""
    phones = [_digits(found).removeprefix("00") for found in _PHONE.findall(text)]
    phones = [digits[:WORD_LENGTH] for digits in phones if len(digits) >= 3]
    rest = _PHONE.sub(" ", text) if phones else text
    if not any(character.isalpha() for character in text) and len(_digits(text)) >= 3:
        phones, rest = [_digits(text).removeprefix("00")[:WORD_LENGTH]], ""
    terms = dict.fromkeys([*phones, *words(rest, most=MOST_TERMS)])
    return Question(terms=tuple(terms)[:MOST_TERMS], name=" ".join(words(text, most=MOST_TERMS)), plain=not phones)


@dataclass(frozen=True, slots=True)
class Exact:
    """A whole address or a whole number, by which a contact may be looked up; the other one is empty."""

    email: str = ""
    digits: str = ""


def exact(text: str) -> Exact | None:
    """What of that kind somebody typed, or None: a part of an address or of a number is neither."""
    typed = text.strip()
    if _ADDRESS.fullmatch(typed):
        return Exact(email=typed)
    digits = _digits(typed).removeprefix("00")[:WORD_LENGTH]
    if _ONLY_PHONE.fullmatch(typed) and len(digits) >= _SHORTEST_NUMBER:
        return Exact(digits=digits)
    return None
