"""Links from one own host to another: they say where they come from, signed, so that the other host can ask there who it is.

Signed, as a host must not tell whoever guesses names which others are run beside it.
"""

from __future__ import annotations

import re

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.http import urlencode

from sublet.branding.queries import origin

_HOSTS = Signer(salt="sublet.crossing")
_HASH = re.compile(r"[0-9a-f]{64}")


def link_over(*, from_host: str, to_host: str, path: str) -> str:
    """The whole address on `to_host` that leads to `path` there, logged in as on `from_host` where that may be."""
    told = {"from": _HOSTS.sign(f"{from_host}>{to_host}"), "next": path}
    return origin(to_host) + reverse("arrive") + "?" + urlencode(told)


def ask_over(*, from_host: str, to_host: str, path: str, browser_hash: str) -> str:
    """The whole address on `from_host` that is asked whether the browser is logged in there."""
    told = {"to": _HOSTS.sign(f"{from_host}>{to_host}"), "next": path, "browser": browser_hash}
    return origin(from_host) + reverse("cross") + "?" + urlencode(told)


def come_over(*, to_host: str, from_host: str, code: str) -> str:
    """The whole address on `to_host` that takes the code."""
    told = {"from": _HOSTS.sign(f"{from_host}>{to_host}")}
    return origin(to_host) + reverse("crossed", args=[code]) + "?" + urlencode(told)


def hosts_of(signed: str) -> tuple[str, str] | None:
    """From which host to which, of a link that we made; None of any other."""
    try:
        from_host, found, to_host = _HOSTS.unsign(signed[:1000]).partition(">")
    except BadSignature:
        return None
    return (from_host, to_host) if found and from_host != to_host else None


def is_hash(text: str) -> bool:
    """Whether it can be the digest of a browser's secret."""
    return _HASH.fullmatch(text) is not None
