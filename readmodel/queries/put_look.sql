-- Someone looked at a patient's course.
--   $1 text user, $2 text course, $3 text what, $4 timestamptz now
insert into look (user_id, course_id, what, at) values ($1, $2, $3, $4)
