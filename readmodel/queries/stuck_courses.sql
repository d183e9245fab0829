-- Courses that should have moved and did not: a moment passed at which the course itself looks again, or it waits for
-- nothing, or its journal is in conflict.
--   $1 timestamptz now, $2 interval patience, $3 integer limit, $4 text[] kinds that are looked at once
-- `why`: overslept, at_work, conflict.
select course_id, workflow_id, why, since, count(*) over () as in_all
from (
    select distinct on (course_id) course_id, workflow_id, why, since
    from (
        select course.course_id, course.workflow_id, 'conflict' as why, journal_conflict.seen_at as since
        from journal_conflict
        join course using (course_id)
        where course.closed_on is null
            and journal_conflict.number > course.number - 1
        union all
        select course.course_id, course.workflow_id, 'overslept', min(wait.look_at - course.ahead)
        from wait
        join course using (course_id)
        where wait.look_at - course.ahead < $1::timestamptz - $2::interval and wait.kind <> all ($4::text[])
        group by course.course_id
        union all
        select course.course_id, course.workflow_id, 'at_work', written.at
        from course
        cross join lateral (
            select max(written_at) as at from course_event where course_event.course_id = course.course_id
        ) as written
        where course.closed_on is null and course.waiting_for = '{}' and written.at < $1::timestamptz - $2::interval
    ) as one
    order by course_id, why <> 'conflict', since
) as found
order by since, course_id
limit $3
