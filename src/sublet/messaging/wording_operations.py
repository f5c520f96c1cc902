"""Changing the words of a brand's mails, giving them up, and sending one to oneself to look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.wording import FIELDS, LONGEST, ONE_LINE, Problem, Wording, problems
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.messaging.events import WordingChanged, WordingTakenBack
from sublet.messaging.models import MailWording, OutboxMail
from sublet.messaging.operations import queue_mail
from sublet.messaging.rendering import one_line
from sublet.messaging.wording_queries import (
    account_to_show,
    example_values,
    fingerprint,
    is_language,
    kind_for,
    kind_named,
    ours_of,
)

#: A mail to oneself is to look at, not to write letters with.
MOST_TRIALS = 20
TRIALS_WITHIN = timedelta(hours=1)
TRIAL = "wording-trial"


class CannotChangeWording(Refusal):
    """The words stay as they are. `problems` has all that is to be mended; the sentence tells the first."""

    SENTENCES: ClassVar = {
        "empty": _("Something must stand here."),
        "too-long": _("This is too long: at most %(word)s characters."),
        "unknown": _("There is no placeholder {%(word)s} in this mail."),
        "unknown-near": _("There is no placeholder {%(word)s} in this mail. Did you mean {%(nearest)s}?"),
        "signs": _("Write {%(nearest)s} instead of %(word)s: one brace on either side, nothing else."),
        "open": _("A brace is opened here and never closed: %(word)s"),
        "closed": _("A brace is closed here and was never opened: %(word)s"),
        "lost": _("{%(word)s} is missing: without it the mail would be of no use."),
        "not-here": _("{%(word)s} cannot stand here, only in the text."),
        "alone": _("{%(word)s} stands once, in a paragraph of its own."),
        "changed-meanwhile": _("Somebody changed these words while you were editing. Reload the page to see them."),
    }

    @classmethod
    def of(cls, found: list[Problem]) -> CannotChangeWording:
        """For what is to be mended; the first one leads."""
        refusal = cls._single(found[0])
        refusal.problems = tuple(cls._single(each) for each in found)
        return refusal

    @classmethod
    def _single(cls, problem: Problem) -> CannotChangeWording:
        code = "unknown-near" if problem.code == "unknown" and problem.nearest else problem.code
        return cls(code, field=problem.field, word=problem.word, nearest=problem.nearest)

    problems: tuple[CannotChangeWording, ...] = ()


class CannotSendTrial(Refusal):
    """No mail to oneself now."""

    SENTENCES: ClassVar = {"too-many": _("That was the twentieth within an hour. Wait a while.")}


def clean_wording(wording: Wording) -> Wording:
    """The words as they are kept: no control characters, single lines where there is one line, no blanks at the ends."""
    cleaned = {}
    for field in FIELDS:
        text = str(getattr(wording, field))[: LONGEST[field] * 4]
        lines = [one_line(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
        cleaned[field] = " ".join(filter(None, lines)) if field in ONE_LINE else "\n".join(lines).strip()
    return Wording(**cleaned)


def _locked(account_ref: str) -> Account:
    account = Account.objects.select_for_update().filter(ref=account_ref).first()
    if account is None:
        raise NotFound
    return account


def change_wording(
    *, account_ref: str, key: str, language: str, wording: Wording, version: int | None, actor: Actor, at: datetime
) -> None:
    """Give the account words of its own for this kind of mail in this language.

    `version` is the one that was edited (0: none yet), None not to compare. The same words again only say that ours were
    looked at. Raises CannotChangeWording (with `problems`), NotFound, Forbidden.
    """
    actor.require("brand:manage")
    kind = kind_named(key)
    if not is_language(language):
        raise NotFound
    clean = clean_wording(wording)
    found = problems(clean, known=kind.known, required=kind.needed, secret=kind.secrets)
    if found:
        raise CannotChangeWording.of(found)
    with transaction.atomic():
        account = _locked(account_ref)
        kind_for(account, key)
        row = MailWording.objects.filter(account=account, kind=key, language=language).first()
        ours = fingerprint(ours_of(key, language))
        kept = row is not None and all(getattr(row, field) == getattr(clean, field) for field in FIELDS)
        if row is not None and kept and row.ours == ours:
            return
        if version is not None and version != (row.version if row is not None else 0):
            raise CannotChangeWording("changed-meanwhile")
        if row is None:
            row = MailWording(account=account, kind=key, language=language)
        for field in FIELDS:
            setattr(row, field, getattr(clean, field))
        row.ours, row.version = ours, row.version + 1
        row.changed_at, row.changed_by_name = at, (actor.impersonator or actor).name[:200]
        row.save()
        record(
            WordingChanged(account=account.name, mail=key, language=language),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )


def take_back_wording(*, account_ref: str, key: str, language: str, actor: Actor, at: datetime) -> None:
    """Give the own words up, so that the inherited ones or ours are used. Nothing happens where there are none.

    Raises NotFound, Forbidden.
    """
    actor.require("brand:manage")
    kind_named(key)
    with transaction.atomic():
        account = _locked(account_ref)
        row = MailWording.objects.filter(account=account, kind=key, language=language).first()
        if row is None:
            return
        row.delete()
        record(
            WordingTakenBack(account=account.name, mail=key, language=language),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )


def send_trial(
    *,
    account_ref: str,
    key: str,
    language: str,
    wording: Wording,
    of: str,
    to_email: str,
    to_name: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Send the mail that these words would make to oneself. Its button leads home, and its code opens nothing.

    Raises CannotChangeWording for words that could not be kept, CannotSendTrial, NotFound, Forbidden.
    """
    actor.require("brand:manage")
    actor.require_in_person()
    kind = kind_named(key)
    clean = clean_wording(wording)
    found = problems(clean, known=kind.known, required=kind.needed, secret=kind.secrets)
    if found:
        raise CannotChangeWording.of(found)
    kind_for(account_to_show(account_ref), key)
    about = account_to_show(of or account_ref)
    with transaction.atomic():
        _locked(account_ref)
        # unscoped: a person's own trials, whatever the account
        recent = OutboxMail.unscoped.filter(
            key__startswith=f"{TRIAL}:{actor.user_id}:", created_at__gt=at - TRIALS_WITHIN
        )
        if recent.count() >= MOST_TRIALS:
            raise CannotSendTrial("too-many")
        queue_mail(
            template=kind.template,
            account_id=about.id,
            to_email=to_email,
            to_name=to_name,
            language=language,
            context=example_values(kind, about, actor, language, at),
            key=f"{TRIAL}:{actor.user_id}:{at.isoformat()}",
            actor=actor,
            at=at,
            wording=clean,
        )
