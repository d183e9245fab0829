-- A course's messages, in the order of their time. Bounded by the course.
--   $1 text  course
select key, kind, parameters, send_at, status, reason, channel, sent_at
from message
where course_id = $1
order by send_at, key
