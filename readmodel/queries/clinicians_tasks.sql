-- Tasks that wait for a clinician, red flags first, then longest overdue by the course's own time.
-- A task is his who has taken it; else the injector's where it is about the visit or the record of a session, else the
-- course's clinician's.
--   $1 timestamptz now, $2 text[] kinds, $3 text[] kinds that go before all others, $4 text[] kinds of the visit,
--   $5 text clinician, null: any; $6 integer limit
select
    wait.course_id, wait.wait_id, wait.kind, wait.subject, wait.since, wait.due, wait.raised, wait.owner,
    wait.attempts::text as attempts, wait.context::text as context, patient.name as patient_name,
    patient.record_number, patient.phone, course.clinician, $1::timestamptz + course.ahead as now
from wait
join course using (course_id)
left join patient using (patient_id)
where wait.kind = any ($2::text[])
    and (
        $5::text is null
        or wait.owner = $5
        or (wait.owner is null and case
            when wait.kind = any ($4::text[]) then course.appointment_injector = $5
            when wait.kind = 'signature' then exists (
                select from course_event
                where course_event.course_id = wait.course_id and course_event.kind = 'session_given'
                    and 'session-' || (course_event.data #>> '{session,number}') = wait.subject
                    and course_event.data #>> '{session,injector}' = $5
            )
            else course.clinician = $5
        end)
    )
order by wait.kind = any ($3::text[]) desc, wait.due - course.ahead, wait.course_id, wait.wait_id
limit $6
