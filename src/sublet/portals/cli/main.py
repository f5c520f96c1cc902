"""The `sublet` command: one word for each thing that an operator does."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module

from sublet import __version__
from sublet.foundation.settings import WrongSetting

#: Which hosts `sublet domains` lists: one of the states that their pages show, or those that need somebody.
STATES = ("pending", "proved", "serving", "failing", "released", "trouble")
Run = Callable[[argparse.Namespace], int]


def _lazy(module: str, function: str) -> Run:
    """A command whose module is imported only when it runs: most need Django and a database, `manifest check` neither."""

    def run(arguments: argparse.Namespace) -> int:
        command: Run = getattr(import_module(module), function)
        return command(arguments)

    return run


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(prog="sublet", description="Resell a product through a tree of accounts.")
    top.add_argument("--version", action="version", version=f"sublet {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="run everything on a lifelike database of its own, on this machine")
    demo.add_argument("--reset", action="store_true", help="forget the demo's data and begin anew")
    demo.add_argument("--port", type=int, default=8000, help="port for all addresses (8000)")
    demo.add_argument("--mail-port", type=int, default=0, help="port of the demo's mail server (any free one)")
    # Above the portals: the demo may use every part, so it is looked up by name.
    demo.set_defaults(run=_lazy("sublet.demo.command", "run"))

    serve = commands.add_parser("serve", help="run the web server with the settings of the environment")
    serve.set_defaults(run=_lazy("sublet.portals.cli.server", "serve"))

    worker = commands.add_parser("worker", help="run the worker that does the jobs")
    worker.add_argument("--once", action="store_true", help="do what is due and end")
    worker.set_defaults(run=_lazy("sublet.portals.cli.server", "worker"))

    bounces = commands.add_parser("bounces", help="take mail that did not arrive, by SMTP from your mail server")
    bounces.set_defaults(run=_lazy("sublet.portals.cli.bounces", "run"))

    migrate = commands.add_parser("migrate", help="bring the database's tables up to date")
    migrate.add_argument("--check", action="store_true", help="only say whether something would change")
    migrate.set_defaults(run=_lazy("sublet.portals.cli.server", "migrate"))

    maintenance = commands.add_parser("maintenance", help="close every page while you work on the installation")
    switch = maintenance.add_subparsers(dest="switch", required=True, metavar="SWITCH")
    closed = switch.add_parser("on", help="tell everybody to come back later, and let the worker take no job")
    closed.add_argument("--until", metavar="TIME", default="", help="what people are told: 22:30, or 2026-03-02T22:30")
    closed.set_defaults(run=_lazy("sublet.portals.cli.maintenance", "on"))
    switch.add_parser("off", help="let everybody in again").set_defaults(
        run=_lazy("sublet.portals.cli.maintenance", "off")
    )

    manifest = commands.add_parser("manifest", help="check, compare or load the product manifest")
    steps = manifest.add_subparsers(dest="step", required=True, metavar="STEP")
    for step, words in (
        ("check", "say what is wrong with a manifest; needs no database"),
        ("diff", "say what would change if it were loaded"),
        ("load", "load it"),
    ):
        one = steps.add_parser(step, help=words)
        one.add_argument("file", help="the manifest, a TOML file")
        if step == "load":
            one.add_argument("--yes", action="store_true", help="also remove sections that are in use, without asking")
        one.set_defaults(run=_lazy("sublet.portals.cli.manifest", step))

    bring = commands.add_parser("import", help="bring a reseller's clients in from a spreadsheet")
    bring.add_argument("file", help="CSV, XLSX, XLS or ODS")
    bring.add_argument("--reseller", required=True, help="the reseller's account reference (acc_…)")
    bring.add_argument("--yes", action="store_true", help="write; without it only the preview is shown")
    bring.set_defaults(run=_lazy("sublet.portals.cli.sheets", "bring_in"))

    take = commands.add_parser("export", help="write a reseller's clients as a spreadsheet")
    take.add_argument("--reseller", required=True, help="the reseller's account reference (acc_…)")
    take.add_argument("--format", choices=("csv", "xlsx"), default="csv")
    take.add_argument("--output", "-o", required=True, help="the file to write")
    take.set_defaults(run=_lazy("sublet.portals.cli.sheets", "take_out"))

    _sandboxes(commands.add_parser("sandbox", help="copies of a portfolio with a clock that is moved by hand"))

    user = commands.add_parser("user", help="people: create, password, disable, enable, list")
    acts = user.add_subparsers(dest="act", required=True, metavar="ACT")
    create = acts.add_parser("create", help="a person, and with --vendor the owner of the vendor account")
    create.add_argument("email")
    create.add_argument("--name", default="")
    create.add_argument("--language", default="", help="one of en, it, sq, nl, fr, pt; without it the account's")
    create.add_argument("--vendor", metavar="NAME", help="make the vendor account of that name, owned by this person")
    how = create.add_mutually_exclusive_group()
    how.add_argument("--password-stdin", action="store_true", help="read the password from the first line of the input")
    how.add_argument("--no-password", action="store_true", help="none; the person asks for a link on the log-in page")
    password = acts.add_parser("password", help="set a password, asked for here; every log-in of the person ends")
    password.add_argument("email")
    password.add_argument("--password-stdin", action="store_true", help="read it from the first line of the input")
    for act, words in (
        ("disable", "end every log-in and allow no new one"),
        ("enable", "allow log-ins again"),
    ):
        acts.add_parser(act, help=words).add_argument("email")
    acts.add_parser("list", help="everybody who can log in").add_argument(
        "--like", default="", help="part of an address"
    )
    user.set_defaults(run=_lazy("sublet.portals.cli.users", "run"))

    keys = commands.add_parser("keys", help="the keys that sign what the host product is told")
    turns = keys.add_subparsers(dest="turn", required=True, metavar="TURN")
    rotate = turns.add_parser("rotate", help="make new ones; the old ones stay published for a day")
    rotate.add_argument("--at-once", action="store_true", help="withdraw the old ones now: somebody may have them")
    keys.set_defaults(run=_lazy("sublet.portals.cli.keys", "rotate"))

    journal = commands.add_parser("journal", help="prove that nobody changed the journal past the application")
    parts = journal.add_subparsers(dest="step", required=True, metavar="STEP")
    verify = parts.add_parser(
        "verify", help="walk along every chain of seals and name the first link that does not hold"
    )
    verify.add_argument("--account", default="", help="the chain of that account alone (acc_…)")
    verify.add_argument("--against", metavar="FILE", default="", help="compare with a list that `heads` wrote earlier")
    verify.set_defaults(run=_lazy("sublet.portals.cli.journal", "verify"))
    heads = parts.add_parser("heads", help="write a signed list of where each chain ends, to keep on another machine")
    heads.add_argument("--output", "-o", default="-", help="the file to write; without it the output")
    heads.set_defaults(run=_lazy("sublet.portals.cli.journal", "heads"))
    parts.add_parser("seal", help="seal now what the worker would seal within a minute").set_defaults(
        run=_lazy("sublet.portals.cli.journal", "seal")
    )

    white_label = commands.add_parser("whitelabel", help="prove that what clients see does not name the vendor")
    looks = white_label.add_subparsers(dest="look", required=True, metavar="LOOK")
    scan = looks.add_parser("scan", help="look at every page, file and mail; exit code 1 when something was found")
    scan.add_argument("--account", default="", help="that client or reseller alone (acc_…); without it every open one")
    scan.add_argument("--json", action="store_true", help="print for machines")
    scan.set_defaults(run=_lazy("sublet.portals.cli.whitelabel", "scan"))

    domains = commands.add_parser("domains", help="hosts: their states, owners and certificates; look at them now")
    domains.add_argument("--state", choices=STATES, default="", help="only those")
    domains.add_argument("--like", default="", help="how a name begins")
    domains.add_argument("--json", action="store_true", help="print for machines")
    domains.set_defaults(run=_lazy("sublet.portals.cli.domains", "run"))
    now = domains.add_subparsers(dest="act", metavar="ACT").add_parser(
        "check", help="ask DNS and look at certificates now; exit code 1 when something does not work"
    )
    now.add_argument("host", nargs="?", default="", help="that one alone; without it all that need records")
    now.add_argument("--json", action="store_true", help="print for machines", default=argparse.SUPPRESS)
    now.set_defaults(run=_lazy("sublet.portals.cli.domains", "check"))

    doctor = commands.add_parser("doctor", help="say what is wrong with this installation, with the mend")
    doctor.add_argument("--settings", action="store_true", help="list every setting with its meaning")
    doctor.add_argument(
        "--deep", action="store_true", help="also look at every invariant now: minutes on a large journal"
    )
    doctor.add_argument("--json", action="store_true", help="print for machines")
    doctor.set_defaults(run=_lazy("sublet.portals.cli.doctor", "run"))
    return top


def _day(text: str) -> date:
    """A day as it is typed. Raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no day; write 2027-03-01") from None


def _sandboxes(sandbox: argparse.ArgumentParser) -> None:
    """What is done with sandboxes: each word for the vendor, or with ``--reseller`` for that one."""
    acts = sandbox.add_subparsers(dest="act", required=True, metavar="ACT")
    shown = acts.add_parser("list", help="those that there are, where their clocks stand")
    shown.add_argument("--json", action="store_true", help="print for machines")
    new = acts.add_parser("new", help="copy a portfolio; prints the reference")
    new.add_argument("name")
    new.add_argument("--client", action="append", metavar="ACCOUNT", help="only this one (acc_…); may be said again")
    new.add_argument("--clients-of", default="", metavar="ACCOUNT", help="for the vendor: the clients of that reseller")
    advance = acts.add_parser("advance", help="move the clock; by default to the next event")
    how = advance.add_mutually_exclusive_group()
    how.add_argument("--by", choices=("next", "day", "week", "month"), default="next")
    how.add_argument("--to", type=_day, metavar="DAY", help="to noon of that day: 2027-03-01")
    remove = acts.add_parser("remove", help="throw one away")
    for act in (advance, remove):
        act.add_argument("sandbox", help="its reference (sbx_…)")
    for act, function in ((shown, "listing"), (new, "new"), (advance, "advance"), (remove, "remove")):
        act.add_argument("--reseller", default="", help="that reseller's (acc_…); without it the vendor's")
        act.set_defaults(run=_lazy("sublet.portals.cli.sandboxes", function))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit code 0: done; 1: it found something wrong; 2: it could not begin."""
    arguments = parser().parse_args(argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sublet.config.settings")
    run: Run = arguments.run
    try:
        return run(arguments)
    except WrongSetting as fault:
        print(f"sublet: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `sublet doctor | head` closes our output; the interpreter would complain about it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


if __name__ == "__main__":
    sys.exit(main())
