-- Messages of one course, or those with one of some statuses, oldest first.
--   $1 text course, $2 text[] statuses, $3 integer limit; null: any
select
    message.key, message.course_id, message.kind, message.parameters::text as parameters, message.send_at,
    message.status, message.reason, message.channel, message.tries, message.next_try_at, message.sent_at
from message
where ($1::text is null or course_id = $1) and ($2::text[] is null or status = any ($2))
order by send_at, key
limit $3
