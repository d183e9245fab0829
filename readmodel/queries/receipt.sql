-- What became of a request, however long ago.
--   $1 text course, $2 text request
select number, kind
from course_event
where course_id = $1 and request_id = $2
