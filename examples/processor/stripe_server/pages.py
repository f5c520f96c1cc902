"""The pages that a browser sees: paying, proving to be the card's owner, connecting an account. Plain forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from stripe_server.charges import shown as money
from stripe_server.errors import Json

#: No script, and nothing from elsewhere. Forms are not confined: the answer to one leads back to where the customer came from.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_STYLE = Path(__file__).with_name("pages.css").read_text("utf-8")
#: What the pages offer to try, and what comes of it. More are in cards.py.
TRY_CARDS = (
    ("4242 4242 4242 4242", "pays"),
    ("4000 0000 0000 0341", "is kept, and declined each time it is charged"),
    ("4000 0000 0000 0002", "is declined at once"),
    ("4000 0025 0000 3155", "3-D Secure once, then it pays"),
    ("4000 0027 6000 3184", "3-D Secure each time"),
    ("4000 0000 0000 0259", "pays, and is disputed"),
)
TRY_ACCOUNTS = (
    ("DE89 3704 0044 0532 0130 00", "pays after some seconds"),
    ("DE62 3704 0044 0532 0130 01", "comes back"),
)


def page(title: str, body: str, *, whose: str = "") -> str:
    head = f'<p class="who"><span>{escape(whose)}</span><span class="test">Test</span></p>'
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main>{head}<h1>{escape(title)}</h1>{body}"
        '<p class="note">A local stand-in for Stripe. No money moves.</p></main></body></html>'
    )


def _field(name: str, label: str, value: str = "", hint: str = "", kind: str = "text") -> str:
    return (
        f'<label for="{name}">{label}</label>'
        f'<input type="{kind}" id="{name}" name="{name}" value="{escape(value)}" placeholder="{escape(hint)}" autocomplete="off">'
    )


def tries(kinds: Sequence[str]) -> str:
    """The numbers to try, below the form."""
    lists = ""
    for kind, word, rows in (("card", "card", TRY_CARDS), ("sepa_debit", "debit", TRY_ACCOUNTS)):
        if kind in kinds:
            lines = "".join(f"<dt><code>{number}</code></dt><dd>{does}</dd>" for number, does in rows)
            lists += f'<dl class="by-{word}">{lines}</dl>'
    return (
        f'<section class="tries"><h2>Numbers to try</h2>{lists}'
        '<p class="note">Any date to come and any CVC. Never enter a card of your own: it would be declined, and is kept nowhere.</p>'
        "</section>"
    )


def front(open_keys: bool) -> str:
    keys = (
        '<section class="tries"><h2>Another account</h2><p>Any restricted key opens one of its own: enter '
        "<code>rk_test_</code> and twelve letters of your choice where a payment processor is connected.</p></section>"
        if open_keys
        else ""
    )
    text = "<p>Customers enter cards on pages of this server: they get there by a link of whoever is paid.</p>"
    return page("Payment processor", text + tries(("card", "sepa_debit")) + keys)


def checkout(session: Json, error: str | None, whose: str = "", given: Mapping[str, str] | None = None) -> str:
    """The form of a session; what was `given` before an error stands in it again, but for numbers."""
    cancel, given = session["cancel_url"], given or {}
    away = f'<p><a href="{escape(cancel)}">Back</a></p>' if cancel else ""
    if session["status"] != "open":
        done = "This payment has been made." if session["status"] == "complete" else "This page has expired."
        if session["status"] == "complete":
            away = f'<p><a href="{escape(back_of(session))}">Go on</a></p>'
        return page("Nothing to do here", f"<p>{done}</p>{away}", whose=whose)
    kinds = session["payment_method_types"]
    chosen = given.get("method") if given.get("method") in kinds else kinds[0]
    if len(kinds) > 1:
        choice = "".join(
            f'<label><input type="radio" name="method" value="{kind}"{" checked" if kind == chosen else ""}> {label}</label>'
            for kind, label in (("card", "Card"), ("sepa_debit", "SEPA debit"))
        )
    else:
        choice = f'<input type="hidden" name="method" value="{kinds[0]}">'
    fields = ""
    if "card" in kinds:
        fields += (
            f'<div class="by-card">{_field("number", "Card number", hint="4242 4242 4242 4242")}'
            f'<div class="pair"><div>{_field("expiry", "Expiry (MM/YY)", given.get("expiry", ""), hint="12/34")}</div>'
            f"<div>{_field('cvc', 'CVC', hint='123')}</div></div></div>"
        )
    if "sepa_debit" in kinds:
        fields += f'<div class="by-debit">{_field("iban", "IBAN", hint="DE89 3704 0044 0532 0130 00")}'
        fields += '<p class="note">By sending an IBAN you allow it to be debited.</p></div>'
    said = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    amount = session["amount_total"]
    word = f"Pay {money(amount, session['currency'])}" if amount is not None else "Save payment method"
    lines = "".join(
        f"<p>{escape(line['description'])} × {line['quantity']}: {money(line['amount_total'], line['currency'])}</p>"
        for line in session["_lines"]
    )
    email = given.get("email") or session["customer_email"] or ""
    body = (
        f'{lines}{said}<form method="post"><fieldset>{choice}</fieldset>'
        f"{_field('email', 'E-mail', email, kind='email')}{fields}{_field('name', 'Name', given.get('name', ''))}"
        f'<button type="submit">{word}</button></form>{away}{tries(kinds)}'
    )
    return page(word, body, whose=whose)


def back_of(session: Json) -> str:
    """Where the customer goes on to."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def bank(intent: Json, whose: str = "") -> str:
    about = f"{money(intent['amount'], intent['currency'])}" if "amount" in intent else "future payments"
    return page(
        "3-D Secure",
        f"<p>Your bank wants to know that it is you: {escape(about)}.</p>"
        '<form method="post"><button name="answer" value="complete">Complete</button>'
        '<button class="other" name="answer" value="fail">Fail</button></form>',
        whose=whose,
    )


def question(title: str, text: str, yes: str, no: str) -> str:
    return page(
        title,
        f'<p>{escape(text)}</p><form method="post"><button name="answer" value="yes">{escape(yes)}</button>'
        f'<button class="other" name="answer" value="no">{escape(no)}</button></form>',
    )
