"""Whether the installation has a domain below which everybody can have a host that names nobody above."""

from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.branding.queries import has_neutral_hosts


@pytest.mark.parametrize(
    ("vendor", "suffix", "has"),
    [
        ("portal.vendor.example", "sites.example", True),
        ("vendor.sites.example", "sites.example", True),
        ("vendor.localhost", "localhost", True),
        ("portal.vendor.example", "localhost", False),  # nobody has said one
        ("vendor.example", "clients.vendor.example", False),
        ("vendor.example", "vendor.example", False),
        ("vendor.example", "", False),
    ],
)
def test_a_domain_is_neutral(settings: SettingsWrapper, vendor: str, suffix: str, has: bool) -> None:
    settings.VENDOR_HOST, settings.HOST_SUFFIX = vendor, suffix
    assert has_neutral_hosts() is has
