"""The log-ins of the demo that are worth showing: printed by the command, and offered on the log-in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sublet.demo.offices import LABEL, OLGA, RESELLERS, SALON, SHOWN, mail_of
from sublet.portals.public.demo_logins import DemoLogin
from sublet.portals.shared.shell import Text

PASSWORD = "demo-password"  # noqa: S105  printed on the screen: it opens nothing but this demo
VERA, VICTOR, DORA = "vera@appfold.example", "victor@appfold.example", "dora@dance.example"
CARLO, CLEA = "carlo@gelsomino.example", "clea@gelsomino.example"
SHOWN_LABEL = "gelsomino"


@dataclass(frozen=True, slots=True)
class LogIn:
    """A way into the demo: where, who, as what, with which address."""

    host: str
    name: str
    role: Text
    account: str
    email: str


def log_ins() -> list[LogIn]:
    """All of them, the vendor's first."""
    vendor, suffix = str(settings.VENDOR_HOST), str(settings.HOST_SUFFIX)
    rows = [
        LogIn(vendor, "Vera Lindqvist", _("Owner of the vendor"), "Appfold", VERA),
        LogIn(vendor, "Victor Salas", _("Runs the machine for the vendor"), "Appfold", VICTOR),
        LogIn(vendor, "Dora Quinn", _("Owner of a direct account"), "Dora’s Dance School", DORA),
    ]
    for made in RESELLERS:
        rows.append(
            LogIn(
                f"{made.label}.{suffix}",
                made.owner,
                _("Owner of the reseller"),
                made.name,
                mail_of(made.owner, made.label),
            )
        )
        rows += [
            LogIn(f"{made.label}.{suffix}", person, _("Staff of the reseller"), made.name, mail_of(person, made.label))
            for person, role in made.staff[-1:]
            if role == "sales"
        ]
    shown = f"{SHOWN_LABEL}.{suffix}"
    rows += [
        LogIn(shown, "Carlo Gelsomini", _("Owner of the client"), SHOWN, CARLO),
        LogIn(shown, "Clea Monti", _("Edits the contents only"), SHOWN, CLEA),
        LogIn(f"{LABEL}.{suffix}", "Olga Ferrari", _("Owner of the client"), SALON, OLGA),
    ]
    return rows


def demo_log_ins(host: str) -> Sequence[DemoLogin]:
    """Those of one host, for its log-in page."""
    return [
        DemoLogin(
            host=row.host,
            name=row.name,
            email=row.email,
            password=PASSWORD,
            note=_("%(role)s, %(account)s") % {"role": row.role, "account": row.account},
        )
        for row in log_ins()
        if row.host == host
    ]
