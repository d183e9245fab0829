-- Patients by a part of their name, record number or contact, with their courses.
--   $1 text  what is looked for
-- At most 50 rows: who finds more must ask more exactly.
select
    patient.patient_id, patient.name, patient.record_number, patient.birth_date, patient.phone, patient.email,
    course.course_id, course.protocol_id, course.phase, course.outcome, course.started_on, course.waiting
from patient
left join course using (patient_id)
where position(lower($1) in lower(concat_ws(' ', patient.name, patient.record_number, patient.phone, patient.email))) > 0
    or (length(regexp_replace($1, '[^0-9]', '', 'g')) >= 4 and position(
        regexp_replace($1, '[^0-9]', '', 'g') in regexp_replace(coalesce(patient.phone, ''), '[^0-9]', '', 'g')
    ) > 0)
order by patient.name, patient.record_number, course.started_on desc nulls last, course.course_id
limit 50
