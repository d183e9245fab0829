-- The journal of one course, oldest first. No limit: it is read whole to be told or folded.
--   $1 text  course
select data::text as data
from course_event
where course_id = $1
order by number
