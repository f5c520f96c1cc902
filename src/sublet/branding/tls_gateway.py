"""The one place that looks at the certificate of a host, as a visitor is shown it: by jobs only, never within a request.

The connection goes by the rules of `foundation.outbound`: the name is resolved once, and only an address that is open to
anybody, or listed by the installation, is connected to.
"""

from __future__ import annotations

import ssl

from cryptography import x509
from cryptography.x509.oid import NameOID
from django.conf import settings

from sublet.core.certificates import NO_TLS, SHOWN, UNSEEN, CertificateSeen
from sublet.foundation.outbound import connect_checked, trusting

#: Seconds to connect, and for the handshake as a whole.
PATIENCE = 5.0
_HTTPS, _MOST_NAMES, _LONGEST = 443, 100, 100


class NotReached(OSError):
    """Nobody was met there: nothing can be said of a certificate."""


def look_at_certificate(host: str) -> CertificateSeen:
    """What a visitor of `host` is shown. Never raises for what the other side does or leaves undone."""
    try:
        try:
            return _read(_shown(host, _trusting()), trusted=True)
        except ssl.SSLCertVerificationError:
            # What is wrong with it is read from the certificate itself.
            return _read(_shown(host, _credulous()), trusted=False)
    except NotReached:
        return CertificateSeen(UNSEEN)
    except (OSError, ValueError):
        return CertificateSeen(NO_TLS)


def certificate_of(host: str) -> bytes:
    """The certificate that a visitor of `host` is shown, whoever made it, as DER. Raises NotReached, OSError, ValueError."""
    found = _shown(host, _credulous())
    if not found:
        raise ValueError("no certificate")
    return found


def _trusting() -> ssl.SSLContext:
    """Whom browsers trust is trusted. The name is judged by `core.certificates`, which can say so."""
    context = trusting()
    context.check_hostname = False
    return context


def _credulous() -> ssl.SSLContext:
    """To read a certificate that nobody trusts; nothing is sent over the connection."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _shown(host: str, context: ssl.SSLContext) -> bytes:
    port = settings.SUBLET.integer("SUBLET_PUBLIC_PORT") or _HTTPS
    try:
        wire = connect_checked(host, port, ports={port}, timeout=PATIENCE)
    except OSError as fault:  # of which OutboundRefused is one
        raise NotReached from fault
    with wire, context.wrap_socket(wire, server_hostname=host) as shown:
        return shown.getpeercert(binary_form=True) or b""


def _read(der: bytes, *, trusted: bool) -> CertificateSeen:
    """Raises ValueError for what is no certificate."""
    certificate = x509.load_der_x509_certificate(der)
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = alternative.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = []
    return CertificateSeen(
        SHOWN,
        begins_at=certificate.not_valid_before_utc,
        ends_at=certificate.not_valid_after_utc,
        issuer=_issuer(certificate),
        names=tuple(names[:_MOST_NAMES]),
        trusted=trusted,
    )


def _issuer(certificate: x509.Certificate) -> str:
    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for name in certificate.issuer.get_attributes_for_oid(kind):
            text = "".join(letter for letter in str(name.value) if letter.isprintable())
            if text.strip():
                return text.strip()[:_LONGEST]
    return ""
