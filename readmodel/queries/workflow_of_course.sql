-- The id of the workflow that a course runs as.
--   $1 text course id
select workflow_id from course where course_id = $1
