-- Courses by their ids, in the order of their beginning.
--   $1 timestamptz now, $2 text[] ids
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
where course.course_id = any ($2::text[])
order by course.started_on desc, course.course_id
