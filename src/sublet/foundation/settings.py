"""Every setting of an installation: name, type, default, sentence. Read once from the environment; fails loudly.

A secret may also come from a file: ``SUBLET_SECRET_KEY_FILE=/run/secrets/key``. `docs/reference/settings.md` is made from
this table and tested against it.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


class WrongSetting(Exception):
    """A setting that cannot be used; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. `kind` is one of ``text``, ``int``, ``bool``, ``list``, ``path``; `default` is its text form."""

    name: str
    kind: str
    default: str
    sentence: str
    secret: bool = False
    required: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("SUBLET_SECRET_KEY", "text", "", "Signs log-ins and links. At least 50 random characters.", secret=True, required=True),
    Setting("SUBLET_ENCRYPTION_KEYS", "list", "", "Encrypt the secrets that must be read again (those of webhooks), each at least 32 random characters, separated by commas: the first encrypts, all of them decrypt. Empty: `SUBLET_SECRET_KEY` does both.", secret=True),
    Setting("SUBLET_DATABASE_URL", "text", "sqlite:///var/sublet.sqlite3", "Where the data is: `sqlite:///path` or `postgresql://user:password@host:port/name`.", secret=True),
    Setting("SUBLET_DATABASE_OWNER_URL", "text", "", "The same PostgreSQL database with the role that owns its tables, for `sublet migrate` alone. Empty: `SUBLET_DATABASE_URL` does both.", secret=True),
    Setting("SUBLET_DEBUG", "bool", "no", "Shows traces in the browser. Never in production; a start with real hosts refuses it."),
    Setting("SUBLET_VENDOR_HOST", "text", "vendor.localhost", "The host name of the vendor's own portal."),
    Setting("SUBLET_HOST_SUFFIX", "text", "localhost", "Neutral domain below which resellers and clients get a host of their own (`rosa.example.net`). It must not name the vendor."),
    Setting("SUBLET_SCHEME", "text", "https", "`https`, or `http` for a trial on one machine. Decides links and secure cookies."),
    Setting("SUBLET_PUBLIC_PORT", "int", "0", "Port that people see in addresses; 0 for the scheme's own."),
    Setting("SUBLET_BIND", "text", "127.0.0.1:8000", "Address and port on which the web server listens."),
    Setting("SUBLET_HOT_BIND", "text", "", "Address and port on which `sublet serve` also answers what the product asks thousands of times a second (usage events, what an account may do, using it up, waiting for a change), many times faster, in a process of its own. Everything there is answered on `SUBLET_BIND`, too. For the product alone: let nobody else reach it. Empty: not."),
    Setting("SUBLET_TENANT_RATE", "int", "60000", "How much of what the product asks on `SUBLET_HOT_BIND` may be about one account, each minute: a question or a use counts 1, a body of usage events 1 for each ten. More is refused with 429, so that one account cannot slow another."),
    Setting("SUBLET_TENANT_BURST", "int", "10000", "How much of it may be about one account at once."),
    Setting("SUBLET_WEB_WORKERS", "int", "2", "Number of web server processes."),
    Setting("SUBLET_JOB_THREADS", "int", "2", "Number of jobs that one worker does at the same time."),
    Setting("SUBLET_TRUSTED_PROXIES", "list", "", "Addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, separated by commas; of several in a row, all. Empty: none."),
    Setting("SUBLET_SMTP_HOST", "text", "127.0.0.1", "Mail server."),
    Setting("SUBLET_SMTP_PORT", "int", "25", "Port of the mail server."),
    Setting("SUBLET_SMTP_USER", "text", "", "User name at the mail server; empty for none."),
    Setting("SUBLET_SMTP_PASSWORD", "text", "", "Password at the mail server.", secret=True),
    Setting("SUBLET_SMTP_TLS", "text", "none", "`none`, `starttls` or `tls`."),
    Setting("SUBLET_MAIL_FROM", "text", "no-reply@localhost", "Neutral address from which mail of every brand leaves until the brand has a sender of its own. It must not name the vendor."),
    Setting("SUBLET_MAIL_DAYS", "int", "180", "For how many days mails that are over are kept in the outbox; at least 7, or 0 for ever."),
    Setting("SUBLET_BOUNCE_HOST", "text", "", "Host to which the return paths of agencies lead and whose mail reaches `sublet bounces`; its SPF must name the mail server. It must not name the vendor. Empty: the domain of `SUBLET_MAIL_FROM`, whose own mail then comes back nowhere."),
    Setting("SUBLET_BOUNCE_BIND", "text", "127.0.0.1:8025", "Address and port on which `sublet bounces` takes mail that did not arrive, by SMTP from your mail server."),
    Setting("SUBLET_BOUNCE_LMTP", "text", "", "Address and port on which `sublet bounces` takes the same by LMTP (`127.0.0.1:8024`). Empty: not by LMTP."),
    Setting("SUBLET_BOUNCE_IMAP_HOST", "text", "", "IMAP server with a mailbox to which mail that did not arrive comes, where your mail server can hand nothing to `sublet bounces`; a worker empties it. Empty: none."),
    Setting("SUBLET_BOUNCE_IMAP_PORT", "int", "993", "Port of that server, which must speak TLS from the first byte."),
    Setting("SUBLET_BOUNCE_IMAP_USER", "text", "", "User name of that mailbox."),
    Setting("SUBLET_BOUNCE_IMAP_PASSWORD", "text", "", "Password of that mailbox.", secret=True),
    Setting("SUBLET_BOUNCE_IMAP_FOLDER", "text", "INBOX", "Folder of that mailbox."),
    Setting("SUBLET_OUTBOUND_ALLOW", "list", "", "Addresses or ranges inside your own network to which webhooks, log-in by a company's own provider and other calls to the outside may go, by http and any port too (`10.1.2.3, 192.168.7.0/24`). Empty: to none, only to the internet."),
    Setting("SUBLET_OUTBOUND_PORTS", "list", "443,8443", "Ports on the internet to which calls to the outside may go."),
    Setting("SUBLET_OUTBOUND_CA", "text", "", "File with certificates (PEM) of an authority of your own, which calls to the outside believe beside the public ones: looks at certificates, the white-label scan, webhooks, log-in by a company's own provider, mail servers. For an installation whose people's browsers believe it, too. Read at the start. Empty: none."),
    Setting("SUBLET_STRIPE_URL", "text", "", "Where Stripe is: `https://…` of a proxy that leads there, or a stand-in for tests. Empty: Stripe itself."),
    Setting("SUBLET_VAT_REGISTER", "text", "https://ec.europa.eu/taxation_customs/vies/rest-api/check-vat-number", "Where VAT ids are looked up: the register of the European Commission (VIES), or a mirror that speaks as it does. Only a number that it knows lets an invoice go to another country of the Union without VAT. `none`: nothing is asked."),
    Setting("SUBLET_DNS_RESOLVERS", "list", "", "DNS resolvers that are asked whether a domain is proved and where it leads, with a port if it is not 53 (`9.9.9.9, 1.1.1.1, [2620:fe::9]:53`). Two or more of different companies: none decides alone. Empty: the system's; `none`: DNS is not asked, and nothing is proved by it."),
    Setting("SUBLET_DNS_TIMEOUT", "int", "4", "Seconds that one resolver has to answer."),
    Setting("SUBLET_DNS_TARGET", "text", "", "Host name to which own domains are led by CNAME; its addresses are your proxy's. It must not name the vendor. Empty: `hosts.` below `SUBLET_HOST_SUFFIX`."),
    Setting("SUBLET_DNS_ADDRESSES", "list", "", "Your proxy's addresses, for domains where no CNAME can stand (`192.0.2.1, 2001:db8::1`). Empty: those of `SUBLET_DNS_TARGET`; people are then told to use an ALIAS."),
    Setting("SUBLET_DNS_PROOF_LABEL", "text", "_host-proof", "First label of the TXT record that proves a domain. Everybody can see it, so it must not name the vendor."),
    Setting("SUBLET_CERTIFICATE_ISSUERS", "list", "letsencrypt.org", "Who makes your certificates, as CAA records name them: a domain that forbids all of them is told so. Empty: not looked at."),
    Setting("SUBLET_STOLEN_PASSWORDS", "text", "", "Where new passwords are looked up among stolen ones: a file of SHA-1 digests in order, or the https address of a service that is told five characters of the digest (`https://api.pwnedpasswords.com/range`). Empty: they are not."),
    Setting("SUBLET_SCAN_BROWSER", "text", "", "Program with which the white-label scan shows pages: a Chromium. Empty: the one that is found; `none`: pages are read as they are sent, and each scan says so."),
    Setting("SUBLET_SCAN_GRACE", "int", "24", "Hours that the vendor has after the morning's mail about what scans have newly found, before the reseller is told. Scans that the reseller asks for itself are shown at once."),
    Setting("SUBLET_SCANS_A_NIGHT", "int", "200", "Accounts that the white-label scan looks at in one night, within six hours: those first that were looked at longest ago. A scan with a browser takes one processor up to some minutes."),
    Setting("SUBLET_SIGNALS_KEPT", "int", "800", "Days for which facts that the product tells of clients are kept, from when they were told. The latest of each stays. 0: for ever."),
    Setting("SUBLET_VAR", "path", "var", "Folder for what the installation writes besides the database: uploads under way, exports."),
    Setting("SUBLET_LOG_LEVEL", "text", "INFO", "Least level that is logged: DEBUG, INFO, WARNING or ERROR."),
    Setting("SUBLET_DEMO", "bool", "no", "Set by `sublet demo`: shows log-ins on the log-in page and a mailbox. Refused with a public host."),
)  # fmt: skip

BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@lru_cache(maxsize=200)
def _words_of(text: str) -> tuple[str, ...]:
    """Some lists are asked for at every request: reading one anew takes as long as much of a short answer."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


_TRUE, _FALSE = {"1", "yes", "true", "on"}, {"0", "no", "false", "off", ""}


class Settings:
    """The table with values. Raises WrongSetting for an unknown ``SUBLET_…`` name, an unreadable file or a wrong value."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._values: dict[str, str] = {}
        for name in environ:
            known = name.removesuffix("_FILE")
            if name.startswith("SUBLET_") and not name.startswith("SUBLET_TEST_") and known not in BY_NAME:
                raise WrongSetting(f"{name} is not a setting. `sublet doctor --settings` lists them.")
        for setting in SETTINGS:
            self._values[setting.name] = self._read(setting, environ)

    @staticmethod
    def _read(setting: Setting, environ: Mapping[str, str]) -> str:
        path = environ.get(setting.name + "_FILE")
        if path and setting.name in environ:
            raise WrongSetting(f"{setting.name} and {setting.name}_FILE are both set; keep one.")
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as fault:
                raise WrongSetting(f"{setting.name}_FILE cannot be read: {fault}.") from fault
        value = environ.get(setting.name, setting.default)
        if setting.required and not value:
            raise WrongSetting(f"{setting.name} is missing. {setting.sentence}")
        return value

    def text(self, name: str) -> str:
        return self._values[name]

    def integer(self, name: str) -> int:
        try:
            return int(self._values[name])
        except ValueError:
            raise WrongSetting(f"{name} must be a whole number, not {self._values[name]!r}.") from None

    def flag(self, name: str) -> bool:
        value = self._values[name].lower()
        if value not in _TRUE | _FALSE:
            raise WrongSetting(f"{name} must be yes or no, not {self._values[name]!r}.")
        return value in _TRUE

    def words(self, name: str) -> list[str]:
        return list(_words_of(self._values[name]))

    def path(self, name: str) -> Path:
        return Path(self._values[name]).resolve()


def read_authorities(path: str) -> str:
    """The certificates in a file of ``SUBLET_OUTBOUND_CA`` as PEM, without whatever else stands there; empty for no file.

    Raises WrongSetting: an authority that is not read would make every call fail much later, and not say why.
    """
    if not path:
        return ""
    try:
        text = "\n".join(_CERTIFICATE.findall(Path(path).read_text(encoding="ascii", errors="replace")))
        if not text:
            raise WrongSetting(f"SUBLET_OUTBOUND_CA: there is no certificate in {path}.")
        ssl.create_default_context(cadata=text)
    except (OSError, ValueError) as fault:
        raise WrongSetting(f"SUBLET_OUTBOUND_CA cannot be read: {fault}.") from fault
    return text


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings from `environ`, by default the process's own."""
    return Settings(os.environ if environ is None else environ)
