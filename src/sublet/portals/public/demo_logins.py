"""Log-ins that the demo offers on its log-in pages. Empty in every other installation: `demo` fills it at its start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from sublet.people.operations.second_factors import STEP_SECONDS, app_code
from sublet.portals.shared.shell import Text


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A person of the demo, shown on the log-in page of `host`. `note` says who that is ("Owner of the agency")."""

    host: str
    name: str
    email: str
    password: str
    note: Text = ""


Source = Callable[[str], Sequence[DemoLogin]]
_sources: list[Source] = []


def register_demo_logins(source: Source) -> None:
    """Told by the demo when the apps are ready: which log-ins there are for a host. Asked on each log-in page."""
    if source not in _sources:
        _sources.append(source)


def demo_logins(host: str) -> tuple[DemoLogin, ...]:
    """The log-ins to offer on `host`; none unless the installation is a demo."""
    if not settings.SUBLET.flag("SUBLET_DEMO"):
        return ()
    return tuple(login for source in _sources for login in source(host) if login.host == host)


_DEMO_SECRET = "DEMONSTRATIONONLYDEMONSTRATIONON"  # noqa: S105  opens nothing outside a demonstration


def demo_code(host: str, email: str, *, at: datetime) -> str:
    """The code that stands for a second factor of somebody whom the demo offers on `host`; empty for anybody else."""
    return app_code(_DEMO_SECRET, at=at) if _is_offered(host, email) else ""


def _is_offered(host: str, email: str) -> bool:
    return any(login.email == email for login in demo_logins(host))


#: How long a page may stand open before the code that it shows is refused.
_SHOWN_FOR = timedelta(minutes=10)


def demo_codes(host: str, email: str, *, at: datetime) -> tuple[str, ...]:
    """The codes that the page has shown lately, the newest first: a newcomer who reads for a minute is not sent round in
    circles. Empty for anybody whom the demo does not offer on `host`."""
    if not _is_offered(host, email):
        return ()
    step = timedelta(seconds=STEP_SECONDS)
    return tuple(app_code(_DEMO_SECRET, at=at - ago * step) for ago in range(_SHOWN_FOR // step + 1))
