"""From rows to what sends and signs: opens the sealed secrets, and nothing else does."""

from __future__ import annotations

from collections.abc import Sequence

from sublet.core.senders import SMTP
from sublet.foundation.secretbox import CannotOpen, unseal
from sublet.messaging.gateway import MailGateway, Place, SmtpGateway, TryLater
from sublet.messaging.models import MailServer
from sublet.messaging.providers import ProviderGateway
from sublet.messaging.senders import Leaving
from sublet.messaging.signing import Signer


def _opened(box: str) -> str:
    try:
        return unseal(box) if box else ""
    except CannotOpen as fault:
        raise TryLater("a secret of this installation cannot be read: SUBLET_ENCRYPTION_KEYS") from fault


def gateway_of(row: MailServer, domain: str) -> MailGateway:
    """What hands mail to an account's own server or provider. Raises TryLater when its secret cannot be opened."""
    secret = _opened(row.secret_box)
    if row.kind == SMTP:
        return SmtpGateway(Place(row.host, row.port, row.tls, row.user, secret, domain, typed=True))
    return ProviderGateway(row.provider, secret, domain)


def signers_of(leaving: Leaving) -> Sequence[Signer]:
    """What signs a mail that leaves so; RSA last, so that its signature stands first: every receiver knows it.

    Raises TryLater.
    """
    return [
        Signer(leaving.domain, key.selector, _opened(key.private_box), key.algorithm) for key in reversed(leaving.keys)
    ]
