-- What courses wait for beyond its time, by kind; systems that do not answer by what is asked of them.
--   $1 timestamptz now, $2 text[] kinds that are tasks
select
    wait.kind,
    case when wait.kind = 'outside' then wait.subject else '' end as subject,
    count(*) as waits,
    count(distinct wait.course_id) as courses,
    min(wait.since) as oldest
from wait
join course using (course_id)
where wait.kind = 'outside' or (wait.kind = any ($2::text[]) and wait.due - course.ahead < $1)
group by 1, 2
order by wait.kind <> 'outside', waits desc, 1, 2
