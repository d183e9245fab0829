-- What courses wait for, of some kinds, with the patient's name for people.
--   $1 text[]   kinds
--   $2 text     course, or null
--   $3 integer  at most so many
-- Most urgent first, by each course's own clock.
select
    wait.course_id, wait.wait_id, wait.kind, wait.subject, wait.since, wait.due, wait.look_at, wait.raised, wait.owner,
    wait.attempts, wait.context, patient.name, patient.record_number, course.payer_id, course.last_session_on,
    course.ahead
from wait
join course using (course_id)
left join patient using (patient_id)
where wait.kind = any ($1) and ($2::text is null or wait.course_id = $2)
order by wait.due - course.ahead, wait.course_id, wait.wait_id
limit $3
