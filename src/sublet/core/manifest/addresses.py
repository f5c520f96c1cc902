"""Templates of addresses at which the host product opens."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import quote

from sublet.core.manifest.problems import Path
from sublet.core.manifest.report import Report, quoted
from sublet.core.manifest.words import PLACEHOLDERS

_ALLOWED = re.compile(r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%{}\[\]-]", re.ASCII)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{{host}}|{_LABEL}(?:\.{_LABEL})*)(?::[0-9]{{1,5}})?", re.ASCII)
_LOCAL = re.compile(r"(?:127\.0\.0\.1|(?:[a-z0-9-]+\.)*localhost)(?::[0-9]{1,5})?", re.ASCII)


def check_address(template: str, path: Path, report: Report) -> bool:
    """Whether `template` can be filled in to a safe address; what is wrong goes to `report`."""
    code = address_fault(template)
    if code is None:
        return True
    name, found = code
    if found is None:
        report.add(path, name)
    else:
        report.add(path, name, found=quoted(found))
    return False


def address_fault(template: str, placeholders: Collection[str] = PLACEHOLDERS) -> tuple[str, str | None] | None:
    """What is wrong with a template, as the name of a problem and the part at fault; None when nothing is."""
    for character in template:
        if not _ALLOWED.fullmatch(character):
            return "address-character", character
    scheme, separator, rest = template.partition("://")
    host, place = _split(rest)
    if not separator or not (scheme == "https" or (scheme == "http" and _LOCAL.fullmatch(host))):
        return "address-scheme", None
    names = _PLACEHOLDER.findall(template)
    if _PLACEHOLDER.sub("", template).strip("{}") != _PLACEHOLDER.sub("", template) or "{" in _PLACEHOLDER.sub(
        "", template
    ):
        return "address-braces", None
    for name in names:
        if name not in placeholders:
            return "address-placeholder", f"{{{name}}}"
    if any(name != "host" for name in _PLACEHOLDER.findall(host)):
        return "address-placeholder-place", next(f"{{{n}}}" for n in _PLACEHOLDER.findall(host) if n != "host")
    if not _HOST.fullmatch(host):
        return "address-host", None
    if "{host}" in place:
        return "address-host", None
    if any(step in (".", "..") for step in re.split(r"[/?#]", place.lower().replace("%2e", "."))):
        return "address-dots", None
    return None


def _split(rest: str) -> tuple[str, str]:
    match = re.search(r"[/?#]", rest)
    return (rest[: match.start()], rest[match.start() :]) if match else (rest, "")


def fill_address(template: str, *, host: str, account: str, language: str, scheme: str = "https") -> str:
    """The address of a checked template.

    `host` is a host name that was proved, with its port where there is one; `account` and `language` are escaped.
    `scheme` replaces https only where the template names `{host}`, for installations without certificates.
    """
    filled = template.replace("{account}", quote(account, safe="")).replace("{language}", quote(language, safe=""))
    if filled.startswith("https://{host}"):
        filled = scheme + filled.removeprefix("https")
    return filled.replace("{host}", host)
