"""What a visitor of the demo does by hand with the payment processor beside it, by the forms of the pages: no script is needed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html import unescape
from urllib.parse import urlsplit

import requests

PATIENCE = 180.0
PASSWORD = "demo-password"
GOOD, EMPTY = "4242 4242 4242 4242", "4000 0000 0000 0341"
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)


class Visitor:
    """A browser without a window, on one host of the demo. Every `*.localhost` is this machine."""

    def __init__(self, port: int, host: str) -> None:
        self.port, self.host = port, host
        self.session = requests.Session()

    def get(self, path: str) -> str:
        """A page, wherever it leads on this host."""
        for _ in range(5):
            answer = self._ask("GET", path, None)
            if answer.status_code != 302:
                assert answer.status_code == 200, (path, answer.status_code)
                return answer.text
            path = urlsplit(answer.headers["Location"]).path
        raise AssertionError(path)

    def send(self, path: str, to: str = "", **typed: str) -> requests.Response:
        """Fill in the form of a page that goes to an address; to that of the page itself without one."""
        return self.send_form(self.get(path), path, to or path, **typed)

    def send_form(self, page: str, path: str, to: str, **typed: str) -> requests.Response:
        """With what is hidden in it."""
        targets = [(re.search(r'<form[^>]*\baction="([^"]*)"', form), form) for form in FORM.findall(page)]
        form = next(form for target, form in targets if (unescape(target[1]) if target else path) == to)
        told = {}
        for field in re.findall(r"<input[^>]*>", form):
            said = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', field)}
            if "name" in said and said.get("type") in ("hidden", "text"):
                told[said["name"]] = said.get("value", "")
        return self._ask("POST", to, told | typed)

    def _ask(self, method: str, path: str, data: dict[str, str] | None) -> requests.Response:
        return self.session.request(
            method, f"http://127.0.0.1:{self.port}{path}", data=data, headers={"Host": f"{self.host}:{self.port}"},
            allow_redirects=False, timeout=60,
        )  # fmt: skip

    def log_in(self, email: str) -> str:
        """The beginning of the addresses of the own portal: `/reseller/acc_…/`."""
        answer = self.send("/login/", "/login/", email=email, password=PASSWORD)
        assert answer.status_code == 302, answer.status_code
        path = urlsplit(answer.headers["Location"]).path
        for _ in range(5):
            if found := re.match(r"/(?:reseller|client)/acc_\w+/", path):
                return found[0]
            path = urlsplit(self._ask("GET", path, None).headers["Location"]).path
        raise AssertionError(path)


def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.3)


def fill_in(page: str, number: str) -> str:
    """The processor's page, as its form is sent; where it leads to."""
    there = urlsplit(page)
    assert there.hostname == "pay.localhost"
    form = {
        "method": "card",
        "number": number,
        "expiry": "12/34",
        "cvc": "123",
        "name": "Carlo",
        "email": "carlo@example.test",
    }
    answer = requests.post(
        f"http://127.0.0.1:{there.port}{there.path}", data=form, headers={"Host": there.netloc, "Origin": f"http://{there.netloc}"},
        allow_redirects=False, timeout=60,
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.headers["Location"]).path


def by_link(visitor: Visitor, path: str, number: str) -> str:
    """Who has a link goes on to the processor's page, fills it in, and comes back to a page in brand."""
    onward = visitor.send(path)
    assert onward.status_code == 200
    page = onward.headers["Refresh"].removeprefix("0;url=")
    return visitor.get(fill_in(page, number))


def somebody_pays(port: int) -> None:
    """The agency's processor works, its client pays an open invoice, the money goes back, and a link takes a card."""
    rosa, carlo = Visitor(port, "bottega.localhost"), Visitor(port, "gelsomino.localhost")
    agency, client = rosa.log_in("rosa@bottega.example"), carlo.log_in("carlo@gelsomino.example")
    payments = f"{agency}money/payments/"
    until(lambda: "Funziona" in rosa.get(f"{payments}processor/"))  # the worker has asked whose account it is

    # Carlo pays what is open.
    invoices = re.findall(rf'{client}billing/inv_\w+/(?=")', carlo.get(f"{client}billing/"))
    invoice = next(each for each in invoices if f"{each}pay/" in carlo.get(each))
    link = carlo.send(invoice, f"{invoice}pay/").headers["Location"]
    assert "Grazie" in by_link(carlo, urlsplit(link).path, GOOD)
    until(lambda: f"{invoice}pay/" not in carlo.get(invoice))
    until(lambda: "Ancora nessuno" not in rosa.get(f"{payments}processor/"))  # a message has come in

    # Rosa gives some of it back.
    payment = re.findall(rf"{payments}pay_\w+/", rosa.get(payments))[0]
    asked = rosa.send(payment, f"{payment}refund/", amount="1,50", then="owed", reason="Test")
    refund = f"{payment}refund/"
    assert rosa.send_form(asked.text, refund, refund).status_code == 302  # asked twice
    until(lambda: "1,50" in rosa.get(payment) and f"{payment}refunds/" not in rosa.get(payment))

    # Another client enters a card without money, by a link that Rosa makes.
    payer = re.findall(rf"{payments}payers/acc_\w+/", rosa.get(f"{payments}payers/"))[0]
    shown = rosa.send(payer, send_to="").text
    link = re.findall(r"/pay/[\w-]+/", shown)[0]
    host = re.findall(r"//([a-z-]+\.localhost):\d+/pay/", shown)[0]
    assert "Grazie" in by_link(Visitor(port, host), link, EMPTY)
    assert "0341" in rosa.get(payer)
