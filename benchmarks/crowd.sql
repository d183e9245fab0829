-- Makes $courses courses with $tasks tasks each out of sampled real ones: `sample_course`, `sample_wait`, `sample_event`
-- hold rows as the journal's activity wrote them. The first $whole copies of the longest course have all its events;
-- the others, those of a course that has just begun. Run on a migrated, empty database.

-- Indexes are made anew at the end, which is faster than row by row.
create temporary table made_anew as
select indexname, indexdef from pg_indexes
where schemaname = 'public' and (indexname like 'wait\_%' or indexname like 'patient\_%\_part') and indexname <> 'wait_pkey';
do $$
declare one record;
begin
    for one in select * from made_anew loop execute 'drop index ' || one.indexname; end loop;
end $$;

create temporary table crowd as
select
    n, md5('course' || n) as course_id, md5('patient' || n) as patient_id,
    (array['aetna', 'cigna', 'humana', 'northwind-commercial', 'washington-labor', 'medicare-part-b'])[1 + n % 6] as payer_id,
    (array['dr.lee', 'dr.khan', 'nina.np'])[1 + n % 3] as clinician,
    case when n <= $whole then (select max(place) from sample_course) else 1 + n % (select count(*) - 1 from sample_course) end
        as place
from generate_series(1, $courses) as n;

insert into patient (patient_id, record_number, name, birth_date, email, phone, changed_at, changed_by)
select
    patient_id, 'BENCH-' || n || '/' || n % 7,
    initcap(s[1 + n % 20] || s[1 + n / 20 % 20]) || ' '
        || initcap(s[1 + n * 7 % 20] || s[1 + n * 7 / 20 % 20] || s[1 + n * 7 / 400 % 20] || s[1 + n * 7 / 8000 % 20]),
    date '1950-01-01' + n % 20000, 'patient.' || n || '@example.org', '+1 206 ' || lpad((n % 10000000)::text, 7, '0'), now(), 'bench'
from crowd,
    (select array['ka','lo','mi','ra','te','su','no','vi','da','be','jo','ne','ha','ri','fo','ly','ga','pe','zu','wa'] as s) as syllables;

insert into course (
    course_id, workflow_id, patient_id, number, protocol_id, protocol_version, payer_id, coverage_kind, clinician, phase,
    started_on, sample, sessions_given, last_session_on, next_session, appointment_id, appointment_starts_at,
    appointment_status, appointment_injector, authorization_number, authorization_until_on, planned_units, waiting,
    waiting_for, next_due_at, ahead, last_dose_on, trial_session, trial_of, authorization_sessions_left,
    authorization_units_left, missed_visits, outside_authorization
)
select
    crowd.course_id, 'bench/' || crowd.course_id, crowd.patient_id, c.number, c.protocol_id, c.protocol_version,
    crowd.payer_id, c.coverage_kind, crowd.clinician, c.phase, c.started_on, c.sample, c.sessions_given,
    c.last_session_on, c.next_session, 'bench-' || n, now() + c.ahead + (n % 84) * interval '1 day',
    case when n % 3 = 0 then 'confirmed' else 'tentative' end, crowd.clinician, c.authorization_number,
    c.authorization_until_on, c.planned_units, c.waiting, c.waiting_for, now() + c.ahead + (n % 90 - 30) * interval '1 day',
    c.ahead, c.last_dose_on, c.trial_session, c.trial_of, c.authorization_sessions_left, c.authorization_units_left,
    case when n % 20 = 0 then 1 else 0 end, n % 15 = 0
from crowd join sample_course as c using (place);

insert into wait (
    course_id, wait_id, kind, subject, since, due, look_at, raised, owner, attempts, context, payer_id, clinician, ahead
)
select
    crowd.course_id, w.kind || ':' || t, w.kind, t::text, now() + course.ahead - interval '9 days',
    due, due, 0,
    -- A third is taken: by as many people as such a clinic has, one of whom is the one who looks.
    case when crowd.n <= 120 and t = 2 then 'amy.ops' when (crowd.n + t) % 3 = 0 then 'user.' || crowd.n % 1000 end,
    '[]', w.context, crowd.payer_id, crowd.clinician, course.ahead
from crowd
join course using (course_id)
cross join generate_series(1, $tasks) as t
join sample_wait as w on w.place = 1 + (crowd.n * 7 + t) % (select count(*) from sample_wait)
cross join lateral (
    select now() + course.ahead + (crowd.n * 37 + t * 1009) % 100 * interval '1 day' - interval '40 days'
        + (crowd.n % 1440) * interval '1 minute' as due
) as at;

insert into course_event (course_id, number, kind, at, on_day, by, role, data)
select crowd.course_id, e.number, e.kind, e.at, e.on_day, e.by, e.role, e.data
from crowd
join sample_event as e using (place);

do $$
declare one record;
begin
    for one in select * from made_anew loop execute one.indexdef; end loop;
end $$;
