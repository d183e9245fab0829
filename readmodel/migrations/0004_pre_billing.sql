-- Claims to payers, invoices to patients, and what came back.
set local lock_timeout = '4s';

create sequence control_number;
create sequence invoice_number;

-- A session has one original claim. A replacement names what it replaces.
create table claim (
    claim_id text primary key,
    key text not null unique,
    content jsonb not null,
    control_number text not null unique default 'R' || lpad(nextval('control_number')::text, 9, '0'),
    replaces text references claim,
    course_id text not null,
    session integer not null,
    payer_id text not null,
    place_of_service text not null,
    service_on date not null,
    diagnoses text[] not null,
    authorization_number text,
    injector text not null,
    amount_cents integer check (amount_cents >= 0), -- the clinic's charge, where it is known
    state text not null default 'filed' check (state in ('filed', 'accepted', 'paid', 'denied')),
    paid_cents integer not null default 0,
    reference text,
    filed_at timestamptz not null,
    changed_at timestamptz not null
);
create unique index claim_original on claim (course_id, session) where replaces is null;

create table claim_line (
    claim_id text not null references claim,
    line smallint not null check (line > 0),
    code text not null,
    quantity integer not null check (quantity > 0),
    modifiers text[] not null,
    ndc text,
    primary key (claim_id, line)
);

create table invoice (
    invoice_id text primary key,
    key text not null unique,
    content jsonb not null,
    number text not null unique default 'I' || lpad(nextval('invoice_number')::text, 9, '0'),
    course_id text not null,
    session integer not null,
    service_on date not null,
    amount_cents integer not null check (amount_cents >= 0),
    state text not null default 'filed' check (state in ('filed', 'accepted', 'paid', 'denied')),
    paid_cents integer not null default 0,
    issued_at timestamptz not null,
    changed_at timestamptz not null,
    unique (course_id, session)
);

-- What was said about a claim, or paid on an invoice. `billed_id` is the one or the other.
create table remittance (
    key text primary key,
    content jsonb not null,
    billed_id text not null,
    state text not null check (state in ('accepted', 'paid', 'denied')),
    on_day date not null,
    amount_cents integer not null,
    reason_codes text[] not null,
    reference text,
    recorded_at timestamptz not null
);
create index remittance_of on remittance (billed_id, on_day);
