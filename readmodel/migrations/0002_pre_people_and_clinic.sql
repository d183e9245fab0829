-- Patients, the diary, users, and the clinic with its calendar.
set local lock_timeout = '4s';

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
