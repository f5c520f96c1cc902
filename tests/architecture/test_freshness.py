"""Every operation that changes how a person logs in asks who has shown what of itself, or says here why not."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sublet"
OPERATIONS = SOURCE / "people" / "operations"
#: Rows that open a log-in: making, changing or deleting one changes how a person logs in.
ROWS = {"Authenticator", "CompanyIdentity", "RecoveryCodes"}
WRITES = {
    "create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete", "activate", "generate_codes",
}  # fmt: skip
#: What is said to a person's row, whatever the variable is called.
SAID = {"set_password", "set_unusable_password"}
ASKING = {"require_shown", "require_own", "locked_and_shown"}
#: Operations that change how a person logs in and ask in another way. A line that is no longer needed fails the test.
REASONS = {
    "accept_invitation": "the link in the mail shows the mailbox; whoever has a password gives it, or is logged in",
    "confirm_email_change": "the link was asked for by who had shown it, and is used in the new mailbox",
    "come_in_first": "nobody has that address yet; its company's provider shows the mailbox, in a domain proved to be its own",
    "complete_sign_up": "the link in the mail shows the mailbox of somebody who has no password",
    "create_user": "the installation itself; nobody is there yet",
    "finish_company_log_in": "links for the first time, by an invitation and an address that the provider has verified",
    "prove_with_code": "uses a recovery code up, which is the showing itself",
    "reset_password": "the link in the mailbox shows who it is; all log-ins end",
    "set_company_log_in": "another provider: the links with the one before mean nobody there",
    "remove_company_log_in": "links with a provider that is there no more",
    "set_password": "the installation itself, by its command line",
    "set_up_vendor": "the installation itself; the first person of all",
}


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _writes(function: ast.FunctionDef) -> bool:
    """Whether the body itself makes, changes or deletes what opens a log-in."""
    rows = set(ROWS)
    for node in ast.walk(function):
        # A variable that holds such a row, or a query for them.
        if isinstance(node, ast.Assign) and _names(node.value) & rows:
            rows |= {each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                if node.func.attr in SAID and not _names(node.func.value) & {"operations", "people_operations"}:
                    return True
                if node.func.attr in WRITES | {"save"} and _names(node.func.value) & rows:
                    return True
            elif isinstance(node.func, ast.Name) and node.func.id in ROWS:
                return True
        if isinstance(node, ast.Assign):
            parts = [each for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Attribute)]
            if any(part.attr in {"email", "password"} and _names(part) & {"user", "person"} for part in parts):
                return True
    return False


class Code:
    """Functions by name, what each calls, which of them write, which are offered to callers."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.calls: dict[str, set[str]] = defaultdict(set)
        self.writers: set[str] = set()
        self.offered: set[str] = set()
        for text in texts:
            for node in ast.parse(text).body:
                if isinstance(node, ast.FunctionDef):
                    self.calls[node.name] |= {
                        each.func.id if isinstance(each.func, ast.Name) else each.func.attr
                        for each in ast.walk(node)
                        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name | ast.Attribute)
                    }
                    if _writes(node):
                        self.writers.add(node.name)
                    # Operations are keyword-only; what takes its arguments in order is a part of them.
                    if node.args.kwonlyargs and not node.args.args and not node.name.startswith("_"):
                        self.offered.add(node.name)

    def reached(self, name: str) -> set[str]:
        """That function and all that it calls, directly or not."""
        seen: set[str] = set()
        left = [name]
        while left:
            here = left.pop()
            if here not in seen:
                seen.add(here)
                left += self.calls.get(here, ())
        return seen

    def changing(self) -> set[str]:
        """Operations that reach a writer."""
        return {name for name in self.offered if self.reached(name) & self.writers}

    def silent(self) -> set[str]:
        """Those of them that never ask."""
        return {name for name in self.changing() if not self.reached(name) & ASKING}


def code() -> Code:
    return Code(path.read_text(encoding="utf-8") for path in sorted(OPERATIONS.glob("*.py")))


def test_every_operation_that_changes_how_a_person_logs_in_asks() -> None:
    found = code()
    assert sorted(found.silent() - set(REASONS)) == []
    assert sorted(set(REASONS) - found.silent()) == []  # reasons without an operation
    # The control: those that ask are seen to change something.
    assert {
        "add_passkey", "change_password", "confirm_app", "link_company_log_in", "remove_factor", "renew_recovery_codes",
        "unlink_company_log_in",
    } <= found.changing()  # fmt: skip


def test_nothing_else_writes_what_opens_a_log_in() -> None:
    """Not even a hook of the log-in library: none of its addresses is mounted, and nobody but operations writes its rows."""
    wrong = []
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).as_posix()
        if path.parent == OPERATIONS or "migrations" in place or place.startswith("core/"):
            continue
        text = path.read_text(encoding="utf-8")
        if any(word in text for word in (*ROWS, *SAID)):
            wrong += [
                f"{place}: {node.name}"
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.FunctionDef) and _writes(node)
            ]
        if "allauth" in text and "/urls" in f"/{path.name}":
            wrong.append(place)
    assert wrong == []


def test_the_check_sees_an_operation_that_does_not_ask() -> None:
    text = """
def _helper(user):
    user.set_password("x")

def renew(*, actor, at):
    _helper(actor)

def asks(*, actor, shown, at):
    locked_and_shown(actor, shown, at=at)
    _helper(actor)

def takes_away(*, at):
    rows = Authenticator.objects.filter(user_id=1)
    rows.delete()

def moves(*, at):
    before, user.email = user.email, "new"

def links(*, at):
    row = CompanyIdentity(user_id=1)
    row.save()

def looks(*, at):
    return Authenticator.objects.filter(user_id=1).exists()
"""
    assert Code([text]).silent() == {"links", "moves", "renew", "takes_away"}
    assert "asks" in Code([text]).changing()
