-- Courses with an appointment in a stretch of time, with the patient's name for people.
--   $1 timestamptz  from
--   $2 timestamptz  to, not included
-- In the order of the day; at most 500, more than a clinic day has.
select course.course_id, course.appointment_starts_at, patient.name, patient.record_number
from course
left join patient using (patient_id)
where course.appointment_starts_at >= $1 and course.appointment_starts_at < $2
order by course.appointment_starts_at, course.course_id
limit 500
