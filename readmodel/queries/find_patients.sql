-- Patients by a part of name, record number, telephone number or e-mail address, each with the courses.
--   $1 text  as typed, $2 text  its digits (empty: no telephone number)
-- By name; at most 50, because a person reads them. Each condition has its index, whose expression it repeats.
with typed as (
    select '%' || replace(replace(replace(lower($1), '\', '\\'), '%', '\%'), '_', '\_') || '%' as part
)
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
where lower(patient.name) like (select part from typed)
    or lower(patient.record_number) like (select part from typed)
    or lower(patient.email) like (select part from typed)
    or lower(patient.guardian ->> 'name') like (select part from typed)
    or (length($2) >= 4 and regexp_replace(patient.phone, '\D', '', 'g') like '%' || $2 || '%')
    or patient.patient_id = $1
order by patient.name, patient.record_number
limit 50
