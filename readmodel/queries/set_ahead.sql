-- Note how far a course's time was moved ahead.
--   $1 text course, $2 interval ahead
update course set ahead = $2
where course_id = $1
