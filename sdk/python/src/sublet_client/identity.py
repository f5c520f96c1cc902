"""Who somebody is, in which account, and what is open: the same from OpenID Connect and from forward authentication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["view", "manage"]


@dataclass(frozen=True, slots=True)
class Acting:
    """Who really sits there during a visit. Show it (`sublet_client.banner`), and write both names into your own history."""

    subject: str
    name: str
    account: str
    mode: str
    visit: str
    acting_as: str
    ends_at: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who is signed on. Keep ``subject`` and ``account``; look at ``sections`` each time.

    ``token`` speaks for this person in `report_change`; it is a secret.
    """

    subject: str
    account: str
    account_name: str
    account_kind: str
    reseller: str
    sections: Mapping[str, str]
    brand: str
    issuer: str
    name: str = ""
    email: str = ""
    email_verified: bool = False
    locale: str = ""
    zoneinfo: str = "UTC"
    acting: Acting | None = None
    looking: bool = (
        False  # nobody sits there: show what this person would be shown, and save nothing, whatever `may` says
    )
    sid: str = ""
    auth_time: int = 0
    methods: tuple[str, ...] = ()
    expires_at: int = 0
    token: str = field(default="", repr=False)
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def may(self, section: str, level: Level = "view") -> bool:
        """Whether that section is open, at that level: whoever may manage may view."""
        has = self.sections.get(section)
        return has == "manage" or (has == "view" and level == "view")

    @property
    def visit(self) -> str:
        """Reference of the visit; empty: nobody acts in another's place."""
        return self.acting.visit if self.acting is not None else ""

    @property
    def back_url(self) -> str:
        """The way back to the portal; in a visit to where a button ends it. Made from the issuer, never from a request."""
        return f"{self.issuer}/as/{self.visit}/client/{self.account}/" if self.visit else f"{self.issuer}/"


def of_claims(claims: Mapping[str, Any], *, issuer: str, token: str) -> Identity:
    """The identity of claims that have been checked. Raises KeyError, TypeError, ValueError where they are none."""
    act = claims.get("act")
    return Identity(
        subject=str(claims["sub"]),
        account=str(claims["account"]),
        account_name=str(claims.get("account_name", "")),
        account_kind=str(claims.get("account_kind", "")),
        reseller=str(claims.get("reseller", "")),
        sections={str(key): str(level) for key, level in claims["sections"].items()},
        brand=str(claims.get("brand", "")),
        issuer=issuer,
        name=str(claims.get("name", "")),
        email=str(claims.get("email", "")),
        email_verified=bool(claims.get("email_verified", False)),
        locale=str(claims.get("locale", "")),
        zoneinfo=str(claims.get("zoneinfo", "") or "UTC"),
        acting=None
        if act is None
        else Acting(
            subject=str(act["sub"]),
            name=str(act["name"]),
            account=str(act.get("account", "")),
            mode=str(act.get("mode", "")),
            visit=str(act["visit"]),
            acting_as=str(act.get("acting_as", "")),
            ends_at=int(act["exp"]),
        ),
        looking=bool(claims.get("looking", False)),
        sid=str(claims.get("sid", "")),
        auth_time=int(claims.get("auth_time", 0)),
        methods=tuple(claims.get("amr", ())),
        expires_at=int(claims.get("exp", 0)),
        token=token,
        claims=dict(claims),
    )
