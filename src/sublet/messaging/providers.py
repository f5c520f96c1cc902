"""Handing mail to a provider's API, by the classes of django-anymail and through the one client for the outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from anymail.exceptions import (  # type: ignore[import-untyped]  # none are published
    AnymailAPIError,
    AnymailError,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailWebhookValidationFailure,
)
from anymail.signals import RejectReason  # type: ignore[import-untyped]  # as above
from django.conf import settings
from django.http import HttpRequest
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from sublet.foundation.outbound import NoTime, OutboundRefused, session
from sublet.messaging.gateway import Envelope, NotReached, Refused, Unknown
from sublet.messaging.lines import BUSY, INSIDE, LOG_IN


@dataclass(frozen=True, slots=True)
class Provider:
    """`backend` is anymail's module; `key` the argument that takes the secret, `domain` the one for the sending domain.

    `view`: anymail's class for what the provider tells of bounces; `hook` names the argument with its secret, if it signs.
    """

    name: str
    backend: str
    key: str
    view: str
    hook: str = ""
    domain: str = ""
    url: str = ""


PROVIDERS: Mapping[str, Provider] = {
    "brevo": Provider("Brevo", "brevo", "api_key", "BrevoTrackingWebhookView"),
    "mailgun": Provider(
        "Mailgun", "mailgun", "api_key", "MailgunTrackingWebhookView", "webhook_signing_key", "sender_domain"
    ),
    "mailgun-eu": Provider(
        "Mailgun (EU)",
        "mailgun",
        "api_key",
        "MailgunTrackingWebhookView",
        "webhook_signing_key",
        "sender_domain",
        "https://api.eu.mailgun.net/v3",
    ),
    "postmark": Provider("Postmark", "postmark", "server_token", "PostmarkTrackingWebhookView"),
    "resend": Provider("Resend", "resend", "api_key", "ResendTrackingWebhookView", "signing_secret"),
    "sendgrid": Provider("SendGrid", "sendgrid", "api_key", "SendGridTrackingWebhookView"),
}
#: The answer of a provider that took a mail without giving it a number.
TAKEN = "taken"
_NOT_NOW = frozenset({408, 425, 429, 503})
_NO_KEY = frozenset({401, 403})
_GOOD, _BAD = frozenset({"sent", "queued"}), frozenset({"rejected", "invalid", "failed"})


def backend_of(key: str, secret: str, domain: str) -> Any:
    """anymail's sender for a provider, made to speak through `outbound`. Raises KeyError for an unknown provider."""
    provider = PROVIDERS[key]
    found = import_module(f"anymail.backends.{provider.backend}").EmailBackend

    class Backend(found):  # type: ignore[misc, valid-type]  # anymail has no types
        def create_session(self) -> Any:
            return session()

    arguments: dict[str, Any] = {provider.key: secret}
    if provider.domain:
        arguments[provider.domain] = domain
    url = getattr(settings, "MAIL_PROVIDER_URLS", {}).get(key) or provider.url
    if url:
        arguments["api_url"] = url
    return Backend(**arguments)


def tracking_view(key: str, hook_secret: str) -> Any:
    """anymail's reader of what a provider tells. Raises AnymailError where it signs and its secret is missing."""
    provider = PROVIDERS[key]
    found = getattr(import_module(f"anymail.webhooks.{provider.backend}"), provider.view)
    if provider.hook and not hook_secret:
        raise AnymailError("the secret with which it signs is missing")  # an empty one would be anybody's

    class View(found):  # type: ignore[misc, valid-type]  # anymail has no types
        warn_if_no_basic_auth = False  # the word in our address stands for it

    if provider.backend == "resend":
        return _resend_view(View, hook_secret)
    return View(**({provider.hook: hook_secret} if provider.hook else {}))


def _resend_view(found: Any, secret: str) -> Any:
    """Resend signs by the specification by which we sign, under other names; anymail would want another package for it."""
    try:
        seal = Webhook(secret)
    except (EmptyWebhookSecretError, ValueError) as fault:
        raise AnymailError("the secret with which it signs is none") from fault

    class View(found):  # type: ignore[misc]  # as above
        def validate_request(self, request: HttpRequest) -> None:
            told = {
                f"webhook-{name}": request.headers.get(f"svix-{name}", "") for name in ("id", "timestamp", "signature")
            }
            try:
                seal.verify(request.body, told, json_parse=False)
            except WebhookVerificationError as fault:
                raise AnymailWebhookValidationFailure("Resend did not sign this") from fault

        def esp_to_anymail_event(self, told: Any, request: HttpRequest) -> Any:
            event = super().esp_to_anymail_event(told, request)
            bounce = told["data"].get("bounce") or {}
            if bounce.get("type", "Permanent") != "Permanent":
                event.reject_reason = RejectReason.OTHER  # a full mailbox, or a server that is away
            return event

    return View()


class ProviderGateway:
    """A provider's API. What it answered is known; that it did not answer is a state of its own."""

    def __init__(self, provider: str, secret: str, domain: str) -> None:
        self.provider, self.secret, self.domain = provider, secret, domain

    def hand_over(
        self, envelope: Envelope, *, before_end: Callable[[], None], meanwhile: Callable[[], None] | None = None
    ) -> str:
        mail = envelope.mail
        if mail is None:
            raise Refused("the mail cannot be written")
        backend = backend_of(self.provider, self.secret, self.domain)
        before_end()  # one request: nobody can say afterwards how far it came
        mail.connection = backend
        try:
            backend.open()
            backend.send_messages([mail])
        except AnymailRecipientsRefused as fault:
            raise Refused(_words(fault)) from fault
        except AnymailRequestsAPIError as fault:
            raise _told(fault) from fault
        except AnymailAPIError as fault:
            raise Unknown(_words(fault)) from fault  # it answered, but nobody can read what
        except (AnymailError, ValueError) as fault:
            raise Refused(_words(fault)) from fault
        finally:
            backend.close()
        return _taken(mail)


def number_of(provider: str, message_id: str) -> str:
    """How a mail is found again that `provider` took under that number; empty when it gave none."""
    number = message_id.strip().strip("<>")
    return f"{provider}:{number}"[:200] if number and number != TAKEN else ""


def _taken(mail: Any) -> str:
    """The provider's number of a mail that it took; a good answer to the request may still say no to the recipient."""
    status = mail.anymail_status
    if status.status and status.status <= _GOOD:
        return str(status.message_id or TAKEN)[:500]
    response = status.esp_response
    words = " ".join(f"{response.status_code} {response.text}".split())[:300] if response is not None else ""
    if response is None or (response.status_code < 400 and not (status.status or set()) & _BAD):
        raise Unknown(words)
    raise Refused(words)


def _told(fault: Any) -> Exception:
    """What a failed request means for the mail."""
    code = fault.status_code
    if code is None:
        if isinstance(fault, OutboundRefused):
            return NotReached(_words(fault), INSIDE)
        reached = isinstance(fault, NoTime) or not _never_connected(fault)
        return Unknown(_words(fault)) if reached else NotReached(_words(fault))
    if code in _NOT_NOW:
        return NotReached(_words(fault), BUSY)
    if code in _NO_KEY:
        return NotReached(_words(fault), LOG_IN)  # a wrong key is the account's to mend: the mail is not at fault
    if 400 <= code < 500:
        return Refused(_words(fault))
    return Unknown(_words(fault)) if code >= 500 else Refused(_words(fault))


def _never_connected(fault: BaseException) -> bool:
    """Whether no connection came about, so that nothing can have been taken."""
    seen: BaseException | None = fault
    while seen is not None:
        if isinstance(seen, ConnectionRefusedError) or type(seen).__name__ in {
            "NewConnectionError",
            "NameResolutionError",
        }:
            return True
        reason = getattr(seen, "reason", None)
        args = [each for each in seen.args if isinstance(each, BaseException)]
        seen = reason if isinstance(reason, BaseException) else (args[0] if args else seen.__cause__)
    return False


def _words(fault: BaseException) -> str:
    """The provider's words on one line, without what was sent, and without NUL, which PostgreSQL cannot keep."""
    response = getattr(fault, "response", None)
    words = str(fault).split("\n", 1)[0] if response is None else f"{response.status_code} {response.text}"
    return " ".join(words.replace("\x00", "\ufffd").split())[:300]


__all__ = ["PROVIDERS", "Provider", "ProviderGateway", "backend_of", "number_of", "tracking_view"]
