"""Money: issuers, ledger, invoices, payments."""
