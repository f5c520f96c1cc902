"""Addresses name functions that are loaded late: each name must be there before a directory asks for it."""

from __future__ import annotations

import subprocess
import sys

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def test_every_function_that_an_address_names_is_there() -> None:
    from sublet.portals.api.scim import urls, views  # loaded late: seconds

    named = {name for each in urls.urlpatterns for name in getattr(each.callback, "works", {}).values()}

    assert {"users", "create_user", "patch_group", "search_groups"} <= named
    assert [name for name in named if not callable(getattr(views, name, None))] == []


def test_knowing_the_addresses_does_not_load_the_models() -> None:
    told = "import django, sys; django.setup(); import sublet.config.urls_brand; print('scim2_models' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
