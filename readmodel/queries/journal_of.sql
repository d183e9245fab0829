-- All that has happened to a course, oldest first. Its length is bounded by the course.
--   $1 text     course
--   $2 integer  the number to begin after; 0 for all
select data
from course_event
where course_id = $1 and number > $2
order by number
