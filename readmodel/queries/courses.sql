-- Courses, those first that are due first by their own time.
--   $1 timestamptz now, $2 text phase, $3 text kind of wait, $4 text payer, $5 text clinician, $6 text patient,
--   $7 text protocol, $8 boolean only open ones, $9 integer limit; null: any
-- `now` is the course's own: the real one and as far as its time was moved ahead.
select
    course.course_id, course.workflow_id, course.patient_id, patient.name as patient_name, patient.record_number,
    course.number, course.protocol_id, course.protocol_version, course.payer_id, course.coverage_kind, course.clinician,
    course.phase, course.outcome, course.outcome_reason, course.started_on, course.ended_on, course.closed_on, course.sample,
    course.sessions_given, course.last_session_on, course.next_session, course.appointment_id,
    course.appointment_starts_at, course.appointment_status, course.appointment_injector, course.authorization_number,
    course.authorization_until_on, course.planned_units, course.waiting, course.waiting_for, course.next_due_at,
    course.ahead,
    $1::timestamptz + course.ahead as now
from course
left join patient using (patient_id)
where ($2::text is null or course.phase = $2)
    and ($3::text is null or $3 = any (course.waiting_for))
    and ($4::text is null or course.payer_id = $4)
    and ($5::text is null or course.clinician = $5)
    and ($6::text is null or course.patient_id = $6)
    and ($7::text is null or course.protocol_id = $7)
    and (not $8::boolean or course.outcome is null)
order by course.outcome is not null, course.next_due_at - course.ahead nulls last, course.course_id
limit $9
