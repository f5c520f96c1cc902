"""What `sublet doctor` says of mail: the server that it leaves by, and the mailbox to which it comes back."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from sublet.portals.cli.findings import NOTE, OK, WRONG, Finding, is_local


def _bounce_mailbox() -> Iterator[Finding]:
    from sublet.messaging import bounce_mailbox

    if not bounce_mailbox.is_set():
        return
    try:
        bounce_mailbox.try_mailbox()
    except bounce_mailbox.MailboxFault as fault:
        yield Finding(
            "mail",
            WRONG,
            f"The mailbox at {bounce_mailbox.place()} to which mail comes back cannot be read: {fault}.",
            "Check the settings SUBLET_BOUNCE_IMAP_HOST, _PORT, _USER, _PASSWORD and _FOLDER. What came back waits there.",
        )
    else:
        yield Finding("mail", OK, f"The mailbox at {bounce_mailbox.place()} to which mail comes back can be read.")


def mail() -> Iterator[Finding]:
    """Whether the mail server answers, and what became of the mails."""
    from sublet.messaging.attention import mail_trouble
    from sublet.messaging.gateway import TryLater, greet

    place = f"{settings.SUBLET.text('SUBLET_SMTP_HOST')}:{settings.SUBLET.integer('SUBLET_SMTP_PORT')}"
    try:
        greet()
    except TryLater as fault:
        yield Finding(
            "mail",
            WRONG,
            f"The mail server at {place} does not answer: {fault}.",
            "Check the settings SUBLET_SMTP_HOST, _PORT, _USER, _PASSWORD and _TLS.",
        )
    else:
        yield Finding("mail", OK, f"The mail server at {place} answers.")
    yield from _bounce_mailbox()
    sender = settings.SUBLET.text("SUBLET_MAIL_FROM").rpartition("@")[2].lower()
    if is_local(sender) and not is_local(str(settings.VENDOR_HOST)):
        yield Finding(
            "mail",
            WRONG,
            f"Mail leaves from an address at {sender}, which other servers refuse.",
            "Set SUBLET_MAIL_FROM to an address of a domain of yours that does not name the vendor.",
        )
    trouble = mail_trouble()
    if trouble.refused:
        yield Finding(
            "mail",
            NOTE,
            f"{trouble.refused} mails were refused.",
            "Read the server's answers on the page of the mails.",
        )
    if trouble.unknown:
        yield Finding(
            "mail",
            NOTE,
            f"Of {trouble.unknown} mails nobody knows whether they arrived.",
            "Ask the recipients, then send them again on the page of the mails.",
        )
