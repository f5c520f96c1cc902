"""What a host looks like, and which hosts there are."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_domain_ref() -> str:
    return new_ref("dom")


def new_vendor_word_ref() -> str:
    return new_ref("vwd")


def new_brands_change_ref() -> str:
    return new_ref("bch")


class Brand(TenantModel):
    """What an account shows of itself. An empty field is inherited from the account above, each on its own."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="brand")
    name = models.CharField(max_length=80, blank=True, default="")
    logo = models.CharField(max_length=64, blank=True, default="")  # digest of a BrandImage
    logo_dark = models.CharField(max_length=64, blank=True, default="")
    icon = models.CharField(max_length=64, blank=True, default="")  # favicon and touch icon
    color = models.CharField(max_length=7, blank=True, default="")  # #rrggbb
    support_name = models.CharField(max_length=80, blank=True, default="")
    support_email = models.CharField(max_length=254, blank=True, default="")
    support_phone = models.CharField(max_length=40, blank=True, default="")
    support_url = models.CharField(max_length=300, blank=True, default="")
    support_hours = models.CharField(max_length=120, blank=True, default="")
    footer = models.CharField(max_length=200, blank=True, default="")
    sender_name = models.CharField(max_length=80, blank=True, default="")
    #: The other fields of `core.brandfields`, and texts for one language, by their key; only what is set.
    more = models.JSONField(default=dict, blank=True)
    #: What will be otherwise once it is published, by key; an empty value takes back. None: there is no draft.
    draft = models.JSONField(null=True, default=None, blank=True)
    drafted_by = models.CharField(max_length=200, blank=True, default="")
    drafted_at = models.DateTimeField(null=True, blank=True)
    published = models.PositiveIntegerField(default=0)  # the number of the newest BrandVersion
    version = models.PositiveIntegerField(
        default=0
    )  # grows with each change, drafts included: guards against overwriting

    class Meta:
        db_table = "brand"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"

    def __str__(self) -> str:
        return self.name or f"brand of {self.account_id}"


class BrandVersion(TenantModel):
    """A brand as it was published once: all that the account had set, by whom and when. Never changed."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    values = models.JSONField()
    changed = models.CharField(max_length=1000, blank=True, default="")  # fields that became otherwise
    published_by = models.CharField(max_length=200, blank=True, default="")
    published_at = models.DateTimeField()

    class Meta:
        db_table = "brand_version"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["account", "number"], name="a_brand_version_has_one_number")]

    def __str__(self) -> str:
        return f"{self.number} of {self.account_id}"


class BrandImage(TenantModel):
    """A logo or icon as we made it: decoded, bounded, encoded anew. Served by its digest, for ever the same bytes."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    media_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    data = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "brand_image"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="a_brand_image_is_kept_once")]
        indexes = [models.Index(fields=["digest"], name="brand_images_by_digest")]

    def __str__(self) -> str:
        return self.digest[:12]


class Domain(TenantModel):
    """A host name that answers with a brand, once it is proved. Unique over all accounts: it is global by nature."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for proof")
        PROVED = "proved", _("Proved")
        RELEASED = "released", _("Released")

    class Proof(models.TextChoices):
        """What the account's right to the name rests on. Empty: it has none, or is from before it was noted."""

        NEUTRAL = "neutral", _("Below the neutral domain")
        DNS = "dns", _("By DNS")
        WILDCARD = "wildcard", _("Below a wildcard of the reseller")
        VENDOR = "vendor", _("By the vendor’s word")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="domains")
    ref = models.CharField(max_length=32, unique=True, default=new_domain_ref, editable=False)
    host = models.CharField(max_length=253)  # lower case, A-labels, no port; a wildcard begins with "*."
    state = models.CharField(max_length=10, choices=State.choices)
    is_primary = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    proof = models.CharField(max_length=8, choices=Proof.choices, blank=True, default="")
    token = models.CharField(max_length=43, blank=True, default="")  # what its TXT record says; no secret
    redirects = models.BooleanField(default=False)  # answers with the way to the main host
    gives_names = models.BooleanField(default=False)  # of a wildcard: each new client gets a name below it by itself
    serving = models.BooleanField(default=False)  # DNS leads here, as far as was seen
    failing_since = models.DateTimeField(null=True)
    lost_since = models.DateTimeField(null=True)  # since when its proof is gone
    told_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    check_asked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)  # null: only when somebody asks
    certificate_code = models.CharField(max_length=12, blank=True, default="")  # of core.certificates; empty: not seen
    certificate_issuer = models.CharField(max_length=100, blank=True, default="")
    certificate_ends_at = models.DateTimeField(null=True)
    certificate_since = models.DateTimeField(null=True)  # since when there is trouble with it
    certificate_told_at = models.DateTimeField(null=True)
    certificate_next_at = models.DateTimeField(null=True)  # when it is looked at next; null: as soon as it can be
    findings = models.JSONField(default=list)  # of core.domains.DomainFinding, in order

    class Meta:
        db_table = "domain"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            # A claim without proof blocks nobody (D4): only proved and just released names are taken.
            models.UniqueConstraint(
                fields=["host"],
                condition=models.Q(state__in=["proved", "released"]),
                name="a_proved_host_has_one_account",
            ),
            models.UniqueConstraint(fields=["account", "host"], name="an_account_claims_a_host_once"),
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(is_primary=True, state="proved"),
                name="an_account_has_one_primary_host",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(gives_names=True, state="proved"),
                name="new_clients_get_one_name",
            ),
        ]
        # The look-up of every request; SQLite cannot see that "proved" is among the states of the unique index.
        indexes = [
            models.Index(fields=["host", "state"], name="domains_by_host"),
            models.Index(
                fields=["next_check_at"],
                condition=models.Q(next_check_at__isnull=False),
                name="domains_by_next_check",
            ),
        ]

    def __str__(self) -> str:
        return self.host


class BrandGeneration(models.Model):
    """One row whose number changes with each change of a brand, host or account that hosts depend on.

    Each process compares it once a second and drops its cache of hosts when it is another. The number is drawn by lot:
    a count that was rolled back would come again and hide the next change.
    """

    number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "brand_generation"

    def __str__(self) -> str:
        return str(self.number)


class VendorWord(TenantModel):
    """A word that must not be seen where the vendor is hidden, besides those that follow from its names and hosts.

    `account` is the vendor's.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_vendor_word_ref, editable=False)
    text = models.CharField(max_length=80)
    folded = models.CharField(max_length=80)  # without case and accents: the same word is kept once
    created_at = models.DateTimeField()
    created_by_name = models.CharField(max_length=200)

    class Meta:
        db_table = "vendor_word"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [models.UniqueConstraint(fields=["account", "folded"], name="a_vendor_word_is_kept_once")]

    def __str__(self) -> str:
        return self.text


class BrandsChange(TenantModel):
    """One change to the brands of many clients, as it was ordered. A reseller row: it stays with who ordered it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to run")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        UNDOING = "undoing", _("Being taken back")
        UNDONE = "undone", _("Taken back")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_brands_change_ref, editable=False)
    values = models.JSONField()  # what is wanted, by key; empty for what is taken back
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    total = models.PositiveIntegerField()  # clients that were selected when it was ordered
    job_id = models.CharField(max_length=40, blank=True, default="")
    once = models.CharField(
        max_length=64, blank=True, default=""
    )  # the form it was sent with: the same one orders nothing more
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    finished_at = models.DateTimeField(null=True)  # when it was done; once it is taken back, when that was

    class Meta:
        db_table = "brands_change"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [models.Index(fields=["account", "-id"], name="brands_changes_of_a_reseller")]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "once"], condition=~models.Q(once=""), name="a_change_of_many_brands_is_ordered_once"
            )
        ]

    def __str__(self) -> str:
        return self.ref


class BrandsChangeLine(TenantModel):
    """One client of such a change: whether its turn has come, what it had before, or why it was left alone."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CHANGED = "changed", _("Changed")
        LEFT = "left", _("Left alone")
        UNDONE = "undone", _("Taken back")
        KEPT = "kept", _("Not taken back")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)  # the reseller
    change = models.ForeignKey(BrandsChange, on_delete=models.CASCADE, related_name="lines", db_index=False)
    client = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    code = models.CharField(max_length=20, blank=True, default="")  # why it was left alone, or not taken back
    before = models.JSONField(default=dict)  # what it had of the keys that became otherwise
    draft = models.JSONField(default=dict)  # what its draft said of the keys of the change

    class Meta:
        db_table = "brands_change_line"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["change", "client"], name="a_client_is_once_in_a_change_of_brands")
        ]
        indexes = [models.Index(fields=["change", "state", "id"], name="brands_change_lines_by_state")]

    def __str__(self) -> str:
        return f"{self.client_id} in {self.change_id}"
