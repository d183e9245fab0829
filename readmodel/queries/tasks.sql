-- Open waits of some kinds, most urgent first: longest overdue by the course's own time.
--   $1 timestamptz now, $2 text[] kinds, $3 text course, $4 text owner, $5 integer limit; null: any
select
    wait.course_id, wait.wait_id, wait.kind, wait.subject, wait.since, wait.due, wait.raised, wait.owner,
    wait.attempts::text as attempts, wait.context::text as context, patient.name as patient_name,
    patient.record_number, patient.phone, course.clinician, $1::timestamptz + course.ahead as now
from wait
join course using (course_id)
left join patient using (patient_id)
where wait.kind = any ($2::text[])
    and ($3::text is null or wait.course_id = $3)
    and ($4::text is null or wait.owner = $4)
order by wait.due - course.ahead, wait.course_id, wait.wait_id
limit $5
