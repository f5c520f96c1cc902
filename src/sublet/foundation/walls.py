"""The second wall: PostgreSQL itself shows and takes only rows of the scope in force (row-level security).

A policy for each table with an account is made from the models: from `scope_path` of a `TenantModel`, from the plain
`account_id` of the tables below the accounts. Like the journal's triggers they are laid after each `migrate`, by the
owner of the tables, so that a new model is walled without a migration of its own; what stands is left alone. The other
tables are in `WITHOUT_ACCOUNT`, each with its reason, and an architecture test fails for a table in neither.

`postgresql.base` tells the scope to each transaction. Nothing told means no rows: a forgotten scope shows nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from sublet.foundation.scope import TenantModel

#: Tables that belong to no account, and why. `Model.unscoped` of a tenant's table is no reason to be here.
WITHOUT_ACCOUNT: Final[Mapping[str, str]] = {
    "account_emailaddress": "a person's, and a person may have places in many accounts",
    "account_emailconfirmation": "a person's",
    "auth_group": "Django's, always empty",
    "auth_group_permissions": "Django's, always empty",
    "auth_permission": "Django's list of models",
    "basis_ruled": "what the vendor says of its plans, told to everybody",
    "brand_generation": "one number that says that hosts have changed",
    "django_content_type": "Django's list of models",
    "django_migrations": "which migrations have run",
    "django_session": "read before anybody is known; bound to its host and person",
    "entitlement_clock": "one number that says how many answers have changed",
    "invariant": "what was found about the whole installation",
    "job_schedules": "the installation's schedules",
    "job_workers": "the installation's processes",
    "journal_pseudonym": "about persons",
    "log_in": "a person's log-ins, which may lead to many accounts",
    "maintenance": "the installation's, one row",
    "manifest_version": "what the vendor's product offers, told to everybody",
    "mfa_authenticator": "a person's second factors",
    "offer_item": "what the vendor's product offers, told to everybody",
    "person": "a person may have places in many accounts",
    "person_link": "a person's",
    "role_preset": "the roles that the vendor offers everybody",
    "section": "the sections that the vendor's product has",
    "signing_key": "the installation's keys",
    "socialaccount_socialaccount": "a person's log-in elsewhere",
    "socialaccount_socialapp": "the installation's",
    "socialaccount_socialtoken": "a person's (its `account` is a log-in elsewhere)",
    "trial_identity": "holds for all accounts, and for those that are gone; no address, a keyed digest",
    "throttle": "counts tries before anybody is known",
}
#: Tables below the accounts, whose account is a plain number.
PLAIN: Final = ("idempotent_answer", "jobs", "journal", "journal_seal")
#: What the running application may not do there, whatever the triggers say.
APPEND_ONLY: Final = ("journal", "journal_seal", "ledger_entry", "ledger_posting")
#: Links that always stay within one account: the database refuses another ``(table, column, table linked to)``.
LINKS: Final = (
    ("dkim_key", "domain_id", "sender_domain"),
    ("client_import_left", "client_import_id", "client_import"),
    ("webhook_delivery", "endpoint_id", "webhook_endpoint"),
    ("brands_change_line", "change_id", "brands_change"),
    ("ledger_posting", "entry_id", "ledger_entry"),
    ("invoice_line", "invoice_id", "invoice"),
    ("write_off", "invoice_id", "invoice"),
    ("bank_line", "statement_id", "bank_statement"),
    ("bank_payment", "line_id", "bank_line"),
    ("bank_refund", "line_id", "bank_line"),
    ("extra_sold", "extra_id", "extra"),
    ("promotion_taken", "promotion_id", "promotion"),
    ("price_check_line", "price_check_id", "price_check"),
    ("sandbox_move", "sandbox_id", "sandbox"),
    ("sandbox_line", "sandbox_id", "sandbox"),
    ("sandbox_invoice", "sandbox_id", "sandbox"),
    ("sandbox_mail", "sandbox_id", "sandbox"),
)

# Asked once for each statement, as they stand in a subquery of their own.
OPEN: Final = "(SELECT current_setting('sublet.account', true) = '*')"
OWN: Final = "(SELECT nullif(nullif(current_setting('sublet.account', true), ''), '*')::bigint)"
REACH: Final = "(SELECT nullif(current_setting('sublet.reach', true), '')::bigint[])"

# A client is shown with the name of its reseller, and both with the vendor's: these rows can be read, never written. The
# function opens the wall for its one question, otherwise the account's policy would have to ask itself. (A `SET` clause
# would do the same, but only a superuser may write one for a parameter that the server does not know.)
ABOVE: Final = """
CREATE OR REPLACE FUNCTION accounts_above(one bigint) RETURNS bigint[] LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    told text := current_setting('sublet.account', true);
    above bigint[];
BEGIN
    PERFORM set_config('sublet.account', '*', true);
    above := (SELECT ARRAY[a.parent_id, b.parent_id] FROM account a LEFT JOIN account b ON b.id = a.parent_id WHERE a.id = one);
    PERFORM set_config('sublet.account', told, true);
    RETURN above;
END $$
"""


# The same as `_within` says, for one account: a plan with that in it is set up in a fifth of the time. What the scope is told of
# an account is asked of the account's own policy, which holds in here too.
WITHIN: Final = """
CREATE OR REPLACE FUNCTION within_the_scope(one bigint) RETURNS boolean LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    told text := current_setting('sublet.account', true);
    own bigint := nullif(nullif(told, ''), '*')::bigint;
BEGIN
    RETURN told = '*' OR one = own OR EXISTS (SELECT 1 FROM account below WHERE below.id = one AND below.parent_id = own);
END $$
"""


#: By name: what policies ask, and must be there before them.
FUNCTIONS: Final[Mapping[str, str]] = {"accounts_above": ABOVE, "within_the_scope": WITHIN}


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy of a table. `check` is empty where nothing is written through it.

    One that `restricts` takes away from what the others show.
    """

    table: str
    name: str
    command: str
    using: str
    check: str = ""
    restricts: bool = False

    @property
    def sql(self) -> str:
        check = f" WITH CHECK ({self.check})" if self.check else ""
        kind = " AS RESTRICTIVE" if self.restricts else ""
        return f'CREATE POLICY {self.name} ON "{self.table}"{kind} FOR {self.command} USING ({self.using}){check}'

    @property
    def mark(self) -> str:
        """Kept with the policy, so that one that was written otherwise is seen."""
        return hashlib.sha256(self.sql.encode()).hexdigest()[:16]


def _within(table: str, column: str) -> str:
    key = f'"{table}"."{column}"'
    below = f"EXISTS (SELECT 1 FROM account below WHERE below.id = {key} AND below.parent_id = {OWN})"  # noqa: S608  names of columns
    return f"{OPEN} OR {key} = {OWN} OR {below}"


def _by_key(table: str, column: str) -> str:
    """The same for a table whose rows are written by the thousand and found by their key.

    PostgreSQL sets up each subquery of a policy for each statement, where the policy stands three or four times for what is
    "inserted or else raised": a hundred of them take longer than the statement itself. Here nothing is set up, but whoever
    is told one account pays ten microseconds for each row of an account below it that is looked at, so it is not for tables
    that are looked through.
    """
    return f"current_setting('sublet.account', true) = '*' OR within_the_scope(\"{table}\".\"{column}\")"


def _kept(table: str, column: str) -> str:
    """The same for what resellers keep from the vendor: who is told a reach beside everything sees only rows of that."""
    key = f'"{table}"."{column}"'
    below = f"EXISTS (SELECT 1 FROM account below WHERE below.id = {key} AND below.parent_id = {OWN})"  # noqa: S608  names of columns
    return f"({OPEN} AND ({REACH} IS NULL OR {key} = ANY ({REACH}::bigint[]))) OR {key} = {OWN} OR {below}"


def _carried(table: str, column: str) -> str:
    """The same for a row that carries the account above in `parent_id`: what is read often is not looked up row by row.

    For reading only. What is written is held against the account itself, so a row cannot claim to be somebody else's.
    """
    key = f'"{table}"."{column}"'
    return f'{OPEN} OR {key} = {OWN} OR ("{table}".parent_id = {OWN} AND ({REACH} IS NULL OR {key} = ANY ({REACH}::bigint[])))'


def tenant_models() -> Iterator[type[TenantModel]]:
    """All tables that a model gives to an account."""
    for model in apps.get_models(include_auto_created=True):
        if issubclass(model, TenantModel):
            yield model


def policies() -> list[Policy]:
    """What must be in force, made from the models."""
    made: list[Policy] = []
    for model in tenant_models():
        table, path = model._meta.db_table, model.scope_path
        if not path:
            reach = f"({REACH} IS NULL OR id = ANY ({REACH}::bigint[]))"
            rule = f"{OPEN} OR id = {OWN} OR (parent_id = {OWN} AND {reach})"
            above = f"id = ANY ((SELECT accounts_above({OWN}))::bigint[])"
            made.append(Policy(table, "within_the_scope", "ALL", rule, rule))
            made.append(Policy(table, "those_above", "SELECT", above))
            continue
        first, _, rest = path.partition("__")
        field = model._meta.get_field(first)
        column = str(field.column)  # type: ignore[union-attr]  # a key to another table has one
        if rest:
            # What lies further up has a wall of its own, which holds in this subquery, too.
            up = field.related_model._meta.db_table  # type: ignore[union-attr]  # as above
            rule = f'{OPEN} OR EXISTS (SELECT 1 FROM "{up}" up WHERE up.id = "{table}"."{column}")'  # noqa: S608  as above
        else:
            way = _kept if model.kept_from_vendor else _by_key if model.found_by_key else _within
            rule = way(table, column)
        carries = not rest and any(each.column == "parent_id" for each in model._meta.concrete_fields)
        using = _carried(table, column) if carries else rule
        made.append(Policy(table, "within_the_scope", "ALL", using, rule))
        if more := getattr(model, "more_policies", None):
            made += more()
    for table in PLAIN:
        rule = _within(table, "account_id")
        made.append(Policy(table, "within_the_scope", "ALL", rule, rule))
    return made


def missing(connection: BaseDatabaseWrapper) -> list[Policy]:
    """The policies that are not in force as they should be; also where the wall as such is switched off."""
    with connection.cursor() as cursor:  # past the scope: the shape of tables, no rows
        tables = set(connection.introspection.table_names(cursor))
        if "account" not in tables:
            return []  # none of our apps, or not yet
        cursor.execute(
            "SELECT c.relname, p.polname, obj_description(p.oid, 'pg_policy') FROM pg_policy p"
            " JOIN pg_class c ON c.oid = p.polrelid"
            " WHERE c.relrowsecurity AND c.relforcerowsecurity AND c.relnamespace = current_schema()::regnamespace"
        )
        there = {(table, name): mark for table, name, mark in cursor.fetchall()}
        stale = _stale(cursor)
    return [
        policy for policy in policies()
        if policy.table in tables
        and (there.get((policy.table, policy.name)) != policy.mark or any(f"{name}(" in policy.using for name in stale))
    ]  # fmt: skip


def _stale(cursor: Any) -> list[str]:
    """Functions that are not there, or say something else: as good as none of the policies that ask them."""
    cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace")
    there = dict(cursor.fetchall())
    return [name for name, made in FUNCTIONS.items() if there.get(name) != made.split("$$")[1]]


def lay(connection: BaseDatabaseWrapper) -> None:
    """Build what is missing of the wall, and give the application's role what it needs. Safe to repeat.

    Whoever migrates owns the tables; nobody else can, and nobody else is asked to as long as all stands.
    """
    if connection.vendor != "postgresql":
        return
    wanted = missing(connection)
    with connection.cursor() as cursor:  # past the scope: the shape of tables, no rows
        tables = set(connection.introspection.table_names(cursor))
        if "account" not in tables:
            return
        for function in FUNCTIONS.values() if wanted else ():
            cursor.execute(function)
        for policy in wanted:
            # The policy first, then the wall as such: without a policy a wall shows nothing at all.
            cursor.execute(f'DROP POLICY IF EXISTS {policy.name} ON "{policy.table}"')
            cursor.execute(policy.sql)
            cursor.execute(f"COMMENT ON POLICY {policy.name} ON \"{policy.table}\" IS '{policy.mark}'")
        for table in sorted({policy.table for policy in wanted}):
            cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')
        _link(cursor, tables)
        _grant(cursor, tables)


def _link(cursor: Any, tables: set[str]) -> None:
    for table, column, target in LINKS:
        name = f"{table}_stays_in_its_account"
        cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [name])
        if cursor.fetchone() or not {table, target} <= tables:
            continue
        cursor.execute(f'CREATE UNIQUE INDEX IF NOT EXISTS {target}_with_its_account ON "{target}" (account_id, id)')
        cursor.execute(
            f'ALTER TABLE "{table}" ADD CONSTRAINT {name} FOREIGN KEY (account_id, {column})'
            f' REFERENCES "{target}" (account_id, id) DEFERRABLE INITIALLY DEFERRED'
        )


def _grant(cursor: Any, tables: set[str]) -> None:
    role = settings.DATABASE_ROLE
    cursor.execute("SELECT current_user")
    if not role or cursor.fetchone()[0] == role:
        return
    # Neither TRUNCATE nor REFERENCES nor TRIGGER, and nothing of the schema.
    cursor.execute(f'GRANT USAGE ON SCHEMA public TO "{role}"')
    cursor.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"')
    cursor.execute(f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}"')
    for table in sorted(tables & {*APPEND_ONLY}):
        cursor.execute(f'REVOKE UPDATE, DELETE ON "{table}" FROM "{role}"')
    if "django_migrations" in tables:
        cursor.execute(f'REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM "{role}"')


def role_faults(connection: BaseDatabaseWrapper) -> list[str]:
    """What the connected role is or owns that weakens the wall: ``superuser``, ``bypass``, ``owner``."""
    with connection.cursor() as cursor:  # past the scope: the role, no rows
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, EXISTS (SELECT 1 FROM pg_class WHERE relname = 'account' AND relkind = 'r'"
            " AND pg_has_role(current_user, relowner, 'USAGE')) FROM pg_roles WHERE rolname = current_user"
        )
        found = cursor.fetchone()
    return [word for word, there in zip(("superuser", "bypass", "owner"), found, strict=True) if there]


def lay_after_migrate(using: str, **_more: Any) -> None:
    """Receiver of Django's `post_migrate`."""
    from django.db import connections

    lay(connections[using])
