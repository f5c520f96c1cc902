"""Where an address begins is read from the table of proved hosts, never from a request (security.md, D1).

A mail is written by what knows no request; what is checked here is that nobody hands it the host of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sublet"
#: By which a host that a stranger has sent could be read.
ASKED = re.compile(
    r"get_host\b|build_absolute_uri\b|get_raw_uri\b|get_current_site\b|_get_raw_host\b|SERVER_NAME|SERVER_PORT|get_port\b|"
    r"HTTP_HOST|HTTP_X_FORWARDED_HOST|HTTP_FORWARDED\b|"
    r"(?i:(?:headers|environ|META|header)(?:\.get\(|\[)\s*[\"'](?:x-forwarded-host|forwarded|host|x-host|x-original-host)[\"'])"
)
#: By which an address with a scheme is put together.
BUILT = re.compile(r"https?://[\"']\s*(?:\+|%)|[\"'](?:https?|\{[^{}]*\})://\{")

#: Who may read one, and what comes of it. A line that is no longer needed fails the test.
READS = {
    "portals/shared/hosts.py": "looks the host up among the proved ones; no other is let past it",
    "portals/shared/tls_ask.py": "whether the proxy asks by number; what it asks for is looked up",
    "portals/shared/errors.py": "whether a page that was left is one of this host",
    "portals/shared/directory.py": "the address that the reader of a page is on; behind the look-up, in no mail",
    "portals/api/scim/door.py": "the address that the caller has called; behind the look-up, in no mail",
    "portals/hot/app.py": "hands the host on to the same look-up",
    "portals/hot/callers.py": "looks the host up among the proved ones, as above",
    "portals/hot/normal.py": "hands a request on to Django, whose first step is the look-up",
    "portals/api/routes/brands.py": "the name of an operation, which reads the host of a path",
    "proof/visitor.py": "plays the visitor of a host that was looked up",
    "demo/reverse.py": "hands requests on to the demo's second product",
}
#: Who may put one together, and of what.
BUILDS = {
    "branding/queries/sites.py": "`origin`, of a host of the table",
    "branding/operations/texts.py": "an address that somebody typed without its scheme",
    "core/fieldvalues.py": "an address that somebody typed without its scheme",
    "proof/visitor.py": "plays the visitor of a host that was looked up",
    "portals/shared/directory.py": "the page that shows it, as above",
    "portals/api/scim/door.py": "what is answered to the caller, as above",
    "portals/public/views/open_section.py": "of an address of the manifest, to compare it",
    "portals/public/views/sign_on.py": "of an address that is registered, to compare it",
    "core/manifest/addresses.py": "the beginning of an address of the manifest",
    "core/manifest/keys.py": "examples in the manifest's reference",
    "portals/cli/server.py": "what the log of the server says of itself",
    "demo/booking_product.py": "the demo's product",
    "demo/command.py": "the demo says where it is",
    "demo/processor.py": "the demo's card processor",
    "demo/program.py": "the demo's program",
    "demo/sign_on.py": "the demo's product",
    "portals/api/schemas/applications.py": "examples in the description of the interface",
}


def those_with(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in sorted(SOURCE.rglob("*.py")):
        if pattern.search(without_comments(path.read_text(encoding="utf-8"))):
            yield path.relative_to(SOURCE).as_posix()


def without_comments(text: str) -> str:
    return re.sub(r"(?m)^\s*#.*$", "", text)


def test_only_the_look_up_of_hosts_reads_the_host_of_a_request() -> None:
    found = set(those_with(ASKED))
    assert sorted(found - set(READS)) == []
    assert sorted(set(READS) - found) == []  # reasons without a reader


def test_only_origin_makes_addresses() -> None:
    found = set(those_with(BUILT))
    assert sorted(found - set(BUILDS)) == []
    assert sorted(set(BUILDS) - found) == []


def test_what_writes_mails_knows_no_request() -> None:
    """Operations and jobs make the links of mails; none of them can have been handed a request."""
    takes = re.compile(r"\brequest: |HttpRequest|SubletRequest")
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if re.search(r"\bqueue_mails?\(", text) and "portals" not in path.parts:
            assert not takes.search(text), path
    portals = [path for path in sorted((SOURCE / "portals").rglob("*.py")) if "queue_mail" in path.read_text()]
    assert portals == []  # pages write no mail themselves


def test_the_reader_sees_every_way_to_read_a_host() -> None:
    """The positive control."""
    for planted in (
        'url = request.build_absolute_uri("/x")', "request.get_host()", 'request.META["HTTP_HOST"]',
        'request.META.get("HTTP_X_FORWARDED_HOST")', 'request.headers["Host"]', "request.headers['X-Forwarded-Host']",
        'request.headers.get("x-forwarded-host", "")', 'request.META["SERVER_NAME"]', "get_current_site(request).domain",
    ):  # fmt: skip
        assert ASKED.search(without_comments(planted)), planted
    for planted in (
        'f"https://{host}/x"',
        '"https://" + host',
        'f"{scheme}://{host}"',
        "'http://' + name",
        '"https://" % x',
    ):
        assert BUILT.search(planted), planted
    assert not ASKED.search(without_comments("    # request.get_host() would be a stranger's word"))
