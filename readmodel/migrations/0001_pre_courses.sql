-- The journal, what lists show of courses, and the outbox.
set local lock_timeout = '4s';

create extension if not exists btree_gist;

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
    ahead interval not null default interval '0'
);
create index course_of_patient on course (patient_id, protocol_id);
create index course_ahead on course (ahead) where ahead <> interval '0';

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
    primary key (course_id, wait_id)
);
create index wait_due on wait (due);

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
    sent_at timestamptz
);
create index message_due on message (send_at) where status = 'queued';
create index message_taken on message (taken_at) where status = 'sending';
create index message_of_course on message (course_id, send_at);
