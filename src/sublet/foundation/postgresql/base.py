"""The database backend: Django's own, but each statement is preceded by the scope that the database does not know yet.

The policies of `walls` read two settings, `sublet.account` and `sublet.reach`. They are set for the transaction, never
for the session: through a pooler in transaction mode the next transaction on that connection is somebody else's. The
setting travels in the same message as the statement, so it costs no round trip, and PostgreSQL runs such a message as one
transaction where none is open. It is sent below Django's log and wrappers: counts of statements stay what they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as PlainOperations
from django.db.backends.postgresql.schema import DatabaseSchemaEditor as PlainSchemaEditor
from psycopg import sql
from psycopg.pq import TransactionStatus

from sublet.foundation.unscoped import is_past, past_scope

Told = tuple[str, str]
NOTHING: Told = ("", "")  # what a fresh transaction knows, and what lets nothing through
EVERYTHING: Told = ("*", "")

_OPENING = "SELECT set_config('sublet.account',"


def wanted() -> Told:
    """What the database must know for the next statement."""
    from sublet.foundation import scope  # its models load this module while they are being made

    if is_past():
        return EVERYTHING
    now = scope.current_or_none()
    if now is None:
        return NOTHING
    if now.account_id is None:
        # The vendor's people see everything but what resellers keep from them (`walls`).
        return EVERYTHING if now.vendor_id is None else ("*", f"{{{int(now.vendor_id)}}}")
    if now.reach is None:
        return (str(int(now.account_id)), "")
    # Braces even when nobody is within reach: an empty text would mean everybody.
    return (str(int(now.account_id)), "{" + ",".join(str(int(each)) for each in sorted(now.reach | now.admitted)) + "}")


def sentence(told: Told) -> str:
    """The statement that tells it. It holds digits, braces and commas only, so no quoting and no placeholder can go wrong."""
    account, reach = told
    return f"{_OPENING}'{account}',true),set_config('sublet.reach','{reach}',true);"


def _only_reads(query: object) -> bool:
    return isinstance(query, str) and query.startswith("SELECT")


class WalledCursor(base.Cursor):  # type: ignore[name-defined,misc]  # which the stubs leave out
    """A cursor whose statements carry the scope. `wall` is None for the driver's own questions (is it alive?)."""

    wall: DatabaseWrapper | None = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        if self.wall is not None and self.wall.would_forget() and not _only_reads(query):
            self.wall.kept += 1
        first = self.wall.to_tell() if self.wall is not None else ""
        if not first:
            return super().execute(query, params, **options)
        if isinstance(query, bytes):
            query = first.encode() + query
        elif isinstance(query, sql.Composable):
            query = sql.SQL(first) + query  # made of constants, see `sentence`
        else:
            query = first + query
        super().execute(query, params, **options)
        self.nextset()  # past the answer to ours
        return self

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Within: the scope is known, in a transaction, for what cannot travel in one message with it."""
        if self.wall is None:
            yield
            return
        with ExitStack() as stack:
            if self.wall.would_forget():
                self.wall.kept += 1
            if self.wall.would_forget() and wanted() != NOTHING:
                stack.enter_context(self.connection.transaction())
                self.wall.forget()
            first = self.wall.to_tell()
            if first:
                with self.connection.cursor() as teller:  # past the scope: it tells it
                    teller.execute(first)
            yield

    def executemany(self, query: Any, params_seq: Iterable[Any], **options: Any) -> None:
        with self._told():
            super().executemany(query, params_seq, **options)

    @contextmanager
    def copy(self, statement: Any, params: Any = None, **options: Any) -> Iterator[Any]:
        with self._told(), super().copy(statement, params, **options) as copy:
            yield copy


class SchemaEditor(PlainSchemaEditor):
    """Migrations move the rows of every account."""

    def __enter__(self) -> Any:
        self._way = ExitStack()
        self._way.enter_context(past_scope("a migration"))
        try:
            return super().__enter__()
        except BaseException:
            self._way.close()
            raise

    def __exit__(self, *fault: Any) -> None:
        with self._way:
            super().__exit__(*fault)


class Operations(PlainOperations):
    """What is logged and counted is the statement that was asked for."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> Any:
        said = super().last_executed_query(cursor, sql, params)
        if isinstance(said, str) and said.startswith(_OPENING):
            return said.partition(";")[2]
        return said


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection, which remembers what it has told in this transaction."""

    SchemaEditorClass = SchemaEditor
    ops_class = Operations
    #: Rises with all that may have been kept: a transaction that ended well, a statement that was one of its own.
    kept = 0
    _known: Told | None = None  # None: something was rolled back, so it must be told anew

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        parameters["cursor_factory"] = WalledCursor
        return parameters

    def create_cursor(self, name: str | None = None) -> Any:
        if name:
            # A cursor of the server's would keep the scope of its first row; pages and exports do not use any.
            raise RuntimeError("server-side cursors are switched off")
        cursor = super().create_cursor()
        cursor.wall = self
        return cursor

    def would_forget(self) -> bool:
        """Whether the next message is a transaction of its own."""
        return bool(self.connection.autocommit and self.connection.pgconn.transaction_status == TransactionStatus.IDLE)

    def to_tell(self) -> str:
        """What must be said before the next statement; empty when the transaction knows it already."""
        status = self.connection.pgconn.transaction_status
        if status == TransactionStatus.INERROR:
            return ""  # every statement is refused until something is rolled back
        want = wanted()
        if status == TransactionStatus.IDLE:
            self._known = NOTHING
        if want == self._known:
            return ""
        if not self.would_forget():
            self._known = want
        return sentence(want)

    def forget(self) -> None:
        """Another transaction has begun, or this one has gone back: what was told may be gone."""
        self._known = None

    # A transaction can begin with a question of the driver's own (is it alive?), which tells nothing: so whatever ends one
    # forgets what was told in it.
    def _set_autocommit(self, autocommit: bool) -> None:
        self.forget()
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # Django's own, which the stubs do not tell of

    def _commit(self) -> None:
        self.forget()
        self.kept += 1
        super()._commit()  # type: ignore[misc]  # as above

    def _rollback(self) -> None:
        self.forget()
        super()._rollback()  # type: ignore[misc]  # as above

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # as above
        # Rolling back to a savepoint also takes back what was set since.
        self.forget()
