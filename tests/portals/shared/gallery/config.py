"""The settings that differ from the product's while the gallery is shown: no tenants, no database, no people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["sublet.portals.shared.templatetags.sublet", "django.templatetags.i18n"],
        },
    }
]
MIDDLEWARE = [
    "sublet.portals.shared.csp.SecurityHeadersMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
SETTINGS: dict[str, Any] = {
    "ROOT_URLCONF": "tests.portals.shared.gallery.urls",
    "TEMPLATES": TEMPLATES,
    "MIDDLEWARE": MIDDLEWARE,
    "MESSAGE_STORAGE": "django.contrib.messages.storage.cookie.CookieStorage",
    "ALLOWED_HOSTS": ["*"],
}
