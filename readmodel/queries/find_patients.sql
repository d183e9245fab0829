-- Patients by a part of name, record number, telephone number or e-mail address, each with the courses.
--   $1 text  as typed, $2 text  its digits (empty: no telephone number)
-- By name; at most 50, because a person reads them.
select
    patient.patient_id, patient.record_number, patient.name, patient.birth_date, patient.language, patient.email,
    patient.phone, patient.preferred_channel, patient.opted_out, patient.guardian::text as guardian,
    array(
        select course.course_id
        from course
        where course.patient_id = patient.patient_id
        order by course.started_on desc, course.course_id
    ) as course_ids
from patient
where strpos(lower(patient.name), lower($1)) > 0
    or strpos(lower(patient.record_number), lower($1)) > 0
    or strpos(lower(patient.email), lower($1)) > 0
    or strpos(lower(patient.guardian ->> 'name'), lower($1)) > 0
    or (length($2) >= 4 and strpos(regexp_replace(patient.phone, '\D', '', 'g'), $2) > 0)
    or patient.patient_id = $1
order by patient.name, patient.record_number
limit 50
