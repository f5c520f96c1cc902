"""`sublet whitelabel scan`: prove that what a client's people see does not name the vendor."""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sublet.foundation.actor import Actor
from sublet.portals.cli.acting import as_operator, complain

#: What was not looked at, in words.
SKIPPED = {
    "product": "some of the host product's own pages (not reached, or open to nobody of the account)",
    "certificates": "certificates (none could be fetched)",
    "names": "DNS names (no host of its own, or no resolver answered)",
    "pictures": "words in pictures (their metadata was read, and they were compared with the vendor's logos)",
    "browser": "what scripts make of the pages (`sublet doctor` says what is missing)",
    "shown": "some pages in a browser, which did not come to an end",
    "inside": "pages behind the log-in, those of a reseller's own people",
    "others": "the product as some of the account's people see it: there were too many of them, or too little time",
    "forms": "what forms of the product answer when they are sent (nothing is sent)",
    "acts": "links of the product that by their name do something, such as delete or log out",
    "nobody": "pages behind the log-in, because nobody of the account can log in",
    "files": "some files, because they could not be read to their end",
    "more": "some pages or hosts, because there were too many",
    "sent": "what some of the account's people are shown, who were sent elsewhere, or not let in",
}


def scan(arguments: argparse.Namespace) -> int:
    """Look at one account, or at all that are open; exit code 1 when a word of the vendor's was found."""

    def work(actor: Actor, at: datetime) -> int:
        from sublet.foundation.clock import now
        from sublet.foundation.errors import NotFound
        from sublet.proof.operations import CannotScan, scan_now
        from sublet.proof.queries import findings_of, scan_row, scannable

        # Addresses that lead nowhere are asked for on purpose.
        logging.getLogger("django.request").setLevel(logging.ERROR)
        refs = [arguments.account] if arguments.account else scannable(actor)
        told: list[dict[str, Any]] = []
        for account_ref in refs:
            try:
                row = scan_row(scan_now(account_ref=account_ref, actor=actor, at=now(), now=now))
            except NotFound:
                complain(f"There is no client or reseller {account_ref}.")
                return 1
            except CannotScan as refusal:
                if arguments.account:
                    raise
                told.append({"account": account_ref, "refused": refusal.code, "findings": []})
                if not arguments.json:
                    complain(f"{account_ref} was not looked at. {refusal.sentence}")
                continue
            findings, more = findings_of(actor, row)
            one = {
                "account": row.account_ref,
                "name": row.account_name,
                "host": row.host,
                "score": row.score,
                "looked_at": row.looked_at,
                "with_findings": row.leaking,
                "not_looked_at": list(row.skipped),
                "findings": [asdict(each) for each in findings],
                "more_findings": more,
            }
            told.append(one)
            if not arguments.json:
                _print(one)
        if arguments.json:
            print(json.dumps(told, indent=2, ensure_ascii=False))
        return 1 if any(each["findings"] for each in told) else 0

    return as_operator(work)


def _print(one: dict[str, Any]) -> None:
    count = one["with_findings"]
    print(f"{one['name']} ({one['account']}) on {one['host']}: {one['score']} of 100.")
    print(f"  {one['looked_at']} pages, files and mails were looked at; {count} name the vendor.")
    for each in one["findings"]:
        where = " ".join(word for word in (each["place"], each["detail"]) if word)
        seen_as = each["places"][0]["seen_as"]
        seen_by = each["places"][0]["seen_by"]
        shown = f", shown to {seen_by or f'the {seen_as}'}" if seen_as else ""
        wrapped = f", written as {each['wrapped']}" if each["wrapped"] else ""
        new = ("new places: " if each["was_known"] else "new: ") if each["is_new"] else ""
        more = f" (and {each['times'] - 1} more)" if each["times"] > 1 else ""
        print(
            f"  {new}{each['address']}, {where}, {each['line']}:{each['column']}{shown}{wrapped}{more}: “{each['word']}”"
        )
        print(f"      {each['excerpt']}")
    if one["more_findings"]:
        print(f"  … and {one['more_findings']} more.")
    print(f"  Not looked at: {'; '.join(SKIPPED[each] for each in one['not_looked_at'])}.")
