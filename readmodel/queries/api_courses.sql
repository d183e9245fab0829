-- Courses in pages, the last begun first: no course moves to another page while somebody reads.
--   $1 timestamptz now, $2 text phase, $3 text kind of wait, $4 text payer, $5 text clinician, $6 text protocol,
--   $7 boolean open, $8 date, $9 text: begin and id of the last one shown, $10 integer limit; null: any
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
    and ($6::text is null or course.protocol_id = $6)
    and ($7::boolean is null or (course.outcome is null) = $7)
    and ($8::date is null or (course.started_on, course.course_id) < ($8::date, $9::text))
order by course.started_on desc, course.course_id desc
limit $10
