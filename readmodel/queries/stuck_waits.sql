-- What courses wait for beyond its time: systems that do not answer, and tasks that are overdue by the course's own time.
--   $1 timestamptz now, $2 text[] kinds that are tasks, $3 text kind or null: all, $4 integer limit
-- Each row says how many there are of its kind and subject in all; those that wait longest come first.
select
    wait.course_id, wait.wait_id, wait.kind, wait.subject, wait.since, wait.due, wait.raised, wait.owner,
    $1::timestamptz + course.ahead as now,
    count(*) over (partition by wait.kind) as in_all
from wait
join course using (course_id)
where (wait.kind = 'outside' or (wait.kind = any ($2::text[]) and wait.due - course.ahead < $1))
    and ($3::text is null or wait.kind = $3)
order by wait.kind <> 'outside', wait.due - course.ahead, wait.course_id, wait.wait_id
limit $4
