"""Django's settings, made from the table in `sublet.foundation.settings`. Nothing else reads the environment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from sublet.core.hosts import normalize_host
from sublet.core.networks import read_address, read_range, read_resolver
from sublet.foundation.settings import WrongSetting, read, read_authorities

SUBLET = read()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = SUBLET.text("SUBLET_SECRET_KEY")
DEBUG = SUBLET.flag("SUBLET_DEBUG")
ALLOWED_HOSTS = ["*"]  # HostMiddleware answers proved hosts only, before anything else looks at the name
SECURE_SCHEME = SUBLET.text("SUBLET_SCHEME") == "https"
VENDOR_HOST = SUBLET.text("SUBLET_VENDOR_HOST").lower()
HOST_SUFFIX = SUBLET.text("SUBLET_HOST_SUFFIX").lower()
ENCRYPTION_KEYS = SUBLET.words("SUBLET_ENCRYPTION_KEYS")
if any(len(_key) < 32 for _key in ENCRYPTION_KEYS):
    raise WrongSetting("SUBLET_ENCRYPTION_KEYS: each key has at least 32 characters.")
OUTBOUND_ALLOW = SUBLET.words("SUBLET_OUTBOUND_ALLOW")
STOLEN_PASSWORDS = SUBLET.text("SUBLET_STOLEN_PASSWORDS")
OUTBOUND_PORTS = SUBLET.words("SUBLET_OUTBOUND_PORTS")
for _address in OUTBOUND_ALLOW:
    if read_range(_address) is None:
        raise WrongSetting(f"SUBLET_OUTBOUND_ALLOW: {_address!r} is neither an address nor a range like 10.1.0.0/16.")
STRIPE_URL = SUBLET.text("SUBLET_STRIPE_URL").rstrip("/")
VAT_REGISTER = SUBLET.text("SUBLET_VAT_REGISTER")
OUTBOUND_CA = read_authorities(SUBLET.text("SUBLET_OUTBOUND_CA"))

DNS_RESOLVERS = SUBLET.words("SUBLET_DNS_RESOLVERS")
TENANT_RATE, TENANT_BURST = SUBLET.integer("SUBLET_TENANT_RATE"), SUBLET.integer("SUBLET_TENANT_BURST")
if TENANT_RATE < 1 or TENANT_BURST < 1:
    raise WrongSetting("SUBLET_TENANT_RATE, SUBLET_TENANT_BURST: 1 or more.")
MAIL_DAYS = SUBLET.integer("SUBLET_MAIL_DAYS")
if 0 < MAIL_DAYS < 7 or not 0 <= MAIL_DAYS <= 36500:  # a mail is tried for four days
    raise WrongSetting("SUBLET_MAIL_DAYS: 7 days or more, or 0 to keep mails for ever.")
DNS_TIMEOUT = SUBLET.integer("SUBLET_DNS_TIMEOUT")
if not 1 <= DNS_TIMEOUT <= 30:
    raise WrongSetting("SUBLET_DNS_TIMEOUT: between 1 and 30 seconds.")
for _address in DNS_RESOLVERS:
    if read_resolver(_address) is None and DNS_RESOLVERS != ["none"]:
        raise WrongSetting(f"SUBLET_DNS_RESOLVERS: {_address!r} is no address, with or without a port.")
DNS_TARGET = SUBLET.text("SUBLET_DNS_TARGET").lower() or f"hosts.{HOST_SUFFIX}"
DNS_ADDRESSES = SUBLET.words("SUBLET_DNS_ADDRESSES")
DNS_PROOF_LABEL = SUBLET.text("SUBLET_DNS_PROOF_LABEL").lower()
CERTIFICATE_ISSUERS = SUBLET.words("SUBLET_CERTIFICATE_ISSUERS")
if normalize_host(DNS_TARGET) != DNS_TARGET:
    raise WrongSetting(f"SUBLET_DNS_TARGET: {DNS_TARGET!r} is no host name.")
if any(read_address(_address) is None for _address in DNS_ADDRESSES):
    raise WrongSetting("SUBLET_DNS_ADDRESSES: one of them is no address.")
if normalize_host(DNS_PROOF_LABEL.removeprefix("_") + ".example") is None or "." in DNS_PROOF_LABEL:
    raise WrongSetting("SUBLET_DNS_PROOF_LABEL: one label of letters, digits and hyphens, `_` in front.")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "ninja",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "sublet.foundation",
    "sublet.accounts",
    "sublet.branding",
    "sublet.messaging",
    "sublet.people",
    "sublet.catalog",
    "sublet.metering",
    "sublet.entitlements",
    "sublet.signon",
    "sublet.subscriptions",
    "sublet.clientsettings",
    "sublet.pricing",
    "sublet.billing",
    "sublet.proof",
    "sublet.signals",
    "sublet.moves",
    "sublet.sandboxes",
    "sublet.portals.shared",
    "sublet.portals.public",
    "sublet.portals.vendor",
    "sublet.portals.reseller",
    "sublet.portals.client",
    "sublet.portals.api",
    "sublet.portals.cli",
    "sublet.demo",
]

MIDDLEWARE = [
    "sublet.portals.shared.http.RequestMiddleware",
    "sublet.portals.shared.csp.SecurityHeadersMiddleware",
    "sublet.portals.shared.hosts.HostMiddleware",  # before the files: a host that nobody has proved gets none of them
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "sublet.portals.api.maintenance.MaintenanceMiddleware",  # before all that reads who is there
    "sublet.portals.public.flood.FloodMiddleware",
    "sublet.portals.public.views.forward.ForwardMiddleware",  # before all that a proxy's question does not need
    "sublet.portals.shared.hosts.ImpersonationPathMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "sublet.portals.shared.people.BoundSessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sublet.portals.shared.people.LanguageMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sublet.portals.shared.http.RefusalMiddleware",
]

ROOT_URLCONF = "sublet.config.urls_brand"
URLCONF_VENDOR = "sublet.config.urls_main"
WSGI_APPLICATION = "sublet.config.wsgi.application"
SUBLET_WIRING = "sublet.config.wiring.WIRING"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "sublet.portals.shared.pages.shell",
            ],
            "builtins": ["sublet.portals.shared.templatetags.sublet", "django.templatetags.i18n"],
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        name = unquote(url.removeprefix("sqlite:///")) or ":memory:"
        return {
            "ENGINE": "sublet.foundation.sqlite",
            "NAME": name if name == ":memory:" else str(Path(name).resolve()),
            "CONN_MAX_AGE": None,  # closing the last connection of a WAL database makes the next request pay for it
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # otherwise a read that turns into a write meets "database is locked"
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;",
            },
            "TEST": {"NAME": None},
        }
    if parts.scheme in {"postgresql", "postgres"}:
        options = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "sublet.foundation.postgresql",
            "NAME": unquote(parts.path.lstrip("/")) or "sublet",
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", None) or parts.hostname or "",
            "PORT": str(parts.port or options.pop("port", "")),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "DISABLE_SERVER_SIDE_CURSORS": True,  # a pooler in transaction mode would lose them
            "OPTIONS": options,
        }
    raise WrongSetting(f"SUBLET_DATABASE_URL must begin with sqlite:/// or postgresql://, not {parts.scheme!r}.")


DATABASES = {"default": _database(SUBLET.text("SUBLET_DATABASE_URL"))}
DATABASE_OWNER: dict[str, Any] = {}  # what differs for `sublet migrate`: see foundation.postgresql.owner
DATABASE_ROLE = ""  # to whom the owner grants what the application needs
if _owner := SUBLET.text("SUBLET_DATABASE_OWNER_URL"):
    DATABASE_OWNER = _database(_owner)
    DATABASE_ROLE = DATABASES["default"].get("USER", "")
    if DATABASE_OWNER["ENGINE"] != DATABASES["default"]["ENGINE"] or not DATABASE_ROLE:
        raise WrongSetting(
            "SUBLET_DATABASE_OWNER_URL is for PostgreSQL, and SUBLET_DATABASE_URL must name a role, too."
        )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
SESSION_ENGINE = "sublet.people.sessions"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("email", "name")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "sublet.people.stolen.StolenPasswordValidator"},
]  # fmt: skip
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

MFA_ADAPTER = "sublet.people.authenticators.SealingAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODE_DIGITS = 10

SESSION_COOKIE_NAME = "__Host-session" if SECURE_SCHEME else "session"
SESSION_COOKIE_SECURE = SECURE_SCHEME
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 86400
CSRF_COOKIE_NAME = "__Host-form" if SECURE_SCHEME else "form"
CSRF_COOKIE_SECURE = SECURE_SCHEME
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "sublet.portals.shared.errors.csrf_failed"
LANGUAGE_COOKIE_NAME = "language"
SECURE_CONTENT_TYPE_NOSNIFF = False  # SecurityHeadersMiddleware sets it, with the others
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 22 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("it", _("Italian")),
    ("sq", _("Albanian")),
    ("nl", _("Dutch")),
    ("fr", _("French")),
    ("pt", _("Portuguese")),
]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = SUBLET.path("SUBLET_VAR") / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
TESTING = "pytest" in sys.modules
if TESTING:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests log in thousands of times

TASKS = {"default": {"BACKEND": "sublet.foundation.jobs.tasks_backend.JobsBackend"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "sublet.foundation.logs.JsonLines"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["out"], "level": SUBLET.text("SUBLET_LOG_LEVEL")},
    "loggers": {"django.request": {"level": "ERROR"}, "django.server": {"level": "WARNING"}},
}
