"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.manager
from django.db import migrations, models

import sublet.billing.models.bank
import sublet.billing.models.efforts
import sublet.billing.models.invoices
import sublet.billing.models.issuers
import sublet.billing.models.payments
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("billing", "0001_issuers"),
        ("billing", "0010_books"),
        ("billing", "0020_papers"),
        ("billing", "0030_payments"),
        ("billing", "0050_bank"),
        ("billing", "0060_waiting_charges"),
        ("billing", "0070_in_hand"),
        ("billing", "0080_dunning"),
        ("billing", "0090_metrics"),
        ("billing", "0091_owed"),
    ]
    dependencies = [("accounts", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Issuer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.issuers.new_issuer_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("legal_name", models.CharField(max_length=200)),
                        ("street", models.CharField(max_length=200)),
                        ("postal_code", models.CharField(blank=True, default="", max_length=20)),
                        ("city", models.CharField(max_length=100)),
                        ("region", models.CharField(blank=True, default="", max_length=100)),
                        ("country", models.CharField(max_length=2)),
                        ("register_number", models.CharField(blank=True, default="", max_length=50)),
                        ("vat_id", models.CharField(blank=True, default="", max_length=20)),
                        ("tax_number", models.CharField(blank=True, default="", max_length=50)),
                        (
                            "tax_regime",
                            models.CharField(
                                choices=[
                                    ("standard", "Charges VAT"),
                                    ("small-business", "Small business, exempt from VAT"),
                                    ("none", "Not subject to VAT"),
                                ],
                                default="standard",
                                max_length=20,
                            ),
                        ),
                        ("exemption_note", models.CharField(blank=True, default="", max_length=300)),
                        ("standard_rate", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                        ("currency", models.CharField(default="EUR", max_length=3)),
                        (
                            "rounding",
                            models.CharField(
                                choices=[
                                    ("exact", "To the cent"),
                                    ("five", "Amount due to five cents"),
                                    ("whole", "Amount due to whole units"),
                                ],
                                default="exact",
                                max_length=10,
                            ),
                        ),
                        ("invoice_prefix", models.CharField(blank=True, default="", max_length=20)),
                        ("credit_prefix", models.CharField(blank=True, default="", max_length=20)),
                        ("payment_days", models.PositiveSmallIntegerField(default=14)),
                        ("account_holder", models.CharField(blank=True, default="", max_length=100)),
                        ("iban", models.CharField(blank=True, default="", max_length=34)),
                        ("bic", models.CharField(blank=True, default="", max_length=11)),
                        ("contact_name", models.CharField(blank=True, default="", max_length=100)),
                        ("email", models.CharField(blank=True, default="", max_length=254)),
                        ("phone", models.CharField(blank=True, default="", max_length=40)),
                        ("footer", models.CharField(blank=True, default="", max_length=500)),
                        ("made_at", models.DateTimeField()),
                        ("made_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "issuer",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "version"), name="an_issuer_has_each_version_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("legal_name", ""), _negated=True),
                                    models.Q(("country", ""), _negated=True),
                                ),
                                name="an_issuer_says_who_it_is",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Recipient",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("business", "Business"), ("person", "Private person")],
                                default="business",
                                max_length=10,
                            ),
                        ),
                        ("legal_name", models.CharField(max_length=200)),
                        ("street", models.CharField(blank=True, default="", max_length=200)),
                        ("postal_code", models.CharField(blank=True, default="", max_length=20)),
                        ("city", models.CharField(blank=True, default="", max_length=100)),
                        ("region", models.CharField(blank=True, default="", max_length=100)),
                        ("country", models.CharField(max_length=2)),
                        ("vat_id", models.CharField(blank=True, default="", max_length=20)),
                        ("tax_number", models.CharField(blank=True, default="", max_length=50)),
                        ("email", models.CharField(blank=True, default="", max_length=254)),
                        ("buyer_reference", models.CharField(blank=True, default="", max_length=100)),
                        (
                            "format",
                            models.CharField(
                                choices=[
                                    ("facturx", "PDF with Factur-X inside"),
                                    ("xrechnung-ubl", "XRechnung (UBL)"),
                                    ("xrechnung-cii", "XRechnung (CII)"),
                                    ("ubl", "UBL 2.1 (EN 16931)"),
                                ],
                                default="facturx",
                                max_length=20,
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "recipient",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("legal_name", ""), _negated=True),
                                    models.Q(("country", ""), _negated=True),
                                ),
                                name="a_recipient_says_who_it_is",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="VatCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.issuers.new_vat_check_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("vat_id", models.CharField(max_length=20)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Being checked"),
                                    ("valid", "Valid"),
                                    ("invalid", "Not valid"),
                                    ("unknown", "No answer"),
                                ],
                                default="asked",
                                max_length=10,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("name", models.CharField(blank=True, default="", max_length=300)),
                        ("address", models.CharField(blank=True, default="", max_length=500)),
                        ("proof", models.CharField(blank=True, default="", max_length=100)),
                    ],
                    options={
                        "db_table": "vat_check",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "vat_id", "-asked_at"], name="checks_of_a_vat_id")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("account", "vat_id"),
                                name="a_vat_id_is_asked_about_once_at_a_time",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="LedgerEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "client",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "debtor",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("key", models.CharField(max_length=200)),
                        ("kind", models.CharField(default="charge", max_length=10)),
                        ("about", models.CharField(blank=True, default="", max_length=12)),
                        ("item", models.CharField(blank=True, default="", max_length=80)),
                        ("start", models.DateTimeField(null=True)),
                        ("end", models.DateTimeField(null=True)),
                        ("first_day", models.DateField(null=True)),
                        ("last_day", models.DateField(null=True)),
                        ("days", models.PositiveIntegerField(default=0)),
                        ("of_days", models.PositiveIntegerField(default=0)),
                        ("quantity", models.DecimalField(decimal_places=6, default=1, max_digits=24)),
                        ("total", models.BigIntegerField(null=True)),
                        ("minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("parts", models.JSONField(default=list)),
                        ("billed", models.BooleanField(default=True)),
                        ("due_at", models.DateTimeField()),
                        ("at", models.DateTimeField()),
                        ("by", models.CharField(blank=True, default="", max_length=200)),
                    ],
                    options={
                        "db_table": "ledger_entry",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "debtor", "due_at", "id"], name="entries_of_who_owes"),
                            models.Index(fields=["account", "due_at"], name="entries_of_a_book_in_time"),
                            models.Index(fields=["account", "last_day"], name="entries_that_run"),
                            models.Index(
                                condition=models.Q(("billed", True), ("kind", "charge")),
                                fields=["debtor", "due_at"],
                                name="charges_of_who_is_billed",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))), name="an_entry_is_of_a_book"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ("charge", "invoice", "credit", "payment", "adjustment"))
                                ),
                                name="an_entry_has_a_known_kind",
                            ),
                            models.UniqueConstraint(
                                fields=("client", "book", "key"), name="an_account_is_charged_once_for_one_thing"
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="LedgerPosting",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "account_id",
                                "entry_id",
                                "position",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "entry",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="postings",
                                to="billing.ledgerentry",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "debtor",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("code", models.CharField(max_length=20)),
                        ("minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                    ],
                    options={
                        "db_table": "ledger_posting",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "debtor", "code", "currency"], name="postings_of_who_owes")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BillingTerms",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "client",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        ("interval", models.CharField(default="month", max_length=7)),
                        ("basis", models.CharField(default="calendar", max_length=11)),
                        ("collected_by", models.CharField(default="nobody", max_length=6)),
                        ("automatic", models.BooleanField(default=False)),
                        ("since", models.DateTimeField()),
                        ("decided_at", models.DateTimeField()),
                        ("decided_by", models.CharField(max_length=200)),
                        ("dropped_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "billing_terms",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))),
                                name="billing_terms_are_of_a_book",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("interval__in", ("month", "quarter", "year"))),
                                name="one_is_billed_by_month_quarter_or_year",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("basis__in", ("calendar", "anniversary"))),
                                name="one_is_billed_by_calendar_or_anniversary",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("collected_by__in", ("nobody", "own", "vendor"))),
                                name="somebody_known_collects",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("client__isnull", False), ("dropped_at__isnull", True)),
                                fields=("account", "client", "since"),
                                name="one_way_of_billing_holds_at_a_time",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("client__isnull", True), ("dropped_at__isnull", True)),
                                fields=("account", "since"),
                                name="one_way_of_billing_holds_for_the_others",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BillingRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(default="wholesale", max_length=9)),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.invoices.new_run_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("until", models.DateTimeField()),
                        ("begun_at", models.DateTimeField()),
                        ("done_at", models.DateTimeField(null=True)),
                        ("by", models.CharField(max_length=200)),
                        ("accounts", models.PositiveIntegerField(default=0)),
                        ("charges", models.PositiveIntegerField(default=0)),
                        ("drafts", models.PositiveIntegerField(default=0)),
                        ("faults", models.JSONField(default=list)),
                    ],
                    options={
                        "db_table": "billing_run",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "until"), name="a_billing_run_up_to_an_instant_is_one"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="NumberSeries",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        ("series", models.CharField(blank=True, max_length=20)),
                        ("last", models.PositiveBigIntegerField(default=0)),
                        ("last_day", models.DateField()),
                    ],
                    options={
                        "db_table": "number_series",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "series"), name="a_series_of_numbers_is_one")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Invoice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.invoices.new_invoice_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("kind", models.CharField(default="invoice", max_length=7)),
                        (
                            "debtor",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("state", models.CharField(default="draft", max_length=13)),
                        ("key", models.CharField(max_length=80)),
                        ("first_day", models.DateField()),
                        ("last_day", models.DateField()),
                        ("currency", models.CharField(max_length=3)),
                        ("list_minor", models.BigIntegerField()),
                        ("discount_minor", models.BigIntegerField(default=0)),
                        ("net_minor", models.BigIntegerField()),
                        ("tax_minor", models.BigIntegerField(default=0)),
                        ("gross_minor", models.BigIntegerField()),
                        ("discount_percent", models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                        ("collected_by", models.CharField(max_length=6)),
                        ("paid_minor", models.BigIntegerField(default=0)),
                        ("credited_minor", models.BigIntegerField(default=0)),
                        ("made_at", models.DateTimeField()),
                        (
                            "issuer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.issuer",
                            ),
                        ),
                        ("series", models.CharField(blank=True, default="", max_length=20)),
                        ("number", models.PositiveBigIntegerField(null=True)),
                        ("issued_at", models.DateTimeField(null=True)),
                        ("issued_on", models.DateField(null=True)),
                        ("due_on", models.DateField(null=True)),
                        ("issued_by", models.CharField(blank=True, default="", max_length=200)),
                        ("frozen", models.JSONField(null=True)),
                        ("digest", models.CharField(blank=True, default="", max_length=64)),
                        (
                            "corrects",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credit_notes",
                                to="billing.invoice",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, default="", max_length=500)),
                    ],
                    options={
                        "db_table": "invoice",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "-id"], name="invoices_of_a_book"),
                            models.Index(fields=["account", "state", "-id"], name="invoices_by_state"),
                            models.Index(fields=["debtor", "-id"], name="invoices_of_who_owes"),
                            models.Index(
                                condition=models.Q(("state__in", ("issued", "partly-paid"))),
                                fields=["due_on"],
                                name="invoices_that_are_owed",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))),
                                name="an_invoice_is_of_a_book",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("invoice", "credit"))),
                                name="an_invoice_has_a_known_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ("draft", "issued", "paid", "partly-paid", "uncollectible", "credited"),
                                    )
                                ),
                                name="an_invoice_has_a_known_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("collected_by__in", ("nobody", "own", "vendor"))),
                                name="an_invoice_is_collected_by",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("digest", ""), ("number__isnull", True), ("state", "draft")),
                                    models.Q(
                                        models.Q(("state", "draft"), _negated=True),
                                        ("issued_on__isnull", False),
                                        ("number__isnull", False),
                                        models.Q(("digest", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="what_is_issued_has_a_number_and_a_draft_has_none",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "gross_minor",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("net_minor"), "+", models.F("tax_minor")
                                        ),
                                    ),
                                    (
                                        "net_minor",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("list_minor"), "-", models.F("discount_minor")
                                        ),
                                    ),
                                ),
                                name="an_invoice_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("corrects__isnull", False), ("kind", "credit")),
                                    models.Q(("corrects__isnull", True), ("kind", "invoice")),
                                    _connector="OR",
                                ),
                                name="a_credit_note_says_what_it_corrects",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("credited_minor", 0),
                                    models.Q(
                                        ("credited_minor__gt", 0),
                                        ("credited_minor__lte", models.F("gross_minor")),
                                        ("kind", "invoice"),
                                    ),
                                    _connector="OR",
                                ),
                                name="no_more_is_credited_than_was_claimed",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("number__isnull", False)),
                                fields=("account", "series", "number"),
                                name="a_number_is_given_once",
                            ),
                            models.UniqueConstraint(
                                fields=("account", "debtor", "currency", "key"), name="a_period_is_invoiced_once"
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="InvoiceLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "invoice",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="billing.invoice",
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        (
                            "entry",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.ledgerentry",
                            ),
                        ),
                        (
                            "corrects",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.invoiceline",
                            ),
                        ),
                        (
                            "client",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("about", models.CharField(max_length=12)),
                        ("item", models.CharField(blank=True, default="", max_length=80)),
                        ("first_day", models.DateField()),
                        ("last_day", models.DateField()),
                        ("days", models.PositiveIntegerField(default=0)),
                        ("of_days", models.PositiveIntegerField(default=0)),
                        ("quantity", models.DecimalField(decimal_places=6, default=1, max_digits=24)),
                        ("minor", models.BigIntegerField()),
                        ("discount_minor", models.BigIntegerField(default=0)),
                        ("net_minor", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "invoice_line",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "net_minor",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("minor"), "-", models.F("discount_minor")
                                        ),
                                    )
                                ),
                                name="a_line_adds_up",
                            ),
                            models.UniqueConstraint(
                                fields=("invoice", "position"), name="a_line_has_a_place_of_its_own"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("entry__isnull", False)),
                                fields=("entry",),
                                name="a_charge_is_invoiced_once",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BankStatement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.bank.new_statement_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("file_name", models.CharField(max_length=200)),
                        ("digest", models.CharField(max_length=64)),
                        ("format", models.CharField(max_length=10)),
                        ("first_day", models.DateField(null=True)),
                        ("last_day", models.DateField(null=True)),
                        ("lines", models.PositiveIntegerField(default=0)),
                        ("known", models.PositiveIntegerField(default=0)),
                        ("waiting", models.PositiveIntegerField(default=0)),
                        ("faults", models.JSONField(default=list)),
                        ("imported_at", models.DateTimeField()),
                        ("imported_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "bank_statement",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "-id"], name="statements_of_an_account")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))),
                                name="a_statement_is_of_a_book",
                            ),
                            models.UniqueConstraint(
                                fields=("account", "digest"), name="a_statement_is_brought_in_once"
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BankLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.bank.new_line_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "statement",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.bankstatement",
                            ),
                        ),
                        ("place", models.PositiveIntegerField()),
                        ("key", models.CharField(max_length=64)),
                        ("iban", models.CharField(blank=True, default="", max_length=34)),
                        ("booked_on", models.DateField()),
                        ("value_on", models.DateField(null=True)),
                        ("minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("party", models.CharField(blank=True, default="", max_length=140)),
                        ("party_iban", models.CharField(blank=True, default="", max_length=34)),
                        ("text", models.CharField(blank=True, default="", max_length=500)),
                        ("bank_ref", models.CharField(blank=True, default="", max_length=200)),
                        ("reversal", models.BooleanField(default=False)),
                        ("doubtful", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("booked", "Booked"), ("aside", "Aside"), ("out", "Out")],
                                default="open",
                                max_length=6,
                            ),
                        ),
                    ],
                    options={
                        "db_table": "bank_line",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "state", "-id"], name="bank_lines_by_state"),
                            models.Index(fields=["account", "booked_on", "minor"], name="bank_lines_of_a_day"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))),
                                name="a_bank_line_is_of_a_book",
                            ),
                            models.UniqueConstraint(fields=("account", "key"), name="a_movement_is_here_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "booked"), _negated=True),
                                    models.Q(("minor__gt", 0), ("reversal", False)),
                                    _connector="OR",
                                ),
                                name="only_what_came_in_pays",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BankPayment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.bank.new_bank_payment_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="billing.bankline",
                            ),
                        ),
                        (
                            "invoice",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.invoice",
                            ),
                        ),
                        (
                            "debtor",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        (
                            "entry",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.ledgerentry",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("by", models.CharField(max_length=200)),
                        ("taken_back_at", models.DateTimeField(null=True)),
                        ("taken_back_by", models.CharField(blank=True, default="", max_length=200)),
                    ],
                    options={
                        "db_table": "bank_payment",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "invoice"], name="bank_payments_of_an_invoice")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))),
                                name="a_bank_payment_is_of_a_book",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("minor__gt", 0)), name="a_bank_payment_is_of_something"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("invoice__isnull", False), ("taken_back_at__isnull", True)),
                                fields=("line", "invoice"),
                                name="a_line_pays_an_invoice_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("invoice__isnull", True), ("taken_back_at__isnull", True)),
                                fields=("line",),
                                name="a_line_has_one_surplus",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="DunningPolicy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        ("retries", models.JSONField(default=list)),
                        ("reminders", models.JSONField(default=list)),
                        ("grace", models.PositiveIntegerField()),
                        ("last_call", models.PositiveIntegerField()),
                        ("ending", models.CharField(max_length=5)),
                        ("since", models.DateTimeField()),
                        ("decided_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "dunning_policy",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))),
                                name="a_dunning_policy_is_of_a_book",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ending__in", ("pause", "keep"))),
                                name="a_grace_ends_in_a_known_way",
                            ),
                            models.UniqueConstraint(
                                fields=("account", "since"), name="one_dunning_policy_holds_at_a_time"
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="DunningCase",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        ("collected_by", models.CharField(max_length=6)),
                        (
                            "debtor",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "invoice",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dunning",
                                to="billing.invoice",
                            ),
                        ),
                        ("state", models.CharField(default="running", max_length=7)),
                        ("round", models.PositiveIntegerField(default=1)),
                        ("counted_from", models.DateField()),
                        ("zone", models.CharField(max_length=64)),
                        ("schedule", models.JSONField()),
                        ("opened_at", models.DateTimeField()),
                        ("looked_at", models.DateTimeField()),
                        ("next_at", models.DateTimeField(null=True)),
                        ("next_key", models.CharField(blank=True, default="", max_length=20)),
                        ("holds", models.BooleanField(default=False)),
                        ("paused_at", models.DateTimeField(null=True)),
                        ("stopped_at", models.DateTimeField(null=True)),
                        ("stopped_by", models.CharField(blank=True, default="", max_length=200)),
                    ],
                    options={
                        "db_table": "dunning_case",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "state", "next_at"], name="dunning_of_a_book"),
                            models.Index(
                                condition=models.Q(("next_at__isnull", False)),
                                fields=["next_at"],
                                name="dunning_that_is_due",
                            ),
                            models.Index(
                                condition=models.Q(("state", "settled"), _negated=True),
                                fields=["debtor"],
                                name="dunning_of_who_owes",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))),
                                name="a_dunning_case_is_of_a_book",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ("running", "ended", "stopped", "settled"))),
                                name="a_dunning_case_has_a_known_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("holds", False), ("state", "ended"), _connector="OR"),
                                name="only_what_has_ended_holds_somebody_up",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="DunningStep",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        ("collected_by", models.CharField(max_length=6)),
                        (
                            "case",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="billing.dunningcase",
                            ),
                        ),
                        ("round", models.PositiveIntegerField()),
                        ("key", models.CharField(max_length=60)),
                        ("kind", models.CharField(max_length=10)),
                        ("outcome", models.CharField(max_length=20)),
                        ("payment", models.CharField(blank=True, default="", max_length=32)),
                        ("at", models.DateTimeField()),
                        ("by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "dunning_step",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))),
                                name="a_dunning_step_is_of_a_book",
                            ),
                            models.UniqueConstraint(
                                fields=("case", "round", "key"), name="a_dunning_step_is_done_once"
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Effort",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "client",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.efforts.new_effort_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("kind", models.CharField(max_length=4)),
                        ("day", models.DateField()),
                        ("minutes", models.PositiveIntegerField(default=0)),
                        ("rate", models.BigIntegerField(default=0)),
                        ("minor", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("text", models.CharField(blank=True, default="", max_length=200)),
                        ("entered_at", models.DateTimeField()),
                        ("entered_by", models.CharField(max_length=200)),
                        ("dropped_at", models.DateTimeField(null=True)),
                        ("dropped_by", models.CharField(blank=True, default="", max_length=200)),
                    ],
                    options={
                        "db_table": "effort",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "client", "-day"], name="efforts_for_a_client"),
                            models.Index(fields=["account", "day"], name="efforts_of_a_month"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("time", "cost"))), name="an_effort_is_time_or_a_cost"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("minor__gte", 0), ("rate__gte", 0)), name="an_effort_costs"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "time"), _negated=True), ("minutes__gt", 0), _connector="OR"
                                ),
                                name="time_takes_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("dropped_at__isnull", True),
                                    ("dropped_at__gte", models.F("entered_at")),
                                    _connector="OR",
                                ),
                                name="an_effort_is_dropped_after_it_is_entered",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ClientMonth",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "client",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "debtor",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("month", models.DateField()),
                        ("currency", models.CharField(max_length=3)),
                        ("before", models.BigIntegerField(default=0)),
                        ("minor", models.BigIntegerField(default=0)),
                        ("list_minor", models.BigIntegerField(default=0)),
                        ("charged", models.BigIntegerField(default=0)),
                        ("list_charged", models.BigIntegerField(default=0)),
                        ("owed", models.BigIntegerField(default=0)),
                        ("came_back", models.BooleanField(default=False)),
                    ],
                    options={
                        "db_table": "client_month",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "month"], name="figures_of_a_month"),
                            models.Index(fields=["debtor", "month"], name="figures_of_who_owes"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))),
                                name="a_months_figure_is_of_a_book",
                            ),
                            models.UniqueConstraint(
                                fields=("account", "client", "month", "debtor", "currency"),
                                name="a_client_has_one_figure_a_month",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="RevenueMonth",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "debtor",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("month", models.DateField()),
                        ("currency", models.CharField(max_length=3)),
                        ("start", models.BigIntegerField(default=0)),
                        ("new", models.BigIntegerField(default=0)),
                        ("reactivated", models.BigIntegerField(default=0)),
                        ("expansion", models.BigIntegerField(default=0)),
                        ("contraction", models.BigIntegerField(default=0)),
                        ("churned", models.BigIntegerField(default=0)),
                        ("end", models.BigIntegerField(default=0)),
                        ("paying", models.PositiveIntegerField(default=0)),
                        ("lost", models.PositiveIntegerField(default=0)),
                        ("accounts", models.PositiveIntegerField(default=0)),
                        ("list_minor", models.BigIntegerField(default=0)),
                        ("charged", models.BigIntegerField(default=0)),
                        ("seen", models.BigIntegerField(default=0)),
                        ("up_to", models.DateTimeField()),
                        ("kept_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "revenue_month",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["debtor", "month"], name="revenue_of_who_owes")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("book__in", ("wholesale", "retail"))),
                                name="a_months_revenue_is_of_a_book",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("debtor__isnull", True)),
                                fields=("account", "month", "currency"),
                                name="a_month_is_added_up_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("debtor__isnull", False)),
                                fields=("account", "debtor", "month", "currency"),
                                name="a_month_of_who_owes_is_added_up_once",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="InvoicePaper",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "invoice",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="paper", to="billing.invoice"
                            ),
                        ),
                        ("pdf", models.BinaryField()),
                        ("digest", models.CharField(max_length=64)),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "invoice_paper",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="GatewayAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.payments.new_gateway_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("provider", models.CharField(default="stripe", max_length=10)),
                        ("named", models.CharField(blank=True, default="", max_length=100)),
                        ("title", models.CharField(blank=True, default="", max_length=100)),
                        ("live", models.BooleanField(default=False)),
                        ("key_box", models.TextField()),
                        ("key_ends", models.CharField(max_length=4)),
                        ("hook_box", models.TextField(blank=True, default="")),
                        ("hook_word", models.CharField(max_length=40, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("new", "New"), ("works", "Works"), ("fails", "Fails")],
                                default="new",
                                max_length=5,
                            ),
                        ),
                        ("why", models.CharField(blank=True, default="", max_length=60)),
                        ("checked_at", models.DateTimeField(null=True)),
                        ("heard_at", models.DateTimeField(null=True)),
                        ("looked_until", models.DateTimeField(null=True)),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("created_at", models.DateTimeField()),
                        ("removed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "gateway_account",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("removed_at__isnull", True)),
                                fields=("account",),
                                name="an_account_collects_by_one_gateway",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="GatewayCustomer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "gateway",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.gatewayaccount",
                            ),
                        ),
                        ("named", models.CharField(max_length=100)),
                    ],
                    options={
                        "db_table": "gateway_customer",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "gateway"), name="a_payer_is_known_once_at_a_gateway"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="PaymentMethod",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.payments.new_method_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "gateway",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.gatewayaccount",
                            ),
                        ),
                        ("named", models.CharField(max_length=100)),
                        ("kind", models.CharField(max_length=12)),
                        ("brand", models.CharField(blank=True, default="", max_length=30)),
                        ("ends", models.CharField(blank=True, default="", max_length=4)),
                        ("until", models.CharField(blank=True, default="", max_length=7)),
                        ("digest", models.CharField(blank=True, default="", max_length=64)),
                        ("is_default", models.BooleanField(default=False)),
                        ("added_at", models.DateTimeField()),
                        ("added_by", models.CharField(max_length=200)),
                        ("removed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "payment_method",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "added_at"], name="payment_methods_of_an_account")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("card", "sepa_debit"))),
                                name="a_payment_method_has_a_known_kind",
                            ),
                            models.UniqueConstraint(fields=("gateway", "named"), name="a_payment_method_is_kept_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("is_default", True), ("removed_at__isnull", True)),
                                fields=("account", "gateway"),
                                name="a_payer_has_one_method_that_is_charged",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Payment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.payments.new_payment_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        (
                            "payer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                            ),
                        ),
                        ("collected_by", models.CharField(max_length=6)),
                        (
                            "gateway",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.gatewayaccount",
                            ),
                        ),
                        (
                            "method",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.paymentmethod",
                            ),
                        ),
                        ("invoice", models.CharField(blank=True, default="", max_length=32)),
                        ("number", models.CharField(blank=True, default="", max_length=60)),
                        ("amount", models.BigIntegerField()),
                        ("currency", models.CharField(max_length=3)),
                        ("attempt", models.PositiveIntegerField()),
                        ("key", models.CharField(max_length=60, unique=True)),
                        ("state", models.CharField(default="started", max_length=12)),
                        ("intent", models.CharField(blank=True, default="", max_length=100)),
                        ("hosted", models.CharField(blank=True, default="", max_length=100)),
                        ("code", models.CharField(blank=True, default="", max_length=60)),
                        ("words", models.CharField(blank=True, default="", max_length=300)),
                        ("tries", models.PositiveIntegerField(default=0)),
                        ("next_at", models.DateTimeField(null=True)),
                        ("in_hand_until", models.DateTimeField(null=True)),
                        ("refunded", models.BigIntegerField(default=0)),
                        ("fee", models.BigIntegerField(default=0)),
                        ("fee_currency", models.CharField(blank=True, default="", max_length=3)),
                        ("made_at", models.DateTimeField()),
                        ("made_by", models.CharField(max_length=200)),
                        ("settled_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "payment",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "-made_at", "-id"], name="payments_of_an_account"),
                            models.Index(fields=["payer", "-made_at", "-id"], name="payments_of_a_payer"),
                            models.Index(
                                condition=models.Q(("next_at__isnull", False)),
                                fields=["next_at"],
                                name="payments_asked_again",
                            ),
                            models.Index(
                                condition=models.Q(("hosted", ""), _negated=True),
                                fields=["hosted"],
                                name="payments_by_page",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        (
                                            "started",
                                            "unknown",
                                            "processing",
                                            "needs_action",
                                            "succeeded",
                                            "failed",
                                            "parked",
                                        ),
                                    )
                                ),
                                name="a_payment_has_a_known_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_payment_is_of_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("refunded__gte", 0), ("refunded__lte", models.F("amount"))),
                                name="no_more_is_refunded_than_was_paid",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("refunded", 0), ("state", "succeeded"), _connector="OR"),
                                name="what_was_not_paid_is_not_refunded",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ("started", "unknown", "processing", "needs_action", "parked")),
                                    models.Q(("invoice", ""), _negated=True),
                                ),
                                fields=("account", "invoice"),
                                name="an_invoice_has_one_payment_in_flight",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("invoice", ""), _negated=True),
                                fields=("account", "invoice", "attempt"),
                                name="an_attempt_is_made_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("intent", ""), _negated=True),
                                fields=("gateway", "intent"),
                                name="a_charge_belongs_to_one_payment",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="PaymentLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.payments.new_link_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "gateway",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.gatewayaccount",
                            ),
                        ),
                        ("token_hash", models.CharField(max_length=64, unique=True)),
                        (
                            "payment",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.payment",
                            ),
                        ),
                        ("invoice", models.CharField(blank=True, default="", max_length=32)),
                        ("sent_to", models.CharField(blank=True, default="", max_length=254)),
                        ("hosted", models.CharField(blank=True, default="", max_length=100)),
                        ("opened", models.PositiveIntegerField(default=0)),
                        ("made_at", models.DateTimeField()),
                        ("made_by", models.CharField(max_length=200)),
                        ("expires_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "payment_link",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "made_at"], name="payment_links_of_an_account"),
                            models.Index(
                                condition=models.Q(("hosted", ""), _negated=True),
                                fields=["hosted"],
                                name="payment_links_by_page",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Refund",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.payments.new_refund_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        ("collected_by", models.CharField(max_length=6)),
                        (
                            "payment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refunds",
                                to="billing.payment",
                            ),
                        ),
                        ("amount", models.BigIntegerField()),
                        ("number", models.PositiveIntegerField()),
                        ("once", models.CharField(blank=True, default="", max_length=64)),
                        ("key", models.CharField(max_length=60, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("started", "Started"),
                                    ("unknown", "Unknown"),
                                    ("pending", "Pending"),
                                    ("succeeded", "Succeeded"),
                                    ("failed", "Failed"),
                                    ("parked", "Parked"),
                                ],
                                default="started",
                                max_length=9,
                            ),
                        ),
                        ("named", models.CharField(blank=True, default="", max_length=100)),
                        ("code", models.CharField(blank=True, default="", max_length=60)),
                        ("reason", models.CharField(blank=True, default="", max_length=500)),
                        ("tries", models.PositiveIntegerField(default=0)),
                        ("next_at", models.DateTimeField(null=True)),
                        ("made_at", models.DateTimeField()),
                        ("made_by", models.CharField(max_length=200)),
                        ("settled_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "refund",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "made_at"], name="refunds_of_an_account"),
                            models.Index(
                                condition=models.Q(("next_at__isnull", False)),
                                fields=["next_at"],
                                name="refunds_asked_again",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="a_refund_is_of_something"
                            ),
                            models.UniqueConstraint(fields=("payment", "number"), name="a_refund_has_its_number"),
                            models.UniqueConstraint(
                                condition=models.Q(("once", ""), _negated=True),
                                fields=("account", "once"),
                                name="a_form_makes_one_refund",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Dispute",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.billing.models.payments.new_dispute_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("book", models.CharField(max_length=9)),
                        ("collected_by", models.CharField(max_length=6)),
                        (
                            "payment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disputes",
                                to="billing.payment",
                            ),
                        ),
                        ("named", models.CharField(max_length=100)),
                        ("amount", models.BigIntegerField()),
                        ("state", models.CharField(max_length=4)),
                        ("reason", models.CharField(blank=True, default="", max_length=60)),
                        ("answer_by", models.DateTimeField(null=True)),
                        ("opened_at", models.DateTimeField()),
                        ("settled_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "dispute",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "opened_at"], name="disputes_of_an_account")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ("open", "won", "lost"))),
                                name="a_dispute_has_a_known_state",
                            ),
                            models.UniqueConstraint(fields=("payment", "named"), name="a_dispute_is_kept_once"),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ProviderEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "gateway",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="billing.gatewayaccount",
                            ),
                        ),
                        ("named", models.CharField(max_length=100)),
                        ("type", models.CharField(max_length=80)),
                        ("about", models.CharField(blank=True, default="", max_length=100)),
                        ("raw_box", models.TextField()),
                        ("made_at", models.DateTimeField()),
                        ("received_at", models.DateTimeField()),
                        ("by_looking", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[("kept", "Kept"), ("done", "Done"), ("nothing", "Nothing")],
                                default="kept",
                                max_length=7,
                            ),
                        ),
                        ("done_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "provider_event",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "received_at"], name="messages_of_an_account"),
                            models.Index(
                                condition=models.Q(("state", "kept")), fields=["received_at"], name="messages_that_wait"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("gateway", "named"), name="a_message_is_kept_once")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
    ]
