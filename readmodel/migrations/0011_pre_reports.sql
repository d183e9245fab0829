set local lock_timeout = '4s';

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
