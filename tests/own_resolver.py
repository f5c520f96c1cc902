"""`sublet` on a machine whose name server is the test's: `python -m tests.own_resolver PORT command …`.

It stands for what would have to be written into ``/etc/resolv.conf``. A scan goes over a few kinds of pages, not over all.
"""

from __future__ import annotations

import sys

import django
import dns.resolver

from sublet.portals.cli.main import main

#: Of how many kinds of addresses a scan asks for, and how many of those pages it shows in a browser.
ADDRESSES, PAGES = 12, 4


def look_names_up_at(port: int) -> None:
    """Ask that port of this machine from now on."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], port
    dns.resolver.default_resolver = resolver


if __name__ == "__main__":
    django.setup()
    from sublet.proof import browser, walk

    walk.MOST_ADDRESSES, browser.MOST_PAGES = ADDRESSES, PAGES
    look_names_up_at(int(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
