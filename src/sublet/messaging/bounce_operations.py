"""What comes back: from the return path, from a provider's webhook; and the list that it fills, by hand as well."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from anymail.exceptions import AnymailError  # type: ignore[import-untyped]  # none are published
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.rights import CLIENT, VENDOR
from sublet.core.senders import clean_mailbox
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.foundation.secretbox import CannotOpen, unseal
from sublet.messaging.bounces import BOUNCED, COMPLAINED, Report
from sublet.messaging.events import MailBounced, MailComplained, SuppressionAdded, SuppressionLifted
from sublet.messaging.hooks import knows_word
from sublet.messaging.models import MailServer, OutboxMail, Suppression
from sublet.messaging.providers import PROVIDERS, number_of, tracking_view
from sublet.messaging.rendering import one_line
from sublet.messaging.suppression import list_of, suppress

Reason = Suppression.Reason
#: A report that comes later than this after the sending is believed for nobody else.
TRUSTED_FOR = timedelta(days=14)
#: Of a mail without a number only what left since then can be meant: providers tell of a mail within days.
GUESSED_FOR = timedelta(days=14)


class CannotSuppress(Refusal):
    """An address does not come on the list."""

    SENTENCES: ClassVar = {
        "email": _("This is not an e-mail address."),
        "already": _("This address is on the list already."),
        "everywhere": _(
            "Nobody of this installation writes to this address any more. Only its operator can lift that."
        ),
    }


def note_report(row: OutboxMail, report: Report, *, came_at: datetime, actor: Actor, at: datetime) -> None:
    """Do what a report to a mail's own return path says; what is neither a bounce nor a complaint changes nothing.

    It may be read long after it came: a job that fails is tried again.
    """
    if report.kind in {BOUNCED, COMPLAINED}:
        _note(row, report, trusted=_is_trusted(row, came_at), actor=actor, at=at)


def _is_trusted(row: OutboxMail, came_at: datetime) -> bool:
    """Whether only our own server saw the seal, and the report came in time. How mail leaves now says nothing of it."""
    return row.left_by_platform is True and came_at - (row.sent_at or row.created_at) <= TRUSTED_FOR


def _note(row: OutboxMail, report: Report, *, trusted: bool, actor: Actor, at: datetime) -> None:
    """Suppress the address and say so. For everybody only what our own server heard: an account's own could say anything."""
    bounced = report.kind == BOUNCED
    reason = Reason.BOUNCED if bounced else Reason.COMPLAINED
    with transaction.atomic():
        everywhere = trusted and report.is_no_such_address
        added = suppress(
            list_of(row.account), row.to_email, reason=reason, answer=report.answer, everywhere=everywhere, at=at
        )
        if not added:
            return
        if bounced:
            # unscoped: as above; one that waits or is on its way has not come back
            gone = OutboxMail.unscoped.filter(id=row.id, state__in=(OutboxMail.State.SENT, OutboxMail.State.UNKNOWN))
            erased = {"text": "", "html": ""} if row.secret else {}
            gone.update(state=OutboxMail.State.FAILED, answer=report.answer[:500], **erased)
        event = (
            MailBounced(mail=str(row.id), to=row.to_email, answer=report.answer[:200])
            if bounced
            else MailComplained(mail=str(row.id), to=row.to_email)
        )
        record(event, account_id=row.account_id, parent_id=row.account.parent_id, actor=actor, at=at)


def hear_provider(*, account_ref: str, word: str, request: HttpRequest, actor: Actor, at: datetime) -> int:
    """Take what a provider tells of bounces and complaints; how many addresses were suppressed.

    The word in the address must be right, and the signature where the provider signs. Raises NotFound.
    """
    # unscoped: a provider has no account; the word says whose it is
    row = MailServer.unscoped.select_related("account__parent").filter(account__ref=account_ref).first()
    if row is None or not knows_word(row, word, at=at) or row.provider not in PROVIDERS:
        raise NotFound
    try:
        view = tracking_view(row.provider, unseal(row.hook_box) if row.hook_box else "")
        view.run_validators(request)
        events = view.parse_events(request)
    except (AnymailError, CannotOpen, ValueError, KeyError, TypeError, AttributeError):
        raise NotFound from None  # signed by nobody whom we know, or not what such a provider writes
    return sum(_heard(row, event, actor=actor, at=at) for event in events[:1000])


def _heard(server: MailServer, event: Any, *, actor: Actor, at: datetime) -> int:
    hard = event.event_type == "bounced" and event.reject_reason in {"bounced", "invalid", None}
    if not hard and event.event_type != "complained":
        return 0
    kind = COMPLAINED if event.event_type == "complained" else BOUNCED
    email = one_line(str(event.recipient or ""))[:254]
    row = _mail_told_of(server, number_of(server.provider, str(event.message_id or "")), email, at=at)
    if row is None or (email and email.lower() != row.to_email.lower()):
        return 0  # did not leave by this provider
    answer = one_line(str(event.mta_response or event.description or ""))[:300]
    _note(row, Report(kind, answer=answer), trusted=False, actor=actor, at=at)
    return 1


def require_list(actor: Actor, *, change: bool = False) -> None:
    """Who sees the list: it is addresses of people below, all of them, so nobody who has some only. Raises Forbidden."""
    actor.require("journal:view")
    if change:
        actor.require("jobs:manage" if actor.account_kind == VENDOR else "brand:manage")
    if (
        actor.reach is not None
        or not actor.lists_people_of(actor.account_id)
        or (actor.account_kind != "direct" and not actor.lists_people)
    ):
        raise Forbidden("people:view")


def _mail_told_of(server: MailServer, number: str, email: str, *, at: datetime) -> OutboxMail | None:
    """The mail of the server's account, or of its clients, that its provider tells of.

    Of a mail that ended as unknown, or is older than the numbers, nobody knows which it was: then it is the newest such one to
    that very address that others' servers took, within `GUESSED_FOR`: what is older is none of its news.
    """
    # unscoped: the mails of the account whose provider it is, and of its clients
    mails = OutboxMail.unscoped.select_related("account__parent__parent")
    found = list(mails.filter(provider_id=number)) if number else []
    if found or not email:
        return next((each for each in found if list_of(each.account).id == server.account_id), None)
    of_list = Q(account_id=server.account_id) | Q(account__parent_id=server.account_id, account__kind=CLIENT)
    over = (OutboxMail.State.SENT, OutboxMail.State.UNKNOWN)
    nameless = mails.filter(of_list, provider_id="", left_by_platform=False, state__in=over)
    nameless = nameless.exclude(state=OutboxMail.State.SENT, answer__contains=" ")  # words, as SMTP servers answer
    since = at - GUESSED_FOR
    lately = Q(sent_at__gte=since) | Q(sent_at__isnull=True, created_at__gte=since)
    return nameless.filter(lately, to_email__in={email, email.lower()}).order_by("-id").first()


def lists_kept_by(actor: Actor) -> Q:
    """The entries that an agency keeps: its own, and those of its clients, which have no page for them."""
    return Q(account_id=actor.account_id) | Q(account__parent_id=actor.account_id)


def suppress_address(*, email: str, actor: Actor, at: datetime) -> str:
    """Put an address on the actor's list; the vendor's holds for everybody. Returns its reference.

    Raises CannotSuppress, Forbidden.
    """
    require_list(actor, change=True)
    mailbox, sign, domain = email.strip().rpartition("@")
    if not sign or clean_mailbox(mailbox) is None or "." not in domain or not domain.isprintable() or len(email) > 254:
        raise CannotSuppress("email", field="email")
    typed = f"{mailbox}@{domain}".lower()
    with transaction.atomic():
        account = Account.objects.get(id=actor.account_id)
        everywhere = account.kind == VENDOR
        if not suppress(account, typed, reason=Reason.BY_HAND, everywhere=everywhere, at=at):
            raise CannotSuppress("already", field="email")
        record(SuppressionAdded(email=typed), account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
        return Suppression.objects.get(account=account, email=typed, template="").ref


def lift_suppression(*, ref: str, actor: Actor, at: datetime) -> None:
    """Let an address have mail again. Raises CannotSuppress, NotFound, Forbidden.

    What holds for everybody is lifted by the vendor alone; an entry that an account made by hand stays that account's. A
    reseller lifts its clients' own, too.
    """
    require_list(actor, change=True)
    by_vendor = actor.account_kind == VENDOR
    with transaction.atomic():
        row = None
        if looks_like_ref(ref, "supp"):
            found = Suppression.objects.select_for_update(of=("self",)).select_related("account").filter(ref=ref)
            row = found.first() if by_vendor else found.filter(lists_kept_by(actor)).first()
        if row is None:
            raise NotFound
        if row.everywhere and not by_vendor:
            raise CannotSuppress("everywhere")
        account, email = row.account, row.email
        if row.everywhere and row.reason == Reason.BY_HAND and row.account_id != actor.account_id:
            row.everywhere = False
            row.save(update_fields=["everywhere"])
        else:
            row.delete()
        record(SuppressionLifted(email=email), account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
