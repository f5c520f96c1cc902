"""What the product is told when it starts: environment variables that begin with BOOKINGS_."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class WrongSetting(Exception):
    """A setting is missing or cannot be right. The text names it."""


@dataclass(frozen=True)  # without slots: the defaults are read from the class
class Settings:
    """All settings. `secret` signs cookies and links; `api_key`, `client_id`, `client_secret` and `hook_secret` come from Sublet."""

    folder: Path
    secret: str
    sublet: str = "http://127.0.0.1:8000"
    api_key: str = ""
    client_id: str = ""
    client_secret: str = ""
    hook_secrets: tuple[str, ...] = ()
    bind: str = "127.0.0.1:9000"
    scheme: str = "https"
    hot: str = ""
    vendor_host: str = ""
    section_prefix: str = ""
    smtp: str = "127.0.0.1:25"
    mail_from: str = "no-reply@localhost"
    text_gateway: str = ""
    patience: float = 5.0

    @property
    def database(self) -> Path:
        """The product's own database."""
        return self.folder / "bookings.sqlite3"


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises WrongSetting with a sentence that names what is missing."""
    given = os.environ if environment is None else environment

    def word(name: str, otherwise: str = "") -> str:
        file = given.get(f"BOOKINGS_{name}_FILE")
        return Path(file).read_text("utf-8").strip() if file else given.get(f"BOOKINGS_{name}", otherwise).strip()

    secret = word("SECRET")
    if len(secret) < 32:
        raise WrongSetting("BOOKINGS_SECRET must be at least 32 random characters.")
    folder = Path(word("FOLDER", "var/bookings"))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Settings(
        folder=folder,
        secret=secret,
        sublet=word("SUBLET", Settings.sublet).rstrip("/"),
        api_key=word("API_KEY"),
        client_id=word("CLIENT_ID"),
        client_secret=word("CLIENT_SECRET"),
        hook_secrets=tuple(word("HOOK_SECRETS").replace(",", " ").split()),
        bind=word("BIND", Settings.bind),
        scheme=word("SCHEME", Settings.scheme),
        hot=word("HOT"),
        vendor_host=word("VENDOR_HOST"),
        section_prefix=word("SECTION_PREFIX"),
        smtp=word("SMTP", Settings.smtp),
        mail_from=word("MAIL_FROM", Settings.mail_from),
        text_gateway=word("TEXT_GATEWAY"),
        patience=float(word("PATIENCE", str(Settings.patience))),
    )
