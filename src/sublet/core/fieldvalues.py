"""The single values of a client list: e-mail address, website, language, state, date, tags.

Pure. Each function takes clean text (`sublet.core.cells.clean_text`) and is its own fixed point: what it returns, it
returns again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from sublet.core.cells import Cell, fold
from sublet.core.hosts import to_ascii

LANGUAGES = ("en", "it", "sq", "nl", "fr", "pt")
STATES = ("prospect", "invited", "active", "suspended", "closed")

# RFC 5321 dot-atom; quoted local parts are lawful and never seen in a client list.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?")
_SIMPLE_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9\-]+)+")
_IN_BRACKETS = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>")
_BETWEEN_EMAILS = re.compile(r"[\s,;|/]+")
_WEBSITE = re.compile(r"(?:https?://)?(?:[\w\-]+\.)+[a-z]{2,24}(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_DATE = re.compile(
    r"(\d{1,4})[./\-](\d{1,2})[./\-](\d{1,4})"
    r"(?:[T ,]+\d{1,2}:\d{2}\S*(?: ?[APap]\.?[Mm]\.?)?(?: ?[A-Z]{3,4}| ?[+\-]\d{2}:?\d{2})?)?"
)

#: What people write into a cell that has nothing to say.
_BLANKS = frozenset(
    ["", "na", "none", "null", "nil", "nan", "nd", "unknown", "nessuno", "nessuna", "geen", "aucun", "aucune", "nenhum",
     "nenhuma", "ska", "asnje", "keine", "keins", "ninguno", "nvt", "no email", "noemail", "div0", "ref", "value"]
)  # fmt: skip


@lru_cache(maxsize=4096)
def is_blank(text: str) -> bool:
    """Whether the text stands for nothing: a dash, ``n/a``, ``#N/A``, "none" in our languages."""
    return len(text) <= 12 and fold(text) in _BLANKS


def email_domain(domain: str) -> str | None:
    """The domain in lower case if mail could go there (at least two labels), else None. Unicode names are allowed."""
    domain = domain.rstrip(".").lower()
    try:
        ascii_form = to_ascii(domain)
    except UnicodeError:
        return None
    labels = ascii_form.split(".")
    if len(ascii_form) > 253 or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)):
        return None
    return None if labels[-1].isdigit() else domain


def parse_email(text: str) -> str | None:
    """The address with its domain in lower case, or None when it is none. ``Name <a@b.c>``, ``mailto:`` undone."""
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]
    found = _IN_BRACKETS.fullmatch(text)
    if found:
        text = found[1]
    text = text.strip(" '\"<>,;").rstrip(".")
    local, at, domain = text.rpartition("@")
    if not at or len(local) > 64 or len(text) > 254 or not _LOCAL.fullmatch(local):
        return None
    clean = email_domain(domain)
    return None if clean is None else f"{local}@{clean}"


def split_emails(text: str) -> list[str]:
    """The addresses in a cell that holds several, as they are written."""
    return [part for part in _BETWEEN_EMAILS.split(text) if "@" in part]


def email_key(address: str) -> str:
    """The address for comparing: case does not count anywhere in it."""
    return address.casefold()


def looks_like_email(text: str) -> bool:
    """Whether a cell probably is an address; faster and looser than `parse_email`."""
    return "@" in text and _SIMPLE_EMAIL.search(text) is not None


def parse_website(text: str) -> str | None:
    """The address with a scheme (``https`` unless said) and its host in lower case;"
    " None when it is no web address."""
    if " " in text or "@" in text.partition("/")[0]:
        return None
    if not re.match(r"https?://", text, re.IGNORECASE):
        if re.match(r"[a-z][a-z0-9+.\-]*:(?!\d)", text, re.IGNORECASE):
            return None  # javascript:, data:, mailto:
        text = f"https://{text.lstrip('/')}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.hostname is None or email_domain(parts.hostname) is None:
        return None
    host = email_domain(parts.hostname) or ""
    path = "" if parts.path == "/" and not parts.query and not parts.fragment else parts.path
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.scheme.lower()}://{host}{f':{port}' if port is not None else ''}{path}{query}{fragment}"


def looks_like_website(text: str) -> bool:
    """Whether a cell probably is a web address or a domain."""
    return "." in text and "@" not in text and _WEBSITE.fullmatch(text) is not None and not text[-1].isdigit()


def parse_date(value: Cell, *, day_first: bool = True) -> date | None:
    """The calendar day that a cell means, or None. Text may be ISO or day/month/year with ``/``, ``.`` or ``-``."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    found = _DATE.fullmatch(value)
    if found is None:
        return None
    one, two, three = found.groups()
    if len(one) == 4:
        year, month, day = int(one), int(two), int(three)
    else:
        day, month, year = (int(one), int(two), int(three)) if day_first else (int(two), int(one), int(three))
        if len(three) <= 2:
            year += 2000 if year < 70 else 1900
    try:
        return date(year, month, day)
    except ValueError:
        return None


def looks_like_date(text: str) -> bool:
    """Whether a cell probably is a date, whichever way round."""
    found = _DATE.fullmatch(text)
    return found is not None and (parse_date(text) is not None or parse_date(text, day_first=False) is not None)


def split_tags(text: str) -> tuple[str, ...]:
    """The tags in a cell, split at ``,`` ``;`` ``|`` and line breaks; each once whatever its case, in their order."""
    seen: dict[str, str] = {}
    for part in re.split(r"[,;|\n]", text):
        tag = part.strip().lstrip("#").strip()
        if tag:
            seen.setdefault(tag.casefold(), tag)
    return tuple(seen.values())


# en, it, sq, nl, fr, pt, de, es and the language's own names
_LANGUAGE_WORDS: Mapping[str, str] = {
    "en": "english inglese anglisht anglishtja engels anglais inglês englisch inglés eng en",
    "it": "italian italiano italisht italishtja italiaans italien italiana italienisch ita it",
    "sq": "albanian albanese shqip shqipja albanees albanais albanês albanisch albanés sqi alb sq al",
    "nl": "dutch olandese holandisht holandishtja nederlands néerlandais neerlandês"
    " holandês niederländisch neerlandés holandés hollandais"
    " vlaams flemish fiammingo nld dut nl",
    "fr": "french francese frëngjisht frëngjishtja frans français francês französisch francés fra fre fr",
    "pt": "portuguese portoghese portugalisht portugalishtja portugees portugais"
    " português portugiesisch portugués por pt",
}
_LANGUAGE_OF: Mapping[str, str] = {
    fold(word): code for code, words in _LANGUAGE_WORDS.items() for word in words.split()
}


@lru_cache(maxsize=1024)
def language_of(text: str) -> str | None:
    """One of our six languages from its name in eight languages or its code (``pt-BR``, ``ita``); else None."""
    key = fold(text)
    if key in _LANGUAGE_OF:
        return _LANGUAGE_OF[key]
    head = re.match(r"([A-Za-z]{2,3})[-_][A-Za-z]{2,4}\b", text) or re.match(r"(\w+) ?[(/,]", text)
    return _LANGUAGE_OF.get(fold(head[1])) if head else None


_STATE_WORDS: Mapping[str, str] = {
    "prospect": "prospect;lead;trial;demo;potential;potenziale;prova;klient potencial;provë;proef;essai;"
    "potencial;teste;interessent;"
    "proefklant;prospectie;cliente potenziale;cliente potencial",
    "invited": "invited;pending;invitato;in attesa;i ftuar;ftuar;në pritje;uitgenodigd;in afwachting;invité;"
    "en attente;convidado;pendente;"
    "eingeladen;ausstehend;invitado;pendiente",
    "active": "active;enabled;live;ok;open;paying;attivo;attiva;abilitato;aktiv;aktive;i hapur;actief;"
    "ingeschakeld;actif;active;activé;"
    "ativo;ativa;activo;activa;aktiviert;habilitado",
    "suspended": "suspended;inactive;disabled;paused;blocked;on hold;sospeso;sospesa;inattivo;disattivato;"
    "pezulluar;i pezulluar;joaktiv;"
    "opgeschort;inactief;geblokkeerd;gepauzeerd;suspendu;inactif;désactivé;bloqué;suspenso;suspensa;inativo;"
    "inactivo;bloqueado;"
    "gesperrt;inaktiv;pausiert;suspendido",
    "closed": "closed;cancelled;canceled;terminated;deleted;archived;ended;chiuso;chiusa;cessato;disdetto;"
    "annullato;mbyllur;i mbyllur;"
    "anuluar;gesloten;beëindigd;opgezegd;geannuleerd;fermé;clos;clôturé;résilié;annulé;fechado;encerrado;"
    "cancelado;terminado;"
    "geschlossen;gekündigt;beendet;cerrado",
}
_STATE_OF: Mapping[str, str] = {fold(word): state for state, words in _STATE_WORDS.items() for word in words.split(";")}


@lru_cache(maxsize=1024)
def state_of(text: str) -> str | None:
    """The account state that a word of a client list means in eight languages, or None."""
    return _STATE_OF.get(fold(text))
