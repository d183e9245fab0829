-- What the worklist shows and reads fast at a hundred thousand courses and a million tasks, and how it hears of changes.
set local lock_timeout = '4s';

create extension if not exists pg_trgm;

alter table course
    add column last_dose_on date,
    add column trial_session integer,
    add column trial_of integer,
    add column authorization_sessions_left integer,
    add column authorization_units_left integer,
    add column missed_visits integer,
    add column outside_authorization boolean,
    add column appointment_at timestamptz
        generated always as (((appointment_starts_at at time zone 'UTC') - ahead) at time zone 'UTC') stored;
update course set last_dose_on = last_session_on;
create index course_unconfirmed on course (appointment_at, course_id)
    where outcome is null and appointment_status = 'tentative';
create index course_outside_authorization on course ((coalesce(appointment_at, '-infinity')), course_id)
    where outcome is null and outside_authorization;
create index course_missed on course ((coalesce(appointment_at, '-infinity')), course_id)
    where outcome is null and missed_visits > 0;

alter table wait
    add column payer_id text,
    add column clinician text,
    add column ahead interval not null default interval '0',
    add column urgent_at timestamptz not null
        generated always as (((due at time zone 'UTC') - ahead) at time zone 'UTC') stored;
update wait set payer_id = course.payer_id, clinician = course.clinician, ahead = course.ahead
from course
where course.course_id = wait.course_id;
create index wait_of_kind on wait (kind, urgent_at, course_id, wait_id);
create index wait_unowned on wait (kind, urgent_at, course_id, wait_id) where owner is null;
create index wait_of_owner on wait (owner, kind, urgent_at, course_id, wait_id) where owner is not null;
create index wait_of_payer on wait (payer_id, kind, urgent_at, course_id, wait_id);
create index wait_of_clinician on wait (clinician, kind, urgent_at, course_id, wait_id);

-- Lists that are open hear that something changed, never what.
create function tell_lists() returns trigger language plpgsql as $$
begin
    perform pg_notify('regimen_lists', '');
    return null;
end
$$;
create trigger course_changes_are_heard after insert or update on course
    for each statement execute function tell_lists();

-- A part of a name, number or contact finds patients without reading them all.
create index patient_name_part on patient using gin (lower(name) gin_trgm_ops);
create index patient_number_part on patient using gin (lower(record_number) gin_trgm_ops);
create index patient_email_part on patient using gin (lower(email) gin_trgm_ops);
create index patient_guardian_part on patient using gin (lower(guardian ->> 'name') gin_trgm_ops);
create index patient_phone_part on patient using gin (regexp_replace(phone, '\D', '', 'g') gin_trgm_ops);
