"""`sublet` on a machine whose name server is the test's: `python -m tests.own_resolver PORT command …`.

What else would have to be written into ``/etc/resolv.conf``. A scan goes over `PAGES` kinds of pages, not over all of them.
"""

from __future__ import annotations

import sys

import dns.resolver

from sublet.portals.cli.main import main

PAGES = 40


def as_if_there(port: int) -> None:
    """Let names be looked up at that port of this machine from now on."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], port
    dns.resolver.default_resolver = resolver


if __name__ == "__main__":
    import django

    django.setup()
    from sublet.proof import walk

    walk.MOST_ADDRESSES = PAGES
    as_if_there(int(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
