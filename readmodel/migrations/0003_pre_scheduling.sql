-- Appointments. Two of one injector or of one room can never overlap, whoever books.
set local lock_timeout = '4s';

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
