-- The journals of several courses, each oldest first. No limit: they are read whole to be folded.
--   $1 text[]  courses
select course_id, data::text as data
from course_event
where course_id = any ($1::text[])
order by course_id, number
