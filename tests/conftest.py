"""What every test run needs before Django's settings are read: which database, and none of the caller's settings.

`SUBLET_TEST_DATABASE=postgresql pytest …` runs the same tests on a PostgreSQL that is started for the run
(tests/postgres.py). Without it they run on SQLite.
"""

from __future__ import annotations

import gc
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from tests import postgres
from tests.thorough import ALONE, FULL, ON_POSTGRESQL, elsewhere, examples, one_of, some_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.template import Context
    from playwright.sync_api import Browser

    from tests.people import World

# Settings that steer the tests themselves; every other SUBLET_* of the caller would change what is tested.
KEPT = "SUBLET_TEST_"
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ

SECRET_KEY = "signs nothing outside the tests, and is as long as a real one must be"

_server: postgres.Server | None = None
_var: str | None = None

if not IS_WORKER:
    for name in [name for name in os.environ if name.startswith("SUBLET_") and not name.startswith(KEPT)]:
        del os.environ[name]
    # Otherwise each of the many processes that tests start would compile everything anew: seconds each.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # What the code under test writes beside the database must not mix with a demo in the same checkout.
    _var = tempfile.mkdtemp(prefix="sublet-test-")
    os.environ |= {"SUBLET_SECRET_KEY": SECRET_KEY, "SUBLET_VAR": _var, "SUBLET_DNS_RESOLVERS": "none",
                   "SUBLET_SCAN_BROWSER": "none"}  # fmt: skip
    if ON_POSTGRESQL:
        # One server for the run: the workers inherit its address.
        _server = postgres.Server()
        os.environ["SUBLET_DATABASE_URL"] = _server.app_url
        os.environ["SUBLET_DATABASE_OWNER_URL"] = _server.url

# Until all is collected: looking for garbage among what is being loaded, and stays, takes a sixth of the time of loading it.
gc.disable()

# Here and not in pyproject.toml: pytest-django would read the settings before this file could choose the database.
os.environ["DJANGO_SETTINGS_MODULE"] = "sublet.config.settings"

# The same examples each time: a red run can be repeated, and a green one does not depend on luck.
hypothesis_settings.register_profile("sublet", deadline=None, derandomize=True, max_examples=examples(100))
hypothesis_settings.load_profile("sublet")


@pytest.fixture(autouse=True)
def no_query_in_a_template() -> Iterator[None]:
    """A template that asks the database something fails its test: it would ask again for each row."""
    from django.db import connection  # needs settings
    from django.template.base import Template

    def refuse(execute: object, sql: str, *arguments: object) -> object:
        raise AssertionError(f"a template asked the database: {sql}")

    render = Template._render  # type: ignore[attr-defined]  # the test runner's own, which notes what was rendered
    inside = False

    def watched(self: Template, context: Context) -> object:
        nonlocal inside
        if inside:  # what a page is made of: noting each of hundreds of parts with a copy of all it knows takes long
            return self.nodelist.render(context)
        inside = True
        try:
            with connection.execute_wrapper(refuse):
                return render(self, context)
        finally:
            inside = False

    Template._render = watched  # type: ignore[attr-defined]  # put back below
    yield
    Template._render = render  # type: ignore[attr-defined]  # as it was


@pytest.fixture(autouse=True, scope="session")
def static_files_are_found_once() -> Iterator[None]:
    """Each test has a browser of its own with a handler of its own: looking through all static files takes it longer
    than most pages take."""
    from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]  # needs settings

    search = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, object] = {}

    def once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            search(self)
            found.update(self.files)
        self.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = once  # put back below
    yield
    WhiteNoiseMiddleware.add_files_from_finders = search  # as it was


@pytest.fixture(autouse=True)
def signing_keys_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process keeps its signing keys over all tests: those of a database that was rolled back sign as well as any."""
    if (keys := sys.modules.get("sublet.signon.queries.keys")) is not None:
        monkeypatch.setattr(keys, "FRESH_SECONDS", 1e9)


@pytest.fixture(autouse=True)
def hosts_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether hosts have changed is not asked every second: on a slow machine a second passes between two pages, and
    counts of statements would depend on it. What changes hosts makes the process read them anew all the same."""
    from sublet.branding.queries import forget_hosts, sites  # models can be imported only once Django is ready

    monkeypatch.setattr(sites, "FRESH_SECONDS", 3600.0)
    forget_hosts()


@pytest.fixture(autouse=True)
def the_offer_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with hosts: loading a manifest makes the process read the offer anew all the same."""
    from sublet.catalog.queries import forget_offer, in_force  # models can be imported only once Django is ready
    from sublet.core.offer import EMPTY

    monkeypatch.setattr(in_force, "FRESH_SECONDS", 3600.0)
    forget_offer()
    monkeypatch.setattr(in_force._cache, "offer", EMPTY)  # a test begins without a manifest
    monkeypatch.setattr(in_force._cache, "checked_at", time.monotonic())


@pytest.fixture(autouse=True)
def maintenance_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with hosts: whether maintenance is on is asked only where a test has begun or ended it."""
    from sublet.foundation.maintenance import queries  # models can be imported only once Django is ready

    monkeypatch.setattr(queries, "FRESH_SECONDS", 3600.0)
    monkeypatch.setattr(queries._known, "state", None)
    monkeypatch.setattr(queries._known, "read_at", time.monotonic())


@pytest.fixture(autouse=True)
def nobody_has_to_wait() -> None:
    """A process remembers which network addresses it has refused: those of the tests are all the same one."""
    from sublet.people.operations.throttle import forget_shut  # models can be imported only once Django is ready

    forget_shut()


@pytest.fixture(autouse=True, scope="session")
def histories_end_with_their_test() -> Iterator[None]:
    """Emptying the tables after a test that commits: the journal refuses that, so its triggers are lifted meanwhile."""
    from django.db.backends.base.operations import BaseDatabaseOperations  # needs settings

    from sublet.foundation.journal import fences

    execute = BaseDatabaseOperations.execute_sql_flush

    def lifted(self: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
        with _owners_twin(self.connection) as twin, fences.lifted(twin):
            execute(twin.ops, sql_list)

    BaseDatabaseOperations.execute_sql_flush = lifted  # type: ignore[method-assign]  # put back below
    yield
    BaseDatabaseOperations.execute_sql_flush = execute  # type: ignore[method-assign]  # as it was


@contextmanager
def _owners_twin(connection: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """A connection of the tables' owner to the same database: the application's role may not empty a table."""
    from django.conf import settings

    if not settings.DATABASE_OWNER:
        yield connection
        return
    twin = connection.copy()
    twin.settings_dict = twin.settings_dict | {"USER": settings.DATABASE_OWNER["USER"]}
    try:
        yield twin
    finally:
        twin.close()


@pytest.fixture(scope="session")
def django_db_setup(_owner: ExitStack, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The owner makes and drops the test database; all between is done as the role of the running application."""
    from sublet.foundation.postgresql.owner import as_owner  # needs settings

    with django_db_blocker.unblock():
        _owner.close()
    yield
    with django_db_blocker.unblock():
        _owner.enter_context(as_owner())


@pytest.fixture(scope="session")
def _owner(django_db_blocker: DjangoDbBlocker) -> Iterator[ExitStack]:
    from sublet.foundation.postgresql.owner import as_owner  # needs settings
    from tests.installation import tables_from_the_template

    with ExitStack() as stack:
        with django_db_blocker.unblock():
            if IS_WORKER:  # for one file alone, migrating takes less than making what to copy
                stack.enter_context(tables_from_the_template(Path(os.environ["SUBLET_VAR"])))
            stack.enter_context(as_owner())
        yield stack


@pytest.fixture
def world(db: None) -> World:
    """The people of tests/people.py, in the database."""
    from tests.snapshot import a_world  # models can be imported only once Django is ready

    return a_world()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for a process of the run."""
    from playwright.sync_api import expect, sync_playwright  # a run without a browser loads none of it

    from tests import chromium

    expect.set_options(timeout=60_000)  # a busy machine takes longer than the five seconds it has without
    with sync_playwright() as playwright:
        running = chromium.launch(playwright)
        yield running
        running.close()


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    # pytest-django sets Django up at the end of this hook, but only when somebody has loaded the settings before.
    settings.INSTALLED_APPS  # noqa: B018
    if not ON_POSTGRESQL:
        # Or pytest-django, which knows Django's own backend by its name alone, gives each process of a run a file.
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = ":memory:"
    if not IS_WORKER and config.getoption("numprocesses", None) and config.option.markexpr != "browser":
        # The tables, once for all, while the workers still look for their tests.
        _making.start()


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Long ones among the parameters go by their place. A zip holds the moment of its making, and two processes that come by
    it on either side of a second would have collected different tests; and a name of ten million letters would go with every
    report of its test from process to process, and into the environment."""
    return argname if isinstance(val, bytes | str) and len(val) > 80 else None


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage again and again takes one fifteenth of a run."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 50, 100)


def _make_tables() -> None:
    from tests.installation import template

    with template(Path(os.environ["SUBLET_VAR"])):
        pass


_making = threading.Thread(target=_make_tables)


def pytest_unconfigure() -> None:
    if _making.is_alive():
        _making.join()
    if _server is not None:
        _server.stop()
    if _var is not None:
        # The demo of the browser tests, if whoever should have ended it was killed.
        running = Path(_var, "shown", "running")
        if running.exists():
            with suppress(ProcessLookupError):
                os.killpg(int(running.read_text().split()[0]), signal.SIGKILL)
        shutil.rmtree(_var, ignore_errors=True)


#: Where PostgreSQL runs nothing (scripts/do.sh): pure rules, the structure, the tooling, the demo, readers of spreadsheets,
#: and what products install, against a stand-in.
SQLITE_ALONE = (
    "tests/core/", "tests/architecture/", "tests/tooling/", "tests/demo/", "tests/foundation/test_sheets", "tests/sdk/", "tests/oracle/",
    "tests/stripe_server/",
)  # fmt: skip
#: Each how-manieth test of a folder PostgreSQL tries too: what differs between the databases lies below, and is tried whole.
SHARE = dict.fromkeys(("people", "signon", "branding", "messaging", "proof", "catalog", "cli", "probe", "portals"), 6)
#: So, too, of what the other folders show on pages: what stands on them comes from operations and queries that are tried whole.
PAGES = re.compile(r"tests/[a-z]+/test_[a-z_]*pages\.py")
#: What PostgreSQL tries there, SQLite leaves to it.
ABOVE = tuple(f"tests/{folder}/" for folder in SHARE)
#: What lies between, and is neither money nor use: of it, too, each test runs on one of the databases, half of them on each.
HALVED = tuple(
    f"tests/{folder}/" for folder in ("accounts", "clientsettings", "products", "salon", "sandboxes", "signals")
)
#: The database is what they are about: locks, constraints, walls, its order of letters.
BOTH = (
    "tests/messaging/test_killed",
    "tests/foundation/",
    "tests/branding/test_races",
    # Promised for both (security.md, chapter 4): the attacks on hosts, pictures and mails, each with its positive control.
    "tests/branding/test_attacks", "tests/branding/test_tls_ask", "tests/messaging/test_attacks",
    "tests/portals/api/test_parallel",
    "tests/accounts/test_client_search", "tests/accounts/test_client_list", "tests/people/test_invariants",
)  # fmt: skip
#: Whole on both databases in every run: who waits for whom, and what is kept between two statements, is another matter on each.
RACES = (
    "tests/entitlements/test_races", "tests/entitlements/test_kept", "tests/metering/test_races", "tests/metering/test_taking",
    "tests/portals/hot/",
)  # fmt: skip
#: Files without a slow test of which the whole takes long.
LONG = ("tests/probe/", "tests/portals/api/test_roles", "tests/foundation/test_jobs_processes")
#: From how many parameters on the databases share them.
MANY = 6


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the other database sees: deselected, so that nothing counts as skipped.

    SQLite leaves out what means something on PostgreSQL only. Otherwise both run every test in a full run. In a commit's
    run each file of slow tests runs on the one whose turn it is; PostgreSQL tries whole what speaks to the database, and
    of what lies above it a share; and of portals and of a test's many parameters SQLite takes what PostgreSQL does not.
    """
    left: list[pytest.Item] = []
    if not ON_POSTGRESQL:
        left = [item for item in items if item.get_closest_marker("postgres")]
    if not FULL:
        left += [item for item in items if item.get_closest_marker("full")]
    if not FULL and len(items) > 300:
        cases: dict[str, list[pytest.Item]] = {}
        for item in items:
            if not any(item.get_closest_marker(name) for name in ("postgres", "browser", "sso")):
                cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
        for name, each in cases.items():
            file = name.partition("::")[0]
            if name.startswith(RACES):
                continue
            if each[0].get_closest_marker("slow") and not name.startswith((*SQLITE_ALONE, *BOTH)):
                # By file: some tell one story.
                left += each if one_of(("here", "there"), file) == ("there",) else []
                continue
            share = SHARE.get(name.split("/")[1], 6 if PAGES.match(name) else 2 if name.startswith(HALVED) else 1)
            if name.startswith(BOTH):
                share = 1
            if len(each) >= MANY:
                share = max(3, share)
            elif len(each) > 1:  # of few parameters one at least: they are what the test was written for
                share = min(3 * share, len(each))
            if ON_POSTGRESQL:
                left += set(each) - set(some_of(each, share, name))
            elif (
                not ALONE
                and (len(each) >= MANY or name.startswith((*ABOVE, *HALVED)) or PAGES.match(name))
                and not name.startswith((*SQLITE_ALONE, *BOTH))
            ):
                left += elsewhere(each, share, name)
    if left:
        gone = set(left)
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in gone]
    # Files that take long begin: the processes of a run then end together.
    long = {item.path for item in items if item.get_closest_marker("slow") or item.nodeid.startswith(LONG)}
    items.sort(key=lambda item: item.path not in long)
    # The session's browser has its loop in this thread once it is there, and beside a running loop Django asks no database:
    # whoever needs both comes before those who share the browser.
    items.sort(key=lambda item: not (item.get_closest_marker("browser") and item.get_closest_marker("django_db")))
