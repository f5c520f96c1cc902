"""Saying which words give the vendor away, besides those that follow from its names and hosts."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.branding.events import VendorWordAdded, VendorWordRemoved
from sublet.branding.models import VendorWord
from sublet.branding.operations.texts import one_line
from sublet.branding.queries.vendorwords import vendor_words
from sublet.core.rights import VENDOR
from sublet.core.vendorwords import LONGEST, folded, is_usable
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record

MOST_WORDS = 200


class CannotAddVendorWord(Refusal):
    """The list stays as it is."""

    SENTENCES: ClassVar = {
        "short": _("Write at least three letters: shorter words are found everywhere."),
        "too-long": _("This is too long: at most %(most)s characters."),
        "already": _("This word is looked for already."),
        "too-many": _("There are %(most)s words already. Remove one first."),
    }


def add_vendor_word(*, text: str, actor: Actor, at: datetime) -> VendorWord:
    """Look for this word, too. Raises CannotAddVendorWord at ``text``, Forbidden, NotFound for anybody but the vendor."""
    actor.require("brand:manage")
    if actor.account_kind != VENDOR:
        raise NotFound
    clean = one_line(text[: LONGEST * 10])
    if len(clean) > LONGEST:
        raise CannotAddVendorWord("too-long", field="text", most=LONGEST)
    if not is_usable(clean):
        raise CannotAddVendorWord("short", field="text")
    with transaction.atomic():
        vendor = Account.objects.select_for_update().get(id=actor.account_id)
        if folded(clean) in {folded(word.text) for word in vendor_words()}:
            raise CannotAddVendorWord("already", field="text")
        if VendorWord.objects.filter(account=vendor).count() >= MOST_WORDS:
            raise CannotAddVendorWord("too-many", field="text", most=MOST_WORDS)
        row = VendorWord(
            account=vendor, text=clean, folded=folded(clean), created_at=at, created_by_name=actor.name[:200]
        )
        row.save()
        record(VendorWordAdded(word=clean), account_id=vendor.id, parent_id=None, actor=actor, at=at)
    return row


def remove_vendor_word(*, ref: str, actor: Actor, at: datetime) -> None:
    """Look for this word no more. Raises NotFound, Forbidden."""
    actor.require("brand:manage")
    if actor.account_kind != VENDOR:
        raise NotFound
    with transaction.atomic():
        row = VendorWord.objects.select_for_update(of=("self",)).filter(ref=ref).first()
        if row is None:
            raise NotFound
        row.delete()
        record(VendorWordRemoved(word=row.text), account_id=actor.account_id, parent_id=None, actor=actor, at=at)
