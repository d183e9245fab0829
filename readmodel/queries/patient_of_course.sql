-- The patient of a course.
--   $1 text course id
select patient_id from course where course_id = $1
