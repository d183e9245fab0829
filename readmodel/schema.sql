-- The whole schema, as all migrations together make it. A test proves that they agree; change both.

create table migration (
    name text primary key,
    applied_at timestamptz not null default clock_timestamp()
);

-- The journal, what lists show of courses, and the outbox.

create extension if not exists btree_gist;
create extension if not exists pg_trgm;

-- Everything that has happened to every course. Nothing refers to other tables: what has happened can always be written.
create table course_event (
    course_id text not null,
    number integer not null check (number > 0),
    kind text not null,
    at timestamptz not null,
    on_day date not null,
    by text not null,
    role text,
    request_id text,
    task text,
    data jsonb not null,
    written_at timestamptz not null default clock_timestamp(),
    primary key (course_id, number)
);
create unique index course_event_request on course_event (course_id, request_id) where request_id is not null;
create index course_event_claim_opened on course_event (written_at) where kind = 'claim_opened';

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the journal is only ever added to' using errcode = 'restrict_violation';
end
$$;
create trigger course_event_is_append_only before update or delete on course_event
    for each row execute function refuse_change();
create trigger course_event_is_never_emptied before truncate on course_event
    for each statement execute function refuse_change();

-- Two different events with one number: a restored backup, or a worker that should be dead. A person must look.
create table journal_conflict (
    course_id text not null,
    number integer not null,
    had jsonb,
    got jsonb not null,
    seen_at timestamptz not null default clock_timestamp(),
    times integer not null default 1
);
create unique index journal_conflict_once on journal_conflict (course_id, number, md5(got::text));

-- What lists show of a course, as of its event `number`.
create table course (
    course_id text primary key,
    workflow_id text not null,
    patient_id text not null,
    number integer not null,
    protocol_id text not null,
    protocol_version text not null,
    payer_id text,
    coverage_kind text not null,
    clinician text not null,
    phase text not null,
    outcome text,
    outcome_reason text,
    started_on date not null,
    ended_on date,
    closed_on date,
    sample boolean not null,
    sessions_given integer not null,
    last_session_on date,
    next_session integer,
    appointment_id text,
    appointment_starts_at timestamptz,
    appointment_status text,
    appointment_injector text,
    authorization_number text,
    authorization_until_on date,
    planned_units integer,
    waiting text not null,
    waiting_for text[] not null,
    next_due_at timestamptz,
    -- How far the course's time was moved forward. Zero in production.
    ahead interval not null default interval '0',
    last_dose_on date,
    trial_session integer,
    trial_of integer,
    authorization_sessions_left integer,
    authorization_units_left integer,
    missed_visits integer,
    outside_authorization boolean,
    -- The appointment by the real clock: what lists reckon with.
    appointment_at timestamptz
        generated always as (((appointment_starts_at at time zone 'UTC') - ahead) at time zone 'UTC') stored
);
create index course_unconfirmed on course ((coalesce(appointment_at, '-infinity')), course_id)
    include (appointment_at, payer_id, clinician)
    where outcome is null and appointment_status = 'tentative';
create index course_outside_authorization on course ((coalesce(appointment_at, '-infinity')), course_id)
    include (appointment_at, payer_id, clinician)
    where outcome is null and outside_authorization;
create index course_missed on course ((coalesce(appointment_at, '-infinity')), course_id)
    include (appointment_at, payer_id, clinician)
    where outcome is null and missed_visits > 0;
create index course_authorization on course (lower(authorization_number)) where authorization_number is not null;
create index course_of_patient on course (patient_id, protocol_id);
create index course_ahead on course (ahead) where ahead <> interval '0';
create index course_begun on course (started_on desc, course_id desc);

-- What courses wait for now. A wait with a role is a task.
create table wait (
    course_id text not null references course on delete cascade,
    wait_id text not null,
    kind text not null,
    subject text not null,
    since timestamptz not null,
    due timestamptz not null,
    look_at timestamptz not null,
    raised integer not null,
    owner text,
    attempts jsonb not null,
    context jsonb not null,
    -- Of its course, so that lists read one index: who pays, whose patient, how far the course's time was moved.
    payer_id text,
    clinician text,
    ahead interval not null default interval '0',
    -- Its due time by the real clock: what lists are ordered by.
    urgent_at timestamptz not null
        generated always as (((due at time zone 'UTC') - ahead) at time zone 'UTC') stored,
    primary key (course_id, wait_id)
);
create index wait_due on wait (due);
create index wait_of_kind on wait (kind, urgent_at, course_id, wait_id);
create index wait_unowned on wait (kind, urgent_at, course_id, wait_id) where owner is null;
create index wait_of_owner on wait (owner, kind, urgent_at, course_id, wait_id) where owner is not null;
create index wait_of_payer on wait (payer_id, kind, urgent_at, course_id, wait_id) include (owner, clinician);
create index wait_of_clinician on wait (clinician, kind, urgent_at, course_id, wait_id) include (owner, payer_id);

-- Lists that are open hear that something changed, never what.
create function tell_lists() returns trigger language plpgsql as $$
begin
    perform pg_notify('regimen_lists', '');
    return null;
end
$$;
create trigger course_changes_are_heard after insert or update on course
    for each statement execute function tell_lists();

-- The outbox. A row is written once, and goes out at most once.
create table message (
    key text primary key,
    course_id text not null,
    kind text not null,
    parameters jsonb not null,
    send_at timestamptz not null,
    status text not null default 'queued'
        check (status in ('queued', 'sending', 'sent', 'kept', 'failed', 'unknown', 'withdrawn')),
    reason text,
    channel text,
    tries integer not null default 0,
    next_try_at timestamptz,
    taken_at timestamptz,
    sent_at timestamptz,
    -- By which round of the delivery the course was told that it did not arrive.
    reported_at timestamptz
);
create index message_due on message (send_at) where status = 'queued';
create index message_taken on message (taken_at) where status = 'sending';
create index message_of_course on message (course_id, send_at);
create index message_in_trouble on message (reported_at) where status in ('failed', 'unknown');

-- Patients, the diary, users, and the clinic with its calendar.

create table patient (
    patient_id text primary key default gen_random_uuid()::text,
    record_number text not null unique,
    name text not null,
    birth_date date not null,
    language text not null default 'en',
    email text,
    phone text,
    preferred_channel text not null default 'email'
        check (preferred_channel in ('email', 'text', 'phone', 'letter')),
    opted_out boolean not null default false,
    -- Who answers for a minor and gets the messages: name, relationship, email, phone, preferred_channel.
    guardian jsonb,
    changed_at timestamptz not null,
    changed_by text not null
);
create index patient_name_part on patient using gin (lower(name) gin_trgm_ops);
create index patient_number_part on patient using gin (lower(record_number) gin_trgm_ops);
create index patient_email_part on patient using gin (lower(email) gin_trgm_ops);
create index patient_guardian_part on patient using gin (lower(guardian ->> 'name') gin_trgm_ops);
create index patient_phone_part on patient using gin (regexp_replace(phone, '\D', '', 'g') gin_trgm_ops);

create table patient_coverage (
    patient_id text not null references patient,
    payer_id text not null,
    member_id text not null,
    primary key (patient_id, payer_id)
);

-- The diary as it stands: the last entry of each day.
create table diary_day (
    patient_id text not null references patient,
    on_day date not null,
    headache boolean not null,
    migraine boolean not null,
    hours double precision,
    worst_pain smallint,
    acute_medication boolean not null,
    primary key (patient_id, on_day)
);

-- Every entry ever made, with who, when and from where.
create table diary_entry (
    entry_id bigint generated always as identity primary key,
    patient_id text not null references patient,
    on_day date not null,
    day jsonb not null,
    entered_by text not null,
    entered_at timestamptz not null,
    source text not null
);
create index diary_entry_of_day on diary_entry (patient_id, on_day);
create trigger diary_entry_is_append_only before update or delete on diary_entry
    for each row execute function refuse_change();

create table app_user (
    user_id text primary key,
    name text not null,
    role text not null check (role in ('operations', 'clinician', 'billing', 'admin')),
    may_inject boolean not null default false,
    active boolean not null default true
);

-- One database serves one clinic.
create table clinic (
    clinic_id text primary key,
    settings jsonb not null,
    loaded_at timestamptz not null,
    loaded_by text not null
);
create unique index clinic_is_one on clinic ((true));

create table injector (
    user_id text primary key,
    active boolean not null default true
);

-- An injector without hours works whenever the clinic is open.
create table injector_hours (
    user_id text not null references injector,
    weekday smallint not null check (weekday between 1 and 7),
    opens time not null,
    closes time not null check (closes > opens),
    primary key (user_id, weekday, opens)
);

create table room (
    room_id text primary key,
    name text not null,
    active boolean not null default true
);

create table holiday (
    on_day date primary key,
    name text not null
);

-- Days on which the clinic, one injector or one room is not there.
create table closure (
    closure_id bigint generated always as identity primary key,
    first_on date not null,
    last_on date not null check (last_on >= first_on),
    injector text references injector,
    room text references room,
    reason text not null,
    check (injector is null or room is null),
    unique nulls not distinct (first_on, last_on, injector, room)
);

-- Appointments. Two of one injector or of one room can never overlap, whoever books.

create table appointment (
    appointment_id text primary key default gen_random_uuid()::text,
    key text not null unique,
    request jsonb not null,
    course_id text not null,
    for_session integer not null,
    injector text not null references injector,
    room text not null references room,
    starts_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > starts_at),
    state text not null default 'tentative'
        check (state in ('tentative', 'confirmed', 'fulfilled', 'cancelled', 'noshow')),
    reason text not null default '',
    moved_from text references appointment,
    asked_at timestamptz not null,
    changed_at timestamptz not null,
    constraint an_injector_is_at_one_place exclude using gist
        (injector with =, tstzrange(starts_at, ends_at) with &&) where (state <> 'cancelled'),
    constraint a_room_holds_one_session exclude using gist
        (room with =, tstzrange(starts_at, ends_at) with &&) where (state <> 'cancelled')
);
create index appointment_of_course on appointment (course_id);
create index appointment_start on appointment (starts_at);

-- Every change of an appointment, by the key that asked for it.
create table appointment_change (
    key text primary key,
    appointment_id text not null references appointment,
    request jsonb not null,
    state text not null,
    reason text not null,
    at timestamptz not null
);
create index appointment_change_of on appointment_change (appointment_id);

-- Claims to payers, invoices to patients, and what came back.

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
    state text not null default 'filed' check (state in (
        'filed', 'accepted', 'paid', 'denied', 'appealed', 'reopened', 'taken_back', 'written_off', 'patient_billed',
        'replaced', 'voided'
    )),
    paid_cents integer not null default 0,
    reference text,
    filed_at timestamptz not null,
    changed_at timestamptz not null,
    frequency text not null default '1' check (frequency in ('1', '7', '8'))
);
create unique index claim_original on claim (course_id, session) where replaces is null;
create unique index claim_replaced on claim (replaces);

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
    state text not null default 'filed' check (state in (
        'filed', 'accepted', 'paid', 'denied', 'reopened', 'taken_back', 'written_off'
    )),
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
    state text not null check (state in (
        'accepted', 'paid', 'denied', 'reopened', 'taken_back'
    )),
    on_day date not null,
    amount_cents integer not null,
    reason_codes text[] not null,
    reference text,
    recorded_at timestamptz not null,
    appeal_by date,
    records_by date
);
create index remittance_of on remittance (billed_id, on_day);

-- What we did about a claim, or learnt, besides what its payer said; and what a patient paid of an invoice.
create table claim_step (
    key text primary key,
    content jsonb not null,
    claim_id text not null, -- of a claim or of an invoice
    kind text not null check (kind in (
        'replaced', 'voided', 'appealed', 'records_sent', 'written_off', 'patient_billed', 'appeal_won', 'appeal_lost',
        'extended', 'settled', 'payment'
    )),
    on_day date not null,
    by_user text not null,
    note text not null,
    level smallint,
    level_name text,
    last_day date,
    reference text,
    recorded_at timestamptz not null,
    amount_cents integer
);
create index claim_step_of on claim_step (claim_id, on_day);

-- What the console and the API keep of their own.

-- Who is signed in, by a hash of the token in the cookie.
create table sign_in (
    token_hash bytea primary key,
    user_id text not null,
    csrf text not null,
    signed_in_at timestamptz not null,
    seen_at timestamptz not null,
    ends_at timestamptz not null
);
create index sign_in_end on sign_in (ends_at);
create index sign_in_of_user on sign_in (user_id);

-- Sign-ins that are on their way through the provider. A row is used once.
create table sign_in_begun (
    state_hash bytea primary key,
    nonce text not null,
    code_verifier text not null,
    back_to text not null,
    ends_at timestamptz not null
);
create index sign_in_begun_end on sign_in_begun (ends_at);

-- Who looked at which patient's course, and at what of it.
create table look (
    look_id bigint generated always as identity primary key,
    user_id text not null,
    course_id text not null,
    what text not null,
    at timestamptz not null
);
create index look_of_course on look (course_id, at);
create index look_of_user on look (user_id, at);
create trigger look_is_append_only before update or delete on look
    for each row execute function refuse_change();

-- Who heard that a patient wants no messages any more, or takes that back: how, and on which day.
create table opt_out_said (
    said_id bigint generated always as identity primary key,
    patient_id text not null references patient,
    opted_out boolean not null,
    heard_by text not null,
    how text check (how in ('in_person', 'phone', 'written')),
    said_on date not null,
    recorded_at timestamptz not null,
    recorded_by text not null,
    constraint opt_out_taken_back_how check (opted_out or how is not null)
);
create index opt_out_said_of_patient on opt_out_said (patient_id, said_id);
create trigger opt_out_said_is_append_only before update or delete on opt_out_said
    for each row execute function refuse_change();

-- Views of the worklist that people keep by name: the query part of their address.
create table saved_view (
    view_id bigint generated always as identity primary key,
    owner text not null,
    name text not null,
    query text not null,
    shared boolean not null default false,
    saved_at timestamptz not null,
    unique (owner, name)
);

-- Tokens of integrations, by a hash. Each acts as a user of the list.
create table api_token (
    token_hash bytea primary key,
    name text not null unique,
    user_id text not null,
    made_by text not null,
    made_at timestamptz not null,
    ends_at timestamptz,
    revoked_at timestamptz,
    used_at timestamptz -- to the minute
);

-- Answers given to API writes, by the sender's key: repeated, they are given again. No status: still at work.
create table api_answer (
    user_id text not null,
    idempotency_key text not null,
    request_hash bytea not null,
    status integer,
    body jsonb,
    at timestamptz not null,
    primary key (user_id, idempotency_key)
);
create index api_answer_age on api_answer (at);

-- What reports count of each course, kept beside it: counted from the fold of its journal, again when its journal has
-- grown, when what is counted has changed (`shape`), and after the day `good_until` by its own clock.
create table course_measure (
    course_id text primary key,
    number integer not null,
    shape integer not null,
    good_until date,
    counted_at timestamptz not null,
    measures jsonb not null
);

-- Authorizations are found by their number, also those that are over.
create index course_event_authorization on course_event (lower(data -> 'authorization' ->> 'number'))
    where kind in ('authorization_decided', 'authorization_amended', 'record_corrected');
