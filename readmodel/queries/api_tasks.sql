-- Open waits of some kinds in pages, those first that are due first.
--   $1 timestamptz now, $2 text[] kinds, $3 text course, $4 text owner, $5 boolean unowned, $6 text payer,
--   $7 boolean overdue, $8 timestamptz, $9 text, $10 text: due, course and wait of the last one shown, $11 integer limit;
--   null: any
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
    and ($5::boolean is null or (wait.owner is null) = $5)
    and ($6::text is null or course.payer_id = $6)
    and ($7::boolean is null or (wait.due < $1::timestamptz + course.ahead) = $7)
    and ($8::timestamptz is null or (wait.due, wait.course_id, wait.wait_id) > ($8::timestamptz, $9::text, $10::text))
order by wait.due, wait.course_id, wait.wait_id
limit $11
