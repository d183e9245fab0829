-- Courses with their patients, for people.
--   $1 text     phase, or null
--   $2 text     kind of wait that they wait for, or null
--   $3 text     payer, or null
--   $4 integer  at most so many
-- Open ones first, what is due soonest leading.
select
    course.course_id, course.patient_id, patient.name, patient.record_number, course.protocol_id, course.phase,
    course.outcome, course.payer_id, course.coverage_kind, course.clinician, course.sessions_given, course.next_session,
    course.last_session_on, course.started_on, course.ended_on, course.appointment_starts_at, course.appointment_status,
    course.authorization_number, course.authorization_until_on, course.waiting, course.waiting_for, course.next_due_at,
    course.ahead, course.sample
from course
left join patient using (patient_id)
where ($1::text is null or course.phase = $1)
    and ($2::text is null or $2 = any (course.waiting_for))
    and ($3::text is null or course.payer_id = $3)
order by course.phase = 'ended', course.next_due_at - course.ahead nulls last, course.course_id
limit $4
