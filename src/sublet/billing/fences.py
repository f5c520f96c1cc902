"""What the database itself refuses: changing the ledger, and changing what was issued or the file of it.

Laid beside the journal's fences after each `migrate`; `sublet doctor` and the nightly look say when one is missing.
"""

# ruff: noqa: S608  the names of our own columns, nobody’s words
from __future__ import annotations

from typing import Final

from sublet.foundation.journal.fences import Fence, append_only

#: What of an issued document goes on: is it paid, was some of it credited or written off?
GOES_ON: Final = ("state", "paid_minor", "credited_minor", "written_off_minor", "recovered_minor")
_FROZEN: Final = (
    "id", "account_id", "book", "ref", "kind", "debtor_id", "key", "first_day", "last_day", "currency", "list_minor",
    "discount_minor", "net_minor", "tax_minor", "gross_minor", "rounding_minor", "discount_percent", "collected_by", "made_at", "issuer_id",
    "series", "number", "issued_at", "issued_on", "due_on", "issued_by", "frozen", "digest", "corrects_id", "reason",
)  # fmt: skip
SENTENCE: Final = "what is issued is not changed"
_REFUSES: Final = f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
_DIFFERS: Final = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in _FROZEN)
_OLD, _NEW = (  # names of columns
    f"EXISTS (SELECT 1 FROM invoice WHERE id = {row}.invoice_id AND number IS NOT NULL)" for row in ("OLD", "NEW")
)

_INVOICE: Final = f"""
CREATE OR REPLACE FUNCTION refuse_to_change_what_is_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.number IS NOT NULL AND (TG_OP = 'DELETE' OR NEW.state = 'draft'
        OR to_jsonb(NEW) - '{{{",".join(GOES_ON)}}}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{{{",".join(GOES_ON)}}}'::text[])
    THEN
        RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$
"""
_LINE: Final = f"""
CREATE OR REPLACE FUNCTION refuse_to_change_an_issued_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoice WHERE id = OLD.invoice_id AND number IS NOT NULL) THEN
        RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$
"""
# Once for a statement: a run adds thousands of lines.
_ADDED: Final = f"""
CREATE OR REPLACE FUNCTION refuse_to_add_to_what_is_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added JOIN invoice ON invoice.id = added.invoice_id WHERE invoice.number IS NOT NULL) THEN
        RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$
"""

FENCES: Final = (
    *append_only("ledger_entry", "EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id)"),
    *append_only(
        "ledger_posting",
        "EXISTS (SELECT 1 FROM ledger_posting WHERE account_id = NEW.account_id AND entry_id = NEW.entry_id"
        " AND position = NEW.position)",
    ),
    *append_only(
        "invoice_paper", "EXISTS (SELECT 1 FROM invoice_paper WHERE id = NEW.id OR invoice_id = NEW.invoice_id)"
    ),
    *append_only("payout", "EXISTS (SELECT 1 FROM payout WHERE id = NEW.id OR ref = NEW.ref)"),
    *append_only("payout_line", "EXISTS (SELECT 1 FROM payout_line WHERE id = NEW.id OR entry_id = NEW.entry_id)"),
    Fence(
        "invoice",
        "invoice_is_not_changed_once_issued",
        sqlite=f"BEFORE UPDATE ON invoice WHEN OLD.number IS NOT NULL AND (NEW.state = 'draft' OR {_DIFFERS}) {_REFUSES}",
        postgresql="BEFORE UPDATE OR DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION refuse_to_change_what_is_issued()",
        function=_INVOICE,
    ),
    Fence(
        "invoice",
        "invoice_is_not_deleted_once_issued",
        sqlite=f"BEFORE DELETE ON invoice WHEN OLD.number IS NOT NULL {_REFUSES}",
    ),
    Fence(
        "invoice",
        "invoice_is_not_replaced_once_issued",
        sqlite="BEFORE INSERT ON invoice WHEN EXISTS (SELECT 1 FROM invoice WHERE id = NEW.id AND number IS NOT NULL)"
        f" {_REFUSES}",
    ),
    Fence(
        "invoice",
        "invoices_are_not_emptied",
        postgresql=f"BEFORE TRUNCATE ON invoice FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change('{SENTENCE}')",
    ),
    Fence(
        "invoice_line",
        "invoice_line_is_not_changed_once_issued",
        sqlite=f"BEFORE UPDATE ON invoice_line WHEN {_OLD} {_REFUSES}",
        postgresql="BEFORE UPDATE OR DELETE ON invoice_line FOR EACH ROW EXECUTE FUNCTION refuse_to_change_an_issued_line()",
        function=_LINE,
    ),
    Fence(
        "invoice_line",
        "invoice_line_is_not_deleted_once_issued",
        sqlite=f"BEFORE DELETE ON invoice_line WHEN {_OLD} {_REFUSES}",
    ),
    Fence(
        "invoice_line",
        "invoice_line_is_not_added_once_issued",
        sqlite=f"BEFORE INSERT ON invoice_line WHEN {_NEW} {_REFUSES}",
        postgresql="AFTER INSERT ON invoice_line REFERENCING NEW TABLE AS added FOR EACH STATEMENT"
        " EXECUTE FUNCTION refuse_to_add_to_what_is_issued()",
        function=_ADDED,
    ),
    Fence(
        "invoice_line",
        "invoice_lines_are_not_emptied",
        postgresql=f"BEFORE TRUNCATE ON invoice_line FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change('{SENTENCE}')",
    ),
)
