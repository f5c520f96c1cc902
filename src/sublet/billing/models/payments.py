"""Money on its way: whose account at a processor, by which method, what became of each attempt.

No card number and no check code is ever here: a person enters them on the processor's own page, and what stays is the
processor's id, with what it lets us show of it (``Visa 4242``). What an attempt is known to be never goes back, and an invoice
has one attempt at a time: the database says both.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sublet.accounts.models import Account
from sublet.billing.models.books import WHOLESALE, BookModel
from sublet.billing.models.terms import BY_VENDOR
from sublet.core.payments import IN_FLIGHT, METHODS, STATES, SUCCEEDED
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel

STRIPE = "stripe"


def new_gateway_ref() -> str:
    return new_ref("gat")


def new_method_ref() -> str:
    return new_ref("pm")


def new_payment_ref() -> str:
    return new_ref("pay")


def new_refund_ref() -> str:
    return new_ref("rfd")


def new_dispute_ref() -> str:
    return new_ref("dsp")


def new_link_ref() -> str:
    return new_ref("lnk")


class GatewayAccount(TenantModel):
    """The own account of a reseller, or of the vendor, at a processor. Its key is sealed and shown never again.

    One is in force at a time; another's key makes another row, so that what was charged through the one before can still be
    asked after and given back.
    """

    class State(models.TextChoices):
        NEW = "new"
        WORKS = "works"
        FAILS = "fails"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_gateway_ref, editable=False)
    provider = models.CharField(max_length=10, default=STRIPE)
    named = models.CharField(max_length=100, blank=True, default="")  # the processor's id of it, once it has answered
    title = models.CharField(max_length=100, blank=True, default="")  # what it is called there
    live = models.BooleanField(default=False)
    key_box = models.TextField()
    key_ends = models.CharField(max_length=4)
    hook_box = models.TextField(blank=True, default="")  # what its webhooks are signed with
    hook_word = models.CharField(max_length=40, unique=True)  # in the address that it tells us at
    state = models.CharField(max_length=5, choices=State.choices, default=State.NEW)
    why = models.CharField(max_length=60, blank=True, default="")
    checked_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)  # its last message
    looked_until = models.DateTimeField(null=True)  # up to when its messages have been compared with ours
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_account"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(removed_at__isnull=True), name="an_account_collects_by_one_gateway"
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class GatewayCustomer(TenantModel):
    """Under which id a payer is known at one gateway."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    gateway = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    named = models.CharField(max_length=100)

    class Meta:
        db_table = "gateway_customer"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "gateway"], name="a_payer_is_known_once_at_a_gateway"),
        ]

    def __str__(self) -> str:
        return self.named


class PaymentMethod(TenantModel):
    """A way in which the account pays at one gateway: the processor's id, and what it lets us show."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_method_ref, editable=False)
    gateway = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    named = models.CharField(max_length=100)
    kind = models.CharField(max_length=12)
    brand = models.CharField(max_length=30, blank=True, default="")
    ends = models.CharField(max_length=4, blank=True, default="")
    until = models.CharField(max_length=7, blank=True, default="")  # the last month in which a card is good
    digest = models.CharField(max_length=64, blank=True, default="")  # by which a card is told from others, keyed
    is_default = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payment_method"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=METHODS), name="a_payment_method_has_a_known_kind"),
            models.UniqueConstraint(fields=["gateway", "named"], name="a_payment_method_is_kept_once"),
            models.UniqueConstraint(
                fields=["account", "gateway"],
                condition=Q(is_default=True, removed_at__isnull=True),
                name="a_payer_has_one_method_that_is_charged",
            ),
        ]
        indexes = [models.Index(fields=["account", "added_at"], name="payment_methods_of_an_account")]

    def __str__(self) -> str:
        return f"{self.brand} {self.ends}".strip() or self.kind


class PaymentLink(TenantModel):
    """A link with which somebody enters the account's way of paying, once, without logging in. Only its hash is kept."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_link_ref, editable=False)
    gateway = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    payment = models.ForeignKey("Payment", on_delete=models.PROTECT, null=True, related_name="+")  # what is to be paid
    invoice = models.CharField(max_length=32, blank=True, default="")  # of which all that is open is to be paid
    sent_to = models.CharField(max_length=254, blank=True, default="")
    hosted = models.CharField(max_length=100, blank=True, default="")  # the processor's page that was opened last
    opened = models.PositiveIntegerField(default=0)  # how many of its pages were opened
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payment_link"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        indexes = [
            models.Index(fields=["account", "made_at"], name="payment_links_of_an_account"),
            models.Index(fields=["hosted"], condition=~Q(hosted=""), name="payment_links_by_page"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def is_to_pay(self) -> bool:
        """Whether it is for money that is owed, not to enter a way of paying."""
        return bool(self.invoice) or self.payment_id is not None


class Payment(BookModel):
    """One attempt to collect what `payer` owes `account` by one invoice. Made before anything is asked of the processor.

    `amount` and all others are minor units of `currency`. `invoice` is the invoice's reference, empty for a prepayment.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_payment_ref, editable=False)
    book = models.CharField(max_length=9)
    payer = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    collected_by = models.CharField(max_length=6)
    gateway = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    invoice = models.CharField(max_length=32, blank=True, default="")
    number = models.CharField(max_length=60, blank=True, default="")  # what the invoice is called, for people
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    attempt = models.PositiveIntegerField()
    key = models.CharField(max_length=60, unique=True)
    state = models.CharField(max_length=12, default="started")
    intent = models.CharField(max_length=100, blank=True, default="")  # the processor's id, once it is known
    hosted = models.CharField(max_length=100, blank=True, default="")  # its page, where the payer pays by itself
    code = models.CharField(max_length=60, blank=True, default="")  # why not: the processor's word
    words = models.CharField(max_length=300, blank=True, default="")
    tries = models.PositiveIntegerField(default=0)  # how often it was asked for without an answer
    next_at = models.DateTimeField(null=True)  # when it is asked after again
    in_hand_until = models.DateTimeField(null=True)  # until then a process may be waiting for an answer
    refunded = models.BigIntegerField(default=0)  # given back, or on its way back
    fee = models.BigIntegerField(default=0)
    fee_currency = models.CharField(max_length=3, blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payment"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="a_payment_has_a_known_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_is_of_something"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("amount")), name="no_more_is_refunded_than_was_paid"
            ),
            models.CheckConstraint(
                condition=Q(refunded=0) | Q(state=SUCCEEDED), name="what_was_not_paid_is_not_refunded"
            ),
            models.UniqueConstraint(
                fields=["account", "invoice"],
                condition=Q(state__in=IN_FLIGHT) & ~Q(invoice=""),
                name="an_invoice_has_one_payment_in_flight",
            ),
            models.UniqueConstraint(
                fields=["account", "invoice", "attempt"], condition=~Q(invoice=""), name="an_attempt_is_made_once"
            ),
            models.UniqueConstraint(
                fields=["gateway", "intent"], condition=~Q(intent=""), name="a_charge_belongs_to_one_payment"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-made_at", "-id"], name="payments_of_an_account"),
            models.Index(fields=["payer", "-made_at", "-id"], name="payments_of_a_payer"),
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="payments_asked_again"),
            models.Index(fields=["hosted"], condition=~Q(hosted=""), name="payments_by_page"),
        ]

    DEBTOR_READS = "payer_id = {own}"
    VENDOR_READS = "book = 'wholesale' OR collected_by = 'vendor'"

    @classmethod
    def for_vendor(cls) -> Q:
        """Of its own book, and what it collects for a reseller."""
        return Q(book=WHOLESALE) | Q(collected_by=BY_VENDOR)

    @classmethod
    def for_debtor(cls, account_id: int) -> Q:
        """What it pays."""
        return Q(payer_id=account_id)

    def __str__(self) -> str:
        return f"{self.ref} {self.state}"


class Refund(BookModel):
    """Money that goes back: reserved on its payment at once, so that two never give back more than was paid."""

    class State(models.TextChoices):
        STARTED = "started"
        UNKNOWN = "unknown"
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        PARKED = "parked"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_refund_ref, editable=False)
    book = models.CharField(max_length=9)
    collected_by = models.CharField(max_length=6)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    number = models.PositiveIntegerField()  # the how-manieth of its payment
    once = models.CharField(max_length=64, blank=True, default="")  # the form that was sent, so that twice is once
    key = models.CharField(max_length=60, unique=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.STARTED)
    named = models.CharField(max_length=100, blank=True, default="")
    code = models.CharField(max_length=60, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    credits = models.BooleanField(default=False, db_default=False)  # its invoice is credited when it has arrived
    tries = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "refund"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_refund_is_of_something"),
            models.UniqueConstraint(fields=["payment", "number"], name="a_refund_has_its_number"),
            models.UniqueConstraint(fields=["account", "once"], condition=~Q(once=""), name="a_form_makes_one_refund"),
        ]
        indexes = [
            models.Index(fields=["account", "made_at"], name="refunds_of_an_account"),
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="refunds_asked_again"),
        ]

    VENDOR_READS = "book = 'wholesale' OR collected_by = 'vendor'"

    @classmethod
    def for_vendor(cls) -> Q:
        """Of its own book, and what it collects for a reseller."""
        return Q(book=WHOLESALE) | Q(collected_by=BY_VENDOR)

    def __str__(self) -> str:
        return f"{self.ref} {self.state}"


class Dispute(BookModel):
    """A payer's bank takes a payment back, and somebody decides."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_dispute_ref, editable=False)
    book = models.CharField(max_length=9)
    collected_by = models.CharField(max_length=6)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    named = models.CharField(max_length=100)
    amount = models.BigIntegerField()
    state = models.CharField(max_length=4)
    reason = models.CharField(max_length=60, blank=True, default="")
    answer_by = models.DateTimeField(null=True)
    fee = models.BigIntegerField(
        default=0, db_default=0
    )  # kept by the processor for it, less what it gave back of that
    fee_currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    moves = models.PositiveSmallIntegerField(default=0, db_default=0)  # so often did its money move, as far as is known
    decisions = models.PositiveSmallIntegerField(default=0, db_default=0)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "dispute"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=("open", "won", "lost")), name="a_dispute_has_a_known_state"),
            models.UniqueConstraint(fields=["payment", "named"], name="a_dispute_is_kept_once"),
        ]
        indexes = [models.Index(fields=["account", "opened_at"], name="disputes_of_an_account")]

    VENDOR_READS = "book = 'wholesale' OR collected_by = 'vendor'"

    @classmethod
    def for_vendor(cls) -> Q:
        """Of its own book, and what it collects for a reseller."""
        return Q(book=WHOLESALE) | Q(collected_by=BY_VENDOR)

    def __str__(self) -> str:
        return f"{self.ref} {self.state}"


class ProviderEvent(TenantModel):
    """A message of a processor, kept before it is acknowledged; `done` is set together with what it causes."""

    class State(models.TextChoices):
        KEPT = "kept"
        DONE = "done"
        NOTHING = "nothing"  # about nothing of ours

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    gateway = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+")
    named = models.CharField(max_length=100)
    type = models.CharField(max_length=80)
    about = models.CharField(max_length=100, blank=True, default="")
    raw_box = models.TextField()  # as it came; sealed, since it tells of people
    made_at = models.DateTimeField()
    received_at = models.DateTimeField()
    by_looking = models.BooleanField(default=False)  # it never arrived, and was found when comparing
    state = models.CharField(max_length=7, choices=State.choices, default=State.KEPT)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "provider_event"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["gateway", "named"], name="a_message_is_kept_once"),
        ]
        indexes = [
            models.Index(fields=["account", "received_at"], name="messages_of_an_account"),
            models.Index(fields=["received_at"], condition=Q(state="kept"), name="messages_that_wait"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.state}"
