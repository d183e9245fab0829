-- What needs a person, most urgent first: waits of some kinds.
--   $1 text[] kinds, $2 integer limit, $3 timestamptz now, $4 text[] kinds that go before all others; further ones in the conditions, which
--   `readmodel.worklist` puts where they are marked
-- Each kind is read from its index only as far as it may reach the page, so that a page costs the same however many
-- tasks there are.
with page as (
    select found.course_id, found.wait_id, found.urgent_at, wanted.kind = any ($4::text[]) as first
    from unnest($1::text[]) as wanted (kind)
    cross join lateral (
        select w.course_id, w.wait_id, w.urgent_at
        from wait as w
        where w.kind = wanted.kind /* and */
        order by w.urgent_at, w.course_id, w.wait_id
        limit $2
    ) as found
    order by first desc, found.urgent_at, found.course_id, found.wait_id
    limit $2
)
select
    wait.course_id, wait.wait_id, wait.kind, wait.subject, wait.since, wait.due, wait.raised, wait.owner,
    wait.context::text as context, page.urgent_at as place_at, patient.name as patient_name, patient.record_number,
    course.payer_id, course.coverage_kind, course.clinician, course.sessions_given, course.next_session,
    course.trial_session, course.trial_of, course.last_dose_on, course.appointment_starts_at, course.appointment_status,
    course.authorization_until_on, course.authorization_sessions_left, course.authorization_units_left,
    course.outside_authorization, course.missed_visits, $3::timestamptz + course.ahead as now
from page
join wait using (course_id, wait_id)
join course using (course_id)
left join patient using (patient_id)
order by page.first desc, page.urgent_at, page.course_id, page.wait_id
