"""The tree of accounts, what is kept about each, and what the client list needs to be fast."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.core.lifecycle import ACTIVE, STATES
from sublet.core.names import sort_name
from sublet.core.rights import KINDS
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel, current_or_none

LANGUAGES = ("en", "it", "sq", "nl", "fr", "pt")


def new_account_ref() -> str:
    return new_ref("acc")


def new_import_ref() -> str:
    return new_ref("imp")


class Account(TenantModel):
    """A node of the tree: vendor, reseller, client or direct account. Its reference never changes, its name may."""

    scope_path: ClassVar[str] = ""

    class Kind(models.TextChoices):
        VENDOR = "vendor", _("Vendor")
        RESELLER = "reseller", _("Reseller")
        CLIENT = "client", _("Client")
        DIRECT = "direct", _("Direct account")

    class State(models.TextChoices):
        PROSPECT = "prospect", _("Prospect")
        INVITED = "invited", _("Invited")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        CLOSED = "closed", _("Closed")

    class Ownership(models.TextChoices):
        RESELLER = "reseller", _("Reseller")
        CLIENT = "client", _("Client")

    ref = models.CharField(max_length=32, unique=True, default=new_account_ref, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="below", db_index=False)
    name = models.CharField(max_length=200)
    sort_name = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State.choices, default=ACTIVE)
    state_since = models.DateTimeField()
    state_reason = models.CharField(max_length=500, blank=True, default="")
    state_before_suspension = models.CharField(max_length=10, blank=True, default="")
    state_before_close = models.CharField(max_length=10, blank=True, default="")  # empty when closed: ended for good
    gone_at = models.DateTimeField(null=True)  # end of the grace period of a closed account
    # [from, until] of each time that is over in which it was a prospect’s, or closed: nothing is charged for them.
    idle = models.JSONField(default=list, db_default=models.Value([], output_field=models.JSONField()))
    ownership = models.CharField(max_length=10, choices=Ownership.choices, default=Ownership.RESELLER)
    demo_until = models.DateTimeField(null=True)  # set: a demonstration that lapses then
    # Derived, for lists (`operations.plans_shown`): the subscription's own rows decide.
    plan = models.CharField(max_length=60, blank=True, default="", db_default="")  # taken; empty: that of its birth
    trial_until = models.DateTimeField(null=True)  # the end of its trial, also one that is over
    settings_complete = models.BooleanField(
        default=False, db_default=False
    )  # derived, too (`operations.settings_shown`)
    gets_invoices = models.BooleanField(default=False, db_default=False)  # derived (`operations.invoices_shown`)
    read_only_since = models.DateTimeField(null=True)  # a reseller that does not pay (`operations.read_only`)
    language = models.CharField(max_length=5, blank=True, default="")  # empty: the browser's
    timezone = models.CharField(max_length=50, default="UTC")
    country = models.CharField(max_length=2, blank=True, default="")
    currency = models.CharField(max_length=3, default="EUR")
    # [currency, until] of those before, the earliest first: what is due then is reckoned, and given back, in that one.
    currencies_before = models.JSONField(default=list, db_default=models.Value([], output_field=models.JSONField()))
    contact_name = models.CharField(max_length=200, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    mobile = models.CharField(max_length=40, blank=True, default="")
    website = models.CharField(max_length=300, blank=True, default="")
    street = models.CharField(max_length=200, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    external_id = models.CharField(max_length=100, blank=True, default="")
    notes = models.TextField(blank=True, default="")
    responsible_id = models.BigIntegerField(null=True)  # a user; plain, because people stand above accounts
    import_id = models.BigIntegerField(null=True)  # the import that made this account, so that it can be taken back
    import_key = models.CharField(max_length=64, blank=True, default="")
    last_seen_at = models.DateTimeField(null=True)  # when one of its own people was last here
    created_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True)  # since when it stands below its parent; None: since it was born
    version = models.PositiveIntegerField(default=0)  # grows with each change: a form that began before is refused

    class Meta:
        db_table = "account"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="an_account_has_a_known_kind"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="an_account_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(kind="vendor", parent__isnull=True) | (~Q(kind="vendor") & Q(parent__isnull=False)),
                name="only_the_vendor_has_no_parent",
            ),
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="vendor"), name="there_is_one_vendor"),
            models.UniqueConstraint(
                fields=["parent", "import_key"], condition=~Q(import_key=""), name="an_imported_client_comes_in_once"
            ),
        ]
        indexes = [
            models.Index(fields=["parent", "sort_name", "id"], name="clients_by_name"),
            models.Index(fields=["parent", "created_at", "id"], name="clients_by_age"),
            models.Index(fields=["parent", "last_seen_at", "id"], name="clients_by_last_visit"),
            models.Index(fields=["parent", "state", "sort_name", "id"], name="clients_of_a_state"),
            models.Index(fields=["parent", "responsible_id", "sort_name", "id"], name="clients_of_a_person"),
            models.Index(fields=["import_id"], condition=Q(import_id__isnull=False), name="clients_of_an_import"),
            models.Index(fields=["parent", "language", "sort_name", "id"], name="clients_of_a_language"),
            # Both conditions repeat those of the jobs that look for what is over: only what is still open is kept here.
            models.Index(
                fields=["gone_at"],
                condition=Q(gone_at__isnull=False) & ~Q(state_before_close=""),
                name="accounts_in_grace",
            ),
            models.Index(
                fields=["parent", "demo_until"], condition=Q(demo_until__isnull=False), name="demonstrations_by_end"
            ),
            models.Index(fields=["parent", "plan", "sort_name", "id"], name="clients_of_a_plan"),
            models.Index(
                fields=["parent", "trial_until"], condition=Q(trial_until__isnull=False), name="trials_by_end"
            ),
            models.Index(fields=["parent", "settings_complete", "sort_name", "id"], name="clients_by_settings"),
        ]

    def __str__(self) -> str:
        return self.name

    def name_it(self, name: str) -> None:
        """Set the name and the key that lists are ordered by, which must never drift apart."""
        self.name = name
        self.sort_name = sort_name(name)

    def refuse_outside_scope(self) -> None:
        super().refuse_outside_scope()
        scope = current_or_none()
        if (
            self.pk is None
            and scope is not None
            and scope.account_id is not None
            and self.parent_id != scope.account_id
        ):
            from sublet.foundation.scope import OutsideScope

            raise OutsideScope(f"a new account below {self.parent_id} in the scope of {scope.reason}")


class AccountTag(TenantModel):
    """A word that a reseller puts on a client; the pair is unique."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tags", db_index=False)
    parent_id = models.BigIntegerField()  # the client's reseller, so that a tag is found without a join
    name = models.CharField(max_length=40)

    class Meta:
        db_table = "account_tag"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="a_tag_is_put_once")]
        indexes = [models.Index(fields=["parent_id", "name", "account"], name="clients_with_a_tag")]

    def __str__(self) -> str:
        return self.name


class SearchWord(TenantModel):
    """A folded word of an account's name, contact, address or numbers. Derived: `reindex` rebuilds it from the account."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="+", db_index=False
    )  # `words_of_a_client`
    parent_id = models.BigIntegerField()
    word = models.CharField(max_length=40)
    personal = models.BooleanField(default=False)  # of a contact alone: finds nothing for whoever may only look one up

    class Meta:
        db_table = "account_word"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [
            # The operator class lets PostgreSQL find a prefix whatever the database's collation; SQLite ignores it.
            models.Index(
                fields=["parent_id", "word", "account"],
                name="clients_by_word",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
            ),
            # Whether one client has a word, too: with the account above, which PostgreSQL's wall wants to see, so that it
            # reads no row for it.
            models.Index(
                fields=["account", "word", "parent_id"],
                name="words_of_a_client",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.word


class SavedView(TenantModel):
    """A client list as somebody likes it: filters, sorting and columns under a name. A reseller row: it stays."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=32, unique=True)
    user_id = models.BigIntegerField()
    shared = models.BooleanField(default=False)
    name = models.CharField(max_length=80)
    query = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "saved_view"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["account", "user_id", "name"], name="a_view_name_is_used_once")]

    def __str__(self) -> str:
        return self.name


class ClientImport(TenantModel):
    """A spreadsheet on its way in. A reseller row: it stays with the reseller that sent it."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting for your check")
        QUEUED = "queued", _("Waiting to run")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        UNDOING = "undoing", _("Being taken back")
        UNDONE = "undone", _("Taken back")
        DISCARDED = "discarded", _("Discarded")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=32, unique=True, default=new_import_ref)
    file_name = models.CharField(max_length=200)
    data = models.BinaryField()  # emptied when the import is done or discarded: the file holds people's data
    digest = models.CharField(max_length=64)
    reading = models.JSONField(default=dict)  # `clientlists.Reading`: guessed or chosen
    choices = models.JSONField(default=dict)  # `clientlists.Choices`: what holds for all rows
    revision = models.PositiveIntegerField(default=1)  # grows when either changes: what was not seen is not imported
    checked = models.PositiveIntegerField(default=0)  # the revision that `findings` tell of
    findings = models.BinaryField(default=bytes)  # `clientlists.Findings`; emptied with `data`
    found = models.JSONField(default=dict)  # how many rows are new, known … by the check
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    rows_total = models.IntegerField(default=0)
    rows_made = models.IntegerField(default=0)
    rows_known = models.IntegerField(default=0)
    rows_repeated = models.IntegerField(default=0)
    rows_left_out = models.IntegerField(default=0)
    rows_refused = models.IntegerField(default=0)
    rows_taken_back = models.IntegerField(default=0)
    rows_kept = models.IntegerField(default=0)  # when taken back: clients already in use, which stay
    next_row = models.IntegerField(default=0)  # where a run goes on after a crash
    job_id = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "client_import"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [
            models.Index(fields=["account", "-id"], name="imports_of_a_reseller"),
            models.Index(fields=["account", "digest"], name="imports_of_a_file"),
        ]

    def __str__(self) -> str:
        return self.file_name


class LeftRows(TenantModel):
    """Rows of one batch of an import that were not taken in, with the reasons: to be downloaded, put right and sent again.

    Forgotten after some weeks: they hold people's data.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    client_import = models.ForeignKey(ClientImport, on_delete=models.CASCADE, related_name="left", db_index=False)
    first = models.IntegerField()  # the position of the batch's first row
    packed = models.BinaryField()  # `clientlists.pack_left`

    class Meta:
        db_table = "client_import_left"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["client_import", "first"], name="a_batch_is_left_once")]

    def __str__(self) -> str:
        return f"{self.client_import_id} from {self.first}"
