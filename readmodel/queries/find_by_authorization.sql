-- Courses with an authorization of this number, now or once, or one as billing corrected it.
--   $1 text  the number, upper and lower case alike
-- At most 50, because a person reads them.
select distinct course_id
from (
    select course_id
    from course_event
    where kind in ('authorization_decided', 'authorization_amended', 'record_corrected')
        and lower(data -> 'authorization' ->> 'number') = lower($1)
    union all
    select course_id from course where lower(authorization_number) = lower($1)
) as found
limit 50
