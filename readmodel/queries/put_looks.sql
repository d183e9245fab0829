-- Someone looked at courses of patients.
--   $1 text user, $2 text[] courses, $3 text what, $4 interval or null: not again so soon after the same look
insert into look (user_id, course_id, what, at)
select $1, seen.course_id, $3, clock_timestamp()
from unnest($2::text[]) as seen (course_id)
where $4::interval is null or not exists (
    select from look
    where look.course_id = seen.course_id and look.user_id = $1 and look.what = $3
        and look.at > clock_timestamp() - $4
)
