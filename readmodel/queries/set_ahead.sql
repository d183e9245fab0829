-- Note how far a course's time was moved ahead, with what it waits for.
--   $1 text course, $2 interval ahead
with moved as (
    update wait set ahead = $2
    where course_id = $1
)
update course set ahead = $2
where course_id = $1
