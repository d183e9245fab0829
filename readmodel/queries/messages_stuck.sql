-- Messages that should have gone out by their course's own time and did not, by kind.
--   $1 timestamptz now, $2 interval patience
select message.kind, count(*) as messages, min(message.send_at - coalesce(course.ahead, interval '0')) as oldest
from message
left join course using (course_id)
where message.status = 'queued'
    and message.send_at - coalesce(course.ahead, interval '0') < $1::timestamptz - $2::interval
    and (message.next_try_at is null or message.next_try_at < $1::timestamptz - $2::interval)
group by message.kind
order by messages desc, message.kind
