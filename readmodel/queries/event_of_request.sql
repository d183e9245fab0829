-- The event that a request became.
--   $1 text  course
--   $2 text  request id
select number
from course_event
where course_id = $1 and request_id = $2
