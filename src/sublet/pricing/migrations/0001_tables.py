"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.pricing.models.checks
import sublet.pricing.models.contracts
import sublet.pricing.models.promotions
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [("pricing", "0001_initial"), ("pricing", "0002_commitments")]
    dependencies = [("accounts", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="PriceCheck",
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
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.pricing.models.checks.new_check_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("asked", models.JSONField()),
                        ("asked_at", models.DateTimeField()),
                        ("asked_by", models.CharField(max_length=200)),
                        ("done_at", models.DateTimeField(null=True)),
                        ("found", models.JSONField(default=dict)),
                        ("job", models.CharField(blank=True, default="", max_length=40)),
                    ],
                    options={
                        "db_table": "price_check",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="PriceCheckLine",
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
                            "price_check",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="pricing.pricecheck",
                            ),
                        ),
                        (
                            "client",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        ("currency", models.CharField(max_length=3)),
                        ("retail_before", models.BigIntegerField()),
                        ("retail_after", models.BigIntegerField()),
                        ("wholesale_before", models.BigIntegerField()),
                        ("wholesale_after", models.BigIntegerField()),
                        ("loses", models.BooleanField()),
                    ],
                    options={
                        "db_table": "price_check_line",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "price_check"], name="check_lines_of_a_reseller")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("price_check", "client"), name="a_check_looks_at_a_client_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="PriceLetter",
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
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        ("about", models.CharField(max_length=200)),
                        ("day", models.DateField()),
                        ("amount", models.CharField(max_length=60)),
                        ("written_at", models.DateTimeField()),
                        ("written_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "price_letter",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "written_at"], name="price_letters_of_a_reseller")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("client", "about", "day", "amount"), name="a_price_is_written_of_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("about", ""), _negated=True), name="a_letter_is_about_something"
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="AgreedContract",
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
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.pricing.models.contracts.new_contract_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("kind", models.CharField(max_length=11)),
                        ("name", models.CharField(max_length=120)),
                        ("first_day", models.DateField()),
                        ("months", models.PositiveSmallIntegerField()),
                        ("renew_months", models.PositiveSmallIntegerField(default=0)),
                        ("notice_days", models.PositiveSmallIntegerField(default=0)),
                        ("price", models.JSONField(null=True)),
                        ("agreed_at", models.DateTimeField()),
                        ("agreed_by", models.CharField(max_length=200)),
                        ("last_day", models.DateField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("ended_by", models.CharField(blank=True, default="", max_length=200)),
                        ("once", models.CharField(blank=True, default="", max_length=64)),
                    ],
                    options={
                        "db_table": "agreed_contract",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "client"], name="contracts_of_a_reseller")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("term", "maintenance", "commitment"))),
                                name="a_contract_is_of_a_known_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("months__gt", 0)), name="a_contract_lasts_a_month_at_least"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("once", ""), _negated=True),
                                fields=("account", "once"),
                                name="a_form_agrees_one_contract",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Extra",
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
                                default=sublet.pricing.models.contracts.new_extra_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("text", models.CharField(blank=True, default="", max_length=500)),
                        ("made_at", models.DateTimeField()),
                        ("made_by", models.CharField(max_length=200)),
                        ("removed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "extra",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("removed_at__isnull", True)),
                                fields=("account", "name"),
                                name="an_extra_has_a_name_of_its_own",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ExtraSold",
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
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        (
                            "extra",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pricing.extra"
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.pricing.models.contracts.new_sale_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        ("quantity", models.PositiveIntegerField(default=1)),
                        ("price", models.JSONField()),
                        ("due_at", models.DateTimeField()),
                        ("sold_at", models.DateTimeField()),
                        ("sold_by", models.CharField(max_length=200)),
                        ("taken_back_at", models.DateTimeField(null=True)),
                        ("once", models.CharField(blank=True, default="", max_length=64)),
                    ],
                    options={
                        "db_table": "extra_sold",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "client"], name="extras_sold_by_a_reseller")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="an_extra_is_sold_at_least_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("once", ""), _negated=True),
                                fields=("account", "once"),
                                name="a_form_sells_one_extra",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Promotion",
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
                                default=sublet.pricing.models.promotions.new_promotion_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("code", models.CharField(max_length=40)),
                        ("name", models.CharField(blank=True, default="", max_length=100)),
                        ("percent", models.DecimalField(decimal_places=2, max_digits=5)),
                        ("months", models.PositiveSmallIntegerField(null=True)),
                        ("things", models.JSONField(default=list)),
                        ("opens_at", models.DateTimeField()),
                        ("closes_at", models.DateTimeField(null=True)),
                        ("most", models.PositiveIntegerField(null=True)),
                        ("made_at", models.DateTimeField()),
                        ("made_by", models.CharField(max_length=200)),
                        ("ended_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "promotion",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("account", "code"),
                                name="a_code_means_one_promotion",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("percent__gt", 0), ("percent__lte", 100)),
                                name="a_promotion_lowers_a_price",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("months__isnull", True), ("months__gt", 0), _connector="OR"),
                                name="a_promotion_lasts_a_month_at_least",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closes_at__isnull", True),
                                    ("closes_at__gt", models.F("opens_at")),
                                    _connector="OR",
                                ),
                                name="a_promotion_closes_after_it_opens",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="PromotionTaken",
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
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.pricing.models.promotions.new_taken_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "promotion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pricing.promotion"
                            ),
                        ),
                        ("code", models.CharField(max_length=40)),
                        ("percent", models.DecimalField(decimal_places=2, max_digits=5)),
                        ("things", models.JSONField(default=list)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(null=True)),
                        ("taken_at", models.DateTimeField()),
                        ("taken_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "promotion_taken",
                        "abstract": False,
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "client"], name="promotions_of_a_reseller")],
                        "constraints": [
                            models.UniqueConstraint(fields=("promotion", "client"), name="a_promotion_is_taken_once")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ListPromotionTaken",
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
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.pricing.models.promotions.new_taken_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "promotion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pricing.promotion"
                            ),
                        ),
                        ("code", models.CharField(max_length=40)),
                        ("percent", models.DecimalField(decimal_places=2, max_digits=5)),
                        ("things", models.JSONField(default=list)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(null=True)),
                        ("taken_at", models.DateTimeField()),
                        ("taken_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "list_promotion_taken",
                        "abstract": False,
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "client"], name="list_promotions_by_reseller")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("promotion", "client"), name="a_list_promotion_is_taken_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="RetailPriceSet",
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
                        ("since", models.DateTimeField()),
                        ("decided_at", models.DateTimeField()),
                        ("decided_by", models.CharField(max_length=200)),
                        ("dropped_at", models.DateTimeField(null=True)),
                        ("layer", models.CharField(max_length=6)),
                        (
                            "client",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("tag", models.CharField(blank=True, default="", max_length=40)),
                        ("kind", models.CharField(max_length=8)),
                        ("key", models.CharField(max_length=130)),
                        ("version", models.PositiveIntegerField(default=0)),
                        ("interval", models.CharField(max_length=7)),
                        ("currency", models.CharField(max_length=3)),
                        ("price", models.JSONField(null=True)),
                    ],
                    options={
                        "db_table": "retail_price_set",
                        "abstract": False,
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "client"], name="retail_prices_of_a_reseller")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("layer__in", ("client", "group", "item"))),
                                name="a_retail_price_has_a_known_place",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("plan", "add_on", "service", "overage", "extra"))),
                                name="a_retail_price_is_of_a_known_thing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("client__isnull", False), ("layer", "client"), ("tag", "")),
                                    models.Q(
                                        ("client__isnull", True),
                                        ("layer", "group"),
                                        models.Q(("tag", ""), _negated=True),
                                    ),
                                    models.Q(("client__isnull", True), ("layer", "item"), ("tag", "")),
                                    _connector="OR",
                                ),
                                name="a_retail_price_names_for_whom",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("client__isnull", True), ("dropped_at__isnull", True)),
                                fields=("account", "tag", "kind", "key", "version", "interval", "currency", "since"),
                                name="one_retail_price_is_said_from_an_instant_on",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("client__isnull", False), ("dropped_at__isnull", True)),
                                fields=("account", "client", "kind", "key", "version", "interval", "currency", "since"),
                                name="one_retail_price_of_a_client_from_an_instant_on",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="RetailMarkUp",
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
                        ("since", models.DateTimeField()),
                        ("decided_at", models.DateTimeField()),
                        ("decided_by", models.CharField(max_length=200)),
                        ("dropped_at", models.DateTimeField(null=True)),
                        ("layer", models.CharField(max_length=6)),
                        (
                            "client",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("tag", models.CharField(blank=True, default="", max_length=40)),
                        ("percent", models.DecimalField(decimal_places=2, max_digits=7, null=True)),
                        ("on", models.CharField(default="wholesale", max_length=9)),
                    ],
                    options={
                        "db_table": "retail_mark_up",
                        "abstract": False,
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("layer__in", ("client", "group", "item"))),
                                name="a_mark_up_has_a_known_place",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("on__in", ("wholesale", "list"))),
                                name="a_mark_up_is_on_something_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("client__isnull", False), ("layer", "client"), ("tag", "")),
                                    models.Q(
                                        ("client__isnull", True),
                                        ("layer", "group"),
                                        models.Q(("tag", ""), _negated=True),
                                    ),
                                    models.Q(("client__isnull", True), ("layer", "item"), ("tag", "")),
                                    _connector="OR",
                                ),
                                name="a_mark_up_names_for_whom",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("client__isnull", True), ("dropped_at__isnull", True)),
                                fields=("account", "tag", "since"),
                                name="one_mark_up_is_said_from_an_instant_on",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("client__isnull", False), ("dropped_at__isnull", True)),
                                fields=("account", "client", "since"),
                                name="one_mark_up_of_a_client_from_an_instant_on",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="RetailFloor",
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
                        ("since", models.DateTimeField()),
                        ("decided_at", models.DateTimeField()),
                        ("decided_by", models.CharField(max_length=200)),
                        ("dropped_at", models.DateTimeField(null=True)),
                        ("percent", models.DecimalField(decimal_places=2, max_digits=5)),
                    ],
                    options={
                        "db_table": "retail_floor",
                        "abstract": False,
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("dropped_at__isnull", True)),
                                fields=("account", "since"),
                                name="one_floor_from_an_instant_on",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("percent__gte", 0), ("percent__lt", 100)),
                                name="a_floor_is_a_part_of_the_price",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="CurrencyRate",
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
                        ("since", models.DateTimeField()),
                        ("decided_at", models.DateTimeField()),
                        ("decided_by", models.CharField(max_length=200)),
                        ("dropped_at", models.DateTimeField(null=True)),
                        ("source", models.CharField(max_length=3)),
                        ("target", models.CharField(max_length=3)),
                        ("rate", models.DecimalField(decimal_places=8, max_digits=18)),
                    ],
                    options={
                        "db_table": "currency_rate",
                        "abstract": False,
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("dropped_at__isnull", True)),
                                fields=("account", "source", "target", "since"),
                                name="one_rate_from_an_instant_on",
                            ),
                            models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="a_rate_is_above_zero"),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="PriceSharing",
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
                        ("since", models.DateTimeField()),
                        ("decided_at", models.DateTimeField()),
                        ("decided_by", models.CharField(max_length=200)),
                        ("dropped_at", models.DateTimeField(null=True)),
                        ("shared", models.BooleanField()),
                    ],
                    options={
                        "db_table": "price_sharing",
                        "abstract": False,
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("dropped_at__isnull", True)),
                                fields=("account", "since"),
                                name="sharing_is_said_once",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="WholesaleAgreed",
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
                        ("since", models.DateTimeField()),
                        ("decided_at", models.DateTimeField()),
                        ("decided_by", models.CharField(max_length=200)),
                        ("dropped_at", models.DateTimeField(null=True)),
                        ("percent", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                        ("tiers", models.JSONField(default=list)),
                        ("note", models.CharField(blank=True, default="", max_length=500)),
                    ],
                    options={
                        "db_table": "wholesale_agreed",
                        "abstract": False,
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("dropped_at__isnull", True)),
                                fields=("account", "since"),
                                name="one_discount_is_agreed_from_an_instant_on",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("percent__isnull", True),
                                    models.Q(("percent__gte", 0), ("percent__lte", 100)),
                                    _connector="OR",
                                ),
                                name="a_discount_is_a_part_of_the_price",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
    ]
