"""What the pages of a visit are called."""

from __future__ import annotations

import pytest

from sublet.portals.shared.diary import page_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/client/acc_1/", "Home"),
        ("/client/acc_1/team/col_2/", "Team"),
        ("/client/acc_1/team/log-in/company/", "Rules for logging in"),
        ("/client/acc_1/webhooks/?cursor=x", "Webhooks"),
        ("/client/acc_1/nonsense/", "Another page"),
        ("/theme/", "Another page"),
        ("/ App", "App"),
    ],
)
def test_a_page_is_told_by_its_name_and_never_by_its_address(path: str, name: str) -> None:
    assert page_name(path) == name
