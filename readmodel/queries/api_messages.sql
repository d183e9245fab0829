-- Messages in pages, oldest first. Never their parameters: those are for the patient.
--   $1 text course, $2 text status, $3 timestamptz, $4 text: sending time and key of the last one shown, $5 integer limit;
--   null: any
select key, course_id, kind, send_at, status, reason, channel, tries, next_try_at, sent_at
from message
where ($1::text is null or course_id = $1)
    and ($2::text is null or status = $2)
    and ($3::timestamptz is null or (send_at, key) > ($3::timestamptz, $4::text))
order by send_at, key
limit $5
