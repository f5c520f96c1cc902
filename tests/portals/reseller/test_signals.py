"""What the product reports: one client's page, columns and filters of the list."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.foundation.clock import now
from sublet.portals.reseller.client_table import columns_key
from sublet.signals.operations import TellSignal, record_signals
from tests.catalog.test_offer import PRODUCTS, load
from tests.people import World

DAY = timedelta(days=1)


@pytest.fixture
def offered(world: World) -> World:
    load(world, (PRODUCTS / "app-builder.toml").read_text())
    return world


def tell(world: World, *facts: tuple[str, str, float, object]) -> None:
    """Facts as account, signal, days ago, value."""
    at = now()
    with world.scope("vera") as vera:
        record_signals(
            signals=[
                TellSignal(account=getattr(world, who).ref, key=key, at=at - days * DAY, value=value)
                for who, key, days, value in facts
            ],
            actor=vera,
            at=at,
        )


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_before_the_product_reports_anything_the_page_says_so(world: World) -> None:
    page = world.browser("rosa").get(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/signals/")
    assert "The product reports nothing yet" in page.content.decode()


def test_a_clients_page_shows_the_latest_the_lines_and_the_timeline(offered: World) -> None:
    tell(
        offered, ("carl", "last_push_sent", 40, None), ("carl", "downloads", 2, 10), ("carl", "downloads", 1, 12),
        ("carl", "store_version", 1, "2.1"), ("carl", "push_certificate_expires", 0, (now() + 20 * DAY).isoformat()),
    )  # fmt: skip
    base = f"/reseller/{offered.rosa.ref}/clients/{offered.carl.ref}/signals/"
    rosa = offered.browser("rosa")
    page = rosa.get(base).content.decode()
    text = text_of(page)
    assert "Needs attention" in text  # the last push
    assert "Soon" in text  # the certificate
    assert "never reported" in text
    assert page.count("<polyline") == 1
    assert "Downloads: 12 downloads" in text
    assert 'aria-current="page"' in page
    narrowed = text_of(rosa.get(f"{base}?key=store_version").content.decode())
    assert "Timeline: Version in the stores" in narrowed
    assert "Downloads: 12" not in narrowed


def test_it_is_a_page_of_one_s_own_clients(offered: World) -> None:
    assert (
        offered.browser("rosa").get(f"/reseller/{offered.rosa.ref}/clients/{offered.bakery.ref}/signals/").status_code
        == 404
    )
    assert (
        offered.browser("remo").get(f"/reseller/{offered.remo.ref}/clients/{offered.carl.ref}/signals/").status_code
        == 404
    )


def listing(world: World, question: str = "", columns: tuple[str, ...] = ()) -> str:
    browser = world.browser("rosa")
    if columns:
        session = browser.session
        session[columns_key(world.rosa.ref)] = ["name", *columns]
        session.save()
    return browser.get(f"/reseller/{world.rosa.ref}/clients/{question}").content.decode()


def test_columns_are_there_to_be_chosen(offered: World) -> None:
    tell(offered, ("carl", "downloads", 1, 4321), ("elan", "downloads", 1, 5), ("bakery", "downloads", 1, 777))
    page = listing(offered)
    assert 'value="signal-downloads"' in page
    assert "4,321" not in page
    shown = listing(offered, columns=("signal-downloads",))
    assert "4,321" in shown
    assert "777" not in shown


@pytest.mark.parametrize(
    "columns", [("signal-downloads",), ("signal-downloads", "signal-last_push_sent", "signal-store_version")]
)
def test_a_column_is_one_statement_for_all_rows(offered: World, columns: tuple[str, ...]) -> None:
    def statements(*shown: str) -> int:
        listing(offered, columns=shown)
        with CaptureQueriesContext(connection) as asked:
            listing(offered, columns=shown)
        return len(asked)

    tell(offered, ("carl", "downloads", 1, 1))
    without, one = statements("state"), statements(*columns)
    tell(offered, ("elan", "downloads", 1, 1), ("carl", "last_push_sent", 1, None), ("elan", "store_version", 1, "2"))
    assert (one - without, statements(*columns) - without) == (1, 1)


def test_the_list_is_narrowed_by_what_is_reported(offered: World) -> None:
    tell(offered, ("carl", "last_push_sent", 40, None), ("elan", "last_push_sent", 3, None))
    page = listing(offered, "?signal=last_push_sent:older:30")
    assert (offered.carl.name in page, str(offered.elan.name) in page) == (True, False)
    assert "Last push notification: more than 30 days ago" in page
    other = listing(offered, "?signal=last_push_sent:older:2")
    assert (offered.carl.name in other, str(offered.elan.name) in other) == (True, True)
    assert "more than 2 days ago" in other
    assert str(offered.carl.name) not in text_of(listing(offered, "?signal=rubbish"))
