-- How many messages are due and still queued, and since when the oldest is.
--   $1 timestamptz  now
select count(*)::integer as waiting, min(send_at) as oldest_at
from message
left join course using (course_id)
where message.status = 'queued'
    and message.send_at <= $1::timestamptz + (select coalesce(max(ahead), interval '0') from course where ahead <> interval '0')
    and message.send_at <= $1::timestamptz + coalesce(course.ahead, interval '0')
