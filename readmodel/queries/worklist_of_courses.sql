-- Courses whose appointment needs a look, the nearest first, each with the most urgent of what it waits for.
--   $1 text[] kinds of waits that are shown before others, $2 integer limit, $3 timestamptz now; further ones in the
--   conditions, which `readmodel.worklist` puts where they are marked
with page as (
    select c.course_id, coalesce(c.appointment_at, '-infinity') as place_at
    from course as c
    where c.outcome is null /* and */
    order by coalesce(c.appointment_at, '-infinity'), c.course_id
    limit $2
)
select
    wait.course_id, wait.wait_id, wait.kind, wait.subject, wait.since, wait.due, wait.raised, wait.owner,
    wait.context::text as context, page.place_at, patient.name as patient_name, patient.record_number,
    course.payer_id, course.coverage_kind, course.clinician, course.sessions_given, course.next_session,
    course.trial_session, course.trial_of, course.last_dose_on, course.appointment_starts_at, course.appointment_status,
    course.authorization_until_on, course.authorization_sessions_left, course.authorization_units_left,
    course.outside_authorization, course.missed_visits, $3::timestamptz + course.ahead as now
from page
join course using (course_id)
left join patient using (patient_id)
cross join lateral (
    select * from wait as w
    where w.course_id = page.course_id
    order by w.kind = any ($1::text[]) desc, w.urgent_at, w.wait_id
    limit 1
) as wait
order by page.place_at, page.course_id
