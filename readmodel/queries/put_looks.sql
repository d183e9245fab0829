-- Someone looked at courses of patients.
--   $1 text user, $2 text[] courses, $3 text what
insert into look (user_id, course_id, what, at)
select $1, course_id, $3, clock_timestamp()
from unnest($2::text[]) as course_id
