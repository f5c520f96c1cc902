"""The mails that this app writes, for the registry of kinds: when each is sent, to whom, and what may stand in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.messaging.worded import ACCOUNT, PERSON, STAFF, Placeholder, WordedMail, register

NAME = Placeholder("name", _("The name of whoever gets the mail"), "Chiara Conti")
EMAIL = Placeholder("email", _("The address of the log-in"), "chiara@example.com")
NEW_EMAIL = Placeholder("email", _("The new address"), "chiara@example.com")
CODE = Placeholder("code", _("The code that works once"), "482 913", secret=True)
MINUTES = Placeholder("minutes", _("For how many minutes it works"), "", number=10)
HOURS = Placeholder("hours", _("For how many hours it works"), "", number=24)
DAYS = Placeholder("days", _("For how many days it works"), "", number=7)
ACCOUNT_NAME = Placeholder("account", _("The name of the account"), "Bella Napoli")
INVITER = Placeholder("inviter", _("Who invites"), "Rosa Ricci")
CLIENT = Placeholder("client", _("The name of the client"), "Bella Napoli")
WHO = Placeholder("who", _("Who asked, gave or answered"), "Rosa Ricci")
REASON = Placeholder("reason", _("The reason given, if there is one"), _("Monthly check"), optional=True)
SECTION = Placeholder("section", _("What is asked for"), _("Statistics"))
PERSON_ASKING = Placeholder("person", _("Who asks"), "Cleo Costa")
WEBHOOK = Placeholder("webhook", _("The name of the webhook"), "CRM")
ADDRESS = Placeholder("address", _("The address of the webhook"), "https://crm.example.com/in")
HOST = Placeholder("host", _("The host"), "app.agency.example")
ENDS = Placeholder("ends", _("The day on which it ends"), "16 March 2026")
SENDER_DOMAIN = Placeholder("domain", _("The sender domain"), "agency.example")
READER = Placeholder("person", _("The name of whoever gets the mail"), "Chiara Conti")
STAFF_NAME = Placeholder("staff", _("Who visits"), "Rosa Ricci")
RESELLER = Placeholder("reseller", _("For which company"), "Studio Rosa")
STAFF_TEAM = Placeholder("team", _("The team of staff that it is for, if it is for one"), "Design", optional=True)
BEGINS = Placeholder("begins", _("The day on which it begins, if that is a later one"), "16 March 2026", optional=True)
GRANT = (NAME, WHO, CLIENT, REASON, STAFF_TEAM, BEGINS)
INVITED = (NAME, INVITER, ACCOUNT_NAME, DAYS)

#: What a change of access says → the name of that kind and when it is sent.
_GRANTS = {
    ("requested",): ("grant-requested", _("Access: asked for"), _("Somebody asks for access to a client’s account.")),
    ("given", "approved"): ("grant-given", _("Access: given"), _("Access to a client’s account was given.")),
    ("declined",): ("grant-declined", _("Access: declined"), _("Access that was asked for was declined.")),
    ("narrowed",): ("grant-narrowed", _("Access: narrowed"), _("Access opens less than before.")),
    ("extended",): ("grant-extended", _("Access: extended"), _("Access lasts longer than before.")),
    ("end-requested",): ("grant-end-requested", _("Access: end asked for"), _("Somebody asks that an access end.")),
    ("narrowing-requested",): (
        "grant-narrowing-requested",
        _("Access: narrowing asked for"),
        _("Somebody asks that an access open less."),
    ),
    ("end-declined",): ("grant-end-declined", _("Access: stays"), _("A wish to end or narrow an access was declined.")),
}

register(
    WordedMail("invitation-new-owner", "invitation-new", _("Invitation: new owner"), _("An account was opened for somebody who has no log-in yet."), ACCOUNT, INVITED, {"owner": (1,)}, button=True, secret=True),
    WordedMail("invitation-new", "invitation-new", _("Invitation: new person"), _("Somebody without a log-in is invited to an account."), ACCOUNT, INVITED, button=True, secret=True),
    WordedMail("invitation-known-owner", "invitation-known", _("Invitation: owner with a log-in"), _("An account was opened for somebody who has a log-in already."), ACCOUNT, INVITED, {"owner": (1,)}, button=True, secret=True),
    WordedMail("invitation-known", "invitation-known", _("Invitation: person with a log-in"), _("Somebody who has a log-in is invited to one account more."), ACCOUNT, INVITED, button=True, secret=True),
    WordedMail("sign-up", "sign-up", _("Sign-up: new person"), _("Somebody has asked for an account on the sign-up page."), PERSON, (NAME, ACCOUNT_NAME, HOURS), button=True, secret=True),
    WordedMail("sign-up-known", "sign-up-known", _("Sign-up: person with a log-in"), _("Somebody who has a log-in has asked for one account more."), PERSON, (NAME, ACCOUNT_NAME, HOURS), button=True, secret=True),
    WordedMail("password-reset", "password-reset", _("Password: new one asked for"), _("Somebody has forgotten the password."), PERSON, (NAME, MINUTES), button=True, secret=True),
    WordedMail("password-changed", "password-changed", _("Password: changed"), _("A password was changed."), PERSON, (NAME, EMAIL), button=True),
    WordedMail("log-in-code", "log-in-code", _("Code in place of the password"), _("Somebody logs in by a code instead of the password."), PERSON, (NAME, CODE, MINUTES), secret=True, required=("code",)),
    WordedMail("mailed-code", "mailed-code", _("Code as second step"), _("Somebody proves who they are by a code after the password."), PERSON, (NAME, CODE, MINUTES), secret=True, required=("code",)),
    WordedMail("new-device", "new-device", _("Log-in from a new device"), _("A browser that was not seen before has logged in."), PERSON, (
        NAME, EMAIL, Placeholder("browser", _("The browser"), "Firefox"), Placeholder("system", _("The operating system"), "Windows"),
        Placeholder("address", _("The network address"), "203.0.113.7"),
    ), button=True),
    WordedMail("second-factor-added", "second-factor-added", _("Second step: set up"), _("A second step was set up for a log-in."), PERSON, (NAME, EMAIL), button=True),
    WordedMail("second-factor-removed", "second-factor-removed", _("Second step: removed"), _("A passkey or an authenticator app was removed."), PERSON, (NAME, EMAIL), button=True),
    WordedMail("recovery-code-used", "recovery-code-used", _("Recovery code used"), _("Somebody has logged in with a recovery code."), PERSON, (NAME, EMAIL, Placeholder("left", _("How many codes are left"), "", number=7)), button=True),
    WordedMail("company-log-in-linked", "company-log-in-linked", _("Company log-in linked"), _("A log-in was linked with the company’s own."), PERSON, (NAME, EMAIL, ACCOUNT_NAME), button=True),
    WordedMail("email-confirm", "email-confirm", _("New address: confirm"), _("Somebody wants to log in with a new address; sent to the new one."), PERSON, (HOURS,), button=True, secret=True),
    WordedMail("email-change-asked", "email-change-asked", _("New address: asked for"), _("The same, sent to the old address."), PERSON, (NAME, NEW_EMAIL), required=("email",)),
    WordedMail("email-changed", "email-changed", _("New address: in use"), _("A log-in has a new address; sent to the old one."), PERSON, (NAME, NEW_EMAIL), required=("email",)),
    WordedMail("email-taken", "email-taken", _("New address: not possible"), _("Somebody has entered an address that another log-in has."), PERSON, ()),
    WordedMail("access-asked", "access-asked", _("Request: to answer"), _("Somebody asks for a part that is closed to them."), ACCOUNT, (NAME, PERSON_ASKING, ACCOUNT_NAME, SECTION, Placeholder("note", _("What the person wrote, if anything"), "", optional=True)), button=True),
    WordedMail("access-accepted", "access-answered", _("Request: accepted"), _("What somebody asked for was accepted."), ACCOUNT, (NAME, ACCOUNT_NAME, SECTION, Placeholder("answer", _("What the answer says, if anything"), "", optional=True)), {"accepted": (1,)}, button=True),
    WordedMail("access-declined", "access-answered", _("Request: declined"), _("What somebody asked for was declined."), ACCOUNT, (NAME, ACCOUNT_NAME, SECTION, Placeholder("answer", _("What the answer says, if anything"), "", optional=True)), button=True),
    WordedMail("visit-of-team", "visit-begun", _("Visit: to the account"), _("Somebody of yours has entered a client’s account."), ACCOUNT, (NAME, STAFF_NAME, RESELLER, ACCOUNT_NAME, REASON), {"person": ("",)}, button=True),
    WordedMail("visit-begun", "visit-begun", _("Visit: in a person’s place"), _("Somebody of yours has logged in in the place of one of the client’s people."), ACCOUNT, (NAME, STAFF_NAME, RESELLER, ACCOUNT_NAME, Placeholder("person", _("In whose place"), "Cleo Costa"), REASON), button=True),
    *(
        WordedMail(key, "grant", name, when, ACCOUNT, GRANT, {"what": said}, button=True)
        for said, (key, name, when) in _GRANTS.items()
    ),
    WordedMail("grant-ending", "grant", _("Access: about to end"), _("An access ends within three days."), ACCOUNT, (*GRANT, Placeholder("left", _("How many days are left"), "", number=3)), {"what": ("ending",)}, button=True),
    WordedMail("grant-ended", "grant", _("Access: ended"), _("An access to a client’s account has ended."), ACCOUNT, GRANT, button=True),
    WordedMail("directory-moved", "directory-moved", _("Place passed on by the directory"), _("A company’s directory gave somebody’s place to another person."), ACCOUNT, (NAME, ACCOUNT_NAME)),
    WordedMail("invitation-new-staff-owner", "invitation-new-staff", _("Team: new owner"), _("Somebody without a log-in is to own your account."), STAFF, INVITED, {"owner": (1,)}, button=True, secret=True),
    WordedMail("invitation-new-staff", "invitation-new-staff", _("Team: new person"), _("Somebody without a log-in is invited to your team."), STAFF, INVITED, button=True, secret=True),
    WordedMail("invitation-known-staff-owner", "invitation-known-staff", _("Team: owner with a log-in"), _("Somebody who has a log-in is to own your account."), STAFF, INVITED, {"owner": (1,)}, button=True, secret=True),
    WordedMail("invitation-known-staff", "invitation-known-staff", _("Team: person with a log-in"), _("Somebody who has a log-in is invited to your team."), STAFF, INVITED, button=True, secret=True),
    WordedMail("webhook-failing", "webhook-failing", _("Webhook: off after failures"), _("A webhook was switched off because nobody answered for three days."), STAFF, (READER, WEBHOOK, ADDRESS), button=True),
    WordedMail("webhook-gone", "webhook-gone", _("Webhook: off, gone"), _("A webhook was switched off because its receiver says that it is gone."), STAFF, (READER, WEBHOOK, ADDRESS), button=True),
    WordedMail("host-losing", "host-failing", _("Host: proof missing"), _("The record that proves a host has been missing for days."), STAFF, (READER, HOST), {"stops": ("yes",)}, button=True),
    WordedMail("host-failing", "host-failing", _("Host: leads elsewhere"), _("A host has led elsewhere for days."), STAFF, (READER, HOST), button=True),
    WordedMail("host-stopped", "host-stopped", _("Host: stopped"), _("A host was stopped because nothing proved it for a week."), STAFF, (READER, HOST), button=True),
    WordedMail("certificate-ending", "host-certificate", _("Certificate: ends soon"), _("The certificate of a host ends soon and was not renewed."), STAFF, (READER, HOST, ENDS), {"why": ("ends",)}, button=True, vendor_only=True),
    WordedMail("certificate-ended", "host-certificate", _("Certificate: ended"), _("The certificate of a host has ended."), STAFF, (READER, HOST, ENDS), {"why": ("ended",)}, button=True, vendor_only=True),
    WordedMail("certificate-wrong", "host-certificate", _("Certificate: not valid"), _("Visitors of a host are shown no valid certificate."), STAFF, (READER, HOST), button=True, vendor_only=True),
    WordedMail("sender-lost", "sender-lost", _("Sender: domain lost"), _("The records of a sender domain are not right any more."), STAFF, (READER, SENDER_DOMAIN), button=True),
)  # fmt: skip
