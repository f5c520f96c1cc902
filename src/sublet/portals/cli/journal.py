"""`sublet journal verify|heads|seal`: the proof that nobody changed the journal past the application."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sublet.foundation.actor import Actor
from sublet.foundation.settings import WrongSetting
from sublet.portals.cli.acting import as_operator, complain


def seal(_arguments: argparse.Namespace) -> int:
    """Seal what has been recorded, now and not at the next minute."""

    def work(_actor: Actor, at: datetime) -> int:
        from sublet.foundation.journal.seals import seal_journal

        count = seal_journal(at=at, everything=True)
        print(f"{count} {'entry was' if count == 1 else 'entries were'} sealed.")
        return 0

    return as_operator(work)


def verify(arguments: argparse.Namespace) -> int:
    """Walk along the chains, and compare them with a list of heads. Exit code 1 when a chain does not hold."""

    def work(actor: Actor, at: datetime) -> int:
        from sublet.accounts.queries import account_id_of
        from sublet.foundation.errors import NotFound
        from sublet.foundation.journal.seals import verify_journal

        try:
            account_id = account_id_of(actor, arguments.account) if arguments.account else None
        except NotFound:
            complain(f"There is no account {arguments.account}.")
            return 1
        result = verify_journal(account_id=account_id)
        names = _names(each.account_id for each in result.breaks)
        for each in result.breaks:
            print(f"WRONG {names[each.account_id]}: link {each.position} is {each.kind} (entry {each.entry_id}).")
        print(
            f"{result.links} links in {result.accounts} chains were compared; {result.unsealed} entries wait for their seal."
        )
        same = not arguments.against or _compare(arguments.against)
        holds = same and not result.breaks
        print("Every chain holds." if holds else "The journal was changed past the application.")
        return 0 if holds else 1

    return as_operator(work)


def _compare(file: str) -> bool:
    from sublet.foundation.journal.heads import NotAList, compare_heads

    try:
        compared = compare_heads(Path(file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, NotAList) as fault:
        raise WrongSetting(f"{file} cannot be used: {fault}") from fault
    names = _names(compared.rewritten)
    for account_id in compared.rewritten:
        print(f"WRONG {names[account_id]}: the chain is not the one of {compared.at:%Y-%m-%d %H:%M} UTC.")
    if compared.gone:
        print(f"WRONG {compared.gone} chains of {compared.at:%Y-%m-%d %H:%M} UTC are gone.")
    return not compared.rewritten and not compared.gone


def heads(arguments: argparse.Namespace) -> int:
    """Write the signed list of where each chain ends."""

    def work(_actor: Actor, at: datetime) -> int:
        from sublet.foundation.journal import heads as lists
        from sublet.foundation.journal import seals

        lines = lists.write_heads(seals.heads(), at=at)
        if arguments.output == "-":
            sys.stdout.writelines(lines)
            return 0
        try:
            with Path(arguments.output).open("w", encoding="utf-8") as file:
                file.writelines(lines)
        except OSError as fault:
            raise WrongSetting(f"{arguments.output} cannot be written: {fault.strerror}.") from fault
        return 0

    return as_operator(work)


def _names(ids: Iterable[int]) -> dict[int, str]:
    """Accounts in words; also those that are gone, of which the journal alone still tells."""
    from sublet.accounts.queries import names_of_accounts

    wanted = set(ids)
    known = names_of_accounts(wanted)
    return {
        each: f"{known[each].name} ({known[each].ref})" if each in known else "a removed account" for each in wanted
    }
