-- Moments are whole seconds since 1970 in UTC; times of day are minutes after midnight where the business is.
CREATE TABLE account (
    ref TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    zone TEXT NOT NULL DEFAULT 'UTC',
    language TEXT NOT NULL DEFAULT 'en',
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'suspended', 'closed')),
    host TEXT NOT NULL DEFAULT '',
    is_public INTEGER NOT NULL DEFAULT 0,
    headline TEXT NOT NULL DEFAULT '',
    welcome TEXT NOT NULL DEFAULT '',
    place TEXT NOT NULL DEFAULT '',
    contact_mail TEXT NOT NULL DEFAULT '',
    contact_phone TEXT NOT NULL DEFAULT '',
    currency TEXT NOT NULL DEFAULT 'EUR',
    phone TEXT NOT NULL DEFAULT 'optional' CHECK (phone IN ('no', 'optional', 'needed')),
    lead_minutes INTEGER NOT NULL DEFAULT 120,
    horizon_days INTEGER NOT NULL DEFAULT 60,
    step_minutes INTEGER NOT NULL DEFAULT 15 CHECK (step_minutes % 5 = 0 AND step_minutes > 0),
    cancel_hours INTEGER NOT NULL DEFAULT 24,
    mail_hours INTEGER NOT NULL DEFAULT 24,
    text_hours INTEGER NOT NULL DEFAULT 0,
    feed_secret TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE agenda (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (ref),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    removed_at INTEGER,
    UNIQUE (account, slug)
) STRICT;

CREATE TABLE service (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (ref),
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    minutes INTEGER NOT NULL CHECK (minutes > 0 AND minutes % 5 = 0),
    buffer INTEGER NOT NULL DEFAULT 0 CHECK (buffer >= 0 AND buffer % 5 = 0),
    price INTEGER CHECK (price >= 0),
    position INTEGER NOT NULL,
    is_public INTEGER NOT NULL DEFAULT 1,
    removed_at INTEGER
) STRICT;
CREATE INDEX service_of_account ON service (account, position);

-- No row of a service: every agenda offers it.
CREATE TABLE offered (
    service INTEGER NOT NULL REFERENCES service (id),
    agenda INTEGER NOT NULL REFERENCES agenda (id),
    PRIMARY KEY (service, agenda)
) STRICT, WITHOUT ROWID;

CREATE TABLE opening (
    agenda INTEGER NOT NULL REFERENCES agenda (id),
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL CHECK (0 <= starts AND starts < ends AND ends <= 1440),
    PRIMARY KEY (agenda, weekday, starts)
) STRICT, WITHOUT ROWID;

-- A day that is not like the others. Without times it is closed.
CREATE TABLE exception (
    id INTEGER PRIMARY KEY,
    agenda INTEGER NOT NULL REFERENCES agenda (id),
    day TEXT NOT NULL,
    starts INTEGER,
    ends INTEGER CHECK ((starts IS NULL) = (ends IS NULL) AND (starts IS NULL OR starts < ends)),
    note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX exception_of_day ON exception (agenda, day, coalesce(starts, -1));

CREATE TABLE customer (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (ref),
    name TEXT NOT NULL,
    mail TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
    phone TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    consented_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX customer_by_mail ON customer (account, mail) WHERE mail <> '';
CREATE INDEX customer_by_name ON customer (account, name);

-- `counted`: what Sublet knows of it. 'held': a place is reserved; 'counted': it counts; 'owed': it counts here and Sublet is
-- still to be told; 'no': it never counts (time off).
CREATE TABLE appointment (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES account (ref),
    agenda INTEGER NOT NULL REFERENCES agenda (id),
    service INTEGER REFERENCES service (id),
    customer INTEGER REFERENCES customer (id),
    starts INTEGER NOT NULL CHECK (starts % 300 = 0),
    ends INTEGER NOT NULL CHECK (ends > starts AND ends % 300 = 0),
    free_again INTEGER NOT NULL CHECK (free_again >= ends AND free_again % 300 = 0),
    state TEXT NOT NULL DEFAULT 'booked' CHECK (state IN ('booked', 'canceled', 'missed', 'blocked')),
    origin TEXT NOT NULL CHECK (origin IN ('public', 'agenda')),
    price INTEGER,
    note TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    made_at INTEGER NOT NULL,
    moved_at INTEGER,
    canceled_at INTEGER,
    canceled_by TEXT NOT NULL DEFAULT '' CHECK (canceled_by IN ('', 'customer', 'business')),
    sequence INTEGER NOT NULL DEFAULT 0,
    counted TEXT NOT NULL DEFAULT 'no' CHECK (counted IN ('no', 'held', 'owed', 'counted')),
    reservation TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX appointment_by_time ON appointment (account, starts);
CREATE INDEX appointment_of_customer ON appointment (customer, starts);
CREATE INDEX appointment_to_settle ON appointment (id) WHERE counted IN ('held', 'owed');

-- Five minutes of an agenda, held by one appointment: two that overlap cannot both be written, whatever the code believes.
CREATE TABLE occupied (
    agenda INTEGER NOT NULL REFERENCES agenda (id),
    slot INTEGER NOT NULL,
    appointment INTEGER NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
    PRIMARY KEY (agenda, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX occupied_by ON occupied (appointment);

CREATE TABLE reminder (
    appointment INTEGER NOT NULL REFERENCES appointment (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('mail', 'text')),
    starts INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (appointment, kind, starts)
) STRICT, WITHOUT ROWID;

-- Mails and text messages on their way: written with what caused them, handed over afterwards.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('mail', 'text')),
    recipient TEXT NOT NULL,
    sender_name TEXT NOT NULL DEFAULT '',
    reply_to TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL,
    calendar TEXT NOT NULL DEFAULT '',
    customer INTEGER REFERENCES customer (id) ON DELETE CASCADE,
    next_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    done_at INTEGER,
    error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_of_customer ON outbox (customer);
CREATE INDEX outbox_due ON outbox (next_at) WHERE done_at IS NULL;

-- What Sublet is still to be told: usage that is given back, changes made by somebody who is signed on.
CREATE TABLE owed (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('usage', 'change')),
    told TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_on (
    sid TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    account TEXT NOT NULL,
    visit TEXT NOT NULL,
    kept TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Webhooks come more than once.
CREATE TABLE heard (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
