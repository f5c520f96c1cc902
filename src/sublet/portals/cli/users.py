"""`sublet user create|password|disable|enable|list`: people, by whoever runs the installation."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import datetime

from sublet.foundation.actor import Actor
from sublet.foundation.settings import WrongSetting
from sublet.portals.cli.acting import as_operator, complain


def run(arguments: argparse.Namespace) -> int:
    """The act that was asked for."""
    return {"create": _create, "password": _password, "disable": _disable, "enable": _enable, "list": _list}[
        arguments.act
    ](arguments)


def _new_password(from_input: bool) -> str:
    """A password that is never an argument: those stand in the list of processes and in the shell's history."""
    if from_input:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise WrongSetting("There is no password on the standard input.")
        return password
    if not sys.stdin.isatty():
        raise WrongSetting("There is no terminal to ask for the password; give it with --password-stdin.")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("The same again: "):
        raise WrongSetting("The two passwords differ; nothing was changed.")
    return first


def _create(arguments: argparse.Namespace) -> int:
    def work(actor: Actor, at: datetime) -> int:
        from sublet.people import operations

        if arguments.vendor is None and not actor.account_id:
            raise WrongSetting("There is no vendor yet: give its name with --vendor NAME, and this person owns it.")
        password = None if arguments.no_password else _new_password(arguments.password_stdin)
        if arguments.vendor is not None:
            vendor = operations.set_up_vendor(
                name=arguments.vendor,
                email=arguments.email,
                person=arguments.name,
                password=password,
                language=arguments.language,
                actor=actor,
                at=at,
            )
            print(f"{arguments.email} owns {vendor.name} ({vendor.ref}).")
            return 0
        user = operations.create_user(
            email=arguments.email,
            name=arguments.name,
            password=password,
            language=arguments.language,
            actor=actor,
            at=at,
        )
        print(f"{user.email} has a log-in. It works on no account until it is invited to one.")
        return 0

    return as_operator(work)


def _password(arguments: argparse.Namespace) -> int:
    def work(actor: Actor, at: datetime) -> int:
        from sublet.foundation.errors import NotFound
        from sublet.people import operations

        password = _new_password(arguments.password_stdin)
        try:
            operations.set_password(email=arguments.email, password=password, actor=actor, at=at)
        except NotFound:
            return _nobody(arguments.email)
        print(f"{arguments.email} has a new password; every log-in it had has ended.")
        return 0

    return as_operator(work)


def _disable(arguments: argparse.Namespace) -> int:
    def work(actor: Actor, at: datetime) -> int:
        from sublet.foundation.errors import NotFound
        from sublet.people import operations

        try:
            changed = operations.disable_user(email=arguments.email, actor=actor, at=at)
        except NotFound:
            return _nobody(arguments.email)
        said = "can log in nowhere any more; every log-in it had has ended." if changed else "was locked out already."
        print(f"{arguments.email} {said}")
        return 0

    return as_operator(work)


def _enable(arguments: argparse.Namespace) -> int:
    def work(actor: Actor, at: datetime) -> int:
        from sublet.foundation.errors import NotFound
        from sublet.people import operations

        try:
            changed = operations.enable_user(email=arguments.email, actor=actor, at=at)
        except NotFound:
            return _nobody(arguments.email)
        print(f"{arguments.email} {'can log in again.' if changed else 'could log in already.'}")
        return 0

    return as_operator(work)


def _list(arguments: argparse.Namespace) -> int:
    def work(actor: Actor, at: datetime) -> int:
        from sublet.people.queries import users

        for row in users(like=arguments.like):
            state = "" if row.is_active and row.has_password else " no password yet" if row.is_active else " locked out"
            accounts = "1 account" if row.accounts == 1 else f"{row.accounts} accounts"
            print(f"{row.email}\t{row.name}\t{accounts}{state}")
        return 0

    return as_operator(work)


def _nobody(email: str) -> int:
    complain(f"Nobody has a log-in with the address {email}.")
    return 1
