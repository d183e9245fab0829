-- Messages whose time has come, the latest first. What they say is about a patient and is not read.
--   $1 text kind or null, $2 text status or null, $3 integer limit
select message.key, message.course_id, message.kind, message.send_at, message.status, message.reason, message.channel,
    message.tries, message.sent_at
from message
where ($1::text is null or message.kind = $1) and ($2::text is null or message.status = $2)
    and (message.status <> 'queued' or $2 = 'queued')
order by coalesce(message.sent_at, message.send_at) desc, message.key
limit $3
