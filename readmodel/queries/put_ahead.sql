-- How far a course's time is ahead. Demonstrations only.
--   $1 text      course
--   $2 interval  ahead
update course set ahead = $2 where course_id = $1
